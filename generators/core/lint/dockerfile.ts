import { HUB } from '../accelerators.ts'
import { Fuel } from '../dockerfile/fuel.ts'
import { lastIndexBy } from '../dockerfile/lines.ts'
import {
  type BuildInput,
  type DockerfileArgument,
  type DockerfileImage,
  type DockerfileProblem,
  type DockerfileReading,
  type ImageKind,
  readDockerfile,
} from '../dockerfile/read.ts'
import { expand } from '../dockerfile/shell-words.ts'
import type { Edit } from '../edits.ts'
import { Invalid } from '../problem.ts'
import { Cures, type Place, type Said } from './cures.ts'
import { changesOf, curedFinding, type Finding, openFinding, type Token } from './finding.ts'
import { mayBeImage, type Naming, namingOf } from './naming.ts'

/** What lint has to say of a Dockerfile, places as offsets in its text. */
export interface DockerfileFindings {
  readonly findings: readonly Finding[]
  /** What BuildKit refuses, whatever the build arguments are. */
  readonly errors: readonly DockerfileProblem[]
  /** What it only lacks a build argument for. */
  readonly notes: readonly DockerfileProblem[]
}

/** Finds names of images in a Dockerfile that have a host that they should not have. */
export function lintDockerfile(text: string): DockerfileFindings {
  const readings = readTwice(text)
  return { findings: findAll(text, readings), ...sortProblems(readings) }
}

/** A Dockerfile without build arguments, and with some text for each variable that has no value. */
type Readings = readonly [plain: DockerfileReading, filled: DockerfileReading]

const INPUT: BuildInput = { args: new Map(), target: null, platform: 'linux/amd64', contexts: new Set() }

/** Stands for a value that only a build has. */
const SOME = 'x'

function readTwice(text: string): Readings {
  return [readDockerfile(text, INPUT), readDockerfile(text, { ...INPUT, unset: SOME })]
}

/** What is wrong in both readings is wrong with the Dockerfile. */
function sortProblems([plain, filled]: Readings) {
  const key = ({ line, what }: DockerfileProblem) => `${line} ${what}`
  const lasting = new Set(filled.problems.map(key))
  return {
    errors: plain.problems.filter(problem => lasting.has(key(problem))),
    notes: plain.problems.filter(problem => !lasting.has(key(problem))),
  }
}

/** An image or the default of an argument. */
interface Named extends Place, Naming {
  readonly token: Token
  /** The argument whose default it is, or null. */
  readonly arg: DockerfileArgument | null
}

function findAll(text: string, readings: Readings): Finding[] {
  const said = saidBy(text, readings)
  const cures = new Cures(text, said, changed => saidBy(changed, readTwice(changed)))
  const wrong = said.places.filter(({ misnomer }) => misnomer !== null)
  const images = wrong.filter(({ arg }) => arg === null)
  const sources = new Sources(said.places, readings[0].args)
  cures.take(
    wrong.filter(({ arg }) => arg !== null),
    ownChanges,
  )
  cures.take(images, ownChanges)
  cures.take(images, place => sources.hostChanges(place))
  const open = wrong.filter(place => !cures.isCured(place))
  const told = new Set(open.flatMap(({ arg }) => arg ?? []))
  return [
    ...cures.cures().map(({ edit, place }) => {
      const { token } = said.places[lastIndexBy(said.places, ({ start }) => start <= edit.start)] ?? place
      return curedFinding(token, place, edit)
    }),
    ...open
      .filter(
        ({ arg, token }) => arg !== null || !sources.of(token.text).some(source => told.has(source.arg)),
      )
      .map(place => openFinding(place.token, place, sources.tell(place))),
  ].sort((a, b) => a.start - b.start)
}

function ownChanges({ token, misnomer }: Named): Edit[] {
  return misnomer === null ? [] : changesOf(token, misnomer)
}

