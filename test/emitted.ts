import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pathOf } from './fake-engine.ts'
import { parseWorkflow } from './workflow.ts'

/** Every script that is emitted, and every part that scripts are made of. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))
export const SCRIPTS = filesOf('out', '.sh')
export const PARTS = filesOf('templates/lib', '.bash')

/** What the steps of workflows run, each once. */
const STEPS = stepsOf('out/workflows', 'test/golden/builds/workflows')

export const INSTALL = 'apt-get install shellcheck shfmt'
export const SHELLCHECK = findTool('shellcheck')
export const SHFMT = findTool('shfmt')

/** The steps of workflows as files of a folder, with the options that GitHub's runner gives bash. */
export function stepFiles(folder: string): readonly string[] {
  return STEPS.map((script, index) => {
    const file = join(folder, `step-${index}.sh`)
    writeFileSync(file, `#!/bin/bash\nset -eo pipefail\n${script}${script.endsWith('\n') ? '' : '\n'}`)
    return file
  })
}

export function read(file: string): string {
  return readFileSync(file, 'utf8')
}

function filesOf(folderName: string, ending: string): readonly string[] {
  return readdirSync(join(ROOT, folderName))
    .filter(name => name.endsWith(ending))
    .map(name => join(ROOT, folderName, name))
}

function findTool(name: string): string | null {
  try {
    return pathOf(name)
  } catch {
    return null
  }
}

function stepsOf(...folders: readonly string[]): readonly string[] {
  const files = folders.flatMap(name => filesOf(name, '.yml'))
  const jobs = files.flatMap(file => Object.values(parseWorkflow(read(file)).jobs))
  return [...new Set(jobs.flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? [])))]
}
