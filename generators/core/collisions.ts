import type { RelayedBuild } from './builds.ts'
import { longName } from './naming.ts'
import type { Location, Problem } from './problem.ts'
import { familiarReference, formatReference, type ImageReference, repositoryName } from './reference.ts'
import type { Registry } from './registry.ts'

/** An image, its name at the target, and where it is asked for. */
interface Placed {
  readonly from: ImageReference
  readonly to: ImageReference
  readonly use: { readonly at: Location; readonly where: string | null }
}

/** What wants a name at the target. */
interface Claim {
  readonly name: string
  /** null where no repository stands behind it. */
  readonly repository: string | null
  readonly to: ImageReference
  readonly at: Location
  readonly where: string | null
  /** How to give it another name. */
  readonly cure: string
}

/** The claim of an image. */
export function imageClaim({ from, to, use }: Placed, registry: Registry): Claim {
  const { at, where } = use
  const repository = repositoryName(from)
  // YAML takes the bracket of an IPv6 address for a list.
  const key = repository.startsWith('[') ? `'${repository}'` : repository
  const cure = `choose another name in relay.yaml: "images: { ${key}: ${longName(from, registry)} }"`
  return { name: familiarReference(from), repository, to, at, where, cure }
}

/** The claim of what is built. */
export function buildClaim({ services, use, to, at, where }: RelayedBuild): Claim {
  const name = use === null ? `services.${services[0]}` : use.source
  return { name, repository: null, to, at, where, cure: 'give the service another "image:"' }
}

/** Two sources with one target: the later push would overwrite the earlier one. */
export function collisions(claims: readonly Claim[]): Problem[] {
  const first = new Map<string, Claim>()
  const problems: Problem[] = []
  for (const claim of claims) {
    const target = formatReference(claim.to)
    const other = first.get(target)
    if (other === undefined) first.set(target, claim)
    else problems.push(collision(claim, other))
  }
  return problems
}

function collision({ name, repository, to, at, where, cure }: Claim, other: Claim): Problem {
  const what = `"${name}" and "${other.name}" would both be ${familiarReference(to)}`
  const same = repository !== null && repository === other.repository
  return {
    at,
    where,
    what,
    cure: same ? 'name the same tag or digest in both places, or ignore one' : cure,
  }
}
