import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { word } from '../../generators/core/bash.ts'
import { type Environment, must, type Result } from './command.ts'
import { Daemon } from './daemon.ts'
import { Disk } from './disk.ts'
import { Engine, type Site } from './engine.ts'
import { dockerOf, type Lab, startLabWith } from './lab.ts'
import { killAll, ownNamespace, processesOf } from './leftovers.ts'
import { findTool, SYSTEM_PATH } from './tools.ts'

/** How Compose is called on a host: as docker-compose, as a command of Docker, or not at all. */
export type ComposeKind = 'v1' | 'v2' | 'none'

/** A host that takes ssh on loopback: an engine, a Compose, a home folder and a small disk of its own. */
export interface Host {
  readonly name: string
  readonly engine: Engine
  readonly home: string
  /** A folder that holds very little. */
  readonly small: string
  /** Stores the target's credentials, or wrong ones. */
  login(password?: string): Promise<void>
  logout(): Promise<void>
  /** Gives it another Compose, and another engine's client: none. */
  have(compose: ComposeKind, client?: 'docker' | 'none'): void
  /** Ends its ssh server with all its connections, and starts it again. */
  cut(): Promise<void>
  connect(): Promise<void>
}

/** A laboratory from which hosts are reached by ssh. */
export interface HostLab extends Lab {
  readonly hosts: Readonly<Record<'alpha' | 'beta', Host>>
  /** A file for ssh -F that knows the hosts, and one that knows other keys for them. */
  readonly config: string
  readonly strangers: string
  /** Makes an image that runs, with busybox in it, and puts it in the engine under a name. */
  image(name: string, text: string): Promise<void>
}

const TOOLS = ['sshd', 'ssh', 'ssh-keygen', 'docker-compose', 'busybox', 'iptables']
const INSTALL = 'apt-get install -y openssh-server openssh-client docker-compose busybox-static iptables'

export async function startHostLab(): Promise<HostLab> {
  const missing = TOOLS.filter(name => findTool(name) === null)
  if (missing.length > 0) throw new Error(`the hosts miss ${missing.join(', ')}; install with: ${INSTALL}`)
  const sites: Site[] = []
  const lab = await startLabWith(
    async ({ tls, login }) => ({
      internet: { listen: '127.0.0.1:443', tls },
      target: { listen: '127.0.0.1:0', login },
      attach: async () => ({}),
    }),
    async (site, target) => {
      sites.push(site)
      return await dockerOf({})(site, target)
    },
    {},
  )
  const undo: (() => Promise<void>)[] = []
  const { stop: stopLab } = lab
  const stop = async () => {
    try {
      for (const step of undo.reverse()) await step()
    } finally {
      await stopLab()
    }
  }
  try {
    const [site] = sites
    if (site === undefined) throw new Error('the laboratory has no engine')
    return Object.assign(lab, await build(lab, site, undo), { stop })
  } catch (error) {
    await stop()
    throw error
  }
}

async function build(lab: Lab, site: Site, undo: (() => Promise<void>)[]) {
  const key = join(lab.dir, 'key')
  await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key], { PATH: SYSTEM_PATH })
  const make = (name: string, pool: string) => startHost(lab, site, name, pool, undo)
  const hosts = { alpha: await make('alpha', '10.211.0.0/16'), beta: await make('beta', '10.212.0.0/16') }
  const config = join(lab.dir, 'ssh_config')
  const strangers = join(lab.dir, 'ssh_config_strangers')
  const lines = (known: string) =>
    Object.values(hosts).flatMap(({ name, port }) => [
      `Host ${name}`,
      '  HostName 127.0.0.1',
      `  Port ${port}`,
      '  User root',
      `  IdentityFile ${key}`,
      '  IdentitiesOnly yes',
      `  UserKnownHostsFile ${known}`,
      '  GlobalKnownHostsFile /dev/null',
    ])
  const scanned = await Promise.all(
    Object.values(hosts).map(({ port }) =>
      must(['ssh-keyscan', '-p', String(port), '127.0.0.1'], { PATH: SYSTEM_PATH }),
    ),
  )
  writeFileSync(join(lab.dir, 'known_hosts'), scanned.join(''))
  writeFileSync(config, `${lines(join(lab.dir, 'known_hosts')).join('\n')}\n`)
  writeFileSync(strangers, `${lines(join(lab.dir, 'nobody')).join('\n')}\n`)
  return { hosts, config, strangers, image: (name: string, text: string) => makeImage(lab, name, text) }
}

