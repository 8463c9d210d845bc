import { homedir } from 'node:os'
import { join, posix, resolve } from 'node:path'
import { closest } from 'fastest-levenshtein'
import { distinct, InputError, type Problem } from '../problem.ts'
import { readEnvFiles, withValues } from './environment.ts'
import type { ProjectFiles } from './files.ts'
import type { Lookup } from './interpolate.ts'
import { withoutRepeats } from './merge.ts'
import {
  type Entry,
  entriesOf,
  find,
  itemsOf,
  type MapNode,
  type Node,
  placeOf,
  type ScalarNode,
} from './node.ts'
import type { ComposeProject } from './project.ts'
import {
  ANYTHING,
  bytesOf,
  CONTENTS,
  castText,
  isHostPath,
  type ListShape,
  type MapShape,
  type Mount,
  type Plain,
  PROJECT,
  parseMount,
  type ScalarType,
  type Shape,
} from './shape.ts'

/**
 * Throws InputError with what `docker compose config` refuses in a project that could be loaded: required variables
 * without value, keys and values that it does not know, services that ask for what is not there, and env files that
 * are missing or broken. Of services outside of the profiles less is asked.
 */
export function refuseStrictly(project: ComposeProject, profiles: readonly string[] | null): void {
  const problems = [...project.warnings, ...strictProblems(project, profiles)]
  if (problems.length > 0) throw new InputError(distinct(problems))
}

/** The same but for the variables. */
export function strictProblems(
  project: ComposeProject,
  profiles: readonly string[] | null,
): readonly Problem[] {
  const problems: Problem[] = []
  const report: Report = (node, where, what, cure) => problems.push({ at: placeOf(node), where, what, cure })
  const shapes = new ShapeCheck(report)
  for (const stage of project.stages) shapes.check(withoutRepeats(stage), PROJECT, '')
  const model = readModel(project, profiles)
  checkResources(model, report)
  for (const service of model.enabled.values()) for (const rule of RULES) rule(service, model, report)
  checkNames(model, report)
  checkCycles(model, report)
  const reader = new ServiceFiles(project.model.source.lookup, project.disk, problems, report)
  for (const service of model.enabled.values()) reader.check(service)
  return problems
}

/** Says what is wrong with a node, or with the node where something is missing. */
type Report = (node: Node | Entry, where: string, what: string, cure: string | null) => void

/** Every node against every shape once, however many aliases lead to it. */
class ShapeCheck {
  readonly #report: Report
  readonly #seen = new WeakMap<Node, Set<Shape>>()

  constructor(report: Report) {
    this.#report = report
  }

  check(node: Node, shape: Shape, where: string): void {
    const seen = this.#seen.get(node) ?? new Set()
    if (shape === ANYTHING || seen.has(shape)) return
    this.#seen.set(node, seen.add(shape))
    if (node.kind === 'scalar') this.#scalar(node, shape, where)
    else if (node.kind === 'list' && shape.list !== null) this.#list(node.items, shape.list, where)
    else if (node.kind === 'map' && shape.map !== null) this.#map(node, shape.map, where)
    else this.#report(node, where, `it must be ${kinds(shape)}`, null)
  }

