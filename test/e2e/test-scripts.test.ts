import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Files, writeFiles } from '../project.ts'
import type { Result } from './command.ts'
import { type Lab, startLab } from './lab.ts'
import { findTool } from './tools.ts'

const CLI = resolve('dist/cli.js')
const BUILD = './test-docker-build.sh'
const DEPLOY = './test-deployment-config.sh'

/** Hands what docker is asked for on, writes down what Compose is asked for, and is Compose itself by the older one. */
const CLIENT = `#!/bin/bash
if [ "$1" = compose ]; then
  shift
  [ "\${NO_PLUGIN:-}" = '' ] || { echo "docker: 'compose' is not a docker command." >&2; exit 1; }
  if [ "$1" = version ]; then echo 'Docker Compose version v2.30.3'; exit; fi
  printf '%s\\n' "compose $*" >>"$RECORD"
  exec docker-compose "$@"
fi
case $1 in build) printf '%s\\n' build >>"$RECORD" ;; esac
exec REAL "$@"
`

const SECRET = 'hunter2-of-the-environment'
const PROJECT: Files = {
  'docker-compose.yaml': `
services:
  good:
    build: { context: ., dockerfile: good.Dockerfile, args: { TOKEN: '\${TOKEN}' } }
  other:
    image: shop/other:1
    build: { context: other, target: last }
  broken:
    build: broken
  pulled:
    image: nginx:1.27
`,
  '.env': `TOKEN=${SECRET}\n`,
  'good.Dockerfile': 'FROM base:1\nARG TOKEN\nLABEL token=${TOKEN}\nCOPY file /file\n',
  file: 'a file\n',
  'other/Dockerfile': 'FROM scratch AS first\nCOPY a /a\nFROM first AS last\nCOPY a /b\n',
  'other/a': 'a\n',
  'broken/Dockerfile': 'FROM pulled/base:2\nRUN ["/nonexistent"]\nCOPY nowhere /\n',
}

let lab: Lab
let record = ''
let project = ''
let out = ''

beforeAll(async () => {
  const found = findTool('docker-compose')
  if (found === null)
    throw new Error(
      'the e2e laboratory misses docker-compose; install with: apt-get install -y docker-compose',
    )
  lab = await startLab()
  record = join(lab.dir, 'record')
  const bin = join(lab.dir, 'engine/bin')
  const real = execFileSync('readlink', ['-f', join(bin, 'docker')], { encoding: 'utf8' }).trim()
  rmSync(join(bin, 'docker'))
  writeFileSync(join(bin, 'docker'), CLIENT.replace('REAL', real))
  chmodSync(join(bin, 'docker'), 0o755)
  project = join(lab.dir, 'a "project"')
  await make(project, PROJECT)
  out = join(project, 'out')
  await lab.internet.seed([{ reference: 'pulled/base:2' }, { reference: 'nginx:1.27' }])
})

afterAll(async () => {
  await lab?.stop()
})

beforeEach(() => writeFileSync(record, ''))

async function make(folder: string, files: Files): Promise<void> {
  mkdirSync(folder, { recursive: true })
  writeFiles(folder, {
    'relay.yaml': `registry: lab\noutputs: [test-build, test-deployment]\nregistries: { lab: { host: '${lab.target.address}', namespace: shop } }\n`,
    ...files,
  })
  const done = await lab.run([process.execPath, CLI, 'generate'], { cwd: folder })
  expect(done.status).toBe(0)
}

/** Runs an emitted script; TEST_BASH names another bash than the system's. */
function script(
  command: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Result> {
  const bash = process.env['TEST_BASH']
  const env = { RECORD: record, DOCKER_BUILDKIT: '0', COMPOSE_DOCKER_CLI_BUILD: '1', ...options.env }
  return lab.run(command, { cwd: out, ...options, env, ...(bash === undefined ? {} : { bash }) })
}

async function docker(...args: readonly string[]): Promise<string> {
  const done = await lab.engine.docker(args)
  expect(done).toMatchObject({ status: 0 })
  return done.stdout.trim()
}

/** Imports an image of one file. */
async function importImage(name: string): Promise<void> {
  const folder = join(lab.dir, 'import')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'name'), name)
  execFileSync('tar', ['-C', folder, '-cf', join(lab.dir, 'import.tar'), '.'])
  await docker('import', join(lab.dir, 'import.tar'), name)
}

