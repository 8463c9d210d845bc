import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type YAMLMap,
} from 'yaml'
import { InputError, type Location } from '../problem.ts'

/** A YAML file as a tree whose nodes know their place. */
export interface ComposeDocument {
  readonly tree: Document.Parsed
  readonly root: YAMLMap
  /** The place of a node, or of `offset` characters into its text. */
  locate(node: unknown, offset?: number): Location
}

/** What helps where a construct is not read yet. */
export const FLATTEN = 'write the resolved project by "docker compose config > flat.yaml" and relay that file'

/**
 * Reads a compose file of one document. Merge keys stay plain pairs: `entries` knows them. Throws InputError with
 * everything that is not YAML, not a mapping, or not read yet.
 */
export function parseComposeDocument(text: string, file: string): ComposeDocument {
  const lines = new LineCounter()
  const locate = (node: unknown, offset = 0): Location => {
    const { line, col } = lines.linePos((rangeOf(node)?.[0] ?? 0) + offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const refuse = (node: unknown, what: string, cure: string): never => {
    throw new InputError([{ at: locate(node), where: null, what, cure }])
  }
  const [tree, second] = parseDocuments(text, lines, file, locate)
  if (tree === undefined || tree.contents === null)
    return refuse(null, 'the file is empty', 'write a compose file')
  if (!isMap(tree.contents))
    return refuse(tree.contents, 'a compose file is a mapping', 'begin with "services:"')
  if (second !== undefined) refuse(second, 'several documents in one file are not read yet', FLATTEN)
  for (const { code, message, pos } of tree.warnings) {
    const tag = /!(?:reset|override)\b/.exec(message)
    if (code === 'TAG_RESOLVE_FAILED' && tag) refuse({ range: pos }, `${tag[0]} is not read yet`, FLATTEN)
  }
  return { tree, root: tree.contents, locate }
}

function parseDocuments(
  text: string,
  lineCounter: LineCounter,
  file: string,
  locate: ComposeDocument['locate'],
): Document.Parsed[] {
  try {
    const documents = parseAllDocuments(text, { lineCounter, prettyErrors: false, logLevel: 'silent' })
    const errors = [...documents].flatMap(document => document.errors)
    if (errors.length === 0) return [...documents]
    const problems = errors.map(({ pos, message }) => ({
      at: locate({ range: pos }),
      where: null,
      what: message,
      cure: null,
    }))
    throw new InputError(problems)
  } catch (error) {
    // YAML's parser has no limit of its own for nesting.
    if (!(error instanceof RangeError)) throw error
    const at = { file, line: 1, column: 1 }
    throw new InputError([{ at, where: null, what: 'the file is nested too deeply to be read', cure: null }])
  }
}

/** The offsets of a node in its file: its first character, the end of its value, the end of its trailing space. */
export function rangeOf(node: unknown): readonly number[] | null {
  return (node as { range?: readonly number[] | null } | null)?.range ?? null
}

/** One key of a mapping as Compose sees it. */
export interface Entry {
  readonly key: unknown
  readonly value: unknown
  /** Whether the key comes from a mapping that `<<` merges in. */
  readonly merged: boolean
}

/**
 * The keys of a mapping with those that `<<` brings in: own keys win, then the first mapping that has the key.
 * Throws InputError for a `<<` that is no mapping, and for chains that lead back to themselves.
 */
export function entries(
  map: YAMLMap,
  document: ComposeDocument,
  seen: readonly YAMLMap[] = [],
): Map<string, Entry> {
  const result = new Map<string, Entry>()
  const merges: unknown[] = []
  for (const { key, value } of map.items) {
    if (isScalar(key) && key.value === '<<' && key.type === 'PLAIN') merges.push(value)
    else result.set(keyName(key), { key, value, merged: false })
  }
  for (const source of merges.flatMap(value => sources(value, document))) {
    const inherited = mergeSource(source, document, [...seen, map])
    for (const [name, entry] of inherited) if (!result.has(name)) result.set(name, { ...entry, merged: true })
  }
  return result
}

function sources(value: unknown, document: ComposeDocument): unknown[] {
  const resolved = follow(value, document)
  return isSeq(resolved) ? resolved.items : [resolved]
}

function mergeSource(
  source: unknown,
  document: ComposeDocument,
  seen: readonly YAMLMap[],
): Map<string, Entry> {
  const map = follow(source, document)
  if (isMap(map) && !seen.includes(map)) return entries(map, document, seen)
  const what = isMap(map)
    ? 'a merge key leads back to itself'
    : 'a merge key takes a mapping or a list of mappings'
  throw new InputError([
    { at: document.locate(source), where: '<<', what, cure: 'name an anchor of a mapping' },
  ])
}

/** What an alias stands for; every other node is itself. */
export function follow(node: unknown, { tree }: ComposeDocument): unknown {
  return isAlias(node) ? node.resolve(tree) : node
}

/** A key as text. */
export function keyName(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key)
}
