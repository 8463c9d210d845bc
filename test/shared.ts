import { existsSync, readFileSync } from 'node:fs'

/** Recorded cases that stand beside the repository, not in it. null, with a warning, where they are absent. */
export function sharedVectors<T>(name: string): T[] | null {
  const file = new URL(`../../shared/vectors/${name}`, import.meta.url)
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as T[]
  console.warn(`SKIPPED: the shared vectors ${name}: there is no ${file.pathname}`)
  return null
}

/** What a function throws, or undefined where it returns. */
export function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}
