import { lstatSync, readFileSync } from 'node:fs'
import { STDIN } from '../compose/files.ts'
import { applyEdits } from '../edits.ts'
import { replaceContent } from '../output.ts'
import { InputError, type Location, type Problem } from '../problem.ts'
import { readText } from '../text.ts'
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
  readonly errors: readonly Problem[]
  readonly notes: readonly Problem[]
}

/** Looks at a file and, where that is wanted, writes what it should be. */
export function lintFile(file: LintedFile, fix: boolean): FileReport {
  const kind = file.lookup === null ? 'dockerfile' : 'compose'
  const report = { file: file.name, kind, findings: [], errors: [], notes: [] } as const
  try {
    const text = readFile(file)
    const found = lintText(file, text)
    const problems = fix ? correct(file, text, found) : null
    return {
      ...report,
      findings: found.findings.map(finding => placed(finding, text, file.name, problems?.length === 0)),
      errors: found.errors,
      notes: [...found.notes, ...(problems ?? [])],
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return { ...report, errors: error.problems }
  }
}

function readFile({ path, name, named }: LintedFile): string {
  const text = path === STDIN ? readFileSync(0, 'utf8') : readText(path, name)
  if (text !== null) return text
  const missing = { what: `there is no such file`, cure: 'correct the path' }
  if (named === null) {
    throw new InputError([{ at: { file: name, line: 1, column: 1 }, where: null, ...missing }])
  }
  throw new InputError([{ ...named, what: `there is no ${name}`, cure: missing.cure }])
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

/** Writes the file with its changes. Says why it did not, or nothing. */
function correct(file: LintedFile, text: string, { findings, errors }: FileFindings): readonly Problem[] {
  const edits = findings.flatMap(({ edit }) => edit ?? [])
  if (edits.length === 0) return []
  const refuse = (what: string, cure: string) => [
    { at: { file: file.name, line: 1, column: 1 }, where: null, what: `nothing is changed: ${what}`, cure },
  ]
  if (errors.length > 0) return refuse('the file has faults', 'correct them first')
  if (file.path === STDIN) return refuse('it is the standard input', 'name a file')
  if (lstatSync(file.path).isSymbolicLink()) return refuse('it is a link', 'name the file that it leads to')
  const corrected = applyEdits(text, edits)
  const after = lintText(file, corrected)
  if (after.errors.length > 0 || after.findings.length !== findings.length - edits.length) {
    return refuse('the result would not read as it should', 'change it by hand')
  }
  replaceContent(file.path, corrected)
  return []
}

function placed(finding: Finding, text: string, file: string, written: boolean): PlacedFinding {
  const [at, until] = [locate(text, finding.start, file), locate(text, finding.end, file)]
  return { ...finding, at, until, fixed: written && finding.edit !== null }
}

/** A byte order mark is no column. */
function locate(text: string, offset: number, file: string): Location {
  const before = text.slice(0, offset)
  const start = before.lastIndexOf('\n') + 1
  const mark = start === 0 && text.startsWith('\ufeff') ? 1 : 0
  return { file, line: before.split('\n').length, column: offset - start + 1 - mark }
}
