import { isAbsolute, relative, resolve } from 'node:path'
import { isBelow } from '../compose/files.ts'
import { formatProblem, type Problem } from '../problem.ts'
import type { Surroundings } from '../workspace.ts'

/**
 * A problem as GitHub shows it beside the line of a change:
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
export function workflowCommand(
  level: string,
  { at, ...problem }: Problem,
  surroundings: Surroundings,
): string {
  const message = escapeData(formatProblem({ ...problem, at: null }))
  if (at === null) return `::${level}::${message}`
  const file = escapeProperty(fileInRepository(at.file, surroundings))
  return `::${level} file=${file},line=${at.line},col=${at.column}::${message}`
}

/** GitHub takes names from where the repository is checked out, which is not always where the program runs. */
function fileInRepository(file: string, { directory, environment }: Surroundings): string {
  const root = environment['GITHUB_WORKSPACE']
  if (root === undefined || !isAbsolute(root)) return file
  const path = resolve(directory, file)
  return isBelow(path, root) ? relative(root, path) : file
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
