import { closest } from 'fastest-levenshtein'
import { type Flag, readFlags, sliceFlag } from './flags.ts'
import { endWithout, SPACE, skip } from './lines.ts'
import { report, type Told } from './run.ts'
import { offsetIn, type Statement } from './statements.ts'

/** Such as `COPY --from=x /a /b`. */
export interface Instruction {
  /** In lower case. */
  readonly keyword: string
  /** Where the keyword stands in the statement. */
  readonly at: number
  readonly statement: Statement
  readonly flags: readonly Flag[]
  /** What comes after the flags. */
  readonly rest: string
  readonly restAt: number
}

/** Reads the instruction that begins at a character of a statement. */
export function readInstruction(statement: Statement, from: number, escapeChar: string): Instruction {
  const { text } = statement
  const at = skip(text, from)
  const end = skip(text, at, /[^\t\v\f\r ]/)
  const { flags, end: restAt } = readFlags(text, end, escapeChar)
  const rest = text.slice(restAt, endWithout(text, SPACE))
  return { keyword: text.slice(at, end).toLowerCase(), at, statement, flags, rest, restAt }
}

/** The instruction behind an ONBUILD. */
export function readTrigger({ statement, restAt }: Instruction, escapeChar: string): Instruction {
  return readInstruction(statement, restAt, escapeChar)
}

const KEYWORDS: readonly string[] = [
  ...[
    'add',
    'arg',
    'cmd',
    'copy',
    'entrypoint',
    'env',
    'expose',
    'from',
    'healthcheck',
    'label',
    'maintainer',
  ],
  ...['onbuild', 'run', 'shell', 'stopsignal', 'user', 'volume', 'workdir'],
]
const SHOWN = KEYWORDS.map(keyword => keyword.toUpperCase())

/** Whether BuildKit knows an instruction; where it does not, that is reported. */
export function isKnown(told: Told, { keyword, at, statement }: Instruction): boolean {
  if (KEYWORDS.includes(keyword)) return true
  const name = keyword.slice(0, 40).toUpperCase()
  const cure = `did you mean ${closest(name, SHOWN)}?`
  report(told, offsetIn(statement, at), `unknown instruction: "${name}"`, cure)
  return false
}

/** Tells of a problem of a whole instruction. */
export function reportAt(told: Told, instruction: Instruction, what: string, cure: string | null): void {
  const { keyword, at, statement } = instruction
  report(told, offsetIn(statement, at), `${keyword.toUpperCase()}: ${what}`, cure)
}

/** The value of a flag, or null. */
export function flagOf(told: Told, instruction: Instruction, name: string): Flag | null {
  const flags = instruction.flags.filter(({ text }) => text === `--${name}` || text.startsWith(`--${name}=`))
  const [flag] = flags
  if (flags.length > 1) reportAt(told, instruction, `--${name} stands there twice`, 'leave one')
  if (flag === undefined) return null
  if (flag.text.includes('=')) return sliceFlag(flag, `--${name}=`.length)
  reportAt(told, instruction, `--${name} has no value`, `write --${name}=…`)
  return null
}
