import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Job, matrixOf, parseWorkflow, type Runner, runJob, type Workflow } from '../workflow.ts'
import { type Lab, startLab } from './lab.ts'
import type { Stored } from './registry.ts'

const CLI = resolve('dist/cli.js')
const IMAGES = ['alpine:3', 'busybox:1', 'ghcr.io/acme/tool:2', 'nginx:1', 'quay.io/a/b:9', 'redis:7']
const COMPOSE = `name: shop
services:
  web: { build: ./web }
${IMAGES.map((image, index) => `  s${index}: { image: "${image}" }\n`).join('')}`

let lab: Lab
let repository: string
let originals: readonly Stored[]

/** A repository as it is pushed, with a real engine and a registry that wants a login. */
beforeAll(async () => {
  lab = await startLab()
  repository = join(lab.dir, 'a repository')
  mkdirSync(join(repository, 'web'), { recursive: true })
  writeFileSync(join(repository, 'compose.yaml'), COMPOSE)
  writeFileSync(join(repository, 'relay.yaml'), 'built: relay\noutputs: [workflows]\n')
  writeFileSync(join(repository, 'web/Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n')
  const registry = `${lab.target.address}/shop`
  const done = await lab.run([process.execPath, CLI, 'generate', '--registry', registry], { cwd: repository })
  expect(done).toMatchObject({ status: 0, stderr: '' })
  cpSync(join(repository, 'out/workflows'), join(repository, '.github/workflows'), { recursive: true })
  originals = await lab.internet.seed(IMAGES.map(reference => ({ reference })))
})

afterAll(async () => {
  await lab.stop()
})

function workflow(name: string): Workflow {
  return parseWorkflow(readFileSync(join(repository, '.github/workflows', name), 'utf8'))
}

/** A runner: nothing of this machine may be removed, and Compose, which Debian does not have, builds the one service. */
function newRunner(name: string): Runner {
  const folder = join(lab.dir, name)
  const workspace = join(folder, 'workspace')
  const bin = join(folder, 'bin')
  cpSync(repository, workspace, { recursive: true })
  mkdirSync(bin)
  writeFileSync(join(bin, 'sudo'), '#!/bin/sh\nexit 0\n')
  const path = `${bin}:${lab.engine.env['PATH']}`
  writeFileSync(
    join(bin, 'docker'),
    `#!/bin/sh
PATH='${lab.engine.env['PATH']}'
[ "$1" = compose ] || exec docker "$@"
image=$(sed -n 's/.* image: "\\(.*\\)", build: .*/\\1/p' compose-mirror.yaml)
DOCKER_BUILDKIT=0 exec docker build -t "$image" web
`,
  )
  for (const tool of ['sudo', 'docker']) chmodSync(join(bin, tool), 0o755)
  return {
    workspace,
    folder,
    run: (command, env) => lab.run(command, { cwd: workspace, env: { ...env, PATH: path } }),
  }
}

function secrets() {
  const { user, password, address } = lab.target
  return {
    ALIYUN_REGISTRY: address,
    ALIYUN_NAMESPACE: 'shop',
    ALIYUN_USERNAME: user,
    ALIYUN_PASSWORD: password,
  }
}

function run(file: string, job: string, index = 0, given: Readonly<Record<string, string>> = secrets()) {
  const read = workflow(file)
  return runJob(read, read.jobs[job] as Job, index, given, newRunner(`${job}-${index}-${Math.random()}`))
}

test('a secret with a blank is named, and the registry hears nothing', async () => {
  const before = lab.target.requests().length
  // The password of the laboratory has blanks, as no registry of Aliyun's lets one choose.
  const { failed, steps } = await run('relay.yml', 'check')
  expect(failed).toBe(true)
  expect([...steps.values()]).toMatchObject([
    { status: 2, stdout: expect.stringMatching(/^::error::ALIYUN_PASSWORD: [^\n]*\n$/) },
  ])
  expect(lab.target.requests()).toHaveLength(before)
  expect(await run('relay.yml', 'check', 0, { ...secrets(), ALIYUN_PASSWORD: 'Passw0rd' })).toMatchObject({
    failed: false,
  })
})

test('with a wrong password nothing is pulled', async () => {
  const wrong = { ...secrets(), ALIYUN_PASSWORD: 'Passw0rd' }
  const { failed, steps } = await run('relay.yml', 'relay', 0, wrong)
  expect(failed).toBe(true)
  expect([...steps.keys()].at(-1)).toBe('Log in')
})

test('the shards together bring every image to the registry, once', async () => {
  const shards = matrixOf(workflow('relay.yml').jobs['relay'] as Job)
  const summaries: string[] = []
  for (const [index] of shards.entries()) {
    const { steps, summary } = await run('relay.yml', 'relay', index)
    expect([...steps].filter(([, { status }]) => status !== 0)).toEqual([])
    summaries.push(summary)
  }
  const rows = summaries.join('').match(/^\| \S+ \| done \| - \| sha256:\S+ \|.*$/gm) ?? []
  expect(rows.map(row => row.split(' ')[1]).sort()).toEqual([...IMAGES, ...IMAGES].sort())
  for (const { reference, id } of originals) {
    const name = `${lab.target.address}/shop/${reference.replace(/^(?:ghcr\.io|quay\.io)\//, '').replace('/', '-')}`
    const manifest = await lab.target.manifest(name)
    expect(JSON.parse(String(manifest?.body)).config.digest, name).toBe(id)
  }
})

test('what is built is pushed under the name that the mirror has', async () => {
  const { steps, summary } = await run('build-and-push.yml', 'build')
  expect([...steps].filter(([, { status }]) => status !== 0)).toEqual([])
  const { digest } = (await lab.target.manifest(`${lab.target.address}/shop/web:latest`)) ?? {}
  expect(summary).toBe(`web:latest linux/amd64 ${digest}\n\n`)
})

test('no login is left where others would find it', async () => {
  const config = join(lab.engine.env['DOCKER_CONFIG'] ?? join(lab.dir, '.docker'), 'config.json')
  expect(() => readFileSync(config)).toThrow(/ENOENT/)
})
