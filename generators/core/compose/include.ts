import type { Location } from '../problem.ts'
import { refusal } from './files.ts'
import { mergeAt, removePaths } from './merge.ts'
import {
  type Entry,
  entriesOf,
  find,
  isNull,
  itemsOf,
  type MapNode,
  type Node,
  placeOf,
  textOf,
  withEntry,
} from './node.ts'
import type { TaggedPath } from './tree.ts'

/** One entry of `include`: https://github.com/compose-spec/compose-spec/blob/main/14-include.md. */
export interface Include {
  /** The first one names the folder, the others are laid over it. */
  readonly paths: readonly string[]
  /** null: the folder of the first path. */
  readonly projectDirectory: string | null
  /** null: the .env in the project directory. */
  readonly envFiles: readonly string[] | null
  readonly at: Location
}

/** The entries of `include` in a document. Throws InputError for what is none. */
export function readIncludes(root: MapNode): readonly Include[] {
  const include = find(root, 'include')
  if (include === null || isNull(include)) return []
  if (include.kind === 'list') return include.items.map(readInclude)
  throw refusal(placeOf(include), 'include', 'it must be a list', 'put "- " before each path')
}

function readInclude(item: Node, index: number): Include {
  const at = placeOf(item)
  const where = `include[${index}]`
  const paths = item.kind === 'map' ? texts(find(item, 'path'), `${where}.path`) : texts(item, where)
  if (paths === null || paths.length === 0)
    throw refusal(at, where, 'it names no path', 'write "path:" or a path')
  const remote = paths.find(path => REMOTE.test(path))
  if (remote !== undefined)
    throw refusal(at, where, `"${remote}" is not on this machine`, 'clone it, and include its path')
  const envFiles = texts(find(item, 'env_file'), `${where}.env_file`)
  return {
    paths,
    projectDirectory: textOf(find(item, 'project_directory')) || null,
    envFiles:
      envFiles === null || envFiles.length === 0 ? null : envFiles.filter(path => path !== '/dev/null'),
    at,
  }
}

/** Addresses that Compose fetches: https://github.com/docker/compose/tree/main/pkg/remote. */
export const REMOTE = /^(?:git@|(?:git|https?|ssh|oci|github\.com):|github\.com\/)/

function texts(node: Node | null, where: string): string[] | null {
  if (node === null || isNull(node)) return null
  return itemsOf(node).map(item => {
    const text = textOf(item)
    if (text !== null) return text
    throw refusal(placeOf(item), where, 'it must be a string', 'write a path')
  })
}

/** What an include brings in. Everything else, its name among it, is its own matter. */
const RESOURCES = ['services', 'volumes', 'networks', 'secrets', 'configs', 'models']

/**
 * A document with what is included under it: where both have something, the document is laid over it. What it resets
 * as a whole is not taken away from an include.
 */
export function importModel(imported: MapNode, document: MapNode, resets: readonly TaggedPath[]): MapNode {
  return RESOURCES.reduce((model, key) => importResources(imported, model, key, resets), document)
}

function importResources(
  imported: MapNode,
  document: MapNode,
  key: string,
  resets: readonly TaggedPath[],
): MapNode {
  const from = imported.entries.get(key)
  const own = document.entries.get(key)
  if (from?.value.kind !== 'map') return document
  if (own !== undefined && own.value.kind !== 'map' && !isNull(own.value))
    throw refusal(placeOf(own.value), key, 'it must be a mapping', 'write names and what they stand for')
  const entries = new Map(entriesOf(own?.value ?? null))
  const deep = resets.filter(path => path.length > 2)
  const kept = entriesOf(find(removePaths(imported, deep), key))
  for (const [name, entry] of from.value.entries) {
    const conflict = entries.get(name)
    entries.set(name, conflict === undefined ? entry : layOver(key, name, kept.get(name), conflict))
  }
  return withEntry(document, key, { ...(own ?? from), value: { ...from.value, entries } })
}

function layOver(key: string, name: string, base: Entry | undefined, over: Entry): Entry {
  return base === undefined ? over : { ...over, value: mergeAt([key, name], base.value, over.value) }
}
