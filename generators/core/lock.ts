import { compare } from './order.ts'
import { InputError, Invalid, type Location, type Problem } from './problem.ts'
import { formatReference, parseReference, shortReference } from './reference.ts'

/** What the push script has recorded, beside itself. */
export const LOCK_FILE = 'relay-lock.tsv'

/** What came from where, and what is at the target since. One for each source and platform. */
export interface LockRow {
  /** As the scripts have it, such as `nginx:1.27`. */
  readonly source: string
  /** null: unknown. */
  readonly sourceDigest: string | null
  /** With its registry and tag; null where the image was only pulled so far. */
  readonly target: string | null
  /** null: unknown. */
  readonly targetDigest: string | null
  readonly platform: string
  readonly at: Location
}

/** A lock that digests are wanted from. */
export interface LockSource {
  readonly path: string
  /** Its name for messages. */
  readonly file: string
  /** What asks for digests. */
  readonly where: string
  /** How to do without them. */
  readonly without: string
}

const COLUMNS = ['source', 'source digest', 'target', 'target digest', 'platform'] as const
const UNKNOWN = '-'

/** Reads a lock. `file` is its name for messages. Throws InputError with all problems. */
export function parseLock(text: string, file: string): LockRow[] {
  const [header = '', ...lines] = text
    .replace(/^\ufeff/, '')
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
  if (header !== COLUMNS.join('\t')) throw new InputError([wrongHeader(header, file)])
  const problems: Problem[] = []
  const rows = lines.flatMap((line, index) => readRow(line, { file, line: index + 2, column: 1 }, problems))
  const once = [...groupRows(rows).values()].map(group => onlyOne(group, problems))
  if (problems.length > 0) throw new InputError(problems)
  return once
}

/** The text of a lock: its header, and the lines in the order of code units, as `LC_ALL=C sort` has them. */
export function formatLock(rows: readonly LockRow[]): string {
  return [COLUMNS.join('\t'), ...rows.map(lineOf).sort(compare)].map(line => `${line}\n`).join('')
}

/**
 * The rows of several locks as one lock: equal rows once, what is known in place of what is not. Throws InputError
 * where two locks know different things.
 */
export function mergeLocks(locks: readonly (readonly LockRow[])[]): LockRow[] {
  const problems: Problem[] = []
  const rows = [...groupRows(locks.flat()).values()].map(group => mergeRows(group, problems))
  if (problems.length > 0) throw new InputError(problems)
  return rows.sort((a, b) => compare(lineOf(a), lineOf(b)))
}

function lineOf({ source, sourceDigest, target, targetDigest, platform }: LockRow): string {
  return [source, sourceDigest ?? UNKNOWN, target ?? UNKNOWN, targetDigest ?? UNKNOWN, platform].join('\t')
}

function wrongHeader(header: string, file: string): Problem {
  const what = `not the first line of a lock: "${header.slice(0, 80)}"`
  const cure = `it has ${COLUMNS.join(', ')}, with tabs between them: name a lock that the push script wrote`
  return { at: { file, line: 1, column: 1 }, where: null, what, cure }
}

function readRow(line: string, at: Location, problems: Problem[]): LockRow[] {
  const cells = line.split('\t')
  if (cells.length !== COLUMNS.length) {
    const what = `${cells.length} ${cells.length === 1 ? 'column' : 'columns'}, and a lock has ${COLUMNS.length}`
    problems.push({ at, where: null, what, cure: 'write one tab between two values, or remove the line' })
    return []
  }
  const before = problems.length
  const cell = <T>(index: number, read: (value: string) => T): T | null => {
    try {
      return read(cells[index] ?? '')
    } catch (error) {
      if (!(error instanceof Invalid)) throw error
      const column = cells.slice(0, index).join('\t').length + Math.min(index, 1) + 1
      problems.push({
        at: { ...at, column },
        where: COLUMNS[index] ?? null,
        what: error.what,
        cure: error.cure,
      })
      return null
    }
  }
  const source = cell(0, readSource)
  const target = cells[2] === UNKNOWN ? null : cell(2, readTarget)
  const platform = cell(4, readPlatform)
  const [sourceDigest, targetDigest] = [cell(1, readDigest), cell(3, readDigest)]
  const bad = problems.length > before || source === null || platform === null
  return bad ? [] : [{ source, sourceDigest, target, targetDigest, platform, at }]
}

