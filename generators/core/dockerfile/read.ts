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

/** One thing to correct in a Dockerfile. */
export type DockerfileProblem = Omit<Fault, 'offset'> & Placed

/** What a Dockerfile says of its images, both lists in the order of the text. */
export interface DockerfileReading {
  readonly images: readonly DockerfileImage[]
  readonly problems: readonly DockerfileProblem[]
}

/**
 * The images that a Dockerfile needs, by the rules of BuildKit's frontend
 * (https://github.com/moby/buildkit/tree/master/frontend/dockerfile). Where it would stop at the first fault, this
 * goes on and tells of the others. Flags that name no image are left to the build, for each frontend has its own.
 */
export function readDockerfile(text: string, input: BuildInput): DockerfileReading {
  const run: Run = { text, input, lines: splitLines(text), problems: [], fuel: new Fuel() }
  const images = readImages(run).sort((a, b) => a.start - b.start)
  const problems = run.problems.sort((a, b) => a.offset - b.offset)
  return {
    images: images.map(image => ({ ...image, ...placeIn(run.lines, image.start) })),
    problems: problems.map(({ offset, what, cure }) => ({ ...placeIn(run.lines, offset), what, cure })),
  }
}

function readImages(run: Run): Found[] {
  const binary = run.text.indexOf('\0')
  if (binary !== -1) {
    report(run, binary, 'it is binary', 'name a Dockerfile')
    return []
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
  return [...(syntax === null ? [] : [syntax]), ...distinct(needed.flatMap(stage => stage.images))]
}

/** What ONBUILD says counts in several stages and stands in one place. */
function distinct(images: readonly Found[]): Iterable<Found> {
  return new Map(images.map(image => [image.start, image])).values()
}
