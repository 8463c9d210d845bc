import { createSocket, type Socket as Datagrams } from 'node:dgram'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer as createProxy } from 'node:http'
import { createServer as createPortal } from 'node:https'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pathOf, TOOLS } from '../fake-engine.ts'
import { type Environment, must, Running } from './command.ts'
import { Daemon } from './daemon.ts'
import { makeCertificate, makeNames, requireFreePort } from './internet.ts'
import { processesWith } from './leftovers.ts'
import { Registry } from './registry.ts'
import { requireTools, SYSTEM_PATH } from './tools.ts'
import { seeing } from './view.ts'

const CLI = resolve('dist/cli.js')
const HUB = 'registry-1.docker.io'

/** Who is where. All of them answer at port 443, if they do; slow.test is a name that the name server keeps for itself. */
const PLACES = new Map([
  [HUB, '127.0.0.1'],
  ['hole.test', '127.0.0.2'],
  ['mute.test', '127.0.0.3'],
  ['portal.test', '127.0.0.4'],
  ['harbor.test', '127.0.0.5'],
])
const PROXY = 3128
const DEAF_NAME_SERVER = '127.53.53.54'

/** What connects, and is never accepted: from the third connection on nothing is answered. */
const HOLE = `
  require('net').createServer().listen(443, '127.0.0.2', 1, () => {
    require('fs').writeSync(2, 'listening')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })`

const undo: (() => unknown)[] = []
let dir = ''
let env: Environment = {}
let plain = ''
let view: Parameters<typeof seeing>[0]

beforeAll(async () => {
  requireTools()
  for (const address of PLACES.values()) await requireFreePort(443, address)
  dir = mkdtempSync(join(tmpdir(), 'relay-network-'))
  undo.push(() => rmSync(dir, { recursive: true }))
  for (const name of ['trusted', 'private', 'tmp', 'tools']) mkdirSync(join(dir, name))
  env = { PATH: SYSTEM_PATH, LANG: 'C.UTF-8', HOME: dir, TMPDIR: join(dir, 'tmp') }

  const names = await makeNames(dir, PLACES)
  undo.push(() => names.close())
  writeFileSync(names.resolver, `nameserver ${DEAF_NAME_SERVER}\noptions timeout:10 attempts:2\n`)
  const deaf = createSocket('udp4')
  await bound(deaf, 53, DEAF_NAME_SERVER)
  view = { names, folders: {} }

  const tls = await makeCertificate(join(dir, 'trusted'), [...PLACES.keys(), 'far.test'], env)
  env = { ...env, CURL_CA_BUNDLE: tls.certificate }
  const own = await makeCertificate(join(dir, 'private'), ['harbor.test'], env)
  const registry = async (name: string, listen: string, more: object) => {
    const started = await Registry.start({ dir: join(dir, name), env, names: 'public', listen, ...more })
    undo.push(() => started.stop())
    return started
  }
  const login = { user: 'relay', password: 'secret' }
  await registry('hub', '127.0.0.1:443', { tls })
  await registry('harbor', '127.0.0.5:443', { tls: own, login })
  plain = (await registry('plain', '127.0.0.6:0', { login })).address

  const portal = createPortal(
    { cert: readFileSync(tls.certificate), key: readFileSync(tls.key) },
    (_, response) => response.writeHead(302, { Location: 'https://portal.test/login' }).end('<html></html>'),
  )
  await listening(portal, 443, '127.0.0.4')
  await listening(
    createServer(socket => socket.on('error', () => {})),
    443,
    '127.0.0.3',
  )
  // It knows one name that nobody else knows.
  const proxy = createProxy((_, response) => response.writeHead(200).end('<html></html>'))
  proxy.on('connect', ({ url }, client: Socket) => {
    client.on('error', () => {})
    if (url !== 'far.test:443') {
      client.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      return
    }
    const server = connect(443, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      server.pipe(client).pipe(server)
    }).on('error', () => client.destroy())
  })
  await listening(proxy, PROXY, '127.0.0.1')
  await digHole()
  for (const tool of [...TOOLS, 'bash']) symlinkSync(pathOf(tool), join(dir, 'tools', tool))
})

afterAll(async () => {
  for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step()
})

