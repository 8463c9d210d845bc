import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { word } from '../../generators/core/bash.ts'
import { type CommandOptions, must, type Result, run } from './command.ts'
import type { AnyEngine, Site } from './engine.ts'
import { seeing } from './view.ts'

export interface PodmanOptions extends Site {
  /** The name under which scripts find it; docker as the package podman-docker has it. */
  readonly name: 'podman' | 'docker'
  /** Its path in its root. */
  readonly podman: string
  /** A registry that it may speak plain HTTP to. */
  readonly insecure: string
}

// As the package podman-docker says it.
const EMULATION = 'echo "Emulate Docker CLI using podman. Create /etc/containers/nodocker to quiet msg." >&2'

const FOLDERS = ['bin', 'etc', 'home', 'locks', 'no-certificates', 'programs', 'run', 'runtime', 'tmp']

/** Other engines that scripts must not find. */
const ENGINES = new Set(['docker', 'podman', 'nerdctl'])

/** A Podman of its own. It has no server: each call lives in a mount namespace of its own, with the same storage. */
export class Podman implements AnyEngine {
  readonly env: Readonly<Record<string, string>>
  readonly name: 'podman' | 'docker'

  constructor(options: PodmanOptions) {
    const place = (name: string) => join(options.dir, name)
    this.name = options.name
    for (const folder of FOLDERS) mkdirSync(place(folder), { recursive: true })
    linkPrograms(options.env['PATH'] ?? '', place('programs'))
    writeSettings(place('etc'), place('data'), options.insecure)
    writeFileSync(place(`bin/${options.name}`), clientOf(options), { mode: 0o755 })
    this.env = {
      PATH: `${place('bin')}:${place('programs')}`,
      HOME: place('home'),
      TMPDIR: place('tmp'),
      LANG: 'C.UTF-8',
      XDG_RUNTIME_DIR: place('runtime'), // where credentials are kept
    }
  }

  /** Runs the client. */
  docker(args: readonly string[], options: CommandOptions = {}): Promise<Result> {
    return run([this.name, ...args], this.env, options)
  }

  /** Removes all images. */
  async wipe(): Promise<void> {
    await must([this.name, 'rmi', '--all', '--force'], this.env)
  }

  /** There is nothing to end. */
  async stop(): Promise<void> {}
}

/** What scripts find: it becomes Podman, so that it keeps its pid and Podman gets its signals. */
function clientOf({ dir, names, root, name, podman, trust }: PodmanOptions): string {
  const folders = {
    '/run': join(dir, 'run'),
    '/etc/containers': join(dir, 'etc'),
    '/dev/shm': join(dir, 'locks'),
  }
  const command = seeing({ names, folders, ...(root === undefined ? {} : { root }) }, [podman])
  const lines = [
    '#!/bin/bash',
    `export SSL_CERT_FILE=${word(trust.certificate)} SSL_CERT_DIR=${word(join(dir, 'no-certificates'))}`,
    'export GODEBUG=netdns=go', // reads the hosts and resolv.conf that it sees, whatever nsswitch.conf says
    ...(name === 'docker' ? [EMULATION] : []),
    `exec ${command.map(word).join(' ')} "$@"`,
  ]
  return `${lines.join('\n')}\n`
}

/** Links to all programs of the machine but its engines. The first of a name is the one that PATH finds. */
function linkPrograms(path: string, dir: string): void {
  const seen = new Set(ENGINES)
  for (const folder of path.split(':')) {
    for (const name of list(folder)) {
      if (!seen.has(name)) symlinkSync(join(folder, name), join(dir, name))
      seen.add(name)
    }
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // PATH may name what is not there
  }
}

/** What an administrator writes into /etc/containers. */
function writeSettings(etc: string, data: string, insecure: string): void {
  const write = (name: string, lines: readonly string[]) =>
    writeFileSync(join(etc, name), `${lines.join('\n')}\n`)
  write('policy.json', [JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] })])
  write('registries.conf', ['[[registry]]', `location = "${insecure}"`, 'insecure = true'])
  write('storage.conf', [
    '[storage]',
    'driver = "overlay"',
    `graphroot = "${data}"`,
    'runroot = "/run/containers/storage"',
  ])
}
