import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Result } from './command.ts'
import { type FaultLab, startFaultLab } from './fault-lab.ts'
import { nginx } from './faults.ts'

// Proxies that hand on what other registries have, and images that are pinned: told in order.

const CLI = resolve('dist/cli.js')
const PROXY = 'm.daocloud.io'

let lab: FaultLab
let out: string
let pinned: string

beforeAll(async () => {
  lab = await startFaultLab({ hosts: [PROXY] })
  const [stored] = await lab.internet.seed(
    ['busybox:1', 'nginx:1', 'alpine:1'].map(reference => ({ reference })),
  )
  pinned = `busybox:1@${stored?.digest}`
  const project = join(lab.dir, 'project')
  out = join(project, 'out')
  mkdirSync(project)
  const images = [pinned, 'nginx:1', 'alpine:1']
  const services = images.map((image, at) => `  s${at}: { image: "${image}" }\n`)
  writeFileSync(join(project, 'compose.yaml'), `services:\n${services.join('')}`)
  writeFileSync(join(project, 'relay.yaml'), `compose: compose.yaml\nvia: [${PROXY}]\n`)
  const registry = `${lab.target.address}/mirror`
  const done = await lab.run([process.execPath, CLI, 'generate', '--registry', registry], { cwd: project })
  expect(done).toMatchObject({ status: 0, stderr: '' })
  await lab.login()
})
afterAll(() => lab.stop())
beforeEach(() => lab.front.internet.forget())

const script = (name: string, ...args: string[]): Promise<Result> => {
  const bash = process.env['TEST_BASH']
  return lab.run([`./${name}`, ...args], bash === undefined ? { cwd: out } : { cwd: out, bash })
}
const pull = (...args: string[]) => script('pull-all-images-linux-amd64.sh', ...args)
const lock = () => readFileSync(join(out, 'relay-lock.tsv'), 'utf8')
const asked = (repository: string) => lab.front.internet.total({ repository }).requests

/** Stores what the proxy has of an image: the same as its own registry, or another one. */
const hand = (image: string, revision?: string) =>
  lab.internet.put(
    { reference: image, ...(revision === undefined ? {} : { revision }) },
    `${PROXY}/docker.io/library/${image}`,
  )

test('without a digest to hold it to, a proxy is not asked', async () => {
  const { status, stdout } = await pull('--only', 'nginx', '--only', 'alpine')
  expect(stdout).toContain('nginx:1: no digest is known that a proxy could be held to')
  expect(status).toBe(0)
  expect(asked('docker.io/library/nginx')).toBe(0)
  expect(lock()).toMatch(/^nginx:1\tsha256:/m)
})

test('what it has is taken by the digest of the lock file or of the pin, without a word to the registry itself', async () => {
  for (const image of ['busybox:1', 'nginx:1']) await hand(image)
  const before = lock()
  await lab.engine.wipe()
  const { status, stdout } = await pull('--only', 'nginx', '--only', 'busybox')
  expect({ status, stdout }).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('2 of 2 images done'),
  })
  for (const name of ['nginx', 'busybox']) {
    expect(asked(`docker.io/library/${name}`)).toBeGreaterThan(0)
    expect(asked(`library/${name}`)).toBe(0)
    expect(await lab.engine.docker(['image', 'inspect', `${name}:1`])).toMatchObject({ status: 0 })
  }
  const { stdout: names } = await lab.engine.docker(['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}'])
  expect(names).not.toContain(`${PROXY}/docker.io/library/nginx`)
  expect(lock().split('\n')).toEqual(expect.arrayContaining(before.trimEnd().split('\n')))
  expect(lock()).toContain(`${pinned}\t${pinned.split('@')[1]}\t`)
})

test('a second run finds both, and the push has them', async () => {
  const { status, stdout } = await pull('--only', 'nginx', '--only', 'busybox')
  expect({ status, skipped: stdout.match(/nothing to do/g)?.length }).toEqual({ status: 0, skipped: 2 })
  const pushed = await script('push-to-target-registry.sh', '--only', 'nginx', '--only', 'busybox')
  expect(pushed).toMatchObject({ status: 0, stdout: expect.stringContaining('2 of 2 images done') })
  expect(await lab.target.manifest(`${lab.target.address}/mirror/busybox:1`)).not.toBeNull()
})

test('what has another digest is refused and taken away, and the registry itself has the last word', async () => {
  await hand('alpine:1', 'something else')
  await lab.engine.wipe()
  const { status, stdout } = await pull('--only', 'alpine')
  expect(status).toBe(0)
  expect(stdout).toMatch(
    /m\.daocloud\.io\/docker\.io\/library\/alpine:1 is not what it must be: it has sha256:/,
  )
  expect(asked('library/alpine')).toBeGreaterThan(0)
  const { stdout: names } = await lab.engine.docker(['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}'])
  expect(names).toBe('alpine:1\n')
})

test('--trust-via takes it where no digest is known, and does not write it down', async () => {
  rmSync(join(out, 'relay-lock.tsv'))
  await lab.engine.wipe()
  const { status } = await pull('--only', 'alpine', '--trust-via')
  expect(status).toBe(0)
  expect(asked('library/alpine')).toBe(0)
  expect(existsSync(join(out, 'relay-lock.tsv'))).toBe(false)
})

test('a proxy that is in trouble is no reason to fail', async () => {
  lab.front.internet.add({
    match: { repository: 'docker.io/library/busybox' },
    action: nginx(502, 'Bad Gateway'),
  })
  await lab.engine.wipe()
  expect(await pull('--only', 'busybox')).toMatchObject({ status: 0 })
  lab.front.internet.clear()
  expect(asked('library/busybox')).toBeGreaterThan(0)
  // It came under its own name, and has its tag, too.
  for (const name of [pinned, 'busybox:1'])
    expect(await lab.engine.docker(['image', 'inspect', name])).toMatchObject({ status: 0 })
})