async function startHost(lab: Lab, site: Site, name: string, pool: string, undo: (() => Promise<void>)[]) {
  const dir = join(lab.dir, name)
  const place = (part: string) => join(dir, part)
  for (const part of ['home', 'bin', 'run/sshd', 'tmp']) mkdirSync(place(part), { recursive: true })
  chmodSync(place('run/sshd'), 0o755)
  const disk = await Disk.mount(place('small'), 1)
  undo.push(() => disk.unmount())
  disk.fill(200_000)
  const dockerd = findTool('dockerd') ?? ''
  const engine = await Engine.start({
    ...site,
    dir: place('engine'),
    dockerd,
    client: findTool('docker') ?? '',
    config: { 'default-address-pools': [{ base: pool, size: 24 }] },
    controlGroup: `${basename(dirname(site.dir))}-${name}`,
  })
  undo.push(async () => {
    await engine.wipe()
    const networks = await must(['docker', 'network', 'ls', '-q', '--filter', 'type=custom'], engine.env)
    for (const network of networks.split('\n').filter(line => line !== ''))
      await must(['docker', 'network', 'rm', network], engine.env)
    await engine.stop()
  })
  const port = await freePort()
  await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', place('host_key')], { PATH: SYSTEM_PATH })
  const sshd = sshServer(lab, dir, engine, port)
  await sshd.start()
  undo.push(() => sshd.stop())
  const have = (compose: ComposeKind, client: 'docker' | 'none' = 'docker') => {
    writePrograms(place('bin'), compose, client === 'docker' ? join(place('engine'), 'bin/docker') : null)
  }
  have('v1')
  const host: Host & { readonly port: number } = {
    name,
    port,
    engine,
    home: place('home'),
    small: disk.path,
    login: async (password = lab.target.password) => {
      const auth = Buffer.from(`${lab.target.user}:${password}`).toString('base64')
      writeFileSync(
        join(engine.clientConfig, 'config.json'),
        JSON.stringify({ auths: { [lab.target.address]: { auth } } }),
      )
    },
    logout: async () => writeFileSync(join(engine.clientConfig, 'config.json'), '{}'),
    have,
    cut: async () => {
      const namespace = ownNamespace(sshd.pid)
      if (namespace !== null) await killAll(processesOf(namespace))
      await sshd.kill()
    },
    connect: () => sshd.start(),
  }
  return host
}

function sshServer(lab: Lab, dir: string, engine: Engine, port: number): Daemon {
  const place = (part: string) => join(dir, part)
  const variables: Environment = {
    HOME: place('home'),
    TMPDIR: place('tmp'),
    LANG: 'C.UTF-8',
    PATH: `${place('bin')}:${place('programs')}`,
    DOCKER_HOST: engine.env['DOCKER_HOST'],
    DOCKER_CONFIG: engine.clientConfig,
  }
  linkPrograms(place('programs'))
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${place('host_key')}`,
    'PidFile none',
    `AuthorizedKeysFile ${join(lab.dir, 'key.pub')}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin yes',
    `SetEnv ${Object.entries(variables)
      .map(([key, value]) => `"${key}=${value ?? ''}"`)
      .join(' ')}`,
  ]
  writeFileSync(place('sshd_config'), `${config.join('\n')}\n`)
  const command = `mount -n --bind ${word(place('run'))} /run && mount -n --bind ${word(place('tmp'))} /usr/local/bin && exec ${findTool('sshd')} -D -e -f ${word(place('sshd_config'))}`
  return new Daemon({
    name: `sshd of ${basename(dir)}`,
    command: ['unshare', '--mount', '--propagation', 'private', 'bash', '-c', command],
    env: { PATH: SYSTEM_PATH, HOME: place('home') },
    stdout: place('sshd.log'),
    stderr: place('sshd.log'),
    ready: () => answers(port),
  })
}

