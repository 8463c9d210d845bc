import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  type Pair,
  parseAllDocuments,
  type YAMLMap,
} from 'yaml'
import { InputError, type Location } from '../problem.ts'
import { type Aliases, resolveAliases, syntaxProblems } from '../yaml.ts'

/** A compose file as syntax trees whose nodes know their place. */
export interface ComposeFile {
  /** Absolute. */
  readonly path: string
  /** How it is called in messages. */
  readonly name: string
  readonly text: string
  /** The mappings of its documents, in order. */
  readonly documents: readonly YAMLMap[]
  readonly aliases: Aliases
  /** The place of a node. */
  locate(node: unknown): Location
  /** The place of `offset` characters into the file. */
  locateOffset(offset: number): Location
}

/** More values than any compose file has with all its aliases expanded. */
const SIZE_LIMIT = 1_000_000

/** Characters: ten times the largest compose file that we have seen, and parsed in bounded time. */
const TEXT_LIMIT = 10 * 1024 * 1024

/**
 * Reads a compose file. Merge keys stay plain pairs, and tags stay on their nodes: the tree reader knows both. Throws
 * InputError with everything that is not YAML or not a mapping.
 */
export function parseComposeFile(text: string, path: string, name: string): ComposeFile {
  const lines = new LineCounter()
  const locateOffset = (offset: number): Location => {
    const { line, col } = lines.linePos(offset)
    return { file: name, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const locate = (node: unknown) => locateOffset(rangeOf(node)?.[0] ?? 0)
  if (text.length > TEXT_LIMIT)
    throw refusal(locate(null), 'it is larger than 10 MiB', 'split it by "include:"')
  const documents = parseDocuments(text, lines, locateOffset).map(({ contents }) => {
    if (isMap(contents)) return contents
    throw refusal(locate(contents), 'a compose file is a mapping', 'begin with "services:"')
  })
  const aliases = resolveAliases(documents, SIZE_LIMIT, locateOffset)
  return { path, name, text, documents, aliases, locate, locateOffset }
}

/** A file of nothing but comments has no document. */
function parseDocuments(
  text: string,
  lineCounter: LineCounter,
  locateOffset: ComposeFile['locateOffset'],
): readonly Document.Parsed[] {
  const parsed = parseAllDocuments(text, { lineCounter, prettyErrors: false, logLevel: 'silent' })
  const documents = [...parsed] as Document.Parsed[]
  const errors = documents.flatMap(document => document.errors)
  if (errors.length > 0) throw new InputError(syntaxProblems(errors, locateOffset))
  return documents.length === 1 && documents[0]?.contents === null ? [] : documents
}

function refusal(at: Location, what: string, cure: string): InputError {
  return new InputError([{ at, where: null, what, cure }])
}

/** The offsets of a node in its file: its first character, the end of its value, the end of its trailing space. */
export function rangeOf(node: unknown): readonly number[] | null {
  return (node as { range?: readonly number[] | null } | null)?.range ?? null
}

/** `<<`; in quotes it is a key like any other. */
export function isMerge({ key }: Pair): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN'
}

/** What an alias stands for; every other node is itself. */
export function follow(node: unknown, { aliases }: ComposeFile): unknown {
  return isAlias(node) ? aliases.get(node) : node
}
