import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  type YAMLMap,
  type Node as YamlNode,
  type Scalar as YamlScalar,
} from 'yaml'
import type { Problem } from '../problem.ts'
import { follow, isMerge, rangeOf } from './document.ts'
import { InvalidTemplate, interpolate, MissingVariable } from './interpolate.ts'
import type { Entry, MapNode, Node, ScalarNode, Source } from './node.ts'

/** The path of a value that `!reset` or `!override` is written on. */
export type TaggedPath = readonly string[]

/** A document of a compose file with its variables filled in and its aliases and merge keys resolved. */
export interface Tree {
  readonly root: MapNode
  /** What the document takes away from everything that was read before it. */
  readonly resets: readonly TaggedPath[]
}

/** What a reading has to tell. */
export interface Findings {
  /** What Compose refuses. */
  readonly problems: Problem[]
  /** What Compose would refuse, and a relay may not need. */
  readonly warnings: Problem[]
  /** The documents. */
  readonly documents: MapNode[]
  /** What each set of files had become after each of its documents. */
  readonly stages: MapNode[]
}

/**
 * Reads a document. Compose fills in all strings before it looks at any of them; a required variable that is missing
 * is a warning until somebody asks for its string.
 */
export function readTree(root: YAMLMap, source: Source, findings: Findings): Tree {
  const { node, resets } = new TreeReader(source, findings).container(root, '')
  findings.documents.push(node as MapNode)
  return { root: node as MapNode, resets }
}

/** What a node of the syntax tree has become; null where `!reset` takes it away. */
interface Reading {
  readonly node: Node | null
  readonly resets: readonly TaggedPath[]
}

const NONE: readonly TaggedPath[] = []
const HERE: readonly TaggedPath[] = [[]]

/** Every mapping and list is read once, however many aliases lead to it: https://yaml.org/spec/1.2.2/#71-alias-nodes. */
class TreeReader {
  readonly #source: Source
  readonly #findings: Findings
  readonly #known = new Map<unknown, Reading>()

  constructor(source: Source, findings: Findings) {
    this.#source = source
    this.#findings = findings
  }

  /** https://github.com/compose-spec/compose-go/blob/main/loader/reset.go: a tag stands on the value, not on its alias. */
  #read(node: unknown, path: string): Reading {
    const target = follow(node, this.#source.file)
    const tag = (target as YamlNode | null)?.tag
    if (tag === '!reset') return { node: null, resets: HERE }
    const reading =
      isScalar(target) || target === null ? this.#scalar(node, target, path) : this.container(target, path)
    return tag === '!override' ? { node: reading.node, resets: HERE } : reading
  }

  container(node: unknown, path: string): Reading {
    const known = this.#known.get(node)
    if (known !== undefined) return known
    const reading = isMap(node) ? this.#map(node, path) : this.#list(node, path)
    this.#known.set(node, reading)
    return reading
  }