  #scalar(node: ScalarNode, shape: Shape, where: string): void {
    const written = plainOf(node)
    // Of a list of services, merged with a mapping of them, the keys alone are left.
    if (written === null || (written.type === 'null' && node.keyed !== '')) return
    const plain = shape.cast === null ? written : cast(written, shape.cast)
    if (written.type === 'float' && !Number.isFinite(written.value)) {
      this.#report(node, where, 'not a finite number', null)
    } else if (plain === undefined) {
      const type = shape.cast === 'boolean' ? 'true or false' : 'a number'
      this.#report(node, where, `it must be ${type}: "${written.value}"`, null)
    } else if (!shape.types.some(type => isOf(plain, type))) {
      const cure = shape.types.includes('string') && plain.type !== 'null' ? 'write it in quotes' : null
      this.#report(node, where, `it must be ${kinds(shape)}`, cure)
    } else {
      const wrong = shape.check?.(plain) ?? null
      if (wrong !== null) this.#report(node, where, wrong, null)
    }
  }

  #list(items: readonly Node[], { item, unique }: ListShape, where: string): void {
    const known = new Set<unknown>()
    for (const [index, node] of items.entries()) {
      const place = `${where}[${index}]`
      this.check(node, item, place)
      const plain = node.kind === 'scalar' ? plainOf(node) : null
      if (plain === null || !unique) continue
      if (known.has(plain.value))
        this.#report(node, place, `it is there twice: ${plain.value}`, 'take one away')
      known.add(plain.value)
    }
  }

  #map(map: MapNode, shape: MapShape, where: string): void {
    for (const [key, entry] of map.entries) {
      const place = where === '' ? key : `${where}.${key}`
      const known = shapeOf(key, shape)
      if (known === null) this.#unknown(key, entry, shape, where)
      else this.check(entry.value, known, place)
    }
    for (const key of shape.required) {
      if (!map.entries.has(key)) this.#report(map, where, `"${key}" is missing`, `add "${key}:"`)
    }
    const [first, second] = shape.exclusive.filter(key => map.entries.has(key))
    if (second !== undefined)
      this.#report(map, where, `"${first}" and "${second}" exclude each other`, 'take one away')
  }

  #unknown(key: string, entry: Entry, shape: MapShape, where: string): void {
    if (shape.rest !== null) {
      this.#report(entry, where, `not a name that may stand here: "${key}"`, null)
      return
    }
    const guess = closest(key, Object.keys(shape.keys))
    this.#report(entry, where, `unknown key "${key}"`, `did you mean "${guess}"?`)
  }
}

/** The shape under a key, or null where there may be no such key. */
function shapeOf(key: string, { keys, rest, names, others }: MapShape): Shape | null {
  if (Object.hasOwn(keys, key)) return keys[key] ?? null
  if (rest !== null && names.test(key)) return rest
  const isOther = others === 'all' || (others === 'extensions' && key.startsWith('x-'))
  return isOther ? ANYTHING : null
}

function kinds({ types, list, map }: Shape): string {
  const names = types.filter(type => type !== 'null').map(type => NAMES[type])
  const all = [...names, ...(list === null ? [] : ['a list']), ...(map === null ? [] : ['a mapping'])]
  return [...new Set(all)].join(' or ')
}

const NAMES: Readonly<Record<ScalarType, string>> = {
  string: 'a string',
  number: 'a number',
  integer: 'an integer',
  boolean: 'true or false',
  null: 'nothing',
}

function isOf({ type, value }: Plain, wanted: ScalarType): boolean {
  if (wanted === 'number') return type === 'integer' || type === 'float'
  if (wanted === 'integer') return type === 'integer' || (type === 'float' && Number.isInteger(value))
  return type === wanted
}

function cast(plain: Plain, to: 'boolean' | 'integer' | 'float'): Plain | undefined {
  return plain.type === 'string' ? castText(to, String(plain.value)) : plain
}

/** A scalar as Compose's parser has it, or null where a required variable is missing. */
function plainOf({ value, missing, keyed, definition }: ScalarNode): Plain | null {
  if (missing !== null) return null
  if (value === null || value === undefined) return { type: 'null', value: null }
  if (typeof value === 'boolean') return { type: 'boolean', value }
  const { type, source, tag, value: template } = definition
  if (typeof value === 'number' || typeof value === 'bigint') {
    const isInteger = /^[-+]?(?:[0-9]+|0[xo][0-9a-fA-F]+)$/.test(source ?? String(value))
    return { type: isInteger ? 'integer' : 'float', value: Number(value) }
  }
  const text = String(value)
  const isPlain = type === 'PLAIN' && tag === undefined && keyed === '' && text === template
  return (isPlain ? numberOf(text) : null) ?? { type: 'string', value: text }
}

/** Numbers of YAML 1.1 that Compose's parser still knows: 1_000 and 0b11. */
function numberOf(text: string): Plain | null {
  if (!/^[-+]?[0-9][0-9a-fA-F_xobA-F.]*$/.test(text)) return null
  const value = Number(text.replaceAll('_', '').replace(/^\+/, ''))
  if (Number.isNaN(value)) return null
  return { type: text.includes('.') ? 'float' : 'integer', value }
}

/** The string of a node, or null of every other one. */
function stringOf(node: Node | null): string | null {
  const plain = node?.kind === 'scalar' ? plainOf(node) : null
  return plain?.type === 'string' ? String(plain.value) : null
}

