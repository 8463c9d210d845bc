import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { failureClasses } from '../generators/core/failures.ts'
import { NEAR_MISSES, TEXTS } from './failure-texts.ts'
import {
  BASHES,
  composeOf,
  type Ended,
  FakeEngine,
  generate,
  laboratory,
  type ScriptOptions,
} from './fake-engine.ts'

vi.setConfig({ maxConcurrency: 12 })

const IMAGES = ['alpine:3', 'busybox:1', 'nginx:1.27']
const FULL = IMAGES.map(image => `docker.io/library/${image}`)
const [ALPINE = '', BUSYBOX = '', NGINX = ''] = FULL
const TEAM = 'registry.example.com/team'
const LOGIN = '{"auths": {"registry.example.com": {"auth": "cm9ib3Q6c2VjcmV0"}}}\n'

const DIGEST = `sha256:${'0'.repeat(64)}`
const lab = laboratory('retry')
let scripts = ''
let many = ''

beforeAll(async () => {
  scripts = await generate(join(lab, 'few'), composeOf(IMAGES), { registry: TEAM })
  const images = Array.from({ length: 60 }, (_, n) => `group-${n % 7}/image-${n}:1.${n}`)
  many = await generate(join(lab, 'many'), composeOf(images), { registry: TEAM })
})

describe('the table of failures', () => {
  test('has a text for every class that has patterns', () => {
    const classes = failureClasses().filter(({ patterns }) => patterns.length > 0)
    expect(classes.map(({ name }) => name)).toEqual(TEXTS.map(([name]) => name))
  })

  test('ends with what is unknown, which has no cause and no cure', () => {
    const last = failureClasses().at(-1)
    expect(last).toMatchObject({
      name: 'unknown',
      passes: 'no',
      cause: { en: '', zh: '' },
      cure: { en: '', zh: '' },
    })
  })

  test('lets only what may pass be tried again', () => {
    const passing = failureClasses().filter(({ passes }) => passes !== 'no')
    expect(passing.map(({ name, passes }) => `${name} ${passes}`)).toEqual([
      'rate-limit slowly',
      'proxy yes',
      'docker-hub yes',
      'dns yes',
      'refused yes',
      'no-answer yes',
      'network yes',
      'server yes',
      'corrupt yes',
      'storage yes',
      'timeout yes',
    ])
  })
})

