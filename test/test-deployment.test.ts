import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { BASHES, FakeEngine, generate, laboratory, pathOf, type ScriptOptions } from './fake-engine.ts'
import { FakeRegistry, type FakeRegistryOptions, LOGIN, PASSWORD } from './fake-registry.ts'
import { type Files, writeFiles } from './project.ts'

vi.setConfig({ maxConcurrency: 8 })

const SECRET = 'hunter2'
const SCRIPT = 'test-deployment-config.sh'

const PROJECT: Files = {
  'docker-compose.yaml': `
services:
  web:
    image: 'public/app:1'
    env_file: [web.env, { path: maybe.env, required: false }, '\${DIR}/x.env']
    volumes:
      - './nginx.conf:/etc/nginx/nginx.conf:ro'
      - './Caddyfile:/etc/caddy/Caddyfile'
      - './data:/data'
      - '/etc/localtime:/etc/localtime'
      - '\${DIR}/a.conf:/a.conf'
      - { type: bind, source: ./config, target: /config }
      - { type: bind, source: ./made, target: /made, bind: { create_host_path: true } }
      - 'named.volume:/x'
  app:
    build: { context: app, args: { TOKEN: ${SECRET} } }
    profiles: [later, other]
  inline: { build: { dockerfile_inline: 'FROM scratch' } }
  far: { build: 'https://example.com/x.git' }
  var: { build: { context: '\${DIR}', dockerfile: a } }
configs: { c: { file: ./c.txt } }
secrets: { s: { file: "it's $$(touch x).txt" } }
volumes: { named.volume: {} }
`,
  '.env': `DIR=${SECRET}\n`,
  'web.env': '',
  'nginx.conf': '',
  Caddyfile: '',
  'app/Dockerfile': 'FROM scratch\n',
  'config/x': '',
  'c.txt': '',
  "it's $(touch x).txt": '',
}

const lab = laboratory('test-deployment')
const servers: FakeRegistry[] = []
afterAll(() => {
  for (const server of servers) server.stop()
})

let count = 0

/** The scripts of a project whose registry has these keys. */
async function scriptsFor(keys: string, files: Files = PROJECT): Promise<{ folder: string; out: string }> {
  const folder = join(lab, `project-${++count}`)
  mkdirSync(folder)
  const relay = `registry: r\nregistries: { r: { ${keys} } }\n`
  return { folder, out: await generate(folder, { 'relay.yaml': relay, ...files }, {}) }
}

async function start(options: FakeRegistryOptions = {}): Promise<FakeRegistry> {
  const server = await FakeRegistry.start(options)
  servers.push(server)
  return server
}

let plain = ''
beforeAll(async () => {
  plain = (await scriptsFor('host: registry.example.com')).out
})

test('the lists have what the plan knows, and no value of a variable', () => {
  const content = readFileSync(join(plain, SCRIPT), 'utf8')
  const lines = content.split('\n').filter(line => /^ {2}(?:need|source_file|mirror|image) /.test(line))
  expect(lines).toEqual([
    '  source_file docker-compose.yaml',
    '  need context .',
    '  need context app',
    '  need dockerfile app/Dockerfile',
    '  need env web.env',
    '  need mount Caddyfile',
    '  need mount c.txt',
    '  need mount config',
    "  need mount 'it'\\''s $(touch x).txt'",
    '  need mount nginx.conf',
    '  mirror docker-compose-mirror.yaml',
    '  image registry.example.com/public-app:1',
  ])
  expect(content).toContain('\nPROFILES=later,other\n')
  expect(content).not.toContain(SECRET)
})

