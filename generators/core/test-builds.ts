import { type Build, readBuilds } from './compose/build.ts'
import { find } from './compose/node.ts'
import { compare } from './order.ts'
import type { RelayPlan } from './plan.ts'
import { formatReference, parseReference, shortReference, withDefaultTag } from './reference.ts'

/** A build that is tried under a name of its own. */
export interface TestBuild {
  readonly service: string
  /** What the image is called while it is tried. */
  readonly image: string
  /** The name by which other builds of the project ask for it; null where none does. */
  readonly base: string | null
  /** Keys of the build that would name or store something else, too. */
  readonly effects: readonly string[]
}

/** An image that has to be here before something is built on it, and that no build of the project makes. */
export interface TestBase {
  readonly image: string
  /** null where it is that of the machine. */
  readonly platform: string | null
  /** The services that are built on it, sorted. */
  readonly services: readonly string[]
}

/** What a build stores besides its image. */
const EFFECTS = ['tags', 'cache_to']

/** The builds of a plan, by name, but what others are built on before these. */
export function testBuilds(plan: RelayPlan): readonly TestBuild[] {
  const builds = [...readBuilds(plan.project)].sort((a, b) => compare(a.service.name, b.service.name))
  const makers = makersOf(builds)
  const wanted = basesBy(plan)
  const names = imageNames(builds)
  const asked = new Set([...wanted.values()].flatMap(images => [...images]))
  const found = new Map<Build, TestBuild>()
  const take = (build: Build, under: readonly Build[]) => {
    if (found.has(build) || under.includes(build)) return
    const images = wanted.get(build.service.name) ?? new Set()
    for (const image of images) for (const maker of makers.get(image) ?? []) take(maker, [...under, build])
    const own = imageOf(build)
    const node = find(plan.project.model, 'services', build.service.name, 'build')
    found.set(build, {
      service: build.service.name,
      image: names.get(build) ?? '',
      base: own !== null && asked.has(own) ? shortReference(withDefaultTag(parseReference(own))) : null,
      effects: EFFECTS.filter(key => find(node, key) !== null),
    })
  }
  for (const build of builds) take(build, [])
  return [...found.values()]
}

/** The base images of the builds, sorted. */
export function testBases(plan: RelayPlan): readonly TestBase[] {
  const makers = makersOf(readBuilds(plan.project))
  const bases = new Map<string, TestBase>()
  for (const { reference, platform, service } of plan.bases) {
    if (service === null || makers.has(formatReference({ ...reference, digest: null }))) continue
    const image = shortReference(reference)
    const own = platform === plan.platform ? null : platform
    const key = `${image} ${own ?? ''}`
    const services = new Set([...(bases.get(key)?.services ?? []), service])
    bases.set(key, { image, platform: own, services: [...services].sort(compare) })
  }
  return [...bases].sort(([a], [b]) => compare(a, b)).map(([, base]) => base)
}

function imageOf({ service }: Build): string | null {
  if (service.image === null) return null
  return formatReference({ ...withDefaultTag(parseReference(service.image.value)), digest: null })
}

/** The builds of each image that the project makes. */
function makersOf(builds: readonly Build[]): ReadonlyMap<string, readonly Build[]> {
  const makers = new Map<string, Build[]>()
  for (const build of builds) {
    const image = imageOf(build)
    if (image !== null) makers.set(image, [...(makers.get(image) ?? []), build])
  }
  return makers
}

/** The images that each service is built on. */
function basesBy({ bases }: RelayPlan): ReadonlyMap<string, ReadonlySet<string>> {
  const images = new Map<string, Set<string>>()
  for (const { reference, service } of bases) {
    if (service === null) continue
    const image = formatReference({ ...reference, digest: null })
    images.set(service, (images.get(service) ?? new Set()).add(image))
  }
  return images
}

/** `test-` and the name of the service, as far as an image may be called so; each once. */
function imageNames(builds: readonly Build[]): ReadonlyMap<Build, string> {
  const taken = new Set<string>()
  const names = new Map<Build, string>()
  for (const build of builds) {
    const base = `test-${imagePart(build.service.name)}`
    let name = base
    for (let number = 2; taken.has(name); number++) name = `${base}-${number}`
    taken.add(name)
    names.set(build, name)
  }
  return names
}

/** https://github.com/distribution/reference: letters and digits, and single marks between them. */
function imagePart(service: string): string {
  const words = service.toLowerCase().match(/[a-z0-9]+|[^a-z0-9]+/g) ?? []
  const joined = words.map(part => (/^(?:[a-z0-9]+|\.|__?|-+)$/.test(part) ? part : '-')).join('')
  return joined.replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '') || 'service'
}
