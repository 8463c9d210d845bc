import { Invalid } from '../problem.ts'
import type { Fuel } from './fuel.ts'

// Patterns of `${NAME#pattern}` and the like, by convertShellPatternToRegex of
// https://github.com/moby/buildkit/blob/master/frontend/dockerfile/shell/lex.go: `*` is anything, `?` one character.

interface Glob {
  /** null is any. */
  readonly char: string | null
  readonly many: boolean
}

function parseGlob(pattern: string): Glob[] {
  const glob: Glob[] = []
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] as string
    if (char === '*' || char === '?') glob.push({ char: null, many: char === '*' })
    else glob.push({ char: char === '\\' ? escaped(pattern, ++at) : char, many: false })
  }
  return glob
}

function escaped(pattern: string, at: number): string {
  const char = pattern[at] ?? ''
  if (['}', '/', '*', '?', '\\'].includes(char)) return char
  throw new Invalid(`not a pattern: "${pattern}"`)
}

/**
 * Where the shortest or the longest match that begins at `start` ends, or -1. Follows all ways to match at once: going
 * back from one to the next would take a time that grows with the power of the number of stars.
 */
function matchEnd(glob: readonly Glob[], text: string, start: number, longest: boolean, fuel: Fuel): number {
  let end = -1
  let states = follow(glob, [0])
  for (let at = start; states.size > 0; at++) {
    if (!fuel.spend(states.size)) throw new Invalid('the patterns of variables are too much work')
    if (states.has(glob.length)) end = at
    if (at === text.length || (end !== -1 && !longest)) break
    states = follow(glob, step(glob, states, text[at] as string))
  }
  return end
}

function step(glob: readonly Glob[], states: Iterable<number>, char: string): number[] {
  const next: number[] = []
  for (const state of states) {
    const item = glob[state]
    if (item?.many) next.push(state)
    else if (item?.char === null || item?.char === char) next.push(state + 1)
  }
  return next
}

/** A `*` may stand for nothing. */
function follow(glob: readonly Glob[], states: readonly number[]): ReadonlySet<number> {
  const all = new Set(states)
  for (const state of all) if (glob[state]?.many) all.add(state + 1)
  return all
}

/** Removes the shortest match at the beginning (`#`) or the end (`%`), or the longest where the operator is doubled. */
export function trim(value: string, operator: string, word: string, fuel: Fuel): string {
  const longest = word.startsWith(operator)
  const glob = parseGlob(longest ? word.slice(1) : word)
  if (operator === '#') return value.slice(Math.max(matchEnd(glob, value, 0, longest, fuel), 0))
  const backwards = reversed(value)
  return reversed(backwards.slice(Math.max(matchEnd(glob.reverse(), backwards, 0, longest, fuel), 0)))
}

function reversed(text: string): string {
  return [...text].reverse().join('')
}

/** Puts `replacement` in place of the first longest match, or of all. */
export function substitute(
  value: string,
  pattern: string,
  replacement: string,
  all: boolean,
  fuel: Fuel,
): string {
  const glob = parseGlob(pattern)
  const result: string[] = []
  let from = 0
  // An empty match right behind another one is none.
  let last = -1
  for (let at = 0; at <= value.length && (all || last === -1); ) {
    const end = matchEnd(glob, value, at, true, fuel)
    if (end === -1 || (end === at && at === last)) {
      at++
      continue
    }
    result.push(value.slice(from, at), replacement)
    last = end
    from = end
    at = end === at ? at + 1 : end
  }
  return result.join('') + value.slice(from)
}
