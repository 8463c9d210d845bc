import { readFileSync, type Stats, statSync } from 'node:fs'
import { InputError } from './problem.ts'

/** More than any compose file needs, and little enough to read without harm; in bytes. */
const SIZE_LIMIT = 64 * 1024 * 1024

/**
 * The text of a file that the user wrote, or null where there is none. Throws InputError where it cannot be read, and
 * where it is not UTF-8 unless that does not matter.
 */
export function readText(path: string, shown: string, anyEncoding = false): string | null {
  try {
    const stat = statIfThere(path)
    if (stat === null) return null
    if (!stat.isFile()) throw unreadable(shown, 'it is not a regular file', 'name a file')
    if (stat.size > SIZE_LIMIT) throw unreadable(shown, 'it is larger than 64 MiB', null)
    return new TextDecoder('utf-8', { fatal: !anyEncoding, ignoreBOM: true }).decode(readFileSync(path))
  } catch (error) {
    if (error instanceof InputError) throw error
    if (error instanceof TypeError) throw unreadable(shown, 'it is not UTF-8', 'save it as UTF-8')
    throw unreadable(shown, 'it cannot be read', error instanceof Error ? error.message : null)
  }
}

/** Whether there is a regular file, links followed, that can be seen from here. */
export function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** null where there is nothing, and where something above it is no folder. */
function statIfThere(path: string): Stats | null {
  try {
    return statSync(path)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}

function unreadable(file: string, what: string, cure: string | null): InputError {
  return new InputError([{ at: { file, line: 1, column: 1 }, where: null, what, cure }])
}
