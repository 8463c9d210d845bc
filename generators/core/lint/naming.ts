import { type Misnomer, misnomerOf } from '../accelerators.ts'
import { canonicalName } from '../reference.ts'

/** What a place names in each way of reading it, and what is wrong with that. */
export interface Naming {
  readonly names: readonly (string | null)[]
  readonly wanted: readonly (string | null)[]
  readonly misnomer: Misnomer | null
  /** Whether the image is known as a whole; else some text stands for what only a build or a host knows. */
  readonly sure: boolean
}

/** `counts` says which of the images that are misnamed matter. */
export function namingOf(
  ways: readonly (string | null)[],
  counts: (misnomer: Misnomer) => boolean = () => true,
  isWhole: (way: number) => boolean = way => way === 0,
): Naming {
  const misnomers = ways.map(way => {
    const misnomer = way === null ? null : misnomerOf(way)
    return misnomer !== null && counts(misnomer) ? misnomer : null
  })
  const names = ways.map(way => (way === null ? null : canonicalName(way)))
  const wanted = names.map((name, way) => misnomers[way]?.canonical ?? name)
  const first = misnomers.findIndex(misnomer => misnomer !== null)
  return { names, wanted, misnomer: misnomers[first] ?? null, sure: isWhole(first) }
}

/** Whether a value of an argument is an image: without tag and namespace it may be the beginning of names. */
export function mayBeImage({ image, host }: Misnomer): boolean {
  return /[/:@]/.test(image.slice(host.length + 1))
}