/** The number of a node, or of the string that it is; null of every other one. */
function numberIn(node: Node | null): number | null {
  const plain = node?.kind === 'scalar' ? plainOf(node) : null
  const number = plain && cast(plain, 'float')
  return typeof number?.value === 'number' ? number.value : null
}

function bytesIn(node: Node | null): number | null {
  const text = stringOf(node)
  return text === null ? numberIn(node) : bytesOf(text)
}

/** What a flag says; null where it says nothing. */
function flagOf(node: Node | null): boolean | null {
  const plain = node?.kind === 'scalar' ? plainOf(node) : null
  const flag = plain && cast(plain, 'boolean')
  return typeof flag?.value === 'boolean' ? flag.value : null
}

/** A service at hand. */
interface Context {
  readonly name: string
  readonly where: string
  readonly entry: Entry
  readonly map: MapNode
  readonly needs: ReadonlyMap<string, Need>
}

/** That a service needs another one, and where it says so. */
interface Need {
  readonly node: Node | Entry
  readonly where: string
  readonly required: boolean
}

interface Model {
  readonly root: MapNode
  readonly enabled: ReadonlyMap<string, Context>
  /** The names of the other services. */
  readonly disabled: ReadonlySet<string>
  readonly profiles: readonly string[]
}

function readModel({ model: root, services }: ComposeProject, profiles: readonly string[] | null): Model {
  const names = new Set(services.filter(({ enabled }) => enabled).map(({ name }) => name))
  const all = [...entriesOf(find(root, 'services'))]
  const enabled = all
    .filter(([name]) => names.has(name))
    .map(([name, entry]) => [name, contextOf(name, entry)] as const)
  const disabled = all.map(([name]) => name).filter(name => !names.has(name))
  return { root, enabled: new Map(enabled), disabled: new Set(disabled), profiles: profiles ?? [] }
}

function contextOf(name: string, entry: Entry): Context {
  const map = entry.value as MapNode
  const where = `services.${name}`
  return { name, where, entry, map, needs: needsOf(map, where) }
}

/** What stands under a key of a mapping, or in a list of its keys. */
function namesIn(node: Node | null, where: string): [name: string, place: Node | Entry, where: string][] {
  const keys = [...entriesOf(node)].map(([name, entry]) => [name, entry, `${where}.${name}`] as const)
  const items = node?.kind === 'list' ? node.items : []
  const listed = items.map((item, index) => [stringOf(item) ?? '', item, `${where}[${index}]`] as const)
  return [...keys, ...listed].map(([name, place, path]) => [name, place, path])
}

/** https://github.com/compose-spec/compose-go/blob/main/loader/normalize.go */
function needsOf(map: MapNode, where: string): Map<string, Need> {
  const needs = new Map<string, Need>()
  const add = (name: string, node: Node | Entry, path: string, required = true) => {
    if (!needs.has(name)) needs.set(name, { node, where: path, required })
  }
  for (const [name, place, path] of namesIn(find(map, 'depends_on'), `${where}.depends_on`)) {
    add(name, place, path, flagOf(find(map, 'depends_on', name, 'required')) ?? true)
  }
  for (const [link, place, path] of namesIn(find(map, 'links'), `${where}.links`)) {
    const parts = link.split(':')
    add(parts.length === 2 ? (parts[0] ?? '') : link, place, path)
  }
  for (const key of ['network_mode', 'ipc', 'pid', 'uts', 'cgroup']) {
    const node = find(map, key)
    const service = afterPrefix(stringOf(node))
    if (node !== null && service !== null) add(service, node, `${where}.${key}`)
  }
  for (const [source, place, path] of namesIn(find(map, 'volumes_from'), `${where}.volumes_from`)) {
    if (!source.startsWith('container:')) add(source.split(':')[0] ?? '', place, path)
  }
  return needs
}

/** Of `service:NAME` the name. */
function afterPrefix(text: string | null): string | null {
  return text?.startsWith('service:') ? text.slice('service:'.length) : null
}

/** What an enabled service has to observe: https://github.com/compose-spec/compose-go/blob/main/loader/validate.go */
type Rule = (service: Context, model: Model, report: Report) => void

