import type { BaseImage } from './base-images.ts'
import { type Built, planBuilds, type RelayedBuild } from './builds.ts'
import { buildClaim, collisions, imageClaim } from './collisions.ts'
import type { ComposeProject } from './compose/project.ts'
import type { AliasConfig } from './config.ts'
import type { LockRow, LockSource } from './lock.ts'
import type { Language } from './messages.ts'
import { targetOf } from './naming.ts'
import { compare } from './order.ts'
import { InputError, Invalid, type Problem } from './problem.ts'
import {
  familiarReference,
  formatReference,
  type ImageReference,
  repositoryName,
  shortReference,
} from './reference.ts'
import type { Registry } from './registry.ts'
import type { ImageUse, Selection } from './select.ts'

/** One image on its way. */
export interface Relay {
  readonly from: ImageReference
  readonly to: ImageReference
  readonly use: ImageUse
  /** What the lock has at `to`; null where the mirror is to name the tag alone. */
  readonly digest: string | null
}

/** What is relayed, from where to where. Everything that is generated comes from here. */
export interface RelayPlan {
  readonly project: ComposeProject
  readonly selection: Selection
  /** Sorted by the familiar name of the source, in code units. */
  readonly relays: readonly Relay[]
  /** What Compose builds and the registry is to have, sorted by the first of the services. */
  readonly builds: readonly RelayedBuild[]
  readonly registry: Registry
  /** All registries of relay.yaml. */
  readonly registries: readonly Registry[]
  /** Target names that people have chosen, by repository. */
  readonly images: ReadonlyMap<string, string>
  readonly platform: string
  readonly language: Language
  /** Whether the mirror is one file, however many the project has. */
  readonly merged: boolean
  /** What stands before the names of images where proxies hand them on, in the order in which they are asked. */
  readonly via: readonly string[]
  /** The engine of the hosts that the images are for, such as `docker 20.10`; null where nobody says it. */
  readonly deployEngine: string | null
  /** How hosts name images. */
  readonly alias: AliasPlan
  /** Mirrors of Docker Hub that hosts may ask; empty where nobody names one. */
  readonly accelerators: readonly string[]
  /** What Dockerfiles are built on and nobody ignores. */
  readonly bases: readonly BaseImage[]
  /** Names of the outputs that are written besides the usual ones. */
  readonly outputs: readonly string[]
  /** The folder of the output, absolute. */
  readonly out: string
}

/** What relay.yaml says of the names on hosts, and the registry of internal networks; null where they have none. */
export interface AliasPlan extends Omit<AliasConfig, 'harbor'> {
  readonly harbor: Registry | null
}

/** What a plan is made of. */
export interface PlanInput extends Omit<RelayPlan, 'relays' | 'builds'> {
  readonly built: Built
}

/** Gives every image its name at the target. Throws InputError with every name that will not do, collisions included. */
export function planRelay(input: PlanInput): RelayPlan {
  const problems: Problem[] = []
  const relays = input.selection.images
    .filter(({ state }) => state === 'relay')
    .flatMap(use => planImage(use, input, problems))
    .sort((a, b) => compare(familiarReference(a.from), familiarReference(b.from)))
  const builds = planBuilds(input, problems)
  const claims = [...relays.map(relay => imageClaim(relay, input.registry)), ...builds.map(buildClaim)]
  problems.push(...collisions(claims))
  if (problems.length > 0) throw new InputError(problems)
  const { built: _, ...plan } = input
  return { ...plan, relays, builds }
}

/** The name at the target of every image of the project that gets one. */
export function targetsOf({ relays, builds }: RelayPlan): ReadonlyMap<ImageUse, string> {
  const built = builds.flatMap(({ use, to }) => (use === null ? [] : [[use, formatReference(to)] as const]))
  return new Map([...relays.map(({ use, to }) => [use, formatReference(to)] as const), ...built])
}

function planImage(use: ImageUse, { registry, images }: PlanInput, problems: Problem[]): Relay[] {
  try {
    const chosen = images.get(repositoryName(use.reference)) ?? null
    return [{ from: use.reference, to: targetOf(use.reference, registry, chosen), use, digest: null }]
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    problems.push({ at: use.at, where: use.where, what: error.what, cure: error.cure })
    return []
  }
}

/** The plan with the digests of a lock's rows. Throws InputError with every image that has none there. */
export function pinPlan(plan: RelayPlan, rows: readonly LockRow[], { file, without }: LockSource): RelayPlan {
  const bySource = new Map<string, LockRow[]>()
  for (const row of rows) bySource.set(row.source, [...(bySource.get(row.source) ?? []), row])
  const problems: Problem[] = []
  const relays = plan.relays.map(relay => {
    const own = bySource.get(shortReference(relay.from)) ?? []
    const row = own.find(({ platform }) => platform === relay.use.platform)
    const problem = row === undefined ? unlocked(relay, own, file) : unfit(relay, row)
    if (problem !== null) problems.push({ ...problem, cure: `run the push script, or ${without}` })
    return { ...relay, digest: row?.targetDigest ?? null }
  })
  if (problems.length > 0) throw new InputError(problems)
  return { ...plan, relays }
}

/** What a lock lacks without a row for the image's platform. */
function unlocked({ from, use }: Relay, rows: readonly LockRow[], file: string): Omit<Problem, 'cure'> {
  const others = rows.map(({ platform }) => platform).join(', ')
  const elsewhere = others === '' ? '' : `, only for ${others}`
  const what = `${file} has no digest of "${shortReference(from)}" for ${use.platform}${elsewhere}`
  return { at: use.at, where: use.where, what }
}

/** Why a row will not do, or null. */
function unfit(
  { from, to, use }: Relay,
  { target, targetDigest, at }: LockRow,
): Omit<Problem, 'cure'> | null {
  const [source, wanted] = [shortReference(from), formatReference(to)]
  if (target !== null && target !== wanted) {
    return { at, where: 'target', what: `"${source}" for ${use.platform} is ${target} here, not ${wanted}` }
  }
  if (target !== null && targetDigest !== null) return null
  return { at, where: 'target digest', what: `"${source}" for ${use.platform} has no known digest` }
}
