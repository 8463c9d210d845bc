import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Result } from './command.ts'
import { Disk } from './disk.ts'
import { type FaultLab, type Server, startFaultLab } from './fault-lab.ts'
import type { Action, Match } from './fault-proxy.ts'
import {
  answer,
  denied,
  nginx,
  noProject,
  plainRateLimit,
  portal,
  rateLimit,
  registryError,
  STORE_ANOTHER,
  unauthorized,
  unknownManifest,
} from './faults.ts'
import { type Direction, Relay } from './relay.ts'

/** All but the last arrive, whatever happens to that one. */
const NAMES = ['alpine', 'busybox', 'nginx']
const FINE = NAMES.slice(0, -1)

/** What goes wrong, and the class that it is told as. */
type Outage = readonly [name: string, match: Match, action: Action, kind: string]

const MANIFEST: Match = { kind: 'manifest' }
const BLOB: Match = { kind: 'blob', method: 'GET' }
const PULLS: readonly Outage[] = [
  ['429 of Docker Hub', MANIFEST, rateLimit(), 'rate-limit'],
  ['429 of an accelerator', MANIFEST, plainRateLimit(), 'rate-limit'],
  ['500', MANIFEST, nginx(500, 'Internal Server Error'), 'server'],
  ['502', MANIFEST, nginx(502, 'Bad Gateway'), 'server'],
  ['503', MANIFEST, nginx(503, 'Service Unavailable'), 'server'],
  ['a login page', MANIFEST, portal(), 'not-a-registry'],
  ['a login page for the layers', BLOB, portal(), 'corrupt'],
  ['unauthorized', MANIFEST, unauthorized(), 'login'],
  ['denied', MANIFEST, denied(), 'denied'],
  ['no such tag', MANIFEST, unknownManifest(), 'not-found'],
  ['no such project', MANIFEST, noProject('nosuch'), 'no-namespace'],
  ['a manifest that is cut short', { ...MANIFEST, method: 'GET' }, { do: 'cut', after: 50 }, 'network'],
  ['a layer that is cut short', BLOB, { do: 'cut', after: 10_000 }, 'network'],
  ['a layer that is another', BLOB, answer(200, 'something else'), 'corrupt'],
  ['a connection that is reset', MANIFEST, { do: 'reset' }, 'docker-hub'],
  ['a connection that is reset in a layer', BLOB, { do: 'reset', after: 10_000 }, 'network'],
  ['a registry that does not answer', MANIFEST, { do: 'stall' }, 'timeout'],
  ['a layer that stops', BLOB, { do: 'stall', after: 10_000 }, 'timeout'],
]

const PUT: Match = { kind: 'manifest', method: 'PUT' }
const POST: Match = { kind: 'upload', method: 'POST' }
const PATCH: Match = { kind: 'upload', method: 'PATCH' }
const QUOTA = 'adding 1.0 GiB of storage resource, which will exceed the configured upper limit of 5.0 GiB.'
const IMMUTABLE = "Failed to process request due to 'nginx:1' configured as immutable."
/** Most failures of an upload the classic engine tries again itself, for 50 seconds. These end it at once. */
const PUSHES: readonly Outage[] = [
  ['429', POST, rateLimit(), 'rate-limit'],
  ['500', PUT, nginx(500, 'Internal Server Error'), 'server'],
  ['502', PUT, nginx(502, 'Bad Gateway'), 'server'],
  ['503', PUT, nginx(503, 'Service Unavailable'), 'server'],
  ['413', PATCH, nginx(413, 'Request Entity Too Large'), 'too-large'],
  ['a login page', PUT, portal(), 'not-a-registry'],
  ['unauthorized', PUT, unauthorized(), 'login'],
  ['denied', PUT, denied(), 'denied'],
  ['no such project', POST, noProject('nosuch'), 'no-namespace'],
  ['a full project', PUT, registryError(403, 'DENIED', QUOTA), 'quota'],
  ['a tag that may not change', PUT, registryError(412, 'PRECONDITION', IMMUTABLE), 'immutable-tag'],
  ['a manifest that is cut short', PUT, { do: 'cut', after: 50 }, 'network'],
  ['a connection that is reset', PUT, { do: 'reset' }, 'network'],
  ['a registry that does not answer', PUT, { do: 'stall' }, 'timeout'],
  ['an upload that stops', PATCH, { do: 'stall', after: 10_000 }, 'timeout'],
  ['a registry that stores something else', PUT, STORE_ANOTHER, 'digest'],
]

