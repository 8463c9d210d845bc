import { type Schema, Validator } from '@cfworker/json-schema'

export type { Schema }

/** What is wrong at one place of a value, by the keyword of JSON Schema that found it. */
export interface Violation {
  /** The keys that lead to the place. */
  readonly path: readonly string[]
  readonly kind: 'unknown key' | 'bad key' | 'required' | 'enum' | 'type' | 'other'
  readonly value: unknown
  /** What the schema says of the place; of the mapping around it for an unknown key. */
  readonly schema: Schema
}

/** Everything that is wrong with a value. `schema` uses no more than the forms that schemaAt follows. */
export function validate(value: unknown, schema: Schema): Violation[] {
  const { errors } = new Validator(schema, '7', false).validate(value)
  return errors
    .filter(({ keyword }) => !SUMS.has(keyword))
    .map(({ keyword, keywordLocation, instanceLocation }) => {
      const path = instanceLocation.split('/').slice(1).map(decodeStep)
      const kind = kindOf(keyword, keywordLocation)
      const place = kind === 'unknown key' ? path.slice(0, -1) : path
      return { path, kind, value: valueAt(value, path), schema: schemaAt(schema, place) }
    })
}

/** Errors that only say that there is another one further in. */
const SUMS = new Set(['properties', 'additionalProperties', 'propertyNames', 'items', '$ref'])

function kindOf(keyword: string, location: string): Violation['kind'] {
  if (keyword === 'false') return 'unknown key'
  if (location.includes('/propertyNames/')) return 'bad key'
  return keyword === 'required' || keyword === 'enum' || keyword === 'type' ? keyword : 'other'
}

/** https://www.rfc-editor.org/rfc/rfc6901#section-3, and what a fragment of a URI escapes. */
function decodeStep(step: string): string {
  return decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce((inner, step) => (inner as Readonly<Record<string, unknown>> | undefined)?.[step], value)
}

function schemaAt(root: Schema, path: readonly string[]): Schema {
  const resolve = (schema: Schema): Schema => {
    const name = schema.$ref?.replace('#/definitions/', '')
    return name === undefined ? schema : { ...schema, ...root['definitions']?.[name] }
  }
  return path.reduce<Schema>((schema, step) => {
    const inner = schema['properties']?.[step] ?? schema['additionalProperties'] ?? schema['items']
    return resolve(typeof inner === 'object' ? inner : {})
  }, root)
}
