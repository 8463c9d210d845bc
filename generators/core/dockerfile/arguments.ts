import type { Instruction } from './instruction.ts'
import type { Instructions } from './instructions.ts'
import { indexOr, SPACE } from './lines.ts'
import { normalPlatform } from './platform.ts'
import { attempt, type Run } from './run.ts'
import { type Expansion, expand, type Variables } from './shell-words.ts'
import { offsetIn, spanIn } from './statements.ts'

/** What variables in FROM mean: only an ARG before the first FROM counts there. */
export interface Globals extends Variables {
  readonly values: Map<string, string>
}

/** A name that ARG declares, and the default that it has there. */
export interface Argument {
  readonly name: string
  /** With its quotes and variables, lines joined; null where there is none. */
  readonly value: string | null
  /** Whether it stands before the first FROM, where FROM sees it. */
  readonly global: boolean
  /** Where the default stands in the file, else the name. */
  readonly start: number
  readonly end: number
}

/**
 * The variables that FROM has without any ARG, by defaultArgs of
 * https://github.com/moby/buildkit/blob/master/frontend/dockerfile/dockerfile2llb/platform.go.
 */
export function predefined({ input, fuel }: Run, { instructions, escapeChar }: Instructions): Globals {
  const platform = normalPlatform(input.platform, input.platform)
  const [system = '', architecture = '', variant = ''] = platform?.split('/') ?? [input.platform]
  const last = instructions.findLast(({ keyword }) => keyword === 'from')
  const name = last && splitWords(last.rest, escapeChar)[2]?.text.toLowerCase()
  const values = new Map([['TARGETSTAGE', input.target || name || 'default']])
  for (const side of ['BUILD', 'TARGET']) {
    values.set(`${side}PLATFORM`, platform ?? input.platform)
    values.set(`${side}OS`, system).set(`${side}OSVERSION`, '')
    values.set(`${side}ARCH`, architecture).set(`${side}VARIANT`, variant)
  }
  for (const [key, value] of values) values.set(key, input.args.get(key) ?? value)
  return { values, unset: input.unset ?? '', escapeChar, fuel }
}

/** What `ARG NAME[=value]…` declares. */
export function readArguments(
  { statement, restAt, rest }: Instruction,
  escapeChar: string,
  global: boolean,
): Argument[] {
  return splitWords(rest, escapeChar).map(({ text, at }) => {
    const equals = indexOr(text.indexOf('='), text.length)
    const value = equals === text.length ? null : text.slice(equals + 1)
    const from = restAt + at + (value ? equals + 1 : 0)
    const span = spanIn(statement, from, restAt + at + text.length - 1)
    return { name: text.slice(0, equals), value, global, ...span }
  })
}

/** What ARG before the first FROM sets. A build argument counts only where there is one. */
export function readGlobals(
  run: Run,
  { statement, restAt }: Instruction,
  declared: readonly Argument[],
  globals: Globals,
): void {
  const offset = offsetIn(statement, restAt)
  for (const { name, value } of declared) {
    const given = run.input.args.get(name)
    if (given !== undefined) globals.values.set(name, given)
    else if (value !== null) {
      const preset = fill(run, offset, value, globals)
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

/** A word, and where it begins. */
interface Word {
  readonly text: string
  readonly at: number
}

/**
 * Words with their quotes and escapes, by parseWords of
 * https://github.com/moby/buildkit/blob/master/frontend/dockerfile/parser/line_parsers.go: what they mean is for expand.
 */
function splitWords(text: string, escapeChar: string): Word[] {
  const words: Word[] = []
  let quote: string | null = null
  let start: number | null = null
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string
    if (quote === null && SPACE.test(char)) {
      if (start !== null) words.push({ text: text.slice(start, at), at: start })
      start = null
      continue
    }
    start ??= at
    if (char === escapeChar && quote !== "'") at++
    else if (char === quote) quote = null
    else if (quote === null && (char === '"' || char === "'")) quote = char
  }
  if (start !== null) words.push({ text: text.slice(start), at: start })
  return words
}
