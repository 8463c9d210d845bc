import { indexOr, SPACE, skip } from './lines.ts'

/** A word such as `--from=x` without quotes and escapes, and where each of its characters stands in the statement. */
export interface Flag {
  readonly text: string
  readonly at: readonly number[]
}

/** A part of a flag, such as its value. */
export function sliceFlag({ text, at }: Flag, from: number, to = text.length): Flag {
  return { text: text.slice(from, to), at: at.slice(from, to) }
}

/** Flags, and where the rest begins. */
export interface Flags {
  readonly flags: readonly Flag[]
  readonly end: number
}

/**
 * Reads flags up to the first word that is none, or to `--`, by extractBuilderFlags of
 * https://github.com/moby/buildkit/blob/master/frontend/dockerfile/parser/split_command.go.
 */
export function readFlags(text: string, from: number, escapeChar: string): Flags {
  const flags: Flag[] = []
  let at = skip(text, from)
  while (text.startsWith('--', at)) {
    const { flag, end } = readFlag(text, at, escapeChar)
    at = skip(text, end)
    if (flag.text === '--') break
    flags.push(flag)
  }
  return { flags, end: at }
}

function readFlag(
  text: string,
  from: number,
  escapeChar: string,
): { readonly flag: Flag; readonly end: number } {
  const chars: string[] = []
  const places: number[] = []
  let quote: string | null = null
  let at = from
  for (; at < text.length; at++) {
    const char = text[at] as string
    if (quote === null && SPACE.test(char)) break
    if (char === quote) quote = null
    else if (quote === null && (char === '"' || char === "'")) quote = char
    else if (char !== escapeChar || ++at < text.length) {
      chars.push(text[at] as string)
      places.push(at)
    }
  }
  return { flag: { text: chars.join(''), at: places }, end: at }
}

/**
 * The value of `from` in each `--mount`, whose fields are those of a line of CSV (parseMount of
 * https://github.com/moby/buildkit/blob/master/frontend/dockerfile/instructions/commands_runmount.go).
 */
export function mountSources(flags: readonly Flag[]): Flag[] {
  const mounts = flags.filter(({ text }) => text.startsWith('--mount='))
  return mounts.flatMap(mount => mountSource(sliceFlag(mount, '--mount='.length)) ?? [])
}

/** The last one counts. */
function mountSource(mount: Flag): Flag | null {
  const { text } = mount
  let source: Flag | null = null
  for (let from = 0; from <= text.length; ) {
    const quoted = text[from] === '"'
    const begin = quoted ? from + 1 : from
    const end = quoted ? closingQuote(text, begin) : fieldEnd(text, from)
    if (/^from=/i.test(text.slice(begin, end))) source = unquoted(sliceFlag(mount, begin + 5, end))
    from = fieldEnd(text, end) + 1
  }
  return source
}

function fieldEnd(text: string, from: number): number {
  return indexOr(text.indexOf(',', from), text.length)
}

function closingQuote(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] !== '"') continue
    if (text[at + 1] !== '"') return at
    at++
  }
  return text.length
}

/** Two quotes in a quoted field are one. */
function unquoted({ text, at }: Flag): Flag {
  return { text: text.replaceAll('""', '"'), at }
}
