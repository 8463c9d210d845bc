import { Invalid } from '../problem.ts'
import { Fuel } from './fuel.ts'
import { substitute, trim } from './glob.ts'
import { SPACE } from './lines.ts'

/** What variables are filled in with. */
export interface Variables {
  readonly values: ReadonlyMap<string, string>
  /** What a variable is that has no value and no default; nothing where this is absent. */
  readonly unset?: string
  readonly escapeChar: string
  readonly fuel: Fuel
}

/** A text with its variables filled in. */
export interface Expansion {
  readonly value: string
  /** Names that have no value. */
  readonly unset: readonly string[]
}

/** Fills in variables and removes quotes and escapes. Throws Invalid. */
export function expand(text: string, { values, unset: none = '', escapeChar, fuel }: Variables): Expansion {
  const unset = new Set<string>()
  const lookup = (name: string) => {
    const value = values.get(name)
    if (value === undefined) unset.add(name)
    return value
  }
  const { value } = new Lexer(text, { escapeChar, raw: false, lookup, none, fuel }).read(null, false)
  return { value, unset: [...unset] }
}

/**
 * Words as BuildKit finds them when it looks for here-documents, variables as they are: none at all where a quote is
 * not closed. `raw` keeps quotes and escapes.
 */
export function shellWords(text: string, raw: boolean): readonly string[] {
  try {
    return new Lexer(text, { escapeChar: '\\', raw, lookup: null, none: '', fuel: new Fuel() }).read(
      null,
      raw,
    ).words
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    return []
  }
}

interface Mode {
  readonly escapeChar: string
  /** Whether quotes stay. */
  readonly raw: boolean
  /** null: variables stay as they are. */
  readonly lookup: ((name: string) => string | undefined) | null
  /** What a variable without value is. */
  readonly none: string
  readonly fuel: Fuel
}

/** More than anyone writes by hand, and few enough that hostile nesting ends soon. */
const DEPTH_LIMIT = 100

/** No reference is longer; what only passes through is short, too. */
const VALUE_LIMIT = 8192

