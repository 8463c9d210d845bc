import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import {
  BASHES,
  type EngineName,
  FakeEngine,
  generate,
  laboratory,
  type ScriptOptions,
} from './fake-engine.ts'

vi.setConfig({ maxConcurrency: 8 })

const SECRET = 'hunter2'
const PROJECT = {
  'docker-compose.yaml': `
version: "3.8"
services:
  web: { build: { context: web, args: { TOKEN: '\${TOKEN}', PLAIN: ${SECRET} } }, image: 'shop/web:1' }
  API: { build: api }
  api: { build: { context: api, tags: ['shop/api:9'], cache_to: [somewhere] }, profiles: [later] }
  _b..c-: { build: api }
  -rf: { build: api }
  base: { build: base, image: shop/base }
  arm: { build: arm, platform: linux/arm64 }
  pulled: { image: 'redis:7' }
`,
  '.env': `TOKEN=${SECRET}\n`,
  'relay.yaml': 'registry: r\nregistries: { r: { host: registry.example.com, namespace: team } }\n',
  'web/Dockerfile': 'FROM node:18 AS x\nFROM shop/base\nCOPY --from=x /a /a\n',
  'api/Dockerfile': 'FROM node:18\n',
  'base/Dockerfile': 'FROM ghcr.io/acme/os:1\n',
  'arm/Dockerfile': 'FROM python:3\n',
}
const ORDER = ['-rf', 'API', '_b..c-', 'api', 'arm', 'base', 'web']
const BASE_IMAGES = ['docker.io/library/node:18', 'ghcr.io/acme/os:1', 'docker.io/library/python:3']
const NAMES: Readonly<Record<string, string>> = {
  '-rf': 'test-rf',
  API: 'test-api',
  '_b..c-': 'test-b-c',
  api: 'test-api-2',
  arm: 'test-arm',
  base: 'test-base',
  web: 'test-web',
}

const lab = laboratory('test-build')
let english = ''
let chinese = ''

beforeAll(async () => {
  english = await generate(join(lab, 'en'), PROJECT, {})
  chinese = await generate(join(lab, "it's a $(touch x)"), PROJECT, { lang: 'zh' })
})

const lineOf = (name: string) => (content: string) =>
  content.split('\n').filter(line => line.startsWith(`  ${name} `))

test('the list has every build once, what others are built on first, and no value of an argument', () => {
  const content = readFileSync(join(english, 'test-docker-build.sh'), 'utf8')
  expect(lineOf('build')(content)).toEqual([
    '  build -rf test-rf',
    '  build API test-api',
    '  build _b..c- test-b-c',
    '  build api test-api-2 without=tags without=cache_to',
    '  build arm test-arm',
    '  build base test-base base=shop/base:latest',
    '  build web test-web',
  ])
  expect(lineOf('base')(content)).toEqual([
    "  base ghcr.io/acme/os:1 '' base",
    "  base node:18 '' -rf API _b..c- api web",
    '  base python:3 linux/arm64 arm',
  ])
  expect(content).toContain('\nPROFILES=later\nFILE_VERSION=3.8\n')
  expect(content).not.toContain(SECRET)
})

