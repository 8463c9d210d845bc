import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { dirname, join } from 'node:path'
import { word } from '../../generators/core/bash.ts'
import { type CommandOptions, type Environment, must, type Result, run } from './command.ts'
import { Daemon } from './daemon.ts'
import type { Certificate, Names } from './internet.ts'
import { killAll, ownNamespace, processesOf, removeControlGroup } from './leftovers.ts'
import { seeing } from './view.ts'

/** Where an engine is to live, whichever it is. */
export interface Site {
  /** Its folder, which is made. */
  readonly dir: string
  readonly names: Names
  /** The only authority that the engine trusts. */
  readonly trust: Certificate
  /** Environment of the server, and what that of the client is made of. */
  readonly env: Environment
  /** A folder with the usr/ of another distribution, whose programs the engine and its client are. */
  readonly root?: string
}

export interface EngineOptions extends Site {
  readonly dockerd: string
  /** The client that scripts find as `docker`. */
  readonly client: string
  /** Content of daemon.json. */
  readonly config: Readonly<Record<string, unknown>>
  /** The control group that its containers live in, below the root. */
  readonly controlGroup: string
}

/** What the laboratory asks of an engine of any kind. */
export interface AnyEngine {
  /** For scripts: finds the client on PATH, and nothing of this machine's user. */
  readonly env: Readonly<Record<string, string>>
  /** The client's name on PATH. */
  readonly name: string
  /** Runs the client, which speaks docker's language. */
  docker(args: readonly string[], options?: CommandOptions): Promise<Result>
  /** Removes all images, and the containers that hold them. */
  wipe(): Promise<void>
  stop(): Promise<void>
}

// It becomes the client, so that it keeps its pid and the client gets its signals.
const CLIENT_OF_ROOT = `#!/bin/bash
exec unshare --mount --propagation private sh -c 'mount -n --bind "$1" /usr && shift && exec "$@"' sh`

/** A Docker engine of its own: storage, socket, containerd and mounts are private, the network is loopback. */
export class Engine implements AnyEngine {
  readonly name = 'docker'
  /** For scripts: finds the client on PATH, the engine by DOCKER_HOST, and nothing of this machine's user. */
  readonly env: Readonly<Record<string, string>>
  /** The client's configuration: credentials land in config.json here. */
  readonly clientConfig: string
  /** What the engine has as /etc/docker: certs.d is looked for here. */
  readonly etc: string
  /** Its daemon.json. */
  readonly configFile: string
  readonly log: string
  readonly socket: string
  readonly #controlGroup: string
  readonly #containerdPid: string
  readonly #daemon: Daemon
  #namespace: string | null = null

  /** Makes its folder and starts it. */
  static async start(options: EngineOptions): Promise<Engine> {
    const engine = new Engine(options)
    await engine.start()
    return engine
  }

