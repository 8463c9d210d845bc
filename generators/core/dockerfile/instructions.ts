import { readEscape } from './directives.ts'
import { skipHeredocs } from './heredocs.ts'
import { type Instruction, isKnown, readInstruction } from './instruction.ts'
import { type Line, trimmedLine } from './lines.ts'
import type { Run } from './run.ts'
import { joinLines } from './statements.ts'

/** The instructions of a Dockerfile, and what escapes a character in them. */
export interface Instructions {
  readonly escapeChar: string
  readonly instructions: readonly Instruction[]
}

/** Reads lines as Parse of https://github.com/moby/buildkit/blob/master/frontend/dockerfile/parser/parser.go does. */
export function readInstructions(run: Run): Instructions {
  const { escapeChar, end: first } = readEscape(run)
  const instructions: Instruction[] = []
  for (let next = first; next < run.lines.length; ) {
    if (trimmedLine(run.lines[next] as Line).text.startsWith('#')) {
      next++
      continue
    }
    const { statement, end } = joinLines(run, next, escapeChar)
    next = end
    if (statement === null) continue
    const instruction = readInstruction(statement, 0, escapeChar)
    next = skipHeredocs(run, instruction, escapeChar, next)
    if (isKnown(run, instruction)) instructions.push(instruction)
  }
  return { escapeChar, instructions }
}
