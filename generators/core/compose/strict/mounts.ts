import { posix } from 'node:path'
import { find, itemsOf, type MapNode, type Node } from '../node.ts'
import type { Context, Rule } from './context.ts'
import { isHostPath, type Mount, parseMount } from './mount.ts'
import { stringOf } from './plain.ts'

interface PlacedMount extends Mount {
  readonly node: Node
  readonly where: string
}

/** The mounts of a service; the source of one that is no volume is left out. */
export function mountsOf({ map, where }: Context): PlacedMount[] {
  return itemsOf(find(map, 'volumes')).flatMap((node, index) => {
    const mount = node.kind === 'map' ? longMount(node) : parseMount(stringOf(node) ?? '')
    if (typeof mount === 'string') return []
    const source = node.kind !== 'map' && isHostPath(mount.source) ? '' : mount.source
    return [{ source, target: clean(mount.target), node, where: `${where}.volumes[${index}]` }]
  })
}

function longMount(map: MapNode): Mount {
  const isVolume = stringOf(find(map, 'type')) === 'volume'
  const source = isVolume ? (stringOf(find(map, 'source')) ?? '') : ''
  return { source, target: stringOf(find(map, 'target')) ?? '' }
}

/** A path without what says nothing: https://pkg.go.dev/path#Clean. */
function clean(path: string): string {
  const normal = posix.normalize(path)
  return normal.length > 1 ? normal.replace(/\/$/, '') : normal
}

function tmpfsOf({ map, where }: Context): PlacedMount[] {
  return itemsOf(find(map, 'tmpfs')).map((node, index) => {
    const [target = ''] = (stringOf(node) ?? '').split(':')
    return { source: '', target, node, where: `${where}.tmpfs[${index}]` }
  })
}

/** No two mounts have one target. */
export const targets: Rule = (service, _, report) => {
  const known = new Map<string, string>()
  for (const { target, node, where } of [...tmpfsOf(service), ...mountsOf(service)]) {
    const first = known.get(target)
    if (first !== undefined)
      report(node, where, `"${target}" is already mounted by ${first}`, 'take one away')
    known.set(target, where)
  }
}

/** Binds have a source. */
export const binds: Rule = ({ map, where }, _, report) => {
  for (const [index, item] of itemsOf(find(map, 'volumes')).entries()) {
    const isBind = item.kind === 'map' && stringOf(find(item, 'type')) === 'bind'
    if (isBind && find(item, 'source') === null)
      report(item, `${where}.volumes[${index}]`, 'a bind needs a source', 'add "source:"')
  }
}