  private constructor(options: EngineOptions) {
    const { dir } = options
    const place = (name: string) => join(dir, name)
    this.clientConfig = place('client')
    this.etc = place('etc')
    this.configFile = place('etc/daemon.json')
    this.log = place('dockerd.log')
    this.socket = place('docker.sock')
    this.#controlGroup = options.controlGroup
    this.#containerdPid = place('exec/containerd/containerd.pid')
    for (const folder of ['bin', 'client', 'etc', 'home', 'tmp', 'no-certificates'])
      mkdirSync(place(folder), { recursive: true })
    if (options.root === undefined) symlinkSync(options.client, place('bin/docker'))
    else writeFileSync(place('bin/docker'), clientOf(options.root, options.client), { mode: 0o755 })
    writeFileSync(this.configFile, JSON.stringify(options.config))
    this.env = {
      PATH: `${place('bin')}:${options.env['PATH'] ?? ''}`,
      HOME: place('home'),
      TMPDIR: place('tmp'),
      LANG: 'C.UTF-8',
      DOCKER_HOST: `unix://${this.socket}`,
      DOCKER_CONFIG: this.clientConfig,
    }
    this.#daemon = new Daemon({
      name: 'dockerd',
      command: [
        // Without an /etc/docker of its own it would write a key there; without a /run of its own it would take the
        // containerd that already runs there, and share images with the machine's own engine.
        ...seeing({ ...options, folders: { '/etc/docker': this.etc } }, [options.dockerd]),
        ...['--config-file', this.configFile],
        ...['--data-root', place('data'), '--exec-root', place('exec'), '--pidfile', place('docker.pid')],
        ...['--host', `unix://${this.socket}`],
        ...['--exec-opt', 'native.cgroupdriver=cgroupfs', '--cgroup-parent', `/${this.#controlGroup}`],
        ...['--bridge=none', '--iptables=false', '--ip6tables=false'],
        ...['--ip-forward=false', '--ip-masq=false'], // the first is a setting of the whole machine
      ],
      env: {
        ...options.env,
        PATH: `${dirname(options.dockerd)}:${options.env['PATH'] ?? ''}`,
        HOME: place('home'),
        SSL_CERT_FILE: options.trust.certificate,
        SSL_CERT_DIR: place('no-certificates'),
        GODEBUG: 'netdns=go', // reads the hosts and resolv.conf that are bound above, whatever nsswitch.conf says
      },
      stdout: this.log,
      stderr: this.log,
      ready: () => {
        this.#namespace ??= ownNamespace(this.pid)
        return ping(this.socket)
      },
    })
  }

  get pid(): number | undefined {
    return this.#daemon.pid
  }

  /** Starts the engine again after stop() or kill(), with the same storage. */
  async start(): Promise<void> {
    try {
      await this.#daemon.start()
    } catch (error) {
      await this.#sweep()
      throw error
    }
  }

  /** Ends the engine and everything that it started: containerd, and what a killed engine leaves behind. */
  async stop(): Promise<void> {
    await this.#daemon.stop()
    await this.#sweep()
  }

  /** Ends the engine at once, as a crash does. */
  async kill(): Promise<void> {
    await this.#daemon.kill()
    await this.#sweep()
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  /** Tells the engine to read daemon.json again. */
  reload(): void {
    this.#daemon.signal('SIGHUP')
  }

  /** Runs the client. */
  docker(args: readonly string[], options: CommandOptions = {}): Promise<Result> {
    return run(['docker', ...args], this.env, options)
  }

  /** The command as one that sees the engine's /etc/hosts and /etc/docker, so that curl and skopeo meet the same internet. */
  inside(command: readonly string[], cwd: string = '/'): readonly string[] {
    if (this.pid === undefined) throw new Error('the engine does not run')
    return ['nsenter', '--target', String(this.pid), '--mount', `--wd=${cwd}`, '--', ...command]
  }

  /** Removes all containers and all images. */
  async wipe(): Promise<void> {
    const containers = lines(await must(['docker', 'ps', '-aq'], this.env))
    if (containers.length > 0) await must(['docker', 'rm', '-f', ...containers], this.env)
    const images = lines(await must(['docker', 'image', 'ls', '-aq', '--no-trunc'], this.env))
    if (images.length > 0) await must(['docker', 'rmi', '-f', ...new Set(images)], this.env)
  }

  async #sweep(): Promise<void> {
    if (this.#namespace !== null) await killAll(processesOf(this.#namespace))
    this.#namespace = null
    removeControlGroup(this.#controlGroup)
    // The next engine would take a containerd that is dead, but not yet reaped, for a running one and wait for it.
    rmSync(this.#containerdPid, { force: true })
  }
}

/** A program that is the client of another distribution. */
function clientOf(root: string, client: string): string {
  return `${CLIENT_OF_ROOT} ${word(join(root, 'usr'))} ${word(client)} "$@"\n`
}

/** Whether the engine answers on its socket. */
function ping(socketPath: string): Promise<boolean> {
  return new Promise(resolve => {
    const sent = request({ socketPath, path: '/_ping', timeout: 1000 }, response => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    sent.on('timeout', () => sent.destroy())
    sent.on('error', () => resolve(false))
    sent.end()
  })
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter(line => line !== '')
}
