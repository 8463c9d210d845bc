import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { compareOutput, writeOutput } from '../generators/core/output.ts'
import { formatReference, parseReference } from '../generators/core/reference.ts'
import { openWorkspace, planWorkspace } from '../generators/core/workspace.ts'
import { ANY_PROJECT, FakeEngine, laboratory, pathOf } from './fake-engine.ts'
import {
  type Job,
  type JobResult,
  matrixOf,
  parseWorkflow,
  type Runner,
  runJob,
  type Secrets,
  type Workflow,
} from './workflow.ts'

const SECRETS = {
  ALIYUN_REGISTRY: 'registry.cn-hangzhou.aliyuncs.com',
  ALIYUN_NAMESPACE: 'shop',
  ALIYUN_USERNAME: 'someone@example.com',
  ALIYUN_PASSWORD: 'Pa$$w0rd`$(touch${IFS}x)`"\'',
}
const TARGET = `${SECRETS.ALIYUN_REGISTRY}/${SECRETS.ALIYUN_NAMESPACE}`
const IMAGES = [
  'alpine:3',
  'busybox:1',
  'ghcr.io/acme/tool:2',
  'me/app:1',
  'nginx:1',
  'quay.io/a/b:9',
  'redis:7',
]
const COMPOSE = `name: shop
services:
  web: { build: ./web }
  app: { build: ./app, image: "our/app:3" }
  worker: { build: ./app, image: "our/app:3" }
${IMAGES.map((image, index) => `  s${index}: { image: "${image}" }\n`).join('')}`
const RELAY = `registry: aliyun
built: relay
outputs: [workflows]
registries: { aliyun: { host: ${SECRETS.ALIYUN_REGISTRY}, namespace: ${SECRETS.ALIYUN_NAMESPACE} } }
`

const lab = laboratory('workflows')
let project = ''

beforeAll(async () => {
  project = join(lab, 'project')
  await write(project)
})

/** A repository whose project stands in a folder of its own, with what is generated beside it. */
async function write(repository: string): Promise<void> {
  const directory = join(repository, 'deploy on main')
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'compose.yaml'), COMPOSE)
  writeFileSync(join(directory, 'relay.yaml'), RELAY)
  const workspace = await openWorkspace({}, { directory, environment: {} })
  const plan = planWorkspace(workspace)
  const files = ANY_PROJECT.flatMap(generator => generator.files(plan))
  writeOutput(workspace.config.out, compareOutput(workspace.config.out, files, false))
  cpSync(join(directory, 'out/workflows'), join(repository, '.github/workflows'), { recursive: true })
}

/** One runner with an engine of its own. */
class Machine implements Runner {
  readonly engine = new FakeEngine(lab, 'bash')
  readonly folder = join(this.engine.dir, 'runner')
  readonly workspace = join(this.engine.dir, 'workspace')
  readonly #path: string

  constructor() {
    cpSync(project, this.workspace, { recursive: true })
    const bin = join(this.engine.dir, 'runner-bin')
    mkdirSync(bin)
    for (const tool of ['cmp', 'cp', 'find', 'tee']) symlinkSync(pathOf(tool), join(bin, tool))
    // Nothing here may touch the machine that the tests run on.
    writeFileSync(join(bin, 'sudo'), `#!/bin/sh\necho "$@" >>'${this.engine.dir}/sudo'\n`)
    chmodSync(join(bin, 'sudo'), 0o755)
    this.#path = `${this.engine.env['PATH']}:${bin}`
    this.engine.rule('login', 'out Login Succeeded', 'exit 0')
    this.engine.rule('compose', 'exit 0')
  }

