import { type Build, dockerfilePath, readBuilds } from './compose/build.ts'
import type { ComposeProject } from './compose/project.ts'
import { findDockerfiles } from './dockerfile/find.ts'
import {
  type BuildInput,
  type DockerfileImage,
  type DockerfileReading,
  readDockerfile,
} from './dockerfile/read.ts'
import { gather, InputError, type Location, type Problem } from './problem.ts'
import { type ImageReference, parseReference, withDefaultTag } from './reference.ts'
import { readText } from './text.ts'

/** An image that a Dockerfile of a service needs to be built. */
export interface BaseImage {
  /** With a tag or a digest. */
  readonly reference: ImageReference
  /** As the Dockerfile has it, with its arguments filled in. */
  readonly written: string
  readonly platform: string
  /** What is built by it; null where a Dockerfile of the project belongs to no service. */
  readonly service: string | null
  readonly at: Location
}

/** The base images of a project, and what is in the way of reading them. */
export interface BaseImages {
  readonly images: readonly BaseImage[]
  readonly problems: readonly Problem[]
}

/**
 * Reads the Dockerfiles of all services that are built, and all others in the project's folder. `show` says how a path
 * is called in messages.
 */
export function readBaseImages(
  project: ComposeProject,
  platform: string,
  show: (path: string) => string,
): BaseImages {
  const problems: Problem[] = []
  const builds = gather(problems, () => readBuilds(project)) ?? []
  const known = new Set<string>()
  const images = builds.flatMap(build => {
    const path = dockerfilePath(build)
    if (path !== null) known.add(path)
    const file = gather(problems, () => openDockerfile(build, path, show))
    if (file === null) return []
    const { service, at } = build
    return readImages(
      file,
      { ...build, platform: service.platform ?? platform },
      { service: service.name, at, problems },
    )
  })
  const others = findDockerfiles(project.directory).filter(path => !known.has(path))
  const more = others.flatMap(path => {
    const file = gather(problems, () => textOf(path, show))
    const at = { file: show(path), line: 1, column: 1 }
    return file === null ? [] : readImages(file, alone(platform), { service: null, at, problems })
  })
  return { images: [...images, ...more], problems }
}

/** How a Dockerfile is read that no service names. */
function alone(platform: string): BuildInput {
  return { platform, args: new Map(), target: null, contexts: new Set() }
}

/** A Dockerfile. One that stands in the compose file has no name of its own. */
interface Dockerfile {
  readonly name: string | null
  readonly text: string
}

/** null where the build is not on this machine. */
function openDockerfile(
  { inline, service, at }: Build,
  path: string | null,
  show: (path: string) => string,
): Dockerfile | null {
  if (inline !== null) return { name: null, text: inline }
  if (path === null) return null
  const file = textOf(path, show)
  if (file !== null) return file
  const what = `its base images are not known, for there is no ${show(path)}`
  throw new InputError([{ at, where: `services.${service.name}.build`, what, cure: null }])
}

function textOf(path: string, show: (path: string) => string): Dockerfile | null {
  const text = readText(path, show(path))
  return text === null ? null : { name: show(path), text }
}

/** Whom a Dockerfile is read for, and where its problems go. */
interface Reader {
  readonly service: string | null
  readonly at: Location
  readonly problems: Problem[]
}

function readImages({ name, text }: Dockerfile, input: BuildInput, { service, at, problems }: Reader) {
  const reading = readDockerfile(text, input)
  problems.push(...problemsOf(reading, name, service, at))
  return reading.images.map(image => baseImage(image, name, service, at))
}

function problemsOf(
  { problems }: DockerfileReading,
  file: string | null,
  service: string | null,
  at: Location,
): Problem[] {
  return problems.map(({ line, column, what, cure }) =>
    file === null
      ? { at, where: `services.${service}.build.dockerfile_inline`, what: `line ${line}: ${what}`, cure }
      : { at: { file, line, column }, where: null, what, cure },
  )
}

function baseImage(
  { image, platform, line, column }: DockerfileImage,
  file: string | null,
  service: string | null,
  at: Location,
): BaseImage {
  const reference = withDefaultTag(parseReference(image))
  return { reference, written: image, platform, service, at: file === null ? at : { file, line, column } }
}
