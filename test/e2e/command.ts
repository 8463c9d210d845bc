import { type ChildProcess, spawn } from 'node:child_process'

export interface Result {
  /** Exit code, or null when a signal ended the command. */
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  /** Added to the base environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** Text for stdin, which is /dev/null without it. */
  readonly input?: string
  /** Keeps stdin open for type(). */
  readonly keyboard?: boolean
  /** Milliseconds until the command and its children are killed and the promise is rejected. */
  readonly timeout?: number
  /** Runs the command as an argument of this bash, so one script can be tried with several versions. */
  readonly bash?: string
}

export type Environment = Readonly<Record<string, string | undefined>>

const PATIENCE = 120_000

/** A command under way, leader of a process group of its own: a test may look at it and send it signals. */
export class Running {
  readonly done: Promise<Result>
  readonly #child: ChildProcess
  #stdout = ''
  #stderr = ''
  #ended = false

  constructor(command: readonly string[], base: Environment, options: CommandOptions = {}) {
    const [file, ...args] = options.bash === undefined ? command : [options.bash, ...command]
    if (file === undefined) throw new Error('no command given')
    this.#child = spawn(file, args, {
      cwd: options.cwd,
      env: { ...base, ...options.env },
      stdio: [options.input === undefined && !options.keyboard ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      detached: true,
    })
    this.done = this.#follow([file, ...args].join(' '), options.timeout ?? PATIENCE)
    this.#child.stdin?.on('error', () => {}) // a command may end without reading its input
    if (options.keyboard) this.type(options.input ?? '')
    else this.#child.stdin?.end(options.input)
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** What was printed so far. */
  get stdout(): string {
    return this.#stdout
  }

  get stderr(): string {
    return this.#stderr
  }

  /** Writes to stdin, which options.keyboard keeps open. */
  type(text: string): void {
    this.#child.stdin?.write(text)
  }

  /** Sends a signal to the command alone, or with 'group' also to its children, as Ctrl-C in a terminal does. */
  kill(signal: NodeJS.Signals, to: 'command' | 'group' = 'command'): void {
    const { pid } = this.#child
    if (pid === undefined || this.#ended) return
    try {
      process.kill(to === 'group' ? -pid : pid, signal)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
    }
  }

  #follow(shown: string, timeout: number): Promise<Result> {
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
    })
    return new Promise((resolve, reject) => {
      let late = false
      const timer = setTimeout(() => {
        late = true
        this.kill('SIGKILL', 'group')
      }, timeout)
      this.#child.once('error', error => {
        this.#ended = true
        clearTimeout(timer)
        reject(error)
      })
      // 'close' waits for everyone who holds the pipes, so an orphan that outlives its script is noticed here.
      this.#child.once('close', (status, signal) => {
        this.#ended = true
        clearTimeout(timer)
        const { stdout, stderr } = this
        if (late)
          reject(new Error(`killed after ${timeout} ms: ${shown}\nstdout:\n${stdout}\nstderr:\n${stderr}`))
        else resolve({ status, signal, stdout, stderr })
      })
    })
  }
}

/** Runs a command to its end. A failure is a result, only a command that cannot start or never ends rejects. */
export function run(
  command: readonly string[],
  base: Environment,
  options: CommandOptions = {},
): Promise<Result> {
  return new Running(command, base, options).done
}

/** Runs a command that the laboratory itself needs, so its failure is an error. */
export async function must(
  command: readonly string[],
  base: Environment,
  options: CommandOptions = {},
): Promise<string> {
  const result = await run(command, base, options)
  if (result.status === 0) return result.stdout
  throw new Error(`${command.join(' ')}: status ${result.status ?? result.signal}\n${result.stderr}`)
}
