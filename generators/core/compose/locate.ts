import { dirname, join, resolve } from 'node:path'
import { InputError, type Problem } from '../problem.ts'
import { processLookup, readEnvFiles, withValues } from './environment.ts'
import { leadsOut, type ProjectFiles, refusal, STDIN } from './files.ts'
import type { Lookup } from './interpolate.ts'
import type { ProjectSource } from './load.ts'

/** The compose files of a project, where it stands, and what its variables are. */
export interface Located {
  readonly paths: readonly string[]
  readonly directory: string
  readonly lookup: Lookup
  /** The files of variables that somebody has named; null where the .env beside the compose file counts. */
  readonly envFiles: readonly string[] | null
  /** What the user may want to know about the choice. */
  readonly notices: readonly Problem[]
}

/**
 * Finds what Compose would read, by https://github.com/compose-spec/compose-go/blob/main/cli/options.go: the variables
 * are looked up where the user is, which may name the files, and again where the files are; what is known stays.
 */
export function locateProject(source: ProjectSource, files: ProjectFiles): Located {
  const notices: Problem[] = []
  const start = source.projectDirectory ?? folderOf(source.files) ?? source.directory
  const process = withValues(processLookup(source.environment), new Map([['PWD', source.directory]]))
  const explicit = source.envFiles ?? listedEnvFiles(source, process)
  const dotEnv = (folder: string, lookup: Lookup) =>
    [join(folder, '.env')].filter(
      path => explicit === null && !isDotEnvDisabled(lookup) && files.isFile(path),
    )
  const read = (paths: readonly string[], lookup: Lookup) =>
    withValues(lookup, readEnvFiles(paths, lookup, files))
  const early =
    explicit === null ? ownLookup(process, read(dotEnv(start, process), process)) : read(explicit, process)
  const paths = chooseFiles(source, early, start, files, notices)
  const directory = source.projectDirectory ?? folderOf(paths) ?? source.directory
  const lookup = directory === start ? early : read(dotEnv(directory, early), early)
  return { paths, directory, lookup, envFiles: explicit, notices }
}

/** Nobody names a compose file, and there is none to be found. */
export class NoComposeFile extends InputError {}

/** The folder of the first file that has one. */
function folderOf(paths: readonly string[]): string | null {
  const path = paths.find(path => path !== STDIN)
  return path === undefined ? null : dirname(path)
}

function listedEnvFiles({ directory }: ProjectSource, process: Lookup): string[] | null {
  const paths = (process('COMPOSE_ENV_FILES') ?? '').split(',').filter(path => path !== '')
  return paths.length === 0 ? null : paths.map(path => resolve(directory, path))
}

/**
 * A .env may disable itself: Compose makes its COMPOSE_ variables those of the process, and then forgets the rest
 * (https://github.com/docker/compose/blob/main/cmd/compose/compose.go, setEnvWithDotEnv).
 */
function ownLookup(process: Lookup, withDotEnv: Lookup): Lookup {
  if (!isDotEnvDisabled(withDotEnv)) return withDotEnv
  return name => (name.startsWith('COMPOSE_') ? withDotEnv(name) : process(name))
}

function isDotEnvDisabled(process: Lookup): boolean {
  const value = process('COMPOSE_DISABLE_ENV_FILE')
  if (value === undefined || /^(?:0|f|F|false|False|FALSE)$/.test(value)) return false
  if (/^(?:1|t|T|true|True|TRUE)$/.test(value)) return true
  throw refusal(null, 'COMPOSE_DISABLE_ENV_FILE', `not a truth value: "${value}"`, 'write true or false')
}

function chooseFiles(
  source: ProjectSource,
  lookup: Lookup,
  start: string,
  files: ProjectFiles,
  notices: Problem[],
): readonly string[] {
  if (source.files.length > 0) return source.files
  const listed = lookup('COMPOSE_FILE') ?? ''
  if (listed === '') return discover(start, files, notices)
  const paths = listed
    .split(lookup('COMPOSE_PATH_SEPARATOR') || ':')
    .map(path => (path === STDIN ? STDIN : resolve(source.directory, path)))
  const missing = paths.find(path => path !== STDIN && !files.exists(path))
  if (missing === undefined) return paths
  throw refusal(
    null,
    'COMPOSE_FILE',
    `there is no such file: ${files.show(missing)}`,
    'correct it, or use --file',
  )
}

const NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml']
const OVERRIDES = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
]

/** The first of Compose's names in a folder or above it, and the first override beside it. */
function discover(start: string, files: ProjectFiles, notices: Problem[]): readonly string[] {
  for (let folder = start; ; folder = dirname(folder)) {
    const path = pick(NAMES, folder, files, notices)
    if (path !== null) {
      const override = pick(OVERRIDES, folder, files, notices)
      return override === null ? [path] : [path, override]
    }
    if (dirname(folder) === folder) break
  }
  const at = { file: files.show(join(start, NAMES[0] ?? '')), line: 1, column: 1 }
  const cure = `name one by --file, or write ${NAMES.join(', ')}`
  throw new NoComposeFile([{ at, where: null, what: 'there is no compose file', cure }])
}

function pick(
  names: readonly string[],
  folder: string,
  files: ProjectFiles,
  notices: Problem[],
): string | null {
  const [path, ...others] = names.map(name => join(folder, name)).filter(path => files.exists(path))
  if (path === undefined) return null
  const at = { file: files.show(path), line: 1, column: 1 }
  if (files.isFile(path) && leadsOut(path, folder))
    throw refusal(at, null, 'it is a link that leads out of the project', 'name the file itself by --file')
  if (others.length > 0) {
    const what = `there are others beside it: ${others.map(other => files.show(other)).join(', ')}`
    notices.push({ at, where: null, what, cure: 'Compose takes the first; name one by --file to choose' })
  }
  return path
}
