import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseAllDocuments,
  visit,
  type YAMLMap,
} from 'yaml'
import { InputError, type Location } from '../problem.ts'
import { type Aliases, resolveAliases, syntaxProblems } from '../yaml.ts'

/** A YAML file as a tree whose nodes know their place. */
export interface ComposeDocument {
  readonly text: string
  readonly root: YAMLMap
  readonly aliases: Aliases
  /** The place of a node. */
  locate(node: unknown): Location
  /** The place of `offset` characters into the file. */
  locateOffset(offset: number): Location
}

/** What helps where a construct is not read yet. */
export const FLATTEN =
  'write the resolved project by "docker compose --profile \'*\' config > flat.yaml" and relay that file'

/** More values than any compose file has with all its aliases expanded. */
const SIZE_LIMIT = 10_000_000

/**
 * Reads a compose file of one document. Merge keys stay plain pairs: `entries` knows them. Throws InputError with
 * everything that is not YAML, not a mapping, or not read yet.
 */
export function parseComposeDocument(text: string, file: string): ComposeDocument {
  const lines = new LineCounter()
  const locateOffset = (offset: number): Location => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const locate = (node: unknown) => locateOffset(rangeOf(node)?.[0] ?? 0)
  const refuse = (node: unknown, what: string, cure: string): never => {
    throw new InputError([{ at: locate(node), where: null, what, cure }])
  }
  const [tree, second] = parseDocuments(text, lines, locateOffset)
  if (tree === undefined || tree.contents === null)
    return refuse(null, 'the file is empty', 'write a compose file')
  if (!isMap(tree.contents))
    return refuse(tree.contents, 'a compose file is a mapping', 'begin with "services:"')
  if (second !== undefined) refuse(second, 'several documents in one file are not read yet', FLATTEN)
  for (const { code, message, pos } of tree.warnings) {
    const tag = /!(?:reset|override)\b/.exec(message)
    if (code === 'TAG_RESOLVE_FAILED' && tag) refuse({ range: pos }, `${tag[0]} is not read yet`, FLATTEN)
  }
  const aliases = resolveAliases(tree.contents, SIZE_LIMIT, locateOffset)
  const document = { text, root: tree.contents, aliases, locate, locateOffset }
  // Compose refuses a wrong merge key wherever it stands.
  visit(document.root, { Map: (_, map) => void (map.items.some(isMerge) && entries(map, document)) })
  return document
}

function parseDocuments(
  text: string,
  lineCounter: LineCounter,
  locateOffset: ComposeDocument['locateOffset'],
): Document.Parsed[] {
  const documents = [
    ...parseAllDocuments(text, { lineCounter, prettyErrors: false, logLevel: 'silent' }),
  ] as Document.Parsed[]
  const errors = documents.flatMap(document => document.errors)
  if (errors.length > 0) throw new InputError(syntaxProblems(errors, locateOffset))
  return documents
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

const known = new WeakMap<YAMLMap, ReadonlyMap<string, Entry>>()

/**
 * The keys of a mapping with those that `<<` brings in: own keys win, then the first mapping that has the key. Each
 * mapping is read once, however many merge it. Throws InputError for a `<<` that is no mapping.
 */
export function entries(map: YAMLMap, document: ComposeDocument): ReadonlyMap<string, Entry> {
  const result = known.get(map) ?? readEntries(map, document)
  known.set(map, result)
  return result
}

function readEntries(map: YAMLMap, document: ComposeDocument): ReadonlyMap<string, Entry> {
  const result = new Map<string, Entry>()
  const merges: unknown[] = []
  for (const pair of map.items) {
    const { key, value } = pair
    if (isMerge(pair)) merges.push(value)
    else result.set(keyName(follow(key, document)), { key, value, merged: false })
  }
  for (const source of merges.flatMap(value => sources(value, document))) {
    const inherited = mergeSource(source, document)
    for (const [name, entry] of inherited) if (!result.has(name)) result.set(name, { ...entry, merged: true })
  }
  return result
}

/** `<<` in quotes is a key like any other. */
function isMerge({ key }: Pair): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN'
}

function sources(value: unknown, document: ComposeDocument): unknown[] {
  const resolved = follow(value, document)
  return isSeq(resolved) ? resolved.items : [resolved]
}

function mergeSource(source: unknown, document: ComposeDocument): ReadonlyMap<string, Entry> {
  const map = follow(source, document)
  if (isMap(map)) return entries(map, document)
  const what = 'a merge key takes a mapping or a list of mappings'
  throw new InputError([
    { at: document.locate(source), where: '<<', what, cure: 'name an anchor of a mapping' },
  ])
}

/** What an alias stands for; every other node is itself. */
export function follow(node: unknown, { aliases }: ComposeDocument): unknown {
  return isAlias(node) ? aliases.get(node) : node
}

/** A key as text. */
export function keyName(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key)
}
