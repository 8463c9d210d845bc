import { entriesOf, find, itemsOf } from '../node.ts'
import type { Context, Rule } from './context.ts'
import { mountsOf } from './mounts.ts'
import { type Mention, namesIn } from './needs.ts'
import { stringOf } from './plain.ts'
import { similar } from './report.ts'

/** The services that a service needs are there and enabled. */
export const needs: Rule = (service, { enabled, disabled, profiles }, report) => {
  const chosen = profiles.length === 0 ? 'no profile is chosen' : `the profiles are ${profiles.join(', ')}`
  for (const { name, node, where, required } of service.needs) {
    if (enabled.has(name) || (disabled.has(name) && !required)) continue
    if (disabled.has(name))
      report(node, where, `the service "${name}" is disabled: ${chosen}`, 'choose a profile of it, too')
    else report(node, where, `there is no service "${name}"`, similar(name, [...enabled.keys(), ...disabled]))
  }
}

/** Networks, models, volumes and the like that a service names are there. */
export const references: Rule = (service, { root }, report) => {
  for (const { kind, name, node, where } of referencesOf(service)) {
    const known = entriesOf(find(root, kind))
    if (known.has(name)) continue
    const cure = similar(name, [...known.keys()]) ?? `add it to the "${kind}:" of the file`
    report(node, where, `there is no ${kind.slice(0, -1)} "${name}"`, cure)
  }
}

interface Reference extends Mention {
  /** The key of the project that has all of them. */
  readonly kind: string
}

function referencesOf(service: Context): Reference[] {
  const { map, where } = service
  const networks = namesIn(find(map, 'networks'), `${where}.networks`).filter(
    ({ name }) => name !== 'default',
  )
  return [
    ...ofKind('networks', networks),
    ...ofKind('models', namesIn(find(map, 'models'), `${where}.models`)),
    ...ofKind('volumes', volumes(service)),
    ...ofKind('configs', sources(service, 'configs')),
    ...ofKind('secrets', sources(service, 'secrets')),
    ...ofKind('secrets', sources(service, 'build', 'secrets')),
  ]
}

function ofKind(kind: string, mentions: readonly Mention[]): Reference[] {
  return mentions.map(mention => ({ ...mention, kind }))
}

function volumes(service: Context): Mention[] {
  return mountsOf(service)
    .filter(({ source }) => source !== '')
    .map(({ source, node, where }) => ({ name: source, node, where }))
}

/** NAME, or the same under `source`. */
function sources({ map, where }: Context, ...path: readonly string[]): Mention[] {
  return itemsOf(find(map, ...path)).map((node, index) => ({
    name: stringOf(node.kind === 'map' ? find(node, 'source') : node) ?? '',
    node,
    where: `${where}.${path.join('.')}[${index}]`,
  }))
}
