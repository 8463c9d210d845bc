import { type Flag, mountSources } from './flags.ts'
import { imageOf, KIND_NAMES } from './images.ts'
import { flagOf, type Instruction, readTrigger, reportAt } from './instruction.ts'
import { type Run, report, type Told } from './run.ts'
import type { Stage, Stages } from './stages.ts'
import { offsetIn, spanIn } from './statements.ts'

/** So that many stages on a stage with many ONBUILD come to an end. */
const TRIGGER_COST = 100

/**
 * What a stage copies and mounts. What its base has behind ONBUILD counts here, and, by initOnBuildTriggers of
 * https://github.com/moby/buildkit/blob/master/frontend/dockerfile/dockerfile2llb/convert.go, is read anew, without
 * the directives of the file: `\` escapes.
 */
export function readSources(run: Run, stage: Stage, all: Stages): void {
  const place = { run, stage, all }
  for (const command of stage.base?.commands ?? []) {
    if (command.keyword !== 'onbuild') continue
    if (!run.fuel.spend(TRIGGER_COST)) {
      report(run, offsetIn(command.statement, command.at), 'too many ONBUILD', null)
      return
    }
    readSource({ ...place, told: stage }, readTrigger(command, '\\'))
  }
  for (const command of stage.commands) readSource({ ...place, told: run }, command)
}

interface Place {
  readonly run: Run
  readonly stage: Stage
  readonly all: Stages
  /** Whoever is told of what BuildKit refuses even where the stage is not built. */
  readonly told: Told
}

function readSource(place: Place, command: Instruction): void {
  const { told } = place
  const { keyword, flags } = command
  if (keyword === 'copy') addSource(place, command, 'copy', flagOf(told, command, 'from'))
  else if (keyword === 'run') {
    for (const flag of mountSources(flags)) addSource(place, command, 'mount', flag)
  } else if (keyword === 'add' && flags.some(({ text }) => /^--from(?:=|$)/.test(text))) {
    reportAt(told, command, 'it has no --from', 'write COPY --from=…')
  } else if (keyword === 'onbuild') checkTrigger(told, command)
}

function checkTrigger(told: Told, command: Instruction): void {
  const { keyword } = readTrigger(command, '\\')
  if (!['onbuild', 'from', 'maintainer'].includes(keyword)) return
  reportAt(told, command, `${keyword.toUpperCase()} cannot stand behind it`, null)
}

/** `flag` is the value of `from`, or null. */
function addSource(place: Place, command: Instruction, kind: 'copy' | 'mount', flag: Flag | null): void {
  if (flag === null || flag.text === '') return
  const { run, stage, all, told } = place
  const { text, at } = flag
  const span = spanIn(command.statement, at[0] ?? 0, at.at(-1) ?? 0)
  const number = kind === 'copy' && /^[+-]?\d+$/.test(text) ? Number(text) : null
  const source = number === null ? all.names.get(text.toLowerCase()) : all.stages[number]
  const fault = sourceFault(place, text, number, source)
  if (fault !== null) report(fault.told, span.start, `${KIND_NAMES[kind]}: ${fault.what}`, fault.cure)
  else if (source !== undefined) stage.needs.push(source)
  else {
    const candidate = { image: text, kind, platform: run.input.platform, ...span }
    const image = imageOf(run, told, candidate, null)
    if (image !== null) stage.images.push(image)
  }
}

interface SourceFault {
  readonly told: Told
  readonly what: string
  readonly cure: string
}

/**
 * Why nothing comes from a source, or null. Only COPY knows stages by number, too (toCommand and detectRunMount of
 * https://github.com/moby/buildkit/tree/master/frontend/dockerfile/dockerfile2llb).
 */
function sourceFault(
  { stage, all, told }: Place,
  text: string,
  number: number | null,
  source: Stage | undefined,
): SourceFault | null {
  if (/\$./s.test(text)) {
    const cure = `write FROM ${text} AS name further up, and from=name`
    return { told, what: `from= takes no variables: "${text}"`, cure }
  }
  if (source === stage) {
    const cure = 'name another stage, or an image with its tag'
    return { told: stage, what: `stage "${text}" is this one`, cure }
  }
  if (source !== undefined && source.index > stage.index && !source.given) {
    const cure = 'move it up, or write the tag of an image'
    return { told: stage, what: `stage "${text}" comes later`, cure }
  }
  if (source !== undefined || number === null) return null
  return { told, what: `there is no stage ${text}`, cure: `stages are 0 to ${all.stages.length - 1}` }
}
