import type { NewImage, Rename } from './compose/rewrite.ts'
import type { Relay, RelayPlan } from './plan.ts'
import { Invalid } from './problem.ts'
import { formatReference, parseReference, repositoryName, withDefaultTag } from './reference.ts'

/** What the plan makes of an image of its project, whichever service names it: its target, or nothing new. */
export function renameByPlan({ relays, builds }: RelayPlan): Rename {
  const targets = new Map(relays.map(relay => [formatReference(relay.from), newImage(relay)]))
  for (const { use, to } of builds)
    if (use !== null) targets.set(formatReference(use.reference), newImage({ to, digest: null }))
  return ({ value }) => targets.get(fullName(value)) ?? null
}

/** The images of services that the project gives none, and the plan does. */
export function addedByPlan({ builds }: RelayPlan): ReadonlyMap<string, string> {
  const nameless = builds.filter(({ use }) => use === null)
  return new Map(nameless.map(({ services, to }) => [services[0], formatReference(to)]))
}

/** A digest decides alone: before it, no tag may stay a variable, even where the source is pinned to the same one. */
function newImage({ to, digest }: Pick<Relay, 'to' | 'digest'>): NewImage {
  const reference = formatReference({ ...to, digest })
  return { reference, name: digest === null ? repositoryName(to) : reference }
}

/** Services of other profiles may name what is no image. */
function fullName(value: string): string {
  try {
    return formatReference(withDefaultTag(parseReference(value)))
  } catch (error) {
    if (error instanceof Invalid) return ''
    throw error
  }
}
