import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Result } from './command.ts'
import { type FaultLab, startFaultLab } from './fault-lab.ts'
import type { Action, Match } from './fault-proxy.ts'
import { denied, nginx, STORE_ANOTHER, unknownManifest } from './faults.ts'

const CLI = resolve('dist/cli.js')
const NAMES = ['alpine', 'busybox', 'nginx']
const UNAVAILABLE = nginx(503, 'Service Unavailable')

describe('on a bad line', () => {
  let lab: FaultLab
  let project: string
  let out: string

  beforeAll(async () => {
    lab = await startFaultLab({ daemon: { 'max-download-attempts': 1 } })
    await lab.internet.seed(NAMES.map(name => ({ reference: `${name}:1` })))
    project = join(lab.dir, 'project')
    out = join(project, 'out')
    mkdirSync(project)
    const services = NAMES.map(name => `  ${name}: { image: "${name}:1" }\n`)
    writeFileSync(join(project, 'compose.yaml'), `services:\n${services.join('')}`)
    expect(await generate('generate')).toMatchObject({ status: 0 })
    await lab.login()
  })
  afterAll(() => lab.stop())
  beforeEach(() => {
    for (const proxy of Object.values(lab.front)) proxy.forget()
  })
  afterEach(() => {
    for (const proxy of Object.values(lab.front)) proxy.clear()
  })

  const generate = (...args: string[]) =>
    lab.run([process.execPath, CLI, ...args, '--registry', `${lab.target.address}/mirror`], { cwd: project })
  const script = (name: string, ...args: string[]): Promise<Result> => {
    const bash = process.env['TEST_BASH']
    return lab.run([`./${name}`, ...args], bash === undefined ? { cwd: out } : { cwd: out, bash })
  }
  const pull = (...args: string[]) => script('pull-all-images-linux-amd64.sh', ...args)
  const push = (...args: string[]) => script('push-to-target-registry.sh', ...args)
  const lock = () => readFileSync(join(out, 'relay-lock.tsv'), 'utf8').trimEnd().split('\n').slice(1)
  const fail = (repository: string, action: Action, times?: number) =>
    lab.front.internet.add({
      match: { repository, kind: 'manifest' },
      action,
      ...(times === undefined ? {} : { times }),
    })
  const moved = (match: Match) => lab.front.target.total(match).requests

  test('an image that is denied or unknown is asked for once, and named with its class and cure', async () => {
    fail('library/alpine', denied())
    fail('library/busybox', unknownManifest())
    const { status, stdout } = await pull()
    expect(status).toBe(1)
    expect(stdout).toMatch(/^ {2}failed: alpine:1: .*\n {4}denied: .*\n {4}cure: /m)
    expect(stdout).toMatch(/^ {2}failed: busybox:1: .*\n {4}not-found: .*\n {4}cure: /m)
    expect(stdout).not.toMatch(/done: (?:alpine|busybox)/)
    expect(stdout).toContain('1 of 3 images done, 2 failed')
    // One HEAD and one GET are one try of the engine.
    for (const name of ['alpine', 'busybox'])
      expect(lab.front.internet.total({ repository: `library/${name}`, kind: 'manifest' }).requests).toBe(2)
  })

  test('503 for the first two tries of each image: all arrive, and nothing that was here moves again', async () => {
    // Each try of the engine is two requests.
    for (const name of NAMES) fail(`library/${name}`, UNAVAILABLE, 4)
    const { status, stdout } = await pull()
    expect(stdout).toContain('3 of 3 images done, 0 failed')
    expect(status).toBe(0)
    expect(lab.front.internet.total({ repository: 'library/nginx' }).requests).toBe(0)
    expect(stdout.match(/^again: alpine:1: /gm)).toHaveLength(2)
    expect(lock().map(row => row.split('\t')[0])).toEqual(NAMES.map(name => `${name}:1`))
    for (const row of lock()) expect(row).toMatch(/^\w+:1\tsha256:[0-9a-f]{64}\t-\t-\tlinux\/amd64$/)
  })

  test('a registry that stores something else than was sent: the push fails by digest', async () => {
    lab.front.target.add({
      match: { method: 'PUT', kind: 'manifest', repository: 'mirror/nginx' },
      action: STORE_ANOTHER,
    })
    const { status, stdout } = await push('--only', 'nginx')
    expect(stdout).toMatch(
      /^ {2}failed: nginx:1: the registry has sha256:.*, and sha256:.* was sent\n {4}digest: /m,
    )
    expect(stdout).not.toContain('done: nginx')
    expect(status).toBe(1)
    expect(lock().find(row => row.startsWith('nginx'))).toMatch(/\t-\t-\t/)
  })

  test('a push that is interrupted by 503 arrives, and is written down as the registry has it', async () => {
    lab.front.target.add({ match: { method: 'PUT', kind: 'manifest' }, action: UNAVAILABLE, times: 1 })
    const { status, stdout, stderr } = await push()
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain('3 of 3 images done, 0 failed')
    for (const [index, row] of lock().entries()) {
      const [source, sourceDigest, target, digest, platform] = row.split('\t')
      expect([source, target, platform]).toEqual([
        `${NAMES[index]}:1`,
        `${lab.target.address}/mirror/${NAMES[index]}:1`,
        'linux/amd64',
      ])
      expect(sourceDigest).toMatch(/^sha256:/)
      expect(digest).toBe((await lab.target.manifest(target ?? ''))?.digest)
    }
  })

  test('a second push moves no blob, and asks once for each image', async () => {
    const { status, stdout } = await push()
    expect(status).toBe(0)
    expect(stdout).toContain('[3/3] nothing to do: ')
    // The one upload is the question whether one may begin.
    expect(moved({ kind: ['blob', 'upload'] })).toBe(1)
    expect(lab.front.target.exchanges({ kind: 'upload' })).toMatchObject([{ method: 'POST', received: 0 }])
    for (const name of NAMES)
      expect(moved({ repository: `mirror/${name}`, kind: 'manifest' })).toBeLessThanOrEqual(2)
  })

  test('--verify moves nothing, and finds a tag that has moved', async () => {
    expect(await push('--verify')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('3 of 3 images done'),
    })
    expect(moved({ method: ['PUT', 'POST', 'PATCH'] })).toBe(0)
    const reference = `${lab.target.address}/mirror/busybox:1`
    const before = lock()
    await lab.engine.docker(['tag', 'alpine:1', reference])
    await lab.engine.docker(['push', reference])
    const { status, stdout } = await push('--verify')
    expect(status).toBe(1)
    expect(stdout).toMatch(
      /failed: busybox:1: the tag has moved: sha256:.* was pushed, and the registry has sha256:/,
    )
    expect(lock()).toEqual(before)
    // What is here under the name at the registry is another image now, so it is pushed again.
    expect(await push()).toMatchObject({ status: 0 })
    expect(await push('--verify')).toMatchObject({ status: 0 })
  })

  test('the mirror is pinned to what was pushed, and the lock is its own merge', async () => {
    expect(await generate('generate', '--pin')).toMatchObject({ status: 0, stderr: '' })
    const mirror = readFileSync(join(out, 'compose-mirror.yaml'), 'utf8')
    for (const row of lock()) {
      const [, , target, digest] = row.split('\t')
      expect(mirror).toContain(`${target}@${digest}`)
      expect(await lab.engine.docker(['pull', `${target}@${digest}`])).toMatchObject({ status: 0 })
    }
    const merged = await lab.run([process.execPath, CLI, 'lock', 'merge', 'out/relay-lock.tsv'], {
      cwd: project,
    })
    expect(merged.stdout).toBe(readFileSync(join(out, 'relay-lock.tsv'), 'utf8'))
  })
})
