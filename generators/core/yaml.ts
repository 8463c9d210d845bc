import { type Alias, isAlias, isMap, isNode, isSeq, type Node, type YAMLParseError } from 'yaml'
import { InputError, type Location, type Problem } from './problem.ts'

/** What each alias of a file stands for. */
export type Aliases = ReadonlyMap<unknown, Node>

/** The place of `offset` characters into a file. */
type Locate = (offset: number) => Location

/** What is wrong with the syntax of a file. */
export function syntaxProblems(errors: readonly YAMLParseError[], locate: Locate): Problem[] {
  const problem = ({ pos: [start], code, message }: YAMLParseError): Problem => ({
    at: locate(start),
    where: null,
    what: SYNTAX[code] ?? message,
    cure: null,
  })
  // Where the parser gives up at the depth of a file, it says so again for each level that it leaves.
  const deep = errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION')
  return (deep === undefined ? errors : [deep]).map(problem)
}

const TOO_DEEP = 'the file is nested too deeply to be read'

const SYNTAX: Readonly<Record<string, string>> = {
  RESOURCE_EXHAUSTION: TOO_DEEP,
  MULTIPLE_DOCS: 'the file has several documents',
}

/** Deeper than anything that people write, and little enough to walk down. */
const DEPTH_LIMIT = 200

/** An anchor, and how many values it stands for with all aliases expanded; null while its end was not seen. */
interface Anchor {
  readonly node: Node
  size: number | null
}

/**
 * Finds the node of every alias of a file in one walk over its documents: an anchor goes on into the next one. Throws
 * InputError for an alias without anchor, for one that leads back to itself, and for files that only bombs are like:
 * nested too deeply, or of more than `limit` values.
 */
export function resolveAliases(roots: readonly unknown[], limit: number, locate: Locate): Aliases {
  const anchors = new Map<string, Anchor>()
  const aliases = new Map<Alias, Node>()
  const refuse = (node: unknown, what: string): never => {
    const at = locate((node as Node | null)?.range?.[0] ?? 0)
    throw new InputError([{ at, where: null, what, cure: null }])
  }
  const resolve = (alias: Alias): number => {
    const anchor = anchors.get(alias.source)
    if (anchor === undefined) return refuse(alias, `no anchor &${alias.source} stands before this alias`)
    if (anchor.size === null) return refuse(alias, `the alias *${alias.source} leads back to itself`)
    aliases.set(alias, anchor.node)
    return anchor.size
  }
  const open = (node: unknown): Anchor | null => {
    if (!isNode(node) || !('anchor' in node) || node.anchor === undefined) return null
    const anchor = { node, size: null }
    anchors.set(node.anchor, anchor)
    return anchor
  }
  const measure = (node: unknown, depth: number): number => {
    if (depth > DEPTH_LIMIT) return refuse(node, TOO_DEEP)
    if (isAlias(node)) return resolve(node)
    const anchor = open(node)
    const size = children(node).reduce<number>((sum, child) => sum + measure(child, depth + 1), 1)
    if (size > limit) return refuse(node, `its aliases stand for more than ${limit} values`)
    if (anchor !== null) anchor.size = size
    return size
  }
  for (const root of roots) measure(root, 0)
  return aliases
}

function children(node: unknown): readonly unknown[] {
  if (isMap(node)) return node.items.flatMap(({ key, value }) => [key, value])
  return isSeq(node) ? node.items : []
}
