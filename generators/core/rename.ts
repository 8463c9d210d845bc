import type { Rename } from './compose/rewrite.ts'
import type { RelayPlan } from './plan.ts'
import { Invalid } from './problem.ts'
import { formatReference, parseReference, repositoryName, withDefaultTag } from './reference.ts'

/** What the plan makes of an image of its project, whichever service names it: its target, or nothing new. */
export function renameByPlan({ relays }: RelayPlan): Rename {
  const targets = new Map(
    relays.map(({ from, to }) => [
      formatReference(from),
      { reference: formatReference(to), name: repositoryName(to) },
    ]),
  )
  return ({ value }) => targets.get(fullName(value)) ?? null
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
