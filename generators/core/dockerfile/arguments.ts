import type { Instruction } from './instruction.ts'
import type { Instructions } from './instructions.ts'
import { indexOr, SPACE } from './lines.ts'
import { normalPlatform } from './platform.ts'
import { attempt, type Run } from './run.ts'
import { type Expansion, expand, type Variables } from './shell-words.ts'
import { offsetIn } from './statements.ts'

/** What variables in FROM mean: only an ARG before the first FROM counts there. */
export interface Globals extends Variables {
  readonly values: Map<string, string>
}

/**
 * The variables that FROM has without any ARG, by defaultArgs of
 * https://github.com/moby/buildkit/blob/master/frontend/dockerfile/dockerfile2llb/platform.go.
 */
export function predefined({ input, fuel }: Run, { instructions, escapeChar }: Instructions): Globals {
  const platform = normalPlatform(input.platform, input.platform)
  const [system = '', architecture = '', variant = ''] = platform?.split('/') ?? [input.platform]
  const last = instructions.findLast(({ keyword }) => keyword === 'from')
  const name = last && splitWords(last.rest, escapeChar)[2]?.toLowerCase()
  const values = new Map([['TARGETSTAGE', input.target || name || 'default']])
  for (const side of ['BUILD', 'TARGET']) {
    values.set(`${side}PLATFORM`, platform ?? input.platform)
    values.set(`${side}OS`, system).set(`${side}OSVERSION`, '')
    values.set(`${side}ARCH`, architecture).set(`${side}VARIANT`, variant)
  }
  for (const [key, value] of values) values.set(key, input.args.get(key) ?? value)
  return { values, escapeChar, fuel }
}

/** `ARG NAME[=value]…` before the first FROM. A build argument counts only where there is one. */
export function readGlobals(run: Run, { statement, restAt, rest }: Instruction, globals: Globals): void {
  const offset = offsetIn(statement, restAt)
  for (const word of splitWords(rest, globals.escapeChar)) {
    const equals = indexOr(word.indexOf('='), word.length)
    const name = word.slice(0, equals)
    const given = run.input.args.get(name)
    if (given !== undefined) globals.values.set(name, given)
    else if (equals < word.length) {
      const preset = fill(run, offset, word.slice(equals + 1), globals)
      if (preset !== null) globals.values.set(name, preset.value)
    }
  }
}

/** Fills in variables. null where that cannot be done, which is reported. */
export function fill(run: Run, offset: number, text: string, globals: Globals): Expansion | null {
  return attempt(run, offset, () => expand(text, globals))
}

/** What to do about variables that have no value. */
export function missing(unset: readonly string[]): string | null {
  const names = unset.slice(0, 3)
  if (names.length === 0) return null
  const defaults = names.map(name => `ARG ${name}=…`).join(' ')
  const what = names.length === 1 ? `${names[0]} has` : `${names.join(', ')} have`
  return `${what} no value here: write ${defaults} before the first FROM, or give a build argument to an ARG there`
}

/**
 * Words with their quotes and escapes, by parseWords of
 * https://github.com/moby/buildkit/blob/master/frontend/dockerfile/parser/line_parsers.go: what they mean is for expand.
 */
function splitWords(text: string, escapeChar: string): string[] {
  const words: string[] = []
  let quote: string | null = null
  let start: number | null = null
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string
    if (quote === null && SPACE.test(char)) {
      if (start !== null) words.push(text.slice(start, at))
      start = null
      continue
    }
    start ??= at
    if (char === escapeChar && quote !== "'") at++
    else if (char === quote) quote = null
    else if (quote === null && (char === '"' || char === "'")) quote = char
  }
  if (start !== null) words.push(text.slice(start))
  return words
}
