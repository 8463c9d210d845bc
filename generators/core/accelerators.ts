import { readData } from './assets.ts'
import { glob } from './pattern.ts'
import { Invalid } from './problem.ts'
import { formatReference, type ImageReference, parseReference, shortReference } from './reference.ts'

/** What a host is that stands before the name of an image of Docker Hub. */
export type HostKind = 'accelerator' | 'registry' | 'instance'

/** An image of Docker Hub by the name of a host that is not to be named. */
export interface Misnomer {
  readonly kind: HostKind
  /** The image as it is written, without variables. */
  readonly image: string
  readonly host: string
  /** The host, and `library/` where that follows it. */
  readonly prefix: string
  /** What Docker Hub calls the image, such as `node:18`. */
  readonly name: string
  /** The same in full. */
  readonly canonical: string
}

/** What is wrong with the name of an image; null where nothing is, and for what is no image. */
export function misnomerOf(image: string): Misnomer | null {
  const reference = readReference(image)
  const kind = reference === null ? null : kindOf(reference.registry)
  if (reference === null || kind === null || !isAtHub(reference, kind)) return null
  const { repository } = reference
  const hub = { ...reference, registry: HUB, repository: official(repository) }
  const host = image.slice(0, image.indexOf('/'))
  const prefix = `${host}/${repository.startsWith(OFFICIAL) ? OFFICIAL : ''}`
  return { kind, image, host, prefix, name: shortReference(hub), canonical: formatReference(hub) }
}

/** The host of Docker Hub's images, as references have it. */
export const HUB = 'docker.io'

const OFFICIAL = 'library/'

function official(repository: string): string {
  return repository.includes('/') ? repository : OFFICIAL + repository
}

function readReference(image: string): ImageReference | null {
  try {
    return parseReference(image)
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    return null
  }
}

/**
 * Whether Docker Hub may have an image of that name: a namespace without dots, which would be a registry behind a
 * proxy, and a name. Of Aliyun's namespaces only `library` means Docker Hub; others are somebody's own.
 */
function isAtHub({ repository }: ImageReference, kind: HostKind): boolean {
  const steps = repository.split('/')
  if (kind !== 'accelerator') return steps.length === 2 && repository.startsWith(OFFICIAL)
  return steps.length <= 2 && repository !== 'library' && !steps.slice(0, -1).some(step => step.includes('.'))
}

interface Table {
  readonly accelerators: readonly string[]
  readonly instances: readonly string[]
  readonly registries: readonly string[]
}

/** Hosts by name, and the patterns of others; of two that fit the first one counts. */
interface Hosts {
  readonly names: ReadonlyMap<string, HostKind>
  readonly patterns: readonly (readonly [pattern: string, kind: HostKind])[]
}

let known: Hosts | null = null

function kindOf(registry: string): HostKind | null {
  known ??= readHosts()
  const host = registry.toLowerCase().replace(/:443$/, '')
  return known.names.get(host) ?? known.patterns.find(([pattern]) => glob(pattern, host))?.[1] ?? null
}

function readHosts(): Hosts {
  const { accelerators, instances, registries } = readData('accelerators') as Table
  const hosts = [
    ...accelerators.map(host => [host, 'accelerator'] as const),
    ...instances.map(host => [host, 'instance'] as const),
    ...registries.map(host => [host, 'registry'] as const),
  ]
  return {
    names: new Map(hosts.filter(([host]) => !host.includes('*'))),
    patterns: hosts.filter(([host]) => host.includes('*')),
  }
}
