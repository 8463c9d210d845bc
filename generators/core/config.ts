import { dirname, resolve } from 'node:path'
import type { ErrorObject } from 'ajv'
import { closest } from 'fastest-levenshtein'
import { isMap, LineCounter, parseDocument } from 'yaml'
import type { Language } from './messages.ts'
import { InputError, Invalid, type Location, type Problem } from './problem.ts'
import { parseReference, repositoryName } from './reference.ts'
import {
  checkRegistry,
  type Naming,
  namingOfType,
  type Registry,
  type RegistryType,
  registryOfAddress,
  typeOfHost,
} from './registry.ts'
import schema from './relay.schema.json' with { type: 'json' }

/** What relay.yaml says, with every default filled in. Paths are absolute. */
export interface Config {
  /** null: the first of Compose's names in `directory`. */
  readonly compose: string | null
  /** null: the .env beside the compose file. */
  readonly envFiles: readonly string[] | null
  /** null: every service. */
  readonly profiles: readonly string[] | null
  readonly ignore: { readonly path: string; readonly required: boolean }
  readonly platform: string
  readonly language: Language
  readonly out: string
  readonly registry: string | null
  readonly registries: readonly Registry[]
  /** Chosen target names, by repository as in `docker.io/library/nginx`. */
  readonly images: ReadonlyMap<string, string>
  /** Where relative names of this configuration begin. */
  readonly directory: string
}

/** The keys as they stand in the file; the schema has checked them. */
interface RawConfig {
  readonly compose?: string
  readonly 'env-file'?: readonly string[]
  readonly profiles?: readonly string[]
  readonly ignore?: string
  readonly platform?: string
  readonly lang?: Language
  readonly out?: string
  readonly registry?: string | number
  readonly registries?: Readonly<Record<string, RawRegistry>>
  readonly images?: Readonly<Record<string, string>>
}

interface RawRegistry {
  readonly host: string
  readonly namespace?: string
  readonly type?: RegistryType
  readonly id?: number
  readonly naming?: Naming
}

/** The configuration without a relay.yaml. */
export function defaultConfig(directory: string): Config {
  return fillIn({}, [], new Map(), directory)
}

/** Reads relay.yaml. `path` is where it stands, `file` its name for messages. Throws InputError with all problems. */
export async function parseConfig(text: string, path: string, file: string): Promise<Config> {
  const source = openSource(text, file)
  const problems = await source.validate()
  if (problems.length > 0) throw new InputError(problems)
  const raw = source.value
  const registries = readEach(source, 'registries', raw.registries, (name, value) =>
    readRegistry(name, value),
  )
  const images = readEach(
    source,
    'images',
    raw.images,
    (name, target) => [repositoryOf(name), target] as const,
  )
  const config = fillIn(raw, registries, new Map(images), dirname(path))
  checkIds(source, registries)
  if (config.registry !== null) at(source, ['registry'], () => findRegistry(config, config.registry ?? ''))
  return config
}

/** The registry that a name, an id or an address HOST/NAMESPACE means. Throws Invalid. */
export function findRegistry(config: Config, wanted: string): Registry {
  if (wanted.includes('/')) return registryOfAddress(wanted)
  const found = config.registries.find(({ name, id }) => name === wanted || String(id) === wanted)
  if (found !== undefined) return found
  const names = config.registries.map(({ name, id }) => (id === null ? name : `${name} (${id})`))
  const cure = names.length === 0 ? 'write --registry HOST/NAMESPACE' : `known are ${names.join(', ')}`
  throw new Invalid(`unknown registry: "${wanted}"`, cure)
}

function fillIn(
  raw: RawConfig,
  registries: readonly Registry[],
  images: ReadonlyMap<string, string>,
  directory: string,
): Config {
  const path = (name: string) => resolve(directory, name)
  return {
    compose: raw.compose === undefined ? null : path(raw.compose),
    envFiles: raw['env-file']?.map(path) ?? null,
    profiles: raw.profiles ?? null,
    ignore: { path: path(raw.ignore ?? 'ignore-images.txt'), required: raw.ignore !== undefined },
    platform: raw.platform ?? 'linux/amd64',
    language: raw.lang ?? 'en',
    out: path(raw.out ?? 'out'),
    registry: raw.registry === undefined ? null : String(raw.registry),
    registries,
    images,
    directory,
  }
}

