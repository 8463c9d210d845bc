import { InputError } from '../problem.ts'
import {
  type Entry,
  isNull,
  itemsOf,
  type ListNode,
  type MapNode,
  type Node,
  placeOf,
  type ScalarNode,
  withEntry,
} from './node.ts'
import type { TaggedPath } from './tree.ts'

/** How Compose puts two values of one place together, where it does not merge mappings and append lists. */
type Merger = (base: Node, over: Node, rule: Rule | undefined, path: string) => Node

/** What is special about a place in the model, and about the places below it; `*` is every key or item. */
interface Rule {
  readonly merge?: Merger
  /** What two items of a list may not share: the later one takes the place of the earlier. */
  readonly unique?: (item: Node) => string | null
  readonly keys?: Readonly<Record<string, Rule>>
}

/**
 * `over` on top of `base`, by the rules of https://github.com/compose-spec/compose-spec/blob/main/13-merge.md. Throws
 * InputError where a mapping meets a list.
 */
export function mergeModels(base: MapNode, over: MapNode): MapNode {
  return mergeMaps(base, over, MODEL, '')
}

/** The same for a value `path` keys below the root of the model. */
export function mergeAt(path: readonly string[], base: Node, over: Node): Node {
  return mergeNodes(base, over, path.reduce(ruleBelow, MODEL as Rule | undefined), path.join('.'))
}

/** Everything in one place once: of two items for one key, target or port the later one counts. */
export function withoutRepeats(model: MapNode): MapNode {
  return uniqueBelow(model, MODEL) as MapNode
}

/** What a `!reset` or `!override` says about everything that was read before it. */
export function removePaths(model: MapNode, paths: readonly TaggedPath[]): MapNode {
  return paths.reduce(removePath, model)
}

function removePath(map: MapNode, path: TaggedPath): MapNode {
  const [key = '', ...rest] = path
  const entry = map.entries.get(key)
  if (entry === undefined) return map
  if (rest.length === 0) return withEntry(map, key, null)
  if (entry.value.kind !== 'map') return map
  const value = removePath(entry.value, rest)
  return value === entry.value ? map : withEntry(map, key, { ...entry, value })
}

function ruleBelow(rule: Rule | undefined, key: string): Rule | undefined {
  return rule?.keys?.[key] ?? rule?.keys?.['*']
}

function mergeNodes(base: Node, over: Node, rule: Rule | undefined, path: string): Node {
  if (rule?.merge !== undefined) return rule.merge(base, over, rule, path)
  if (isNull(over)) return base
  if (base.kind === 'map' && over.kind === 'map') return mergeMaps(base, over, rule, path)
  if (base.kind === 'list' && over.kind === 'list') return append(base, over)
  if (base.kind === 'scalar') return over
  const kinds = `a ${base.kind === 'map' ? 'mapping' : 'list'} at ${where(base)}`
  const cure = 'write both in one form, or put !override before this one'
  throw new InputError([{ at: placeOf(over), where: path, what: `it cannot override ${kinds}`, cure }])
}

function where(node: Node): string {
  const { file, line } = placeOf(node)
  return `${file}:${line}`
}

function mergeMaps(base: MapNode, over: MapNode, rule: Rule | undefined, path: string): MapNode {
  const entries = new Map(base.entries)
  for (const [key, entry] of over.entries) {
    const earlier = entries.get(key)
    entries.set(key, earlier === undefined ? entry : mergeEntries(key, earlier, entry, rule, path))
  }
  return { ...base, entries }
}

function mergeEntries(key: string, base: Entry, over: Entry, rule: Rule | undefined, path: string): Entry {
  const value = mergeNodes(base.value, over.value, ruleBelow(rule, key), path === '' ? key : `${path}.${key}`)
  return value === base.value ? base : { ...over, value }
}

function append(base: ListNode, over: ListNode): ListNode {
  return { ...over, items: [...base.items, ...over.items] }
}

const replace: Merger = (_, over) => over

