import { isAlias, type Node as YamlNode, type Scalar as YamlScalar } from 'yaml'
import { applyEdits, type Edit as TextEdit } from '../edits.ts'
import { InputError, type Problem } from '../problem.ts'
import { type AddedImages, addImages, NO_IMAGES } from './add-image.ts'
import { type ComposeFile, follow, rangeOf } from './document.ts'
import { type Entry, type Node, placeOf, type ScalarNode } from './node.ts'
import type { ComposeProject, ImageValue } from './project.ts'
import { imagesOf } from './services.ts'

/** The new value of an image: all of it, and its name without the tag. */
export interface NewImage {
  readonly reference: string
  readonly name: string
}

/** What an image becomes, or null where it stays. */
export type Rename = (image: ImageValue) => NewImage | null

/**
 * The compose files of a project with new image values, by their paths, every other byte as it is. An image is
 * changed where it is defined; where an alias has it for something else, the alias is changed instead. `added` has
 * images for services without. Throws InputError where one place would have to be two.
 */
export function rewriteImages(
  project: ComposeProject,
  rename: Rename,
  added: AddedImages = NO_IMAGES,
): ReadonlyMap<string, string> {
  const wishes = collectWishes(project, rename)
  const changes = [...groupBy(wishes.values(), ({ definition }) => definition).values()]
  const edits = [...changes.flatMap(editDefinition), ...addImages(project, added)]
  const byPath = groupBy(edits, ({ path }) => path)
  return new Map(project.sources.map(({ path, text }) => [path, applyEdits(text, byPath.get(path) ?? [])]))
}

/** The template of an image after its renaming; what stands before the image in its string stays. */
export function renamedTemplate({ value, node, prefix }: ImageValue, image: NewImage): string {
  const template = String(node.definition.value)
  const before = prefix.slice(node.keyed.length)
  const literal = template.startsWith(before) && !before.includes('$')
  const escaped = before.replaceAll('$', '$$$$')
  return literal
    ? before + newTemplate(template.slice(before.length), value, image)
    : escaped + image.reference
}

/**
 * The tag stays a variable where it is all that a variable decides: what it is on the host decides there, as before.
 * Proven by its value here: `localhost:${PORT}/app` looks alike.
 */
function newTemplate(template: string, value: string, { reference, name }: NewImage): string {
  const [, literal = '', tag = ''] = /^([^$@]*?)(:[^/@]*\$[^@]*)$/s.exec(template) ?? []
  return tag !== '' && reference === name + value.slice(literal.length) ? name + tag : reference
}

/** What is to stand in one place of a file. */
interface Wish {
  readonly site: YamlNode
  readonly definition: YamlScalar
  readonly node: ScalarNode
  readonly where: string
  /** null: what stands there now. */
  readonly template: string | null
}

/** One wish for each place that holds an image, or shares its definition with one. */
function collectWishes(project: ComposeProject, rename: Rename): ReadonlyMap<YamlNode, Wish> {
  const wishes = new Map<YamlNode, Wish>()
  const problems: Problem[] = []
  const images = project.services.flatMap(imagesOf)
  for (const image of images) {
    const renamed = rename(image)
    const template = renamed === null ? null : renamedTemplate(image, renamed)
    addWish(wishes, image.node, image.where, template, problems)
  }
  const shared = new Set(
    [...wishes.values()].map(({ definition }) => definition).filter(({ anchor }) => anchor),
  )
  if (shared.size > 0) {
    eachOther(project, new Set(images.map(({ node }) => node.site)), node => {
      if (shared.has(node.definition)) addWish(wishes, node, null, null, problems)
    })
  }
  if (problems.length > 0) throw new InputError(problems)
  return wishes
}

function addWish(
  wishes: Map<YamlNode, Wish>,
  node: ScalarNode,
  where: string | null,
  template: string | null,
  problems: Problem[],
): void {
  const { site, definition } = node
  const other = wishes.get(site)
  if (other === undefined) wishes.set(site, { site, definition, node, where: where ?? '', template })
  else if (other.template !== template) problems.push(conflict(node, where ?? other.where, other))
}

function conflict(node: ScalarNode, where: string, other: Wish): Problem {
  const what = `this one value stands for "${node.value}" and for "${other.node.value}", which would have to become two`
  const cure = 'write a mirror of one file by --merged, or give each its own value'
  return { at: placeOf(node), where, what, cure }
}

/**
 * Every scalar that is no image and that something may read. Extensions at the top are nobody's values, and an image
 * under another one is nobody's, too.
 */