describe.concurrent.each(BASHES)('%s', bash => {
  const machine = (kind: EngineName = 'docker', bases = true) => {
    const host = new FakeEngine(lab, bash, [kind])
    const prefix = kind === 'podman' ? 'localhost' : 'docker.io/library'
    host.compose(Object.fromEntries(ORDER.map(name => [name, `${prefix}/${NAMES[name]}:latest`])))
    if (bases) for (const image of BASE_IMAGES) host.image(image)
    host.image('docker.io/library/python:3', { platform: 'linux/arm64' })
    return host
  }
  const run = (host: FakeEngine, args: readonly string[] = [], options: ScriptOptions = {}) =>
    host.run([join(english, 'test-docker-build.sh'), ...args], options)
  const built = (host: FakeEngine) => host.calls('compose').filter(call => call.includes('build'))
  const images = (host: FakeEngine) =>
    readdirSync(join(host.env['FAKE_ENGINE'] ?? '', 'images'))
      .map(name => name.replaceAll('%', '/'))
      .filter(name => name.includes('test-') || name.includes('shop/'))

  test('each is built once, and nothing of it stays', async () => {
    const host = machine()
    const ended = await run(host)
    expect(ended).toMatchObject({ status: 0, stderr: '' })
    expect(built(host).map(call => call.at(-1))).toEqual(ORDER)
    expect(built(host)[0]?.slice(-3)).toEqual(['build', '--', '-rf'])
    expect(built(host)[6]?.slice(0, 6)).toEqual(['compose', '-p', 'en', '-f', 'docker-compose.yaml', '-f'])
    expect(ended.stdout.match(/^ {2}✅ .*/gm)).toHaveLength(7)
    expect(ended.stdout).toContain('built: 7, failed: 0, in all: 7\n')
    expect(host.writes()).toEqual([
      'tag test-base shop/base:latest',
      ...ORDER.map(name => `rmi ${NAMES[name]}`),
      'rmi shop/base:latest',
    ])
    expect(images(host)).toEqual([])
    expect(host.calls('pull')).toEqual([])
  })

  test('one that fails: a row, the end of its log with its cure, and the status', async () => {
    const host = machine()
    const lines = Array.from({ length: 30 }, (_, number) => `err line ${number}`)
    host.rule(
      'compose@docker.io%library%api:latest',
      ...lines,
      'err \\033[31mno space left on device',
      'exit 17',
    )
    host.rule('compose@docker.io%library%API:latest', 'out all is well', 'exit 0')
    const ended = await run(host)
    expect(ended).toMatchObject({ status: 1, stderr: '' })
    expect(ended.stdout).toMatch(/^ {2}❌ api +\d+s {2}test-api-2$/m)
    expect(ended.stdout).toMatch(/^ {2}✅ web +\d+s {2}test-web$/m)
    const [, tail = ''] = ended.stdout.split('the end of the log of api:\n')
    expect(tail.split('\n').slice(0, 17)).toEqual([
      ...lines.slice(16).map(line => line.replace('err ', '    | ')),
      '    | no space left on device',
      '    disk-full: the disk is full',
      expect.stringContaining('    cure: '),
    ])
    // Compose said that all is well, and there is no image.
    expect(ended.stdout).toMatch(/^ {2}❌ API /m)
    expect(ended.stdout).toContain('Compose ended without an error, but there is no image test-api\n')
    expect(ended.stdout).toContain('built: 5, failed: 2, in all: 7\n')
    expect(built(host)).toHaveLength(7)
    expect(images(host)).toEqual([])
  })

  test('what is missing is pulled first, for the services that are asked for', async () => {
    const host = machine('docker', false)
    host.image('docker.io/library/python:3')
    const ended = await run(host, ['--only', 'web', '--only=arm'])
    expect(ended.status).toBe(0)
    expect(
      host
        .calls('pull')
        .map(call => call.join(' '))
        .sort(),
    ).toEqual(['pull --platform linux/arm64 python:3', 'pull node:18'])
    expect(built(host).map(call => call.at(-1))).toEqual(['arm', 'web'])
    const events = host.calls().map(([verb = '', ...rest]) => `${verb} ${rest.includes('build')}`)
    expect(events.lastIndexOf('pull false')).toBeLessThan(events.indexOf('compose true'))
    expect(host.id('docker.io/library/node:18')).not.toBe(null)
  })

  test('a base image that cannot be pulled is told, and the builds go on', async () => {
    const host = machine('docker', false)
    host.rule(
      'pull@docker.io%library%node:18',
      'err manifest for node:18 not found: manifest unknown',
      'exit 1',
    )
    const ended = await run(host, ['--only', 'api'])
    expect(ended).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('FAILED: node:18: manifest for'),
    })
    expect(ended.stdout).toMatch(/cure: /)
    expect(built(host)).toHaveLength(1)
  })

  test('what has the name already is not touched', async () => {
    const host = machine()
    host.image('docker.io/library/test-web:latest', { id: 'mine' })
    host.image('docker.io/library/test-web-2:latest', { id: 'mine, too' })
    host.image('docker.io/shop/base:latest', { id: 'old' })
    host.compose({ web: 'docker.io/library/test-web-3:latest' })
    const ended = await run(host)
    expect(ended).toMatchObject({ status: 0, stderr: '' })
    expect(ended.stdout).toContain(
      'test-web is here already and stays as it is; this run builds test-web-3\n',
    )
    expect(ended.stdout).toContain('shop/base:latest is here already: what is built on it is built on that\n')
    expect(host.id('docker.io/library/test-web:latest')).toBe('mine')
    expect(images(host).sort()).toEqual([
      'docker.io/library/test-web-2:latest',
      'docker.io/library/test-web:latest',
      'docker.io/shop/base:latest',
    ])
    expect(host.writes().filter(call => call.startsWith('tag'))).toEqual([])
  })

  test('--keep', async () => {
    const host = machine()
    const ended = await run(host, ['--keep', '--only', 'api'])
    expect(ended).toMatchObject({ status: 0, stdout: expect.stringContaining('kept: test-api-2\n') })
    expect(images(host)).toEqual(['docker.io/library/test-api-2:latest'])
  })

  test('what cannot be taken away is told by its name', async () => {
    const host = machine()
    host.rule('rmi', 'err Error response from daemon: conflict', 'exit 1')
    const ended = await run(host, ['--only', 'api'])
    expect(ended).toMatchObject({
      status: 1,
      stderr: 'could not be taken away: test-api-2: Error response from daemon: conflict\n',
    })
  })

  test('a build that hangs: --timeout', async () => {
    const host = machine()
    host.rule('compose@docker.io%library%arm:latest', 'err begins', 'hang')
    const ended = await run(host, ['--timeout', '1', '--only', 'arm', '--only', 'api'])
    expect(ended.status).toBe(1)
    expect(ended.stdout).toMatch(/✅ api(.*\n)+ {2}❌ arm(.*\n)+ {4}\| begins\n {4}\| stopped after 1 s/)
    expect(images(host)).toEqual([])
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s', async (signal, status) => {
    const host = machine()
    host.rule('compose@docker.io%library%arm:latest', 'deaf', 'hang')
    const script = host.start([join(english, 'test-docker-build.sh'), '--only', 'arm', '--only', 'api'])
    await script.until(() => built(host).some(call => call.at(-1) === 'arm'))
    expect(images(host)).toEqual(['docker.io/library/test-api-2:latest'])
    script.running.kill(signal)
    expect(await script.done).toMatchObject({ status })
    expect(images(host)).toEqual([])
  })

  test('two runs at once have names of their own', async () => {
    const [host, other] = [machine(), machine()]
    const shared = join(host.dir, 'shared')
    mkdirSync(shared)
    const script = (...args: readonly string[]) => [
      join(english, 'test-docker-build.sh'),
      '--only',
      'api',
      ...args,
    ]
    host.rule('compose@docker.io%library%api:latest', 'sleep 3')
    other.compose({ api: 'docker.io/library/test-api-2-2:latest' })
    const first = host.start(script(), { env: { TMPDIR: shared } })
    await first.until(() => built(host).length === 1)
    const second = await other.run(script(), { env: { TMPDIR: shared } })
    expect(second).toMatchObject({ status: 0, stdout: expect.stringContaining('api: test-api-2-2\n') })
    expect((await first.done).status).toBe(0)
    expect(readdirSync(shared)).toEqual([])
  })

  test('--list and --dry-run change nothing', async () => {
    const host = machine('docker', false)
    expect(await run(host, ['--list'])).toMatchObject({ status: 0, stdout: `${ORDER.join('\n')}\n` })
    expect(await run(host, ['--list', '--only', 'api'])).toMatchObject({ stdout: 'api\n' })
    expect(host.calls()).toEqual([])
    const dry = await run(host, ['--dry-run'])
    expect(dry).toMatchObject({ status: 0, stderr: '' })
    expect(dry.stdout.match(/^\+ docker pull .*/gm)).toEqual([
      '+ docker pull ghcr.io/acme/os:1',
      '+ docker pull node:18',
    ])
    expect(dry.stdout.match(/^\+ docker compose .* build .*/gm)).toHaveLength(7)
    expect([built(host), host.writes()]).toEqual([[], []])
  })

  test('usage, and what is not ready', async () => {
    const host = machine()
    for (const args of [
      ['--only', 'pulled'],
      ['--only', '$(touch x)'],
      ['--only', ''],
      ['--project', ''],
      ['--project', 'nowhere'],
      ['--timeout', 'x'],
      ['--jobs', '0'],
      ['more'],
      ['--only'],
    ])
      expect([args, (await run(host, args)).status]).toEqual([args, 2])
    expect(host.calls('compose')).toEqual([])
    expect(existsSync(join(host.dir, 'x'))).toBe(false)
    const bare = new FakeEngine(lab, bash)
    expect(await run(bare)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('Compose is not installed'),
    })
    bare.rule('ps', 'err Cannot connect to the Docker daemon', 'exit 1')
    expect(await run(bare)).toMatchObject({ status: 3 })
    expect(await run(new FakeEngine(lab, bash, []))).toMatchObject({ status: 3 })
  })

  test('another folder, and Chinese', async () => {
    const host = machine()
    const script = join(chinese, 'test-docker-build.sh')
    const ended = await host.run([script, '--only', 'api', '--project', join(lab, 'en')])
    expect(ended).toMatchObject({ status: 0, stderr: '' })
    expect(ended.stdout).toContain('成功：1，失败：0，总计：1\n')
    expect(readdirSync(lab).includes('x')).toBe(false)
  })

  test('Podman', async () => {
    const host = machine('podman')
    const ended = await run(host, ['--only', 'base', '--only', 'web'])
    expect(ended).toMatchObject({ status: 0, stderr: '' })
    expect(host.writes()).toEqual([
      'tag localhost/test-base shop/base:latest',
      'rmi localhost/test-base',
      'rmi localhost/test-web',
      'rmi localhost/shop/base:latest',
    ])
    expect(images(host)).toEqual([])
  })
})
