import { relative } from 'node:path'
import { Document, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml'
import { type AddedImages, NO_IMAGES } from './add-image.ts'
import { rangeOf } from './document.ts'
import { InvalidTemplate, interpolate, type Lookup, MissingVariable } from './interpolate.ts'
import { itemsOf, type MapNode, type Node, type ScalarNode, templateOf } from './node.ts'
import type { ComposeProject } from './project.ts'
import { type Rename, renamedTemplate } from './rewrite.ts'
import { imagesOf } from './services.ts'

/**
 * A project as one compose file with new image values. Variables stay variables but for those that only an included
 * file knows; relative paths begin at the project directory. `heading` stands above it, as comments.
 */
export function mergedText(
  project: ComposeProject,
  rename: Rename,
  heading: string,
  added: AddedImages = NO_IMAGES,
): string {
  const { lookup } = project.model.source
  const images = new Map<Node, string>()
  for (const image of project.services.flatMap(imagesOf)) {
    const renamed = rename(image)
    if (renamed !== null) {
      const template = renamedTemplate(image, renamed)
      images.set(image.node, asIn(lookup, template, image.prefix + renamed.reference))
    }
  }
  const writer = new Writer(lookup, project.directory, images, added)
  const document = new Document(writer.model(project.model), { customTags: tags => [...tags, RAW] })
  document.commentBefore = heading
  return document.toString({ lineWidth: 0 })
}

/** A scalar that is no string, as it was written: YAML has many ways to write a number. */
class Raw {
  constructor(readonly text: string) {}
}

const RAW = {
  tag: '!raw',
  default: true,
  identify: (value: unknown) => value instanceof Raw,
  resolve: (text: string) => new Raw(text),
  test: /(?!)/,
  stringify: ({ value }: { readonly value: unknown }) => (value instanceof Raw ? value.text : ''),
} as const

/** Where a value names something on the disk, relative to the folder of its file. */
type PathKind = 'path' | 'mount' | 'context' | 'keyed context'

/** https://github.com/compose-spec/compose-go/blob/main/paths/resolve.go; `*` is every key and item. */
const PATHS: readonly (readonly [path: string, kind: PathKind])[] = [
  ['services.*.build', 'context'],
  ['services.*.build.context', 'context'],
  ['services.*.build.additional_contexts.*', 'keyed context'],
  ['services.*.env_file', 'path'],
  ['services.*.env_file.*', 'path'],
  ['services.*.env_file.*.path', 'path'],
  ['services.*.label_file', 'path'],
  ['services.*.label_file.*', 'path'],
  ['services.*.develop.watch.*.path', 'path'],
  ['services.*.volumes.*', 'mount'],
  ['services.*.volumes.*.source', 'mount'],
  ['configs.*.file', 'path'],
  ['secrets.*.file', 'path'],
  ['volumes.*.driver_opts.device', 'mount'],
]

/** What is relative in a string of each kind: what stands before it, and where it begins. */
const RELATIVE: Readonly<Record<PathKind, RegExp>> = {
  path: /^(?![/~]|[A-Za-z]:[\\/]|$)/,
  mount: /^(?=\.)/,
  context: /^(?![/~]|[A-Za-z]:[\\/]|$|[a-z-]+:|git@|github\.com\/)/,
  'keyed context': /^(?:[^=/]*=)?(?![/~]|[A-Za-z]:[\\/]|$|[a-z-]+:|git@|github\.com\/)/,
}

class Writer {
  readonly #lookup: Lookup
  readonly #directory: string
  readonly #images: ReadonlyMap<Node, string>
  readonly #added: AddedImages

  constructor(lookup: Lookup, directory: string, images: ReadonlyMap<Node, string>, added: AddedImages) {
    this.#lookup = lookup
    this.#directory = directory
    this.#images = images
    this.#added = added
  }

  /** Fragments that are there to be merged in have been merged in. */
  model({ entries }: MapNode): YAMLMap {
    const map = new YAMLMap()
    for (const [key, { value }] of entries) {
      const fragment = key.startsWith('x-') && 'anchor' in value.site && value.site.anchor !== undefined
      if (!fragment) map.add(new Pair(new Scalar(key), this.#write(value, [key])))
    }
    return map
  }

  #write(node: Node, path: readonly string[]): YAMLMap | YAMLSeq | Scalar {
    if (node.kind === 'scalar') return this.#scalar(node, path)
    if (node.kind === 'list') {
      const list = new YAMLSeq()
      list.items = itemsOf(node).map((item, index) => this.#write(item, [...path, String(index)]))
      return list
    }
    const map = new YAMLMap()
    const image = matches('services.*', path) ? this.#added.get(path[1] ?? '') : undefined
    if (image !== undefined) map.add(new Pair(new Scalar('image'), new Scalar(image)))
    for (const [key, { value }] of node.entries)
      map.add(new Pair(new Scalar(key), this.#write(value, [...path, key])))
    return map
  }

  #scalar(node: ScalarNode, path: readonly string[]): Scalar {
    if (typeof node.value !== 'string') return new Scalar(new Raw(rawText(node)))
    const scalar = new Scalar(this.#images.get(node) ?? this.#placed(node, path))
    const { type } = node.definition
    if (type !== undefined && type !== 'PLAIN' && type !== 'BLOCK_FOLDED') scalar.type = type
    return scalar
  }

  #placed(node: ScalarNode, path: readonly string[]): string {
    const template = this.#template(node)
    const folder = relative(this.#directory, node.source.directory)
    const kind = folder === '' ? undefined : PATHS.find(([pattern]) => matches(pattern, path))?.[1]
    const before = kind === undefined ? null : RELATIVE[kind].exec(String(node.value))
    return before === null ? template : before[0] + below(folder, template.slice(before[0].length))
  }

  #template(node: ScalarNode): string {
    if (typeof node.definition.value !== 'string') return literal(String(node.value))
    const template = templateOf(node)
    const same = node.source.lookup === this.#lookup || node.missing !== null
    return same ? template : asIn(this.#lookup, template, String(node.value))
  }
}

/** A variable that has its value from the env file of an include means something else in a file without it. */
function asIn(lookup: Lookup, template: string, value: string): string {
  return filledIn(template, lookup) === value ? template : literal(value)
}

function literal(value: string): string {
  return value.replaceAll('$', '$$$$')
}

function filledIn(template: string, lookup: Lookup): string | null {
  try {
    return interpolate(template, lookup).value
  } catch (error) {
    if (error instanceof MissingVariable || error instanceof InvalidTemplate) return null
    throw error
  }
}

/** A relative path as it is from further up. */
function below(folder: string, path: string): string {
  const rest = path.replace(/^\.(?:\/|$)/, '')
  return rest === '' ? `./${folder}` : `./${folder}/${rest}`
}

/** A key without value, made an item of a list, is a string by now. */
function rawText({ definition, source, value }: ScalarNode): string {
  const [start = 0, end = 0] = rangeOf(definition) ?? []
  return value === null ? 'null' : source.file.text.slice(start, end)
}

function matches(pattern: string, path: readonly string[]): boolean {
  const parts = pattern.split('.')
  return parts.length === path.length && parts.every((part, index) => part === '*' || part === path[index])
}
