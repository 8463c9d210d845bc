import { applyEdits, type Edit } from '../edits.ts'
import type { Location, Problem } from '../problem.ts'
import { lintDockerfile } from './dockerfile.ts'
import type { FileFindings, Finding, Token } from './finding.ts'

/** What lint has to say of a Dockerfile that stands in a compose file, places as offsets there. */
export interface InlineFindings extends FileFindings {
  /** The Dockerfile as it is to be. */
  readonly wanted: string
  /** Its string in the compose file with all the changes, or null where there are none. */
  readonly edit: Edit | null
}

/** `value` is the Dockerfile, `token` the string that holds it: quotes, escapes and indentation may come between. */
export function lintInline(token: Token, value: string, at: Location): InlineFindings {
  const { findings, errors, notes } = lintDockerfile(value)
  const editIn = changesInside(token, value)
  const placed = findings.map(finding => placeInside(finding, token, errors.length === 0 ? editIn : null))
  const edits = findings.flatMap(({ edit }, index) => (edit !== null && placed[index]?.edit ? [edit] : []))
  const own = placed.flatMap(({ edit }) => edit ?? [])
  const inside = own.map(edit => ({ ...edit, start: edit.start - token.start, end: edit.end - token.start }))
  const end = token.start + token.text.length
  const problem = ({ line, what, cure }: { line: number; what: string; cure: string | null }): Problem => ({
    at,
    where: token.where,
    what: `line ${line}: ${what}`,
    cure,
  })
  return {
    findings: placed,
    errors: errors.map(problem),
    notes: notes.map(problem),
    wanted: applyEdits(value, edits),
    edit: own.length === 0 ? null : { start: token.start, end, text: applyEdits(token.text, inside) },
  }
}

/** The finding where its text stands in the compose file; at the string, and for people, where that is not clear. */
function placeInside(finding: Finding, token: Token, editIn: ((edit: Edit) => Edit | null) | null): Finding {
  const edit = finding.edit === null || editIn === null ? null : editIn(finding.edit)
  const where = `${token.where}: ${finding.where}`
  if (edit !== null) return { ...finding, where, start: edit.start, end: edit.end, edit }
  return withoutEdit({ ...finding, where, start: token.start, end: token.start + token.text.length })
}

/** The same finding where its change is not to be made. */
export function withoutEdit(finding: Finding): Finding {
  return { ...finding, suggestion: null, edit: null }
}

/** What is the third of its kind in the Dockerfile is the third of as many in the string. */
function changesInside({ text, start }: Token, value: string): (edit: Edit) => Edit | null {
  const known = new Map<string, ReadonlyMap<number, number>>()
  return edit => {
    const removed = value.slice(edit.start, edit.end)
    const places = known.get(removed) ?? pairUp(occurrences(value, removed), occurrences(text, removed))
    known.set(removed, places)
    const at = places.get(edit.start)
    return at === undefined ? null : { start: start + at, end: start + at + removed.length, text: edit.text }
  }
}

function pairUp(from: readonly number[], to: readonly number[]): ReadonlyMap<number, number> {
  return new Map(from.length === to.length ? from.map((at, index) => [at, to[index] ?? 0]) : [])
}

function occurrences(text: string, part: string): number[] {
  const found: number[] = []
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) found.push(at)
  return found
}
