import { Invalid } from './problem.ts'
import {
  familiarName,
  familiarReference,
  formatReference,
  type ImageReference,
  parseReference,
  repositoryName,
} from './reference.ts'

/** Whether an image is meant. */
export type Matcher = (reference: ImageReference) => boolean

/**
 * A pattern of an ignore file or of a script's `--only` (templates/lib/select.bash has the same rules). Without a tag
 * it means any tag of exactly that repository, with a tag that tag; `*` and `?` match anything, `/` included.
 * Throws Invalid.
 */
export function parsePattern(pattern: string): Matcher {
  if (!/^[A-Za-z0-9._/:@*?-]+$/.test(pattern)) {
    throw new Invalid(`not an image pattern: "${pattern}"`, 'write an image name; * and ? match anything')
  }
  return /[*?]/.test(pattern) ? matchGlob(pattern) : matchName(pattern)
}

function matchGlob(pattern: string): Matcher {
  return reference => names(reference).some(name => glob(pattern, name))
}

/**
 * Whether a text fits a pattern of `*` and `?`. Steps back to the last star only, so that the work is bounded by the
 * product of the lengths.
 */
export function glob(pattern: string, text: string): boolean {
  let [star, resume] = [-1, 0]
  let [p, t] = [0, 0]
  while (t < text.length) {
    if (pattern[p] === '*') [star, resume] = [p++, t]
    else if (pattern[p] === '?' || pattern[p] === text[t]) [p, t] = [p + 1, t + 1]
    else if (star !== -1) [p, t] = [star + 1, ++resume]
    else return false
  }
  return /^\**$/.test(pattern.slice(p))
}

function matchName(pattern: string): Matcher {
  const wanted = formatReference(parseReference(pattern))
  return reference => names(reference).includes(wanted)
}

/** All names that a pattern may be meant for: in full and as Docker shows it, with and without digest and tag. */
function names(reference: ImageReference): string[] {
  const undigested = { ...reference, digest: null }
  return [
    formatReference(reference),
    formatReference(undigested),
    repositoryName(reference),
    familiarReference(reference),
    familiarReference(undigested),
    familiarName(reference),
  ]
}
