import { parseReference } from '../reference.ts'
import type { Found } from './images.ts'
import { trimmedLine } from './lines.ts'
import { attempt, type Run, report } from './run.ts'

interface Directive {
  readonly key: string
  readonly value: string
}

const DIRECTIVES: readonly string[] = ['syntax', 'escape', 'check']

/** What a comment such as `# syntax=…` says, its comment character removed. */
function directive(comment: string): Directive | null {
  const [, key = '', value] = /^([a-z][a-z0-9]*)\s*=\s*([^\n]+)$/i.exec(comment.trim()) ?? []
  const known = value !== undefined && DIRECTIVES.includes(key.toLowerCase())
  return known ? { key: key.toLowerCase(), value } : null
}

/** The escape character, and the first line after the directives. */
export function readEscape(run: Run): { readonly escapeChar: string; readonly end: number } {
  const seen = new Set<string>()
  let escapeChar = '\\'
  let end = 0
  for (const line of run.lines) {
    const { text, start } = trimmedLine(line)
    const found = text.startsWith('#') ? directive(text.slice(1)) : null
    if (found === null) break
    const { key, value } = found
    if (seen.has(key)) report(run, start, `a second ${key} directive`, 'remove it')
    else if (key === 'escape') escapeChar = escapeOf(run, start, value)
    seen.add(key)
    end++
  }
  return { escapeChar, end }
}

function escapeOf(run: Run, start: number, value: string): string {
  if (value === '`' || value === '\\') return value
  report(run, start, `not an escape character: "${value}"`, 'it is ` or \\')
  return '\\'
}

/**
 * The image that reads the Dockerfile in place of BuildKit itself. By DetectSyntax of
 * https://github.com/moby/buildkit/blob/master/frontend/dockerfile/parser/directives.go it stands in the first lines,
 * without white space before it, and may stand behind `//`, too.
 */
export function readSyntax(run: Run): Found | null {
  const argument = run.input.args.get('BUILDKIT_SYNTAX')
  if (argument !== undefined) return syntaxImage(run, firstWord(argument.trim()), 0, 0)
  const lines = run.lines.slice(run.lines[0]?.text.startsWith('#!') ? 1 : 0, 10)
  for (const mark of ['#', '//']) {
    for (const { text, start } of lines) {
      const found = text.startsWith(mark) ? directive(text.slice(mark.length)) : null
      if (found === null) break
      if (found.key !== 'syntax') continue
      const image = firstWord(found.value)
      const at = start + text.indexOf(found.value, text.indexOf('=') + 1)
      return syntaxImage(run, image, at, at + image.length)
    }
  }
  return null
}

function firstWord(text: string): string {
  return text.split(' ')[0] ?? ''
}

function syntaxImage(run: Run, image: string, start: number, end: number): Found | null {
  if (attempt(run, start, () => parseReference(image)) === null) return null
  const { platform } = run.input
  return { image, written: run.text.slice(start, end), kind: 'syntax', platform, start, end }
}