/** A mapping `KEY: VALUE` and a list of `KEY=VALUE` are one. */
const asLists: Merger = (base, over) => append(toList(base), toList(over))

/** The same, without what is there already. */
const asListsOnce: Merger = (base, over) => {
  const first = toList(base)
  const known = new Set(first.items.map(plainValue))
  const { items, ...rest } = toList(over)
  return append(first, { ...rest, items: items.filter(item => !known.has(plainValue(item))) })
}

/** A mapping and a list of its keys are one. */
const asMaps: Merger = (base, over, rule, path) => mergeMaps(toMap(base), toMap(over), rule, path)

/** `build: .` names the context. */
const build: Merger = (base, over, rule, path) =>
  mergeMaps(underKey('context', base), underKey('context', over), rule, path)

/** Options of two drivers have nothing to do with each other. */
const logging: Merger = (base, over, rule, path) => {
  if (base.kind !== 'map' || over.kind !== 'map') return isNull(over) ? base : over
  const [first, second] = [base, over].map(({ entries }) => entries.get('driver')?.value)
  const same = first === undefined || second === undefined || plainValue(first) === plainValue(second)
  return same ? mergeMaps(base, over, rule, path) : over
}

/** A limit of the later file replaces the earlier one whole. */
const newestLimit: Merger = (_, over) => over

function toList(node: Node): ListNode {
  if (node.kind === 'list') return node
  const items = node.kind === 'map' ? toItems(node) : itemsOf(node)
  return { kind: 'list', items, site: node.site, source: node.source }
}

function toItems({ entries }: MapNode): Node[] {
  return [...entries]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, { value }]) =>
      (value.kind === 'list' ? value.items : [value]).map(item => withKey(key, item)),
    )
}

/** `KEY: VALUE` as `KEY=VALUE`; a key without value stands alone. */
function withKey(key: string, node: Node): Node {
  if (node.kind !== 'scalar') return node
  if (node.value === null) return { ...node, value: key, keyed: key }
  return { ...node, value: `${key}=${textOfPlain(node)}`, keyed: `${key}=` }
}

/** Compose's parser takes 0440 for an octal number, ours for a decimal one. */
function textOfPlain({ value, definition: { source } }: ScalarNode): string {
  const octal = typeof value === 'number' && /^0[0-7]+$/.test(source ?? '')
  return String(octal ? Number.parseInt(source ?? '', 8) : value)
}

function toMap(node: Node): MapNode {
  if (node.kind === 'map') return node
  const items = node.kind === 'list' ? node.items : []
  const entries = items.map(item => [String(plainValue(item)), keyAlone(item)] as const)
  return { kind: 'map', entries: new Map(entries), site: node.site, source: node.source }
}

function keyAlone(item: Node): Entry {
  const value = item.kind === 'scalar' ? { ...item, value: null, keyed: String(item.value) } : item
  return { key: item.site, source: item.source, value }
}

function underKey(key: string, node: Node): MapNode {
  if (node.kind === 'map') return node
  const { site, source } = node
  const entries: [string, Entry][] = isNull(node) ? [] : [[key, { key: site, source, value: node }]]
  return { kind: 'map', entries: new Map(entries), site, source }
}

function plainValue(node: Node): unknown {
  return node.kind === 'scalar' ? node.value : null
}

function uniqueBelow(node: Node, rule: Rule | undefined): Node {
  if (rule === undefined) return node
  if (node.kind === 'map') return uniqueInMap(node, rule)
  return node.kind === 'list' && rule.unique !== undefined ? uniqueItems(node, rule.unique) : node
}

function uniqueInMap(map: MapNode, rule: Rule): MapNode {
  if (rule.keys === undefined) return map
  let result = map
  for (const [key, entry] of map.entries) {
    const value = uniqueBelow(entry.value, ruleBelow(rule, key))
    if (value !== entry.value) result = withEntry(result, key, { ...entry, value })
  }
  return result
}

