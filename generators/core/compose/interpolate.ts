import { Invalid } from '../problem.ts'

/** The value of a variable, or undefined where it is not set. */
export type Lookup = (name: string) => string | undefined

/** A template with its variables filled in. */
export interface Interpolation {
  readonly value: string
  /** Names that were read without an operator and are not set: Compose warns and takes them as empty. */
  readonly unset: readonly string[]
}

/** A `${` that Compose cannot read, `offset` being the place of its `$` in the template. */
export class InvalidTemplate extends Invalid {
  constructor(
    template: string,
    readonly offset: number,
    reason: string,
  ) {
    const text = template.slice(offset, offset + 40)
    const more = template.length > offset + 40 ? '…' : ''
    super(`not a variable: "${text}${more}": ${reason}`, 'write $$ for a literal $')
  }
}

/**
 * A `${NAME:?…}` without value. `message` has it all, `reason` what stands after the operator with its variables
 * filled in, as Compose says it, and `written` the same as it stands there: it holds nobody's secret.
 */
export class MissingVariable extends Invalid {
  constructor(
    readonly variable: string,
    readonly reason: string,
    readonly written: string,
  ) {
    super(`required variable ${variable} is missing a value` + (reason === '' ? '' : `: ${reason}`))
  }
}

/**
 * The value of a string of a compose or .env file, by the rules of
 * https://github.com/compose-spec/compose-go/blob/main/template/template.go.
 * Throws InvalidTemplate and MissingVariable.
 */
export function interpolate(template: string, lookup: Lookup): Interpolation {
  if (!template.includes('$')) return { value: template, unset: [] }
  const unset = new Set<string>()
  const value = expand({ template, lookup, unset }, 0, template.length, 0)
  return { value, unset: [...unset] }
}

/** Stands for a value that nobody knows. */
const SOME = 'x'

/** A value in which some text may stand for variables without value and default: then it is not whole. */
export interface Guess {
  readonly value: string
  readonly whole: boolean
}

/** What can be known of a value where variables are missing; null where the template cannot be read. */
export function mostOf(template: string, lookup: Lookup): Guess | null {
  const unknown = new Set<string>()
  for (;;) {
    const missing = unknown.size
    const { value, names } = attempt(template, name => lookup(name) ?? (unknown.has(name) ? SOME : undefined))
    for (const name of names) unknown.add(name)
    if (value !== null && unknown.size === missing) return { value, whole: missing === 0 }
    if (unknown.size === missing) return null
  }
}

function attempt(
  template: string,
  lookup: Lookup,
): { readonly value: string | null; readonly names: readonly string[] } {
  try {
    const { value, unset } = interpolate(template, lookup)
    return { value, names: unset }
  } catch (error) {
    if (error instanceof MissingVariable) return { value: null, names: [error.variable] }
    if (error instanceof InvalidTemplate) return { value: null, names: [] }
    throw error
  }
}

interface Run {
  readonly template: string
  readonly lookup: Lookup
  readonly unset: Set<string>
}

/** What stands for the text up to `end`. */
interface Part {
  readonly value: string
  readonly end: number
}

/** More than anyone writes by hand, and few enough that hostile nesting ends soon. */
const DEPTH_LIMIT = 100

/** Characters: far more than any value has, and few enough that variables of variables do not fill the memory. */
const LENGTH_LIMIT = 4 * 1024 * 1024

/** A range of the template: the whole, or the text after an operator. */
function expand(run: Run, start: number, end: number, depth: number): string {
  const { template } = run
  let value = ''
  let at = start
  for (let dollar = template.indexOf('$', at); dollar !== -1 && dollar < end; ) {
    const part = substitute(run, dollar, end, depth)
    value += template.slice(at, dollar) + part.value
    if (value.length > LENGTH_LIMIT) throw new InvalidTemplate(template, dollar, 'its value is too long')
    at = part.end
    dollar = template.indexOf('$', at)
  }
  return value + template.slice(at, end)
}

/** Ignores case as Go does, which is what `u` adds: with it, the Kelvin sign is a k. */
const VARIABLE = /\$(?:(\$)|([_a-z][_a-z0-9]*)|\{(?:([_a-z][_a-z0-9]*)(\}|:?[-+?]))?)?/iuy

function substitute(run: Run, dollar: number, end: number, depth: number): Part {
  VARIABLE.lastIndex = dollar
  const [text = '$', escaped, named, braced, operator] = VARIABLE.exec(run.template) ?? []
  const next = dollar + text.length
  if (escaped !== undefined) return { value: '$', end: next }
  if (named !== undefined) return { value: read(run, named), end: next }
  if (text === '$') return { value: '$', end: next }
  if (braced === undefined || operator === undefined) throw unreadable(run.template, dollar)
  // The brace that ends a range belongs to the variable around it.
  if (operator !== '}') return operate(run, { dollar, name: braced, operator, start: next }, end, depth)
  if (next > end) throw new InvalidTemplate(run.template, dollar, UNCLOSED)
  return { value: read(run, braced), end: next }
}

function read({ lookup, unset }: Run, name: string): string {
  const value = lookup(name)
  if (value === undefined) unset.add(name)
  return value ?? ''
}

interface Operation {
  readonly dollar: number
  readonly name: string
  readonly operator: string
  /** Where the text after the operator begins. */
  readonly start: number
}

/** Expands the text after an operator only when it is wanted: variables of the other branch may be missing. */
function operate(run: Run, { dollar, name, operator, start }: Operation, end: number, depth: number): Part {
  const close = closingBrace(run.template, dollar + 1, end)
  if (close === -1) throw new InvalidTemplate(run.template, dollar, UNCLOSED)
  if (depth === DEPTH_LIMIT) throw new InvalidTemplate(run.template, dollar, 'nested too deep')
  const value = run.lookup(name)
  const present = value !== undefined && !(operator.startsWith(':') && value === '')
  const text = () => expand(run, start, close, depth + 1)
  if (operator.endsWith('?') && !present) {
    throw new MissingVariable(name, text(), run.template.slice(start, close))
  }
  const wanted = operator.endsWith('+') ? present : operator.endsWith('-') && !present
  return { value: wanted ? text() : (value ?? ''), end: close + 1 }
}

/**
 * The brace that balances the one at `open`, else the last one on the line, else -1. Compose does not look at the
 * character after an opening brace when it counts: `${A:-{}}` has no balance, and ends at its last brace.
 */
function closingBrace(template: string, open: number, end: number): number {
  let depth = 0
  let last = -1
  let skipped = -1
  for (let at = open; at < end && template[at] !== '\n'; at++) {
    if (template[at] === '}') last = at
    if (at === skipped) continue
    if (template[at] === '}' && --depth === 0) return at
    if (template[at] === '{') {
      depth++
      skipped = at + 1
    }
  }
  return last
}

const UNCLOSED = 'no "}" closes it on its line'

function unreadable(template: string, dollar: number): InvalidTemplate {
  const name = /^\$\{[_a-z][_a-z0-9]*/iu.exec(template.slice(dollar, dollar + 1000))?.[0]
  const reason =
    name === undefined
      ? 'a name of letters, digits and _ comes after "${"'
      : dollar + name.length === template.length
        ? UNCLOSED
        : `after "${name}" comes "}" or one of :- - :+ + :? ?`
  return new InvalidTemplate(template, dollar, reason)
}
