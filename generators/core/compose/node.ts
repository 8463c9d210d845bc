import type { Node as YamlNode, Scalar as YamlScalar } from 'yaml'
import { InputError, type Location, type Problem } from '../problem.ts'
import type { ComposeFile } from './document.ts'
import type { Lookup } from './interpolate.ts'

/** A value of a Compose model that knows where it was written. Immutable, and shared where aliases share it. */
export type Node = MapNode | ListNode | ScalarNode

/** What values were read by: the file, the variables, and the folder where relative paths begin. */
export interface Source {
  readonly file: ComposeFile
  readonly lookup: Lookup
  readonly directory: string
}

export interface MapNode {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, Entry>
  readonly site: YamlNode
  readonly source: Source
}

/** A key of a mapping with its value. */
export interface Entry {
  readonly key: unknown
  readonly source: Source
  readonly value: Node
}

export interface ListNode {
  readonly kind: 'list'
  readonly items: readonly Node[]
  readonly site: YamlNode
  readonly source: Source
}

export interface ScalarNode {
  readonly kind: 'scalar'
  /** A string has its variables filled in. */
  readonly value: unknown
  /** The node that stands in the place of the value: an alias, or `definition` itself. */
  readonly site: YamlNode
  readonly definition: YamlScalar
  readonly source: Source
  /** Variables of the string that are not set and have no default. */
  readonly unset: readonly string[]
  /** Why the string has no value: a required variable is missing. */
  readonly missing: Problem | null
  /** `KEY=` where Compose has made an item of a list of an entry of a mapping; the definition holds the rest. */
  readonly keyed: string
}

/** The place of a node, or of an entry's key. */
export function placeOf(node: Node | Entry): Location {
  return node.source.file.locate('site' in node ? node.site : node.key)
}

/** The value under a path of keys, or null where there is none. */
export function find(node: Node | null | undefined, ...path: readonly string[]): Node | null {
  let found = node ?? null
  for (const key of path) found = found?.kind === 'map' ? (found.entries.get(key)?.value ?? null) : null
  return found
}

/** The entries of a mapping; none of any other node. */
export function entriesOf(node: Node | null): ReadonlyMap<string, Entry> {
  return node?.kind === 'map' ? node.entries : NOTHING
}

const NOTHING: ReadonlyMap<string, Entry> = new Map()

/** The items of a list; a scalar is a list of one, as Compose has it wherever it takes both. */
export function itemsOf(node: Node | null): readonly Node[] {
  if (node === null || isNull(node)) return []
  return node.kind === 'list' ? node.items : [node]
}

/** Whether a value is there and says nothing. */
export function isNull(node: Node): boolean {
  return node.kind === 'scalar' && node.value === null
}

/** The text of a string, or null of every other node. Throws InputError where a required variable is missing. */
export function textOf(node: Node | null): string | null {
  if (node?.kind !== 'scalar' || typeof node.value !== 'string') return null
  if (node.missing !== null) throw new InputError([node.missing])
  return node.value
}

/** The string before its variables were filled in, and a key that stands before it. */
export function templateOf({ definition, keyed }: ScalarNode): string {
  return keyed.replaceAll('$', '$$$$') + String(definition.value ?? '')
}

/** A mapping with one entry replaced, or taken away by null. */
export function withEntry(map: MapNode, key: string, entry: Entry | null): MapNode {
  const entries = new Map(map.entries)
  if (entry === null) entries.delete(key)
  else entries.set(key, entry)
  return { ...map, entries }
}
