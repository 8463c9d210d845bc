import { type Entry, entriesOf, find, type MapNode } from '../node.ts'
import type { ComposeProject } from '../project.ts'
import { type Need, needsOf } from './needs.ts'
import type { Report } from './report.ts'

/** A service at hand. */
export interface Context {
  readonly name: string
  /** Its path in the model. */
  readonly where: string
  readonly entry: Entry
  readonly map: MapNode
  readonly needs: readonly Need[]
}

/** A project, its services sorted by its profiles. */
export interface Model {
  readonly root: MapNode
  readonly enabled: ReadonlyMap<string, Context>
  /** The names of the other services. */
  readonly disabled: ReadonlySet<string>
  readonly profiles: readonly string[]
}

/** What an enabled service has to observe: https://github.com/compose-spec/compose-go/blob/main/loader/validate.go */
export type Rule = (service: Context, model: Model, report: Report) => void

/** The model of a project that could be loaded. */
export function readModel(
  { model: root, services }: ComposeProject,
  profiles: readonly string[] | null,
): Model {
  const all = entriesOf(find(root, 'services'))
  const enabled = new Map<string, Context>()
  const disabled = new Set<string>()
  for (const service of services) {
    const entry = all.get(service.name)
    if (service.enabled && entry !== undefined) enabled.set(service.name, contextOf(service.name, entry))
    else disabled.add(service.name)
  }
  return { root, enabled, disabled, profiles: profiles ?? [] }
}

function contextOf(name: string, entry: Entry): Context {
  const map = entry.value as MapNode
  const where = `services.${name}`
  return { name, where, entry, map, needs: needsOf(map, where) }
}
