import { vi } from 'vitest'
import type { CommandOptions, Result } from './command.ts'
import type { Lab } from './lab.ts'

/** What Ctrl-C is on a keyboard. */
export const CTRL_C = '\x03'

/** A command under way on a terminal of its own, which is its controlling terminal. */
export interface OnTerminal {
  /** The process of the command itself. */
  readonly pid: number
  /** How it ended: what it printed is all in stdout. 128 and its number is the status where a signal ended it. */
  readonly done: Promise<Result>
  /** What the terminal showed so far. */
  readonly shown: () => string
  /** Types on the keyboard. */
  type(text: string): void
}

/** Begins a command on a terminal and returns when it has it: what is typed from then on is not lost. */
export async function beginOnTerminal(
  lab: Lab,
  command: readonly string[],
  options: CommandOptions = {},
): Promise<OnTerminal> {
  const line = `echo "$$"; exec ${command.map(quoted).join(' ')}`
  const running = lab.begin(['script', '-qec', line, '/dev/null'], {
    ...options,
    env: { TERM: 'xterm', SHELL: '/bin/sh', ...options.env },
    keyboard: true,
  })
  await vi.waitUntil(() => running.stdout.includes('\n'), { interval: 5, timeout: 20_000 })
  return {
    pid: Number.parseInt(running.stdout, 10),
    done: running.done,
    shown: () => running.stdout,
    type: text => running.type(text),
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
