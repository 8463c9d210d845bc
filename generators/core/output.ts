import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { compare } from './order.ts'
import { InputError } from './problem.ts'

/** One file to write. `path` is relative to the output folder, with `/`. */
export interface OutputFile {
  readonly path: string
  readonly content: string
  readonly executable: boolean
}

export type Change = 'created' | 'changed' | 'unchanged' | 'removed'

/** What generation would do to one file. */
export interface Difference {
  readonly path: string
  readonly change: Change
  /** What stands there now, or null where there is nothing. */
  readonly before: string | null
  /** What will stand there, or null where it is removed. */
  readonly after: OutputFile | null
}

/** The list of written files, so that nothing else in the folder is ever touched. */
const MANIFEST = '.compose-relay'

/**
 * What would change in `folder`. With `partial`, files of earlier runs that are not among `outputs` stay. Throws
 * InputError for files in the way that an earlier run did not write, and for links.
 */
export function compareOutput(
  folder: string,
  outputs: readonly OutputFile[],
  partial: boolean,
): Difference[] {
  checkFolder(folder)
  const files = [...outputs].sort((a, b) => compare(a.path, b.path))
  const owned = readManifest(folder)
  const problems = [...files, { path: MANIFEST }].flatMap(({ path }) => obstacle(folder, path, owned))
  if (problems.length > 0)
    throw new InputError(problems.map(what => ({ at: null, where: folder, what, cure: CURE })))
  const paths = new Set(files.map(({ path }) => path))
  const others = owned.filter(path => path !== MANIFEST && !paths.has(path))
  const orphans = partial ? [] : others.filter(path => obstacle(folder, path, owned).length === 0)
  const manifest = manifestFile([...paths, ...(partial ? others : [])])
  return [
    ...files.map(file => difference(folder, file)),
    ...orphans.filter(path => readIfThere(join(folder, path)) !== null).map(path => removal(folder, path)),
    difference(folder, manifest),
  ]
}

/** What is there of the way to the folder has to be folders. */
function checkFolder(folder: string): void {
  if (!existsSync(folder)) checkFolder(dirname(folder))
  else if (!statSync(folder).isDirectory()) {
    throw refusal(folder, 'it is not a folder', 'name another by --out')
  }
}

const CURE = 'move it away, or write to another folder by --out'

/**
 * Makes the folder what `differences` say: each file is written beside its place and moved there. Throws InputError
 * where the system does not let it.
 */
export function writeOutput(folder: string, differences: readonly Difference[]): void {
  for (const { path, change, after } of differences) {
    if (change === 'unchanged') continue
    try {
      if (after === null) remove(folder, path)
      else write(folder, after)
    } catch (error) {
      if (!(error instanceof Error && 'syscall' in error)) throw error
      throw refusal(join(folder, path), error.message, 'make the folder writable, or name another by --out')
    }
  }
}

function refusal(where: string, what: string, cure: string): InputError {
  return new InputError([{ at: null, where, what, cure }])
}

function difference(folder: string, after: OutputFile): Difference {
  const path = join(folder, after.path)
  const before = readIfThere(path)
  const same = before === after.content && isExecutable(path) === after.executable
  return {
    path: after.path,
    change: before === null ? 'created' : same ? 'unchanged' : 'changed',
    before,
    after,
  }
}

function removal(folder: string, path: string): Difference {
  return { path, change: 'removed', before: readIfThere(join(folder, path)), after: null }
}

function manifestFile(paths: readonly string[]): OutputFile {
  const lines = [...paths].sort(compare).map(path => `${path}\n`)
  return { path: MANIFEST, content: lines.join(''), executable: false }
}

/** The files that earlier runs wrote, the list among them. A path that leads out of the folder is none of ours. */
function readManifest(folder: string): string[] {
  const lines = readIfThere(join(folder, MANIFEST))?.split(/\r?\n/) ?? []
  const inside = (path: string) => path.split('/').every(step => step !== '' && step !== '.' && step !== '..')
  return [MANIFEST, ...lines.filter(inside)]
}

/** Why a file cannot be written: something foreign stands there, a link leads elsewhere, or it has no name for the list. */
function obstacle(folder: string, path: string, owned: readonly string[]): string[] {
  if (/[\r\n]/.test(path)) return [`${path} has a line break in its name`]
  const steps = path.split('/')
  for (const [index] of steps.entries()) {
    const name = steps.slice(0, index + 1).join('/')
    const stat = lstatSync(join(folder, name), { throwIfNoEntry: false })
    if (stat === undefined) return []
    if (stat.isSymbolicLink()) return [`${name} is a link`]
    if (index < steps.length - 1 ? !stat.isDirectory() : !stat.isFile()) return [`${name} is in the way`]
  }
  return owned.includes(path) ? [] : [`${path} is there and was not written by compose-relay`]
}

function readIfThere(path: string): string | null {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  return stat?.isFile() ? readFileSync(path, 'utf8') : null
}

function isExecutable(path: string): boolean {
  return ((lstatSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o111) !== 0
}

function write(folder: string, { path, content, executable }: OutputFile): void {
  const target = join(folder, path)
  makeFolder(dirname(target))
  place(target, content, temporary => chmodSync(temporary, executable ? 0o755 : 0o644))
}

/** Gives a file that is there another content; its mode stays, and its owner where the system lets it. */
export function replaceContent(path: string, content: string): void {
  const { mode, uid, gid } = statSync(path)
  place(path, content, temporary => {
    try {
      chownSync(temporary, uid, gid)
    } catch {
      // Only root gives files away.
    }
    chmodSync(temporary, mode & 0o7777)
  })
}

/** Writes a file beside its place, makes it what it is to be, and moves it there. */
function place(target: string, content: string, finish: (temporary: string) => void): void {
  const temporary = `${target}.${randomBytes(6).toString('hex')}`
  try {
    writeFileSync(temporary, content, { flag: 'wx' })
    finish(temporary)
    renameSync(temporary, target)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** Step by step: mkdir's own `recursive` never ends where a system takes no folders, such as in /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path)
}

function remove(folder: string, path: string): void {
  rmSync(join(folder, path))
  // A folder that only held what is gone goes, too.
  for (let step = dirname(path); step !== '.'; step = dirname(step)) {
    try {
      rmdirSync(join(folder, step))
    } catch {
      return
    }
  }
}
