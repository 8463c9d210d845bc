import { applyEdits, type Edit } from '../edits.ts'

/** A place in a text that names an image, or may. */
export interface Place {
  readonly kind: string
  readonly start: number
  readonly end: number
  /** What it names, in each way of reading the text; null where it names nothing. */
  readonly names: readonly (string | null)[]
  /** What it is to name: the same but for images that have another name at Docker Hub. */
  readonly wanted: readonly (string | null)[]
  /** Whether it may come to say something else by a change in it that cures another place. */
  readonly free: boolean
}

/** What a text says. */
export interface Said<P extends Place> {
  /** In the order of the text. */
  readonly places: readonly P[]
  /** All the rest of its meaning that a change could touch. */
  readonly rest: string
}

/** A change, and the first place that it was made for. */
export interface Cure<P extends Place> {
  readonly edit: Edit
  readonly place: P
}

/** Characters that may be read for proofs: more than any file needs, and few enough that a hostile one comes to an end. */
const READ_LIMIT = 1_000_000
const READINGS_LIMIT = 1000

/** A file of any size is read that often. */
const READINGS = 10

/**
 * Changes that are proven: the changed text is read again, and its places name what they are to name, or what they
 * named before; everything else is equal.
 */
export class Cures<P extends Place> {
  readonly #text: string
  readonly #before: Said<P>
  readonly #read: (text: string) => Said<P> | null
  #cures: readonly Cure<P>[] = []
  #cured: ReadonlySet<P> = new Set()
  #readings: number

  /** `read` says null for a text that has become unreadable. */
  constructor(text: string, before: Said<P>, read: (text: string) => Said<P> | null) {
    this.#text = text
    this.#before = before
    this.#read = read
    this.#readings = Math.max(READINGS, Math.min(READINGS_LIMIT, READ_LIMIT / text.length))
  }

  /** Cures what it can of some places, by the first of the changes of each that is proven. */
  take(places: readonly P[], changesFor: (place: P) => readonly Edit[]): void {
    const open = places.filter(place => !this.#cured.has(place))
    this.#takeAll(open.flatMap(place => cureable({ place, changes: changesFor(place) })))
  }

  /** All at once where that holds, else by halves. */
  #takeAll(wishes: readonly Wish<P>[]): void {
    const open = wishes.filter(({ place }) => !this.#cured.has(place))
    const [first, ...others] = open
    if (first === undefined) return
    if (others.length === 0) {
      first.changes.some(edit => this.#accept([{ edit, place: first.place }]))
    } else if (!this.#accept(open.map(({ changes: [edit], place }) => ({ edit, place })))) {
      const half = Math.ceil(open.length / 2)
      this.#takeAll(open.slice(0, half))
      this.#takeAll(open.slice(half))
    }
  }

  isCured(place: P): boolean {
    return this.#cured.has(place)
  }

  /** The proven changes. */
  cures(): readonly Cure<P>[] {
    return this.#cures
  }

  #accept(more: readonly Cure<P>[]): boolean {
    const cures = joined([...this.#cures, ...more])
    if (cures === null || this.#readings-- <= 0) return false
    const edits = cures.map(({ edit }) => edit)
    const cured = this.#prove(edits)
    if (cured === null || !more.every(({ place }) => cured.has(place))) return false
    this.#cures = cures
    this.#cured = cured
    return true
  }

  /** The places that name what they are to name after some changes, or null where something is lost. */
  #prove(edits: readonly Edit[]): ReadonlySet<P> | null {
    const after = this.#read(applyEdits(this.#text, edits))
    const { places, rest } = this.#before
    if (after === null || after.rest !== rest || after.places.length !== places.length) return null
    const cured = new Set<P>()
    let [next, moved] = [0, 0]
    for (const [index, place] of places.entries()) {
      for (let edit = edits[next]; edit !== undefined && edit.start < place.start; edit = edits[++next])
        moved += edit.text.length - (edit.end - edit.start)
      const now = after.places[index]
      if (now?.kind !== place.kind || now.start !== place.start + moved) return null
      const changed = (edits[next]?.start ?? place.end) < place.end
      const kept = now.names.every((name, way) => name === place.wanted[way] || name === place.names[way])
      if (!kept && !(place.free && changed)) return null
      if (now.names.every((name, way) => name === place.wanted[way])) cured.add(place)
    }
    return cured
  }
}

interface Wish<P> {
  readonly place: P
  readonly changes: readonly [Edit, ...Edit[]]
}

function cureable<P>({
  place,
  changes: [first, ...others],
}: {
  place: P
  changes: readonly Edit[]
}): Wish<P>[] {
  return first === undefined ? [] : [{ place, changes: [first, ...others] }]
}

/** Each change once, in the order of the text; null where two overlap. */
function joined<P extends Place>(cures: readonly Cure<P>[]): readonly Cure<P>[] | null {
  const byPlace = new Map<string, Cure<P>>()
  for (const cure of cures) {
    const { start, end, text } = cure.edit
    const key = `${start} ${end} ${text}`
    if (!byPlace.has(key)) byPlace.set(key, cure)
  }
  const sorted = [...byPlace.values()].sort((a, b) => a.edit.start - b.edit.start)
  const overlap = sorted.some(({ edit }, index) => edit.start < (sorted[index - 1]?.edit.end ?? 0))
  return overlap ? null : sorted
}
