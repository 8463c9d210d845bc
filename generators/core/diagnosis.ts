import { type FailureClass, failureClasses } from './failures.ts'
import { glob } from './pattern.ts'

/** What the text of an error is a sign of, and the part of the text that says so. */
export interface Diagnosis {
  readonly failure: FailureClass
  readonly text: string
}

/** How many lines at the end of an error are looked at as one: templates/lib/failure.bash has the same number. */
const LAST = 3

/**
 * Looks at the end of the text first, as the scripts do, then at each line from the last to the first: people paste
 * more than the error. Text that no class knows is the class `unknown`, never a guess; null where there is none.
 */
export function diagnose(text: string): Diagnosis | null {
  const lines = text
    .split(/\r\n|[\r\n]/)
    .map(plain)
    .filter(line => line !== '')
  const end = lines.slice(-LAST)
  if (end.length === 0) return null
  for (const part of [end.join(' '), ...lines.toReversed()]) {
    const failure = classify(part)
    if (failure.name !== 'unknown')
      return { failure, text: lines.includes(part) ? part : shortest(end, failure) }
  }
  return { failure: classify(''), text: end.join(' ') }
}

/** The first class with a pattern that fits; the last one of the table fits everything. */
function classify(text: string): FailureClass {
  const found = failureClasses().find(({ patterns }) => patterns.some(pattern => glob(pattern, text)))
  if (found === undefined) throw new Error('the table of failures has no class for what is unknown')
  return found
}

/** The one line that is enough for the class, or all of them. */
function shortest(lines: readonly string[], { name }: FailureClass): string {
  return lines.find(line => classify(line).name === name) ?? lines.join(' ')
}

/** Without colours and other control characters. */
function plain(line: string): string {
  return line
    .replace(/\u001b\[[0-9;]*[A-Za-z]/g, '')
    .replace(/[\p{Cc}]/gu, ' ')
    .trim()
}
