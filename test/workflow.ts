import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

/** A workflow as its YAML says it. */
export interface Workflow {
  readonly name: string
  readonly on: Readonly<Record<string, unknown>>
  readonly permissions: unknown
  readonly concurrency: Readonly<Record<string, unknown>>
  readonly env: Readonly<Record<string, string>>
  readonly jobs: Readonly<Record<string, Job>>
}

export interface Job {
  readonly needs?: string
  readonly 'timeout-minutes': number
  readonly strategy?: {
    readonly 'fail-fast': boolean
    readonly matrix: {
      readonly shard?: readonly string[]
      readonly include?: readonly Readonly<Record<string, string>>[]
    }
  }
  readonly steps: readonly Step[]
}

export interface Step {
  readonly id?: string
  readonly name?: string
  readonly if?: string
  readonly uses?: string
  readonly env?: Readonly<Record<string, string>>
  readonly run?: string
}

export function parseWorkflow(content: string): Workflow {
  return parse(content) as Workflow
}

/** The runs of a job: one for each value of its matrix, as GitHub has it in `matrix`. */
export function matrixOf({ strategy }: Job): readonly Readonly<Record<string, string>>[] {
  const { shard, include } = strategy?.matrix ?? {}
  return include ?? shard?.map(value => ({ shard: value })) ?? [{}]
}

export type Secrets = Readonly<Record<string, string>>

/** What a runner is to a job. `run` runs bash with a script, and resolves when it ends. */
export interface Runner {
  /** Where the repository was checked out. */
  readonly workspace: string
  /** A folder for the runner's own files. */
  readonly folder: string
  run(command: readonly string[], env: Readonly<Record<string, string>>): Promise<StepResult>
}

export interface StepResult {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface JobResult {
  /** By the names of the steps; those that were skipped have none. */
  readonly steps: ReadonlyMap<string, StepResult>
  readonly failed: boolean
  readonly summary: string
}

/** Runs the steps of a job as GitHub's runner does: each in a bash of its own, with what earlier ones left in files. */
export async function runJob(
  workflow: Workflow,
  job: Job,
  index: number,
  secrets: Secrets,
  runner: Runner,
): Promise<JobResult> {
  const matrix = matrixOf(job)
  const values: Readonly<Record<string, string>> = {
    ...named('secrets', secrets),
    ...named('matrix', matrix[index] ?? {}),
    'strategy.job-total': String(matrix.length),
  }
  const folder = temporaryFolder(runner, index)
  const steps = new Map<string, StepResult>()
  const outcomes = new Map<string, string>()
  let failed = false
  for (const step of job.steps.filter(({ run }) => run !== undefined)) {
    const { id = '', name = '', run = '' } = step
    outcomes.set(id, 'skipped')
    if (step.if === undefined ? failed : !evaluate(step.if, outcomes)) continue
    const script = join(folder, 'step.sh')
    writeFileSync(script, run)
    const command = ['bash', '--noprofile', '--norc', '-eo', 'pipefail', script]
    const result = await runner.run(command, environmentOf(workflow, step, values, folder))
    steps.set(name, result)
    outcomes.set(id, result.status === 0 ? 'success' : 'failure')
    failed ||= result.status !== 0
  }
  return { steps, failed, summary: readFileSync(join(folder, 'summary'), 'utf8') }
}

/** A new folder of the job, with the files by which steps tell the runner something. */
function temporaryFolder({ folder }: Runner, index: number): string {
  const temporary = join(folder, `temp-${index}`)
  rmSync(temporary, { recursive: true, force: true })
  mkdirSync(temporary, { recursive: true })
  for (const name of ['env', 'summary']) writeFileSync(join(temporary, name), '')
  return temporary
}

/** The workflow's, then what earlier steps have left, then the step's own, then the runner's. */
function environmentOf(
  { env }: Workflow,
  step: Step,
  values: Readonly<Record<string, string>>,
  folder: string,
): Readonly<Record<string, string>> {
  const left = readFileSync(join(folder, 'env'), 'utf8').split('\n').slice(0, -1)
  return {
    ...filled(env, values),
    ...Object.fromEntries(left.map(line => [line.split('=', 1)[0], line.replace(/^[^=]*=/, '')])),
    ...filled(step.env ?? {}, values),
    RUNNER_TEMP: folder,
    RUNNER_ENVIRONMENT: 'github-hosted',
    GITHUB_ENV: join(folder, 'env'),
    GITHUB_STEP_SUMMARY: join(folder, 'summary'),
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_WORKFLOW_REF: `acme/shop/.github/workflows/${env['WORKFLOW']}@refs/heads/main`,
  }
}

function named(context: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${context}.${name}`, value]))
}

/** Environments with their expressions filled in; what is not known is an error, a secret that is not set is empty. */
function filled(
  env: Readonly<Record<string, string>>,
  values: Readonly<Record<string, string>>,
): Record<string, string> {
  const fill = (_: string, name: string) => {
    const value = values[name] ?? (name.startsWith('secrets.') ? '' : undefined)
    if (value === undefined) throw new Error(`no value for ${name}`)
    return value
  }
  return Object.fromEntries(
    Object.entries(env).map(([name, text]) => [name, text.replace(/\$\{\{ (\S+) \}\}/g, fill)]),
  )
}

/** The one condition that steps have: nobody cancelled, and a step was not skipped. */
function evaluate(condition: string, outcomes: ReadonlyMap<string, string>): boolean {
  const [, id = ''] =
    /^\$\{\{ !cancelled\(\) && steps\.(\w+)\.outcome != 'skipped' \}\}$/.exec(condition) ?? []
  const outcome = outcomes.get(id)
  if (outcome === undefined) throw new Error(`not a condition that is known here: ${condition}`)
  return outcome !== 'skipped'
}
