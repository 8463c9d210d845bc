import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { type CommandOptions, type Environment, must, type Result, Running } from './command.ts'
import { type AnyEngine, Engine, type Site } from './engine.ts'
import { type Certificate, makeCertificate, makeNames, PUBLIC_HOSTS, requireFreePort } from './internet.ts'
import { alive, killAll, mountsBelow, processesWith, removeControlGroup } from './leftovers.ts'
import { Podman } from './podman.ts'
import { type Login, Registry, type RegistryOptions } from './registry.ts'
import { findTool, requireTools, SYSTEM_PATH } from './tools.ts'

/** What any laboratory may have. */
export interface AnyLabOptions {
  /** Names that the internet has besides PUBLIC_HOSTS. */
  readonly hosts?: readonly string[]
  /** A folder with the usr/ of another distribution, whose engine it is: see sidRoot(). */
  readonly root?: string
}

export interface LabOptions extends AnyLabOptions {
  /** Another server, by its path. */
  readonly dockerd?: string
  /** Another client, by its path: what scripts find as `docker`. */
  readonly client?: string
  /** Entries of daemon.json. */
  readonly daemon?: Readonly<Record<string, unknown>>
}

export interface PodmanLabOptions extends AnyLabOptions {
  /** The name under which scripts find it, podman without it. */
  readonly name?: 'podman' | 'docker'
}

/** An engine, the internet as far as it has images, and a private registry: all on loopback, all in one folder. */
export interface Lab<Kind extends AnyEngine = Engine> {
  readonly dir: string
  /** File with the certificate of the internet, for clients that are not the engine. */
  readonly certificate: string
  readonly engine: Kind
  /** Plays every public registry, by TLS on 127.0.0.1:443. */
  readonly internet: Registry
  /** The private registry, which lets nobody in without login. */
  readonly target: Registry & Login
  /** Runs a script with the engine's environment, its stdin being /dev/null. */
  run(command: readonly string[], options?: CommandOptions): Promise<Result>
  /** The same, without waiting for the end. */
  begin(command: readonly string[], options?: CommandOptions): Running
  /** Stores the target's credentials for the engine's client, by its login. */
  login(): Promise<void>
  logout(): Promise<void>
  /** What scripts left running: the command lines, or none. */
  strays(): readonly string[]
  /** Ends everything and removes the folder; throws if something stays. */
  stop(): Promise<void>
}

/** Starts the engine of a laboratory whose registries run. */
export type StartEngine<Kind extends AnyEngine> = (site: Site, target: Registry) => Promise<Kind>

export type Undo = () => void | Promise<void>

/** What there is of a laboratory before its first server starts. */
export interface Ground {
  readonly dir: string
  readonly env: Environment
  /** The certificate of the internet. */
  readonly tls: Certificate
  readonly login: Login
  /** Where the engine will keep its images. */
  readonly engineData: string
  /** How to take back what is added, last first. */
  readonly undo: Undo[]
}

/** How a registry is reached, and whom it lets in. */
export type Endpoint = Pick<RegistryOptions, 'listen' | 'tls' | 'login' | 'tokens'>

/** What turns a laboratory into one of another kind: called before the first server starts. */
export type Extension<Extra extends object> = (ground: Ground) => Promise<{
  readonly internet: Endpoint
  readonly target: Endpoint
  /** Called between the start of the registries and that of the engine; gives what the laboratory has besides. */
  attach(internet: Registry, target: Registry): Promise<Extra>
}>

const PREFIX = 'compose-relay-lab-'
const LOGIN: Login = { user: 'relay', password: 'correct horse: battery $taple' }

const plain: Extension<object> = async ({ tls, login }) => ({
  internet: { listen: '127.0.0.1:443', tls },
  target: { listen: '127.0.0.1:0', login },
  attach: async () => ({}),
})

/** Starts a laboratory. If that fails half way, all that was started is ended and removed. */
export function startLab(options: LabOptions = {}): Promise<Lab> {
  return startLabWith(plain, dockerOf(options), options)
}

/** Starts a laboratory whose engine is Podman. */
export function startPodmanLab(options: PodmanLabOptions = {}): Promise<Lab<Podman>> {
  return startLabWith(plain, podmanOf(options), options)
}

/** How Docker is started; the programs are the machine's unless there is another root. */
export function dockerOf({ dockerd, client, daemon = {}, root }: LabOptions): StartEngine<Engine> {
  return site =>
    Engine.start({
      ...site,
      dockerd: dockerd ?? (root === undefined ? tool('dockerd') : '/usr/sbin/dockerd'),
      client: client ?? (root === undefined ? tool('docker') : '/usr/bin/docker'),
      config: daemon,
      controlGroup: basename(dirname(site.dir)),
    })
}

function podmanOf({ name = 'podman', root }: PodmanLabOptions): StartEngine<Podman> {
  return async (site, target) => {
    const podman = root === undefined ? tool('podman') : '/usr/bin/podman'
    return new Podman({ ...site, name, podman, insecure: target.address })
  }
}

