import type { ComposeProject, ImageKind, ImageValue, Service } from './compose/project.ts'
import { imagesOf } from './compose/services.ts'
import type { IgnoreLine } from './ignore.ts'
import { compare } from './order.ts'
import { InputError, Invalid, type Location, type Problem } from './problem.ts'
import { formatReference, type ImageReference, parseReference, withDefaultTag } from './reference.ts'

/** What happens to an image: it is relayed, left alone because a pattern says so, or built where it is used. */
export type State = 'relay' | 'ignored' | 'built'

/** One image of the project, under whatever spellings. */
export interface ImageUse {
  /** With a tag or a digest. */
  readonly reference: ImageReference
  /** The first of `written`. */
  readonly source: string
  /** All spellings after interpolation, sorted. */
  readonly written: readonly string[]
  readonly platform: string
  /** Names of the services, sorted. */
  readonly services: readonly string[]
  /** What a service needs it for; `service` where one of them runs it. */
  readonly kind: ImageKind
  readonly state: State
  /** The first place in the files, and its path in the model. */
  readonly at: Location
  readonly where: string
}

/** A service that Compose builds and that has no image of its own. */
export interface BuiltService {
  readonly service: string
  readonly platform: string
  readonly at: Location
}

/** Everything that a project runs. */
export interface Selection {
  /** Sorted by `source`, in code units. */
  readonly images: readonly ImageUse[]
  readonly built: readonly BuiltService[]
  readonly warnings: readonly Problem[]
}

/**
 * Puts the services' images together: one entry for each image, however it is spelt. Throws InputError with every
 * value that is no reference, and every image that is wanted for two platforms.
 */
export function selectImages(
  project: ComposeProject,
  ignore: readonly IgnoreLine[],
  platform: string,
): Selection {
  const problems: Problem[] = []
  const services = project.services.filter(({ enabled }) => enabled)
  const groups = groupUses(services, problems)
  const images = [...groups.values()].map(uses => mergeUses(uses, ignore, platform, problems))
  if (problems.length > 0) throw new InputError(problems)
  const built = services.filter(({ image, builds }) => image === null && builds)
  return {
    images: images.sort((a, b) => compare(a.source, b.source)),
    built: built.map(({ name, platform: own, at }) => ({ service: name, platform: own ?? platform, at })),
    warnings: ignore.filter(line => !images.some(({ reference }) => line.matches(reference))).map(noHit),
  }
}

interface Use {
  readonly service: Service
  readonly image: ImageValue
  readonly reference: ImageReference
}

/** The uses of each image, by its full name. */
function groupUses(services: readonly Service[], problems: Problem[]): Map<string, [Use, ...Use[]]> {
  const groups = new Map<string, [Use, ...Use[]]>()
  const uses = services.flatMap(service => imagesOf(service).map(image => ({ service, image })))
  for (const { service, image } of uses) {
    const reference = readReference(image, problems)
    if (reference === null) continue
    const use = { service, image, reference }
    const key = formatReference(reference)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [use])
    else group.push(use)
  }
  return groups
}

function readReference({ value, at, where }: ImageValue, problems: Problem[]): ImageReference | null {
  try {
    return withDefaultTag(parseReference(value))
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    problems.push({ at, where, what: error.what, cure: error.cure })
    return null
  }
}

function mergeUses(
  uses: readonly [Use, ...Use[]],
  ignore: readonly IgnoreLine[],
  platform: string,
  problems: Problem[],
): ImageUse {
  const [{ reference, image }] = uses
  const written = unique(uses.map(use => use.image.value))
  const ignored = ignore.some(line => line.matches(reference))
  const run = uses.filter(use => use.image.kind === 'service')
  const builds = run.some(({ service }) => service.builds)
  const state = ignored ? 'ignored' : builds ? 'built' : 'relay'
  return {
    reference,
    source: written[0] ?? image.value,
    written,
    platform: onePlatform(uses, state, platform, problems),
    services: unique(uses.map(({ service }) => service.name)),
    kind: run.length > 0 ? 'service' : image.kind,
    state,
    at: image.at,
    where: image.where,
  }
}

/** An image has one name at the target, so it can be there for one platform only. */
function onePlatform(
  uses: readonly [Use, ...Use[]],
  state: State,
  platform: string,
  problems: Problem[],
): string {
  const [first] = uses
  const platformOf = ({ service }: Use) => service.platform ?? platform
  const second = uses.find(use => platformOf(use) !== platformOf(first))
  if (second !== undefined && state === 'relay') {
    const { name } = second.service
    const what = `"${second.image.value}" is wanted for ${platformOf(second)} here and for ${platformOf(first)} by services.${first.service.name}`
    const cure = 'give both services one platform, or ignore the image'
    problems.push({ at: second.image.at, where: `services.${name}.platform`, what, cure })
  }
  return checkPlatform(first, platformOf(first), problems)
}

function checkPlatform({ service }: Use, platform: string, problems: Problem[]): string {
  if (!/^[a-z0-9]+\/[a-z0-9_]+(\/v[0-9]+)?$/.test(platform)) {
    const what = `not a platform: "${platform}"`
    problems.push({
      at: service.at,
      where: `services.${service.name}.platform`,
      what,
      cure: 'such as linux/amd64',
    })
  }
  return platform
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort(compare)
}

function noHit({ text, at }: IgnoreLine): Problem {
  return {
    at,
    where: null,
    what: `no image of the project matches "${text}"`,
    cure: 'remove the line if it is old',
  }
}
