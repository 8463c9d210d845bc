import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

// All figures are ratios to something else in the same run, taken in turn: single times mean little on shared machines.
// Nothing is asserted.

export const CLI = resolve('dist/cli.js')

export type Command = readonly [string, ...string[]]

/** What a figure is compared with: the start of a program that does nothing. */
export const NOTHING: Command = [process.execPath, '-e', '0']

/** Prints one figure, and what it should be. */
export function report(what: string, figure: string, expected: string): void {
  console.log(`${what.padEnd(70)} ${figure.padStart(10)}   expected ${expected}`)
}

/** Says that figures are missing, and why. */
export function skip(what: string, why: string): void {
  console.log(`SKIPPED: ${what}: ${why}`)
}

/** The same with a ratio. */
export function reportRatio(what: string, ratio: number, expected: string): void {
  report(what, `${ratio.toFixed(2)} x`, expected)
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** The median of the ratios of each round. */
export function medianRatio(above: readonly number[] = [], below: readonly number[] = []): number {
  return median(above.map((value, round) => value / (below[round] ?? Number.NaN)))
}

/** Milliseconds that a function takes. */
export function clock(run: () => void): number {
  const start = process.hrtime.bigint()
  run()
  return Number(process.hrtime.bigint() - start) / 1e6
}

/** Milliseconds of one run of a command, which must succeed. */
export function time([file, ...args]: Command, cwd: string = tmpdir()): number {
  return clock(() => {
    const { status, stderr } = spawnSync(file, args, {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    if (status !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${status}: ${stderr}`)
  })
}

/** Runs the commands in turn, after one round that does not count, and returns the times of each. */
export function side(runs: number, ...commands: readonly Command[]): readonly (readonly number[])[] {
  for (const command of commands) time(command)
  const rounds = Array.from({ length: runs }, () => commands.map(command => time(command)))
  return commands.map((_, index) => rounds.map(round => round[index] ?? Number.NaN))
}

/** Gives a function a folder, which goes when it has ended. */
export async function inFolder(run: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'compose-relay-bench-'))
  try {
    await run(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