const needs: Rule = (service, { enabled, disabled, profiles }, report) => {
  for (const [name, { node, where, required }] of service.needs) {
    if (enabled.has(name) || (disabled.has(name) && !required)) continue
    if (disabled.has(name)) {
      const chosen =
        profiles.length === 0 ? 'no profile is chosen' : `the profiles are ${profiles.join(', ')}`
      report(node, where, `the service "${name}" is disabled: ${chosen}`, 'choose a profile of it, too')
    } else {
      report(node, where, `there is no service "${name}"`, similar(name, [...enabled.keys(), ...disabled]))
    }
  }
}

/** Networks, models, volumes and the like that a service names. */
const references: Rule = ({ map, where }, { root }, report) => {
  const refer = (kind: string, name: string, node: Node | Entry, path: string) => {
    const known = entriesOf(find(root, kind))
    if (known.has(name)) return
    const cure = similar(name, [...known.keys()]) ?? `add it to the "${kind}:" of the file`
    report(node, path, `there is no ${kind.slice(0, -1)} "${name}"`, cure)
  }
  for (const kind of ['networks', 'models']) {
    for (const [name, place, path] of namesIn(find(map, kind), `${where}.${kind}`)) {
      if (kind !== 'networks' || name !== 'default') refer(kind, name, place, path)
    }
  }
  for (const { source, node, where: path } of mountsOf(map, where))
    if (source !== '') refer('volumes', source, node, path)
  for (const [kind, ...path] of [
    ['configs', 'configs'],
    ['secrets', 'secrets'],
    ['secrets', 'build', 'secrets'],
  ] as const) {
    for (const [index, item] of itemsOf(find(map, ...path)).entries()) {
      const name = stringOf(item.kind === 'map' ? find(item, 'source') : item) ?? ''
      refer(kind, name, item, `${where}.${path.join('.')}[${index}]`)
    }
  }
}

interface PlacedMount extends Mount {
  readonly node: Node
  readonly where: string
}

/** The mounts of a service; the source of one that is no volume is left out. */
function mountsOf(map: MapNode, where: string): PlacedMount[] {
  return itemsOf(find(map, 'volumes')).flatMap((node, index) => {
    const mount = node.kind === 'map' ? longMount(node) : parseMount(stringOf(node) ?? '')
    if (typeof mount === 'string') return []
    const source = node.kind !== 'map' && isHostPath(mount.source) ? '' : mount.source
    return [{ source, target: clean(mount.target), node, where: `${where}.volumes[${index}]` }]
  })
}

function longMount(map: MapNode): Mount {
  const isVolume = stringOf(find(map, 'type')) === 'volume'
  const source = isVolume ? (stringOf(find(map, 'source')) ?? '') : ''
  return { source, target: stringOf(find(map, 'target')) ?? '' }
}

/** A path without what says nothing: https://pkg.go.dev/path#Clean. */
function clean(path: string): string {
  const normal = posix.normalize(path)
  return normal.length > 1 ? normal.replace(/\/$/, '') : normal
}

const mounts: Rule = ({ map, where }, _, report) => {
  const tmpfs = itemsOf(find(map, 'tmpfs')).map((node, index) => {
    const [target = ''] = (stringOf(node) ?? '').split(':')
    return { target, node, where: `${where}.tmpfs[${index}]` }
  })
  const known = new Map<string, string>()
  for (const { target, node, where: path } of [...tmpfs, ...mountsOf(map, where)]) {
    const first = known.get(target)
    if (first !== undefined) report(node, path, `"${target}" is already mounted by ${first}`, 'take one away')
    known.set(target, path)
  }
  for (const [index, item] of itemsOf(find(map, 'volumes')).entries()) {
    const isBind = item.kind === 'map' && stringOf(find(item, 'type')) === 'bind'
    if (isBind && find(item, 'source') === null)
      report(item, `${where}.volumes[${index}]`, 'a bind needs a source', 'add "source:"')
  }
}

const image: Rule = ({ entry, map, where }, _, report) => {
  if (stringOf(find(map, 'image')) !== '' || map.entries.has('build') || map.entries.has('provider')) return
  report(entry, where, 'it has neither an image nor a build context', 'give it an image')
}

