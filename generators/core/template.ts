import Handlebars from 'handlebars'
import { readAsset } from './assets.ts'
import { assignment, type Comment, type Word, type Words } from './bash.ts'
import type { Cell } from './markdown.ts'
import { type Language, messageText } from './messages.ts'
import type { Scalar } from './scalar.ts'

type Hole = Word | Words | Comment | Cell | Scalar

/** What fills the holes of a template. Text that was not made safe for its place does not fit in. */
export type View = { readonly [field: string]: Hole | readonly Hole[] | readonly View[] }

/**
 * Fills a template. The field `messages` comes by itself: what its parts say, as assignments of bash or as `message`
 * writes them. Throws where a hole has no value.
 */
export function render(
  template: string,
  view: View,
  language: Language,
  message: (name: string, text: string) => Hole = assignment,
): string {
  const { names, fill } = prepare(template)
  const messages = names.map(name => message(name, messageText(name, language)))
  return fill({ ...view, messages })
}

/** What is the same of a template whatever fills its holes: the names of the messages that it says, and the filling. */
interface Prepared {
  readonly names: readonly string[]
  readonly fill: (view: View) => string
}

const prepared = new Map<string, Prepared>()

function prepare(template: string): Prepared {
  const known = prepared.get(template)
  if (known !== undefined) return known
  const parts = templateParts(template)
  const names = [...new Set(parts.flatMap(part => part.source.match(/\bMSG_[A-Z0-9_]+\b/g) ?? []))].sort()
  const made = { names, fill: compile(parts) }
  prepared.set(template, made)
  return made
}

/** One file that a template is made of. Holes are in the template and in partials/, the other folders are plain. */
export interface Part {
  readonly name: string
  readonly plain: boolean
  readonly source: string
}

/** A template and all parts that it takes in, each once, the template first. */
export function templateParts(template: string): Part[] {
  const parts = new Map<string, Part>()
  const take = (part: Part) => {
    if (parts.has(part.name)) return
    parts.set(part.name, part)
    if (!part.plain) for (const [, name = ''] of part.source.matchAll(PARTIAL)) take(readPart(name))
  }
  take({ name: template, plain: false, source: readAsset(`${template}.hbs`) })
  return [...parts.values()]
}

/** The only form in which a template takes in another file: alone on its line, at its beginning. */
const PARTIAL = /^\{\{> ([a-z0-9/-]+)\}\}$/gm

/** `{{> lib/say}}` is lib/say.bash, as the other folders of PLAIN have endings; other names are files of partials/. */
function readPart(name: string): Part {
  const extension = PLAIN[name.slice(0, name.indexOf('/'))]
  const plain = extension !== undefined
  return { name, plain, source: readAsset(plain ? name + extension : `partials/${name}.hbs`) }
}

/** The folders of parts without holes. */
const PLAIN: Readonly<Record<string, string>> = { awk: '.awk', lib: '.bash', workflow: '.yml' }

/** What is plain goes in as a function, so that Handlebars never parses it. */
function compile(parts: readonly Part[]): (view: View) => string {
  const engine = Handlebars.create()
  for (const { name, plain, source } of parts) engine.registerPartial(name, plain ? () => source : source)
  const options = { noEscape: true, strict: true, preventIndent: true, knownHelpersOnly: true }
  return engine.compile(parts[0]?.source, options)
}
