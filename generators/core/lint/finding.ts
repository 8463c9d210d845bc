import { HUB, type Misnomer } from '../accelerators.ts'
import { applyEdits, type Edit } from '../edits.ts'
import type { Problem } from '../problem.ts'
import type { Naming } from './naming.ts'

/** A name of an image that has a host that it should not have. */
export interface Finding {
  /** What names the image: `FROM`, `ARG BASE`, `services.web.image`. */
  readonly where: string
  /** The place in the file. */
  readonly start: number
  readonly end: number
  /** As it stands there. */
  readonly found: string
  /** What is to stand there; null where no change of one place is known to be right. */
  readonly suggestion: string | null
  readonly what: string
  readonly cure: string
  /** The change that is proven to cure it, or null. */
  readonly edit: Edit | null
}

/** What lint has to say of one file. */
export interface FileFindings {
  /** In the order of the text. */
  readonly findings: readonly Finding[]
  /** Why it cannot be read, or not as a whole: it is not changed. */
  readonly errors: readonly Problem[]
  /** What lint does not need. */
  readonly notes: readonly Problem[]
}

/** A place in a file that names an image, such as a word, and its text. */
export interface Token {
  readonly where: string
  readonly start: number
  readonly text: string
}

/**
 * Changes of a token that may give the image its name at Docker Hub, the best one first. What stands there may hold
 * variables, quotes and more than the image, so whoever makes one of them has to prove it.
 */
export function changesOf({ text, start }: Token, { kind, image, name, prefix, canonical, host }: Misnomer) {
  if (kind === 'instance') return []
  const ways = [
    [image, name],
    [prefix, ''],
    [image, canonical],
    [host, HUB],
  ] as const
  return ways.flatMap(([from, to]): Edit[] => {
    const at = text.indexOf(from)
    if (at === -1) return []
    return [{ start: start + at, end: start + at + from.length, text: to }]
  })
}

/** The finding of a token that a change cures: of all of the token, or of the image in it where that is replaced. */
export function curedFinding(token: Token, naming: Naming, edit: Edit): Finding {
  const { where, text, start } = token
  const at = edit.start - start
  const whole = text.slice(at, edit.end - start) === naming.misnomer?.image
  const found = whole ? naming.misnomer.image : text
  const place = whole ? { start: edit.start, end: edit.end } : { start, end: start + text.length }
  const local = { start: at, end: edit.end - start, text: edit.text }
  const suggestion = whole ? edit.text : applyEdits(text, [local])
  return {
    where,
    ...place,
    found,
    suggestion,
    what: whatIsWrong(token, naming),
    cure: `write ${suggestion}`,
    edit,
  }
}

/** The finding of a token that needs somebody who knows what is meant; `more` tells where the host comes from. */
export function openFinding(token: Token, naming: Naming, more: string): Finding {
  const { where, start, text } = token
  const name = hubName(naming)
  const cure =
    naming.misnomer?.kind === 'instance'
      ? `write ${name}, unless that namespace is yours`
      : `make it ${name}${more === '' ? '' : `: ${more}`}`
  const what = whatIsWrong(token, naming)
  return { where, start, end: start + text.length, found: text, suggestion: null, what, cure, edit: null }
}

/** Without what only a build or a host knows. */
function hubName({ misnomer, sure }: Naming): string {
  const name = misnomer?.name ?? ''
  return sure ? name : name.replace(/[:@].*$/, '')
}

function whatIsWrong({ text }: Token, { misnomer, sure }: Naming): string {
  if (misnomer === null) return ''
  const { kind, host, image } = misnomer
  const reasons = {
    accelerator: `${host} is an accelerator of Docker Hub, whose place is in registry-mirrors and not in a name`,
    registry: `${host} is no mirror of Docker Hub, and has no public namespace "library"`,
    instance: `${host} is no mirror of Docker Hub, unless its owner has made the namespace "library" one`,
  }
  return `"${sure ? image : text}": ${reasons[kind]}`
}
