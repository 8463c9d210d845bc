import { formatProblem, type Problem } from '../problem.ts'
import type { FileReport } from './lint-file.ts'
import { count, verdictOf } from './verdict.ts'

/** The reports as JSON; the names of the fields are part of the interface. */
export function jsonOf(reports: readonly FileReport[]): string {
  const files = reports.map(report => {
    const { file, kind, findings, errors, notes } = report
    return {
      file,
      kind,
      verdict: verdictOf(report),
      findings: findings.map(({ at, until, where, found, suggestion, what, cure, fixed }) => ({
        line: at.line,
        column: at.column,
        endLine: until.line,
        endColumn: until.column,
        where,
        found,
        suggestion,
        message: `${what}: ${cure}`,
        fixed,
      })),
      problems: [...errors.map(jsonProblem('error')), ...notes.map(jsonProblem('note'))],
    }
  })
  const summary = {
    files: reports.length,
    findings: count(reports, ({ fixed }) => !fixed),
    fixed: count(reports, ({ fixed }) => fixed),
    unreadable: reports.filter(({ readable }) => !readable).length,
  }
  return JSON.stringify({ files, summary }, null, 2)
}

function jsonProblem(severity: 'error' | 'note') {
  return ({ at, where, what, cure }: Problem) => ({
    severity,
    file: at?.file ?? null,
    line: at?.line ?? null,
    column: at?.column ?? null,
    message: formatProblem({ at: null, where, what, cure }),
  })
}
