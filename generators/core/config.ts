import { dirname, resolve } from 'node:path'
import { closest } from 'fastest-levenshtein'
import { isMap, LineCounter, parseDocument } from 'yaml'
import type { Built } from './builds.ts'
import type { Language } from './messages.ts'
import { accelerators } from './mirror-address.ts'
import { InputError, Invalid, type Location, type Problem } from './problem.ts'
import { parseReference, repositoryName } from './reference.ts'
import {
  checkHost,
  checkProxy,
  checkRegistry,
  loginVariables,
  type Naming,
  namingOfType,
  type Registry,
  type RegistryType,
  registryOfAddress,
  typeOfHost,
} from './registry.ts'
import schema from './relay.schema.json' with { type: 'json' }
import { type Schema, type Violation, validate } from './schema.ts'
import { resolveAliases, syntaxProblems } from './yaml.ts'

/** What relay.yaml says, with every default filled in. Paths are absolute. */
export interface Config {
  /** In the order in which they are laid over each other; empty: what Compose finds from `directory`. */
  readonly compose: readonly string[]
  /** null: the .env beside the compose file. */
  readonly envFiles: readonly string[] | null
  /** null: every service. */
  readonly profiles: readonly string[] | null
  readonly ignore: { readonly path: string; readonly required: boolean }
  readonly platform: string
  readonly language: Language
  readonly out: string
  /** Names of outputs that are written besides the usual ones. */
  readonly outputs: readonly string[]
  /** Whether what Compose builds is relayed, too: built where a workflow runs, and pushed under a name of the target. */
  readonly built: Built
  /** Whether the mirror names images by their digests, too. */
  readonly pin: boolean
  /** What stands before the names of images where proxies hand them on, such as `m.daocloud.io`. */
  readonly via: readonly string[]
  /** The engine of the hosts that the images are for, such as `docker 20.10`; null where nobody says it. */
  readonly deployEngine: string | null
  readonly alias: AliasConfig
  /** Mirrors of Docker Hub that hosts may ask, as addresses; empty where nobody names one. */
  readonly accelerators: readonly string[]
  readonly registry: string | null
  readonly registries: readonly Registry[]
  /** Chosen target names, by repository as in `docker.io/library/nginx`. */
  readonly images: ReadonlyMap<string, string>
  /** Where relative names of this configuration begin. */
  readonly directory: string
}

/** How hosts name images. */
export interface AliasConfig {
  /** The registry of internal networks, by name, id or address; null is the target, NO_HARBOR none. */
  readonly harbor: string | null
  /** All images are asked for without their namespace, too, or those of these repositories by these names, or none. */
  readonly shortNames: 'all' | ReadonlyMap<string, string>
  /** The environment variable that says which network it is. */
  readonly networkVariable: string
  /** Hosts of registries that only external networks reach. */
  readonly probe: readonly string[]
}

/** What `alias.harbor` says where internal networks have no registry. */
const NO_HARBOR = 'none'

/** Of the registries that anyone reaches, one that the world has and one that China has: FACTS.md 5.4. */
const PROBE = ['registry-1.docker.io', 'docker.m.daocloud.io']

/** The keys as they stand in the file; the schema has checked them. */
interface RawConfig {
  readonly compose?: string | readonly string[]
  readonly 'env-file'?: readonly string[]
  readonly profiles?: readonly string[]
  readonly ignore?: string
  readonly platform?: string
  readonly lang?: Language
  readonly out?: string
  readonly outputs?: readonly string[]
  readonly built?: Built
  readonly pin?: boolean
  readonly via?: readonly string[]
  readonly deploy?: { readonly engine?: string }
  readonly alias?: RawAlias
  readonly accelerators?: readonly string[]
  readonly registry?: string | number
  readonly registries?: Readonly<Record<string, RawRegistry>>
  readonly images?: Readonly<Record<string, string>>
}

interface RawAlias {
  readonly harbor?: string | number
  readonly 'short-names'?: boolean | Readonly<Record<string, string>>
  readonly 'network-variable'?: string
  readonly probe?: readonly string[]
}

interface RawRegistry {
  readonly host: string
  readonly namespace?: string
  readonly type?: RegistryType
  readonly id?: number
  readonly naming?: Naming
  readonly 'vpc-host'?: string
  readonly insecure?: boolean
  readonly 'username-env'?: string
  readonly 'password-env'?: string
}

/** The configuration without a relay.yaml. */
export function defaultConfig(directory: string): Config {
  return fillIn({}, { registries: [], images: new Map(), shortNames: new Map() }, directory)
}

