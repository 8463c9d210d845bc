import type { BaseImage } from './core/base-images.ts'
import type { ImageKind } from './core/compose/project.ts'
import { type Hint, readHints } from './core/hints.ts'
import type { IgnoreLine } from './core/ignore.ts'
import { compare } from './core/order.ts'
import { type RelayPlan, targetsOf } from './core/plan.ts'
import { type Location, visible } from './core/problem.ts'
import { formatReference } from './core/reference.ts'
import type { ImageUse, Selection, State } from './core/select.ts'
import { type Column, formatTable, type Screen } from './core/table.ts'
import type { Workspace } from './core/workspace.ts'

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
  /** What it is needed for, where no service runs it: a volume, a hook before a start, a build; or that it is built. */
  readonly kind?: Exclude<ImageKind, 'service'> | 'base' | 'build'
}

/**
 * Every image of a project, sorted by `source`, then the services that are only built. Without plan no targets. The
 * base images of builds are there to be known: a build where it runs pulls them, and nothing relays them.
 */
export function listImages(
  selection: Selection,
  plan: RelayPlan | null,
  bases: readonly BaseImage[] = [],
  ignore: readonly IgnoreLine[] = [],
): ListedImage[] {
  const targets = plan === null ? new Map<ImageUse, string>() : targetsOf(plan)
  const named = selection.images.map(use => listImage(use, targets.get(use) ?? null))
  const known = new Set(named.map(({ normalized }) => normalized))
  const others = listBases(bases, ignore).filter(({ normalized }) => !known.has(normalized))
  const images = [...named, ...others].sort((a, b) => compare(a.source, b.source))
  const nameless = plan?.builds.filter(({ use }) => use === null) ?? []
  const names = new Map(nameless.map(({ services, to }) => [services[0], formatReference(to)]))
  const built = selection.built.map(({ service, platform, at }) => {
    const target = names.get(service) ?? null
    const entry = { source: null, written: [], normalized: null, target, platform, services: [service], at }
    return target === null
      ? { ...entry, state: 'built' as const }
      : { ...entry, state: 'relay' as const, kind: 'build' as const }
  })
  return [...images, ...built.sort((a, b) => compare(a.services.join(), b.services.join()))]
}

function listImage(
  { source, written, reference, platform, services, state, at, kind }: ImageUse,
  target: string | null,
) {
  const normalized = formatReference(reference)
  const image = { source, written, normalized, target, platform, services, state, at }
  // What is built and relayed is pushed by whoever builds it; no pull brings it.
  if (state === 'built' && target !== null)
    return { ...image, state: 'relay' as const, kind: 'build' as const }
  return kind === 'service' ? image : { ...image, kind }
}

/** One entry for each base image, however many Dockerfiles and spellings name it. */
function listBases(bases: readonly BaseImage[], ignore: readonly IgnoreLine[]) {
  const groups = new Map<string, [BaseImage, ...BaseImage[]]>()
  for (const base of bases) {
    const name = formatReference(base.reference)
    groups.set(name, [...(groups.get(name) ?? []), base] as [BaseImage, ...BaseImage[]])
  }
  return [...groups].map(([normalized, [base, ...more]]) => {
    const written = sorted([base, ...more].map(other => other.written))
    const ignored = ignore.some(line => line.matches(base.reference))
    return {
      source: written[0] ?? base.written,
      written,
      normalized,
      target: null,
      platform: base.platform,
      services: sorted([base, ...more].flatMap(({ service }) => service ?? [])),
      state: ignored ? ('ignored' as const) : ('built' as const),
      at: base.at,
      kind: 'base' as const,
    }
  })
}

function sorted(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort(compare)
}

/** What `list` has to say; the names of the fields are part of the interface. */
export interface Survey {
  readonly images: readonly ListedImage[]
  readonly hints: readonly Hint[]
}

/** Everything that a project names an image by. */
export function surveyProject(
  { project, selection, ignore, bases }: Workspace,
  plan: RelayPlan | null,
): Survey {
  return { images: listImages(selection, plan, bases, ignore), hints: readHints(project) }
}

/** The same as tables for people. */
export async function surveyTables({ images, hints }: Survey, screen: Screen): Promise<string> {
  const table = await imageTable(images, screen)
  return hints.length === 0 ? table : `${table}\n${HINT_NOTE}\n\n${await hintTable(hints, screen)}`
}

const HINT_NOTE =
  'Programs pull these by themselves, from where they are named; nothing relays or redirects them:'

/** From right to left they give way where the screen is narrow. */
const COLUMNS: readonly Column[] = [
  { header: 'SOURCE', shrink: 'middle', minimum: 24 },
  { header: 'TARGET', shrink: 'middle', minimum: 24 },
  { header: 'STATE', shrink: 'never', minimum: 0 },
  { header: 'SERVICES', shrink: 'wrap', minimum: 16 },
]

function imageTable(images: readonly ListedImage[], screen: Screen): Promise<string> {
  const rows = images.map(({ source, target, state, kind, services }) => ({
    cells: [
      source ?? '-',
      target ?? '-',
      kind === undefined ? state : `${state} (${kind})`,
      services.join(', '),
    ].map(visible),
    dim: state !== 'relay',
  }))
  return formatTable(COLUMNS, rows, screen)
}

const HINT_COLUMNS: readonly Column[] = [
  { header: 'NAMED IN THE ENVIRONMENT', shrink: 'middle', minimum: 24 },
  { header: 'VARIABLE', shrink: 'middle', minimum: 16 },
  { header: 'SERVICE', shrink: 'wrap', minimum: 12 },
]

function hintTable(hints: readonly Hint[], screen: Screen): Promise<string> {
  const rows = hints.map(({ value, variable, service }) => ({
    cells: [value, variable, service].map(visible),
    dim: false,
  }))
  return formatTable(HINT_COLUMNS, rows, screen)
}