/** Starts a laboratory that has something more, or something else. */
export async function startLabWith<Extra extends object, Kind extends AnyEngine>(
  extension: Extension<Extra>,
  startEngine: StartEngine<Kind>,
  options: AnyLabOptions,
): Promise<Lab<Kind> & Extra> {
  requireTools()
  await purgeOld()
  await requireFreePort(443, '127.0.0.1')
  const undo: Undo[] = []
  try {
    return await build(extension, startEngine, options, undo)
  } catch (error) {
    await close(undo).catch(more => {
      throw new AggregateError([error, more], `${error}\nand while taking that back: ${more}`)
    })
    throw error
  }
}

async function build<Extra extends object, Kind extends AnyEngine>(
  extension: Extension<Extra>,
  startEngine: StartEngine<Kind>,
  { hosts: more = [], root }: AnyLabOptions,
  undo: Undo[],
): Promise<Lab<Kind> & Extra> {
  const dir = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`))
  undo.push(() => removeFolder(dir))
  const env: Environment = { PATH: SYSTEM_PATH, LANG: 'C.UTF-8', HOME: dir, OPENSSL_CONF: undefined }

  const hosts = [...PUBLIC_HOSTS, ...more]
  const tls = await makeCertificate(dir, hosts, env)
  const names = await makeNames(dir, new Map(hosts.map(host => [host, '127.0.0.1'])))
  undo.push(() => names.close())

  const place = (name: string) => join(dir, name)
  const engineData = place('engine/data')
  const kind = await extension({ dir, env, tls, login: LOGIN, engineData, undo })
  const publicly = { dir: place('internet'), env, names: 'public' as const }
  const internet = await Registry.start({ ...publicly, ...kind.internet })
  undo.push(() => internet.stop())
  const privately = { dir: place('target'), env, names: 'own' as const }
  const target = Object.assign(await Registry.start({ ...privately, ...kind.target }), LOGIN)
  undo.push(() => target.stop())
  const extra = await kind.attach(internet, target)

  const site = { dir: place('engine'), names, trust: tls, env, ...(root === undefined ? {} : { root }) }
  const engine = await startEngine(site, target)
  undo.push(() => engine.stop())

  const commands = new Set<Running>()
  undo.push(async () => {
    for (const command of commands) command.kill('SIGKILL', 'group')
    await Promise.allSettled([...commands].map(command => command.done))
  })
  const begin = (command: readonly string[], how: CommandOptions = {}) => {
    const running = new Running(command, engine.env, how)
    const forget = () => void commands.delete(running)
    commands.add(running)
    running.done.then(forget, forget)
    return running
  }
  const lab: Lab<Kind> = {
    dir,
    certificate: tls.certificate,
    engine,
    internet,
    target,
    begin,
    run: (command, how) => begin(command, how).done,
    login: async () => {
      const args = ['login', '--username', target.user, '--password-stdin', target.address]
      await must([engine.name, ...args], engine.env, { input: target.password })
    },
    logout: async () => {
      await must([engine.name, 'logout', target.address], engine.env)
    },
    strays: () => processesWith(`TMPDIR=${engine.env['TMPDIR']}`).map(({ command }) => command),
    stop: () => close(undo),
  }
  return Object.assign(lab, extra)
}

function tool(name: string): string {
  const file = findTool(name)
  if (file === null) throw new Error(`no ${name} on ${SYSTEM_PATH}`)
  return file
}

/** Takes everything back, last first; an error does not keep the rest from being taken back too. */
async function close(undo: Undo[]): Promise<void> {
  const errors: unknown[] = []
  for (let step = undo.pop(); step !== undefined; step = undo.pop()) {
    try {
      await step()
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new AggregateError(errors, errors.map(String).join('\n'))
}

async function removeFolder(dir: string): Promise<void> {
  const left = await purge(dir)
  if (left.length > 0) throw new Error(`the e2e laboratory had to end what was left:\n${left.join('\n')}`)
}

/** Removes a folder with the processes and mounts that hold it, and says which these were. */
async function purge(dir: string): Promise<readonly string[]> {
  const processes = processesWith(dir)
  await killAll(processes.map(({ pid }) => pid))
  const mounts = mountsBelow(dir)
  for (const point of mounts) await must(['umount', '--lazy', point], { PATH: SYSTEM_PATH })
  removeControlGroup(basename(dir))
  rmSync(dir, { recursive: true, force: true, maxRetries: 3 })
  return [...processes.map(({ pid, command }) => `process ${pid}: ${command}`), ...mounts]
}

/** Removes what is left of laboratories whose process died before it could. */
async function purgeOld(): Promise<void> {
  for (const entry of readdirSync(tmpdir())) {
    const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(entry)?.[1]
    if (owner !== undefined && !alive(Number(owner))) await purge(join(tmpdir(), entry))
  }
}
