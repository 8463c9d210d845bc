import { InputError, type Location, type Problem } from '../problem.ts'
import { InvalidDotenv, parseDotenv } from './dotenv.ts'
import { type ProjectFiles, refusal } from './files.ts'
import { type Lookup, MissingVariable } from './interpolate.ts'

/** The variables of a process. */
export type ProcessEnvironment = Readonly<Record<string, string | undefined>>

/** What the process itself says; it wins over every file. */
export function processLookup(process: ProcessEnvironment): Lookup {
  return name => (Object.hasOwn(process, name) ? process[name] : undefined)
}

/** A lookup that goes on in `values` where the first one finds nothing. */
export function withValues(lookup: Lookup, values: ReadonlyMap<string, string>): Lookup {
  return values.size === 0 ? lookup : name => lookup(name) ?? values.get(name)
}

/**
 * The values of env files, the later ones winning. Their own variables are those of `lookup`, then what stands above.
 * Throws InputError for a file that Compose refuses; `named` says where it was named.
 */
export function readEnvFiles(
  paths: readonly string[],
  lookup: Lookup,
  files: ProjectFiles,
  named: Location | null = null,
): ReadonlyMap<string, string> {
  let values: ReadonlyMap<string, string> = new Map()
  for (const path of paths) {
    const file = files.show(path)
    const text = files.readEnv(path)
    const at = named ?? { file, line: 1, column: 1 }
    if (text === null)
      throw refusal(at, named && 'env_file', `there is no such env file: ${file}`, 'correct the path')
    values = parseFile(text, file, lookup, values)
  }
  return values
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
