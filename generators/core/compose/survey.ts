import { gather, InputError, type Location, type Problem } from '../problem.ts'
import { dockerfilePath, readRecipe } from './build.ts'
import type { ComposeFile } from './document.ts'
import { ProjectFiles } from './files.ts'
import type { Lookup } from './interpolate.ts'
import type { ProjectSource } from './load.ts'
import { type Located, locateProject, NoComposeFile } from './locate.ts'
import { ModelReader } from './model.ts'
import { entriesOf, find, type MapNode, placeOf } from './node.ts'
import type { Findings } from './tree.ts'

/** The files of a project, whatever is wrong with what they say. */
export interface ProjectSurvey {
  readonly directory: string
  /** Compose files, those that are included and extended among them. */
  readonly composeFiles: readonly string[]
  readonly dockerfiles: readonly NamedDockerfile[]
  /** What is in the way of finding others. */
  readonly problems: readonly Problem[]
  readonly disk: ProjectFiles
  readonly lookup: Lookup
}

/** The Dockerfile of a service, and where the service names it. */
export interface NamedDockerfile {
  readonly path: string
  readonly where: string
  readonly at: Location
}

/** Finds the files of a project, or those of a folder without one. Throws InputError where it is not known which. */
export function surveyProject(source: ProjectSource): ProjectSurvey {
  const disk = new ProjectFiles(source.show)
  const problems: Problem[] = []
  const located = locate(source, disk, problems)
  const { directory, lookup } = located
  const roots = located.paths.flatMap(path => gather([], () => disk.compose(path)) ?? [])
  const model = readModel(roots, located, disk, problems)
  const composeFiles = new Set([...located.paths, ...disk.composeFiles().map(({ path }) => path)])
  const dockerfiles = model === null ? [] : dockerfilesOf(model)
  return { directory, composeFiles: [...composeFiles], dockerfiles, problems, disk, lookup }
}

/** The variables of a compose file that stands by itself. */
export function lookupOf(source: ProjectSource): Lookup {
  return locate(source, new ProjectFiles(source.show), []).lookup
}

/** Without its env files where they cannot be read. */
function locate(source: ProjectSource, disk: ProjectFiles, problems: Problem[]): Located {
  try {
    return locateProject(source, disk)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    if (error instanceof NoComposeFile) return nowhere(source)
    const without = gather([], () => locateProject({ ...source, envFiles: [] }, disk))
    if (without === null) throw error
    problems.push(...error.problems)
    return without
  }
}

function nowhere({ projectDirectory, directory }: ProjectSource): Located {
  return {
    paths: [],
    directory: projectDirectory ?? directory,
    lookup: () => undefined,
    envFiles: null,
    notices: [],
  }
}

function readModel(
  roots: readonly ComposeFile[],
  { directory, lookup }: Located,
  disk: ProjectFiles,
  problems: Problem[],
): MapNode | null {
  const findings: Findings = { problems: [], warnings: [], documents: [], stages: [] }
  const model = gather(findings.problems, () =>
    new ModelReader(disk, findings, directory).read(roots, { lookup, directory, including: [] }),
  )
  problems.push(...findings.problems.filter(leadsToFiles))
  return model
}

/** What is wrong within a file is told of the file. */
function leadsToFiles({ where }: Problem): boolean {
  return where === null || /^(?:include|extends)\b/.test(where)
}

function dockerfilesOf(model: MapNode): NamedDockerfile[] {
  return [...entriesOf(find(model, 'services'))].flatMap(([name, { value }]) => {
    const node = find(value, 'build')
    const path = node === null ? null : gather([], () => dockerfilePath(readRecipe(node)))
    return node === null || path === null
      ? []
      : [{ path, where: `services.${name}.build`, at: placeOf(node) }]
  })
}
