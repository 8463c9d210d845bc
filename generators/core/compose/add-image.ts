import { isMap, type YAMLMap } from 'yaml'
import { InputError, type Problem } from '../problem.ts'
import { rangeOf } from './document.ts'
import { type Entry, entriesOf, find, placeOf } from './node.ts'
import type { ComposeProject } from './project.ts'
import { type Edit, plain } from './rewrite.ts'

/** Images for services that have a build and no image, by the names of the services. */
export type AddedImages = ReadonlyMap<string, string>

export const NO_IMAGES: AddedImages = new Map()

/**
 * The edits that give services an image: one more line before the first of their own, or one more entry in brackets.
 * Throws InputError for services that have no mapping of their own to put it in.
 */
export function addImages({ model }: ComposeProject, added: AddedImages): Edit[] {
  const services = entriesOf(find(model, 'services'))
  const problems: Problem[] = []
  const edits = [...added].flatMap(([name, image]) => {
    const entry = services.get(name)
    const edit = entry === undefined ? null : addImage(entry, image)
    if (edit !== null) return [edit]
    const what = 'it is built and has no image, and none can be written into it'
    const cure = `give the service an "image:", such as ${name}`
    problems.push({ at: placeOf(entry ?? model), where: `services.${name}`, what, cure })
    return []
  })
  if (problems.length > 0) throw new InputError(problems)
  return edits
}

function addImage(entry: Entry, image: string): Edit | null {
  const { path, text } = entry.source.file
  const map = ownMapping(entry)
  const start = rangeOf(map?.items[0]?.key)?.[0]
  if (map === null || start === undefined || find(entry.value, 'image') !== null) return null
  if (map.flow === true) return { path, start, end: start, text: `image: "${image}", ` }
  const [, lineBreak = '', indent = ''] = /(\r?\n)([ ]+)$/.exec(text.slice(0, start)) ?? []
  return indent === ''
    ? null
    : { path, start, end: start, text: `image: ${plain(image)}${lineBreak}${indent}` }
}

/** What stands behind the name of a service, where it is a mapping and not an alias of one. */
function ownMapping({ key, source: { file } }: Entry): YAMLMap | null {
  for (const document of file.documents) {
    const services = document.get('services', true)
    const pair = isMap(services) ? services.items.find(item => item.key === key) : undefined
    if (pair !== undefined) return isMap(pair.value) ? pair.value : null
  }
  return null
}
