import type { RelayPlan } from './core/plan.ts'
import type { Location } from './core/problem.ts'
import { formatReference } from './core/reference.ts'
import { compare, type ImageUse, type Selection, type State } from './core/select.ts'

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

/** The same as a table for people. */
export function listTable(images: readonly ListedImage[]): string {
  const rows = images.map(({ source, target, state, services }) => [
    source ?? '-',
    target ?? '-',
    state,
    services.join(', '),
  ])
  const all = [['SOURCE', 'TARGET', 'STATE', 'SERVICES'], ...rows]
  const widths = [0, 1, 2].map(column => Math.max(...all.map(row => row[column]?.length ?? 0)))
  return all
    .map(
      row =>
        `${row
          .map((value, column) => value.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}
