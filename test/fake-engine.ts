import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll } from 'vitest'
import { compareOutput, writeOutput } from '../generators/core/output.ts'
import { type Flags, openWorkspace, pinWorkspace, planWorkspace } from '../generators/core/workspace.ts'
import { GENERATORS } from '../generators/index.ts'
import { type CommandOptions, Running } from './e2e/command.ts'
import { killAll, processesWith } from './e2e/leftovers.ts'
import { type Files, writeFiles } from './project.ts'

/** Every script runs under each of these: `TEST_BASHES="/path/to/bash-3.2 bash" npx vitest run …`. */
export const BASHES = (process.env['TEST_BASHES'] ?? 'bash').split(/\s+/).filter(name => name !== '')

/** All programs that the scripts may find, besides the engine. curl is there for those that can do without, too. */
export const TOOLS =
  'base64 cat chmod cksum cmp cp dd df dirname env find grep gzip head ln ls mkdir mkfifo mktemp mv readlink rm rmdir sed sha256sum sleep sort split tail tee tr wc'.split(
    ' ',
  )

/** What the script of mirrors finds besides, as on a host of the engine. */
export const HOST_TOOLS = 'awk curl date dockerd diff journalctl systemctl'.split(' ')

const ENGINE = fileURLToPath(new URL('fake-engine/engine.sh', import.meta.url))
const SLEEP = fileURLToPath(new URL('fake-engine/sleep.sh', import.meta.url))

export type EngineName = 'docker' | 'podman' | 'nerdctl'

export interface Ended {
  /** As a shell sees it: 128 and the number of the signal, where one ended the script. */
  readonly status: number
  readonly stdout: string
  readonly stderr: string
  readonly seconds: number
}

/** A script under way. */
export interface Script {
  readonly running: Running
  /** How it ended. Throws if it left processes or temporary files behind. */
  readonly done: Promise<Ended>
  /** Resolves when the condition holds, and throws if the script ends before that. */
  until(condition: () => boolean): Promise<void>
}

export interface ScriptOptions extends CommandOptions {
  /** Whether the script's own words are the command, not those of the bash under test. */
  readonly bare?: boolean
}

/** A machine of its own for one test: PATH, home, temporary folder, and an engine that test/fake-engine/engine.sh plays. */
export class FakeEngine {
  readonly dir: string
  readonly home: string
  readonly tmp: string
  readonly env: Readonly<Record<string, string>>
  readonly #bash: string
  readonly #state: string

  constructor(parent: string, bash: string, engines: readonly EngineName[] = ['docker']) {
    this.dir = mkdtempSync(join(parent, 'engine-'))
    this.#bash = bash
    this.#state = join(this.dir, 'state')
    this.home = join(this.dir, 'home')
    this.tmp = join(this.dir, 'tmp')
    for (const name of [
      'bin',
      'home',
      'tmp',
      'state/images',
      'state/registry',
      'state/rules',
      'state/manifests',
    ])
      mkdirSync(join(this.dir, name), { recursive: true })
    for (const name of engines) symlinkSync(ENGINE, join(this.dir, 'bin', name))
    symlinkSync(SLEEP, join(this.dir, 'bin', 'sleep'))
    this.env = {
      PATH: `${join(this.dir, 'bin')}:${toolsWith(parent, bash)}`,
      HOME: this.home,
      TMPDIR: this.tmp,
      LANG: 'C.UTF-8',
      FAKE_ENGINE: this.#state,
      REAL_SLEEP: pathOf('sleep'),
    }
  }

  /** Lets the engine play another one. */
  play(kind: EngineName): void {
    this.#write('kind', `${kind}\n`)
  }

  /** Puts an image in the engine's store, for one platform or several. `name` is in full. */
  image(name: string, { id = `sha256:${name}`, platform = 'linux/amd64', digest = '' } = {}): void {
    const lines = platform.split(' ').map(one => `${id} ${one} ${digest}\n`)
    this.#write(`images/${fileName(name)}`, lines.join(''))
  }

