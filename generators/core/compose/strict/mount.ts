import { onText } from './checks.ts'

/** A mount of a service in its short form. */
export interface Mount {
  readonly source: string
  readonly target: string
}

/** SOURCE:TARGET:OPTIONS, of which the target alone must be there. */
export const mount = onText(text => {
  const parsed = parseMount(text)
  return typeof parsed === 'string' ? parsed : null
})

/** The parts of a mount, or what is wrong: https://github.com/compose-spec/compose-go/blob/main/format/volume.go */
export function parseMount(text: string): Mount | string {
  if (text === '') return 'an empty volume'
  if (text.length <= 2) return { source: '', target: text }
  const parts = splitMount(text)
  const [first = '', second] = parts
  if (parts.includes('')) return `an empty part between colons: "${text}"`
  if (parts.length > 3) return `too many colons: "${text}"`
  return second === undefined ? { source: '', target: first } : { source: first, target: second }
}

/** A colon after one letter is that of a drive, one in `${…}` that of a variable. */
function splitMount(text: string): string[] {
  const parts = ['']
  let depth = 0
  for (const [index, char] of [...text].entries()) {
    const part = parts.at(-1) ?? ''
    if (char === '$' && text[index + 1] === '{') depth++
    if (char === '}' && depth > 0) depth--
    if (char === ':' && depth === 0 && !/^\p{L}$/u.test(part)) parts.push('')
    else parts[parts.length - 1] = part + char
  }
  return parts
}

/** Whether a source is a path of the host, not the name of a volume. */
export function isHostPath(source: string): boolean {
  return /^(?:[./~]|\\\\|\p{L}:)/u.test(source)
}
