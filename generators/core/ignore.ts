import { type Matcher, parsePattern } from './pattern.ts'
import { InputError, Invalid, type Location, type Problem } from './problem.ts'

/** One pattern of an ignore file. */
export interface IgnoreLine {
  readonly text: string
  readonly at: Location
  readonly matches: Matcher
}

/**
 * The patterns of an ignore file: one a line, `#` begins a comment, blank lines, CRLF and a byte order mark do no
 * harm. `file` is the name for messages. Throws InputError with every line that is no pattern.
 */
export function parseIgnoreFile(text: string, file: string): IgnoreLine[] {
  const lines: IgnoreLine[] = []
  const problems: Problem[] = []
  for (const [index, line] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const pattern = line.replace(/(^|\s)#.*$/, '').trim()
    const at = { file, line: index + 1, column: line.length - line.trimStart().length + 1 }
    if (pattern === '') continue
    try {
      lines.push({ text: pattern, at, matches: parsePattern(pattern) })
    } catch (error) {
      if (!(error instanceof Invalid)) throw error
      problems.push({ at, where: null, what: error.what, cure: error.cure })
    }
  }
  if (problems.length > 0) throw new InputError(problems)
  return lines
}
