import { parseComposeFile } from '../compose/document.ts'
import { type Lookup, mostOf } from '../compose/interpolate.ts'
import { readPlaces, type TextPlace } from '../compose/places.ts'
import type { Edit } from '../edits.ts'
import { InputError } from '../problem.ts'
import { Cures, type Place, type Said } from './cures.ts'
import {
  changesOf,
  curedFinding,
  type FileFindings,
  type Finding,
  openFinding,
  type Token,
} from './finding.ts'
import { type InlineFindings, lintInline, withoutEdit } from './inline.ts'
import { mayBeImage, type Naming, namingOf } from './naming.ts'

/** A compose file, as lint reads it. */
export interface ComposeText {
  readonly text: string
  readonly path: string
  /** How it is called in messages. */
  readonly name: string
  /** The variables of its project. */
  readonly lookup: Lookup
}

/** Finds names of images in a compose file, read by itself, that have a host that they should not have. */
export function lintCompose(source: ComposeText): FileFindings {
  try {
    return lintReading(source, readFile(source, source.text))
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return { findings: [], errors: error.problems, notes: [] }
  }
}

function readFile({ path, name }: ComposeText, text: string) {
  const file = parseComposeFile(text, path, name)
  return { ...readPlaces(file), locate: file.locateOffset }
}

type Reading = ReturnType<typeof readFile>

/** A string that names an image, or is a Dockerfile. */
interface Named extends Place, Naming {
  readonly token: Token
  readonly template: string
  readonly changes: readonly Edit[]
  /** What lint says of the Dockerfile; null for an image. */
  readonly inline: InlineFindings | null
}

function lintReading(source: ComposeText, reading: Reading): FileFindings {
  const said = saidBy(source, source.text, reading, true)
  const cures = new Cures(source.text, said, changed => reread(source, changed))
  cures.take(said.places, ({ changes }) => changes)
  const inlines = said.places.flatMap(({ inline }) => inline ?? [])
  return {
    findings: [
      ...cures
        .cures()
        .flatMap(({ edit, place }) => place.inline?.findings ?? [curedFinding(place.token, place, edit)]),
      ...said.places.flatMap(place => (cures.isCured(place) ? [] : openFindings(place, source))),
    ].sort((a, b) => a.start - b.start),
    errors: [...reading.problems, ...inlines.flatMap(({ errors }) => errors)],
    notes: inlines.flatMap(({ notes }) => notes),
  }
}

function reread(source: ComposeText, text: string): Said<Named> | null {
  try {
    return saidBy(source, text, readFile(source, text), false)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return null
  }
}

function openFindings(place: Named, { lookup }: ComposeText): Finding[] {
  const { inline, misnomer, token, template } = place
  if (inline !== null) return inline.findings.map(withoutEdit)
  if (misnomer === null) return []
  const names = [...template.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map(([, name = '']) => name)
  const source = names.find(name => lookup(name)?.includes(misnomer.host))
  return [openFinding(token, place, source === undefined ? '' : `${source} has ${misnomer.host}`)]
}

/** `all` is for the first reading: what Dockerfiles in it should be. */
function saidBy(source: ComposeText, text: string, reading: Reading, all: boolean): Said<Named> {
  const { places, scalars, problems, locate } = reading
  const starts = new Set(places.map(({ start }) => start))
  const others = scalars.flatMap(([start, value]) => (starts.has(start) ? [] : [value]))
  const named = (place: TextPlace): Named => {
    const token = { where: place.where, start: place.start, text: text.slice(place.start, place.end) }
    if (place.kind !== 'dockerfile') return imagePlace(place, token, source.lookup)
    const value = mostOf(place.template, source.lookup)?.value ?? ''
    return dockerfilePlace(place, token, value, all ? lintInline(token, value, locate(place.start)) : null)
  }
  return { places: places.map(named), rest: JSON.stringify([others, problems.length]) }
}

function imagePlace(
  { kind, template, start, end, prefix, shared }: TextPlace,
  token: Token,
  lookup: Lookup,
): Named {
  const ways = [lookup, () => undefined].map(variables => mostOf(template, variables))
  const naming = namingOf(
    ways.map(way => way?.value.slice(prefix.length) ?? null),
    kind === 'argument' ? mayBeImage : undefined,
    way => ways[way]?.whole === true,
  )
  const changes = naming.misnomer === null || shared ? [] : changesOf(token, naming.misnomer)
  return { kind, start, end, token, template, changes, free: false, inline: null, ...naming }
}

function dockerfilePlace(
  { kind, template, start, end, shared }: TextPlace,
  token: Token,
  value: string,
  inline: InlineFindings | null,
): Named {
  const changes = inline?.edit && !shared ? [inline.edit] : []
  const [names, wanted] = [[value], [inline?.wanted ?? value]]
  const naming = { names, wanted, misnomer: null, sure: true }
  return { kind, start, end, token, template, changes, free: false, inline, ...naming }
}
