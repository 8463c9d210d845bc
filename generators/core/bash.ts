import { HIDDEN, Invalid, visible } from './problem.ts'

declare const brand: unique symbol

/** Exactly one bash word, whatever the data. Only word() and assignment() make it. */
export type Word = string & { readonly [brand]: 'Word' }

/** One or more bash words, separated by blanks. Only words() makes it. */
export type Words = string & { readonly [brand]: 'Words' }

/** Text that cannot end the line of a bash comment. Only comment() makes it. */
export type Comment = string & { readonly [brand]: 'Comment' }

/** Characters that no shell gives a meaning to, wherever they stand in a word. */
const PLAIN = /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+:,./=-]*$/

/** One bash word with the value `text`. Throws Invalid for NUL, which no bash word can hold. */
export function word(text: string): Word {
  if (text.includes('\0')) throw new Invalid('a NUL character cannot reach a shell')
  if (PLAIN.test(text)) return text as Word
  return (text.search(HIDDEN) === -1 ? singleQuoted(text) : ansiQuoted(text)) as Word
}

/** Several words in a row, as the arguments of one command. */
export function words(...parts: readonly Word[]): Words {
  return parts.join(' ') as Words
}

/** `NAME='text'`; the text may have several lines. For constants of our own, not for data. */
export function assignment(name: string, text: string): Word {
  return `${name}=${singleQuoted(text)}` as Word
}

/** Text for a comment: whatever could end the line or hide something is made visible. */
export function comment(text: string): Comment {
  return visible(text) as Comment
}

function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/**
 * `$'…'`, with all bytes but plain ASCII escaped: a reader of a diff sees what is there, bash 3.2 has no `\u`, and in a
 * locale such as GB18030 bash would take a byte of UTF-8 and the backslash after it for one character.
 */
function ansiQuoted(text: string): string {
  const bytes = [...Buffer.from(text)].map(byte => {
    const char = String.fromCharCode(byte)
    if (/[\\']/.test(char)) return `\\${char}`
    return /[ -~]/.test(char) ? char : `\\x${byte.toString(16).padStart(2, '0')}`
  })
  return `$'${bytes.join('')}'`
}
