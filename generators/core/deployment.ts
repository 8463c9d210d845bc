import { isAbsolute, join, relative, sep } from 'node:path'
import { type Mount, type MountKind, readMounts, unlistable } from './compose/mounts.ts'
import { entriesOf, find, itemsOf, type Node } from './compose/node.ts'
import type { Service } from './compose/project.ts'
import { imagesOf } from './compose/services.ts'
import { compare } from './order.ts'
import { type RelayPlan, targetsOf } from './plan.ts'
import { InputError } from './problem.ts'
import { formatReference, parseReference, shortReference, withDefaultTag } from './reference.ts'
import type { ImageUse } from './select.ts'

/** A service, and what Compose starts with it. */
export interface DeployedService {
  readonly name: string
  readonly profiles: readonly string[]
  /** The services that it waits for or lives with, sorted. */
  readonly needs: readonly string[]
}

/** An image that a host needs. */
export interface DeployedImage {
  /** Where it comes from: `relay` from the registry; everything else has to be on the host. */
  readonly state: 'relay' | 'ignored' | 'built' | 'other'
  /** Whether services run it, or need it for something else. */
  readonly use: 'run' | 'mount'
  /** As the mirror has it; empty where Compose gives it a name of its own. */
  readonly name: string
  /** As the lock has it; empty where nothing is relayed. */
  readonly source: string
  readonly platform: string
  readonly services: readonly string[]
}

/** A file or folder of the project that a host needs. */
export interface DeployedPath {
  readonly kind: MountKind
  /** Below the folder of the project; of what lies elsewhere as it is, or as seen from there. */
  readonly path: string
  readonly services: readonly string[]
}

export interface Deployment {
  readonly services: readonly DeployedService[]
  readonly images: readonly DeployedImage[]
  readonly paths: readonly DeployedPath[]
  /** What has to be on the host. */
  readonly elsewhere: readonly DeployedPath[]
}

/** What a host needs in order to run a project whose folder is `base`. All lists are sorted. */
export function planDeployment(plan: RelayPlan, base: string): Deployment {
  const mounts = readMounts(plan.project, plan.merged)
  const bad = mounts.find(unlistable)
  if (bad !== undefined) {
    const what = `a control character in a path that it mounts: ${JSON.stringify(bad.path)}`
    throw new InputError([
      {
        at: null,
        where: `services.${bad.services[0] ?? ''}`,
        what,
        cure: 'give the file or folder another name',
      },
    ])
  }
  const inside = ({ path, written }: Mount) =>
    !path.startsWith('~') && !written?.startsWith('/') && isInside(path, base)
  const bases = (one: Mount) => ({ ...one, path: relative(base, one.path) || '.' })
  const byPath = (a: DeployedPath, b: DeployedPath) => compare(a.path, b.path)
  return {
    services: plan.project.services
      .map(({ name }) => deployedService(plan, name))
      .sort((a, b) => compare(a.name, b.name)),
    images: deployedImages(plan),
    paths: mounts
      .filter(inside)
      .filter(({ kind, path }) => kind !== 'context' || path !== base)
      .map(bases)
      .sort(byPath),
    elsewhere: mounts
      .filter(one => !inside(one) && !['context', 'optional-env'].includes(one.kind))
      .map(one => ({ ...one, path: outside(one, base) }))
      .sort(byPath),
  }
}

function isInside(path: string, base: string): boolean {
  const way = relative(base, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** As it is written, or as seen from the project's folder: no output has a path of the machine that made it. */
function outside({ path, written }: Mount, base: string): string {
  return written !== null && (isAbsolute(path) || path.startsWith('~')) && /^[/~$]/.test(written)
    ? written
    : relative(base, path)
}

function deployedService({ project }: RelayPlan, name: string): DeployedService {
  const service = find(project.model, 'services', name)
  const text = (node: Node) => (node.kind === 'scalar' ? String(node.value) : '')
  const depends = find(service, 'depends_on')
  const required = [...entriesOf(depends)].filter(([, { value }]) => {
    const node = find(value, 'required')
    return !(node?.kind === 'scalar' && node.value === false)
  })
  const listed = depends?.kind === 'list' ? depends.items.map(text) : required.map(([other]) => other)
  const links = itemsOf(find(service, 'links')).map(item => text(item).split(':')[0] ?? '')
  const volumes = itemsOf(find(service, 'volumes_from')).map(item => text(item).split(':')[0] ?? '')
  const shared = ['network_mode', 'ipc', 'pid'].flatMap(key =>
    itemsOf(find(service, key)).flatMap(item => /^service:(.+)/.exec(text(item))?.[1] ?? []),
  )
  const known = new Set(project.services.map(other => other.name))
  const needs = [...new Set([...listed, ...links, ...volumes, ...shared])].filter(other => known.has(other))
  return {
    name,
    profiles: itemsOf(find(service, 'profiles')).map(text),
    needs: needs.filter(other => other !== name).sort(compare),
  }
}

function deployedImages(plan: RelayPlan): readonly DeployedImage[] {
  const images = new Map<string, DeployedImage>()
  for (const one of plan.project.services.flatMap(service => imagesOfService(service, plan))) {
    const key = [one.name, one.state, one.use, one.source, one.platform].join('\n')
    const known = one.name === '' ? undefined : images.get(key)
    const services = [...(known?.services ?? []), ...one.services].sort(compare)
    images.set(one.name === '' ? `${key}\n${services}` : key, { ...one, services: [...new Set(services)] })
  }
  const keyOf = ({ name, use, services }: DeployedImage) => [name, use, ...services].join('\n')
  return [...images.values()].sort((a, b) => compare(keyOf(a), keyOf(b)))
}

function imagesOfService(service: Service, plan: RelayPlan): DeployedImage[] {
  const found = imagesOf(service)
    .filter(({ kind }) => kind !== 'context')
    .map(({ kind, value }) => imageOf(value, kind === 'service' ? 'run' : 'mount', service, plan))
  if (service.image !== null || !service.builds) return found
  const build = plan.builds.find(({ use, services }) => use === null && services.includes(service.name))
  const name = build === undefined ? '' : formatReference(build.to)
  const state = build === undefined ? 'built' : 'relay'
  const platform = service.platform ?? plan.platform
  return [...found, { state, use: 'run', name, source: '', platform, services: [service.name] }]
}

function imageOf(value: string, use: 'run' | 'mount', service: Service, plan: RelayPlan): DeployedImage {
  const known = plan.selection.images.find(({ written }) => service.enabled && written.includes(value))
  const services = [service.name]
  const target = known === undefined ? undefined : nameAtTarget(known, plan)
  if (known === undefined || target === undefined) {
    const platform = service.platform ?? plan.platform
    const state = known === undefined || known.state === 'relay' ? 'other' : known.state
    return { state, use, name: value, source: '', platform, services }
  }
  const source = shortReference(withDefaultTag(parseReference(known.source)))
  return { state: 'relay', use, name: target, source, platform: known.platform, services }
}

/** With its digest where the mirror has it. */
function nameAtTarget(use: ImageUse, plan: RelayPlan): string | undefined {
  const relay = plan.relays.find(one => one.use === use)
  return relay === undefined
    ? targetsOf(plan).get(use)
    : formatReference({ ...relay.to, digest: relay.digest })
}

/** The folder that a project and the files of its mirror have in common. */
export function commonFolder(a: string, b: string): string {
  let folder = a
  while (!isInside(b, folder)) folder = join(folder, '..')
  return folder
}