const NAME = /\p{Nd}+|[@*#?$!-]|[\p{L}\p{Nd}_]+/uy
const OPERATOR = /:?[-+?]|[#%]/y

/** Reads a text as https://github.com/moby/buildkit/blob/master/frontend/dockerfile/shell/lex.go does. */
class Lexer {
  private at = 0
  private depth = 0
  /** Whether escape characters stay. */
  private escapes = false
  /** The word so far. BuildKit forgets it where a variable with an operator begins, and so does this. */
  private word: string[] = []

  constructor(
    private readonly text: string,
    private readonly mode: Mode,
  ) {}

  /** Up to a character, which is skipped, or to the end. */
  read(stop: string | null, escapes: boolean): { readonly value: string; readonly words: readonly string[] } {
    if (this.depth++ > DEPTH_LIMIT) throw new Invalid('variables are nested too deep')
    const outer = this.escapes
    this.escapes = escapes
    this.word = []
    const words: string[] = []
    const value = this.readParts(stop, words)
    this.endWord(words)
    this.escapes = outer
    this.depth--
    return { value, words }
  }

  private readParts(stop: string | null, words: string[]): string {
    const parts: string[] = []
    while (this.at < this.text.length && this.text[this.at] !== stop) {
      const char = this.text[this.at] as string
      const part = this.part(char)
      parts.push(part)
      // Only white space that is neither quoted nor escaped parts words.
      if (char === '$' || (part === char && SPACE.test(char))) this.split(part, words)
      else this.word.push(part)
    }
    if (stop !== null && this.at >= this.text.length) throw new Invalid(`no "${stop}" closes "${this.text}"`)
    this.at++
    return parts.join('')
  }

  private split(part: string, words: string[]): void {
    for (const char of part) {
      if (SPACE.test(char)) this.endWord(words)
      else this.word.push(char)
    }
  }

  private endWord(words: string[]): void {
    const word = this.word.join('')
    if (word !== '') words.push(word)
    this.word = []
  }

  private part(char: string): string {
    if (char === '$') return this.variable()
    if (char === "'") return this.singleQuoted()
    if (char === '"') return this.doubleQuoted()
    if (char === '<') return this.redirection()
    this.at++
    if (char !== this.mode.escapeChar) return char
    const next = this.text[this.at++] ?? ''
    // An escaped space is no end of a word: it comes with its escape character, or in place of it.
    return this.escapes ? char + next : next
  }

  private singleQuoted(): string {
    const end = this.text.indexOf("'", this.at + 1)
    if (end === -1) throw new Invalid(`no "'" closes "${this.text}"`)
    const inner = this.text.slice(this.at + 1, end)
    this.at = end + 1
    return this.mode.raw ? `'${inner}'` : inner
  }

  private doubleQuoted(): string {
    const parts: string[] = []
    this.at++
    while (this.text[this.at] !== '"') {
      if (this.at >= this.text.length) throw new Invalid(`no '"' closes '${this.text}'`)
      parts.push(this.text[this.at] === '$' ? this.variable() : this.quotedChar())
    }
    this.at++
    const inner = parts.join('')
    return this.mode.raw ? `"${inner}"` : inner
  }

  private quotedChar(): string {
    const char = this.text[this.at++] as string
    if (char !== this.mode.escapeChar) return char
    const next = this.text[this.at] ?? ''
    const special = next === '"' || next === '$' || next === char
    if (special) this.at++
    // Where escapes stay, BuildKit doubles those that escape nothing.
    return (this.escapes ? char : '') + (special ? next : char)
  }

  /** White space may stand between `<<` and the name of a here-document: it does not part them. */
  private redirection(): string {
    const start = this.at++
    if (this.text[this.at] !== '<') return '<'
    this.at++
    while (/[\t\r ]/.test(this.text[this.at] ?? '')) this.at++
    return this.text.slice(start, this.at)
  }

  /** A value costs its length, so that ever longer ones come to an end. */
  private variable(): string {
    this.at++
    const value = this.text[this.at] === '{' ? this.braced() : this.simple()
    if (this.mode.fuel.spend(value.length + 1) && value.length <= VALUE_LIMIT) return value
    throw new Invalid('the values of variables are too long')
  }

  private simple(): string {
    const name = this.take(NAME)
    return name === '' ? '$' : this.valueOf(name, `$${name}`)
  }

  private braced(): string {
    this.at++
    if ('{}:'.includes(this.text[this.at] ?? '}')) throw new Invalid(`not a variable: "${this.text}"`)
    const name = this.take(NAME)
    if (this.text[this.at] === '/') return this.replace(name)
    if (this.text[this.at] !== '}') return this.operate(name)
    this.at++
    return this.valueOf(name, `\${${name}}`)
  }

  private valueOf(name: string, written: string): string {
    const { lookup, none } = this.mode
    return lookup === null ? written : (lookup(name) ?? none)
  }

  /** `${NAME:-word}`, `${NAME-word}` and so on. */
  private operate(name: string): string {
    const operator = this.take(OPERATOR)
    if (operator === '') {
      const cure = `after \${${name} comes "}" or one of :- - :+ + :? ? # % /`
      throw new Invalid(`not a variable: "${this.text}"`, cure)
    }
    const pattern = operator === '#' || operator === '%'
    const word = this.read('}', pattern).value
    const { lookup, fuel } = this.mode
    if (lookup === null) return `\${${name}${operator}${word}}`
    const value = lookup(name)
    return pattern ? trim(value ?? '', operator, word, fuel) : choose(name, value, operator, word)
  }

  /** `${NAME/pattern/text}`, `${NAME//pattern/text}`. */
  private replace(name: string): string {
    const all = this.take(/\/\/?/y) === '//'
    const pattern = this.read('/', true).value
    const replacement = this.read('}', true).value
    const { lookup, fuel } = this.mode
    if (lookup === null) return `\${${name}/${pattern}/${replacement}}`
    return substitute(lookup(name) ?? '', pattern, replacement, all, fuel)
  }

  private take(pattern: RegExp): string {
    pattern.lastIndex = this.at
    const taken = pattern.exec(this.text)?.[0] ?? ''
    this.at += taken.length
    return taken
  }
}

/** With a colon, a value that is empty is none. */
function choose(name: string, value: string | undefined, operator: string, word: string): string {
  const present = value !== undefined && !(operator.startsWith(':') && value === '')
  if (operator.endsWith('+')) return present ? word : ''
  if (present) return value
  if (operator.endsWith('-')) return word
  const what = `${name} has no value${word === '' ? '' : `: ${word}`}`
  throw new Invalid(what, `give the build argument ${name}`)
}