describe.each(BASHES)('%s', bash => {
  const engine = () => new FakeEngine(lab, bash, ['docker'])
  const pullScript = () => join(scripts, 'pull-all-images-linux-amd64.sh')
  const pull = (
    host: FakeEngine,
    args: readonly string[] = [],
    options: ScriptOptions = {},
  ): Promise<Ended> => host.run([pullScript(), ...args], options)
  const push = (host: FakeEngine, args: readonly string[] = []): Promise<Ended> =>
    host.run([join(scripts, 'push-to-target-registry.sh'), ...args])
  const tries = (host: FakeEngine, name: string) =>
    host.calls('pull').filter(call => name.endsWith(`/${call.at(-1)}`)).length

  test('each text is found as what it is', async () => {
    const parts = readFileSync(pullScript(), 'utf8').replace(/^main "\$@"$/m, '')
    const texts = [...TEXTS, ...NEAR_MISSES].flatMap(([name, ...all]) =>
      all.map(text => [name, text] as const),
    )
    const calls = texts.map(
      ([, text]) => `classify '${text.replaceAll("'", "'\\''")}'; printf '%s\\n' "$CLASS"\n`,
    )
    const { stdout, stderr } = await new FakeEngine(lab, bash, []).run(['-c', `${parts}\n${calls.join('')}`])
    expect(stderr).toBe('')
    expect(stdout.trimEnd().split('\n')).toEqual(texts.map(([name]) => name))
  })

  describe.concurrent('what may pass', () => {
    test.each([
      ['503', 'err received unexpected HTTP status: 503 Service Unavailable'],
      ['a reset', 'err failed to copy: read: connection reset by peer'],
      ['DNS', 'err dial tcp: lookup x: no such host'],
    ])('%s for the first two tries of each image: all arrive', async (_, text) => {
      const host = engine()
      for (const name of FULL) host.rule(`pull@${name}`, 'times 2', text, 'exit 1')
      const { status, stdout } = await pull(host)
      expect(status).toBe(0)
      expect(FULL.map(name => tries(host, name))).toEqual([3, 3, 3])
      expect(stdout).toContain('3 of 3 images done, 0 failed')
      expect(stdout.match(/^again: alpine:3: /gm)).toHaveLength(2)
      // 2 and 4 seconds, and up to half as much again.
      for (const pause of host.pauses()) expect(pause).toBeGreaterThanOrEqual(2)
      expect(host.pauses()).toHaveLength(6)
      expect(Math.max(...host.pauses())).toBeLessThanOrEqual(6)
    })

    test('429: slowly, and one image at a time from then on', async () => {
      const host = engine()
      host.rule(`pull@${ALPINE}`, 'times 1', 'err toomanyrequests: slow down', 'exit 1')
      host.rule('pull', 'sleep 0.3')
      const { status, stdout } = await pull(host, ['--jobs', '2'])
      expect(status).toBe(0)
      expect(stdout).toContain('the registry wants fewer requests: going on with one image at a time\n')
      expect(host.pauses()[0]).toBeGreaterThanOrEqual(10)
      expect(tries(host, ALPINE)).toBe(2)
    })

    test('what fails all its tries gets a second pass after all others', async () => {
      const host = engine()
      host.rule(`pull@${ALPINE}`, 'times 2', 'err unexpected EOF', 'exit 1')
      const { status, stdout } = await pull(host, ['--retries', '1', '--jobs', '1'])
      expect(status).toBe(0)
      expect(host.named('pull').filter(name => name === 'alpine:3')).toHaveLength(3)
      expect(host.calls('pull').at(-1)?.at(-1)).toBe('alpine:3')
      expect(stdout).toContain('trying once more what may have passed by now: 1 images\n')
      expect(stdout).toContain('[1/3] FAILED: alpine:3: unexpected EOF\n')
      expect(stdout).toContain('[3/3] done: alpine:3')
      expect(stdout).toContain('3 of 3 images done, 0 failed')
    })

    test('a job that is killed in the second pass is not told by its first failure', async () => {
      const host = engine()
      host.rule(`pull@${ALPINE}`, 'times 1', 'err unexpected EOF', 'exit 1')
      host.rule('pull', 'orphan')
      const { status, stdout } = await pull(host, ['--retries', '0', '--only', 'alpine:3'])
      expect(status).toBe(1)
      expect(stdout).toContain('trying once more')
      expect(stdout).toMatch(/^ {2}failed: alpine:3: .*\nto run what is left:/m)
    })

    test('a tag that fails has its class, too', async () => {
      const host = engine()
      for (const name of FULL) host.image(name)
      host.homeFile('.docker/config.json', LOGIN)
      host.rule(`tag@${TEAM}/nginx:1.27`, 'err write /data: no space left on device', 'exit 1')
      const { status, stdout } = await push(host)
      expect(status).toBe(1)
      expect(stdout).toContain('  failed: nginx:1.27: write /data: no space left on device\n    disk-full: ')
    })

    test('what never passes is failed, with its class and cure', async () => {
      const host = engine()
      host.rule(`pull@${BUSYBOX}`, 'err received unexpected HTTP status: 502 Bad Gateway', 'exit 1')
      const { status, stdout } = await pull(host, ['--retries', '2'])
      expect(status).toBe(1)
      expect(tries(host, BUSYBOX)).toBe(6)
      expect(stdout).toContain(
        '  failed: busybox:1: received unexpected HTTP status: 502 Bad Gateway\n    server: the registry is in trouble\n    cure: come back later\n',
      )
      expect(stdout).toMatch(/--retries 2 --only busybox:1\n/)
    })

    test('a try that takes longer than --timeout is one', async () => {
      const host = engine()
      host.rule(`pull@${NGINX}`, 'times 1', 'hang')
      const { status, stdout } = await pull(host, ['--timeout', '1'])
      expect(status).toBe(0)
      expect(stdout).toMatch(
        /^again: nginx:1\.27: it took longer than --timeout allows; next try in [23] s$/m,
      )
      expect(tries(host, NGINX)).toBe(2)
    })

    test('--retries 0 tries once, and once more at the end', async () => {
      const host = engine()
      host.rule(`pull@${NGINX}`, 'err unexpected EOF', 'exit 1')
      expect((await pull(host, ['--retries', '0'])).status).toBe(1)
      expect(tries(host, NGINX)).toBe(2)
    })

    test('a signal ends a pause', async () => {
      const host = engine()
      host.rule(`pull@${NGINX}`, 'err unexpected EOF', 'exit 1')
      const script = host.start([pullScript(), '--retries', '99'], {})
      await script.until(() => host.pauses().length >= 3)
      script.running.kill('SIGTERM')
      expect((await script.done).status).toBe(143)
    })

    test('push, too', async () => {
      const host = engine()
      for (const name of FULL) host.image(name)
      host.homeFile('.docker/config.json', LOGIN)
      host.rule(
        `push@${TEAM}/nginx:1.27`,
        'times 1',
        'err received unexpected HTTP status: 500 Internal Server Error',
        'exit 1',
      )
      const { status, stdout } = await push(host)
      expect(status).toBe(0)
      expect(stdout).toContain('3 of 3 images done')
      expect(host.calls('push')).toHaveLength(4)
    })
  })

  describe.concurrent('what cannot pass', () => {
    test.each([
      ['denied', 'err denied: requested access to the resource is denied'],
      ['not-found', 'err manifest for x not found: manifest unknown: manifest unknown'],
      ['name', 'err invalid reference format'],
      ['disk-full', 'err write /x: no space left on device'],
      ['unknown', 'err what is this'],
    ])('%s: no second try at all', async (name, text) => {
      const host = engine()
      host.rule(`pull@${ALPINE}`, text, 'exit 1')
      const { status, stdout } = await pull(host)
      expect(status).toBe(1)
      expect(tries(host, ALPINE)).toBe(1)
      expect(host.pauses()).toEqual([])
      if (name === 'unknown') expect(stdout).not.toContain('cure:')
      else expect(stdout).toMatch(new RegExp(`^    ${name}: .*\\n    cure: `, 'm'))
    })

    test('another platform: no second try', async () => {
      const host = engine()
      host.rule(`pull@${ALPINE}`, 'platform linux/arm64')
      const { status, stdout } = await pull(host)
      expect(status).toBe(1)
      expect(tries(host, ALPINE)).toBe(1)
      expect(stdout).toContain('    wrong-platform: ')
    })
  })

  describe.concurrent('--result', () => {
    test('has a line for each image', async () => {
      const host = engine()
      host.image(BUSYBOX)
      host.rule(`pull@${NGINX}`, 'err manifest unknown', 'exit 1')
      host.rule(`pull@${ALPINE}`, `digest ${DIGEST}`, 'times 1', 'err unexpected EOF', 'exit 1')
      const file = join(host.dir, 'a result.json')
      expect((await pull(host, ['--result', file])).status).toBe(1)
      const rows = readFileSync(file, 'utf8')
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line))
      const common = {
        target: null,
        platform: 'linux/amd64',
        seconds: expect.any(Number),
        source_digest: null,
        target_digest: null,
      }
      expect(rows).toEqual([
        { ...common, source: 'alpine:3', state: 'done', class: null, tries: 2, source_digest: DIGEST },
        { ...common, source: 'busybox:1', state: 'skipped', class: null, tries: 0 },
        { ...common, source: 'nginx:1.27', state: 'failed', class: 'not-found', tries: 1 },
      ])
    })

    test('must be writable before anything starts', async () => {
      const host = engine()
      expect(await pull(host, ['--result', join(host.dir, 'no/such/file')])).toMatchObject({
        status: 2,
        stderr: expect.stringContaining('; name another file by --result'),
      })
      expect(host.calls('pull')).toEqual([])
    })

    test('says what was not begun', async () => {
      const host = engine()
      host.rule('pull', 'hang')
      const file = join(host.dir, 'result.json')
      const script = host.start([pullScript(), '--jobs', '1', '--result', file], {})
      await script.until(() => host.atOnce('pull').now === 1)
      script.running.kill('SIGTERM')
      expect((await script.done).status).toBe(143)
      const states = readFileSync(file, 'utf8')
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line).state)
      expect(states).toEqual(['stopped', 'waiting', 'waiting'])
    })
  })

  test('shards are a partition, and no image moves when another one comes', () => {
    const share = (folder: string, shard: string): string[] =>
      execFileSync(bash, [join(folder, 'pull-all-images-linux-amd64.sh'), '--list', '--shard', shard], {
        encoding: 'utf8',
      })
        .split('\n')
        .filter(line => line !== '')
    const all = share(many, '1/1')
    expect(all).toHaveLength(60)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), count => {
        const shares = Array.from({ length: count }, (_, n) => share(many, `${n + 1}/${count}`))
        expect(shares.flat().sort()).toEqual([...all].sort())
        // Even enough: no share is empty or has twice what is its due.
        for (const one of shares) expect(one.length).toBeLessThanOrEqual(Math.ceil((60 / count) * 2))
      }),
      { numRuns: 6 },
    )
  })

  test.each([
    ['--shard', '0/2', '--shard takes a number from 1 to 2, not "0"'],
    ['--shard', '3/2', '--shard takes a number from 1 to 2, not "3"'],
    ['--shard', '2', '--shard takes K/N, such as 2/3, not "2"'],
    ['--shard', 'a/b', '--shard takes a number from 1 to 999, not "b"'],
    ['--retries', '-1', '--retries takes a number from 0 to 99, not "-1"'],
    ['--retries', '100', '--retries takes a number from 0 to 99, not "100"'],
    ['--timeout', '1s', '--timeout takes a number from 0 to 99999, not "1s"'],
    ['--jobs', '0', '--jobs takes a number from 1 to 999, not "0"'],
    ['--jobs', '07', '--jobs takes a number from 1 to 999, not "07"'],
  ])('%s %s is refused', async (flag, value, line) => {
    expect(await pull(engine(), [flag, value])).toMatchObject({ status: 2, stdout: '', stderr: `${line}\n` })
  })
})