async function bound(socket: Datagrams, port: number, address: string): Promise<void> {
  undo.push(() => socket.close())
  await new Promise<void>((ready, failed) => {
    socket.once('error', failed).bind(port, address, ready)
  })
}

async function listening(server: Server, port: number, address: string): Promise<void> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)))
  })
  undo.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  await new Promise<void>((ready, failed) => {
    server.once('error', failed).listen(port, address, ready)
  })
}

/** Starts what never accepts, and fills its queue until one more connection gets no answer. */
async function digHole(): Promise<void> {
  const [stdout, stderr] = [join(dir, 'hole.out'), join(dir, 'hole.err')]
  writeFileSync(stderr, '')
  const ready = async (output: string) => output.includes('listening')
  const command = [process.execPath, '-e', HOLE]
  const hole = new Daemon({ name: 'the black hole', command, env, stdout, stderr, ready })
  await hole.start()
  undo.push(() => hole.stop())
  for (let tries = 0; tries < 10; tries++) {
    const socket = connect(443, '127.0.0.2').on('error', () => {})
    undo.push(() => socket.destroy())
    const connected = new Promise<boolean>(resolve => socket.once('connect', () => resolve(true)))
    if (!(await Promise.race([connected, sleep(500, false)]))) return
  }
  throw new Error('the black hole still takes connections')
}

let count = 0

/** The script of a project whose Harbor has this address, and which holds these hosts to be public. */
async function scriptFor(harbor: string, probe: readonly string[], keys = ''): Promise<string> {
  const folder = join(dir, `project ${++count}`)
  mkdirSync(folder)
  writeFileSync(join(folder, 'compose.yaml'), 'services: { web: { image: "nginx:1" } }\n')
  const registries = `registries: { r: { host: "${harbor}", namespace: ai ${keys} } }`
  const alias = `alias: { probe: ${JSON.stringify(probe)} }`
  writeFileSync(join(folder, 'relay.yaml'), `registry: r\n${registries}\n${alias}\n`)
  await must([process.execPath, CLI, 'generate', 'alias'], env, { cwd: folder })
  return join(folder, 'out/tag-image-smart.sh')
}

function start(script: string, more: Environment = {}): Running {
  const bash = process.env['TEST_BASH'] ?? 'bash'
  const inside = ['env', `PATH=${more['PATH'] ?? SYSTEM_PATH}`, bash, script, 'detect-network']
  return new Running(seeing(view, inside), env, {
    env: { ...more, PATH: SYSTEM_PATH },
    cwd: dir,
    timeout: 60_000,
  })
}

/** What it says, after which nothing may be left of it, and how long it took. */
async function detect(script: string, more: Environment = {}) {
  const began = Date.now()
  const { status, stdout, stderr } = await start(script, more).done
  const seconds = (Date.now() - began) / 1000
  expect(await leftovers()).toEqual([])
  return { status, stdout, stderr, seconds }
}

async function leftovers(): Promise<readonly string[]> {
  const left = () =>
    processesWith(`TMPDIR=${env['TMPDIR']}`).filter(({ command }) => / detect-network|curl/.test(command))
  for (let tries = 0; tries < 20 && left().length > 0; tries++) await sleep(20)
  return [...left().map(({ command }) => command), ...readdirSync(join(dir, 'tmp'))]
}

const silence = (...hosts: readonly string[]) =>
  `[WARNING] network: internal (by probe: no answer from ${hosts.join(', ')}; --network or AI_INFRA_NETWORK_ENV can say otherwise)\n`
const only = (host: string) => `[INFO] network: internal (by probe: only ${host} answers)\n`
const external = (host: string) => `[INFO] network: external (by probe: ${host} answers)\n`

/** The limit is 3 seconds of its own; the machine may be busy with something else. */
const LATE = 8

test('a public registry answers, and nobody else is waited for', async () => {
  const script = await scriptFor('hole.test', ['hole.test', 'mute.test', 'slow.test', HUB])
  const { seconds, ...said } = await detect(script)
  expect(said).toEqual({ status: 0, stdout: 'external\n', stderr: external(HUB) })
  expect(seconds).toBeLessThan(2.5)
})