/** Images on which others are built go after these. */
async function wipe(tries = 4): Promise<void> {
  await lab.engine.wipe().catch(error => {
    if (tries === 0) throw error
    return wipe(tries - 1)
  })
}

/** The names of images, and the containers. */
async function everything(): Promise<{ images: readonly string[]; containers: string }> {
  const names = await docker('image', 'ls', '--no-trunc', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}')
  const images = names.split('\n').filter(line => !/^(?:<none>|$)/.test(line))
  return { images: images.sort(), containers: await docker('ps', '-aq') }
}

/** What the recorded client was asked to do. */
function records(): readonly string[] {
  const lines = readFileSync(record, 'utf8').split('\n')
  return lines.filter(line => line !== '').map(line => line.replace(/\S*\/test-images\.yaml/, 'IMAGES'))
}

/** Nothing is left but what was there before, and base images that were pulled. */
async function expectNothingLeft(before: Awaited<ReturnType<typeof everything>>): Promise<void> {
  const after = await everything()
  const own = (lines: readonly string[]) => lines.filter(line => !line.startsWith('pulled/'))
  expect({ ...after, images: own(after.images) }).toEqual({ ...before, images: own(before.images) })
  expect(readdirSync(join(lab.dir, 'engine/tmp'))).toEqual([])
  expect(lab.strays()).toEqual([])
}

describe('test-docker-build.sh', () => {
  beforeEach(async () => {
    await wipe()
    await importImage('base:1')
  })

  test.each([
    ['docker compose', {}],
    ['docker-compose', { NO_PLUGIN: 'yes' }],
  ])('three Dockerfiles, one of them broken: %s', async (name, env) => {
    const before = await everything()
    const ended = await script([BUILD], { env })
    expect(ended).toMatchObject({ status: 1, stderr: '' })
    expect(ended.stdout).toMatch(
      /\nbuilds:\n {2}❌ broken +\d+s {2}test-broken\n {2}✅ good +\d+s {2}test-good\n {2}✅ other +\d+s {2}test-other\n/,
    )
    expect(ended.stdout).toContain('built: 2, failed: 1, in all: 3\n')
    expect(ended.stdout).toMatch(/the end of the log of broken:\n( {4}\| .*\n)*.*"\/nonexistent"/)
    expect(ended.stdout).toContain('[1/1] done: pulled/base:2')
    expect(records().filter(line => line === 'build')).toHaveLength(3)
    if (name === 'docker compose')
      expect(records().filter(line => line !== 'build')).toEqual(
        ['broken', 'good', 'other'].map(
          service => `compose -p aproject -f docker-compose.yaml -f IMAGES build ${service}`,
        ),
      )
    await expectNothingLeft(before)
    expect(readFileSync(join(out, BUILD), 'utf8')).not.toContain(SECRET)
    expect(`${ended.stdout}${ended.stderr}`).not.toContain(SECRET)
  })

  test('two that are right, and what was there before stays as it is', async () => {
    await importImage('test-good')
    await docker('tag', 'base:1', 'shop/other:1')
    const before = await everything()
    const ended = await script([BUILD, '--only', 'good', '--only=other'])
    expect(ended).toMatchObject({ status: 0, stderr: '' })
    expect(ended.stdout).toContain(
      'test-good is here already and stays as it is; this run builds test-good-2\n',
    )
    expect(ended.stdout).toContain('built: 2, failed: 0, in all: 2\n')
    expect(records().filter(line => line === 'build')).toHaveLength(2)
    await expectNothingLeft(before)
  })

  test('--keep leaves the images, with what the environment had for their arguments', async () => {
    const ended = await script([BUILD, '--keep', '--only', 'good'])
    expect(ended).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringContaining('kept: test-good\n'),
    })
    expect(await docker('image', 'inspect', '--format', '{{.Config.Labels.token}}', 'test-good')).toBe(SECRET)
    const again = await script([BUILD, '--only', 'good'])
    expect(again.stdout).toContain('- docker rmi test-good-2\n'.replace('-', '+'))
    expect((await everything()).images.map(line => line.split(' ')[0])).toEqual([
      'base:1',
      'test-good:latest',
    ])
  })

  describe('a build that takes its time', () => {
    let server: Server
    let slow = ''
    let asked = 0

    beforeAll(async () => {
      server = createServer(() => {
        asked += 1
      })
      await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
      const { port } = server.address() as AddressInfo
      slow = join(lab.dir, 'slow')
      await make(slow, {
        'docker-compose.yaml': 'services: { slow: { build: . }, quick: { build: quick } }\n',
        Dockerfile: `FROM base:1\nADD http://127.0.0.1:${port}/file /\n`,
        'quick/Dockerfile': 'FROM base:1\nLABEL a=b\n',
      })
      slow = join(slow, 'out')
    })

    afterAll(() => {
      server?.closeAllConnections()
      server?.close()
    })

    test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
      '%s ends it and takes away what was built',
      async signal => {
        const before = await everything()
        asked = 0
        const env = { RECORD: record, DOCKER_BUILDKIT: '0' }
        const bash = process.env['TEST_BASH']
        const running = lab.begin([BUILD], { cwd: slow, env, ...(bash === undefined ? {} : { bash }) })
        while (asked === 0) await new Promise(later => setTimeout(later, 50))
        expect((await everything()).images.join()).toContain('test-quick:latest')
        running.kill(signal, 'group')
        const ended = await running.done
        expect(ended.status ?? ended.signal).toBe({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal])
        server.closeAllConnections()
        await expectNothingLeft(before)
      },
    )

    test('--timeout ends it alone', async () => {
      const before = await everything()
      const ended = await script([BUILD, '--timeout', '15'], { cwd: slow })
      server.closeAllConnections()
      expect(ended.status).toBe(1)
      expect(ended.stdout).toMatch(/✅ quick .*\n {2}❌ slow /)
      expect(ended.stdout).toContain('stopped after 15 s, which --timeout allows')
      await expectNothingLeft(before)
    })
  })

  test('what is built on another build finds that', async () => {
    const folder = join(lab.dir, 'chain')
    await make(folder, {
      'docker-compose.yml': `
version: '3.8'
services:
  app: { build: app }
  base: { image: 'shop/base:7', build: base, profiles: [never] }
`,
      'app/Dockerfile': 'FROM shop/base:7\nCOPY x /x\n',
      'app/x': '',
      'base/Dockerfile': 'FROM base:1\nLABEL base=yes\n',
    })
    const before = await everything()
    const ended = await script([BUILD], { cwd: join(folder, 'out') })
    expect(ended).toMatchObject({ status: 0, stderr: '' })
    expect(ended.stdout).toContain('+ docker tag test-base shop/base:7\n')
    await expectNothingLeft(before)
  })

  test('--list and --dry-run build nothing', async () => {
    const before = await everything()
    expect(await script([BUILD, '--list'])).toMatchObject({ status: 0, stdout: 'broken\ngood\nother\n' })
    const dry = await script([BUILD, '--dry-run'])
    expect(dry).toMatchObject({ status: 0, stderr: '' })
    expect(dry.stdout.match(/^\+ .*/gm)).toHaveLength(4)
    expect(records()).toEqual([])
    await expectNothingLeft(before)
    expect((await script([BUILD, '--only', 'pulled'])).status).toBe(2)
  })
})

