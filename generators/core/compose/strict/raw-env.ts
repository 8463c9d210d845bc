import type { Problem } from '../../problem.ts'

/**
 * An env file whose values are taken by their letters. A line that is wrong ends it, and goes to the problems:
 * https://github.com/docker/cli/blob/master/pkg/kvfile/kvfile.go
 */
export function readRaw(text: string, file: string, problems: Problem[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  const lines = text.split('\n').map(line => line.trimStart())
  for (const [index, line] of lines.entries()) {
    if (/^(?:#|$)/.test(line)) continue
    const [key = '', value] = line.split(/=(.*)/s)
    const what = keyProblem(key)
    if (what !== null) {
      problems.push({ at: { file, line: index + 1, column: 1 }, where: null, what, cure: 'write KEY=value' })
      break
    }
    if (value !== undefined) values.set(key, value)
  }
  return values
}

function keyProblem(key: string): string | null {
  if (key === '') return 'not a key: nothing stands before "="'
  return /[ \t]/.test(key) ? 'not a key: a blank stands in it' : null
}