const buildRule: Rule = ({ map, where }, { root, enabled }, report) => {
  const build = find(map, 'build')
  const inline = find(build, 'dockerfile_inline')
  if (inline !== null && stringOf(inline) !== '' && stringOf(find(build, 'dockerfile')))
    report(inline, `${where}.build`, 'dockerfile and dockerfile_inline exclude each other', 'take one away')
  const contexts = find(build, 'additional_contexts')
  const values: [Node, string][] = [
    ...[...entriesOf(contexts)].map(([name, { value }]): [Node, string] => [value, name]),
    ...(contexts?.kind === 'list'
      ? contexts.items.map((item, index): [Node, string] => [item, String(index)])
      : []),
  ]
  for (const [node, name] of values) {
    const service = afterPrefix(
      (stringOf(node) ?? '').replace(contexts?.kind === 'list' ? /^[^=]*=/ : '', ''),
    )
    if (service === null) continue
    const path = `${where}.build.additional_contexts.${name}`
    const target = enabled.get(service)
    if (target === undefined)
      report(node, path, `there is no service "${service}"`, similar(service, [...enabled.keys()]))
    else if (find(root, 'services', service, 'build') === null)
      report(node, path, `the service "${service}" has no build`, 'name one that is built')
  }
  const platform = find(map, 'platform')
  const platforms = itemsOf(find(build, 'platforms')).map(stringOf)
  if (
    platform !== null &&
    stringOf(platform) &&
    platforms.length > 0 &&
    !platforms.includes(stringOf(platform))
  )
    report(
      platform,
      `${where}.platform`,
      'it is not among the platforms of the build',
      'add it to "build.platforms"',
    )
}

const networkMode: Rule = ({ map, where }, _, report) => {
  const mode = find(map, 'network_mode')
  if (mode === null || !stringOf(mode) || namesIn(find(map, 'networks'), '').length === 0) return
  report(mode, where, 'network_mode and networks exclude each other', 'take one away')
}

const healthcheck: Rule = ({ map, where }, _, report) => {
  const test = find(map, 'healthcheck', 'test')
  const first = test?.kind === 'list' ? test.items[0] : undefined
  if (first === undefined || ['CMD', 'CMD-SHELL', 'NONE'].includes(stringOf(first) ?? '')) return
  const what = 'the first item must be "CMD", "CMD-SHELL" or "NONE"'
  report(first, `${where}.healthcheck.test`, what, 'put "CMD" before it')
}

const scale: Rule = ({ map, where }, _, report) => {
  const [node, replicas] = [find(map, 'scale'), find(map, 'deploy', 'replicas')]
  const [wanted, deployed] = [numberIn(node), numberIn(replicas)]
  if (node !== null && wanted !== null && deployed !== null && wanted !== deployed)
    report(node, `${where}.scale`, `it is ${wanted}, and deploy.replicas is ${deployed}`, 'take one away')
  if (node !== null && wanted !== null && wanted < 0) report(node, `${where}.scale`, 'less than 0', null)
  if (replicas !== null && wanted === null && deployed !== null && deployed < 0)
    report(replicas, `${where}.deploy.replicas`, 'less than 0', null)
  const name = find(map, 'container_name')
  if (name !== null && stringOf(name) && (wanted ?? deployed ?? 1) > 1)
    report(name, `${where}.container_name`, 'several containers cannot have one name', 'take it away')
}

/** What is said in two places must be the same, where the first says anything. */
const TWICE: readonly [
  key: string,
  part: string,
  other: string,
  read: (node: Node | null) => number | null,
][] = [
  ['cpus', 'limits', 'cpus', node => Math.fround(numberIn(node) ?? 0)],
  ['mem_limit', 'limits', 'memory', bytesIn],
  ['mem_reservation', 'reservations', 'memory', bytesIn],
  ['pids_limit', 'limits', 'pids', numberIn],
]

const limits: Rule = ({ map, where }, _, report) => {
  for (const [key, part, other, read] of TWICE) {
    const node = find(map, key)
    const resources = find(map, 'deploy', 'resources', part)
    const value = read(node) ?? 0
    if (node === null || resources?.kind !== 'map' || value === 0) continue
    if (value !== (read(find(resources, other)) ?? 0))
      report(
        node,
        `${where}.${key}`,
        `deploy.resources.${part}.${other} is not the same`,
        'say it in one place',
      )
  }
}

const watches: Rule = ({ map, where }, _, report) => {
  for (const [index, item] of itemsOf(find(map, 'develop', 'watch')).entries()) {
    const action = stringOf(find(item, 'action'))
    if (action === null || ['rebuild', 'restart'].includes(action) || stringOf(find(item, 'target'))) continue
    report(item, `${where}.develop.watch[${index}]`, `"${action}" needs a target`, 'add "target:"')
  }
}