describe.concurrent.each(BASHES)('%s', bash => {
  const machine = (...tools: readonly string[]) => {
    const host = new FakeEngine(lab, bash)
    host.compose({ config: 'docker.io/library/none:1' })
    for (const tool of tools) symlinkSync(pathOf(tool), join(host.dir, 'bin', tool))
    return host
  }
  const run = (host: FakeEngine, out: string, args: readonly string[] = [], options: ScriptOptions = {}) =>
    host.run([join(out, SCRIPT), ...args], options)
  const rows = (text: string) =>
    [...text.matchAll(/^ {2}([✅❌❓]) (\S+) +(.*)$/gmu)].map(([, ...parts]) => parts.join(' '))
  const wrong = (text: string) => rows(text).filter(line => !line.startsWith('✅'))
  const CONFIG = 'compose@docker.io%library%config:latest'

  test('all that is right, each test once', async () => {
    const host = machine()
    const ended = await run(host, plain, ['--offline'])
    expect(ended).toMatchObject({ status: 0, stderr: '' })
    const name = `project-${1}`
    expect(rows(ended.stdout)).toEqual([
      '✅ yaml docker-compose.yaml',
      '✅ context .',
      '✅ context app',
      '✅ dockerfile app/Dockerfile',
      '✅ env web.env',
      '✅ mount Caddyfile',
      '✅ mount c.txt',
      '✅ mount config',
      "✅ mount it's $(touch x).txt",
      '✅ mount nginx.conf',
      `✅ config ${name}`,
      '✅ yaml docker-compose-mirror.yaml',
      `✅ mirror ${name}`,
    ])
    expect(ended.stdout).toContain('right: 13, wrong: 0, unknown: 0\n')
    const calls = host.calls('compose').filter(call => call.includes('config'))
    expect(calls.map(call => call.join(' ').replace(plain, 'OUT'))).toEqual([
      `compose -p ${name} -f ./docker-compose.yaml config`,
      `compose -p ${name} -f docker-compose.yaml config`,
      `compose -p ${name} -f OUT/docker-compose-mirror.yaml config`,
      `compose --project-directory . -p ${name} -f OUT/docker-compose-mirror.yaml config`,
    ])
    expect(host.writes()).toEqual([])
    expect(existsSync(join(host.dir, 'x'))).toBe(false)
  })

  test('all that is missing, in one run', async () => {
    const { folder, out } = await scriptsFor('host: registry.example.com')
    for (const file of Object.keys(PROJECT)) if (file !== '.env') rmSync(join(folder, file))
    for (const name of ['app', 'config']) rmSync(join(folder, name), { recursive: true })
    rmSync(join(out, 'docker-compose-mirror.yaml'))
    const host = machine()
    host.rule(CONFIG, 'err no such file or directory', 'exit 14')
    const ended = await run(host, out, ['--offline'])
    expect(ended).toMatchObject({ status: 1, stderr: '' })
    const missing = 'it is not there, and the engine would make an empty folder in its place'
    expect(wrong(ended.stdout)).toEqual([
      '❌ file docker-compose.yaml: there is no such file',
      '❌ context app: there is no such folder',
      '❌ dockerfile app/Dockerfile: there is no such file',
      '❌ env web.env: there is no such file',
      ...['Caddyfile', 'c.txt', 'config', "it's $(touch x).txt", 'nginx.conf'].map(
        name => `❌ mount ${name}: ${missing}`,
      ),
      expect.stringMatching(/^❌ config .*: no such file or directory ?$/),
      '❌ file docker-compose-mirror.yaml: there is no such file',
      expect.stringMatching(/^❓ mirror .*: not all of its files are here$/),
    ])
    expect(ended.stdout).toContain('right: 1, wrong: 11, unknown: 1\n')
  })

  test.each([
    ['yaml: line 3: mapping values are not allowed in this context', false],
    ['ERROR: yaml.scanner.ScannerError: mapping values are not allowed here', false],
    ['failed to parse /x/y: yaml: line 2: did not find expected key', false],
    ['service "web" has neither an image nor a build context specified', true],
    ['env file /x/web.env not found', true],
  ])('%s: YAML is %s', async (text, right) => {
    const host = machine()
    host.rule(CONFIG, `err ${text}`, 'exit 15')
    const { status, stdout } = await run(host, plain, ['--offline'])
    expect(status).toBe(1)
    const marks = rows(stdout).filter(line => line.includes(' yaml '))
    expect(marks.map(line => line.slice(0, 1))).toEqual(right ? ['✅', '✅'] : ['❌', '❌'])
    expect(wrong(stdout).filter(line => /❌ (?:config|mirror) /.test(line))).toHaveLength(2)
    expect(stdout).toContain(text)
  })

  describe('the registry', () => {
    const imagesOf = (text: string) => rows(text).filter(line => / (?:registry|image) /.test(line))

    test('has them, or has not: HEAD of each manifest, once', async () => {
      const server = await start()
      const files = {
        'docker-compose.yaml': 'services: { a: { image: "a:1" }, b: { image: "b:404" } }\n',
      }
      const { out } = await scriptsFor(`host: "127.0.0.1:${server.port}", namespace: t`, files)
      const { status, stdout, stderr } = await run(machine('curl'), out)
      expect({ status, stderr }).toEqual({ status: 1, stderr: '' })
      expect(imagesOf(stdout)).toEqual([
        `✅ registry 127.0.0.1:${server.port}`,
        `✅ image 127.0.0.1:${server.port}/t/a:1`,
        `❌ image 127.0.0.1:${server.port}/t/b:404: the registry does not have it; run the push script`,
      ])
      expect(server.take()).toEqual(['HEAD /v2/t/a/manifests/1', 'HEAD /v2/t/b/manifests/404'])
    })

    test.each(['basic', 'bearer'] as const)('wants a login: %s', async asks => {
      const server = await start({ asks })
      const files = { 'docker-compose.yaml': 'services: { a: { image: "a:1" } }\n' }
      const { out } = await scriptsFor(`host: "127.0.0.1:${server.port}", namespace: t`, files)
      const host = machine('curl')
      const refused = await run(host, out)
      expect(refused.status).toBe(1)
      expect(imagesOf(refused.stdout)[1]).toMatch(/^❌ image .*401/)
      expect(refused.stdout).toMatch(/ {4}cure: /)
      host.homeFile('.docker/config.json', `{"auths":{"127.0.0.1:${server.port}":{"auth":"${LOGIN}"}}}\n`)
      const ended = await run(host, out)
      expect(ended).toMatchObject({ status: 0, stderr: '' })
      expect(ended.stdout).not.toContain(LOGIN)
      expect(ended.stdout).not.toContain(PASSWORD)
    })

    test('is a portal', async () => {
      const server = await start({ portal: 200 })
      const { out } = await scriptsFor(`host: "127.0.0.1:${server.port}", namespace: t`)
      const ended = await run(machine('curl'), out)
      expect(ended.status).toBe(1)
      expect(imagesOf(ended.stdout).map(line => line.slice(0, 10))).toEqual(['❌ registry', '❓ image 12'])
    })

    test.each([
      [['out {}'], 0, '✅'],
      [['err no such manifest: x/y:1', 'exit 1'], 1, '❌'],
      [['err errors:\\ndenied: requested access to the resource is denied', 'exit 1'], 1, '❌'],
      [
        [
          'err docker manifest inspect is only supported on a Docker cli with experimental features',
          'exit 1',
        ],
        1,
        '❓',
      ],
    ] as const)('without curl the client is asked: %s', async (steps, status, mark) => {
      const host = machine()
      host.rule('manifest@registry.example.com%public-app:1', ...steps, 'exit 0')
      const ended = await run(host, plain)
      expect(ended).toMatchObject({ status, stderr: '' })
      expect(imagesOf(ended.stdout).map(line => line.slice(0, 1))).toEqual([mark])
      expect(host.calls('manifest')).toEqual([['manifest', 'inspect', 'registry.example.com/public-app:1']])
    })
  })

  test('--list, usage, and what is not ready', async () => {
    const host = machine()
    expect(await run(host, plain, ['--list'])).toMatchObject({
      status: 0,
      stdout: 'registry.example.com/public-app:1\n',
    })
    for (const args of [['--project', 'nowhere'], ['--project', ''], ['--project'], ['--only', 'x'], ['x']])
      expect([args, (await run(host, plain, args)).status]).toEqual([args, 2])
    expect(host.calls()).toEqual([])
    expect(await run(new FakeEngine(lab, bash), plain)).toMatchObject({ status: 3 })
  })

  test('several files: the mirror is read in the place of the originals', async () => {
    const files = {
      'a/compose.yaml': 'include: [../b/compose.yaml]\nservices: { a: { image: "a:1" } }\n',
      'b/compose.yaml': 'services: { b: { image: "b:1", env_file: b.env } }\n',
      'b/b.env': '',
      'relay.yaml':
        'registry: r\ncompose: a/compose.yaml\nregistries: { r: { host: registry.example.com } }\n',
    }
    const { out } = await scriptsFor('', files)
    const host = machine()
    // Compose says where it is, and what stands there.
    writeFileSync(
      join(host.dir, 'bin/docker-compose'),
      `#!${pathOf('bash')}\n[ "$1" != version ] || exit 0\ncase $* in *overlay*) cat "$PWD/../b/b.env" "$PWD/../b/compose.yaml" >"$HOME/seen" ;; esac\n`,
      { mode: 0o755 },
    )
    host.rule('compose', 'err no plugin', 'exit 1')
    const ended = await run(host, out, ['--offline'])
    expect(ended).toMatchObject({ status: 0, stderr: '' })
    expect(readFileSync(join(host.home, 'seen'), 'utf8')).toContain('registry.example.com/b:1')
    expect(rows(ended.stdout)).toContain('✅ yaml b/compose.yaml')
  })

  test('a mirror that stands in the project, as on a server', async () => {
    const { folder, out } = await scriptsFor('host: registry.example.com')
    const elsewhere = join(folder, 'elsewhere')
    writeFiles(elsewhere, { [SCRIPT]: readFileSync(join(out, SCRIPT), 'utf8') })
    writeFiles(folder, {
      'docker-compose-mirror.yaml': readFileSync(join(out, 'docker-compose-mirror.yaml'), 'utf8'),
    })
    const ended = await run(machine(), elsewhere, ['--offline'])
    expect(ended).toMatchObject({ status: 0, stderr: '' })
  })
})
