import type { Argument } from './arguments.ts'
import { readSyntax } from './directives.ts'
import { Fuel } from './fuel.ts'
import type { Found } from './images.ts'
import { readInstructions } from './instructions.ts'
import { placeIn, splitLines } from './lines.ts'
import { type BuildInput, type Fault, type Run, report } from './run.ts'
import { readSources } from './sources.ts'
import { neededStages, readStages } from './stages.ts'

export type { ImageKind } from './images.ts'
export type { BuildInput } from './run.ts'

/** Line and column count from 1. */
interface Placed {
  readonly line: number
  readonly column: number
}

/** An image that a Dockerfile needs, and where it names it. */
export type DockerfileImage = Found & Placed

/** What ARG declares in a Dockerfile, and where. */
export type DockerfileArgument = Argument & Placed

/** One thing to correct in a Dockerfile. */
export type DockerfileProblem = Omit<Fault, 'offset'> & Placed

/** What a Dockerfile says of its images, all lists in the order of the text. */
export interface DockerfileReading {
  readonly images: readonly DockerfileImage[]
  readonly args: readonly DockerfileArgument[]
  readonly problems: readonly DockerfileProblem[]
}

/**
 * The images that a Dockerfile needs, by the rules of BuildKit's frontend
 * (https://github.com/moby/buildkit/tree/master/frontend/dockerfile). Where it would stop at the first fault, this
 * goes on and tells of the others. Flags that name no image are left to the build, for each frontend has its own.
 */
export function readDockerfile(text: string, input: BuildInput): DockerfileReading {
  const run: Run = { text, input, lines: splitLines(text), problems: [], fuel: new Fuel() }
  const { images, args } = readAll(run)
  const problems = run.problems.sort((a, b) => a.offset - b.offset)
  const placed = <T extends { readonly start: number }>(items: readonly T[]) =>
    items.toSorted((a, b) => a.start - b.start).map(item => ({ ...item, ...placeIn(run.lines, item.start) }))
  return {
    images: placed(images),
    args: placed(args),
    problems: problems.map(({ offset, what, cure }) => ({ ...placeIn(run.lines, offset), what, cure })),
  }
}

interface Contents {
  readonly images: readonly Found[]
  readonly args: readonly Argument[]
}

function readAll(run: Run): Contents {
  const binary = run.text.indexOf('\0')
  if (binary !== -1) {
    report(run, binary, 'it is binary', 'name a Dockerfile')
    return { images: [], args: [] }
  }
  const syntax = readSyntax(run)
  const all = readStages(run, readInstructions(run))
  if (all.stages.length === 0) {
    report(run, 0, 'it has no FROM', 'begin with FROM and an image, or name another file')
  }
  for (const stage of all.stages) readSources(run, stage, all)
  const needed = [...neededStages(run, all)]
  for (const { offset, what, cure } of needed.flatMap(stage => stage.problems))
    report(run, offset, what, cure)
  const images = [...(syntax === null ? [] : [syntax]), ...distinct(needed.flatMap(stage => stage.images))]
  return { images, args: all.args }
}

/** What ONBUILD says counts in several stages and stands in one place. */
function distinct(images: readonly Found[]): Iterable<Found> {
  return new Map(images.map(image => [image.start, image])).values()
}
