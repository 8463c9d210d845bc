import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import {
  BASHES,
  composeOf,
  type EngineName,
  FakeEngine,
  generate,
  laboratory,
  pathOf,
} from './fake-engine.ts'
import { FakeRegistry, type FakeRegistryOptions, PASSWORD } from './fake-registry.ts'

vi.setConfig({ maxConcurrency: 12 })

const lab = laboratory('check-registry')
const NAMES = 'username-env: LAB_USERNAME, password-env: LAB_PASSWORD'
const SECRETS = { LAB_USERNAME: 'robot', LAB_PASSWORD: PASSWORD }

const servers: FakeRegistry[] = []
const start = async (options: FakeRegistryOptions = {}) => {
  const server = await FakeRegistry.start(options)
  servers.push(server)
  return server
}
afterAll(() => {
  for (const server of servers) server.stop()
})

/** A port where nothing listens. */
const closedPort = () =>
  new Promise<number>(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
    })
  })

let count = 0

/** The scripts of a project whose only registry, called r, has these keys besides. */
const scriptsFor = async (keys: string, lang: 'en' | 'zh' = 'en') => {
  const folder = join(lab, `project-${++count}`)
  mkdirSync(folder)
  writeFileSync(join(folder, 'relay.yaml'), `registry: r\nlang: ${lang}\nregistries: { r: { ${keys} } }\n`)
  return await generate(folder, composeOf(['nginx:1.27']), {})
}

