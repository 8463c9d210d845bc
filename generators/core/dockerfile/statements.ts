import { endWithout, type Line, lastIndexBy, skip, trimmedLine } from './lines.ts'
import { type Run, report } from './run.ts'

/** Lines that are one to Docker: continuations joined, comments and empty lines among them left out. */
export interface Statement {
  readonly text: string
  readonly parts: readonly Part[]
}

/** Where a part of a statement begins in it, and in the file. */
interface Part {
  readonly at: number
  readonly start: number
}

/** Where something stands in the file. */
interface Span {
  readonly start: number
  readonly end: number
}

/** The place in the file of a character of a statement. */
export function offsetIn({ parts }: Statement, at: number): number {
  const part = parts[lastIndexBy(parts, ({ at: begin }) => begin <= at)]
  return part === undefined ? 0 : part.start + at - part.at
}

/** The place in the file of some characters of a statement, by the first and the last of them. */
export function spanIn(statement: Statement, first: number, last: number): Span {
  return { start: offsetIn(statement, first), end: offsetIn(statement, last) + 1 }
}

/** A statement, or null where there is nothing, and the line that comes next. */
interface Joined {
  readonly statement: Statement | null
  readonly end: number
}

/**
 * Joins a line with those that continue it, by Parse of
 * https://github.com/moby/buildkit/blob/master/frontend/dockerfile/parser/parser.go: neither a comment nor an empty
 * line ends a continuation, and the white space before a line that continues another one is part of it.
 */
export function joinLines(run: Run, from: number, escapeChar: string): Joined {
  const texts: string[] = []
  const parts: Part[] = []
  let length = 0
  let next = from
  for (let open = true; open && next < run.lines.length; next++) {
    const line = next === from ? trimmedLine(run.lines[next] as Line) : (run.lines[next] as Line)
    checkLength(run, line)
    if (next > from && isSkipped(line)) continue
    const continued = withoutContinuation(line.text, escapeChar)
    const text = continued ?? line.text
    open = continued !== null
    parts.push({ at: length, start: line.start })
    texts.push(text)
    length += text.length
  }
  return { statement: length === 0 ? null : { text: texts.join(''), parts }, end: next }
}

/** BuildKit refuses more, in bytes. */
const LINE_LIMIT = 65_535

function checkLength(run: Run, { text, start }: Line): void {
  if (text.length * 3 <= LINE_LIMIT || Buffer.byteLength(text) <= LINE_LIMIT) return
  report(run, start, `the line is longer than ${LINE_LIMIT} bytes, which BuildKit refuses`, null)
}

function isSkipped({ text }: Line): boolean {
  const at = skip(text, 0)
  return at === text.length || text[at] === '#'
}

/** null where the line does not go on in the next one. Two escape characters at its end are two characters. */
function withoutContinuation(text: string, escapeChar: string): string | null {
  const end = endWithout(text, /[ \t]/)
  return text[end - 1] === escapeChar && text[end - 2] !== escapeChar ? text.slice(0, end - 1) : null
}