const RULES: readonly Rule[] = [
  image,
  needs,
  references,
  mounts,
  buildRule,
  networkMode,
  healthcheck,
  scale,
  limits,
  watches,
]

/** https://github.com/compose-spec/compose-go/blob/main/validation/external.go, and validation.go beside it. */
function checkResources({ root }: Model, report: Report): void {
  for (const kind of ['networks', 'volumes', 'secrets', 'configs']) {
    for (const [name, { value }] of entriesOf(find(root, kind))) {
      if (value.kind !== 'map') continue
      const where = `${kind}.${name}`
      checkExternalName(value, where, report)
      if (kind === 'volumes') checkExternal(value, where, report)
      else if (kind !== 'networks') checkContent(value, kind, where, report)
    }
  }
}

function isExternal(map: MapNode): boolean {
  const external = find(map, 'external')
  return external?.kind === 'map' || flagOf(external) === true
}

function checkExternalName(map: MapNode, where: string, report: Report): void {
  const [name, other] = [find(map, 'name'), find(map, 'external', 'name')]
  if (name === null || other === null || stringOf(name) === stringOf(other)) return
  report(other, `${where}.external.name`, '"name" says another name', 'take one away')
}

function checkExternal(map: MapNode, where: string, report: Report): void {
  if (!isExternal(map)) return
  for (const [key, entry] of map.entries) {
    if (['name', 'external'].includes(key) || key.startsWith('x-')) continue
    report(entry, `${where}.${key}`, 'it means nothing to an external volume', 'take it away')
  }
}

function checkContent(map: MapNode, kind: string, where: string, report: Report): void {
  const keys = CONTENTS[kind] ?? []
  // The file "" is the project directory, whatever that may be good for.
  const says = (key: string) =>
    map.entries.has(key) && (kind === 'configs' || key === 'file' || stringOf(find(map, key)) !== '')
  const isSaid = keys.some(says)
  const isElsewhere = kind === 'secrets' ? isExternal(map) : map.entries.has('external')
  if (!isSaid && !isElsewhere) report(map, where, `one of ${keys.join(', ')} is missing`, 'add one of them')
}

function checkNames({ enabled }: Model, report: Report): void {
  const known = new Map<string, string>()
  for (const { name, map, where } of enabled.values()) {
    const node = find(map, 'container_name')
    const container = stringOf(node)
    if (node === null || !container) continue
    const first = known.get(container)
    if (first !== undefined)
      report(
        node,
        `${where}.container_name`,
        `the service "${first}" has the same: "${container}"`,
        'choose another',
      )
    known.set(container, name)
  }
}

/** Walks down every chain of needs once, and leaves a chain at the first circle in it. */
function checkCycles({ enabled }: Model, report: Report): void {
  const done = new Set<string>()
  for (const start of enabled.values()) {
    const path: { service: Context; rest: Iterator<[string, Need]> }[] = []
    const enter = (service: Context) => path.push({ service, rest: service.needs[Symbol.iterator]() })
    if (!done.has(start.name)) enter(start)
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const { value, done: isOver } = step.rest.next()
      if (isOver) {
        done.add(step.service.name)
        path.pop()
        continue
      }
      const next = enabled.get(value[0])
      const from = path.findIndex(({ service }) => service === next)
      if (from !== -1) {
        const chain = [...path.slice(from).map(({ service }) => service.name), value[0]].join(' needs ')
        report(
          value[1].node,
          value[1].where,
          `the services wait for each other: ${chain}`,
          'take one of them away',
        )
        for (const { service } of path.splice(0)) done.add(service.name)
      } else if (next !== undefined && !done.has(next.name)) enter(next)
    }
  }
}

function similar(name: string, known: readonly string[]): string | null {
  return known.length === 0 ? null : `did you mean "${closest(name, known)}"?`
}

/** The env and label files of services, by https://github.com/compose-spec/compose-go/blob/main/types/project.go. */
class ServiceFiles {
  readonly #lookup: Lookup
  readonly #files: ProjectFiles
  readonly #problems: Problem[]
  readonly #report: Report
  /** What is in files that ask for nothing. */
  readonly #known = new Map<string, ReadonlyMap<string, string>>()

