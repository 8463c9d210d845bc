import { distinct, gather, InputError } from '../problem.ts'
import type { ComposeFile } from './document.ts'
import type { ProcessEnvironment } from './environment.ts'
import { ProjectFiles, refusal } from './files.ts'
import type { Lookup } from './interpolate.ts'
import { type Located, locateProject } from './locate.ts'
import { ModelReader } from './model.ts'
import { entriesOf, find, type MapNode } from './node.ts'
import type { ComposeProject } from './project.ts'
import { projectName } from './project-name.ts'
import { readServices } from './services.ts'
import type { Findings } from './tree.ts'

/** What a user says about a project, with absolute paths. */
export interface ProjectSource {
  /** In the order in which they are laid over each other; empty: what Compose would find from `directory`. */
  readonly files: readonly string[]
  /** Where the user is. */
  readonly directory: string
  /** null: the folder of the first compose file. */
  readonly projectDirectory: string | null
  /** null: the .env in the project directory. */
  readonly envFiles: readonly string[] | null
  /** null: every service. */
  readonly profiles: readonly string[] | null
  readonly environment: ProcessEnvironment
  /** How a path is called in messages. */
  readonly show: (path: string) => string
}

/** Reads a Compose project. Throws InputError with everything that stands in the way. */
export function loadProject(source: ProjectSource): ComposeProject {
  const files = new ProjectFiles(source.show)
  const located = locateProject(source, files)
  const roots = located.paths.map(path => files.compose(path))
  const name = projectName(roots, located.directory, located.lookup)
  return load(source, located, name, files)
}

function load(source: ProjectSource, located: Located, name: string, files: ProjectFiles): ComposeProject {
  const { lookup, paths, directory, envFiles, notices } = located
  const roots = paths.map(path => files.compose(path))
  const findings: Findings = { problems: [], warnings: [], documents: [], stages: [] }
  const model = readModel(roots, { name, directory, lookup }, files, findings)
  const [first, ...others] = roots
  if (first === undefined || (model === null && findings.problems.length === 0)) {
    const at = { file: first?.name ?? '', line: 1, column: 1 }
    throw refusal(at, null, 'the file is empty', 'write a compose file')
  }
  const broken = findings.problems.length > 0 && entriesOf(find(model, 'services')).size === 0
  const services = model && !broken && gather(findings.problems, () => readServices(model, source.profiles))
  if (model === null || !services || findings.problems.length > 0)
    throw new InputError(distinct(findings.problems))
  return {
    name,
    directory,
    files: [first, ...others],
    sources: files.composeFiles(),
    model,
    documents: findings.documents,
    stages: findings.stages,
    services,
    envFiles,
    profiles: (lookup('COMPOSE_PROFILES') ?? '').split(',').map(profile => profile.trim()),
    notices,
    warnings: distinct(findings.warnings),
    disk: files,
    reread: (texts, chosen = paths) => load(source, { ...located, paths: chosen }, name, files.with(texts)),
  }
}

interface Basis {
  readonly name: string
  readonly directory: string
  readonly lookup: Lookup
}

function readModel(
  roots: readonly ComposeFile[],
  { name, directory, lookup }: Basis,
  files: ProjectFiles,
  findings: Findings,
): MapNode | null {
  const named: Lookup = variable => (variable === 'COMPOSE_PROJECT_NAME' ? name : lookup(variable))
  const reader = new ModelReader(files, findings, directory)
  return gather(findings.problems, () => reader.read(roots, { lookup: named, directory, including: [] }))
}
