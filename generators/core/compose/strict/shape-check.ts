import type { Entry, MapNode, Node, ScalarNode } from '../node.ts'
import { castPlain, type Plain, plainOf } from './plain.ts'
import { type Report, similar, type Wrong } from './report.ts'
import { ANYTHING, type ListShape, type MapShape, type ScalarType, type Shape } from './shape.ts'

/** Every node against every shape once, however many aliases lead to it. */
export class ShapeCheck {
  readonly #report: Report
  readonly #seen = new WeakMap<Node, Set<Shape>>()

  constructor(report: Report) {
    this.#report = report
  }

  /** Reports what in a node, or below it, is not of the shape. */
  check(node: Node, shape: Shape, where: string): void {
    const seen = this.#seen.get(node) ?? new Set()
    if (shape === ANYTHING || seen.has(shape)) return
    this.#seen.set(node, seen.add(shape))
    if (node.kind === 'scalar') this.#scalar(node, shape, where)
    else if (node.kind === 'list' && shape.list !== null) this.#list(node.items, shape.list, where)
    else if (node.kind === 'map' && shape.map !== null) this.#map(node, shape.map, where)
    else this.#report(node, where, `it must be ${kinds(shape)}`, null)
  }

  #scalar(node: ScalarNode, shape: Shape, where: string): void {
    const plain = plainOf(node)
    // Of a list of services, merged with a mapping of them, the keys alone are left.
    if (plain === null || (plain.type === 'null' && node.keyed !== '')) return
    const wrong = scalarProblem(plain, shape)
    if (wrong !== null) this.#report(node, where, wrong.what, wrong.cure)
  }

  #list(items: readonly Node[], { item, unique }: ListShape, where: string): void {
    const known = new Set<unknown>()
    for (const [index, node] of items.entries()) {
      const place = `${where}[${index}]`
      this.check(node, item, place)
      const plain = plainOf(node)
      if (plain === null || !unique) continue
      if (known.has(plain.value))
        this.#report(node, place, `it is there twice: ${plain.value}`, 'take one away')
      known.add(plain.value)
    }
  }

  #map(map: MapNode, shape: MapShape, where: string): void {
    for (const [key, entry] of map.entries) {
      const known = shapeOf(key, shape)
      if (known === null) this.#unknown(key, entry, shape, where)
      else this.check(entry.value, known, where === '' ? key : `${where}.${key}`)
    }
    for (const key of shape.required) {
      if (!map.entries.has(key)) this.#report(map, where, `"${key}" is missing`, `add "${key}:"`)
    }
    const [first, second] = shape.exclusive.filter(key => map.entries.has(key))
    if (second !== undefined)
      this.#report(map, where, `"${first}" and "${second}" exclude each other`, 'take one away')
  }

  #unknown(key: string, entry: Entry, { rest, keys }: MapShape, where: string): void {
    if (rest !== null) this.#report(entry, where, `not a name that may stand here: "${key}"`, null)
    else this.#report(entry, where, `unknown key "${key}"`, similar(key, Object.keys(keys)))
  }
}

/** The shape under a key, or null where there may be no such key. */
function shapeOf(key: string, { keys, rest, names, others }: MapShape): Shape | null {
  if (Object.hasOwn(keys, key)) return keys[key] ?? null
  if (rest !== null && names.test(key)) return rest
  const isOther = others === 'all' || (others === 'extensions' && key.startsWith('x-'))
  return isOther ? ANYTHING : null
}

function scalarProblem(written: Plain, shape: Shape): Wrong | null {
  if (written.type === 'float' && !Number.isFinite(written.value))
    return { what: 'not a finite number', cure: null }
  const plain = shape.cast === null ? written : castPlain(written, shape.cast)
  if (plain === undefined) {
    const type = shape.cast === 'boolean' ? 'true or false' : 'a number'
    return { what: `it must be ${type}: "${written.value}"`, cure: null }
  }
  if (!shape.types.some(type => isOf(plain, type))) return typeProblem(plain, shape)
  const what = shape.check?.(plain) ?? null
  return what === null ? null : { what, cure: null }
}

function typeProblem({ type }: Plain, shape: Shape): Wrong {
  const isQuotable = shape.types.includes('string') && type !== 'null'
  return { what: `it must be ${kinds(shape)}`, cure: isQuotable ? 'write it in quotes' : null }
}

function isOf({ type, value }: Plain, wanted: ScalarType): boolean {
  if (wanted === 'number') return type === 'integer' || type === 'float'
  if (wanted === 'integer') return type === 'integer' || (type === 'float' && Number.isInteger(value))
  return type === wanted
}

/** What a shape takes, in words. */
function kinds({ types, list, map }: Shape): string {
  const names = types.filter(type => type !== 'null').map(type => NAMES[type])
  const all = [...names, ...(list === null ? [] : ['a list']), ...(map === null ? [] : ['a mapping'])]
  return [...new Set(all)].join(' or ')
}

const NAMES: Readonly<Record<ScalarType, string>> = {
  string: 'a string',
  number: 'a number',
  integer: 'an integer',
  boolean: 'true or false',
  null: 'nothing',
}
