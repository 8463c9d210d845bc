import { join } from 'node:path'
import { InputError, type Problem } from '../problem.ts'
import { type AddedImages, NO_IMAGES } from './add-image.ts'
import { mergedText } from './merged.ts'
import { find, type MapNode, type Node, placeOf, type ScalarNode, withEntry } from './node.ts'
import type { ComposeProject } from './project.ts'
import { type Rename, rewriteImages } from './rewrite.ts'
import { imagesOf } from './services.ts'

/**
 * The files of a project with new image values, read again by the same loader: exactly the images have changed, and
 * nothing else has. Throws InputError where that does not hold.
 */
export function mirrorFiles(
  project: ComposeProject,
  rename: Rename,
  added: AddedImages = NO_IMAGES,
): ReadonlyMap<string, string> {
  const texts = rewriteImages(project, rename, added)
  const problems = differences(project, project.reread(texts), rename, added)
  if (problems.length > 0) throw new InputError(problems)
  return texts
}

/** The same as one file. Paths that were relative to another folder are written differently, and not compared. */
export function mergedFile(
  project: ComposeProject,
  rename: Rename,
  heading: string,
  added: AddedImages = NO_IMAGES,
): string {
  const text = mergedText(project, rename, heading, added)
  const path = join(project.directory, 'compose.yaml')
  const problems = differences(project, project.reread(new Map([[path, text]]), [path]), rename, added)
  if (problems.length > 0) throw new InputError(problems)
  return text
}

/** Where a project differs from what it is to become. */
function differences(
  before: ComposeProject,
  after: ComposeProject,
  rename: Rename,
  added: AddedImages,
): Problem[] {
  const expected = new Map<ScalarNode, string>()
  for (const image of before.services.flatMap(imagesOf)) {
    const renamed = rename(image)
    if (renamed !== null) expected.set(image.node, image.prefix + renamed.reference)
  }
  const found: Problem[] = []
  const [own, others] = takeAdded(after.model, added)
  for (const [service, image] of added)
    if (own.get(service) !== image) found.push(problem(before.model, `services.${service}.image`))
  compareMaps(before, others, expected, found)
  return found
}

/** A model without the images of some services, and these. */
function takeAdded(model: MapNode, added: AddedImages): [images: Map<string, unknown>, others: MapNode] {
  const images = new Map<string, unknown>()
  const services = model.entries.get('services')
  if (services?.value.kind !== 'map') return [images, model]
  let map = services.value
  for (const service of added.keys()) {
    const entry = map.entries.get(service)
    const image = find(map, service, 'image')
    if (entry?.value.kind !== 'map' || image?.kind !== 'scalar') continue
    images.set(service, image.value)
    map = withEntry(map, service, { ...entry, value: withEntry(entry.value, 'image', null) })
  }
  return [images, withEntry(model, 'services', { ...services, value: map })]
}

/** Extensions at the top may have changed: an image that they define is changed there. */
function compareMaps(
  before: ComposeProject,
  after: MapNode,
  expected: ReadonlyMap<ScalarNode, string>,
  found: Problem[],
) {
  const seen = new Set<Node>()
  const compare = (a: Node, b: Node | undefined, where: string): void => {
    if (seen.has(a)) return
    seen.add(a)
    if (b === undefined || a.kind !== b.kind) found.push(problem(a, where))
    else if (a.kind === 'scalar' && b.kind === 'scalar') {
      const wanted = expected.get(a) ?? a.value
      const moved = a.source.directory !== b.source.directory && !expected.has(a)
      if ((wanted !== b.value && !moved) || (a.missing === null) !== (b.missing === null))
        found.push(problem(a, where))
    } else if (a.kind === 'list' && b.kind === 'list') {
      if (a.items.length !== b.items.length) found.push(problem(a, where))
      else for (const [index, item] of a.items.entries()) compare(item, b.items[index], `${where}[${index}]`)
    } else if (a.kind === 'map' && b.kind === 'map') {
      if ([...a.entries.keys()].join('\n') !== [...b.entries.keys()].join('\n')) found.push(problem(a, where))
      else
        for (const [key, { value }] of a.entries) compare(value, b.entries.get(key)?.value, `${where}.${key}`)
    }
  }
  for (const [name, { value }] of before.model.entries)
    if (!name.startsWith('x-')) compare(value, after.entries.get(name)?.value, name)
}

function problem(node: Node, where: string): Problem {
  const what = 'the mirror would not mean what this project means'
  const cure = 'please report this compose file'
  return { at: placeOf(node), where, what, cure }
}
