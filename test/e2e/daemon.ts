import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Environment } from './command.ts'

export interface DaemonSpec {
  /** How error messages call it. */
  readonly name: string
  readonly command: readonly string[]
  readonly env: Environment
  /** File that its stdout is appended to. */
  readonly stdout: string
  /** File that its stderr is appended to; its end is shown when the start fails. */
  readonly stderr: string
  /** Asked every few milliseconds, with what stderr received since this start, until it says true. */
  readonly ready: (output: string) => Promise<boolean>
}

const START = 30_000
const GRACE = 20_000
const PAUSE = 20

/** A server that the laboratory starts, and ends by its pid. It also gets TERM when this process dies, by whatever. */
export class Daemon {
  readonly spec: DaemonSpec
  #child: ChildProcess | null = null

  constructor(spec: DaemonSpec) {
    this.spec = spec
  }

  get running(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null
  }

  get pid(): number | undefined {
    return this.running ? this.#child?.pid : undefined
  }

  /** Starts the server, or starts it again, and returns when it answers. */
  async start(): Promise<void> {
    if (this.running) throw new Error(`${this.spec.name} is running already`)
    const { command, env, stdout, stderr } = this.spec
    const files = [openSync(stdout, 'a'), openSync(stderr, 'a')]
    const from = statSync(stderr).size
    // A session of its own, so that Ctrl-C on vitest does not end the servers under a running test.
    const child = spawn('setpriv', ['--pdeathsig', 'TERM', ...command], {
      env,
      detached: true,
      stdio: ['ignore', ...files],
    })
    this.#child = child
    for (const file of files) closeSync(file)
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve).once('error', reject)
    })
    await this.#await(() => readFileSync(stderr).subarray(from).toString())
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) this.#child?.kill(signal)
  }

  /** Ends the server and returns when it is gone: TERM, then KILL if it does not listen. */
  async stop(): Promise<void> {
    this.signal('SIGTERM')
    if (!(await this.#gone(GRACE))) await this.kill()
  }

  /** Ends the server at once, as a crash does. */
  async kill(): Promise<void> {
    this.signal('SIGKILL')
    if (!(await this.#gone(GRACE))) throw new Error(`${this.spec.name} survived KILL`)
  }

  async #await(output: () => string): Promise<void> {
    const end = Date.now() + START
    while (!(await this.spec.ready(output()))) {
      const late = Date.now() > end
      if (!late && this.running) {
        await sleep(PAUSE)
        continue
      }
      const code = this.#child?.exitCode ?? this.#child?.signalCode
      await this.stop()
      const tail = output().trimEnd().split('\n').slice(-15).join('\n')
      const what = late ? `did not answer within ${START / 1000} s` : `ended at its start (${code})`
      throw new Error(`${this.spec.name} ${what}; the end of ${this.spec.stderr}:\n${tail}`)
    }
  }

  async #gone(patience: number): Promise<boolean> {
    const end = Date.now() + patience
    while (this.running && Date.now() < end) await sleep(PAUSE)
    return !this.running
  }
}