function eachOther(
  { documents }: ComposeProject,
  images: ReadonlySet<YamlNode>,
  visit: (node: ScalarNode) => void,
) {
  const seen = new Set<Node>()
  const walk = (node: Node, depth: number): void => {
    if (seen.has(node)) return
    seen.add(node)
    if (node.kind === 'scalar' && !images.has(node.site)) visit(node)
    else if (node.kind === 'list') for (const item of node.items) walk(item, depth + 1)
    else if (node.kind === 'map') {
      for (const [key, entry] of node.entries) {
        const hidden = (depth === 0 && key.startsWith('x-')) || (depth === 2 && key === 'image')
        visit(keyNode(entry, key))
        if (!hidden) walk(entry.value, depth + 1)
      }
    }
  }
  for (const document of documents) walk(document, 0)
}

/** A key as the scalar that it is. */
function keyNode({ key, source }: Entry, value: string): ScalarNode {
  const site = key as YamlNode
  const definition = follow(site, source.file) as YamlScalar
  return { kind: 'scalar', value, site, definition, source, unset: [], missing: null, keyed: '' }
}

/** What is to stand in a range of a file. */
export interface Edit extends TextEdit {
  readonly path: string
}

/** The edits for all places that have one value by anchor and aliases. */
function editDefinition(wishes: readonly [Wish, ...Wish[]]): Edit[] {
  const [{ definition, template, node }] = wishes
  const changed = wishes.filter(wish => wish.template !== null)
  if (changed.length === 0) return []
  if (template !== null && wishes.every(wish => wish.template === template)) {
    return [edit(node, definition, template)]
  }
  const edits = changed.map(({ site, template }) => edit(node, site, template ?? ''))
  const moved = changed.some(({ site }) => site === definition)
  const left = aliasesOf(definition, node.source.file).filter(alias =>
    changed.every(({ site }) => site !== alias),
  )
  return left[0] === undefined || !moved ? edits : [...edits, ...moveAnchor(node, left[0])]
}

/** In the order of the text. Some may stand where the model never looks. */
function aliasesOf(definition: YamlScalar, { aliases }: ComposeFile): YamlNode[] {
  const found = [...aliases].filter(([, target]) => target === definition).map(([alias]) => alias as YamlNode)
  return found.sort((a, b) => startOf(a) - startOf(b))
}

/** Takes the anchor away from a value that changes, and gives it to the first alias that stays. */
function moveAnchor({ definition, source: { file } }: ScalarNode, alias: YamlNode): Edit[] {
  const { path, text } = file
  const anchor = `&${definition.anchor}`
  const start = text.lastIndexOf(anchor, startOf(definition))
  const end = start + anchor.length + (/^[ \t]*/.exec(text.slice(start + anchor.length))?.[0].length ?? 0)
  return [
    { path, start, end, text: '' },
    {
      path,
      start: startOf(alias),
      end: endOf(alias),
      text: `${anchor} ${anywhere(String(definition.value))}`,
    },
  ]
}

function edit({ source: { file } }: ScalarNode, site: YamlNode, template: string): Edit {
  const [start, end] = [startOf(site), endOf(site)]
  const text = isAlias(site)
    ? anywhere(template)
    : write(template, site as YamlScalar, file.text.slice(start, end))
  return { path: file.path, start, end, text }
}

function startOf(node: YamlNode): number {
  return rangeOf(node)?.[0] ?? 0
}

function endOf(node: YamlNode): number {
  return rangeOf(node)?.[1] ?? 0
}

/** The value in the style that it had. Of a block only its one line changes: a header may have a comment. */
function write(value: string, { type }: YamlScalar, text: string): string {
  if (type === 'QUOTE_SINGLE') return `'${value.replaceAll("'", "''")}'`
  if (type === 'QUOTE_DOUBLE') return doubleQuoted(value)
  if (type === 'PLAIN') return plain(value)
  return text.replace(/(?<=\n *)[^ \r\n][^\r\n]*/, () => value)
}

/** In quotes where a list or mapping in brackets would end. */
function anywhere(value: string): string {
  return /[{}[\],]/.test(value) ? doubleQuoted(value) : plain(value)
}

/** Without quotes where it neither begins nor ends like markup, and holds no comment and no second key. */
export function plain(value: string): string {
  return /^[A-Za-z0-9](?!.*(?::\s|\s#|:$))/s.test(value) ? value : doubleQuoted(value)
}

/** JSON is YAML but for three characters that YAML takes for line breaks. */
function doubleQuoted(value: string): string {
  return JSON.stringify(value).replace(
    /[\u0085\u2028\u2029]/g,
    char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function groupBy<K, V>(values: Iterable<V>, key: (value: V) => K): Map<K, [V, ...V[]]> {
  const groups = new Map<K, [V, ...V[]]>()
  for (const value of values) {
    const group = groups.get(key(value))
    if (group === undefined) groups.set(key(value), [value])
    else group.push(value)
  }
  return groups
}