test('only Harbor, whose certificate nobody trusts, and a portal', async () => {
  const said = await detect(await scriptFor('harbor.test', ['portal.test']))
  expect(said).toMatchObject({ status: 0, stdout: 'internal\n', stderr: only('harbor.test') })
  expect(said.seconds).toBeLessThan(2.5)
})

test('Harbor answers, the public ones are black holes', async () => {
  const said = await detect(await scriptFor('harbor.test', ['hole.test', 'mute.test', 'slow.test']))
  expect(said).toMatchObject({ status: 0, stdout: 'internal\n', stderr: only('harbor.test') })
  expect(said.seconds).toBeLessThan(LATE)
})

test('a public registry whose certificate nobody trusts is none', async () => {
  const said = await detect(await scriptFor('portal.test', ['harbor.test']))
  expect(said).toMatchObject({
    status: 0,
    stdout: 'internal\n',
    stderr: silence('portal.test', 'harbor.test'),
  })
})

test('Harbor by plain HTTP, where it may be insecure', async () => {
  const insecure = await detect(await scriptFor(plain, ['portal.test'], ', insecure: true'))
  expect(insecure).toMatchObject({ status: 0, stdout: 'internal\n', stderr: only(plain) })
  const secure = await detect(await scriptFor(plain, ['portal.test']))
  expect(secure).toMatchObject({ status: 0, stdout: 'internal\n', stderr: silence(plain, 'portal.test') })
})

test('connections that are never made, answers that never come, names that nobody resolves', async () => {
  const script = await scriptFor('hole.test', ['hole.test', 'mute.test', 'slow.test'])
  const { seconds, ...said } = await detect(script)
  console.info(`all are black holes: ${seconds} s`)
  expect(said).toEqual({
    status: 0,
    stdout: 'internal\n',
    stderr: silence('hole.test', 'mute.test', 'slow.test'),
  })
  expect(seconds).toBeGreaterThan(2)
  expect(seconds).toBeLessThan(LATE)
})

test('without curl', async () => {
  const bare = { PATH: join(dir, 'tools') }
  const holes = await detect(await scriptFor('hole.test', ['slow.test', 'hole.test']), bare)
  console.info(`all are black holes, without curl: ${holes.seconds} s`)
  expect(holes).toMatchObject({ status: 0, stdout: 'internal\n', stderr: silence('hole.test', 'slow.test') })
  expect(holes.seconds).toBeLessThan(LATE)
  const one = await detect(await scriptFor('hole.test', ['slow.test', HUB]), bare)
  expect(one).toMatchObject({
    status: 0,
    stdout: 'external\n',
    stderr: `[INFO] network: external (by probe: connection to ${HUB})\n`,
  })
  expect(one.seconds).toBeLessThan(2.5)
})

test('by way of a proxy', async () => {
  const script = await scriptFor('harbor.test', ['far.test'])
  const by = (proxy: string) => ({ https_proxy: proxy, no_proxy: 'harbor.test' })
  expect(await detect(script, by(`http://127.0.0.1:${PROXY}`))).toMatchObject({
    status: 0,
    stdout: 'external\n',
    stderr: external('far.test'),
  })
  const forbidden = await scriptFor('harbor.test', [HUB])
  for (const proxy of [`http://127.0.0.1:${PROXY}`, 'http://hole.test:443']) {
    const said = await detect(forbidden, by(proxy))
    expect(said).toMatchObject({ status: 0, stdout: 'internal\n', stderr: only('harbor.test') })
    expect(said.seconds).toBeLessThan(LATE)
  }
})

test.each(['curl', 'no curl'])('Ctrl-C while it probes leaves nothing, with %s', async kind => {
  const script = await scriptFor('hole.test', ['slow.test', 'mute.test'].slice(0, kind === 'curl' ? 2 : 1))
  const running = start(script, kind === 'curl' ? {} : { PATH: join(dir, 'tools') })
  await sleep(700)
  expect(running.stdout).toBe('')
  running.kill('SIGINT', 'group')
  const began = Date.now()
  expect(await running.done).toMatchObject({ status: 130, stdout: '' })
  expect(Date.now() - began).toBeLessThan(2000)
  expect(await leftovers()).toEqual([])
})
