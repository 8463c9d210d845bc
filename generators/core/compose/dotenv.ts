import { Invalid } from '../problem.ts'
import { interpolate, type Lookup } from './interpolate.ts'

/** A .env file that Compose refuses. `line` counts from 1; `cause` is what interpolation threw, if it did. */
export class InvalidDotenv extends Invalid {
  constructor(
    what: string,
    cure: string | null,
    readonly line: number,
    override readonly cause: Invalid | null = null,
  ) {
    super(what, cure)
  }
}

/** Hears of each variable that a value reads and nobody sets, which Compose warns of. */
export type OnUnset = (name: string, line: number) => void

/**
 * The variables of a .env file on top of those of `earlier` files, by the rules of
 * https://github.com/compose-spec/compose-go/blob/main/dotenv/parser.go. A value sees `lookup` (the environment of
 * the process), then what stands above it, then the earlier files. A key alone takes its value from `lookup`, and is
 * left out where that has none. Throws InvalidDotenv.
 */
export function parseDotenv(
  text: string,
  lookup: Lookup,
  earlier: ReadonlyMap<string, string> = new Map(),
  onUnset: OnUnset = () => {},
): Map<string, string> {
  const source = text.startsWith('\ufeff') ? text.slice(1) : text
  const values = new Map(earlier)
  const file: EnvFile = { source, lookup, values, onUnset, lineOf: lineCounter(source) }
  for (let at = nextStatement(source, 0); at < source.length; ) {
    at = nextStatement(source, readStatement(file, at))
  }
  return values
}

interface EnvFile {
  readonly source: string
  readonly lookup: Lookup
  readonly values: Map<string, string>
  readonly onUnset: OnUnset
  readonly lineOf: (at: number) => number
}

/** Reads one key and its value, and says where the next statement may begin. */
function readStatement(file: EnvFile, start: number): number {
  const key = readKey(file, start)
  if (key.alone) {
    const value = file.lookup(key.name)
    if (value !== undefined) file.values.set(key.name, value)
    return key.end
  }
  const { value, end } = readValue(file, key.end)
  file.values.set(key.name, value)
  return end
}

/** Go's unicode.IsSpace, which is not quite `\s`. */
const SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/
const BLANKS = /[\t\v\f\r \u0085\u00a0]*/y
const EXPORT = /export[\t\n\f\r ]/y
const KEY = /[\p{L}\p{N}_.[\]\-\t\v\f\r \u0085\u00a0]*/uy

/** The first character that is neither white space nor in a comment. */
function nextStatement(source: string, start: number): number {
  let at = start
  while (at < source.length) {
    const char = source.charAt(at)
    if (char === '#') at = lineEnd(source, at)
    else if (SPACE.test(char)) at++
    else return at
  }
  return at
}

interface Key {
  readonly name: string
  /** Without a value of its own. */
  readonly alone: boolean
  readonly end: number
}

function readKey(file: EnvFile, statement: number): Key {
  const { source } = file
  const start = skipExport(file, statement)
  const stop = match(KEY, source, start)
  // Compose takes a last line without "=" and line break for the value of a key without name.
  if (stop === source.length) return { name: '', alone: false, end: start }
  if (!/[=:\n]/.test(source.charAt(stop))) throw unexpected(file, stop)
  const name = trimEnd(source.slice(start, stop))
  if (name.includes(' ')) throw holdsBlank(file, start, name)
  return { name, alone: source.charAt(stop) === '\n', end: match(BLANKS, source, stop + 1) }
}

const SHAPE = 'write KEY=value, and # before a comment'

function skipExport(file: EnvFile, statement: number): number {
  if (match(EXPORT, file.source, statement) === statement) return statement
  const start = match(BLANKS, file.source, statement + 'export'.length)
  if (start < file.source.length) return start
  throw refusal(file, statement, '"export" without a key')
}

function unexpected(file: EnvFile, at: number): InvalidDotenv {
  const char = String.fromCodePoint(file.source.codePointAt(at) ?? 0)
  return refusal(file, at, `not a key: "${char}" has no place in the name of a variable`)
}