/** All programs of the machine but engines and Composes, which a host has or has not. */
function linkPrograms(folder: string): void {
  mkdirSync(folder)
  for (const name of [
    'bash',
    'sh',
    'cat',
    'chmod',
    'cksum',
    'cp',
    'df',
    'dirname',
    'env',
    'find',
    'grep',
    'head',
    'ln',
    'ls',
    'mkdir',
    'mkfifo',
    'mktemp',
    'mv',
    'readlink',
    'rm',
    'rmdir',
    'sed',
    'sleep',
    'sort',
    'tail',
    'tr',
  ])
    symlinkSync(findTool(name) ?? name, join(folder, name))
}

/** Compose v2 is played by what Debian has: `docker compose` hands on to docker-compose. */
function writePrograms(bin: string, compose: ComposeKind, docker: string | null): void {
  const write = (name: string, lines: readonly string[]) =>
    writeFileSync(join(bin, name), `${['#!/bin/bash', ...lines].join('\n')}\n`, { mode: 0o755 })
  const composed = `PATH=${word(SYSTEM_PATH)} exec ${word(findTool('docker-compose') ?? '')}`
  const absent = (name: string) => [`echo "bash: ${name}: command not found" >&2`, 'exit 127']
  for (const name of ['docker', 'docker-compose']) rmSync(join(bin, name), { force: true })
  if (compose === 'v1') write('docker-compose', [`${composed} "$@"`])
  if (docker === null) return
  write('docker', [
    'if [ "$1" = compose ]; then',
    ...(compose === 'v2'
      ? [
          '  shift',
          `  [ "$*" != version ] || { echo 'Docker Compose version v2.30.3'; exit; }`,
          `  [ "$*" != 'up --help' ] || { echo '      --pull string   Pull image before running'; exit; }`,
          '  words=()',
          '  while [ $# -gt 0 ]; do',
          '    case $1,${2:-} in (--pull,never) shift ;; (*) words+=("$1") ;; esac',
          '    shift',
          '  done',
          `  ${composed} "\${words[@]}"`,
        ]
      : absent('docker compose').map(line => `  ${line}`)),
    'fi',
    `exec ${word(docker)} "$@"`,
  ])
}

async function makeImage(lab: Lab, name: string, text: string): Promise<void> {
  const folder = join(lab.dir, 'image')
  mkdirSync(join(folder, 'bin'), { recursive: true })
  const busybox = findTool('busybox') ?? ''
  await must(['cp', busybox, join(folder, 'bin/busybox')], { PATH: SYSTEM_PATH })
  for (const applet of ['sh', 'sleep', 'cat', 'ls', 'grep', 'echo'])
    if (!existsSync(join(folder, 'bin', applet))) symlinkSync('busybox', join(folder, 'bin', applet))
  writeFileSync(join(folder, 'text'), text)
  const pipe = `tar -C ${word(folder)} -c . | docker import --change 'CMD ["sleep","100000"]' - ${word(name)}`
  await must(['bash', '-o', 'pipefail', '-c', pipe], lab.engine.env)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createConnection(port, '127.0.0.1')
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('data', () => end(true))
    socket.once('error', () => end(false))
    socket.setTimeout(1000, () => end(false))
  })
}

/** What a command has printed, both ways. */
export function said({ stdout, stderr }: Result): string {
  return `${stdout}\n${stderr}`
}
