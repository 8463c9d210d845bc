import { isDeepStrictEqual } from 'node:util'
import { type Build, readBuilds } from './compose/build.ts'
import { targetOf } from './naming.ts'
import { compare } from './order.ts'
import type { PlanInput } from './plan.ts'
import { InputError, Invalid, type Location, type Problem } from './problem.ts'
import {
  formatReference,
  type ImageReference,
  parseReference,
  repositoryName,
  withDefaultTag,
} from './reference.ts'
import type { ImageUse } from './select.ts'

/** What becomes of services with a build: they stay as they are, or the registry gets them, too. */
export type Built = 'keep' | 'relay'

/** What Compose builds and the registry is to have. */
export interface RelayedBuild {
  /** The services that it is built by, sorted. */
  readonly services: readonly [string, ...string[]]
  /** null where its service names no image. */
  readonly use: ImageUse | null
  readonly to: ImageReference
  readonly platform: string
  readonly at: Location
  readonly where: string
}

/**
 * The builds that are relayed: all by `built: relay`, else those whose image has a line in `images:`. An image keeps
 * its name as others do; a build without image is called like its service. What is in the way goes to `problems`.
 */
export function planBuilds(input: PlanInput, problems: Problem[]): RelayedBuild[] {
  const { images, built } = input.selection
  const uses = images
    .filter(({ state }) => state === 'built')
    .filter(({ reference }) => input.built === 'relay' || input.images.has(repositoryName(reference)))
  const builds = uses.length === 0 ? [] : readAll(input, problems)
  const named = uses.flatMap(use => planNamed(use, builds, input, problems))
  const others = input.built === 'relay' ? built : []
  const nameless = others.flatMap(service => planNameless(service, input, problems))
  return [...named, ...nameless].sort((a, b) => compare(a.services[0], b.services[0]))
}

function planNamed(
  use: ImageUse,
  all: readonly Build[],
  { registry, images, platform }: PlanInput,
  problems: Problem[],
): RelayedBuild[] {
  const { reference, at, where } = use
  const builds = all.filter(({ service }) => service.image !== null && isSame(service.image.value, reference))
  const [first, ...others] = builds.map(({ service }) => service.name).sort(compare)
  if (first === undefined) return []
  problems.push(...differences(use, builds, platform))
  const chosen = images.get(repositoryName(reference)) ?? null
  const to = refused(problems, at, where, () => targetOf(reference, registry, chosen))
  return to === null ? [] : [{ services: [first, ...others], use, to, platform: use.platform, at, where }]
}

function isSame(image: string, reference: ImageReference): boolean {
  return formatReference(withDefaultTag(parseReference(image))) === formatReference(reference)
}

/** One name holds one image: two builds or platforms under it would overwrite each other. */
function differences(
  { source }: ImageUse,
  [first, ...others]: readonly Build[],
  platform: string,
): Problem[] {
  if (first === undefined) return []
  const platformOf = ({ service }: Build) => service.platform ?? platform
  return others.flatMap(build => {
    const { service, at } = build
    const where = `services.${service.name}`
    const cure = 'give each service its own "image:"'
    if (platformOf(build) !== platformOf(first)) {
      const what = `"${source}" is built for ${platformOf(build)} here and for ${platformOf(first)} by services.${first.service.name}`
      return [{ at, where: `${where}.platform`, what, cure }]
    }
    // Builds from elsewhere are not compared: all that is known of them is that they are elsewhere.
    if (build.context !== null && isDeepStrictEqual(recipe(build), recipe(first))) return []
    const what = `"${source}" is built otherwise by services.${first.service.name}`
    return [{ at, where: `${where}.build`, what, cure }]
  })
}

/** What two builds of one image have in common. */
function recipe({ service: _, at: __, ...rest }: Build): Omit<Build, 'service' | 'at'> {
  return rest
}

function planNameless(
  { service, platform, at }: { readonly service: string; readonly platform: string; readonly at: Location },
  { registry }: PlanInput,
  problems: Problem[],
): RelayedBuild[] {
  const where = `services.${service}`
  const to = refused(problems, at, where, () => targetOf(serviceImage(service), registry, null))
  return to === null ? [] : [{ services: [service], use: null, to, platform, at, where }]
}

/** A service's name as that of an image. Throws Invalid where it is none. */
function serviceImage(service: string): ImageReference {
  try {
    return withDefaultTag(parseReference(service))
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    const what = `it is built and has no image, and "${service}" is no name for one: ${error.what}`
    throw new Invalid(what, 'give the service an "image:"')
  }
}

function refused<T>(problems: Problem[], at: Location, where: string, make: () => T): T | null {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    problems.push({ at, where, what: error.what, cure: error.cure })
    return null
  }
}

function readAll({ project }: PlanInput, problems: Problem[]): readonly Build[] {
  try {
    return readBuilds(project)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    problems.push(...error.problems)
    return []
  }
}
