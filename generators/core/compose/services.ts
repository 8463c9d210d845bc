import { isAlias, isMap, isScalar, isSeq, type Scalar as YamlScalar } from 'yaml'
import { InputError, type Location, type Problem } from '../problem.ts'
import { type ComposeDocument, type Entry, entries, FLATTEN, follow, rangeOf } from './document.ts'
import type { ImageValue, Scalar, Service } from './project.ts'
import { isString, type Values } from './values.ts'

/** The services of a file, or those of some profiles. Throws InputError with everything that is wrong with them. */
export function readServices(
  document: ComposeDocument,
  values: Values,
  profiles: readonly string[] | null,
): readonly Service[] {
  const services = follow(entries(document.root, document).get('services')?.value, document)
  if (!isMap(services) || services.items.length === 0) {
    throw refusal(
      document.locate(services ?? document.root),
      'services',
      'there are no services',
      'name at least one',
    )
  }
  const aliased = new Set(document.aliases.values())
  const problems: Problem[] = []
  const result: Service[] = []
  for (const [name, entry] of entries(services, document)) {
    try {
      const context = openService(name, entry, document, values, aliased)
      if (isActive(context, profiles)) result.push(readService(context))
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      problems.push(...error.problems)
    }
  }
  if (problems.length > 0) throw new InputError(problems)
  return result
}

/** The service at hand. */
interface Context {
  readonly name: string
  /** Its path in the file. */
  readonly where: string
  readonly at: Location
  /** Whether its mapping stands elsewhere, behind an alias or a merge key. */
  readonly shared: boolean
  readonly fields: ReadonlyMap<string, Entry>
  readonly document: ComposeDocument
  readonly values: Values
  /** What some alias in the file stands for. */
  readonly aliased: ReadonlySet<unknown>
}

function openService(
  name: string,
  entry: Entry,
  document: ComposeDocument,
  values: Values,
  aliased: ReadonlySet<unknown>,
): Context {
  const at = document.locate(entry.key)
  const where = `services.${name}`
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    throw refusal(at, 'services', `not a service name: "${name}"`, 'letters, digits, ".", "_" and "-"')
  }
  const map = follow(entry.value, document)
  if (!isMap(map)) throw refusal(at, where, 'a service is a mapping', 'give it an image')
  const shared = entry.merged || isAlias(entry.value)
  return { name, where, at, shared, fields: entries(map, document), document, values, aliased }
}

function readService(context: Context): Service {
  const { name, where, at, fields } = context
  refuseUnread(context)
  const image = readImage(context)
  const builds = isSet(fields.get('build'))
  if (image === null && !builds && !fields.has('provider')) {
    throw refusal(at, where, 'it has neither an image nor a build context', 'give it an image')
  }
  return { name, image, builds, platform: readString(context, 'platform') || null, at }
}

/** https://github.com/compose-spec/compose-spec/blob/main/15-profiles.md */
function isActive(context: Context, wanted: readonly string[] | null): boolean {
  const profiles = follow(context.fields.get('profiles')?.value, context.document)
  if (wanted === null || wanted.includes('*') || !isSeq(profiles) || profiles.items.length === 0) return true
  const items = profiles.items.map(item => follow(item, context.document)).filter(isString)
  return items.some(item => wanted.includes(context.values.read(item).value))
}

function readImage(context: Context): ImageValue | null {
  const { document, values, fields, where } = context
  const entry = fields.get('image')
  if (entry === undefined) return null
  const node = entry.value
  const at = document.locate(node ?? entry.key)
  const path = `${where}.image`
  refuseShared(context, entry, at)
  if (!isString(node) || isTyped(node))
    throw refusal(at, path, 'an image must be a string', 'write it in quotes')
  const { value, unset } = values.read(node)
  for (const name of unset) {
    const cure = 'set it in the environment or in .env, or give it a default: ${' + name + ':-…}'
    throw refusal(at, path, `the variable ${name} is not set`, cure)
  }
  if (value === '' && isSet(fields.get('build'))) return null
  return { value, template: node.value, scalar: scalarOf(node), at }
}

