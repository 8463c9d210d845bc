import { basename } from 'node:path'
import { isScalar } from 'yaml'
import { Invalid } from '../problem.ts'
import { type ComposeDocument, entries } from './document.ts'
import { interpolate, type Lookup } from './interpolate.ts'

/**
 * The name of a project: COMPOSE_PROJECT_NAME, else `name:`, else its folder, without what Compose does not allow
 * (https://github.com/compose-spec/compose-go/blob/main/loader/loader.go, NormalizeProjectName).
 */
export function projectName(document: ComposeDocument, directory: string, lookup: Lookup): string {
  const given = lookup('COMPOSE_PROJECT_NAME') || nameKey(document, lookup) || basename(directory)
  return given
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '')
}

/** A `name:` that cannot be filled in is reported with all other values. */
function nameKey(document: ComposeDocument, lookup: Lookup): string {
  const value = entries(document.root, document).get('name')?.value
  if (!isScalar(value) || typeof value.value !== 'string') return ''
  try {
    return interpolate(value.value, lookup).value
  } catch (error) {
    if (error instanceof Invalid) return ''
    throw error
  }
}
