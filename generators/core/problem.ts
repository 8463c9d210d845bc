/** Where something stands in a file that the user wrote. Line and column count from 1. */
export interface Location {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** One thing that a user has to know: place, value and cure. */
export interface Problem {
  /** null when the thing stands in no file, such as a flag. */
  readonly at: Location | null
  /** The path of the value in its file, such as `services.web.image`, or the name of a flag. */
  readonly where: string | null
  /** What is wrong, with the value. */
  readonly what: string
  /** What the user can do about it. */
  readonly cure: string | null
  /** The line of the file and a caret under the place, where that helps. */
  readonly snippet?: string
}

/** A value that a pure function refuses. Whoever knows the place turns it into a Problem. */
export class Invalid extends Error {
  constructor(
    readonly what: string,
    readonly cure: string | null = null,
  ) {
    super(what)
  }
}

/** Everything that stops a run, all at once. The command line prints it and exits with 2. */
export class InputError extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'))
  }
}

/** One line: `file:line:col: where: what: cure`. Control and bidirectional characters are made visible. */
export function formatProblem({ at, where, what, cure }: Problem): string {
  const place = at === null ? null : `${at.file}:${at.line}:${at.column}`
  return [place, where, what, cure]
    .filter(part => part !== null && part !== '')
    .map(part => visible(part as string))
    .join(': ')
}

/** Runs `read`; what is wrong there joins the other problems, and null is returned. */
export function gather<T>(problems: Problem[], read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    problems.push(...error.problems)
    return null
  }
}

/** Each problem once: a file that is read twice has the same to tell. */
export function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map(problem => [formatProblem(problem), problem])).values()]
}

/** Characters that could end a line, move a terminal's cursor or reorder text, as `\u{…}`. */
export function visible(text: string): string {
  return text.replace(HIDDEN, char => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)
}

/** Control characters, line separators, bidirectional marks and overrides, zero-width characters, lone surrogates. */
export const HIDDEN =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Surrogate}/gu
