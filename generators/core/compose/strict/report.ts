import { closest } from 'fastest-levenshtein'
import type { Problem } from '../../problem.ts'
import type { Entry, Node } from '../node.ts'

/** Says what is wrong with a node, or with the node where something is missing. */
export type Report = (node: Node | Entry, where: string, what: string, cure: string | null) => void

/** A problem without its place. */
export type Wrong = Pick<Problem, 'what' | 'cure'>

/** The cure of a misspelt name, or null where there is no name to take. */
export function similar(name: string, known: readonly string[]): string | null {
  return known.length === 0 ? null : `did you mean "${closest(name, known)}"?`
}
