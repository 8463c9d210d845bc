import { type Dirent, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { compare } from '../order.ts'

/**
 * The Dockerfiles below a folder, as paths that begin with it, in the order of their code units: `Dockerfile`,
 * `Dockerfile.*`, `*.Dockerfile`, and the same of Containerfile, in any case. Links are not followed; what belongs to
 * version control and to package managers is left alone, and so are folders that cannot be read.
 */
export function findDockerfiles(folder: string): string[] {
  return findFiles(folder, isDockerfile)
}

/** The same for files of other names. */
export function findFiles(folder: string, isWanted: (name: string) => boolean): string[] {
  const found: string[] = []
  const folders = [folder]
  for (const one of folders) {
    for (const entry of entriesOf(one)) {
      const path = join(one, entry.name)
      if (entry.isDirectory() && !FOREIGN.has(entry.name)) folders.push(path)
      else if (entry.isFile() && isWanted(entry.name)) found.push(path)
    }
  }
  return found.sort(compare)
}

/** Whether a file of this name is a Dockerfile. Templates and copies are none. */
export function isDockerfile(name: string): boolean {
  return DOCKERFILE.test(name) && !OTHER.test(name)
}

const DOCKERFILE = /^(?:docker|container)file(?:\.|$)|.\.(?:docker|container)file$/i
const OTHER = /\.(?:dockerignore|template|tmpl|tpl|j2|jinja2?|hbs|erb|in|orig|rej|bak|swp|md|txt)$/i
const FOREIGN: ReadonlySet<string> = new Set(['.git', '.hg', '.svn', '.venv', 'node_modules'])

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
