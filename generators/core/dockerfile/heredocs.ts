import { type Instruction, readTrigger } from './instruction.ts'
import type { Line } from './lines.ts'
import { type Run, report } from './run.ts'
import { shellWords } from './shell-words.ts'
import { offsetIn } from './statements.ts'

/**
 * The line after the bodies of the here-documents of an instruction. By heredocsFromLine of
 * https://github.com/moby/buildkit/blob/master/frontend/dockerfile/parser/parser.go they are found among the words of
 * the whole statement, and whatever the escape character is, `\` is theirs.
 */
export function skipHeredocs(run: Run, instruction: Instruction, escapeChar: string, from: number): number {
  let next = from
  for (const heredoc of heredocsOf(instruction, escapeChar)) {
    while (next < run.lines.length && !isEnd(heredoc, run.lines[next] as Line)) next++
    if (next === run.lines.length) {
      const { name } = heredoc
      const what = `no line "${name}" ends the here-document`
      report(run, offsetIn(instruction.statement, instruction.at), what, `write ${name} alone on a line`)
      return next
    }
    next++
  }
  return next
}

interface Heredoc {
  readonly name: string
  /** `<<-`: tabs before the name at its end do no harm. */
  readonly tabs: boolean
}

function isEnd({ name, tabs }: Heredoc, { text }: Line): boolean {
  return (tabs ? text.replace(/^\t+/, '') : text) === name
}

function heredocsOf(instruction: Instruction, escapeChar: string): Heredoc[] {
  const { text } = instruction.statement
  if (!text.includes('<<')) return []
  const inner = instruction.keyword === 'onbuild' ? readTrigger(instruction, escapeChar) : instruction
  if (!['add', 'copy', 'run'].includes(inner.keyword) || isJson(inner.rest)) return []
  return shellWords(text, true).flatMap(word => heredocOf(word) ?? [])
}

function heredocOf(word: string): Heredoc | null {
  const [, tabs, rest] = /^\d*<<(-?)\s*([^<]+)$/.exec(word) ?? []
  const names = rest === undefined ? [] : shellWords(rest, false)
  return names.length === 1 ? { name: names[0] as string, tabs: tabs === '-' } : null
}

/** An array of strings: a command in exec form holds no here-document. */
function isJson(text: string): boolean {
  if (!text.startsWith('[')) return false
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.every(item => typeof item === 'string')
  } catch {
    return false
  }
}