/** Reads relay.yaml. `path` is where it stands, `file` its name for messages. Throws InputError with all problems. */
export async function parseConfig(text: string, path: string, file: string): Promise<Config> {
  const source = openSource(text, file)
  const problems = checkSchema(source)
  if (problems.length > 0) throw new InputError(problems)
  const raw = source.value
  const registries = readEach(source, ['registries'], raw.registries, problems, readRegistry)
  const images = readEach(source, ['images'], raw.images, problems, (name, target) => ({
    name: repositoryOf(name),
    target,
  }))
  for (const [at, proxy] of (raw.via ?? []).entries())
    attempt(source, ['via', String(at)], problems, () => checkProxy(proxy))
  const checkAccelerator = accelerators()
  for (const [at, address] of (raw.accelerators ?? []).entries())
    attempt(source, ['accelerators', String(at)], problems, () => checkAccelerator(address))
  for (const [at, host] of (raw.alias?.probe ?? []).entries())
    attempt(source, ['alias', 'probe', String(at)], problems, () => checkHost(host))
  const shortNames = readShortNames(source, raw, problems)
  checkTwice(source, [['images'], 'are both'], images, ({ name }) => name, problems)
  checkTwice(source, [['registries'], 'both have the id'], registries, ({ id }) => id, problems)
  const chosen = new Map([...images.values()].map(({ name, target }) => [name, target]))
  const config = fillIn(
    raw,
    { registries: [...registries.values()], images: chosen, shortNames },
    dirname(path),
  )
  // Registries that were refused above are not unknown.
  const wanted = [
    [['registry'], config.registry],
    [['alias', 'harbor'], config.alias.harbor === NO_HARBOR ? null : config.alias.harbor],
  ] as const
  for (const [path, name] of problems.length === 0 ? wanted : []) {
    if (name !== null) attempt(source, path, problems, () => findRegistry(config, name))
  }
  if (problems.length > 0) throw new InputError(problems)
  return config
}

/** The registry that hosts of internal networks have; `target` where nobody names another one, null where there is none. */
export function findHarbor(config: Config, target: Registry): Registry | null {
  const { harbor } = config.alias
  if (harbor === null) return target
  return harbor === NO_HARBOR ? null : findRegistry(config, harbor)
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
  { registries, images, shortNames }: Pick<Config, 'registries' | 'images'> & Pick<AliasConfig, 'shortNames'>,
  directory: string,
): Config {
  const path = (name: string) => resolve(directory, name)
  return {
    compose: [raw.compose ?? []].flat().map(path),
    envFiles: raw['env-file']?.map(path) ?? null,
    profiles: raw.profiles ?? null,
    ignore: { path: path(raw.ignore ?? 'ignore-images.txt'), required: raw.ignore !== undefined },
    platform: raw.platform ?? 'linux/amd64',
    language: raw.lang ?? 'en',
    out: path(raw.out ?? 'out'),
    outputs: raw.outputs ?? [],
    built: raw.built ?? 'keep',
    pin: raw.pin ?? false,
    via: raw.via ?? [],
    deployEngine: raw.deploy?.engine ?? null,
    alias: {
      harbor: raw.alias?.harbor === undefined ? null : String(raw.alias.harbor),
      shortNames,
      networkVariable: raw.alias?.['network-variable'] ?? 'AI_INFRA_NETWORK_ENV',
      probe: raw.alias?.probe ?? PROBE,
    },
    accelerators: raw.accelerators ?? [],
    registry: raw.registry === undefined ? null : String(raw.registry),
    registries,
    images,
    directory,
  }
}

function readRegistry(name: string, raw: RawRegistry): Registry {
  const type = raw.type ?? typeOfHost(raw.host)
  const { id = null, host, namespace = null, naming = namingOfType(type), insecure = false } = raw
  const { 'vpc-host': vpcHost = null, 'username-env': username = null, 'password-env': password = null } = raw
  const login = loginVariables(username, password)
  return checkRegistry({ name, id, host, namespace, type, naming, vpcHost, insecure, login })
}

/** The short names by repository. What is no name goes to `problems`. */
function readShortNames(
  source: Source,
  { alias }: RawConfig,
  problems: Problem[],
): AliasConfig['shortNames'] {
  const raw = alias?.['short-names'] ?? false
  if (typeof raw === 'boolean') return raw ? 'all' : new Map()
  const path = ['alias', 'short-names']
  const names = readEach(source, path, raw, problems, (name, short) => ({
    name: repositoryOf(name),
    short: checkShortName(short),
  }))
  checkTwice(source, [path, 'are both'], names, ({ name }) => name, problems)
  checkTwice(source, [path, 'would both be'], names, ({ short }) => short, problems)
  return new Map([...names.values()].map(({ name, short }) => [name, short]))
}

function checkShortName(short: string): string {
  if (/^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/.test(short)) return short
  throw new Invalid(
    `not a short name: "${short}"`,
    'lower case letters and digits, joined by ".", "_" or "-"',
  )
}

/** A key of `images:` is a repository, without tag and digest. */
function repositoryOf(name: string): string {
  const reference = parseReference(name)
  if (reference.tag !== null || reference.digest !== null) {
    throw new Invalid(`"${name}" names one tag`, 'write the repository alone: its name serves all tags')
  }
  return repositoryName(reference)
}

