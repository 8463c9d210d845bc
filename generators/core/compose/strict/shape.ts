import type { Cast, Plain } from './plain.ts'

/** What scalars a place takes; every integer is a number. */
export type ScalarType = 'string' | 'number' | 'integer' | 'boolean' | 'null'

/** What is wrong with a scalar of a right type, or null. */
export type Check = (plain: Plain) => string | null

/** What may stand in one place of a compose file. A facet is null where a place takes nothing of that kind. */
export interface Shape {
  readonly types: readonly ScalarType[]
  readonly cast: Cast | null
  readonly check: Check | null
  readonly list: ListShape | null
  readonly map: MapShape | null
}

/** What may stand in a list. */
export interface ListShape {
  readonly item: Shape
  /** Whether no item may be there twice. */
  readonly unique: boolean
}

/** What may stand in a mapping. */
export interface MapShape {
  readonly keys: Readonly<Record<string, Shape>>
  readonly required: readonly string[]
  /** What stands under any other key; null: there is none. */
  readonly rest: Shape | null
  /** How the other keys are spelled. */
  readonly names: RegExp
  /** Whether keys that nothing else allows are: all of them, those that begin with `x-`, or none. */
  readonly others: 'all' | 'extensions' | 'none'
  /** Keys of which only one may be there. */
  readonly exclusive: readonly string[]
}

const NOTHING: Shape = { types: [], cast: null, check: null, list: null, map: null }

/** A place that takes anything. */
export const ANYTHING: Shape = { ...NOTHING }

/** A scalar of one of these types. */
export function scalar(types: readonly ScalarType[], check: Check | null = null): Shape {
  return { ...NOTHING, types, check }
}

/** The same, but a string is cast before anything looks at its type. */
export function casting(cast: Cast, types: readonly ScalarType[], check: Check | null = null): Shape {
  return { ...NOTHING, types, cast, check }
}

/** A list of such items. */
export function list(item: Shape): Shape {
  return { ...NOTHING, list: { item, unique: false } }
}

/** A list with each item once. */
export function set(item: Shape): Shape {
  return { ...NOTHING, list: { item, unique: true } }
}

const MAP: MapShape = { keys: {}, required: [], rest: null, names: /./, others: 'extensions', exclusive: [] }

/** A mapping of these keys, and of any that begin with `x-`. */
export function keys(known: Readonly<Record<string, Shape>>, facets: Partial<MapShape> = {}): Shape {
  return { ...NOTHING, map: { ...MAP, keys: known, ...facets } }
}

/** A mapping whose keys are names that the user has chosen. */
export function named(rest: Shape, names = /./, others: MapShape['others'] = 'none'): Shape {
  return keys({}, { rest, names, others })
}

/** What either takes; of a facet that both have, that of the first. */
export function or(first: Shape, second: Shape): Shape {
  return {
    types: [...first.types, ...second.types],
    cast: first.cast ?? second.cast,
    check: first.check ?? second.check,
    list: first.list ?? second.list,
    map: first.map ?? second.map,
  }
}

/** The same shape, or nothing. */
export function nullable(shape: Shape): Shape {
  return or(scalar(['null']), shape)
}

/** One shape under each of these names, which blanks separate. */
export function each(names: string, shape: Shape): Record<string, Shape> {
  return Object.fromEntries(names.split(' ').map(name => [name, shape]))
}