function readRegistry(name: string, raw: RawRegistry): Registry {
  const type = raw.type ?? typeOfHost(raw.host)
  const { id = null, host, namespace = null, naming = namingOfType(type) } = raw
  return checkRegistry({ name, id, host, namespace, type, naming })
}

/** A key of `images:` is a repository, without tag and digest. */
function repositoryOf(name: string): string {
  const reference = parseReference(name)
  if (reference.tag !== null || reference.digest !== null) {
    throw new Invalid(`"${name}" names one tag`, 'write the repository alone: its name serves all tags')
  }
  return repositoryName(reference)
}

function checkIds(source: Source, registries: readonly Registry[]): void {
  for (const { name, id } of registries) {
    const first = registries.find(other => other.id === id)
    if (id === null || first?.name === name) continue
    at(source, ['registries', name, 'id'], () => {
      throw new Invalid(`${id} is the id of "${first?.name}", too`, 'give each registry an id of its own')
    })
  }
}

/** The file, with the places of what stands in it. */
interface Source {
  readonly value: RawConfig
  locate(path: readonly string[], key?: boolean): Location
  validate(): Promise<Problem[]>
}

function openSource(text: string, file: string): Source {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true })
  const place = (offset: number): Location => {
    const { line, col } = lines.linePos(offset)
    return { file, line, column: col }
  }
  const problems = document.errors.map(({ pos, message }) => ({
    at: place(pos[0]),
    where: null,
    what: message,
    cure: null,
  }))
  if (problems.length > 0) throw new InputError(problems)
  const locate = (path: readonly string[], key = false) => {
    const parent = document.getIn(path.slice(0, -1), true)
    const pair = isMap(parent) ? parent.items.find(item => String(item.key) === path.at(-1)) : undefined
    const node = (key ? pair?.key : (pair?.value ?? pair?.key)) as { range?: readonly number[] } | undefined
    return place(node?.range?.[0] ?? 0)
  }
  const value = (document.toJS() ?? {}) as RawConfig
  return { value, locate, validate: () => validate(value, locate) }
}

/** Runs `read` for a value of the file; what it refuses is said with the value's place. */
function at<T>(source: Source, path: readonly string[], read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    throw new InputError([
      { at: source.locate(path), where: path.join('.'), what: error.what, cure: error.cure },
    ])
  }
}

/** `at` for each entry of a map; all that are refused are said at once. */
function readEach<V, T>(
  source: Source,
  key: string,
  map: Readonly<Record<string, V>> | undefined,
  read: (name: string, value: V) => T,
): T[] {
  const problems: Problem[] = []
  const results: T[] = []
  for (const [name, value] of Object.entries(map ?? {})) {
    try {
      results.push(at(source, [key, name], () => read(name, value)))
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      problems.push(...error.problems)
    }
  }
  if (problems.length > 0) throw new InputError(problems)
  return results
}

/** Holds the file against its JSON Schema. */
async function validate(value: unknown, locate: Source['locate']): Promise<Problem[]> {
  const { default: Ajv } = await import('ajv')
  const ajv = new Ajv.default({ allErrors: true, allowUnionTypes: true, verbose: true })
  ajv.validate(schema, value)
  return (ajv.errors ?? [])
    .filter(({ keyword }) => keyword !== 'propertyNames')
    .map(error => {
      const path = error.instancePath
        .split('/')
        .slice(1)
        .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
      const extra = error.params['additionalProperty'] ?? error.propertyName
      const full = extra === undefined ? path : [...path, String(extra)]
      return { at: locate(full, extra !== undefined), where: full.join('.') || null, ...explain(error) }
    })
}

/** What a schema error says to a person. */
function explain({
  keyword,
  params,
  message,
  data,
  parentSchema,
}: ErrorObject): Pick<Problem, 'what' | 'cure'> {
  if (keyword === 'additionalProperties') {
    const known = Object.keys(parentSchema?.['properties'] ?? {})
    return {
      what: 'unknown key',
      cure: `did you mean "${closest(String(params['additionalProperty']), known)}"?`,
    }
  }
  if (keyword === 'enum') {
    const known = params['allowedValues'] as string[]
    const nearest = typeof data === 'string' ? `; did you mean "${closest(data, known)}"?` : ''
    return {
      what: `${JSON.stringify(data)} is not known`,
      cure: `write one of ${known.join(', ')}${nearest}`,
    }
  }
  return { what: `${JSON.stringify(data).slice(0, 80)} ${message ?? 'is not right'}`, cure: null }
}
