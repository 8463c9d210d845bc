import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
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
  const excess =
    text.length > TEXT_LIMIT ? 'it is larger than 10 MiB' : hasTooManyLines(text) ? TOO_MANY_LINES : null
  if (excess !== null) throw refusal(locate(null), excess, SPLIT)
  const documents = parseDocuments(text, lines, locateOffset).map(({ contents }) => {
    if (isMap(contents)) return contents
    throw refusal(locate(contents), 'a compose file is a mapping', 'begin with "services:"')
  })
  for (const document of documents)
    if (hasTooManyValues(document)) throw refusal(locate(document), TOO_MANY_VALUES, SPLIT)
  const aliases = resolveAliases(documents, SIZE_LIMIT, locateOffset)
  return { path, name, text, documents, aliases, locate, locateOffset }
}

const SPLIT = 'split it by "include:"'

const LINE_LIMIT = 500_000

const TOO_MANY_LINES = `it has more than ${LINE_LIMIT} lines`

function hasTooManyLines(text: string): boolean {
  let lines = 0
  for (let at = text.indexOf('\n'); at !== -1 && lines <= LINE_LIMIT; at = text.indexOf('\n', at + 1)) lines++
  return lines > LINE_LIMIT
}

/** https://github.com/compose-spec/compose-go/blob/main/loader/reset.go, defaultMaxNodeVisits */
const VALUE_LIMIT = 100_000

const TOO_MANY_VALUES = `it has more than ${VALUE_LIMIT} values, and Compose reads no more`

function hasTooManyValues(document: YAMLMap): boolean {
  const left: unknown[] = [document]
  let values = 0
  while (left.length > 0 && values <= VALUE_LIMIT) {
    values++
    const node = left.pop()
    if (isMap(node)) for (const { value } of node.items) left.push(value)
    else if (isSeq(node)) for (const item of node.items) left.push(item)
  }
  return values > VALUE_LIMIT
}

/** A file of nothing but comments has no document. */
function parseDocuments(
  text: string,
  lineCounter: LineCounter,
  locateOffset: ComposeFile['locateOffset'],
): readonly Document.Parsed[] {
  // Compose reads all files by the same rules, whatever version they name.
  const source = text.replace(/^(\ufeff?%YAML 1\.)1/m, '$12')
  // Keys that stand twice are found by whoever reads the mappings: the parser's own way is quadratic.
  const options = { lineCounter, prettyErrors: false, logLevel: 'silent', uniqueKeys: false } as const
  const parsed = parseAllDocuments(source, options)
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
