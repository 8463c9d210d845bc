import { join } from 'node:path'
import { InputError, type Location, type Problem } from '../problem.ts'
import { isFile, readText } from '../text.ts'
import { InvalidDotenv, parseDotenv } from './dotenv.ts'
import { type Lookup, MissingVariable } from './interpolate.ts'

/** Where variables come from. */
export interface EnvironmentSources {
  /** The process' own environment; it wins over every file. */
  readonly process: Readonly<Record<string, string | undefined>>
  /** Files that must be there, the later ones winning; null: the .env in `directory`, if there is one. */
  readonly files: readonly string[] | null
  readonly directory: string
  /** How a path is called in messages. */
  readonly show: (path: string) => string
}

/** Compose's variables: the process' own, then the env files. Throws InputError for a file that Compose refuses. */
export function loadEnvironment({ process, files, directory, show }: EnvironmentSources): Lookup {
  const own: Lookup = name => (Object.hasOwn(process, name) ? process[name] : undefined)
  let values: ReadonlyMap<string, string> = new Map()
  for (const path of files ?? defaultFiles(directory)) {
    const file = show(path)
    const text = readText(path, file)
    if (text === null) throw refusal({ file, line: 1, column: 1 }, 'there is no such env file', null)
    values = parseFile(text, file, own, values)
  }
  const found = values
  return name => own(name) ?? found.get(name)
}

/** Compose passes over a .env that is a folder or a pipe. */
function defaultFiles(directory: string): string[] {
  return [join(directory, '.env')].filter(isFile)
}

function parseFile(text: string, file: string, lookup: Lookup, earlier: ReadonlyMap<string, string>) {
  try {
    return parseDotenv(text, lookup, earlier)
  } catch (error) {
    if (!(error instanceof InvalidDotenv)) throw error
    throw new InputError([{ at: { file, line: error.line, column: 1 }, where: null, ...explain(error) }])
  }
}

/** A value of an env file may be a secret: what is wrong with its variables is said without it. */
function explain({ what, cure, cause }: InvalidDotenv): Pick<Problem, 'what' | 'cure'> {
  if (cause === null) return { what, cure }
  if (!(cause instanceof MissingVariable))
    return { what: 'a "$" in the value begins no variable', cure: cause.cure }
  const missing = `required variable ${cause.variable} is missing a value`
  return { what: missing, cure: 'set it above, or in the environment' }
}

function refusal(at: Location, what: string, cure: string | null): InputError {
  const problem: Problem = { at, where: null, what, cure }
  return new InputError([problem])
}
