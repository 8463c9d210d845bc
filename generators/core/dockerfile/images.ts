import { Invalid } from '../problem.ts'
import { familiarReference, type ImageReference, parseReference } from '../reference.ts'
import { attempt, type BuildInput, type Run, type Told } from './run.ts'

/** Where a Dockerfile names an image: `FROM`, `COPY --from=`, `RUN --mount=from=`, `# syntax=`. */
export type ImageKind = 'from' | 'copy' | 'mount' | 'syntax'

/** An image that comes from a registry. Two places that name one image are two of these. */
export interface Found {
  /** With its variables filled in. */
  readonly image: string
  /** As it stands there: `text.slice(start, end)`. Empty where the build argument BUILDKIT_SYNTAX names it. */
  readonly written: string
  readonly kind: ImageKind
  /** `--platform` of a FROM where it is another than that of the build, else that of the build. */
  readonly platform: string
  readonly start: number
  readonly end: number
}

/** How problems name a place. */
export const KIND_NAMES = { from: 'FROM', copy: 'COPY', mount: 'RUN' } as const

/** What an instruction names, which may be no image. */
interface Candidate extends Omit<Found, 'written'> {
  readonly kind: keyof typeof KIND_NAMES
}

const SCRATCH = 'scratch'

/** null where it is no image of a registry. What is no reference is reported, with `cure` if there is one. */
export function imageOf(run: Run, told: Told, candidate: Candidate, cure: string | null): Found | null {
  const { image, kind, start, end } = candidate
  if (image === SCRATCH) return null
  const reference = attempt(told, start, () => checkReference(image, KIND_NAMES[kind], cure))
  if (reference === null || isContext(run.input, image)) return null
  return { ...candidate, written: run.text.slice(start, end) }
}

function checkReference(image: string, where: string, cure: string | null): ImageReference {
  try {
    return parseReference(image)
  } catch (error) {
    throw error instanceof Invalid ? new Invalid(`${where}: ${error.what}`, cure ?? error.cure) : error
  }
}

/**
 * Whether an additional context stands in for a stage or an image, by namedContext of
 * https://github.com/moby/buildkit/blob/master/frontend/dockerui/namedcontext.go.
 */
export function isContext({ contexts }: BuildInput, name: string): boolean {
  if (contexts.size === 0 || name === SCRATCH || name === 'context') return false
  const key = contextKey(name)
  return [...contexts].some(context => contextKey(context) === key)
}

function contextKey(name: string): string {
  try {
    return familiarReference(parseReference(name)).replace(/:latest$/, '')
  } catch {
    return name
  }
}