describe('an outage', () => {
  let lab: FaultLab
  let relay: Relay
  /** Where pauses between tries take no time. */
  let path: string

  beforeAll(async () => {
    const daemon = { 'max-download-attempts': 1 }
    lab = await startFaultLab({ bearer: ['internet', 'target'], daemon, mebibytes: 64 })
    lab.tokens.setAnonymous({ '*': ['pull'] })
    relay = await Relay.generate(lab, NAMES)
    await lab.login()
    path = `${impatient(lab.dir)}:${lab.engine.env['PATH']}`
  })
  afterAll(() => lab.stop())

  /** Takes all faults away, with the connections that they have stopped, and forgets what was counted. */
  async function calm(): Promise<void> {
    for (const proxy of Object.values(lab.front)) {
      proxy.clear()
      proxy.forget()
      await proxy.stop()
      await proxy.start()
    }
  }

  const front = (direction: Direction) => lab.front[direction === 'pull' ? 'internet' : 'target']
  const repository = (direction: Direction, name: string) =>
    `${direction === 'pull' ? 'library' : 'mirror'}/${name}`

  function fail(direction: Direction, match: Match, action: Action, times?: number): void {
    const rule = { match: { repository: repository(direction, 'nginx'), ...match }, action }
    front(direction).add(times === undefined ? rule : { ...rule, times })
  }

  const begin = (direction: Direction, ...flags: readonly string[]) =>
    relay.begin(direction, ['--retries', '1', ...flags], { env: { PATH: path } })

  const run = (direction: Direction, ...flags: readonly string[]) => begin(direction, ...flags).done

  /** Expects that one image failed, is told so with class and cure, and nothing is said or written of its success. */
  function expectFailure(direction: Direction, { status, stdout }: Result, kind: string): void {
    expect(stdout).toMatch(new RegExp(`^ {2}failed: nginx:1: .+\\n {4}${kind}: .+\\n {4}cure: .+`, 'm'))
    expect(stdout).not.toMatch(/(?:done|nothing to do): nginx/)
    expect(stdout).toContain('2 of 3 images done, 1 failed, 0 not finished')
    expect(stdout).toMatch(/to run what is left:\n.* --only nginx:1\n$/)
    expect(status).toBe(1)
    const written = relay
      .lock()
      .filter(row => row[direction === 'pull' ? 'sourceDigest' : 'targetDigest'] !== '-')
    expect(written.map(({ source }) => source)).toEqual(FINE.map(name => `${name}:1`))
  }

  /** Runs once more without faults, and expects that it completes what is left and leaves alone what was finished. */
  async function expectRecovery(direction: Direction, finished: readonly string[] = FINE): Promise<void> {
    await calm()
    const { status, stdout } = await run(direction)
    expect(status).toBe(0)
    expect(stdout).toContain('3 of 3 images done, 0 failed, 0 not finished')
    for (const name of finished) {
      expect(stdout).toContain(`nothing to do: ${name}:1`)
      const moved = {
        repository: repository(direction, name),
        kind: ['blob', 'upload'],
        agent: /^docker/,
      } as const
      expect(front(direction).total(moved)).toEqual({ requests: 0, received: 0, sent: 0 })
    }
    expect(await relay.localIds()).not.toContain('')
    if (direction === 'push')
      expect(relay.lock().map(row => row.targetDigest)).toEqual(await relay.targetDigests())
  }

  describe.each<[Direction, readonly Outage[], Server, Match]>([
    ['pull', PULLS, 'internet', BLOB],
    ['push', PUSHES, 'target', PATCH],
  ])('of a %s', (direction, outages, registry, transfer) => {
    beforeEach(async () => {
      await calm()
      await relay.renew(direction, 30_000)
    })

    test.each(outages)('%s', async (_, match, action, kind) => {
      fail(direction, match, action)
      expectFailure(direction, await run(direction, ...flagsFor(match, action)), kind)
      await expectRecovery(direction)
    })

    test('a login without the right to one repository', async () => {
      const granted = ['pull', 'push'] as const
      const rights = Object.fromEntries(FINE.map(name => [repository(direction, name), granted]))
      lab.tokens.setUser('guest', 'secret', rights)
      lab.tokens.setAnonymous(rights)
      await lab.loginAs('guest', 'secret')
      try {
        expectFailure(direction, await run(direction), 'denied')
      } finally {
        lab.tokens.setAnonymous({ '*': ['pull'] })
        await lab.login()
      }
      await expectRecovery(direction)
    })

    test('429 that passes: one image at a time from then on', async () => {
      // One HEAD and one GET are one try of a pull.
      fail(direction, direction === 'pull' ? MANIFEST : POST, rateLimit(), 2)
      const { status, stdout } = await run(direction)
      expect(stdout).toContain('the registry wants fewer requests: going on with one image at a time')
      expect(stdout).toContain('3 of 3 images done, 0 failed, 0 not finished')
      expect(status).toBe(0)
    })

    test('a slow line is none', async () => {
      fail(direction, transfer, { do: 'slow', rate: 14_000 })
      const { status, stdout } = await run(direction)
      expect(stdout).toMatch(/done: nginx:1 \([2-9]s\)/)
      expect(stdout).not.toContain('again: ')
      expect(status).toBe(0)
    })

    test.each([
      ['engine', 'engine-gone'],
      [registry, direction === 'pull' ? 'docker-hub' : 'refused'],
    ] as const)('the %s is killed in the middle', async (server, kind) => {
      const last = direction === 'pull' ? BLOB : PUT
      fail(direction, last, { do: 'stall' })
      const script = begin(direction, '--retries', '0')
      await vi.waitUntil(() => script.stdout.includes('[2/3] done'), { timeout: 30_000 })
      await front(direction).until(
        { repository: repository(direction, 'nginx'), ...last },
        ({ requests }) => requests > 0,
      )
      await lab.kill(server)
      const result = await script.done.finally(() => lab.revive(server))
      expectFailure(direction, result, kind)
      await expectRecovery(direction)
    })

    test('two runs at once do the same work well', async () => {
      for (const { status, stdout } of await Promise.all([run(direction), run(direction)])) {
        expect(stdout).toContain('3 of 3 images done, 0 failed, 0 not finished')
        expect(status).toBe(0)
      }
      await expectRecovery(direction, NAMES)
    })
  })

  test('a pull and a push at once write both their digests down', async () => {
    await calm()
    await relay.renew('push', 30_000)
    for (const { status } of await Promise.all([run('pull', '--always'), run('push')])) expect(status).toBe(0)
    expect(relay.lock().map(row => row.targetDigest)).toEqual(await relay.targetDigests())
    expect(relay.lock().map(row => row.sourceDigest)).not.toContain('-')
  })

  test("the engine's disk is full", async () => {
    await calm()
    await relay.renew('pull', 30_000)
    await lab.internet.put({ reference: 'nginx:1', bytes: 3_000_000, revision: 'large' })
    onTestFinished(() => lab.disk.empty())
    lab.disk.fill(1_500_000)
    expectFailure('pull', await run('pull', '--jobs', '1'), 'disk-full')
    lab.disk.empty()
    await expectRecovery('pull')
    lab.disk.fill()
    const { status, stdout } = await run('push')
    expect(stdout.match(/^ {4}disk-full: /gm)).toHaveLength(3)
    expect(stdout).toContain('0 of 3 images done, 3 failed')
    expect(status).toBe(1)
    lab.disk.empty()
    await expectRecovery('push', [])
  })

  test.each(['pull', 'push'] as const)(
    'the disk of TMPDIR is full in the middle of a %s',
    async direction => {
      await calm()
      await relay.renew(direction, 30_000)
      const disk = await Disk.mount(join(lab.dir, 'small'), 1)
      onTestFinished(() => disk.unmount())
      front(direction).add({
        match: direction === 'pull' ? BLOB : PATCH,
        action: { do: 'slow', rate: 40_000 },
      })
      const env = { PATH: path, TMPDIR: disk.path }
      const script = relay.begin(direction, ['--jobs', '1', '--retries', '0'], { env })
      await vi.waitUntil(() => script.stdout.includes('[1/3] done'), { timeout: 30_000 })
      disk.fill()
      const { status, stdout, stderr } = await script.done
      console.log(status, stdout, stderr, relay.lock())
      expect(status).toBe(1)
      disk.empty()
      await expectRecovery(direction, ['alpine'])
    },
  )
})

/** What keeps an outage short that scripts would wait for, or the engine tries again itself. */
function flagsFor(match: Match, action: Action): readonly string[] {
  if (action.do === 'stall') return ['--timeout', '3', '--retries', '0']
  return match === BLOB ? ['--retries', '0'] : []
}

/** Makes a folder with a sleep that does not sleep whole seconds, which scripts do between two tries only. */
function impatient(parent: string): string {
  const folder = join(parent, 'impatient')
  mkdirSync(folder)
  const sleep = '#!/bin/sh\ncase $1 in *.*) exec /bin/sleep "$1" ;; esac\n'
  writeFileSync(join(folder, 'sleep'), sleep, { mode: 0o755 })
  return folder
}