function uniqueItems(list: ListNode, identity: (item: Node) => string | null): ListNode {
  const places = new Map<string, number>()
  const items: Node[] = []
  for (const item of list.items) {
    const key = identity(item)
    const place = key === null ? undefined : places.get(key)
    if (place !== undefined) items[place] = item
    else if (items.push(item) && key !== null) places.set(key, items.length - 1)
  }
  return items.length === list.items.length ? list : { ...list, items }
}

/** Of `KEY=VALUE` the key. */
function keyOf(item: Node): string | null {
  const value = plainValue(item)
  return typeof value === 'string' ? (value.split('=', 1)[0] ?? null) : null
}

/** Of a mapping what it has under `key`, of every other item what `short` makes of it. */
function under(key: string, short: (text: string) => string): (item: Node) => string | null {
  return item => {
    const value = item.kind === 'map' ? item.entries.get(key)?.value : item
    const text = value?.kind === 'scalar' && value.value !== null ? String(value.value) : null
    return item.kind === 'map' || text === null ? text : short(text)
  }
}

/** Of SOURCE:TARGET:MODE the target, and of C:\SOURCE:TARGET, too. */
function mountTarget(text: string): string {
  const [first = '', second] = text.match(/[A-Za-z]:[^:]*|[^:]+/g) ?? []
  return second ?? first
}

/** A port in its long form; every other one is known by its text. */
function portOf(item: Node): string | null {
  if (item.kind !== 'map') return item.kind === 'scalar' ? String(item.value) : null
  const part = (key: string, otherwise: string) => {
    const value = item.entries.get(key)?.value
    return value?.kind === 'scalar' && value.value !== null ? String(value.value) : otherwise
  }
  return `${part('host_ip', '0.0.0.0')}:${part('published', '')}:${part('target', '')}/${part('protocol', 'tcp')}`
}

const keyed: Rule = { unique: keyOf }
const keyedLists: Rule = { merge: asLists, unique: keyOf }
const files: Rule = { merge: asLists, unique: under('path', text => text) }
const mounts = (folder: string): Rule => ({
  unique: item =>
    (item.kind === 'map' && !item.entries.has('target')
      ? under('source', String)(item)
      : under('target', String)(item)
    )?.replace(/^(?!\/)/, `${folder}/`) ?? null,
})

/** https://github.com/compose-spec/compose-go/blob/main/override/merge.go and uncity.go beside it. */
const SERVICE: Rule = {
  keys: {
    annotations: keyedLists,
    build: {
      merge: build,
      keys: {
        additional_contexts: keyedLists,
        args: keyedLists,
        extra_hosts: { merge: asListsOnce },
        labels: keyedLists,
        platform: keyed,
        tags: keyed,
      },
    },
    cap_add: keyed,
    cap_drop: keyed,
    command: { merge: replace },
    configs: mounts(''),
    depends_on: { merge: asMaps },
    deploy: { keys: { labels: keyedLists } },
    devices: { unique: under('target', mountTarget) },
    dns: keyedLists,
    dns_opt: keyedLists,
    dns_search: keyedLists,
    entrypoint: { merge: replace },
    env_file: files,
    environment: keyedLists,
    expose: { unique: under('', String) },
    extra_hosts: { merge: asListsOnce },
    healthcheck: { keys: { test: { merge: replace } } },
    label_file: { merge: asLists },
    labels: keyedLists,
    links: keyed,
    logging: { merge: logging },
    models: { merge: asMaps },
    networks: { merge: asMaps, keys: { '*': { keys: { aliases: keyed, link_local_ips: keyed } } } },
    ports: { unique: portOf },
    profiles: keyed,
    secrets: mounts('/run/secrets'),
    sysctls: keyedLists,
    tmpfs: keyedLists,
    ulimits: { keys: { '*': { merge: newestLimit } } },
    volumes: { unique: under('target', mountTarget) },
  },
}

const MODEL: Rule = {
  keys: {
    networks: { keys: { '*': { keys: { labels: keyedLists } } } },
    services: { keys: { '*': SERVICE } },
    volumes: { keys: { '*': { keys: { labels: { merge: asLists } } } } },
  },
}
