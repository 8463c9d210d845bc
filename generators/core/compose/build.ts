import { resolve } from 'node:path'
import type { Location } from '../problem.ts'
import { REMOTE } from './include.ts'
import { type Entry, entriesOf, find, isNull, itemsOf, type Node, placeOf, textOf } from './node.ts'
import type { ComposeProject, Service } from './project.ts'

/** How Compose would build a service: https://github.com/compose-spec/compose-spec/blob/main/build.md. */
export interface Build {
  readonly service: Service
  /** The folder of the build, absolute; null where it is not on this machine. */
  readonly context: string | null
  /** Relative to the context. */
  readonly dockerfile: string
  /** The Dockerfile itself, where it stands in the compose file. */
  readonly inline: string | null
  readonly args: ReadonlyMap<string, string>
  readonly target: string | null
  /** Names of additional contexts, which images and stages of these names stand behind. */
  readonly contexts: ReadonlySet<string>
  readonly at: Location
}

/** The builds of a project's chosen services. */
export function readBuilds(project: ComposeProject): readonly Build[] {
  return project.services.flatMap(service => {
    const node = find(project.model, 'services', service.name, 'build')
    return service.enabled && node !== null && !isNull(node) ? [readBuild(service, node)] : []
  })
}

function readBuild(service: Service, node: Node): Build {
  return { service, ...readRecipe(node) }
}

/** What `build:` says. Throws InputError where a required variable is missing. */
export function readRecipe(node: Node): Omit<Build, 'service'> {
  const context = node.kind === 'scalar' ? node : find(node, 'context')
  const text = (key: string) => textOf(find(node, key)) || null
  return {
    context: contextOf(textOf(context) ?? '.', (context ?? node).source.directory),
    dockerfile: text('dockerfile') ?? 'Dockerfile',
    inline: text('dockerfile_inline'),
    args: argsOf(find(node, 'args')),
    target: text('target'),
    contexts: new Set(pairs(find(node, 'additional_contexts')).map(([name]) => name)),
    at: placeOf(node),
  }
}

/** Where a build's Dockerfile is; null where it stands in the compose file or is not on this machine. */
export function dockerfilePath({ context, dockerfile, inline }: Omit<Build, 'service'>): string | null {
  return inline !== null || context === null ? null : resolve(context, dockerfile)
}

/** Git and other addresses are somewhere else. */
function contextOf(context: string, directory: string): string | null {
  return REMOTE.test(context) || context.includes('://') ? null : resolve(directory, context)
}

/** An argument without value has that of the environment; without one there, the Dockerfile has its say. */
function argsOf(node: Node | null): ReadonlyMap<string, string> {
  const args = new Map<string, string>()
  for (const [name, own, { source }] of pairs(node)) {
    const value = own ?? source.lookup(name)
    if (value !== undefined) args.set(name, value)
  }
  return args
}

/** The entries of a mapping, or of a list of `KEY=VALUE`; null for a key alone. */
export function pairs(node: Node | null): (readonly [name: string, value: string | null, node: Node])[] {
  if (node?.kind === 'map')
    return [...entriesOf(node)].map(([name, { value }]: [string, Entry]) => [name, plainText(value), value])
  return itemsOf(node).flatMap(item => {
    const [name = '', ...rest] = (plainText(item) ?? '').split('=')
    return name === '' ? [] : [[name, rest.length === 0 ? null : rest.join('='), item] as const]
  })
}

function plainText(node: Node): string | null {
  if (node.kind !== 'scalar' || node.value === null || node.missing !== null) return null
  return String(node.value)
}
