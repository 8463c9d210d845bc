import { relative, resolve } from 'node:path'
import type { ProjectSource } from './core/compose/load.ts'
import { filesOfPaths, filesOfProject, type LintedFiles, nothingIn } from './core/lint/files.ts'
import { jsonOf } from './core/lint/json.ts'
import { type FileReport, lintFile, type PlacedFinding } from './core/lint/lint-file.ts'
import { count, summary } from './core/lint/verdict.ts'
import { workflowCommand } from './core/lint/workflow-commands.ts'
import { compare } from './core/order.ts'
import { distinct, formatProblem, InputError, type Problem } from './core/problem.ts'
import type { Screen } from './core/table.ts'
import { type Flags, openConfig, type Surroundings } from './core/workspace.ts'

/** What the command line says of `lint`. */
export interface LintFlags extends Pick<Flags, 'file' | 'envFile' | 'projectDirectory' | 'config'> {
  readonly fix?: boolean
  readonly json?: boolean
  readonly format?: 'text' | 'github'
}

/** What `lint` has found, and what it says of it on standard output and on standard error. */
export interface LintResult {
  readonly left: number
  readonly errors: number
  readonly output: string
  readonly complaints: readonly string[]
}

/** Looks at the files that somebody names, or at those of the project. Throws InputError. */
export async function lint(
  paths: readonly string[],
  flags: LintFlags,
  surroundings: Surroundings,
  screen: Screen,
): Promise<LintResult> {
  const { files, problems } = await chooseFiles(paths, flags, surroundings)
  const sorted = files.toSorted((a, b) => compare(a.name, b.name))
  const reports = withProblems(
    sorted.map(file => lintFile(file, flags.fix === true)),
    problems,
  )
  const left = count(reports, ({ fixed }) => !fixed)
  const errors = reports.flatMap(report => report.errors).length
  return { left, errors, ...(await say(reports, flags, surroundings, screen)) }
}

async function chooseFiles(
  paths: readonly string[],
  flags: LintFlags,
  { directory, environment }: Surroundings,
): Promise<LintedFiles> {
  const clash = paths.length > 0 && [flags.file && '--file', flags.config && '--config'].find(Boolean)
  if (clash) {
    const cure = `drop ${clash}, or the paths`
    throw new InputError([
      { at: null, where: clash, what: 'it says which files there are, and so do paths', cure },
    ])
  }
  const path = (name: string) => resolve(directory, name)
  const config = paths.length > 0 ? null : await openConfig(flags, directory)
  const source: ProjectSource = {
    files: config?.compose ?? [],
    directory: config?.directory ?? directory,
    projectDirectory: flags.projectDirectory === undefined ? null : path(flags.projectDirectory),
    envFiles: config === null ? (flags.envFile?.map(path) ?? null) : config.envFiles,
    profiles: null,
    environment,
    show: path => relative(directory, path) || '.',
  }
  const chosen = config === null ? filesOfPaths(paths, source) : filesOfProject(source)
  if (chosen.files.length === 0 && chosen.problems.length === 0)
    throw new InputError([nothingIn(source.show(source.projectDirectory ?? source.directory))])
  return chosen
}

/** Each problem once, with its file; a file that is known by its problem alone has a report of its own. */
function withProblems(reports: readonly FileReport[], problems: readonly Problem[]): readonly FileReport[] {
  const names = new Set(reports.map(({ file }) => file))
  const others = new Map<string, Problem[]>()
  for (const problem of problems) {
    const name = problem.at?.file ?? problem.where ?? ''
    others.set(name, [...(others.get(name) ?? []), problem])
  }
  const merged = reports.map(report => ({
    ...report,
    readable: report.readable && !others.has(report.file),
    errors: distinct([...report.errors, ...(others.get(report.file) ?? [])]),
  }))
  const report = { kind: 'compose', findings: [], there: true, readable: false, notes: [] } as const
  const unknown = [...others].filter(([name]) => !names.has(name))
  return [...merged, ...unknown.map(([file, errors]) => ({ ...report, file, errors }))].sort((a, b) =>
    compare(a.file, b.file),
  )
}

function say(
  reports: readonly FileReport[],
  flags: LintFlags,
  surroundings: Surroundings,
  screen: Screen,
): Promise<Pick<LintResult, 'output' | 'complaints'>> | Pick<LintResult, 'output' | 'complaints'> {
  if (flags.json === true) return { output: jsonOf(reports), complaints: [] }
  return flags.format === 'github' ? github(reports, surroundings, screen) : text(reports, screen)
}

async function text(reports: readonly FileReport[], screen: Screen) {
  const findings = reports.flatMap(report => report.findings)
  const lines = findings.map(finding => formatProblem(problemOf(finding)))
  const problems = reports.flatMap(({ errors, notes }) => [...errors, ...notes.map(asNote)])
  const gap = lines.length === 0 ? [] : ['']
  const output = [...lines, ...gap, await summary(reports, screen)].join('\n')
  return { output, complaints: problems.map(formatProblem) }
}

function problemOf({ at, where, what, cure, fixed, found, suggestion }: PlacedFinding): Problem {
  return fixed
    ? { at, where, what: `"${found}" has become "${suggestion}"`, cure: null }
    : { at, where, what, cure }
}

function asNote(problem: Problem): Problem {
  return { ...problem, what: `note: ${problem.what}` }
}

/** Workflow commands, which GitHub shows beside the lines of a change; then the summary. */
async function github(reports: readonly FileReport[], surroundings: Surroundings, screen: Screen) {
  const command = (level: string, problem: Problem) => workflowCommand(level, problem, surroundings)
  const lines = reports.flatMap(({ findings, errors, notes }) => [
    ...errors.map(error => command('error', error)),
    ...findings.map(finding => command(finding.fixed ? 'notice' : 'warning', problemOf(finding))),
    ...notes.map(note => command('notice', note)),
  ])
  return { output: [...lines, await summary(reports, screen)].join('\n'), complaints: [] }
}