describe('test-deployment-config.sh', () => {
  test('says what is wrong while nothing is pushed, and nothing when all is right', async () => {
    const asked = await script([DEPLOY])
    expect(asked).toMatchObject({ status: 1, stderr: '' })
    expect(asked.stdout).toContain(`  ✅ registry   ${lab.target.address}\n`)
    expect(asked.stdout).toMatch(/❌ image .*nginx:1.27: .*401/)
    expect(await script([DEPLOY, '--offline'])).toMatchObject({ status: 0, stderr: '' })
    await lab.login()
    expect((await script([DEPLOY])).stdout).toMatch(/❌ image .*nginx:1.27: the registry does not have it/)
    expect(await script(['./pull-all-images-linux-amd64.sh'])).toMatchObject({ status: 0 })
    expect(await script(['./push-to-lab-registry.sh'])).toMatchObject({ status: 0 })
    for (const env of [{}, { NO_PLUGIN: 'yes' }]) {
      const ended = await script([DEPLOY], { env })
      expect(ended).toMatchObject({ status: 0, stderr: '' })
      expect(ended.stdout.match(/^ {2}.*$/gm)).toEqual([
        '  ✅ yaml       docker-compose.yaml',
        '  ✅ context    .',
        '  ✅ context    broken',
        '  ✅ context    other',
        '  ✅ dockerfile broken/Dockerfile',
        '  ✅ dockerfile good.Dockerfile',
        '  ✅ dockerfile other/Dockerfile',
        '  ✅ config     aproject',
        '  ✅ yaml       docker-compose-mirror.yaml',
        '  ✅ mirror     aproject',
        `  ✅ registry   ${lab.target.address}`,
        `  ✅ image      ${lab.target.address}/shop/nginx:1.27`,
      ])
      expect(ended.stdout).toContain('right: 12, wrong: 0, unknown: 0\n')
    }
    expect(records().filter(line => line.includes('config'))).toHaveLength(4 * 4)
    await lab.logout()
  })

  test('a registry that is not there', async () => {
    const folder = join(lab.dir, 'nowhere')
    await make(folder, {
      'compose.yaml': 'services: { a: { image: nginx } }\n',
      'relay.yaml': 'registry: x\noutputs: [test-deployment]\nregistries: { x: { host: 127.0.0.1:9 } }\n',
    })
    const ended = await script([DEPLOY], { cwd: join(folder, 'out') })
    expect(ended).toMatchObject({ status: 1, stderr: '' })
    expect(ended.stdout).toMatch(/❌ registry +127.0.0.1:9: .*\n.*refused.*\n +cure: /)
    expect(ended.stdout).toContain('❓ image      127.0.0.1:9/nginx:latest: the registry does not answer\n')
  })

  test('everything that is wrong is told in one run', async () => {
    const folder = join(lab.dir, 'bad')
    await make(folder, {
      'one.yaml': `
services:
  web:
    build: web
    env_file: web.env
    volumes: ['./nginx.conf:/etc/nginx/nginx.conf', './data:/data', '$HOME/x.conf:/x.conf']
  api: { build: { context: api, dockerfile: ../docker/api } }
`,
      'two.yaml': 'services: { api: { command: work } }\n',
      'three.yaml': 'services: { db: { image: nginx } }\n',
      'relay.yaml': `registry: lab
compose: [one.yaml, two.yaml, three.yaml]
outputs: [test-deployment]
registries: { lab: { host: '${lab.target.address}' } }
`,
      'web/Dockerfile': 'FROM scratch\n',
      'docker/api': 'FROM scratch\n',
      'api/x': '',
      'web.env': '',
      'nginx.conf': '',
    })
    const good = await script([DEPLOY, '--offline'], { cwd: join(folder, 'out') })
    expect(good).toMatchObject({ status: 0, stderr: '' })
    rmSync(join(folder, 'web'), { recursive: true })
    for (const file of ['docker/api', 'web.env', 'nginx.conf', 'three.yaml']) rmSync(join(folder, file))
    writeFileSync(join(folder, 'two.yaml'), 'services:\n  api: [\n')
    const ended = await script([DEPLOY, '--offline'], { cwd: join(folder, 'out') })
    expect(ended).toMatchObject({ status: 1, stderr: '' })
    expect(ended.stdout.match(/^ {2}❌ \S+ +\S+/gm)?.map(line => line.replace(/ +/g, ' ').trim())).toEqual([
      '❌ yaml two.yaml:',
      '❌ file three.yaml:',
      '❌ context web:',
      '❌ dockerfile docker/api:',
      '❌ dockerfile web/Dockerfile:',
      '❌ env web.env:',
      '❌ mount nginx.conf:',
      '❌ config bad:',
      '❌ mirror bad:',
    ])
    expect(ended.stdout).toContain('wrong: 9,')
  })

  test('the mirror of files that name each other is read in their place', async () => {
    const folder = join(lab.dir, 'set')
    await make(folder, {
      'app/compose.yaml': `
services:
  web: { extends: { file: ../base/base.yaml, service: base }, image: 'nginx:1.27', env_file: ../x.env }
`,
      'base/base.yaml': 'services: { base: { image: nginx, env_file: own.env } }\n',
      'base/own.env': 'A=1\n',
      'x.env': 'B=2\n',
      'relay.yaml': `registry: lab
compose: [app/compose.yaml]
outputs: [test-deployment]
registries: { lab: { host: '${lab.target.address}' } }
`,
    })
    const ended = await script([DEPLOY, '--offline'], { cwd: join(folder, 'out') })
    expect(ended).toMatchObject({ status: 0, stderr: '' })
    expect(ended.stdout).toContain('  ✅ mirror     app\n')
    rmSync(join(folder, 'base/own.env'))
    const broken = await script([DEPLOY, '--offline'], { cwd: join(folder, 'out') })
    expect(broken.stdout).toMatch(/❌ config .*own\.env/)
    expect(broken.stdout).toMatch(/❌ mirror .*own\.env/)
  })
})
