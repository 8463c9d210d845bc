import {
  type Argument,
  fill,
  type Globals,
  missing,
  predefined,
  readArguments,
  readGlobals,
} from './arguments.ts'
import { type Found, imageOf, isContext } from './images.ts'
import { flagOf, type Instruction, reportAt } from './instruction.ts'
import type { Instructions } from './instructions.ts'
import { normalPlatform } from './platform.ts'
import { type Run, report, type Told } from './run.ts'
import type { Expansion } from './shell-words.ts'
import { offsetIn, spanIn } from './statements.ts'

/** A FROM and what comes after it. Its own problems only matter where it is built. */
export interface Stage extends Told {
  readonly name: string | null
  readonly index: number
  /** Whether an additional context stands in for it. */
  readonly given: boolean
  /** The stage that it is built on. */
  readonly base: Stage | null
  readonly commands: Instruction[]
  /** Stages that it needs, its base among them. */
  readonly needs: Stage[]
  readonly images: Found[]
}

/** The stages of a file. Of two with one name the later one has it. */
export interface Stages {
  readonly stages: readonly Stage[]
  readonly names: ReadonlyMap<string, Stage>
  /** What ARG declares, before the first stage and in all of them. */
  readonly args: readonly Argument[]
}

/**
 * Reads every FROM, and hands out what comes after each, by Parse of
 * https://github.com/moby/buildkit/blob/master/frontend/dockerfile/instructions/parse.go.
 */
export function readStages(run: Run, read: Instructions): Stages {
  const globals = predefined(run, read)
  const stages: Stage[] = []
  const names = new Map<string, Stage>()
  const args: Argument[] = []
  for (const instruction of read.instructions) {
    const global = stages.length === 0
    const declared = instruction.keyword === 'arg' ? readArguments(instruction, read.escapeChar, global) : []
    args.push(...declared)
    if (instruction.keyword === 'from') {
      const stage = readFrom({ run, instruction, globals, names }, stages.length)
      stages.push(stage)
      if (stage.name !== null) names.set(stage.name, stage)
    } else if (!global) stages.at(-1)?.commands.push(instruction)
    else if (instruction.keyword === 'arg') readGlobals(run, instruction, declared, globals)
    else reportAt(run, instruction, 'no FROM comes before it', 'only ARG may stand before the first FROM')
  }
  return { stages, names, args }
}

/** A FROM, what variables mean in it, and the stages before it: it knows no others, and none by its number. */
interface From {
  readonly run: Run
  readonly instruction: Instruction
  readonly globals: Globals
  readonly names: ReadonlyMap<string, Stage>
}

function readFrom(from: From, index: number): Stage {
  const { run, instruction } = from
  const words = instruction.rest.match(/[^\t\v\f\r ]+/g) ?? []
  const name = readName(run, instruction, words)
  const given = name !== null && isContext(run.input, name)
  const origin = readOrigin(from, words[0] ?? null)
  const base = given ? null : origin.base
  const images = given || origin.image === null ? [] : [origin.image]
  return { name, index, given, base, commands: [], needs: base === null ? [] : [base], images, problems: [] }
}

/** The name behind AS, or null. */
function readName(run: Run, instruction: Instruction, words: readonly string[]): string | null {
  const [, as = '', alias = ''] = words
  if (words.length === 3 && as.toLowerCase() === 'as') {
    const name = alias.toLowerCase()
    const cure = 'a letter, then letters, digits, "-", "_", "."'
    if (!/^[a-z][a-z0-9_.-]*$/.test(name))
      reportAt(run, instruction, `not a name of a stage: "${alias}"`, cure)
    return name
  }
  const comment = words.some(word => word.startsWith('#'))
  const cure = comment ? 'a comment stands on a line of its own' : 'write FROM image, or FROM image AS name'
  if (words.length !== 1) reportAt(run, instruction, 'it takes an image, or an image, AS and a name', cure)
  return null
}

interface Origin {
  readonly base: Stage | null
  readonly image: Found | null
}

function readOrigin(from: From, written: string | null): Origin {
  const { run, instruction, names } = from
  const { statement, restAt } = instruction
  const name = written === null ? null : readImageName(from, written)
  const platform = readPlatform(from)
  if (written === null || name === null || platform === null) return { base: null, image: null }
  const base = names.get(name.value) ?? null
  if (base !== null) return { base, image: null }
  const span = spanIn(statement, restAt, restAt + written.length - 1)
  const candidate = { image: name.value, kind: 'from', platform, ...span } as const
  return { base, image: imageOf(run, run, candidate, missing(name.unset)) }
}

/** null where there is none. */
function readImageName({ run, instruction, globals }: From, written: string): Expansion | null {
  const start = offsetIn(instruction.statement, instruction.restAt)
  const name = fill(run, start, written, globals)
  if (name?.value !== '') return name
  report(run, start, `FROM: "${written}" is empty`, missing(name.unset))
  return null
}

/** null where it is no platform. */
function readPlatform({ run, instruction, globals }: From): string | null {
  const { platform } = run.input
  const flag = flagOf(run, instruction, 'platform')
  if (flag === null) return platform
  const start = offsetIn(instruction.statement, flag.at[0] ?? 0)
  const expansion = fill(run, start, flag.text, globals)
  if (expansion === null) return null
  const { value, unset } = expansion
  const wanted = normalPlatform(value, platform)
  if (wanted !== null) return wanted === normalPlatform(platform, platform) ? platform : wanted
  report(run, start, `not a platform: "${value}"`, missing(unset) ?? 'such as linux/amd64')
  return null
}

/** Those that are built: all, or what the target needs. */
export function neededStages(run: Run, { stages, names }: Stages): Iterable<Stage> {
  const { target } = run.input
  if (target === null || target === '') return stages
  const stage = names.get(target.toLowerCase())
  if (stage === undefined) {
    const known = [...names.keys()].slice(0, 20).join(', ')
    const cure = known === '' ? 'no stage has a name' : `stages are ${known}`
    report(run, 0, `there is no stage "${target}" to build`, cure)
    return stages
  }
  const needed = new Set([stage])
  for (const one of needed) for (const other of one.needs) needed.add(other)
  return needed
}
