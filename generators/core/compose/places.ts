import { isAlias, isMap, isScalar, isSeq, type YAMLMap, type Node as YamlNode } from 'yaml'
import type { Problem } from '../problem.ts'
import { type ComposeFile, rangeOf } from './document.ts'
import { entriesOf, find, itemsOf, type Node, type ScalarNode } from './node.ts'
import { isTyped } from './services.ts'
import { type Findings, readTree } from './tree.ts'

/** A string of a compose file that names an image, gives one to a build, or is a Dockerfile. */
export interface TextPlace {
  readonly kind: 'image' | 'argument' | 'dockerfile'
  /** Its path in the file. */
  readonly where: string
  /** Where it stands, quotes included. */
  readonly start: number
  readonly end: number
  /** The string with its variables. */
  readonly template: string
  /** What stands before the image in it, such as `docker-image://`. */
  readonly prefix: string
  /** Whether something that is none of these has it by an alias. */
  readonly shared: boolean
}

/** A compose file by itself: nothing is laid over it or put under it. */
export interface FileReading {
  /** In the order of the text. */
  readonly places: readonly TextPlace[]
  /** The values of all its scalars, those of the places included, with the offsets where they stand. */
  readonly scalars: readonly (readonly [start: number, value: unknown])[]
  readonly problems: readonly Problem[]
}

/** Reads the strings of a compose file that lint looks at. */
export function readPlaces(file: ComposeFile): FileReading {
  const findings: Findings = { problems: [], warnings: [], documents: [], stages: [] }
  const source = { file, lookup: () => undefined, directory: '' }
  const found = file.documents.flatMap(document => textsOf(readTree(document, source, findings).root))
  const sites = new Set(found.map(({ node }) => node.site))
  const places = new Map<YamlNode, TextPlace>()
  for (const { node, ...text } of found) {
    const { definition } = node
    const [start = 0, end = 0] = rangeOf(definition) ?? []
    const template = definition.value
    if (typeof template !== 'string' || isTyped(node) || places.has(definition)) continue
    places.set(definition, { ...text, start, end, template, shared: isShared(node, sites, file) })
  }
  return {
    places: [...places.values()].sort((a, b) => a.start - b.start),
    scalars: file.documents.flatMap(scalarsOf),
    problems: findings.problems,
  }
}

interface Text extends Pick<TextPlace, 'kind' | 'where' | 'prefix'> {
  readonly node: ScalarNode
}

function textsOf(root: Node): Text[] {
  return [...entriesOf(find(root, 'services'))].flatMap(([name, { value }]) =>
    serviceTexts(value, `services.${name}`),
  )
}

function serviceTexts(service: Node, where: string): Text[] {
  const build = find(service, 'build')
  const hooks = itemsOf(find(service, 'pre_start'))
  const volumes = itemsOf(find(service, 'volumes'))
  return [
    ...textAt('image', find(service, 'image'), `${where}.image`),
    ...hooks.flatMap((hook, index) =>
      textAt('image', find(hook, 'image'), `${where}.pre_start[${index}].image`),
    ),
    ...volumes.flatMap((volume, index) => {
      const type = find(volume, 'type')
      if (type?.kind !== 'scalar' || type.value !== 'image') return []
      return textAt('image', find(volume, 'source'), `${where}.volumes[${index}].source`)
    }),
    ...textAt('dockerfile', find(build, 'dockerfile_inline'), `${where}.build.dockerfile_inline`),
    ...pairTexts('image', find(build, 'additional_contexts'), `${where}.build.additional_contexts`, CONTEXT),
    ...pairTexts('argument', find(build, 'args'), `${where}.build.args`, ''),
  ]
}

const CONTEXT = 'docker-image://'

function textAt(kind: TextPlace['kind'], node: Node | null, where: string, prefix = ''): Text[] {
  return node?.kind === 'scalar' ? [{ kind, node, where, prefix }] : []
}

/** The values of a mapping, or of a list of `KEY=VALUE`, that begin with a text. */
function pairTexts(kind: TextPlace['kind'], node: Node | null, where: string, begin: string): Text[] {
  const named = [...entriesOf(node)].map(([name, { value }]) => [name, value, ''] as const)
  const listed = node?.kind === 'list' ? node.items : []
  const items = listed.map(item => {
    const [key = ''] = /^[^=]*=/.exec(templateOf(item)) ?? []
    return [key.slice(0, -1), item, key] as const
  })
  return [...named, ...items].flatMap(([name, value, key]) =>
    templateOf(value).startsWith(key + begin) ? textAt(kind, value, `${where}.${name}`, key + begin) : [],
  )
}

function templateOf(node: Node): string {
  return node.kind === 'scalar' ? String(node.definition.value) : ''
}

/** Whether a string stands for something else, too, by its anchor. What only `x-` keys at the top have is nobody's. */
function isShared({ definition }: ScalarNode, sites: ReadonlySet<YamlNode>, file: ComposeFile): boolean {
  if (!definition.anchor) return false
  const aliases = [...file.aliases].filter(([, target]) => target === definition)
  const own = sites.has(definition) || file.documents.some(document => isExtension(document, definition))
  return !own || aliases.some(([alias]) => !sites.has(alias as YamlNode))
}

function isExtension({ items }: YAMLMap, node: YamlNode): boolean {
  const [at = 0] = rangeOf(node) ?? []
  return items.some(({ key, value }) => {
    const [start = 0, , end = 0] = rangeOf(value) ?? []
    return isScalar(key) && String(key.value).startsWith('x-') && at >= start && at < end
  })
}

function scalarsOf(root: YAMLMap): (readonly [start: number, value: unknown])[] {
  const left: unknown[] = [root]
  const found: (readonly [start: number, value: unknown])[] = []
  while (left.length > 0) {
    const node = left.pop()
    if (isMap(node)) for (const { key, value } of node.items) left.push(key, value)
    else if (isSeq(node)) left.push(...node.items)
    else if (isScalar(node)) found.push([rangeOf(node)?.[0] ?? 0, node.value])
    else if (isAlias(node)) found.push([rangeOf(node)?.[0] ?? 0, `*${node.source}`])
  }
  return found.sort(([a], [b]) => a - b)
}
