import { extname, resolve } from 'node:path'
import { compare } from '../order.ts'
import { nameIn } from './command.ts'
import { REMOTE } from './include.ts'
import { entriesOf, find, isNull, itemsOf, type Node, templateOf } from './node.ts'
import type { ComposeProject } from './project.ts'

/** What has to stand on the disk before a project can run. */
export interface Need {
  readonly kind: 'env' | 'mount' | 'context' | 'dockerfile'
  /** As it is called from the project's folder. */
  readonly path: string
}

/**
 * The files and folders of a project, sorted. A path with a variable in it is nothing that could be written down: its
 * value may be another one elsewhere, or a secret.
 */
export function readNeeds(project: ComposeProject): readonly Need[] {
  const needs = project.services
    .filter(({ enabled }) => enabled)
    .flatMap(({ name }) => {
      const service = find(project.model, 'services', name)
      return [...envFiles(service), ...mounts(service, project), ...buildFiles(find(service, 'build'))]
    })
  const shared = (['configs', 'secrets'] as const).flatMap(key =>
    [...entriesOf(find(project.model, key)).values()].flatMap(({ value }) =>
      needOf('mount', find(value, 'file')),
    ),
  )
  const named = (project.envFiles ?? []).map(path => ({ kind: 'env' as const, path }))
  const all = [...named, ...needs, ...shared].map(({ kind, path }) => ({
    kind,
    path: nameIn(project.directory, path),
  }))
  const distinct = new Map(all.map(need => [`${need.kind} ${need.path}`, need]))
  return [...distinct].sort(([a], [b]) => compare(a, b)).map(([, need]) => need)
}

function envFiles(service: Node | null): Need[] {
  const list = find(service, 'env_file')
  const items = list?.kind === 'map' ? [list] : itemsOf(list)
  return items
    .filter(item => !isFalse(find(item, 'required')))
    .flatMap(item => needOf('env', item.kind === 'map' ? find(item, 'path') : item))
}

/** Docker makes a folder of what is missing, which nobody wants in the place of a file. */
function mounts(service: Node | null, { disk }: ComposeProject): Need[] {
  return itemsOf(find(service, 'volumes')).flatMap(volume => {
    if (volume.kind === 'map') {
      const bind = plainText(find(volume, 'type')) === 'bind'
      const made = isTrue(find(volume, 'bind', 'create_host_path'))
      return bind && !made ? needOf('mount', relativePath(find(volume, 'source'))) : []
    }
    const [need] = needOf('mount', relativePath(volume), text => text.split(':', 1)[0] ?? '')
    return need !== undefined && (extname(need.path) !== '' || disk.isFile(need.path)) ? [need] : []
  })
}

/** What does not begin in the project is the host's own. */
function relativePath(node: Node | null): Node | null {
  return /^\.\.?(?:\/|$)/.test(plainText(node) ?? '') ? node : null
}

function buildFiles(build: Node | null): Need[] {
  if (build === null || isNull(build)) return []
  const given = build.kind === 'scalar' ? build : find(build, 'context')
  const text = given === null ? '.' : plainText(given)
  if (text === null || REMOTE.test(text) || text.includes('://')) return []
  const context = resolve((given ?? build).source.directory, text)
  const needs: Need[] = [{ kind: 'context', path: context }]
  const file = find(build, 'dockerfile')
  const name = file === null || isNull(file) ? 'Dockerfile' : plainText(file)
  if (find(build, 'dockerfile_inline') === null && name !== null)
    needs.push({ kind: 'dockerfile', path: resolve(context, name) })
  return needs
}

function needOf(kind: Need['kind'], node: Node | null, part = (text: string) => text): Need[] {
  const text = plainText(node)
  return node === null || text === null || text === '' || text.startsWith('~')
    ? []
    : [{ kind, path: resolve(node.source.directory, part(text)) }]
}

/** A string without variables. */
function plainText(node: Node | null): string | null {
  if (node?.kind !== 'scalar' || typeof node.value !== 'string') return null
  return templateOf(node).replaceAll('$$', '').includes('$') ? null : node.value
}

function isTrue(node: Node | null): boolean {
  return node?.kind === 'scalar' && node.value === true
}

function isFalse(node: Node | null): boolean {
  return node?.kind === 'scalar' && node.value === false
}