/** `2024-01-01` and `1_000`, which Compose's parser takes for a date and a number, and ours does not. */
function isTyped({ type, value }: YamlScalar<string>): boolean {
  const number = /^[0-9]/.test(value) && !Number.isNaN(Number(value.replaceAll('_', '')))
  return type === 'PLAIN' && (number || /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$/.test(value))
}

function refuseShared({ shared, aliased, where }: Context, { value, merged }: Entry, at: Location): void {
  const behind = merged ? 'a merge key' : isAlias(value) || shared || aliased.has(value) ? 'an alias' : null
  if (behind !== null)
    throw refusal(at, `${where}.image`, `an image behind ${behind} is not read yet`, FLATTEN)
}

/** Constructs that may hold an image, and that this version does not read. */
function refuseUnread(context: Context): void {
  const { fields, document, where } = context
  const refuse = (node: unknown, path: string, what: string) => {
    throw refusal(document.locate(node), `${where}.${path}`, `${what} is not read yet`, FLATTEN)
  }
  const extended = fields.get('extends')
  if (extended !== undefined) refuse(extended.key, 'extends', 'extends')
  for (const item of items(context, fields.get('volumes')?.value)) {
    if (text(context, item.get('type')?.value) === 'image')
      refuse(item.get('type')?.value, 'volumes', 'a volume of type image')
  }
  for (const item of items(context, fields.get('pre_start')?.value)) {
    if (item.has('image')) refuse(item.get('image')?.value, 'pre_start', 'an image of pre_start')
  }
  for (const node of additionalContexts(context)) {
    if (text(context, node)?.includes('docker-image://'))
      refuse(node, 'build.additional_contexts', 'an image as a context')
  }
}

function additionalContexts({ fields, document }: Context): unknown[] {
  const build = follow(fields.get('build')?.value, document)
  if (!isMap(build)) return []
  const contexts = follow(entries(build, document).get('additional_contexts')?.value, document)
  if (isSeq(contexts)) return contexts.items
  return isMap(contexts) ? [...entries(contexts, document).values()].map(entry => entry.value) : []
}

/** The mappings in a list. */
function items({ document }: Context, value: unknown): ReadonlyMap<string, Entry>[] {
  const list = follow(value, document)
  const nodes = isSeq(list) ? list.items.map(item => follow(item, document)) : []
  return nodes.filter(isMap).map(node => entries(node, document))
}

function readString(context: Context, key: string): string | null {
  const entry = context.fields.get(key)
  if (entry === undefined) return null
  const value = text(context, entry.value)
  const at = context.document.locate(entry.value ?? entry.key)
  if (value === null)
    throw refusal(at, `${context.where}.${key}`, 'it must be a string', 'write it in quotes')
  return value
}

/** The text of a string with its variables filled in; null for every other node. */
function text({ document, values }: Context, node: unknown): string | null {
  const target = follow(node, document)
  return isString(target) ? values.read(target).value : null
}

function isSet(entry: Entry | undefined): boolean {
  return entry !== undefined && !(isScalar(entry.value) && entry.value.value === null)
}

const STYLES: Readonly<Record<string, Scalar['style']>> = {
  PLAIN: 'plain',
  QUOTE_SINGLE: 'single',
  QUOTE_DOUBLE: 'double',
  BLOCK_FOLDED: 'block',
  BLOCK_LITERAL: 'block',
}

function scalarOf(node: YamlScalar): Scalar {
  const [start = 0, end = 0] = rangeOf(node) ?? []
  return { start, end, style: STYLES[node.type ?? 'PLAIN'] ?? 'plain' }
}

function refusal(at: Location, where: string, what: string, cure: string): InputError {
  return new InputError([{ at, where, what, cure }])
}