/** Names the first word only: the line may be the rest of a secret. */
function holdsBlank(file: EnvFile, at: number, name: string): InvalidDotenv {
  return refusal(file, at, `not a key: a blank follows "${name.slice(0, name.indexOf(' ')).slice(0, 80)}"`)
}

function refusal(file: EnvFile, at: number, what: string): InvalidDotenv {
  return new InvalidDotenv(what, SHAPE, file.lineOf(at))
}

interface Value {
  readonly value: string
  readonly end: number
}

function readValue(file: EnvFile, start: number): Value {
  const quote = file.source.charAt(start)
  return quote === '"' || quote === "'" ? readQuoted(file, start, quote) : readPlain(file, start)
}

function readPlain(file: EnvFile, start: number): Value {
  const end = lineEnd(file.source, start)
  const line = file.source.slice(start, end)
  // Only a blank makes a comment of "#", and one right after the separator is gone by now.
  const comment = line.indexOf(' #')
  const value = trimEnd(comment === -1 ? line : line.slice(0, comment))
  return { value: expand(file, value, start), end: Math.min(end + 1, file.source.length) }
}

function readQuoted(file: EnvFile, start: number, quote: '"' | "'"): Value {
  const close = closingQuote(file.source, start, quote)
  if (close === -1) {
    const line = file.lineOf(start)
    throw new InvalidDotenv(`no ${quote} ends the value`, `write ${quote} at its end, \\${quote} in it`, line)
  }
  const escaped = file.source.slice(start + 1, close)
  const text = escaped.replace(/\\(.)/gs, (pair, char) => (char === quote ? quote : pair))
  const value = quote === '"' ? expand(file, expandEscapes(text), start) : text
  return { value, end: close + 1 }
}

function closingQuote(source: string, open: number, quote: string): number {
  for (let at = open + 1; at < source.length; at++) {
    if (source[at] === '\\') at++
    else if (source[at] === quote) return at
  }
  return -1
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['a', '\u0007'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['"', '"'],
  ['\\', '\\'],
  // Interpolation makes one of the two.
  ['$', '$$'],
])

/** Every escape that is not in the table stays as it is. */
function expandEscapes(text: string): string {
  return text.replace(/\\(?:0(\d{0,3})|([abfnrtv"\\$]))/g, (kept, digits?: string, char?: string) =>
    digits === undefined ? (ESCAPES.get(char ?? '') ?? kept) : octal(digits),
  )
}

/** One byte in three octal digits. Of anything else Compose keeps all but the 0 that marks it as octal. */
function octal(digits: string): string {
  return /^[0-3][0-7]{2}$/.test(digits) ? String.fromCharCode(Number.parseInt(digits, 8)) : `\\${digits}`
}

/** A value with its variables, and the line that an error in it has. */
function expand({ lookup, values, onUnset, lineOf }: EnvFile, template: string, start: number): string {
  try {
    const { value, unset } = interpolate(template, name => lookup(name) ?? values.get(name))
    for (const name of unset) onUnset(name, lineOf(start))
    return value
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    throw new InvalidDotenv(error.what, error.cure, lineOf(start), error)
  }
}

function lineEnd(source: string, start: number): number {
  const end = source.indexOf('\n', start)
  return end === -1 ? source.length : end
}

/** The line of a place, for places that come in order: a file of nothing but faults is still read once. */
function lineCounter(source: string): (at: number) => number {
  let line = 1
  let seen = 0
  return at => {
    for (let end = source.indexOf('\n', seen); end !== -1 && end < at; end = source.indexOf('\n', seen)) {
      line++
      seen = end + 1
    }
    return line
  }
}

/** Where a sticky expression that begins at `start` ends, or `start` where it does not match. */
function match(sticky: RegExp, source: string, start: number): number {
  sticky.lastIndex = start
  return sticky.test(source) ? sticky.lastIndex : start
}

/** A loop, since `/\s+$/` takes quadratic time on a long row of blanks. */
function trimEnd(text: string): string {
  let end = text.length
  while (end > 0 && SPACE.test(text.charAt(end - 1))) end--
  return text.slice(0, end)
}
