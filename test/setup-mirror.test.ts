import { type ChildProcess, spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { BASHES, composeOf, FakeEngine, generate, laboratory, pathOf } from './fake-engine.ts'

vi.setConfig({ maxConcurrency: 8, testTimeout: 90_000 })

const lab = laboratory('setup-mirror')
const TOOLS = 'awk chmod cmp cp curl date diff ls readlink wc'.split(' ')

/** A dockerd, as far as signals go. It takes the mirrors of its file at a HUP, unless it is told to be otherwise. */
const DAEMON = `#!${pathOf('bash')}
state=$1 file=$2
take() {
  case $(cat "$state/mood") in
    deaf) ;;
    dies) exit 1 ;;
    silent) mirrors ;;
    *) mirrors && echo 'level=info msg="Reloaded configuration"' >&2 ;;
  esac
}
mirrors() { grep -o '"http[^"]*"' "$file" 2>/dev/null | tr -d '"' >"$state/mirrors"; echo >>"$state/hups"; }
trap take HUP
trap 'kill $!; exit' TERM
# A program that it starts is itself for a moment.
(while kill -0 $$ 2>/dev/null; do sleep 0.3; done) &
echo ready >"$state/ready"
while :; do sleep 1000 & wait $!; kill $! 2>/dev/null; done
`

/** The client of that engine. */
const CLIENT = `#!/usr/bin/env bash
state=STATE
printf '%s\\n' "$*" >>"$state/calls"
mood=$(cat "$state/mood")
case $1 in
  --version) echo "VERSION" ;;
  ps) [ "$mood" != stopped ] || { echo 'Cannot connect to the Docker daemon' >&2; exit 1; } ;;
  info) case $* in *Mirrors*) sed 's,$,/,' "$state/mirrors" ;; esac ;;
  image) exit 1 ;;
  rmi) ;;
  --log-level=debug)
    [ "$mood" != elsewhere ] || echo 'level=debug msg="Trying to access \\"docker.io/library/hello-world:latest\\""'
    [ "$mood" = elsewhere ] || echo 'level=debug msg="Trying to access \\"MIRROR/library/hello-world:latest\\""'
    ;;
  pull)
    [ "$mood" != hangs ] || { echo hangs >>"$state/calls"; exec "$REAL_SLEEP" 1000; }
    [ "$mood" != broken ] || { echo 'Error response from daemon: boom' >&2; exit 1; }
    [ "$mood" != elsewhere ] || echo 'level=info msg="Attempting next endpoint for pull after error: gone"' >>"$state/log"
    ;;
esac
`

type Manner = 'open' | 'token' | 'login' | 'token login' | 'html' | number

const servers: Server[] = []
const daemons: ChildProcess[] = []
afterAll(() => {
  for (const server of servers) server.close()
  for (const daemon of daemons) daemon.kill('SIGTERM')
})

/** A mirror of that manner; its address. */
async function mirror(manner: Manner = 'open', seen: string[] = []): Promise<string> {
  const version = { 'Docker-Distribution-Api-Version': 'registry/2.0' }
  const server = createServer(({ url = '', headers }, response) => {
    seen.push(`${url} ${headers.authorization ?? ''}`)
    const answer = (status: number, more: object = {}, body = '') =>
      response.writeHead(status, { ...version, ...more }).end(body)
    const realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
    const challenge = manner === 'login' ? 'Basic realm="x"' : `Bearer realm="${realm}",service="s"`
    if (url.startsWith('/token'))
      return answer(manner === 'token' ? 200 : 401, {}, manner === 'token' ? '{"token": "abc"}' : '')
    if (
      manner !== 'open' &&
      typeof manner === 'string' &&
      manner !== 'html' &&
      headers.authorization === undefined
    )
      return answer(401, { 'WWW-Authenticate': challenge })
    if (url === '/v2/') return answer(200, {}, '{}')
    if (manner === 'html') return answer(200, { 'Content-Type': 'text/html' }, '<html>')
    if (typeof manner === 'number') return answer(manner)
    return answer(200, { 'Content-Type': 'application/vnd.oci.image.index.v1+json' }, '{"schemaVersion": 2}')
  })
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

let count = 0
const scriptWith = async (config = '', lang: 'en' | 'zh' = 'en') => {
  const folder = join(lab, `project-${++count}`)
  mkdirSync(folder)
  writeFileSync(join(folder, 'relay.yaml'), `registry: r.example.com/team\nlang: ${lang}\n${config}`)
  const out = await generate(folder, composeOf(['nginx:1.27']), {})
  return join(out, 'setup-docker-mirror.sh')
}

describe.concurrent.each(BASHES)('%s', bash => {
  interface Options {
    readonly settings?: string | Buffer | null
    readonly mood?: string
    readonly client?: 'docker' | 'podman' | 'nerdctl'
    readonly mirror?: string
    readonly flags?: readonly string[]
    readonly without?: string
  }

  const host = async ({ settings = '{}\n', mood = '', client = 'docker', ...options }: Options = {}) => {
    const engine = new FakeEngine(lab, bash, [])
    const path = (name: string) => join(engine.dir, name)
    for (const name of ['etc', 'daemon']) mkdirSync(path(name))
    for (const tool of TOOLS.filter(tool => tool !== options.without))
      symlinkSync(pathOf(tool), path(`bin/${tool}`))
    const state = path('daemon')
    for (const name of ['mirrors', 'hups', 'log', 'calls']) writeFileSync(join(state, name), '')
    writeFileSync(join(state, 'mood'), mood)
    const file = path('etc/daemon.json')
    if (settings !== null) writeFileSync(file, settings)
    const text = CLIENT.replace('STATE', state).replace('MIRROR', options.mirror?.replace(/.*\//, '') ?? '')
    writeFileSync(path(`bin/${client}`), text.replace('VERSION', client), { mode: 0o755 })
    writeFileSync(join(state, 'dockerd'), DAEMON, { mode: 0o755 })
    const socket = `unix://${path('sock')}`
    const log = join(state, 'log')
    const args = [state, file, '--config-file', file, '--host', socket, ...(options.flags ?? [])]
    const daemon = spawn(
      '/bin/sh',
      ['-c', 'log=$1; shift; exec "$@" 2>>"$log"', 'sh', log, join(state, 'dockerd'), ...args],
      {
        env: { PATH: process.env['PATH'] ?? '' },
        stdio: 'ignore',
      },
    )
    daemons.push(daemon)
    while (!existsSync(join(state, 'ready'))) await sleep(10)
    const read = (name: string) => readFileSync(join(state, name), 'utf8')
    return {
      engine,
      file,
      pid: daemon.pid ?? 0,
      dead: () => daemon.exitCode !== null,
      feel: (mood: string) => writeFileSync(join(state, 'mood'), mood),
      add: (name: string, text: string) => writeFileSync(path(`bin/${name}`), text, { mode: 0o755 }),
      settings: () => (existsSync(file) ? readFileSync(file, 'utf8') : null),
      files: () => readdirSync(path('etc')).sort(),
      mirrors: () =>
        read('mirrors')
          .split('\n')
          .filter(line => line !== ''),
      hups: () => read('hups').length,
      calls: () => read('calls').trimEnd().split('\n'),
      start: (script: string, ...args: readonly string[]) =>
        engine.start([script, ...args], { env: { DOCKER_HOST: socket }, timeout: 60_000 }),
      run: (script: string, ...args: readonly string[]) =>
        engine.run([script, ...args], { env: { DOCKER_HOST: socket }, timeout: 60_000 }),
    }
  }

  const listing = (...urls: readonly string[]) =>
    `{\n  "registry-mirrors": [\n${urls.map(url => `    "${url}"`).join(',\n')}\n  ]\n}\n`

  test('those of relay.yaml are written in their order, by a token where it takes one and never by a login', async () => {
    const seen: string[] = []
    const [a, b] = [await mirror('token', seen), await mirror()]
    const script = await scriptWith(`accelerators: ['${a}', '${b}/']\n`)
    const here = await host()
    chmodSync(here.file, 0o604)
    chownSync(here.file, 12, 34)
    here.engine.homeFile(
      '.docker/config.json',
      `{"auths": {"${a.replace('http://', '')}": {"auth": "eDp5"}}}`,
    )
    const { status, stdout, stderr } = await here.run(script)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(here.settings()).toBe(listing(a, b))
    expect(statSync(here.file)).toMatchObject({ uid: 12, gid: 34 })
    expect(statSync(here.file).mode & 0o777).toBe(0o604)
    expect(here.files()).toEqual(['daemon.json', 'daemon.json.before-mirrors'])
    expect(here.mirrors()).toEqual([a, b])
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(
      `✅ the engine asks ${a} ${b}; docker.io/library/hello-world:latest came through the first one`,
    )
    expect(seen.at(-1)).toBe('/v2/library/hello-world/manifests/latest Bearer abc')
    expect(seen.join('\n')).not.toContain('Basic')
    expect(here.calls().slice(-2)).toEqual([
      'pull docker.io/library/hello-world:latest',
      'rmi docker.io/library/hello-world:latest',
    ])

    expect(await here.run(script)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/nothing to do: .* is so already\n$/),
    })
    expect(here.hups()).toBe(1)
    expect(await here.run(script, '--restore')).toMatchObject({ status: 0, stderr: '' })
    expect(here.settings()).toBe('{}\n')
    expect(here.mirrors()).toEqual([])
    expect(here.files()).toEqual(['daemon.json', 'daemon.json.before-mirrors'])
  })

  test('every fault is named in one run, and nothing is changed where none works', async () => {
    const script = await scriptWith()
    const here = await host()
    const faults = [
      ['login', 'it demands a login'],
      ['token login', 'it demands a login'],
      ['html', 'no manifest'],
      [403, 'refuses this network'],
      [404, 'has no library/hello-world'],
      [429, 'wants fewer requests'],
      [502, 'status: 502'],
    ] as const
    const addresses = await Promise.all(faults.map(([manner]) => mirror(manner)))
    const more = ['https://registry.cn-hangzhou.aliyuncs.com', 'http://nowhere.invalid']
    const { status, stdout, stderr } = await here.run(script, ...addresses, ...more)
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'none of these mirrors works; nothing was changed\n',
    })
    const why = [...faults.map(([, text]) => text), 'https://<id>.mirror.aliyuncs.com', '(dns)']
    const lines = stdout.trimEnd().split('\n')
    for (const [at, line] of lines.entries()) {
      expect(line).toMatch(/^ {2}✗ /)
      expect(line).toContain([...addresses, ...more][at])
      expect(line).toContain(why[at])
    }
    expect(lines.length).toBe(why.length)
    expect([here.settings(), here.files(), here.hups()]).toEqual(['{}\n', ['daemon.json'], 0])
    expect(here.calls()).not.toContain('pull docker.io/library/hello-world:latest')
  })

  test('addresses that no engine takes: all named, 2, and the others are probed and not written', async () => {
    const script = await scriptWith()
    const here = await host()
    const good = await mirror()
    const bad = [
      'docker.m.daocloud.io',
      'ftp://a.b',
      'https://a.b/c',
      'https://a.b?c',
      'https://a.b/#c',
      'https://u:p@a.b',
      'https://',
      'http://-a',
      'https://a b',
    ]
    const { status, stdout, stderr } = await here.run(script, ...bad, good, `${good}/`)
    expect(status).toBe(2)
    const lines = stderr.trimEnd().split('\n')
    expect(lines.length).toBe(bad.length + 2)
    for (const [at, address] of bad.entries())
      if (!address.includes('@')) expect(lines[at]).toContain(`${address}: `)
    expect(stderr).not.toContain('u:p')
    expect(lines[0]).toContain('write https://docker.m.daocloud.io')
    expect(lines[2]).toContain('write https://a.b')
    expect(lines.at(-2)).toBe(`${good} is named twice; it counts once`)
    expect(lines.at(-1)).toBe('correct the addresses named above; nothing was changed')
    expect(stdout).toMatch(new RegExp(`^ {2}✓ ${good} +\\d+ ms\n$`))
    expect(here.settings()).toBe('{}\n')
  })

  test('the preset is what people wrote for years', async () => {
    const here = await host({ without: 'curl' })
    const script = await scriptWith()
    expect(await here.run(script, '--preset', 'seed')).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/^curl is not installed/),
    })
    here.add('curl', '#!/bin/sh\nexit 6\n')
    const { status, stdout } = await here.run(script, '--probe-only', '--preset', 'seed')
    expect(status).toBe(1)
    expect(stdout.match(/✗ https:\/\/\S+/g)).toEqual(
      [
        'registry.cn-hangzhou.aliyuncs.com',
        'docker.mirrors.ustc.edu.cn',
        'hub-mirror.c.163.com',
        'mirror.baidubce.com',
      ].map(name => `✗ https://${name}`),
    )
  })

  test('settings that are no JSON stop everything, with their place', async () => {
    const script = await scriptWith()
    const good = await mirror()
    for (const [settings, why] of [
      ['{\n  // fast\n}\n', ':2:3: here stands a comment'],
      ['{\n  "a": 1,\n}\n', ':2:9: this comma is one too many'],
      ['{"a": 1, "a": 2}', ':1:10: the key "a" stands here for the second time'],
      ['{"a": {', ':1:8: it ends too early'],
      ['{"a": \'b\'}', ':1:7: what stands here cannot be read'],
      [Buffer.from('{"a": 1}\0'), 'what stands here cannot be read'],
    ] as const) {
      const here = await host({ settings })
      const { status, stdout, stderr } = await here.run(script, good)
      expect({ status, stdout }).toEqual({ status: 3, stdout: '' })
      expect(stderr).toContain(why)
      expect(stderr).toContain('nothing was changed')
      expect(here.settings()).toBe(settings.toString())
      expect(here.files()).toEqual(['daemon.json'])
    }
  })

  test('an empty file, none at all, a folder, and a link that leads nowhere', async () => {
    const script = await scriptWith()
    const good = await mirror()
    for (const settings of ['', null]) {
      const here = await host({ settings })
      expect(await here.run(script, good)).toMatchObject({ status: 0, stderr: '' })
      expect(here.settings()).toBe(listing(good))
      expect(statSync(here.file).mode & 0o777).toBe(0o644)
      expect(await here.run(script, '--restore')).toMatchObject({ status: 0 })
      expect(here.settings()).toBe(settings)
    }
    const folder = await host({ settings: null })
    mkdirSync(folder.file)
    expect(await folder.run(script, good)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('is not a regular file'),
    })
    const link = await host({ settings: null })
    symlinkSync('gone.json', link.file)
    expect(await link.run(script, good)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('gone.json, which is not there'),
    })
  })

  test('no engine, a stopped one, one elsewhere, one of another kind, one with the flag', async () => {
    const script = await scriptWith()
    const good = await mirror()
    expect(await new FakeEngine(lab, bash, []).run([script, good])).toMatchObject({ status: 3 })
    const stopped = await host({ mood: 'stopped' })
    expect(await stopped.run(script, good)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('does not answer'),
    })
    const here = await host()
    const elsewhere = await here.engine.run([script, good], { env: { DOCKER_HOST: 'tcp://10.0.0.1:2376' } })
    expect(elsewhere).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('listens at tcp://10.0.0.1:2376'),
    })
    const nerdctl = await host({ client: 'nerdctl' })
    expect(await nerdctl.run(script, good)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('hosts.toml'),
    })
    const flagged = await host({ flags: ['--registry-mirror', 'https://x'] })
    expect(await flagged.run(script, good)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('--registry-mirror'),
    })
    expect(await here.run(script, good, '--restart')).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('run without --restart'),
    })
    expect(await here.run(script, '--restore')).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('has not changed anything here'),
    })
    expect([here.settings(), here.files()]).toEqual(['{}\n', ['daemon.json']])
  })

  test.skipIf(process.getuid?.() !== 0)('who is not root is told so, and may look', async () => {
    const script = await scriptWith()
    const good = await mirror()
    const here = await host()
    const asNobody = (...args: readonly string[]) =>
      here.engine.run(
        [
          pathOf('setpriv'),
          '--reuid=65534',
          '--regid=65534',
          '--clear-groups',
          bash === 'bash' ? pathOf('bash') : bash,
          script,
          ...args,
        ],
        {
          bare: true,
          env: { DOCKER_HOST: `unix://${join(here.engine.dir, 'sock')}` },
        },
      )
    chmodSync(here.engine.tmp, 0o777)
    chmodSync(here.engine.dir, 0o755)
    for (const name of ['calls', 'mirrors']) chmodSync(join(here.engine.dir, 'daemon', name), 0o666)
    expect(await asNobody(good)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('belongs to root; run: sudo'),
    })
    expect(await asNobody('--dry-run', good)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`+    "${good}"`),
    })
    expect(await asNobody('--probe-only', good)).toMatchObject({ status: 0 })
    expect(here.settings()).toBe('{}\n')
  })

  test.each(['deaf', 'dies', 'broken', 'elsewhere'])(
    'an engine that is %s: no success is said, and the file is as it was',
    async mood => {
      const script = await scriptWith()
      const good = await mirror()
      const here = await host({ mood, settings: '{"debug": true}' })
      const { status, stdout, stderr } = await here.run(script, good)
      expect(status).toBe(1)
      expect(stdout).not.toContain('✅')
      expect(here.settings()).toBe('{"debug": true}')
      expect(here.mirrors()).toEqual([])
      expect(here.dead()).toBe(mood === 'dies')
      expect(stderr).toContain(`${here.file} is as it was`)
      expect(stderr).toContain(
        {
          deaf: 'does not have these mirrors',
          dies: 'does not',
          broken: 'boom',
          elsewhere: 'for pull after error: gone',
        }[mood] ?? '',
      )
    },
  )

  test('who interrupts the pull gets the old settings back', async () => {
    const script = await scriptWith()
    const good = await mirror()
    const here = await host({ mood: 'hangs' })
    const running = here.start(script, good)
    await running.until(() => here.calls().includes('hangs'))
    expect(here.mirrors()).toEqual([good])
    running.running.kill('SIGINT')
    expect(await running.done).toMatchObject({
      status: 130,
      stdout: expect.not.stringContaining('✅'),
      stderr: expect.stringContaining('is as it was, and so is the engine'),
    })
    expect([here.settings(), here.mirrors()]).toEqual(['{}\n', []])
    expect(here.files()).toEqual(['daemon.json', 'daemon.json.before-mirrors'])
  })

  test('an engine whose log says nothing: the mirrors stay, and that is not called a success', async () => {
    const script = await scriptWith()
    const good = await mirror()
    const here = await host({ mood: 'silent' })
    expect(await here.run(script, good)).toMatchObject({
      status: 1,
      stdout: expect.not.stringContaining('✅'),
      stderr: expect.stringMatching(/^❓/),
    })
    expect(here.mirrors()).toEqual([good])
  })

  test('what dockerd itself would refuse is not written', async () => {
    const script = await scriptWith()
    const good = await mirror()
    const here = await host({ settings: '{"nosuch": 1}' })
    here.add(
      'dockerd',
      '#!/bin/sh\necho "  --validate  Validate"\ncase $1 in --help) exit ;; esac\ncat "$3" >&2\necho "unable to configure: nosuch" >&2\nexit 1\n',
    )
    expect(await here.run(script, good)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('unable to configure: nosuch'),
    })
    expect([here.settings(), here.files(), here.hups()]).toEqual(['{"nosuch": 1}', ['daemon.json'], 0])
  })

  test('a unit of systemd is reloaded by its name, and restarted on request', async () => {
    const script = await scriptWith()
    const [a, b] = [await mirror(), await mirror()]
    const here = await host()
    here.add(
      'systemctl',
      `#!/bin/sh\necho "$*" >>'${join(here.engine.dir, 'systemctl')}'\ncase $1,$4 in show,docker) echo MainPID=${here.pid} ;; show,*) echo MainPID=0 ;; *) kill -HUP ${here.pid} ;; esac\n`,
    )
    expect(await here.run(script, a)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('+ systemctl reload docker\n'),
    })
    expect(await here.run(script, '--restart', b)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('+ systemctl restart docker\n'),
    })
    expect(here.settings()).toBe(listing(b))
    expect(await here.run(script, '--restore')).toMatchObject({ status: 0 })
    expect(here.settings()).toBe('{}\n')
  })

  test('Podman gets a file of its own', async () => {
    const script = await scriptWith()
    const good = await mirror()
    const here = await host({ client: 'podman', mirror: good, settings: null })
    const conf = join(here.engine.dir, 'etc/registries.conf.d/mirrors.conf')
    const run = (...args: readonly string[]) => here.run(script, '--config-file', conf, ...args)
    expect(await run(good)).toMatchObject({ status: 0, stderr: '' })
    const location = good.replace('http://', '')
    expect(readFileSync(conf, 'utf8')).toBe(
      `[[registry]]\nprefix = "docker.io"\nlocation = "docker.io"\n\n[[registry.mirror]]\nlocation = "${location}"\ninsecure = true\n`,
    )
    expect(await run(good)).toMatchObject({ status: 0, stdout: expect.stringContaining('nothing to do') })
    expect(await run('--restore')).toMatchObject({ status: 0 })
    expect(existsSync(conf)).toBe(false)
    here.feel('elsewhere')
    expect(await run(good)).toMatchObject({
      status: 1,
      stdout: expect.not.stringContaining('✅'),
      stderr: expect.stringContaining('docker.io/library/hello-world:latest'),
    })
    expect(existsSync(conf)).toBe(false)
  })

  test('usage', async () => {
    const script = await scriptWith()
    const here = await host()
    expect(await here.run(script, '--help')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('--probe-only'),
    })
    for (const args of [
      ['--preset', 'x'],
      ['--preset'],
      ['--config-file', ''],
      ['--what'],
      ['--restore', 'https://a'],
      ['--remove', 'https://a'],
    ])
      expect(await here.run(script, ...args)).toMatchObject({ status: 2, stdout: '' })
    const chinese = await scriptWith('', 'zh')
    expect(await here.run(chinese, '--help')).toMatchObject({ stdout: expect.stringContaining('镜像加速器') })
    expect(await here.run(chinese, 'https://a/b')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('主机后面不能有路径'),
    })
  })
})