describe.concurrent.each(BASHES)('%s', bash => {
  const machine = (kind: EngineName = 'docker', ...tools: readonly string[]) => {
    const host = new FakeEngine(lab, bash, [kind])
    host.image('docker.io/library/nginx:1.27')
    for (const tool of tools) symlinkSync(pathOf(tool), join(host.dir, 'bin', tool))
    return host
  }
  const noted = (host: FakeEngine, name: string) => {
    const path = join(host.env['FAKE_ENGINE'] ?? '', name)
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }
  const marks = (text: string) =>
    [...text.matchAll(/^ {2}([✅❌❓]) (\S+?):?(?: |$)/gmu)].map(([, mark, step]) => `${mark}${step}`)

  describe('without curl', () => {
    test('bash opens a connection, the engine tells of the login, and the rest is unknown', async () => {
      const { port } = await start()
      const out = await scriptsFor(`host: "127.0.0.1:${port}"`)
      const host = machine()
      host.homeFile('.docker/config.json', `{"auths": {"127.0.0.1:${port}": {"auth": "eDp5"}}}\n`)
      const check = (...args: readonly string[]) => host.run([join(out, 'check-registry.sh'), ...args])
      const { status, stdout, stderr } = await check()
      expect({ status, stderr }).toEqual({ status: 1, stderr: '' })
      expect(marks(stdout)).toEqual(['❓dns', '✅tcp', '❓tls', '❓ping', '✅login', '❓pull', '❓push'])
      expect(await check('--for', 'login')).toMatchObject({ status: 0 })
      expect(await check('--for=pull')).toMatchObject({ status: 1 })
    })

    test('a closed port, and a name that is not known', async () => {
      const closed = await scriptsFor(`host: "127.0.0.1:${await closedPort()}"`)
      const { status, stdout } = await machine().run([join(closed, 'check-registry.sh')])
      expect(status).toBe(1)
      expect(marks(stdout).slice(0, 3)).toEqual(['❓dns', '❌tcp', '❓tls'])
      expect(stdout).toMatch(/❌ tcp: Connection refused\n {4}refused: /)
      const unknown = await scriptsFor('host: unknown.registry.invalid')
      const { stdout: said } = await machine('docker', 'getent').run([join(unknown, 'check-registry.sh')])
      expect(said).toMatch(/❌ dns: unknown\.registry\.invalid\n {4}dns: /)
    })
  })

  test('the engine gets in where curl does not: both proxies are named, and no password of one', async () => {
    const address = `127.0.0.1:${await closedPort()}`
    const out = await scriptsFor(`host: "${address}"`)
    const host = machine('docker', 'curl')
    host.homeFile('.docker/config.json', `{"auths": {"${address}": {"auth": "eDp5"}}}\n`)
    host.rule('info', 'out http://me:s3cret@engine.proxy:3128', 'exit 0')
    const env = { https_proxy: 'http://me:s3cret@shell.proxy:8080' }
    const { status, stderr } = await host.run([join(out, 'push-to-r-registry.sh')], { env })
    expect(status).toBe(0)
    expect(stderr).toMatch(/^❓ tcp: .* the engine gets in all the same, so going on\n/)
    expect(stderr).toContain(
      'proxy of this shell: shell.proxy:8080; proxy of the engine: engine.proxy:3128\n',
    )
    expect(stderr).not.toContain('s3cret')
  })

  test('half a login is said also where the registry is down, and the engine is not asked', async () => {
    const out = await scriptsFor(`host: "127.0.0.1:${await closedPort()}", ${NAMES}`)
    const host = machine('docker', 'curl')
    const env = { ...SECRETS, LAB_PASSWORD: '' }
    const { status, stderr } = await host.run([join(out, 'push-to-r-registry.sh')], { env })
    expect(status).toBe(3)
    expect(stderr).toMatch(/^❌ tcp: [\s\S]*\n❌ login: no credentials .*\nnothing was pushed\n$/)
    expect(host.calls('login')).toEqual([])
  })

  test('the image of --push-test, where the engine cannot make one', async () => {
    const { port } = await start()
    const out = await scriptsFor(`host: "127.0.0.1:${port}"`)
    const host = machine('nerdctl', 'curl')
    const check = () => host.run([join(out, 'check-registry.sh'), '--push-test'])
    const none = await check()
    expect(none).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/❌ test: .* run first: nerdctl pull hello-world\n/),
    })
    host.rule('images', 'out <none>:<none>', 'out nginx:1.27', 'exit 0')
    const some = await check()
    expect(some).toMatchObject({ status: 0, stdout: expect.stringMatching(/✅ test: .* arrived as sha256:/) })
    expect(host.writes()).toEqual([
      `tag nginx:1.27 127.0.0.1:${port}/nginx:compose-relay-test`,
      `push 127.0.0.1:${port}/nginx:compose-relay-test`,
      `rmi 127.0.0.1:${port}/nginx:compose-relay-test`,
    ])
  })

  test('usage', async () => {
    const out = await scriptsFor('host: r.example.com, id: 5')
    const host = machine()
    const check = (...args: readonly string[]) => host.run([join(out, 'check-registry.sh'), ...args])
    expect(await check('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--push-test') })
    for (const args of [['--registry'], ['--registry', ''], ['--for', 'delete'], ['--only', 'nginx'], ['x']])
      expect(await check(...args)).toMatchObject({ status: 2 })
    expect(await check('--registry', 'harbor')).toMatchObject({
      status: 2,
      stderr: 'unknown registry: "harbor"; known are r (5)\n',
    })
    expect(await new FakeEngine(lab, bash, []).run([join(out, 'check-registry.sh')])).toMatchObject({
      status: 3,
    })
  })

  test('an open registry proves nothing of logins, and Podman alone nothing of the one that it holds', async () => {
    const { port } = await start()
    const out = await scriptsFor(`host: "127.0.0.1:${port}"`)
    const open = await machine('docker', 'curl').run([join(out, 'check-registry.sh'), '--checklist'])
    expect(open.status).toBe(0)
    expect([...open.stdout.matchAll(/^ {2}\[(.)\]/gm)].map(([, mark]) => mark).join('')).toBe('?xxx?????')
    const podman = machine('podman')
    podman.podmanLogin(`127.0.0.1:${port}`)
    const untried = await podman.run([join(out, 'check-registry.sh'), '--for', 'login'])
    expect(untried).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/❓ login: the engine holds a login/),
    })
  })

  test('in Chinese', async () => {
    const out = await scriptsFor(`host: "127.0.0.1:${await closedPort()}"`, 'zh')
    const { stdout } = await machine().run([join(out, 'check-registry.sh'), '--checklist'], {
      env: { LC_ALL: 'C' },
    })
    expect(stdout).toMatch(/❌ tcp: .*\n {4}refused：/)
    expect(stdout).toContain('[?] 已为账号开通镜像服务：在本机无法得知：')
  })

  describe.each(['docker', 'podman', 'nerdctl'] as const)('a login from the environment, with %s', kind => {
    test('reaches the engine by a pipe, and nothing else', async () => {
      const registry = await start({ asks: 'basic' })
      const address = `127.0.0.1:${registry.port}`
      const out = await scriptsFor(`host: "${address}", insecure: true, ${NAMES}`)
      const host = machine(kind, 'curl', 'ls')
      const settings =
        '{"credsStore": "keychain", "currentContext": "far", "auths": {"x": {"auth": "eDp5"}}}\n'
      const config = host.homeFile('.docker/config.json', settings)
      host.homeFile('.docker/contexts/meta/x/meta.json', '{}')
      const { status, stdout, stderr } = await host.run([join(out, 'push-to-r-registry.sh')], {
        env: SECRETS,
      })
      expect(stderr).toMatch(/^(?:not proven: .*\n)?$/)
      expect(status).toBe(0)
      expect(host.pushed()).toEqual([`${address}/nginx:1.27`])
      expect(readFileSync(config, 'utf8')).toBe(settings)
      const seen = noted(host, 'login')
      expect(`${seen}${stdout}${noted(host, 'calls')}`).not.toContain(PASSWORD)
      expect(seen).toMatch(/^-rw------- .*\/(?:config|auth)\.json$/m)
      expect(seen).not.toContain(host.home + '/.docker/config.json')
      if (kind !== 'podman') expect(seen).toContain(`{"auths":{"${address}":{}},"currentContext":"far"}\n`)
      const trust = { docker: [], podman: ['--tls-verify=false'], nerdctl: ['--insecure-registry'] }[kind]
      const login = ['login', ...trust, '--username', 'robot', '--password-stdin', address]
      expect(host.calls('login')).toEqual([login])
      const [, ...flags] = host.calls('push')[0] ?? []
      expect(flags.slice(0, trust.length)).toEqual(trust)
      if (trust.length === 0) expect(flags).toEqual([`${address}/nginx:1.27`])
    })

    test('that is wrong, or only half there', async () => {
      const registry = await start({ asks: 'basic' })
      const out = await scriptsFor(`host: "127.0.0.1:${registry.port}", ${NAMES}`)
      for (const tools of [['curl'], []]) {
        const host = machine(kind, ...tools)
        const push = (env: Record<string, string>) => host.run([join(out, 'push-to-r-registry.sh')], { env })
        const wrong = await push({ ...SECRETS, LAB_PASSWORD: 'wrong' })
        expect(wrong).toMatchObject({
          status: 3,
          stderr: expect.stringMatching(/^❌ login: .* refuses the login that LAB_USERNAME/),
        })
        const half = await push({ ...SECRETS, LAB_PASSWORD: '' })
        expect(half).toMatchObject({
          status: 3,
          stderr: expect.stringMatching(/^❌ login: no credentials .* LAB_PASSWORD is empty/),
        })
        const other = await push({ ...SECRETS, LAB_USERNAME: '' })
        expect(other).toMatchObject({ status: 3, stderr: expect.stringContaining('LAB_USERNAME is empty') })
        expect(host.writes()).toEqual([])
      }
    })
  })
})
