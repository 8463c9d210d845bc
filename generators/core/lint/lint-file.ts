import { lstatSync } from 'node:fs'
import { STDIN } from '../compose/files.ts'
import { type Line, placeIn, splitLines } from '../dockerfile/lines.ts'
import { applyEdits } from '../edits.ts'
import { replaceContent } from '../output.ts'
import { InputError, type Location, type Problem } from '../problem.ts'
import { lintCompose } from './compose.ts'
import { lintDockerfile } from './dockerfile.ts'
import type { LintedFile } from './files.ts'
import type { FileFindings, Finding } from './finding.ts'

/** A finding with its place, lines and columns from 1, and whether it is there no more. */
export interface PlacedFinding extends Finding {
  readonly at: Location
  readonly until: Location
  readonly fixed: boolean
}

/** What has become of a file. */
export interface FileReport {
  readonly file: string
  readonly kind: 'compose' | 'dockerfile'
  readonly findings: readonly PlacedFinding[]
  /** Whether it is there: who runs a project need not have what it is built from. */
  readonly there: boolean
  /** Whether it could be read as a whole. */
  readonly readable: boolean
  /** Why it could not be read, or not be written. */
  readonly errors: readonly Problem[]
  readonly notes: readonly Problem[]
}

/** Looks at a file and, where that is wanted, writes what it should be. */
export function lintFile(file: LintedFile, fix: boolean): FileReport {
  const kind = file.lookup === null ? 'dockerfile' : 'compose'
  const report = {
    file: file.name,
    kind,
    findings: [],
    there: true,
    readable: true,
    errors: [],
    notes: [],
  } as const
  try {
    const text = readFile(file)
    if (text === null) return { ...report, there: false, notes: absent(file) }
    const found = lintText(file, text)
    const lines = splitLines(text)
    const { written, errors, notes } = fix ? correct(file, text, found) : NOTHING
    return {
      ...report,
      findings: found.findings.map(finding => placed(finding, lines, file.name, written)),
      readable: found.errors.length === 0,
      errors: [...found.errors, ...errors],
      notes: [...found.notes, ...notes],
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return { ...report, readable: false, errors: error.problems }
  }
}

function absent({ name, named }: LintedFile): Problem[] {
  return named === null ? [] : [{ ...named, what: `there is no ${name}`, cure: null }]
}

/** null where a service names a file that is not there. */
function readFile({ name, named, read }: LintedFile): string | null {
  const text = read()
  if (text !== null || named !== null) return text
  const missing = { what: 'there is no such file', cure: 'correct the path' }
  throw new InputError([{ at: { file: name, line: 1, column: 1 }, where: null, ...missing }])
}

function lintText({ path, name, lookup }: LintedFile, text: string): FileFindings {
  if (lookup !== null) return lintCompose({ text, path, name, lookup })
  const { findings, errors, notes } = lintDockerfile(text)
  const problem = ({ line, column, what, cure }: (typeof errors)[number]): Problem => ({
    at: { file: name, line, column },
    where: null,
    what,
    cure,
  })
  return { findings, errors: errors.map(problem), notes: notes.map(problem) }
}

/** Whether a file was written, and why not. */
interface Correction {
  readonly written: boolean
  readonly errors: readonly Problem[]
  readonly notes: readonly Problem[]
}

const NOTHING: Correction = { written: false, errors: [], notes: [] }

/** Writes the file with its changes. */
function correct(file: LintedFile, text: string, { findings, errors }: FileFindings): Correction {
  const edits = findings.flatMap(({ edit }) => edit ?? [])
  if (edits.length === 0) return NOTHING
  const problem = (why: string, cure: string) => [
    { at: { file: file.name, line: 1, column: 1 }, where: null, what: `nothing is changed: ${why}`, cure },
  ]
  const leave = (why: string, cure: string) => ({ ...NOTHING, notes: problem(why, cure) })
  if (errors.length > 0) return leave('the file has faults', 'correct them first')
  if (file.path === STDIN) return leave('it is the standard input', 'name a file')
  if (lstatSync(file.path).isSymbolicLink()) return leave('it is a link', 'name the file that it leads to')
  const corrected = applyEdits(text, edits)
  const after = lintText(file, corrected)
  if (after.errors.length > 0 || after.findings.length !== findings.length - edits.length)
    return leave('the result would not read as it should', 'change it by hand')
  try {
    replaceContent(file.path, corrected)
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error
    return { ...NOTHING, errors: problem(error.message, 'make file and folder writable') }
  }
  return { ...NOTHING, written: true }
}

function placed(finding: Finding, lines: readonly Line[], file: string, written: boolean): PlacedFinding {
  const [at, until] = [finding.start, finding.end].map(offset => ({ file, ...placeIn(lines, offset) }))
  return { ...finding, at: at as Location, until: until as Location, fixed: written && finding.edit !== null }
}
