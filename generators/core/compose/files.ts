import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, relative, sep } from 'node:path'
import { InputError, type Location, type Problem } from '../problem.ts'
import { isFile, readText } from '../text.ts'
import { type ComposeFile, parseComposeFile } from './document.ts'

/** The name of the standard input, as Compose has it. */
export const STDIN = '-'

/** The files of a project. Each is read once, so a project that is read again is read from memory. */
export class ProjectFiles {
  readonly #show: (path: string) => string
  readonly #texts: Map<string, string | null>
  readonly #files: Map<string, boolean>
  readonly #parsed: Map<string, ComposeFile>

  /** `show` says how a path is called in messages. */
  constructor(
    show: (path: string) => string,
    texts: ReadonlyMap<string, string | null> = new Map(),
    files: ReadonlyMap<string, boolean> = new Map(),
    parsed: ReadonlyMap<string, ComposeFile> = new Map(),
  ) {
    this.#show = show
    this.#texts = new Map(texts)
    this.#files = new Map(files)
    this.#parsed = new Map(parsed)
  }

  /** The same files, some of them with other texts. */
  with(texts: ReadonlyMap<string, string>): ProjectFiles {
    const parsed = [...this.#parsed].filter(([path]) => !texts.has(path))
    return new ProjectFiles(this.#show, new Map([...this.#texts, ...texts]), this.#files, new Map(parsed))
  }

  show(path: string): string {
    return path === STDIN ? STDIN : this.#show(path)
  }

  /** The text of a file, or null where there is none. Throws InputError where it cannot be read. */
  read(path: string): string | null {
    return this.#readOnce(path, false)
  }

  /** The same for an env file, whose comments may be in any encoding. */
  readEnv(path: string): string | null {
    return this.#readOnce(path, true)
  }

  #readOnce(path: string, anyEncoding: boolean): string | null {
    const known = this.#texts.get(path)
    if (known !== undefined) return known
    const text = isStream(path) ? readStream(path) : readText(path, this.show(path), anyEncoding)
    this.#texts.set(path, text)
    return text
  }

  /** Whether there is a regular file, links followed. */
  isFile(path: string): boolean {
    const known = this.#files.get(path) ?? (isStream(path) || isFile(path))
    this.#files.set(path, known)
    return known
  }

  /** Whether there is anything under this name, links followed. */
  exists(path: string): boolean {
    return this.isFile(path) || existsSync(path)
  }

  /** A compose file that the user named. Throws InputError where there is none, and for what is wrong with it. */
  compose(path: string): ComposeFile {
    const known = this.#parsed.get(path)
    if (known !== undefined) return known
    const name = this.show(path)
    const text = this.read(path)
    if (text === null) {
      const cure = 'name one by --file'
      throw refusal({ file: name, line: 1, column: 1 }, null, 'there is no such compose file', cure)
    }
    const file = parseComposeFile(text, path, name)
    this.#parsed.set(path, file)
    return file
  }

  /**
   * A compose file that something else than the user names: `at` and `where` say what. A link there may not lead out
   * of the project, whose files people do not always know.
   */
  composeOf(project: string, path: string, at: Location, where: string): ComposeFile {
    if (!this.exists(path))
      throw refusal(at, where, `there is no such file: ${this.show(path)}`, 'correct the path')
    if (!this.isFile(path))
      throw refusal(at, where, `${this.show(path)} is not a regular file`, 'name a file')
    if (leadsOut(path, project)) {
      const cure = 'put a copy of the file in its place'
      throw refusal(at, where, `${this.show(path)} is a link that leads out of the project`, cure)
    }
    return this.compose(path)
  }

  /** Every compose file that was read, in the order of reading. */
  composeFiles(): readonly ComposeFile[] {
    return [...this.#parsed.values()]
  }
}

/** What shells hand over in place of a file. */
function isStream(path: string): boolean {
  return path === STDIN || /^\/dev\/(?:null|stdin|fd\/[0-9]+)$/.test(path)
}

function readStream(path: string): string {
  return readFileSync(path === STDIN ? 0 : path, 'utf8')
}

/** Whether a path in `folder` is in truth the path of a file outside of it. */
export function leadsOut(path: string, folder: string): boolean {
  return isBelow(path, folder) && !isBelow(realpathSync(path), realpathSync(folder))
}

/** Whether a path, taken by its letters, leads into a folder. */
export function isBelow(path: string, folder: string): boolean {
  const [first = ''] = relative(folder, path).split(sep)
  return first !== '..' && first !== '' && dirname(path) !== path
}

export function refusal(
  at: Location | null,
  where: string | null,
  what: string,
  cure: string | null,
): InputError {
  const problem: Problem = { at, where, what, cure }
  return new InputError([problem])
}
