import { Invalid } from '../problem.ts'
import type { Fuel } from './fuel.ts'
import type { Line } from './lines.ts'

/** What a build gives to a Dockerfile. */
export interface BuildInput {
  /** Build arguments, `BUILDKIT_SYNTAX` included. */
  readonly args: ReadonlyMap<string, string>
  /** What stands for a variable of FROM without value and default; nothing where this is absent. */
  readonly unset?: string
  /** The stage to build: its images and those of the stages that it needs. null means every stage. */
  readonly target: string | null
  /** What is built and what builds, such as `linux/amd64`. */
  readonly platform: string
  /** Names of additional contexts: they stand in for the images and stages of that name. */
  readonly contexts: ReadonlySet<string>
}

/** The reading of one Dockerfile. */
export interface Run extends Told {
  readonly text: string
  readonly input: BuildInput
  readonly lines: readonly Line[]
  readonly fuel: Fuel
}

/** Whoever is told of problems: the file, or one stage of it. */
export interface Told {
  readonly problems: Fault[]
}

/** One thing to correct. */
export interface Fault {
  readonly offset: number
  readonly what: string
  readonly cure: string | null
}

/** Who corrects that many reads the rest later. */
const PROBLEM_LIMIT = 100

/** Tells of a problem. */
export function report({ problems }: Told, offset: number, what: string, cure: string | null): void {
  if (problems.length < PROBLEM_LIMIT)
    problems.push({ offset, what: excerpt(what), cure: cure && excerpt(cure) })
}

function excerpt(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}

/** Runs what may throw Invalid. Returns null where it did, and reports it. */
export function attempt<T>(told: Told, offset: number, work: () => T): T | null {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    report(told, offset, error.what, error.cure)
    return null
  }
}
