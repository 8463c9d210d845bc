import { InputError, type Location, type Problem } from '../problem.ts'
import { refusal } from './files.ts'
import {
  type Entry,
  entriesOf,
  find,
  isNull,
  itemsOf,
  type MapNode,
  type Node,
  placeOf,
  type ScalarNode,
  templateOf,
  textOf,
} from './node.ts'
import type { ImageKind, ImageValue, Service } from './project.ts'

/**
 * The services of a model. Those outside of the chosen profiles are read, too, but nothing in them is a problem.
 * Throws InputError with everything that is wrong with the others.
 */
export function readServices(model: MapNode, profiles: readonly string[] | null): readonly Service[] {
  const services = find(model, 'services')
  if (services?.kind !== 'map' || services.entries.size === 0) {
    const at = placeOf(services ?? model)
    throw refusal(at, 'services', 'there are no services', 'name at least one')
  }
  const problems: Problem[] = []
  const result: Service[] = []
  for (const [name, entry] of services.entries) {
    try {
      const context = openService(name, entry, services)
      result.push(isEnabled(context, profiles) ? readService(context) : readDisabled(context))
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      problems.push(...error.problems)
    }
  }
  if (problems.length > 0) throw new InputError(problems)
  return result
}

/** Every image that a service names. */
export function imagesOf({ image, others }: Service): readonly ImageValue[] {
  return image === null ? others : [image, ...others]
}

/** The service at hand. */
interface Context {
  readonly name: string
  /** Its path in the model. */
  readonly where: string
  readonly at: Location
  readonly map: MapNode
  readonly services: MapNode
}

function openService(name: string, entry: Entry, services: MapNode): Context {
  const at = placeOf(entry)
  const where = `services.${name}`
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    throw refusal(at, 'services', `not a service name: "${name}"`, 'letters, digits, ".", "_" and "-"')
  }
  if (entry.value.kind !== 'map') throw refusal(at, where, 'a service is a mapping', 'give it an image')
  return { name, where, at, map: entry.value, services }
}

/** https://github.com/compose-spec/compose-spec/blob/main/15-profiles.md */
function isEnabled({ map }: Context, wanted: readonly string[] | null): boolean {
  const profiles = itemsOf(find(map, 'profiles'))
  if (wanted === null || wanted.includes('*') || profiles.length === 0) return true
  return profiles.some(profile => wanted.includes(textOf(profile) ?? ''))
}

/** A service whose profile was not chosen: its images are known where they can be. */
function readDisabled(context: Context): Service {
  const { name, at, map } = context
  const builds = isSet(map, 'build')
  const image = readable(() => readImage(context, builds))
  const others = otherImages(context).flatMap(read => readable(read) ?? [])
  return { name, enabled: false, image, others, builds, platform: readable(() => readPlatform(context)), at }
}

function readable<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof InputError) return null
    throw error
  }
}

function readService(context: Context): Service {
  const { name, where, at, map } = context
  const builds = isSet(map, 'build')
  const image = readImage(context, builds)
  if (image === null && !builds && !isSet(map, 'provider')) {
    throw refusal(at, where, 'it has neither an image nor a build context', 'give it an image')
  }
  const others = otherImages(context).map(read => read())
  return { name, enabled: true, image, others, builds, platform: readPlatform(context), at }
}

function isSet(map: MapNode, key: string): boolean {
  const value = find(map, key)
  return value !== null && !isNull(value)
}

function readImage({ map, where }: Context, builds: boolean): ImageValue | null {
  const node = find(map, 'image')
  if (node === null) return null
  const value = readValue('service', node, `${where}.image`, '', builds)
  return builds && value.value === '' ? null : value
}

/** `blank` says whether the image may come out empty. */
function readValue(kind: ImageKind, node: Node, where: string, prefix = '', blank = false): ImageValue {
  const at = placeOf(node)
  const value = textOf(node)
  if (value === null || node.kind !== 'scalar' || isTyped(node))
    throw refusal(at, where, 'an image must be a string', 'write it in quotes')
  const [unset] = node.unset
  if (unset !== undefined && !(blank && value === '')) {
    const cure = 'set it in the environment or in .env, or give it a default: ${' + unset + ':-…}'
    throw refusal(at, where, `the variable ${unset} is not set`, cure)
  }
  return { kind, value: value.slice(prefix.length), node, prefix, where, at }
}

/** `2024-01-01` and `1_000`, which Compose's parser takes for a date and a number, and ours does not. */
export function isTyped({ definition: { type, value, tag } }: ScalarNode): boolean {
  if (type !== 'PLAIN' || typeof value !== 'string' || tag !== undefined) return false
  const number = /^[0-9]/.test(value) && !Number.isNaN(Number(value.replaceAll('_', '')))
  return number || /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$/.test(value)
}

/** The other images of a service, each to be read by a call, which throws InputError. */
function otherImages(context: Context): (() => ImageValue)[] {
  return [...volumeImages(context), ...hookImages(context), ...contextImages(context)]
}

/** Volumes of type image. A source that is the name of a service means what that service runs. */
function volumeImages({ map, where, services }: Context): (() => ImageValue)[] {
  return itemsOf(find(map, 'volumes')).flatMap((item, index) => {
    const source = find(item, 'source')
    if (writtenText(find(item, 'type')) !== 'image' || source === null) return []
    if (services.entries.has(writtenText(source) ?? '')) return []
    return [() => readValue('volume', source, `${where}.volumes[${index}].source`)]
  })
}

/** Hooks that run in an image of their own before the service starts. */
function hookImages({ map, where }: Context): (() => ImageValue)[] {
  return itemsOf(find(map, 'pre_start')).flatMap((item, index) => {
    const image = find(item, 'image')
    if (image === null || isNull(image)) return []
    return [() => readValue('pre_start', image, `${where}.pre_start[${index}].image`)]
  })
}

/** Images that a build takes files from: `NAME: docker-image://IMAGE`, or the same as an item of a list. */
function contextImages({ map, where }: Context): (() => ImageValue)[] {
  const contexts = find(map, 'build', 'additional_contexts')
  const named = [...entriesOf(contexts)].map(([name, { value }]) => [name, value] as const)
  const listed =
    contexts?.kind === 'list' ? contexts.items.map((item, index) => [String(index), item] as const) : []
  return [...named, ...listed].flatMap(([name, node]) => {
    const [prefix] = /^(?:[^=]*=)?docker-image:\/\//.exec(writtenText(node) ?? '') ?? []
    return prefix === undefined
      ? []
      : [() => readValue('context', node, `${where}.build.additional_contexts.${name}`, prefix)]
  })
}

/** The text of a string; where a required variable is missing, the text without its value. */
function writtenText(node: Node | null): string | null {
  return node?.kind === 'scalar' && node.missing !== null ? templateOf(node) : textOf(node)
}

/** null where it is absent or blank. */
function readPlatform({ map, where }: Context): string | null {
  const node = find(map, 'platform')
  if (node === null) return null
  const value = textOf(node)
  if (value === null)
    throw refusal(placeOf(node), `${where}.platform`, 'it must be a string', 'write it in quotes')
  return value || null
}
