import { dirname, isAbsolute, join, resolve } from 'node:path'
import { compare } from '../order.ts'
import { readBuilds } from './build.ts'
import { readIncludes } from './include.ts'
import { find, isNull, itemsOf, type Node, templateOf, textOf } from './node.ts'
import type { ComposeProject } from './project.ts'

/**
 * What a path is to whoever brings a project to a host: variables that Compose or a container reads; what containers
 * only read; what they may write, a folder or nothing at first; the same by a name that only a file has; the folder of
 * a build, which has to be there and may be empty.
 */
export type MountKind = 'env' | 'optional-env' | 'config' | 'data' | 'data-file' | 'context'

/** A file or folder of the machine that a project needs in order to run. */
export interface Mount {
  readonly kind: MountKind
  /** Absolute, or beginning with `~`. */
  readonly path: string
  /** As the compose file has it, with its variables; null where it does not name it. */
  readonly written: string | null
  /** Names of the services that need it, sorted; none where Compose itself does. */
  readonly services: readonly string[]
}

/** Everything that is mounted or read, whatever the profile: each path once, sorted. */
export function readMounts(project: ComposeProject, merged: boolean): readonly Mount[] {
  const found = [
    ...interpolationFiles(project, merged),
    ...project.services.flatMap(({ name }) => serviceMounts(project, name)),
    ...readBuilds(project).flatMap(({ service, context }) =>
      mount('context', context === null ? null : unwritten(context), service.name),
    ),
  ]
  const paths = new Map<string, Mount>()
  for (const one of found) {
    const known = paths.get(one.path)
    paths.set(one.path, known === undefined ? one : together(known, one))
  }
  return [...paths.values()].sort((a, b) => compare(a.path, b.path))
}

/** The first of them that fits counts: what may be written is never taken for what may be replaced. */
const RANK: readonly MountKind[] = ['env', 'data-file', 'data', 'config', 'optional-env', 'context']

function together(a: Mount, b: Mount): Mount {
  const kind = RANK.find(rank => rank === a.kind || rank === b.kind) ?? a.kind
  return { ...a, kind, services: [...new Set([...a.services, ...b.services])].sort(compare) }
}

/** Where a value of the compose file leads. */
type Place = Pick<Mount, 'path' | 'written'>

function mount(kind: MountKind, place: Place | null, service?: string): Mount[] {
  return place === null ? [] : [{ kind, ...place, services: service === undefined ? [] : [service] }]
}

function unwritten(path: string): Place {
  return { path, written: null }
}

/** What Compose fills in variables from: that of the project, and those of what it includes. */
function interpolationFiles({ directory, envFiles, documents }: ComposeProject, merged: boolean): Mount[] {
  const own =
    envFiles === null
      ? mount('optional-env', unwritten(join(directory, '.env')))
      : envFiles.flatMap(path => mount('env', unwritten(path)))
  return [...own, ...(merged ? [] : documents.flatMap(includedFiles))]
}

function includedFiles(document: Node): Mount[] {
  if (document.kind !== 'map') return []
  const from = document.source.directory
  return readIncludes(document).flatMap(({ paths, projectDirectory, envFiles }) => {
    const folder = resolve(from, projectDirectory ?? dirname(resolve(from, paths[0] ?? '')))
    if (envFiles === null) return mount('optional-env', unwritten(join(folder, '.env')))
    return envFiles.flatMap(path => mount('env', unwritten(resolve(from, path))))
  })
}

function serviceMounts({ model }: ComposeProject, name: string): Mount[] {
  const service = find(model, 'services', name)
  return [
    ...itemsOf(find(service, 'env_file')).flatMap(item => envFile(item, name)),
    ...itemsOf(find(service, 'label_file')).flatMap(item => mount('env', placeOfPath(item), name)),
    ...itemsOf(find(service, 'volumes')).flatMap(item => volume(item, model, name)),
    ...['configs', 'secrets'].flatMap(key =>
      itemsOf(find(service, key)).flatMap(item => {
        const source = plain(find(item, 'source')) ?? plain(item)
        const file = source === null ? null : find(model, key, source, 'file')
        return file === null ? [] : mount('config', placeOfPath(file), name)
      }),
    ),
  ]
}

function envFile(item: Node, service: string): Mount[] {
  const required = find(item, 'required')
  const optional = required?.kind === 'scalar' && required.value === false
  const path = item.kind === 'map' ? find(item, 'path') : item
  return mount(optional ? 'optional-env' : 'env', path === null ? null : placeOfPath(path), service)
}

function volume(item: Node, model: Node, service: string): Mount[] {
  if (item.kind === 'map') return longVolume(item, model, service)
  const [source = '', target = '', mode = ''] = (plain(item) ?? '').split(':')
  if (target === '') return []
  if (!/^[./~]/.test(source)) return namedVolume(source, model, service)
  const kind = mode.split(',').includes('ro') ? 'config' : dataKind(source, target)
  return mount(kind, placeOfPath(item, source), service)
}

function longVolume(item: Node, model: Node, service: string): Mount[] {
  const [type, source] = [plain(find(item, 'type')), find(item, 'source')]
  const text = source === null ? null : plain(source)
  if (source === null || text === null) return []
  if (type === 'volume') return namedVolume(text, model, service)
  if (type !== 'bind') return []
  const readOnly = find(item, 'read_only')
  const create = find(item, 'bind', 'create_host_path')
  const strict = create?.kind === 'scalar' && create.value === false
  const config = readOnly?.kind === 'scalar' && readOnly.value === true
  const kind = config ? 'config' : strict ? 'data-file' : dataKind(text, plain(find(item, 'target')) ?? '')
  return mount(kind, placeOfPath(source), service)
}

/** A volume of the driver local may be a folder of the machine, which nobody makes. */
function namedVolume(name: string, model: Node, service: string): Mount[] {
  const options = find(model, 'volumes', name, 'driver_opts')
  const device = find(options, 'device')
  const bind = (plain(find(options, 'o')) ?? '').split(',').includes('bind')
  return device === null || !bind ? [] : mount('data-file', placeOfPath(device), service)
}

/** By its name: `nginx.conf` is a file, and an engine that does not find it would make a folder. */
function dataKind(source: string, target: string): MountKind {
  const named = [source, target].some(path => /[^./]\.(?!d$)[A-Za-z][A-Za-z0-9]{0,9}$/.test(path))
  return named ? 'data-file' : 'data'
}

/** What a string leads to, or the part `source` at its beginning. */
function placeOfPath(node: Node, source: string | null = plain(node)): Place | null {
  if (node.kind !== 'scalar' || source === null || source === '') return null
  const { directory } = node.source
  const path = source.startsWith('~') || isAbsolute(source) ? source : resolve(directory, source)
  const template = templateOf(node)
  const [first = ''] = /^(?:\$\{[^}]*\}|[^:])*/.exec(template) ?? []
  return { path, written: source === plain(node) ? template : first }
}

/** A required variable that is missing is no matter here: what it stands in is not known. */
function plain(node: Node | null): string | null {
  if (node?.kind !== 'scalar' || isNull(node) || node.missing !== null) return null
  return textOf(node)
}

/** Whether no line of a list can hold its path. */
export function unlistable({ path }: Mount): boolean {
  return /[\u0000-\u001f\u007f]/.test(path)
}
