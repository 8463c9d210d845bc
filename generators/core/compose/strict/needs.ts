import { type Entry, entriesOf, find, type MapNode, type Node } from '../node.ts'
import { flagOf, stringOf } from './plain.ts'

/** A name of something else, and where it stands. */
export interface Mention {
  readonly name: string
  readonly node: Node | Entry
  readonly where: string
}

/** That a service needs another one. */
export interface Need extends Mention {
  readonly required: boolean
}

/** What stands under a key of a mapping, or in a list of its keys. */
export function namesIn(node: Node | null, where: string): Mention[] {
  const keys = [...entriesOf(node)].map(([name, entry]) => ({ name, node: entry, where: `${where}.${name}` }))
  const items = node?.kind === 'list' ? node.items : []
  const listed = items.map((item, index) => ({
    name: stringOf(item) ?? '',
    node: item,
    where: `${where}[${index}]`,
  }))
  return [...keys, ...listed]
}

/** Of `service:NAME` the name. */
export function afterPrefix(text: string | null): string | null {
  return text?.startsWith('service:') ? text.slice('service:'.length) : null
}

/** What a service needs, each once: https://github.com/compose-spec/compose-go/blob/main/loader/normalize.go */
export function needsOf(map: MapNode, where: string): readonly Need[] {
  const others = [...links(map, where), ...modes(map, where), ...volumeSources(map, where)]
  const required = others.map(mention => ({ ...mention, required: true }))
  const needs = new Map<string, Need>()
  for (const need of [...dependencies(map, where), ...required])
    if (!needs.has(need.name)) needs.set(need.name, need)
  return [...needs.values()]
}

function dependencies(map: MapNode, where: string): Need[] {
  const node = find(map, 'depends_on')
  return namesIn(node, `${where}.depends_on`).map(mention => ({
    ...mention,
    required: flagOf(find(node, mention.name, 'required')) ?? true,
  }))
}

/** SERVICE or SERVICE:ALIAS. */
function links(map: MapNode, where: string): Mention[] {
  return namesIn(find(map, 'links'), `${where}.links`).map(mention => {
    const [name = '', ...rest] = mention.name.split(':')
    return rest.length === 1 ? { ...mention, name } : mention
  })
}

/** Namespaces that a service shares with another one. */
function modes(map: MapNode, where: string): Mention[] {
  return ['network_mode', 'ipc', 'pid', 'uts', 'cgroup'].flatMap(key => {
    const node = find(map, key)
    const name = afterPrefix(stringOf(node))
    return node === null || name === null ? [] : [{ name, node, where: `${where}.${key}` }]
  })
}

/** SERVICE or SERVICE:MODE. */
function volumeSources(map: MapNode, where: string): Mention[] {
  return namesIn(find(map, 'volumes_from'), `${where}.volumes_from`)
    .filter(({ name }) => !name.startsWith('container:'))
    .map(mention => ({ ...mention, name: mention.name.split(':')[0] ?? '' }))
}