/** Whoever wrote it in full means the same image. */
function readSource(text: string): string {
  const reference = parseReference(text)
  if (reference.tag === null && reference.digest === null) {
    throw new Invalid(`"${text}" has neither tag nor digest`, `write "${text}:latest" if that is meant`)
  }
  return shortReference(reference)
}

function readTarget(text: string): string {
  const reference = parseReference(text)
  const full = formatReference(reference)
  if (reference.tag === null) throw new Invalid(`"${text}" has no tag`, 'write the tag that was pushed')
  if (reference.digest !== null) {
    throw new Invalid(`"${text}" has a digest`, 'write it in the column of its own')
  }
  if (full !== text) throw new Invalid(`"${text}" is not written in full`, `write "${full}"`)
  return text
}

function readDigest(text: string): string | null {
  if (text === UNKNOWN) return null
  if (/^sha256:[a-f0-9]{64}$/.test(text)) return text
  const cure = `"sha256:" and 64 digits 0-9 and a-f, or "${UNKNOWN}" where it is not known`
  throw new Invalid(`not a digest: "${text.slice(0, 80)}"`, cure)
}

function readPlatform(text: string): string {
  if (/^[a-z0-9]+\/[a-z0-9_]+(\/v[0-9]+)?$/.test(text)) return text
  throw new Invalid(`not a platform: "${text.slice(0, 80)}"`, 'such as linux/amd64')
}

type Group = readonly [LockRow, ...LockRow[]]

/** The rows of each source and platform. */
function groupRows(rows: readonly LockRow[]): ReadonlyMap<string, Group> {
  const groups = new Map<string, [LockRow, ...LockRow[]]>()
  for (const row of rows) {
    const key = `${row.source}\t${row.platform}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  return groups
}

/** In one file, a second row for the same thing has to be the same row. */
function onlyOne([first, ...others]: Group, problems: Problem[]): LockRow {
  for (const other of others) {
    if (lineOf(other) === lineOf(first)) continue
    const what = `${nameOf(other)} stands on line ${first.at.line}, too, and differs`
    problems.push({ at: other.at, where: null, what, cure: 'remove the line that is out of date' })
  }
  return first
}

function mergeRows(rows: Group, problems: Problem[]): LockRow {
  const [first] = rows
  const target = oneOf(rows, 'target', row => row.target, problems)
  // What is known of another target says nothing about this one.
  const same = rows.filter(row => row.target === target || row.target === null)
  return {
    ...first,
    target,
    sourceDigest: oneOf(same, 'source digest', row => row.sourceDigest, problems),
    targetDigest: oneOf(same, 'target digest', row => row.targetDigest, problems),
  }
}

/** The one value that rows know. Each value that differs from the first is a problem, once. */
function oneOf(
  rows: readonly LockRow[],
  column: string,
  read: (row: LockRow) => string | null,
  problems: Problem[],
): string | null {
  const values = new Map<string, LockRow>()
  for (const row of rows) {
    const value = read(row)
    if (value !== null && !values.has(value)) values.set(value, row)
  }
  const [known, ...others] = values
  if (known === undefined) return null
  const [value, { at: first }] = known
  for (const [other, row] of others) {
    const what = `${nameOf(row)} has ${other} here and ${value} in ${first.file}:${first.line}`
    const cure = 'remove the line that is out of date, or push the image again'
    problems.push({ at: row.at, where: column, what, cure })
  }
  return value
}

function nameOf({ source, platform }: LockRow): string {
  return `"${source}" for ${platform}`
}
