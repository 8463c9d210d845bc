import { Document, isMap, isScalar, Scalar as Node, visit } from 'yaml'
import { HIDDEN, Invalid } from './problem.ts'

declare const brand: unique symbol

/** YAML that stays on its line and is exactly the value that it was made of. Only scalar(), entry() and flow() make it. */
export type Scalar = string & { readonly [brand]: 'Scalar' }

/** The text as a value behind `key: ` or `- `. Throws Invalid for what GitHub would run, and for NUL. */
export function scalar(text: string): Scalar {
  return write(text)
}

/** One entry of a mapping, for constants of our own and data alike. */
export function entry(key: string, text: string): Scalar {
  return `${key}: ${scalar(text)}` as Scalar
}

/** A mapping of strings in brackets. Throws as scalar() does. */
export function flow(entries: Readonly<Record<string, string>>): Scalar {
  return write(entries)
}

function write(value: string | Readonly<Record<string, string>>): Scalar {
  // Words such as `on` and `0o7` are strings to some readers of YAML and not to others: those are quoted. At the root
  // of a document some values look otherwise than behind a key.
  const document = new Document({ [KEY]: value }, { compat: 'yaml-1.1' })
  visit(document, {
    Node: (_, node) => {
      if (isMap(node)) node.flow = node !== document.contents
      else if (isScalar(node)) quote(node)
    },
  })
  const text = document.toString({ lineWidth: 0, doubleQuotedAsJSON: true }).trimEnd()
  return text.slice(`${KEY}: `.length).replace(HIDDEN, escaped) as Scalar
}

const KEY = 'value'

/** What could end the line, hide something or get lost at an end stands in double quotes, where it can be escaped. */
function quote(node: Node): void {
  const text = String(node.value)
  if (text.includes('${{')) throw new Invalid(`"${text}" has "\${{", which GitHub would run`, 'rename it')
  if (text.includes('\0')) throw new Invalid('a NUL character cannot reach a workflow')
  if (text.search(HIDDEN) !== -1 || text !== text.trim()) node.type = Node.QUOTE_DOUBLE
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
}
