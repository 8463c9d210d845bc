import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

/** The folder of the templates: beside generators/ in the repository, beside dist/ in the package. */
const TEMPLATES = findTemplates(dirname(fileURLToPath(import.meta.url)))

function findTemplates(start: string): string {
  const folder = join(start, 'templates')
  if (existsSync(folder)) return folder
  const parent = dirname(start)
  if (parent === start) throw new Error('the package is not whole: it has no templates/')
  return findTemplates(parent)
}

const texts = new Map<string, string>()

/** The text of a file below templates/. Scripts share most of their parts, so each is read once. */
export function readAsset(name: string): string {
  const text = texts.get(name) ?? readFileSync(join(TEMPLATES, name), 'utf8')
  texts.set(name, text)
  return text
}

/** What a YAML file below templates/ says. The build leaves the same beside the program as JSON, which takes no time. */
export function readData(name: string): unknown {
  const built = join(dirname(fileURLToPath(import.meta.url)), `${name}.json`)
  return existsSync(built) ? JSON.parse(readFileSync(built, 'utf8')) : parse(readAsset(`${name}.yaml`))
}

/** The names of the files in a folder below templates/, sorted. */
export function listAssets(...path: readonly string[]): string[] {
  return readdirSync(join(TEMPLATES, ...path)).sort()
}
