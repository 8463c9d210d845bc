import { isAbsolute, join } from 'node:path'
import { type Build, readBuilds } from './compose/build.ts'
import type { ComposeProject } from './compose/project.ts'
import { type DockerfileImage, type DockerfileReading, readDockerfile } from './dockerfile/read.ts'
import { InputError, type Location, type Problem } from './problem.ts'
import { type ImageReference, parseReference, withDefaultTag } from './reference.ts'
import { readText } from './text.ts'

/** An image that a Dockerfile of a service needs to be built. */
export interface BaseImage {
  /** With a tag or a digest. */
  readonly reference: ImageReference
  /** As the Dockerfile has it, with its arguments filled in. */
  readonly written: string
  readonly platform: string
  readonly service: string
  readonly at: Location
}

/** The base images of a project, and what is in the way of reading them. */
export interface BaseImages {
  readonly images: readonly BaseImage[]
  readonly problems: readonly Problem[]
}

/** Reads the Dockerfiles of all services that are built. `show` says how a path is called in messages. */
export function readBaseImages(
  project: ComposeProject,
  platform: string,
  show: (path: string) => string,
): BaseImages {
  const images: BaseImage[] = []
  const problems: Problem[] = []
  for (const build of readBuilds(project)) {
    const { service, at } = build
    try {
      const file = openDockerfile(build, show)
      if (file === null) continue
      const input = { ...build, platform: service.platform ?? platform }
      const reading = readDockerfile(file.text, input)
      problems.push(...problemsOf(reading, file.name, service.name, at))
      images.push(...reading.images.map(image => baseImage(image, file.name, service.name, at)))
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      problems.push(...error.problems)
    }
  }
  return { images, problems }
}

/** A Dockerfile. One that stands in the compose file has no name of its own. */
interface Dockerfile {
  readonly name: string | null
  readonly text: string
}

/** null where the build is not on this machine. */
function openDockerfile(build: Build, show: (path: string) => string): Dockerfile | null {
  const { context, dockerfile, inline, service, at } = build
  if (inline !== null) return { name: null, text: inline }
  if (context === null) return null
  const path = isAbsolute(dockerfile) ? dockerfile : join(context, dockerfile)
  const text = readText(path, show(path))
  if (text !== null) return { name: show(path), text }
  const what = `its base images are not known, for there is no ${show(path)}`
  throw new InputError([{ at, where: `services.${service.name}.build`, what, cure: null }])
}

function problemsOf(
  { problems }: DockerfileReading,
  file: string | null,
  service: string,
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
  service: string,
  at: Location,
): BaseImage {
  const reference = withDefaultTag(parseReference(image))
  return { reference, written: image, platform, service, at: file === null ? at : { file, line, column } }
}
