import { basename } from 'node:path'
import { isMap, isScalar } from 'yaml'
import { Invalid, type Location } from '../problem.ts'
import { type ComposeFile, follow } from './document.ts'
import { refusal } from './files.ts'
import { interpolate, type Lookup } from './interpolate.ts'

/**
 * The name of a project: COMPOSE_PROJECT_NAME, else the last `name:` of its files, else its folder, without what
 * Compose does not allow (https://github.com/compose-spec/compose-go/blob/main/loader/loader.go, projectName).
 * Throws InputError where nothing is left, and for a variable that is not such a name.
 */
export function projectName(files: readonly ComposeFile[], directory: string, lookup: Lookup): string {
  const given = lookup('COMPOSE_PROJECT_NAME') || null
  const name = normalize(given ?? nameKey(files, lookup) ?? basename(directory))
  if (given === name || (given === null && name !== '')) return name
  const at: Location = { file: files[0]?.name ?? '', line: 1, column: 1 }
  const what = given === null ? 'project name must not be empty' : `invalid project name: "${given}"`
  const cure = 'letters a to z, digits, "_" and "-", and a letter or digit first'
  throw refusal(
    at,
    given === null ? 'name' : 'COMPOSE_PROJECT_NAME',
    what,
    given === null ? 'write "name:", or set COMPOSE_PROJECT_NAME' : cure,
  )
}

function normalize(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '')
}

/** null where no file has a name. One that cannot be filled in is reported with all other values. */
function nameKey(files: readonly ComposeFile[], lookup: Lookup): string | null {
  const name = files.flatMap(file => file.documents.flatMap(document => nameOf(document, file))).at(-1)
  try {
    return name === undefined ? null : interpolate(name, lookup).value
  } catch (error) {
    if (error instanceof Invalid) return null
    throw error
  }
}

function nameOf(document: unknown, file: ComposeFile): string[] {
  const pair = isMap(document)
    ? document.items.find(({ key }) => isScalar(key) && key.value === 'name')
    : undefined
  const value = follow(pair?.value, file)
  return isScalar(value) && typeof value.value === 'string' && value.value !== '' ? [value.value] : []
}
