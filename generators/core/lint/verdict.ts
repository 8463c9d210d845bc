import { visible } from '../problem.ts'
import { type Column, formatTable, type Screen } from '../table.ts'
import type { FileReport, PlacedFinding } from './lint-file.ts'

/** What is said of a file in one word. */
export type Verdict = 'clean' | 'findings' | 'fixed' | 'missing' | 'unreadable'

const COLUMNS: readonly Column[] = [
  { header: 'VERDICT', shrink: 'never', minimum: 0 },
  { header: 'FILE', shrink: 'middle', minimum: 24 },
]

/** Every file with its verdict, and all of them together. */
export async function summary(reports: readonly FileReport[], screen: Screen): Promise<string> {
  const rows = reports.map(report => ({
    cells: [verdictText(report), visible(report.file)],
    dim: verdictOf(report) === 'clean',
  }))
  const total = `${plural(reports.length, 'file')}: ${totalText(reports)}`
  return `${await formatTable(COLUMNS, rows, screen)}\n${total}`
}

function totalText(reports: readonly FileReport[]): string {
  const readable = reports.filter(report => report.readable)
  const unreadable = reports.length - readable.length
  const fixable = count(readable, ({ edit, fixed }) => edit !== null && !fixed)
  const parts = [
    ...counts(
      count(reports, ({ fixed }) => fixed),
      count(reports, ({ fixed }) => !fixed),
    ),
    ...(unreadable === 0 ? [] : [`${unreadable} cannot be read`]),
  ]
  const hint = fixable === 0 ? '' : `; --fix corrects ${fixable === 1 ? 'one' : fixable}`
  return (parts.length === 0 ? 'clean' : parts.join(', ')) + hint
}

function verdictText({ findings, there, readable }: FileReport): string {
  if (!there) return 'missing'
  const left = findings.filter(({ fixed }) => !fixed).length
  const parts = [...(readable ? [] : ['cannot be read']), ...counts(findings.length - left, left)]
  return parts.length === 0 ? 'clean' : parts.join(', ')
}

function counts(fixed: number, left: number): string[] {
  return [...(fixed === 0 ? [] : [`fixed ${fixed}`]), ...(left === 0 ? [] : [plural(left, 'finding')])]
}

function plural(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** A file that cannot be read may have findings all the same. */
export function verdictOf({ findings, there, readable }: FileReport): Verdict {
  if (!there) return 'missing'
  if (!readable) return 'unreadable'
  if (findings.length === 0) return 'clean'
  return findings.every(({ fixed }) => fixed) ? 'fixed' : 'findings'
}

/** How many findings of some kind there are. */
export function count(reports: readonly FileReport[], which: (finding: PlacedFinding) => boolean): number {
  return reports.flatMap(({ findings }) => findings.filter(which)).length
}
