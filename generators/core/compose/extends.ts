import { InputError, type Location } from '../problem.ts'
import { refusal } from './files.ts'
import { mergeAt, removePaths } from './merge.ts'
import {
  type Entry,
  entriesOf,
  find,
  isNull,
  type MapNode,
  placeOf,
  type Source,
  textOf,
  withEntry,
} from './node.ts'
import type { Findings, TaggedPath } from './tree.ts'

/** A document, or what is left of a file that something extends: where a service looks for its base. */
export interface ServiceScope {
  readonly root: MapNode
  readonly resets: readonly TaggedPath[]
  readonly source: Source
}

/** Opens the file of a base; `at` is where it is named. Throws InputError where there is none. */
type OpenFile = (path: string, at: Location, from: Source) => ServiceScope

/**
 * A document whose services stand on their bases, by
 * https://github.com/compose-spec/compose-go/blob/main/loader/extends.go. What is wrong goes to the findings.
 */
export function extendServices(scope: ServiceScope, openFile: OpenFile, findings: Findings): MapNode {
  const services = scope.root.entries.get('services')
  if (services?.value.kind !== 'map') return scope.root
  const extender = new Extender(openFile)
  const entries = new Map<string, Entry>()
  for (const [name, entry] of services.value.entries) {
    try {
      entries.set(name, extender.resolve(name, scope, []) ?? entry)
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      findings.problems.push(...error.problems)
    }
  }
  return withEntry(scope.root, 'services', { ...services, value: { ...services.value, entries } })
}

/** One step of a chain of bases, for the message of a circle. */
interface Step {
  readonly scope: ServiceScope
  readonly name: string
}

/** More bases under one service than anyone writes. */
const CHAIN_LIMIT = 500

class Extender {
  readonly #openFile: OpenFile
  readonly #done = new WeakMap<ServiceScope, Map<string, Entry | InputError | null>>()

  constructor(openFile: OpenFile) {
    this.#openFile = openFile
  }

  /** A service on all its bases; null where there is none, or one without content. */
  resolve(name: string, scope: ServiceScope, chain: readonly Step[]): Entry | null {
    const done = this.#done.get(scope) ?? new Map<string, Entry | InputError | null>()
    this.#done.set(scope, done)
    const result = done.has(name) ? (done.get(name) ?? null) : this.#attempt(name, scope, chain)
    done.set(name, result)
    if (result instanceof InputError) throw result
    return result
  }

  /** What is wrong with a base is wrong with everything that stands on it, and found once. */
  #attempt(name: string, scope: ServiceScope, chain: readonly Step[]): Entry | InputError | null {
    try {
      return this.#extend(name, scope, chain)
    } catch (error) {
      if (error instanceof InputError) return error
      throw error
    }
  }

  #extend(name: string, scope: ServiceScope, chain: readonly Step[]): Entry | null {
    const entry = entriesOf(find(scope.root, 'services')).get(name)
    const extended = entry?.value.kind === 'map' ? entry.value.entries.get('extends') : undefined
    if (entry === undefined || isNull(entry.value)) return null
    if (entry.value.kind !== 'map' || extended === undefined) return entry
    const at = placeOf(extended.value)
    const where = `services.${name}.extends`
    const { service, file } = readExtends(extended, name)
    const baseScope = file === null ? scope : this.#openFile(file, at, extended.source)
    if (!entriesOf(find(baseScope.root, 'services')).has(service)) {
      const place = file === null ? '' : ` in ${baseScope.source.file.name}`
      throw refusal(at, where, `service "${service}" not found${place}`, 'name a service that is there')
    }
    const next = [...chain, { scope, name }]
    checkChain(next, { scope: baseScope, name: service }, at, where)
    const base = this.resolve(service, baseScope, next)
    const own = withEntry(entry.value, 'extends', null)
    if (base === null) return { ...entry, value: own }
    const model = withEntry({ ...own, entries: new Map() }, name, base)
    const kept = removePaths(model, resetsOf(scope, name)).entries.get(name)
    const value = kept === undefined ? own : mergeAt(['services', name], kept.value, own)
    return { ...entry, value: value.kind === 'map' ? withEntry(value, 'extends', null) : value }
  }
}

/** What the document of a service resets in it: its base loses that, too. A whole service is not reset in its base. */
function resetsOf({ resets }: ServiceScope, name: string): TaggedPath[] {
  return resets
    .filter(([first, second, ...rest]) => first === 'services' && second === name && rest.length > 0)
    .map(path => path.slice(1))
}

function checkChain(chain: readonly Step[], next: Step, at: Location, where: string): void {
  const first = chain.findIndex(({ scope, name }) => scope === next.scope && name === next.name)
  if (first !== -1) {
    const steps = [...chain.slice(first), next].map(
      ({ scope, name }) => `${name} in ${scope.source.file.name}`,
    )
    throw refusal(at, where, `circular reference: ${steps.join(', extends ')}`, 'take one extends away')
  }
  if (chain.length > CHAIN_LIMIT)
    throw refusal(at, where, `more than ${CHAIN_LIMIT} services stand on each other`, null)
}

function readExtends({ value }: Entry, name: string): { service: string; file: string | null } {
  const service = textOf(value) ?? textOf(find(value, 'service'))
  if (service === null) {
    const cure = 'write the name of the service that it extends'
    throw refusal(placeOf(value), `services.${name}.extends`, 'service is required', cure)
  }
  const file = find(value, 'file')
  if (file === null || isNull(file)) return { service, file: null }
  const path = textOf(file)
  if (path === null)
    throw refusal(placeOf(file), `services.${name}.extends.file`, 'it must be a string', 'name a file')
  return { service, file: path }
}