  run(command: readonly string[], env: Readonly<Record<string, string>>) {
    return this.engine.run(command.slice(1), { cwd: this.workspace, env: { PATH: this.#path, ...env } })
  }

  workflow(name: string): Workflow {
    return parseWorkflow(readFileSync(join(this.workspace, '.github/workflows', name), 'utf8'))
  }

  job(file: string, name: string, index = 0, secrets: Secrets = SECRETS): Promise<JobResult> {
    const workflow = this.workflow(file)
    return runJob(workflow, workflow.jobs[name] as Job, index, secrets, this)
  }
}

const STEP = 'Every secret is set, well formed and that of this plan'

describe.each(['relay.yml', 'build-and-push.yml'])('%s: the secrets are checked first', file => {
  const check = async (secrets: Secrets) => {
    const machine = new Machine()
    const { steps } = await machine.job(file, 'check', 0, secrets)
    const { status = null, stdout = '', stderr = '' } = steps.get(STEP) ?? {}
    expect(steps.size).toBe(1)
    expect(machine.engine.calls()).toEqual([])
    return { status, stderr, said: stdout.split('\n').filter(line => line !== '') }
  }

  test('those of the plan are good', async () => {
    expect(await check(SECRETS)).toEqual({ status: 0, stderr: '', said: [] })
  })

  test('all that are missing are named', async () => {
    const { status, said } = await check({})
    expect(status).toBe(2)
    expect(said.map(line => /^::error::(\w+): it is not set\. /.exec(line)?.[1])).toEqual(
      Object.keys(SECRETS),
    )
  })

  test.concurrent.each<[keyof typeof SECRETS, string, RegExp]>([
    ['ALIYUN_REGISTRY', ' registry.cn-hangzhou.aliyuncs.com', /a blank/],
    ['ALIYUN_REGISTRY', 'registry.cn-hangzhou.aliyuncs.com\n', /a blank/],
    ['ALIYUN_REGISTRY', 'registry.cn-hangzhou.aliyuncs.com\u3000', /a blank/],
    ['ALIYUN_REGISTRY', 'https://registry.cn-hangzhou.aliyuncs.com', /a scheme/],
    ['ALIYUN_REGISTRY', 'registry.cn-hangzhou.aliyuncs.com/shop', /a path/],
    ['ALIYUN_REGISTRY', 'registry.cn-hangzhou.aliyuncs.com/', /a path/],
    ['ALIYUN_REGISTRY', 'registry,aliyuncs', /not the name of a host/],
    [
      'ALIYUN_REGISTRY',
      'registry.cn-beijing.aliyuncs.com',
      /differs from relay\.yaml.* registry\.cn-hangzhou/,
    ],
    ['ALIYUN_NAMESPACE', 'Shop', /not a namespace/],
    ['ALIYUN_NAMESPACE', 's', /not a namespace/],
    ['ALIYUN_NAMESPACE', 'shop/', /not a namespace/],
    ['ALIYUN_NAMESPACE', '-shop', /not a namespace/],
    ['ALIYUN_NAMESPACE', 'sh op', /a blank/],
    ['ALIYUN_NAMESPACE', '$(touch x)', /a blank/],
    ['ALIYUN_NAMESPACE', '*', /not a namespace/],
    ['ALIYUN_NAMESPACE', 'other', /differs from relay\.yaml.* shop$/],
    ['ALIYUN_USERNAME', 'some one', /a blank/],
    ['ALIYUN_PASSWORD', 'secret\t1', /a blank/],
  ])('%s=%j', async (name, value, why) => {
    const { status, said } = await check({ ...SECRETS, [name]: value })
    expect({ status, said }).toEqual({ status: 2, said: [expect.stringMatching(`^::error::${name}: `)] })
    expect(said[0]).toMatch(why)
    expect(said[0]).not.toContain(value.trim().length > 2 ? value : '\n')
  })

  test('it is the first step of the first job, and every other job waits for it', () => {
    const { jobs } = new Machine().workflow(file)
    const [[first, { steps }] = ['', { steps: [] }], ...others] = Object.entries(jobs)
    expect(steps.map(step => step.name)).toEqual([STEP])
    for (const [, job] of others) expect(job.needs).toBe(first)
  })
})

describe('relay.yml', () => {
  test('each runner relays exactly its share, and all shares are the plan', async () => {
    const { jobs } = new Machine().workflow('relay.yml')
    const shards = matrixOf(jobs['relay'] as Job)
    expect(shards).toHaveLength(4)
    const results = await Promise.all(
      shards.map(async (_, index) => {
        const machine = new Machine()
        const result = await machine.job('relay.yml', 'relay', index)
        expect([...result.steps].filter(([, { status }]) => status !== 0)).toEqual([])
        return { machine, summary: result.summary }
      }),
    )
    const pulled = results.map(({ machine }) => machine.engine.named('pull'))
    expect(pulled.flat().sort()).toEqual([...IMAGES].sort())
    for (const [index, { machine, summary }] of results.entries()) {
      expect(machine.engine.pushed()).toHaveLength(pulled[index]?.length ?? 0)
      for (const image of pulled[index] ?? []) expect(summary.split(`| ${image} | done |`)).toHaveLength(3)
      expect(existsSync(join(machine.engine.dir, 'sudo'))).toBe(true)
    }
    const pushed = results.flatMap(({ machine }) => machine.engine.pushed())
    expect(pushed).toHaveLength(IMAGES.length)
    for (const name of pushed) expect(name).toMatch(new RegExp(`^${TARGET}/`))
  })

  test('the password goes in by standard input, and into a configuration of the job alone', async () => {
    const machine = new Machine()
    const { steps } = await machine.job('relay.yml', 'relay')
    expect(machine.engine.calls('login')[0]).toEqual([
      ...['login', '--username', SECRETS.ALIYUN_USERNAME, '--password-stdin', SECRETS.ALIYUN_REGISTRY],
    ])
    expect(JSON.stringify([...steps])).not.toContain(SECRETS.ALIYUN_PASSWORD)
    expect(existsSync(join(machine.engine.home, '.docker'))).toBe(false)
  })

  test('a login that is refused ends the job before anything moves', async () => {
    const machine = new Machine()
    machine.engine.rule('login', 'err unauthorized', 'exit 1')
    const { steps, failed } = await machine.job('relay.yml', 'relay')
    expect(failed).toBe(true)
    expect([...steps.keys()].at(-1)).toBe('Log in')
    expect(machine.engine.writes()).toEqual([])
  })

  test('an image that does not come holds up no other, and the summary has its class', async () => {
    const { index, share } = await busyShare()
    const [lost = '', ...others] = share
    const machine = new Machine()
    machine.engine.rule(`pull@${fullName(lost)}`, 'err manifest for x not found: manifest unknown', 'exit 1')
    const { steps, failed, summary } = await machine.job('relay.yml', 'relay', index)
    expect(failed).toBe(true)
    expect(steps.get('Pull this share')?.status).toBe(1)
    expect(steps.get('Push what has come')?.status).toBe(0)
    expect(machine.engine.pushed()).toHaveLength(others.length)
    expect(summary).toContain(`| ${lost} | failed | not-found | - |`)
  })

  test.each([
    [
      'none',
      (machine: Machine) => writeFileSync(join(machine.workspace, 'deploy on main/out/.compose-relay'), ''),
    ],
    [
      'two, neither of which this was copied from',
      (machine: Machine) => {
        cpSync(join(machine.workspace, 'deploy on main'), join(machine.workspace, 'other'), {
          recursive: true,
        })
        writeFileSync(join(machine.workspace, '.github/workflows/relay.yml'), '# another\n', { flag: 'a' })
      },
    ],
  ])('generated files in %s: status 3, and nothing moves', async (_, change) => {
    const machine = new Machine()
    change(machine)
    const { steps } = await machine.job('relay.yml', 'relay')
    expect([...steps]).toMatchObject([['Find the generated files', { status: 3 }]])
    expect(machine.engine.calls()).toEqual([])
  })

  test('a copy that is out of date is named, and runs', async () => {
    const machine = new Machine()
    writeFileSync(join(machine.workspace, '.github/workflows/relay.yml'), '# changed\n', { flag: 'a' })
    const { steps, failed } = await machine.job('relay.yml', 'relay')
    expect(failed).toBe(false)
    expect(steps.get('Find the generated files')?.stdout).toMatch(
      /^::warning::this workflow is not what .*\nOUT=\.\/deploy on main\/out\n$/,
    )
  })

  test('of two folders it takes the one that it was copied from', async () => {
    const machine = new Machine()
    const other = join(machine.workspace, 'other')
    cpSync(join(machine.workspace, 'deploy on main'), other, { recursive: true })
    writeFileSync(join(other, 'out/workflows/relay.yml'), '# another\n', { flag: 'a' })
    const { steps } = await machine.job('relay.yml', 'relay')
    expect(steps.get('Find the generated files')).toMatchObject({
      status: 0,
      stdout: 'OUT=./deploy on main/out\n',
    })
  })
})

/** A share of more than one image. */
async function busyShare() {
  for (const index of [0, 1, 2, 3]) {
    const machine = new Machine()
    await machine.job('relay.yml', 'relay', index)
    const share = machine.engine.named('pull')
    if (share.length > 1) return { index, share }
  }
  throw new Error('every share has one image at most')
}

function fullName(image: string): string {
  return formatReference(parseReference(image))
}

describe('build-and-push.yml', () => {
  const BUILT = `${TARGET}/our-app:3`
  const build = (machine: Machine) => machine.job('build-and-push.yml', 'build', 0)

  test('builds the services of an image by the mirror, and pushes that image', async () => {
    const machine = new Machine()
    machine.engine.image(BUILT)
    const { steps, summary } = await build(machine)
    expect([...steps].filter(([, { status }]) => status !== 0)).toEqual([])
    expect(machine.engine.calls('compose').map(call => call.join(' '))).toEqual([
      'compose --project-directory . -p shop -f compose-mirror.yaml build -- app worker',
    ])
    expect(machine.engine.pushed()).toEqual([BUILT])
    expect(summary).toBe('our-app:3 linux/amd64 sha256:0\n\n')
    const mirror = readFileSync(join(machine.workspace, 'deploy on main/compose-mirror.yaml'), 'utf8')
    expect(mirror).toContain(`app: { build: ./app, image: "${BUILT}" }`)
  })

  test('each build has a runner of its own', () => {
    const { jobs } = new Machine().workflow('build-and-push.yml')
    expect(matrixOf(jobs['build'] as Job)).toEqual([
      { services: 'app worker', image: BUILT, platform: 'linux/amd64' },
      { services: 'web', image: `${TARGET}/web:latest`, platform: 'linux/amd64' },
    ])
  })

  test('what was built for another platform is not pushed', async () => {
    const machine = new Machine()
    machine.engine.image(BUILT, { platform: 'linux/arm64' })
    const { steps, failed } = await build(machine)
    expect(failed).toBe(true)
    expect(steps.get('Push')?.stdout).toContain(`::error::${BUILT}: it is to be for another platform`)
    expect(machine.engine.pushed()).toEqual([])
  })

  test('a build that fails pushes nothing', async () => {
    const machine = new Machine()
    machine.engine.image(BUILT)
    machine.engine.rule('compose', 'exit 17')
    expect((await build(machine)).failed).toBe(true)
    expect(machine.engine.pushed()).toEqual([])
  })

  test('a push is tried three times', async () => {
    const machine = new Machine()
    machine.engine.image(BUILT)
    machine.engine.rule('push', 'times 2', 'err net/http: TLS handshake timeout', 'exit 1')
    expect((await build(machine)).failed).toBe(false)
    expect(machine.engine.calls('push')).toHaveLength(3)
  })

  test('a push that names another place fails', async () => {
    const machine = new Machine()
    machine.engine.image(BUILT)
    machine.engine.rule('push', 'out The push refers to repository [docker.io/our/app]', 'exit 0')
    expect((await build(machine)).failed).toBe(true)
  })
})