/** Two entries of a map that are one in truth: the later would hide the earlier. */
function checkTwice<T>(
  source: Source,
  [path, relation]: readonly [path: readonly string[], relation: string],
  entries: ReadonlyMap<string, T>,
  identity: (value: T) => string | number | null,
  problems: Problem[],
): void {
  const first = new Map<string | number | null, string>()
  for (const [name, value] of entries) {
    const same = identity(value)
    const other = first.get(same)
    if (other === undefined || same === null) first.set(same, name)
    else {
      const what = `"${name}" and "${other}" ${relation} ${same}`
      problems.push({
        at: source.locate([...path, name], true),
        where: path.join('.'),
        what,
        cure: 'change one of the two',
      })
    }
  }
}

/** The file, with the places of what stands in it. */
interface Source {
  readonly value: RawConfig
  locate(path: readonly string[], key?: boolean): Location
}

/** More values than any configuration has. */
const SIZE_LIMIT = 10_000

function openSource(text: string, file: string): Source {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true })
  const place = (offset: number): Location => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  if (document.errors.length > 0) throw new InputError(syntaxProblems(document.errors, place))
  resolveAliases([document.contents], SIZE_LIMIT, place)
  const locate = (path: readonly string[], key = false) => {
    const parent = document.getIn(path.slice(0, -1), true)
    const pair = isMap(parent) ? parent.items.find(item => String(item.key) === path.at(-1)) : undefined
    const node = key ? pair?.key : (document.getIn(path, true) ?? pair?.key)
    return place((node as { range?: readonly number[] } | undefined)?.range?.[0] ?? 0)
  }
  const value = (document.toJS({ maxAliasCount: -1 }) ?? {}) as RawConfig
  return { value, locate }
}

/** Runs `read` for a value of the file; what it refuses is said with the value's place, and null returned. */
function attempt<T>(source: Source, path: readonly string[], problems: Problem[], read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    problems.push({ at: source.locate(path), where: path.join('.'), what: error.what, cure: error.cure })
    return null
  }
}

/** `attempt` for each entry of a map. */
function readEach<V, T>(
  source: Source,
  path: readonly string[],
  map: Readonly<Record<string, V>> | undefined,
  problems: Problem[],
  read: (name: string, value: V) => T,
): Map<string, T> {
  const results = new Map<string, T>()
  for (const [name, value] of Object.entries(map ?? {})) {
    const result = attempt(source, [...path, name], problems, () => read(name, value))
    if (result !== null) results.set(name, result)
  }
  return results
}

/** Holds the file against its JSON Schema. */
function checkSchema({ value, locate }: Source): Problem[] {
  try {
    return validate(value, schema as Schema).map(violation => {
      const { path, kind } = violation
      const at = locate(path, kind === 'unknown key' || kind === 'bad key')
      return { at, where: path.join('.') || null, ...explain(violation) }
    })
  } catch (error) {
    // The validator writes keys as they stand in URIs, where half a character cannot.
    if (!(error instanceof URIError)) throw error
    const what = 'a key holds half a character'
    return [{ at: locate([]), where: null, what, cure: 'correct its \\u escape' }]
  }
}

/** What a violation says to a person. A mapping or a list is not shown: somebody may have put a password in it. */
function explain({ path, kind, value, schema }: Violation): Pick<Problem, 'what' | 'cure'> {
  const cure = schema['description'] ?? null
  // Somebody may have put the password where its variable belongs.
  const shown = SECRET.test(path.at(-1) ?? '') ? () => 'its value' : show
  switch (kind) {
    case 'unknown key': {
      const key = path.at(-1) ?? ''
      const known = Object.keys(schema['properties'] ?? {})
      return { what: 'unknown key', cure: SECRET.test(key) ? LOG_IN : didYouMean(key, known) }
    }
    case 'bad key':
      return { what: 'not a name', cure: 'lower case letters and digits, joined by "-"' }
    case 'enum': {
      const known = schema['enum'] as string[]
      const hint = typeof value === 'string' ? `; ${didYouMean(value, known)}` : ''
      return { what: `${shown(value)} is not known`, cure: `write one of ${known.join(', ')}${hint}` }
    }
    case 'required': {
      const missing = (schema['required'] as string[]).filter(key => !Object.hasOwn(value as object, key))
      return { what: `it has no "${missing.join('", "')}"`, cure }
    }
    case 'type':
      return { what: `${shown(value)} must be ${[schema['type']].flat().join(' or ')}`, cure }
    case 'other':
      return { what: `${shown(value)} is not allowed`, cure }
  }
}

function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  return value !== null && typeof value === 'object' ? 'a mapping' : JSON.stringify(value).slice(0, 80)
}

const SECRET = /pass|secret|token|credential/i
const LOG_IN =
  'no key holds a secret: the container engine keeps logins (docker login), or "username-env" and "password-env" name the environment variables that have one'

function didYouMean(text: string, known: readonly string[]): string {
  return `did you mean "${closest(text, known)}"?`
}
