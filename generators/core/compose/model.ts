import { dirname, join, resolve } from 'node:path'
import type { InputError, Location } from '../problem.ts'
import type { ComposeFile } from './document.ts'
import { readEnvFiles, withValues } from './environment.ts'
import { extendServices, type ServiceScope } from './extends.ts'
import { type ProjectFiles, refusal } from './files.ts'
import { type Include, importModel, REMOTE, readIncludes } from './include.ts'
import type { Lookup } from './interpolate.ts'
import { mergeModels, removePaths, withoutRepeats } from './merge.ts'
import { find, type MapNode, type Source, withEntry } from './node.ts'
import { type Findings, readTree, type Tree } from './tree.ts'

/** What a set of files is read by. */
export interface Scope {
  readonly lookup: Lookup
  /** Where relative paths begin. */
  readonly directory: string
  /** The files that lead here by `include`. */
  readonly including: readonly ComposeFile[]
}

/** More than any project has, and few enough that hostile nesting ends soon. */
const INCLUDE_LIMIT = 2000

/**
 * Reads compose files into one model, as https://github.com/compose-spec/compose-go/blob/main/loader/loader.go does:
 * each document is filled in, its includes are put under it, what it resets is taken away from everything before it,
 * its services are put on what they extend, and it is laid over the rest.
 */
export class ModelReader {
  readonly #files: ProjectFiles
  readonly #findings: Findings
  readonly #project: string
  readonly #models = new Memo<MapNode | null>()
  readonly #lookups = new Memo<Lookup>()
  readonly #bases = new Memo<ServiceScope>()
  #includes = 0

  /** Links may not lead out of the folder `project`. */
  constructor(files: ProjectFiles, findings: Findings, project: string) {
    this.#files = files
    this.#findings = findings
    this.#project = project
  }

  /** The model of the files, null where they are empty. Throws InputError; what can wait goes to the findings. */
  read(files: readonly ComposeFile[], scope: Scope): MapNode | null {
    let model: MapNode | null = null
    for (const file of files) {
      const source = { file, lookup: scope.lookup, directory: scope.directory }
      for (const document of file.documents) {
        const { root: own, resets } = readTree(document, source, this.#findings)
        const included = this.#include({ root: own, resets }, scope, source)
        const root = this.#extend({ root: included, resets, source })
        model = model === null ? root : mergeModels(removePaths(model, resets), root)
        this.#findings.stages.push(model)
      }
    }
    return model === null ? null : withoutRepeats(model)
  }

  #extend(scope: ServiceScope): MapNode {
    return extendServices(scope, (path, at, from) => this.#base(path, at, from), this.#findings)
  }

  #include({ root, resets }: Tree, scope: Scope, source: Source): MapNode {
    let result = root
    for (const include of readIncludes(root)) {
      const model = this.#included(include, { ...scope, including: [...scope.including, source.file] })
      if (model !== null) result = importModel(model, result, resets)
    }
    return withEntry(result, 'include', null)
  }

  #included(include: Include, scope: Scope): MapNode | null {
    const { paths, projectDirectory, at } = include
    const files = paths.map(path => this.#open(path, scope.directory, at, 'include'))
    const first = files[0]?.path ?? ''
    const again = files.find(file => scope.including.includes(file))
    if (again !== undefined) throw circle([...scope.including, again], at)
    const directory = resolve(scope.directory, projectDirectory ?? dirname(first))
    const lookup = this.#lookup(include, directory, scope)
    return this.#models.get(lookup, [directory, ...files.map(({ path }) => path)], () => {
      if (++this.#includes > INCLUDE_LIMIT)
        throw refusal(at, 'include', `more than ${INCLUDE_LIMIT} includes`, null)
      return this.read(files, { lookup, directory, including: scope.including })
    })
  }

  /** The variables of an included file: those of the including one, then those of its own env files. */
  #lookup({ envFiles, at }: Include, directory: string, scope: Scope): Lookup {
    const own = [join(directory, '.env')].filter(path => this.#files.isFile(path))
    const paths = envFiles?.map(path => resolve(scope.directory, path)) ?? own
    if (paths.length === 0) return scope.lookup
    const named = envFiles === null ? null : at
    return this.#lookups.get(scope.lookup, paths, () =>
      withValues(scope.lookup, readEnvFiles(paths, scope.lookup, this.#files, named)),
    )
  }

  /** The file of a base. Its includes do not count: https://github.com/compose-spec/compose-go/blob/main/loader/extends.go */
  #base(path: string, at: Location, { lookup, directory: from }: Source): ServiceScope {
    if (REMOTE.test(path))
      throw refusal(at, 'extends', `"${path}" is not on this machine`, 'clone it, and name its path')
    const file = this.#open(path, from, at, 'extends')
    return this.#bases.get(lookup, [file.path], () => {
      const source = { file, lookup, directory: dirname(file.path) }
      const trees = file.documents.map(document => readTree(document, source, this.#findings))
      const [first, ...others] = trees
      const root = others.reduce<MapNode | null>(
        (model, tree) => model && mergeModels(removePaths(model, tree.resets), tree.root),
        first?.root ?? null,
      )
      if (root === null || find(root, 'services')?.kind !== 'map')
        throw refusal(at, 'extends', `${file.name} has no services`, 'name another file')
      return { root, resets: trees.at(-1)?.resets ?? [], source }
    })
  }

  #open(path: string, directory: string, at: Location, where: string): ComposeFile {
    return this.#files.composeOf(this.#project, resolve(directory, path), at, where)
  }
}

function circle(files: readonly ComposeFile[], at: Location): InputError {
  const chain = files.map(({ name }) => name).join(' includes ')
  return refusal(at, 'include', `include cycle: ${chain}`, 'take one include away')
}

/** Results by the variables that they were made with, and by the paths of files. */
class Memo<T> {
  readonly #known = new WeakMap<Lookup, Map<string, T>>()

  get(lookup: Lookup, paths: readonly string[], make: () => T): T {
    const known = this.#known.get(lookup) ?? new Map<string, T>()
    this.#known.set(lookup, known)
    const key = JSON.stringify(paths)
    const result = known.has(key) ? (known.get(key) as T) : make()
    known.set(key, result)
    return result
  }
}
