import { statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { Lookup } from '../compose/interpolate.ts'
import type { ProjectSource } from '../compose/load.ts'
import { lookupOf, type NamedDockerfile, surveyProject } from '../compose/survey.ts'
import { findDockerfiles, findFiles, isDockerfile } from '../dockerfile/find.ts'
import { InputError, type Problem } from '../problem.ts'
import { readText } from '../text.ts'

/** A file to look at. */
export interface LintedFile {
  readonly path: string
  /** How it is called in messages. */
  readonly name: string
  /** Its text, null where there is none. Throws InputError. */
  readonly read: () => string | null
  /** The variables of a compose file; null for a Dockerfile. */
  readonly lookup: Lookup | null
  /** Where a service names it, or null. */
  readonly named: Pick<NamedDockerfile, 'where' | 'at'> | null
}

/** The files to look at, each once, and what is in the way of finding others. */
export interface LintedFiles {
  readonly files: readonly LintedFile[]
  readonly problems: readonly Problem[]
}

/** The compose files of a project, the Dockerfiles of its services, and all Dockerfiles below its folder. */
export function filesOfProject(source: ProjectSource): LintedFiles {
  const { directory, composeFiles, dockerfiles, problems, disk, lookup } = surveyProject(source)
  const { show } = source
  // What comes from a stream can be read once.
  const compose = (path: string) => ({
    path,
    name: disk.show(path),
    read: () => disk.read(path),
    lookup,
    named: null,
  })
  const files = [
    ...composeFiles.map(compose),
    ...dockerfiles.map(({ path, ...named }) => ({ ...dockerfile(path, show), named })),
    ...findDockerfiles(directory).map(path => dockerfile(path, show)),
  ]
  return { files: distinct(files), problems }
}

/** The files that somebody names, and those of folders: Dockerfiles and compose files. */
export function filesOfPaths(paths: readonly string[], source: ProjectSource): LintedFiles {
  const problems: Problem[] = []
  const { directory, show } = source
  const files = paths.flatMap(name => {
    const path = resolve(directory, name)
    if (!isFolder(path)) return [isYaml(path) ? composeFile(path, source) : dockerfile(path, show)]
    const found = findFiles(path, name => isDockerfile(name) || isComposeFile(name))
    if (found.length === 0) problems.push(nothingIn(show(path)))
    return found.map(one => (isYaml(one) ? composeFile(one, source) : dockerfile(one, show)))
  })
  return { files: distinct(files), problems }
}

/** What to say of a folder without any file to look at. */
export function nothingIn(folder: string): Problem {
  const cure = 'name files, or another folder'
  return { at: null, where: folder, what: 'there is neither a compose file nor a Dockerfile', cure }
}

function dockerfile(path: string, show: (path: string) => string): LintedFile {
  const name = show(path)
  return { path, name, read: () => readText(path, name), lookup: null, named: null }
}

function composeFile(path: string, source: ProjectSource): LintedFile {
  return { ...dockerfile(path, source.show), lookup: variablesOf(path, source) }
}

function variablesOf(path: string, source: ProjectSource): Lookup {
  try {
    return lookupOf({ ...source, files: [path] })
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return () => undefined
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

function isYaml(path: string): boolean {
  return /\.ya?ml$/i.test(path)
}

/** Whether a file of this name is a compose file: `compose.yaml`, `docker-compose.prod.yml`. */
export function isComposeFile(name: string): boolean {
  return /^(?:docker-)?compose(?:[^a-z].*)?\.ya?ml$/i.test(basename(name))
}

/** Who names a file first says what it is. */
function distinct(files: readonly LintedFile[]): LintedFile[] {
  const byPath = new Map<string, LintedFile>()
  for (const file of files) if (!byPath.has(file.path)) byPath.set(file.path, file)
  return [...byPath.values()]
}