  /** Gives the engine Compose, which builds these images for services. Names are in full. */
  compose(images: Readonly<Record<string, string>>): void {
    mkdirSync(join(this.#state, 'compose'), { recursive: true })
    for (const [service, image] of Object.entries(images)) this.#write(`compose/${service}`, `${image}\n`)
  }

  /** What the registry of an image answers to those who ask for its manifest. `name` is in full. */
  index(name: string, manifests: readonly object[]): void {
    this.#write(`manifests/${fileName(name)}`, JSON.stringify({ schemaVersion: 2, manifests }))
  }

  /** The id of an image in the store, or null. */
  id(name: string): string | null {
    return this.#read(`images/${fileName(name)}`)?.split(' ')[0] ?? null
  }

  /** What the engine does at a call, one step an argument: see engine.sh. */
  rule(call: string, ...steps: readonly string[]): void {
    this.#write(`rules/${fileName(call)}`, steps.map(step => `${step}\n`).join(''))
  }

  /** From now on the engine does at such calls what it does by itself. */
  forget(call: string): void {
    this.#write(`rules/${fileName(call)}`, '')
  }

  /** Has Podman hold a login. */
  podmanLogin(host: string): void {
    this.#write('podman-login', `${host}\n`)
  }

  /** How many bytes each image has in an archive. */
  bytes(each: number): void {
    this.#write('bytes', `${each}\n`)
  }

  /** What the engine says that all images take. */
  store(size: string): void {
    this.#write('store', `${size}\n`)
  }

  /** Where Podman looks for names without host. */
  search(...registries: readonly string[]): void {
    this.#write('search', `${registries.join(' ')}\n`)
  }

  /** A file in the home folder. Returns its path. */
  homeFile(name: string, content: string): string {
    const path = join(this.home, name)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, content)
    return path
  }

  /** Gives the engine flags that it has not by itself: the verb and the flag. */
  flags(...flags: readonly `${string} --${string}`[]): void {
    this.#write('flags', flags.map(flag => `${flag}\n`).join(''))
  }

  /** The calls so far, without the engine's name, or those of one verb; not those for help. */
  calls(verb?: string): readonly (readonly string[])[] {
    const words = (this.#read('calls') ?? '').split('\0')
    const calls: string[][] = []
    for (let at = 0; at < words.length - 1; ) {
      const count = Number(words[at])
      calls.push(words.slice(at + 2, at + 1 + count))
      at += 1 + count
    }
    return calls.filter(call => call.at(-1) !== '--help' && (verb === undefined || call[0] === verb))
  }

  /** How many seconds the script has paused each time, sorted. It has not really waited. */
  pauses(): readonly number[] {
    const seconds = (this.#read('pauses') ?? '').split('\n').filter(line => line !== '')
    return seconds.map(Number).sort((a, b) => a - b)
  }

  /** The calls that change something. */
  writes(): readonly string[] {
    return this.calls()
      .filter(([verb = '']) => ['pull', 'push', 'load', 'tag', 'rmi', 'rm'].includes(verb))
      .map(call => call.join(' '))
  }

  /** The images that calls of a verb named, sorted. */
  named(verb: string): readonly string[] {
    return this.calls(verb)
      .map(call => call.at(-1) ?? '')
      .sort()
  }

  /** How many calls of a verb are under way, and how many were at most. */
  atOnce(verb: string): { readonly now: number; readonly most: number } {
    let [now, most] = [0, 0]
    for (const event of this.#read('events')?.split('\n') ?? []) {
      if (event === `begin ${verb}`) most = Math.max(most, ++now)
      if (event === `end ${verb}`) now -= 1
    }
    return { now, most }
  }

  /** What was pushed, sorted. */
  pushed(): readonly string[] {
    return readdirSync(join(this.#state, 'registry'))
      .map(name => name.replaceAll('%', '/'))
      .sort()
  }

  start(command: readonly string[], options: ScriptOptions = {}): Script {
    const began = Date.now()
    const bash = options.bare === true ? {} : { bash: this.#bash }
    const running = new Running(
      command,
      { ...this.env },
      { cwd: this.dir, timeout: 25_000, ...bash, ...options },
    )
    let ended = false
    const done = running.done.then(async ({ status, signal, stdout, stderr }) => {
      ended = true
      const seconds = (Date.now() - began) / 1000
      const left = [...(await this.#leftovers()), ...readdirSync(this.tmp)]
      if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}\n${stdout}\n${stderr}`)
      return { status: status ?? 128 + signalNumber(signal), stdout, stderr, seconds }
    })
    done.catch(() => {}) // until() may be the one who is waited for
    const until = async (condition: () => boolean) => {
      while (!condition()) {
        if (ended) throw new Error(`ended too early: ${running.stdout}\n${running.stderr}`)
        await sleep(10)
      }
    }
    return { running, done, until }
  }

  run(command: readonly string[], options: ScriptOptions = {}): Promise<Ended> {
    return this.start(command, options).done
  }

  /** Runs a script on a pseudo-terminal, and types Ctrl-C when the condition holds. */
  async runOnTerminal(
    words: readonly string[],
    env: Readonly<Record<string, string | undefined>> = {},
    condition: ((output: string) => boolean) | null = null,
  ): Promise<Ended> {
    const typing =
      'until [ -e go ] || [ -e gone ]; do sleep 0.05; done; printf "\\003"; until [ -e gone ]; do sleep 0.05; done'
    const command = ['bash', ...words].map(word => `'${word}'`).join(' ')
    const line = `(${typing}) | ("$SCRIPT" -qec "$COMMAND" /dev/null; status=$?; : >gone; exit $status)`
    const terminal = { TERM: 'xterm', SHELL: '/bin/sh', SCRIPT: pathOf('script'), COMMAND: command }
    const script = this.start(['/bin/sh', '-c', line], { bare: true, env: { ...terminal, ...env } })
    if (condition !== null) {
      await script.until(() => condition(script.running.stdout))
      writeFileSync(join(this.dir, 'go'), '')
    }
    return script.done
  }

  /** What is dying needs a moment. What lives on is ended here: a test that fails leaves nothing, either. */
  async #leftovers(): Promise<readonly string[]> {
    let left = this.#processes()
    for (let tries = 0; left.length > 0 && tries < 10; tries++) {
      await sleep(20)
      left = this.#processes()
    }
    await killAll(left.map(({ pid }) => pid))
    return left.map(({ command }) => command)
  }

  #processes(): ReturnType<typeof processesWith> {
    const any = readdirSync('/proc').some(pid => /^\d+$/.test(pid) && environment(pid).includes(this.#state))
    return any ? processesWith(this.#state) : []
  }

  #read(name: string): string | null {
    const path = join(this.#state, name)
    return existsSync(path) ? readFileSync(path, 'utf8') : null
  }

  #write(name: string, content: string): void {
    writeFileSync(join(this.#state, name), content)
  }
}

/** What a terminal shows in the end of each line: what stands after the last erasure. */
export function screen(output: string): string {
  return output
    .split('\n')
    .map(line => line.replace(/^[^\n]*\r\x1b\[K/, ''))
    .join('\n')
}

/** A folder for the machines of one test file, there while its tests run. */
export function laboratory(name: string): string {
  const folder = join(tmpdir(), `relay-${name}-${randomBytes(6).toString('hex')}`)
  beforeAll(() => mkdirSync(folder))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The outputs but for the plans of engines that do not take every name. */
export const ANY_PROJECT = GENERATORS.filter(({ name }) => !['image-syncer', 'skopeo-sync'].includes(name))

/**
 * Writes a compose file, or a project of several files, and everything that is generated from it but the workflows.
 * Returns the folder of the latter.
 */
export async function generate(folder: string, project: string | Files, flags: Flags): Promise<string> {
  mkdirSync(folder, { recursive: true })
  writeFiles(folder, typeof project === 'string' ? { 'docker-compose.yaml': project } : project)
  const workspace = await openWorkspace(flags, { directory: folder, environment: {} })
  const plan = pinWorkspace(workspace, planWorkspace(workspace))
  // Workflows want a registry with a namespace.
  const files = ANY_PROJECT.filter(({ name }) => name !== 'workflows').flatMap(({ files }) => files(plan))
  writeOutput(workspace.config.out, compareOutput(workspace.config.out, files, false))
  return workspace.config.out
}

/** A compose file of services that have nothing but images. */
export function composeOf(images: readonly string[]): string {
  return `services:\n${images.map((image, index) => `  s${index}:\n    image: ${JSON.stringify(image)}\n`).join('')}`
}

/** A folder with the tools that scripts may use, and the bash under test as `bash`. */
function toolsWith(parent: string, bash: string): string {
  const folder = join(parent, `tools-${basename(bash)}`)
  if (existsSync(folder)) return folder
  mkdirSync(folder)
  for (const tool of TOOLS) symlinkSync(pathOf(tool), join(folder, tool))
  symlinkSync(pathOf(bash), join(folder, 'bash'))
  return folder
}

/** Where a program of the system is, not one of node_modules. Throws if it is nowhere. */
export function pathOf(program: string): string {
  const folders = (process.env['PATH'] ?? '').split(':').filter(folder => !folder.includes('node_modules'))
  const env = { PATH: folders.join(':') }
  return execFileSync('/bin/sh', ['-c', 'command -v -- "$1"', 'sh', program], {
    encoding: 'utf8',
    env,
  }).trim()
}

/** The environment that a process began with; empty when it is gone. */
function environment(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1')
  } catch {
    return ''
  }
}

function fileName(name: string): string {
  return name.replaceAll('/', '%')
}

const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGKILL: 9,
  SIGPIPE: 13,
  SIGTERM: 15,
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return SIGNALS[signal ?? ''] ?? 0
}
