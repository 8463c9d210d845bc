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

/**
 * The tag stays a variable where it is all that a variable decides: what it is on the host decides there, as before.
 * Proven by its value here: `localhost:${PORT}/app` looks alike.
 */
function newTemplate({ template, value }: ImageValue, { reference, name }: NewImage): string {
  const [, literal = '', tag = ''] = /^([^$@]*?)(:[^/@]*\$[^@]*)$/s.exec(template) ?? []
  return tag !== '' && reference === name + value.slice(literal.length) ? name + tag : reference
}

/** The value in the style that it had. Of a block only its one line changes: a header may have a comment. */
function write(value: string, { start, end, style }: Scalar, text: string): string {
  if (style === 'single') return `'${value.replaceAll("'", "''")}'`
  if (style === 'double') return JSON.stringify(value)
  if (style === 'block') return text.slice(start, end).replace(/(?<=\n *)[^ \r\n][^\r\n]*/, () => value)
  // Neither begins nor ends like markup, and holds no comment and no second key.
  return /^[A-Za-z0-9](?!.*(?::\s|\s#|:$))/s.test(value) ? value : JSON.stringify(value)
}