function saidBy(text: string, readings: Readings): Said<Named> {
  const images = new Map<number, Map<DockerfileReading, DockerfileImage>>()
  for (const reading of readings) {
    for (const image of reading.images) {
      const ways = images.get(image.start) ?? new Map()
      images.set(image.start, ways.set(reading, image))
    }
  }
  const places = [
    ...[...images.values()].map(ways => imagePlace(readings.map(reading => ways.get(reading) ?? null))),
    ...readings[0].args.flatMap(arg => (arg.value === null ? [] : [argumentPlace(text, arg, arg.value)])),
  ]
  const problems = readings.map(reading => reading.problems.map(({ line }) => line).join())
  return { places: places.sort((a, b) => a.start - b.start), rest: problems.join('\n') }
}

const KINDS: Readonly<Record<ImageKind, string>> = {
  from: 'FROM',
  copy: 'COPY --from',
  mount: 'RUN --mount',
  syntax: '# syntax',
}

function imagePlace(ways: readonly (DockerfileImage | null)[]): Named {
  const { kind, start, end, written } = ways.find(way => way !== null) as DockerfileImage
  const token = { where: KINDS[kind], start, text: written }
  return { kind, start, end, token, arg: null, free: false, ...namingOf(ways.map(way => way?.image ?? null)) }
}

/** What it is in itself: what its own variables are worth does not matter. */
function argumentPlace(text: string, arg: DockerfileArgument, value: string): Named {
  const { name, start, end } = arg
  const token = { where: `ARG ${name}`, start, text: text.slice(start, end) }
  const ways = namingOf(valuesOf(value), mayBeImage)
  return { kind: 'arg', start, end, token, arg, free: ways.misnomer === null, ...ways }
}

/** A value without any variables, and with some text for those that have no default. */
function valuesOf(value: string): readonly (string | null)[] {
  return ['', SOME].map(unset => {
    try {
      return expand(value, { values: new Map(), unset, escapeChar: '\\', fuel: new Fuel() }).value
    } catch (error) {
      if (!(error instanceof Invalid)) throw error
      return null
    }
  })
}

/** A default that FROM sees. */
interface Source extends Named {
  readonly arg: DockerfileArgument
}

/** Where the variables of FROM have their values. */
class Sources {
  readonly #globals = new Map<string, readonly Source[]>()
  /** Names that stages take over: what they do with the values nobody knows. */
  readonly #inStages: ReadonlySet<string>

  constructor(places: readonly Named[], args: readonly DockerfileArgument[]) {
    this.#inStages = new Set(args.flatMap(({ name, global }) => (global ? [] : [name])))
    for (const place of places) {
      const { arg } = place
      if (arg?.global)
        this.#globals.set(arg.name, [...(this.#globals.get(arg.name) ?? []), { ...place, arg }])
    }
  }

  /** The defaults that a text takes something from, those of other defaults included. */
  of(text: string): readonly Source[] {
    const texts = new Set([text])
    const found = new Set<Source>()
    for (const one of texts) {
      for (const [, name = ''] of one.matchAll(/\$\{?([A-Za-z_]\w*)/g)) {
        for (const source of this.#globals.get(name) ?? []) {
          found.add(source)
          texts.add(source.token.text)
        }
      }
    }
    return [...found]
  }

  /** An argument for the registry alone: Docker Hub in place of the host. */
  hostChanges({ token, misnomer }: Named): Edit[] {
    if (misnomer === null || misnomer.kind === 'instance') return []
    return this.of(token.text)
      .filter(({ arg }) => !this.#inStages.has(arg.name))
      .flatMap(source => changesOf(source.token, misnomer).filter(({ text }) => text === HUB))
  }

  /** Where the host stands, if that is somewhere else. */
  tell({ token, misnomer }: Named): string {
    const host = misnomer?.host ?? ''
    const source = this.of(token.text).find(({ token: { text } }) => text.includes(host))
    if (source === undefined || token.text.includes(host)) return ''
    return `${source.token.where} in line ${source.arg.line} has ${host}`
  }
}
