import { vi } from 'vitest'
import type { CommandOptions, Environment } from './command.ts'
import type { Lab } from './lab.ts'

/** What Ctrl-C is on a keyboard. */
export const CTRL_C = '\x03'

/** A command under way on a terminal of its own, which is its controlling terminal and stays when it has ended. */
export interface OnTerminal {
  /** Its exit status: 128 and the number of the signal where one ended it. */
  readonly done: Promise<number>
  /** What the terminal showed so far. */
  readonly shown: () => string
  /** Types on the keyboard. */
  type(text: string): void
  /** Sends TERM to the command alone, if it has not ended. */
  terminate(): void
  /** Takes the terminal away. The kernel ends then what is left on it. */
  close(): Promise<void>
}

/** Keeps the terminal: who leads its session, as an interactive shell does, takes all others along at its end. */
const LEADER = `trap : INT; sh -c 'echo "$$"; exec "$@"' sh "$@"; echo "status=$?"; read -r line`

/** Begins a command on a terminal and returns when it has it: what is typed from then on is not lost. */
export async function beginOnTerminal(
  lab: Lab,
  command: readonly string[],
  options: CommandOptions = {},
): Promise<OnTerminal> {
  // Only the command and its children have TMPDIR, by which Lab.strays() finds them.
  const words = ['sh', '-c', LEADER, 'sh', 'env', `TMPDIR=${lab.engine.env['TMPDIR']}`, ...command]
  const env: Environment = { TERM: 'xterm', SHELL: '/bin/sh', ...options.env, TMPDIR: undefined }
  const line = `exec ${words.map(quoted).join(' ')}`
  const running = lab.begin(['script', '-qec', line, '/dev/null'], { ...options, env, keyboard: true })
  const shows = async (pattern: RegExp, timeout: number) =>
    Number(await vi.waitUntil(() => pattern.exec(running.stdout)?.[1], { interval: 5, timeout }))
  const pid = await shows(/^(\d+)\r\n/, 20_000)
  return {
    done: shows(/status=(\d+)\r\n$/, 30_000),
    shown: () => running.stdout,
    type: text => running.type(text),
    terminate: () => {
      try {
        process.kill(pid, 'SIGTERM')
      } catch {
        // it has just ended
      }
    },
    close: async () => {
      running.type('\n')
      await running.done
    },
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
