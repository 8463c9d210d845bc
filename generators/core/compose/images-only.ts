import { Document } from 'yaml'
import { compare } from '../order.ts'
import { type AddedImages, NO_IMAGES } from './add-image.ts'
import type { ComposeProject } from './project.ts'
import { type Rename, renamedTemplate } from './rewrite.ts'

/**
 * A compose file that has nothing but the new image of each service, to be laid over a project. What else names an
 * image is out of its reach, and listed in its comments. `heading` stands above it.
 */
export function imagesOnlyText(
  project: ComposeProject,
  rename: Rename,
  heading: string,
  added: AddedImages = NO_IMAGES,
): string {
  const services = [...project.services].sort((a, b) => compare(a.name, b.name))
  const images = services.flatMap(({ name, image }) => {
    const own = added.get(name)
    if (own !== undefined) return [[name, new Map([['image', own]])] as const]
    const renamed = image && rename(image)
    if (image === null || renamed === null) return []
    // The env file of an include counts in the files of that include alone.
    const shared = image.node.source.lookup === project.model.source.lookup
    return [
      [name, new Map([['image', shared ? renamedTemplate(image, renamed) : renamed.reference]])] as const,
    ]
  })
  const unreached = services.flatMap(({ others }) => others).filter(image => rename(image) !== null)
  const document = new Document(new Map([['services', new Map(images)]]))
  document.commentBefore = [
    heading,
    ...unreached.map(({ where }) => ` Not in here, and still as it was: ${where}`),
  ].join('\n')
  return document.toString({ lineWidth: 0 })
}