  #list(node: unknown, path: string): Reading {
    const items: Node[] = []
    const resets: TaggedPath[] = []
    for (const [index, item] of (isSeq(node) ? node.items : []).entries()) {
      const reading = this.#read(item, `${path}[${index}]`)
      if (reading.node !== null) items.push(reading.node)
      prefix(String(index), reading.resets, resets)
    }
    return { node: { kind: 'list', items, site: node as YamlNode, source: this.#source }, resets }
  }

  #map(map: YAMLMap, path: string): Reading {
    const entries = new Map<string, Entry>()
    const resets: TaggedPath[] = []
    const merges: Pair[] = []
    const keys = new Map<string, unknown>()
    for (const pair of map.items) {
      const name = isMerge(pair) ? '<<' : this.#keyName(pair, path)
      this.#checkKey(name, pair, keys, path)
      if (isMerge(pair)) {
        merges.push(pair)
        continue
      }
      const reading = this.#read(pair.value ?? null, path === '' ? name : `${path}.${name}`)
      if (reading.node !== null) {
        const value =
          pair.value === null ? { ...(reading.node as ScalarNode), site: pair.key as YamlNode } : reading.node
        entries.set(name, { key: pair.key, source: this.#source, value })
      }
      prefix(name, reading.resets, resets)
    }
    for (const { value } of merges) this.#merge(value, path, entries, resets)
    return { node: { kind: 'map', entries, site: map, source: this.#source }, resets }
  }

  /** Own keys win, then the first mapping that has the key. */
  #merge(value: unknown, path: string, entries: Map<string, Entry>, resets: TaggedPath[]): void {
    const target = follow(value, this.#source.file)
    const tag = (target as YamlNode | null)?.tag
    // Compose takes a tag of a merge for one of the mapping that it stands in.
    if (tag === '!reset' || tag === '!override') resets.push([])
    if (tag === '!reset') return
    const sources = isSeq(target) ? target.items : [target]
    for (const [index, item] of sources.entries()) {
      const map = follow(item, this.#source.file)
      if (!isMap(map)) {
        this.#refuse(
          item ?? value,
          '<<',
          'a merge key takes a mapping or a list of mappings',
          'name an anchor of a mapping',
        )
        continue
      }
      const { node, resets: inner } = this.container(map, path)
      for (const [name, entry] of (node as MapNode).entries) if (!entries.has(name)) entries.set(name, entry)
      if (isSeq(target)) prefix(String(index), inner, resets)
      else resets.push(...inner)
    }
  }

  #checkKey(name: string, { key }: Pair, keys: Map<string, unknown>, path: string): void {
    const first = keys.get(name)
    if (first === undefined) {
      keys.set(name, key)
      return
    }
    const { line } = this.#source.file.locate(first)
    this.#refuse(key, path, `the key "${name}" is already defined at line ${line}`, 'take one away')
  }

  #keyName({ key }: Pair, path: string): string {
    const target = follow(key, this.#source.file)
    if (isScalar(target) && typeof target.value === 'string') return target.value
    const shown = isScalar(target) ? String(target.value) : 'a mapping or a list'
    this.#refuse(key, path, `a key must be a string: ${shown}`, 'write it in quotes')
    return shown
  }

  #scalar(node: unknown, target: YamlScalar | null, path: string): Reading {
    const definition = target ?? NULL
    const site = (isAlias(node) ? node : definition) as YamlNode
    const filled = hasVariable(definition) ? this.#fillIn(definition, path) : null
    return {
      node: {
        kind: 'scalar',
        value: filled === null ? definition.value : filled.value,
        site,
        definition,
        source: this.#source,
        unset: filled?.unset ?? NO_NAMES,
        missing: filled?.missing ?? null,
        keyed: '',
      },
      resets: NONE,
    }
  }

  #fillIn(
    definition: YamlScalar<string>,
    path: string,
  ): Pick<ScalarNode, 'unset' | 'missing'> & { readonly value: string } {
    const { value } = definition
    try {
      const { value: filled, unset } = interpolate(value, this.#source.lookup)
      return { value: filled, unset, missing: null }
    } catch (error) {
      if (error instanceof InvalidTemplate) {
        this.#findings.problems.push(this.#invalid(definition, path, error))
        return { value, unset: NO_NAMES, missing: null }
      }
      if (!(error instanceof MissingVariable)) throw error
      const missing = this.#missing(definition, path, error)
      this.#findings.warnings.push(missing)
      return { value, unset: NO_NAMES, missing }
    }
  }

  #invalid(scalar: YamlScalar<string>, where: string, { what, cure, offset }: InvalidTemplate): Problem {
    const { text, locateOffset } = this.#source.file
    const place = sourceOffset(scalar, offset, text)
    return {
      at: locateOffset(place),
      where,
      what,
      cure,
      snippet: snippet(text, rangeOf(scalar)?.[0] ?? 0, place),
    }
  }

  #missing(scalar: YamlScalar, where: string, { variable, written }: MissingVariable): Problem {
    const what = `required variable ${variable} is missing a value` + (written === '' ? '' : `: ${written}`)
    return { at: this.#source.file.locate(scalar), where, what, cure: 'set it in the environment or in .env' }
  }

  #refuse(node: unknown, where: string, what: string, cure: string): void {
    this.#findings.problems.push({ at: this.#source.file.locate(node), where, what, cure })
  }
}

const NO_NAMES: readonly string[] = []

function hasVariable(scalar: YamlScalar): scalar is YamlScalar<string> {
  return typeof scalar.value === 'string' && scalar.value.includes('$')
}

/** What stands after `key:` where nothing stands. */
const NULL = { value: null } as YamlScalar<null>

function prefix(name: string, inner: readonly TaggedPath[], into: TaggedPath[]): void {
  for (const path of inner) into.push([name, ...path])
}

/** The key, the `$` at `place` and what follows it. What stands between may be a secret. */
function snippet(text: string, start: number, place: number): string {
  const line = text.lastIndexOf('\n', place - 1) + 1
  const [indent = ''] = /^[ \t]*/.exec(text.slice(line, place)) ?? []
  const before = start > line ? text.slice(line, start) : indent
  const hidden = line + before.length < place ? '…' : ''
  const [rest = ''] = /^[^\r\n]{0,40}/.exec(text.slice(place)) ?? []
  const gap = `${before.replace(/[^\t]/g, ' ')}${hidden === '' ? '' : ' '}`
  return `${before}${hidden}${rest}\n${gap}^`
}

/** Where the `$` at `offset` of a string stands in its file: quotes, escapes and indentation come between. */
function sourceOffset(scalar: YamlScalar<string>, offset: number, text: string): number {
  const [start = 0] = rangeOf(scalar) ?? []
  let at = text.indexOf('$', start)
  for (const char of scalar.value.slice(0, offset)) if (char === '$') at = text.indexOf('$', at + 1)
  return at
}
