import { dirname, join } from 'node:path'
import { InputError, type Location, type Problem } from '../problem.ts'
import { isFile, readText } from '../text.ts'
import { entries, FLATTEN, parseComposeDocument } from './document.ts'
import { loadEnvironment } from './environment.ts'
import type { Lookup } from './interpolate.ts'
import type { ComposeProject } from './project.ts'
import { projectName } from './project-name.ts'
import { readServices } from './services.ts'
import { Values } from './values.ts'

/** What a user says about a project, with absolute paths. */
export interface ProjectSource {
  /** null: the first of Compose's names in `directory`. */
  readonly file: string | null
  readonly directory: string
  /** null: the folder of the compose file. */
  readonly projectDirectory: string | null
  /** null: the .env in the project directory. */
  readonly envFiles: readonly string[] | null
  /** null: every service. */
  readonly profiles: readonly string[] | null
  readonly environment: Readonly<Record<string, string | undefined>>
  /** How a path is called in messages. */
  readonly show: (path: string) => string
}

/** Reads a Compose project of one file. Throws InputError with everything that stands in the way. */
export function loadProject(source: ProjectSource): ComposeProject {
  const path = source.file ?? discover(source)
  const file = source.show(path)
  const text = readText(path, file)
  if (text === null) throw refusal(file, 'there is no such compose file', 'name one by --file')
  const directory = source.projectDirectory ?? dirname(path)
  const { envFiles: files, environment: process, show } = source
  const lookup = loadEnvironment({ process, files, directory, show })
  checkVariables(source, lookup, file)
  const document = parseComposeDocument(text, file)
  const include = entries(document.root, document).get('include')
  if (include !== undefined)
    throw refusalAt(document.locate(include.key), 'include', 'is not read yet', FLATTEN)
  const name = projectName(document, directory, lookup)
  const values = new Values(document, variable =>
    variable === 'COMPOSE_PROJECT_NAME' ? name : lookup(variable),
  )
  const services = readServices(document, values, source.profiles)
  return { name, directory, file, text, services, warnings: values.warnings() }
}

/** https://github.com/compose-spec/compose-go/blob/main/cli/options.go: the first name that is there. */
const NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml']

function discover({ directory, show }: ProjectSource): string {
  const path = NAMES.map(name => join(directory, name)).find(isFile)
  if (path === undefined) {
    throw refusal(
      show(join(directory, NAMES[0] ?? '')),
      'there is no compose file',
      `name one by --file, or write ${NAMES.join(', ')}`,
    )
  }
  const override = NAMES.map(name => join(directory, name.replace('compose.', 'compose.override.'))).find(
    isFile,
  )
  if (override !== undefined) {
    throw refusal(
      show(override),
      'several files: an override file is not read yet',
      `${FLATTEN}, or name one file by --file`,
    )
  }
  return path
}

/** Variables that make Compose read other files than the ones that were named. */
const REDIRECTS = ['COMPOSE_FILE', 'COMPOSE_ENV_FILES', 'COMPOSE_DISABLE_ENV_FILE']

function checkVariables({ file, envFiles }: ProjectSource, lookup: Lookup, shown: string): void {
  for (const name of REDIRECTS) {
    const decided = name === 'COMPOSE_FILE' ? file !== null : envFiles !== null
    if (decided || (lookup(name) ?? '') === '') continue
    throw refusal(shown, `${name} is set, which is not read yet`, `unset it, and use --file and --env-file`)
  }
}

function refusal(file: string, what: string, cure: string): InputError {
  return refusalAt({ file, line: 1, column: 1 }, null, what, cure)
}

function refusalAt(at: Location, where: string | null, what: string, cure: string): InputError {
  const problem: Problem = { at, where, what, cure }
  return new InputError([problem])
}
