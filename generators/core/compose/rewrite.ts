import type { ComposeProject, ImageValue, Scalar } from './project.ts'

/** The new value of an image: all of it, and its name without the tag. */
export interface NewImage {
  readonly reference: string
  readonly name: string
}

/**
 * The text of the compose file with new image values, every other byte as it is. `renamed` says for each service
 * what its image becomes, or null where it stays.
 */
export function rewriteImages(
  project: ComposeProject,
  renamed: (service: string) => NewImage | null,
): string {
  const edits = project.services.flatMap(({ name, image }) => {
    const renaming = image === null ? null : renamed(name)
    return image === null || renaming === null
      ? []
      : [{ scalar: image.scalar, value: newTemplate(image, renaming) }]
  })
  let text = ''
  let end = 0
  for (const { scalar, value } of edits.sort((a, b) => a.scalar.start - b.scalar.start)) {
    text += project.text.slice(end, scalar.start) + write(value, scalar, project.text)
    end = scalar.end
  }
  return text + project.text.slice(end)
}

/** The tag stays a variable where only the tag has one: what it is on the host decides there, as before. */
function newTemplate({ template }: ImageValue, { reference, name }: NewImage): string {
  const tag = /^[^$@]*?(:[^/@]*\$[^@]*)$/s.exec(template)?.[1]
  return tag === undefined ? reference : name + tag
}

/** The value in the style that it had. A block becomes plain, and keeps the line break behind it. */
function write(value: string, { start, end, style }: Scalar, text: string): string {
  if (style === 'single') return `'${value.replaceAll("'", "''")}'`
  if (style === 'double') return JSON.stringify(value)
  // Neither begins nor ends like markup, and holds no comment and no second key.
  const plain = /^[A-Za-z0-9](?!.*(?::\s|\s#|:$))/s.test(value) ? value : JSON.stringify(value)
  return style === 'plain' ? plain : plain + (/\r?\n$/.exec(text.slice(start, end))?.[0] ?? '')
}
