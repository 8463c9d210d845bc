import { collisions, imageClaim } from './collisions.ts'
import { targetOf } from './naming.ts'
import { compare } from './order.ts'
import type { RelayPlan } from './plan.ts'
import { InputError, Invalid, type Location, type Problem } from './problem.ts'
import {
  familiarName,
  formatReference,
  type ImageReference,
  parseReference,
  repositoryName,
  shortReference,
} from './reference.ts'
import { addressOf } from './registry.ts'

/** An image, and the names that it has on hosts besides localhost/SOURCE. All have the tag of the source. */
export interface Alias {
  readonly source: string
  /** What push calls it at the registry, below host and namespace. */
  readonly name: string
  /** Without its namespace; null where nobody asks for it so. */
  readonly short: string | null
  /** null where it is that of the plan. */
  readonly platform: string | null
}

/** The images of a project and those that its Dockerfiles are built on, each sorted by source. */
export interface Aliases {
  readonly images: readonly Alias[]
  readonly bases: readonly Alias[]
}

/** An image that gets names. */
interface Named {
  readonly reference: ImageReference
  readonly platform: string
  readonly at: Location
  readonly where: string | null
}

/**
 * The names that hosts know the images by. What has no tag has no aliases. Throws InputError where two images would
 * get one name.
 */
export function planAliases(plan: RelayPlan): Aliases {
  const built = plan.builds.flatMap(({ use }) => use ?? [])
  const images = tagged([...plan.relays.map(({ use }) => use), ...built])
  const bases = tagged(plan.bases.map(base => ({ ...base, where: null })))
  const problems: Problem[] = []
  const names = registryNames(plan, [...images, ...bases], problems)
  const shorts = shortNames(plan, [...images, ...bases], problems)
  if (problems.length > 0) throw new InputError(problems)
  const alias = ({ reference, platform }: Named): Alias => {
    const key = formatReference(reference)
    return {
      source: sourceOf(reference),
      name: names.get(key) ?? '',
      short: shorts.get(key) ?? null,
      platform: platform === plan.platform ? null : platform,
    }
  }
  return { images: listed(images).map(alias), bases: listed(bases).map(alias) }
}

/** To aliases what stands under localhost/ is the image that is named so without it. */
function sourceOf(reference: ImageReference): string {
  const name = formatReference(reference)
  return shortReference(isLocal(reference) ? parseReference(name.slice(LOCALHOST.length + 1)) : reference)
}

function isLocal({ registry }: ImageReference): boolean {
  return registry === LOCALHOST
}

const LOCALHOST = 'localhost'

/** Each source once, sorted; the name without localhost/ counts. */
function listed(all: readonly Named[]): Named[] {
  const local = all.filter(({ reference }) => isLocal(reference))
  const others = all.filter(({ reference }) => !isLocal(reference))
  const sources = new Map([...local, ...others].map(image => [sourceOf(image.reference), image]))
  return [...sources].sort(([a], [b]) => compare(a, b)).map(([, image]) => image)
}

/** Those with a tag, each once; a digest is no part of an alias. */
function tagged(all: readonly Named[]): Named[] {
  const named = new Map<string, Named>()
  for (const image of all) {
    if (image.reference.tag === null) continue
    const reference = { ...image.reference, digest: null }
    named.set(shortReference(reference), { ...image, reference })
  }
  return [...named].sort(([a], [b]) => compare(a, b)).map(([, image]) => image)
}

/** By the rules of the registry of internal networks; where they have none, of the target: one may be named later. */
function registryNames(
  { alias, registry, images }: RelayPlan,
  all: readonly Named[],
  problems: Problem[],
): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  const harbor = alias.harbor ?? registry
  const prefix = addressOf(harbor)
  const claims = distinct(all).flatMap(({ reference, at, where }) => {
    try {
      const to = targetOf(reference, harbor, images.get(repositoryName(reference)) ?? null)
      names.set(formatReference(reference), formatReference(to).slice(prefix.length + 1))
      return [imageClaim({ from: reference, to, use: { at, where } }, harbor)]
    } catch (error) {
      if (!(error instanceof Invalid)) throw error
      problems.push({ at, where, what: error.what, cure: error.cure })
      return []
    }
  })
  problems.push(...collisions(claims))
  return names
}

/** A name that two repositories want, or that a third one has, would be now the one, now the other. */
function shortNames({ alias }: RelayPlan, all: readonly Named[], problems: Problem[]) {
  const names = new Map<string, string>()
  const images = distinct(all)
  const owners = new Map(images.map(image => [repositoryName(image.reference), image.reference]))
  for (const { reference, at, where } of images) {
    const repository = repositoryName(reference)
    const short = alias.shortNames === 'all' ? lastStep(reference) : alias.shortNames.get(repository)
    if (short === undefined) continue
    const wanted = repositoryName(parseReference(short))
    if (wanted === repository) continue
    const owner = owners.get(wanted) ?? reference
    owners.set(wanted, owner)
    if (repositoryName(owner) === repository)
      names.set(formatReference(reference), `${short}:${reference.tag}`)
    else {
      const what = `"${familiarName(reference)}" and "${familiarName(owner)}" would both be "${short}"`
      const cure = 'write "alias.short-names" in relay.yaml as a mapping, with the one that is meant'
      problems.push({ at, where, what, cure })
    }
  }
  return names
}

function lastStep({ repository }: ImageReference): string | undefined {
  return repository.split('/').at(-1)
}

/** A base image may be an image of the project, too. */
function distinct(all: readonly Named[]): Named[] {
  return [...new Map(all.map(image => [formatReference(image.reference), image])).values()]
}
