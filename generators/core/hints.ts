import { resolve } from 'node:path'
import { pairs } from './compose/build.ts'
import { InvalidDotenv, parseDotenv } from './compose/dotenv.ts'
import { find, itemsOf, type Node, placeOf, textOf } from './compose/node.ts'
import type { ComposeProject } from './compose/project.ts'
import { compare } from './order.ts'
import { InputError, Invalid, type Location } from './problem.ts'
import { parseReference } from './reference.ts'
import { readText } from './text.ts'

/**
 * An environment value that names an image: what the program pulls by it at run time comes from where it always
 * came, since nobody but its user knows how to tell the program another name.
 */
export interface Hint {
  readonly service: string
  readonly variable: string
  readonly value: string
  readonly at: Location
}

/** The hints of a project, sorted. Only what is an image's name is ever shown: other values may be secrets. */
export function readHints({ model, services }: ComposeProject): readonly Hint[] {
  const hints = services.flatMap(({ name, enabled }) => {
    const service = find(model, 'services', name)
    if (!enabled || service === null) return []
    const values = new Map<string, readonly [value: string, at: Location]>()
    for (const file of itemsOf(find(service, 'env_file')))
      for (const entry of fileValues(file)) values.set(...entry)
    for (const [key, value, node] of pairs(find(service, 'environment')))
      if (value !== null) values.set(key, [value, placeOf(node)])
    return [...values].map(([variable, [value, at]]) => ({ service: name, variable, value, at }))
  })
  return hints.filter(namesImage).sort((a, b) => compare(key(a), key(b)))
}

function key({ service, variable }: Hint): string {
  return `${service}\n${variable}`
}

/** The values of a service's env file. One that is missing or broken is nobody's business here. */
function fileValues(file: Node): (readonly [string, readonly [value: string, at: Location]])[] {
  const path = textOf(file) ?? textOf(find(file, 'path'))
  if (path === null) return []
  try {
    const text = readText(resolve(file.source.directory, path), path)
    const values = parseDotenv(text ?? '', file.source.lookup, new Map())
    return [...values].map(([name, value]) => [name, [value, placeOf(file)]] as const)
  } catch (error) {
    if (error instanceof InputError || error instanceof InvalidDotenv) return []
    throw error
  }
}

/** A value that has a path or a tag, under a name that speaks of an image. */
function namesImage({ variable, value }: Hint): boolean {
  if (!/(?:^|[_.-])IMAGES?(?:[_.-]|$)/i.test(variable)) return false
  try {
    const { registry, repository, tag, digest } = parseReference(value)
    const isHost = /^library\/(?:localhost$|.*\.)/.test(repository) && registry === 'docker.io'
    return !isHost && (value.includes('/') || tag !== null || digest !== null)
  } catch (error) {
    if (error instanceof Invalid) return false
    throw error
  }
}
