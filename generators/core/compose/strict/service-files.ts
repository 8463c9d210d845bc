import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { InputError, type Problem } from '../../problem.ts'
import { pairs } from '../build.ts'
import { readEnvFiles, withValues } from '../environment.ts'
import type { ProjectFiles } from '../files.ts'
import type { Lookup } from '../interpolate.ts'
import { find, itemsOf, type MapNode, type Node } from '../node.ts'
import type { Context } from './context.ts'
import { flagOf, stringOf } from './plain.ts'
import { readRaw } from './raw-env.ts'
import type { Report, Wrong } from './report.ts'

/** A file that a service names. */
interface Named {
  readonly node: Node | null
  readonly where: string
  readonly required: boolean
  readonly format: string
}

const NONE: ReadonlyMap<string, string> = new Map()

/** The env and label files of services, by https://github.com/compose-spec/compose-go/blob/main/types/project.go. */
export class ServiceFiles {
  readonly #lookup: Lookup
  readonly #files: ProjectFiles
  readonly #problems: Problem[]
  readonly #report: Report
  /** What is in files that ask for nothing. */
  readonly #known = new Map<string, ReadonlyMap<string, string>>()

  /** What is wrong in the files goes to `problems`. */
  constructor(lookup: Lookup, files: ProjectFiles, problems: Problem[], report: Report) {
    this.#lookup = lookup
    this.#files = files
    this.#problems = problems
    this.#report = report
  }

  /** Reads all files of a service. */
  check({ map, where }: Context): void {
    const own = valuesOf(find(map, 'environment'))
    this.#readAll(envFiles(map, where), withValues(this.#lookup, own))
    this.#readAll(labelFiles(map, where), () => undefined)
  }

  /** A file may use what stands in those before it. */
  #readAll(all: readonly Named[], lookup: Lookup): void {
    let values = lookup
    for (const named of all) values = withValues(values, this.#read(named, values))
  }

  #read({ node, where, required, format }: Named, lookup: Lookup): ReadonlyMap<string, string> {
    const text = stringOf(node)
    if (node === null || text === null) return NONE
    const path = resolve(node.source.directory, text.startsWith('~') ? join(homedir(), text.slice(1)) : text)
    const wrong = this.#problemOf(path, required, format)
    if (wrong !== null) this.#report(node, where, wrong.what, wrong.cure)
    else if (this.#files.isFile(path)) return format === 'raw' ? this.#raw(path) : this.#parse(path, lookup)
    return NONE
  }

  #problemOf(path: string, required: boolean, format: string): Wrong | null {
    const shown = this.#files.show(path)
    if (!this.#files.exists(path))
      return required
        ? { what: `there is no such file: ${shown}`, cure: 'write it, or correct the path' }
        : null
    if (!['', '.env', 'raw'].includes(format))
      return { what: `not a format of env files: "${format}"`, cure: 'take "format:" away' }
    return this.#files.isFile(path) ? null : { what: `${shown} is not a regular file`, cure: 'name a file' }
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

  #raw(path: string): ReadonlyMap<string, string> {
    return readRaw(this.#text(path) ?? '', this.#files.show(path), this.#problems)
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

function envFiles(map: MapNode, where: string): Named[] {
  return itemsOf(find(map, 'env_file')).map((item, index) => ({
    node: item.kind === 'map' ? find(item, 'path') : item,
    where: `${where}.env_file[${index}]`,
    required: flagOf(find(item, 'required')) ?? true,
    format: stringOf(find(item, 'format')) ?? '',
  }))
}

function labelFiles(map: MapNode, where: string): Named[] {
  return itemsOf(find(map, 'label_file')).map((node, index) => ({
    node,
    where: `${where}.label_file[${index}]`,
    required: true,
    format: '',
  }))
}

/** The variables that a service itself sets. */
function valuesOf(environment: Node | null): ReadonlyMap<string, string> {
  const set = pairs(environment).flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]))
  return new Map(set)
}
