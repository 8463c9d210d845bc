import { readData } from './assets.ts'
import { type Words, word, words } from './bash.ts'
import type { Language } from './messages.ts'

/** A kind of failure of engines and registries: what its texts are, what they mean, and what helps. */
export interface FailureClass {
  readonly name: string
  /** Whether it may pass by itself; `slowly` also means that fewer requests help. */
  readonly passes: 'no' | 'yes' | 'slowly'
  /** Globs over the last line of an error. */
  readonly patterns: readonly string[]
  readonly cause: Readonly<Record<Language, string>>
  readonly cure: Readonly<Record<Language, string>>
}

type Table = Readonly<Record<string, Omit<FailureClass, 'name'>>>

let table: Table | null = null

/** All classes, in the order in which they are looked through: the first one that fits counts. */
export function failureClasses(): readonly FailureClass[] {
  table ??= readData('failures') as Table
  return Object.entries(table).map(([name, failure]) => ({ name, ...failure }))
}

/** The same as rows of a script: name, passes, cause, cure, and the patterns. */
export function failureRows(language: Language): readonly Words[] {
  return failureClasses().map(({ name, passes, patterns, cause, cure }) =>
    words(...[name, passes, cause[language], cure[language], ...patterns].map(word)),
  )
}
