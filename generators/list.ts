import type { RelayPlan } from './core/plan.ts'
import { type Location, visible } from './core/problem.ts'
import { formatReference } from './core/reference.ts'
import { compare, type ImageUse, type Selection, type State } from './core/select.ts'
import { type Column, formatTable, type Screen } from './core/table.ts'

/** One entry of `list --json`; the names of the fields are part of the interface. */
export interface ListedImage {
  /** As Compose resolves it; null for a service that is only built. */
  readonly source: string | null
  readonly written: readonly string[]
  readonly normalized: string | null
  readonly target: string | null
  readonly platform: string
  readonly services: readonly string[]
  readonly state: State
  readonly at: Location
}

/** Every image of a project, sorted by `source`, then the services that are only built. Without plan no targets. */
export function listImages(selection: Selection, plan: RelayPlan | null): ListedImage[] {
  const targets = new Map(plan?.relays.map(({ to, use }) => [use, formatReference(to)]))
  const images = selection.images.map(use => listImage(use, targets.get(use) ?? null))
  const built = selection.built.map(({ service, platform, at }) => ({
    source: null,
    written: [],
    normalized: null,
    target: null,
    platform,
    services: [service],
    state: 'built' as const,
    at,
  }))
  return [...images, ...built.sort((a, b) => compare(a.services.join(), b.services.join()))]
}

function listImage(
  { source, written, reference, platform, services, state, at }: ImageUse,
  target: string | null,
) {
  return { source, written, normalized: formatReference(reference), target, platform, services, state, at }
}

/** From right to left they give way where the screen is narrow. */
const COLUMNS: readonly Column[] = [
  { header: 'SOURCE', shrink: 'middle', minimum: 24 },
  { header: 'TARGET', shrink: 'middle', minimum: 24 },
  { header: 'STATE', shrink: 'never', minimum: 0 },
  { header: 'SERVICES', shrink: 'wrap', minimum: 16 },
]

/** The same as a table for people. */
export function listTable(images: readonly ListedImage[], screen: Screen): Promise<string> {
  const rows = images.map(({ source, target, state, services }) => ({
    cells: [source ?? '-', target ?? '-', state, services.join(', ')].map(visible),
    dim: state !== 'relay',
  }))
  return formatTable(COLUMNS, rows, screen)
}