  constructor(lookup: Lookup, files: ProjectFiles, problems: Problem[], report: Report) {
    this.#lookup = lookup
    this.#files = files
    this.#problems = problems
    this.#report = report
  }

  check({ map, where }: Context): void {
    const envFiles = itemsOf(find(map, 'env_file'))
    const own = envFiles.length === 0 ? NONE : environmentOf(find(map, 'environment'))
    let lookup = withValues(this.#lookup, own)
    for (const [index, item] of envFiles.entries()) {
      const node = item.kind === 'map' ? find(item, 'path') : item
      const required = flagOf(find(item, 'required')) ?? true
      const format = stringOf(find(item, 'format')) ?? ''
      lookup = withValues(lookup, this.#read(node, `${where}.env_file[${index}]`, required, format, lookup))
    }
    let labels: Lookup = () => undefined
    for (const [index, item] of itemsOf(find(map, 'label_file')).entries()) {
      labels = withValues(labels, this.#read(item, `${where}.label_file[${index}]`, true, '', labels))
    }
  }

  #read(
    node: Node | null,
    where: string,
    required: boolean,
    format: string,
    lookup: Lookup,
  ): ReadonlyMap<string, string> {
    const text = stringOf(node)
    if (node === null || text === null) return NONE
    const path = resolve(node.source.directory, text.startsWith('~') ? join(homedir(), text.slice(1)) : text)
    const shown = this.#files.show(path)
    if (!this.#files.exists(path)) {
      if (required)
        this.#report(node, where, `there is no such file: ${shown}`, 'write it, or correct the path')
    } else if (!['', '.env', 'raw'].includes(format)) {
      this.#report(node, where, `not a format of env files: "${format}"`, 'take "format:" away')
    } else if (this.#files.isFile(path)) {
      return format === 'raw' ? this.#raw(path, shown) : this.#parse(path, lookup)
    } else if (path !== '/dev/null') {
      this.#report(node, where, `${shown} is not a regular file`, 'name a file')
    }
    return NONE
  }

  #parse(path: string, lookup: Lookup): ReadonlyMap<string, string> {
    const known = this.#known.get(path)
    if (known !== undefined) return known
    const text = this.#text(path)
    if (text === null) return NONE
    try {
      const values = readEnvFiles([path], lookup, this.#files)
      if (!text.includes('$')) this.#known.set(path, values)
      return values
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      this.#problems.push(...error.problems)
      return NONE
    }
  }

  /** https://github.com/docker/cli/blob/master/pkg/kvfile/kvfile.go */
  #raw(path: string, file: string): ReadonlyMap<string, string> {
    const values = new Map<string, string>()
    for (const [index, line] of (this.#text(path) ?? '').split('\n').entries()) {
      const [key = '', value] = line.trimStart().split(/=(.*)/s)
      if (/^(?:#|$)/.test(line.trimStart())) continue
      if (key === '' || /[ \t]/.test(key)) {
        const what = key === '' ? 'not a key: nothing stands before "="' : 'not a key: a blank stands in it'
        this.#problems.push({
          at: { file, line: index + 1, column: 1 },
          where: null,
          what,
          cure: 'write KEY=value',
        })
        break
      }
      if (value !== undefined) values.set(key, value)
    }
    return values
  }

  /** null where it cannot be read, such as a file that is not UTF-8, which is nothing to Compose. */
  #text(path: string): string | null {
    try {
      return this.#files.read(path)
    } catch (error) {
      if (error instanceof InputError) return null
      throw error
    }
  }
}

const NONE: ReadonlyMap<string, string> = new Map()

/** The variables that a service itself sets. */
function environmentOf(node: Node | null): ReadonlyMap<string, string> {
  const own = [...entriesOf(node)].flatMap(([name, { value }]): [string, string][] => {
    const plain = value.kind === 'scalar' ? plainOf(value) : null
    return plain === null || plain.type === 'null' ? [] : [[name, String(plain.value)]]
  })
  const listed = node?.kind === 'list' ? node.items : []
  const items = listed.flatMap((item): [string, string][] => {
    const [name = '', value] = (stringOf(item) ?? '').split(/=(.*)/s)
    return value === undefined ? [] : [[name, value]]
  })
  return new Map([...own, ...items])
}
