import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { OutputFile } from '../generators/core/output.ts'
import { templateParts } from '../generators/core/template.ts'
import { openWorkspace, planWorkspace } from '../generators/core/workspace.ts'
import { GENERATORS } from '../generators/index.ts'

const FIXTURES = join(import.meta.dirname, 'fixtures')
const GOLDEN = join(import.meta.dirname, 'golden')

async function filesOf(fixture: string, name: string): Promise<readonly OutputFile[]> {
  const surroundings = { directory: join(FIXTURES, fixture), environment: {} }
  const plan = planWorkspace(await openWorkspace({}, surroundings))
  return GENERATORS.find(generator => generator.name === name)?.files(plan) ?? []
}

/** Every file of the library, longest first, so that the last one of a script is found whole. */
const LIBRARY = ['pull-all-images.sh', 'push-to-registry.sh', 'tag-image-smart.sh']
  .flatMap(template => templateParts(template))
  .filter(({ plain }) => plain)
  .map(({ source }) => source)

/** What stands below the last library part: a change of the library shows in out/, and not in every fixture again. */
function belowLibrary(content: string): string {
  const ends = LIBRARY.map(source => [content.indexOf(`\n${source}`), source.length] as const)
  const end = Math.max(0, ...ends.map(([start, length]) => (start === -1 ? 0 : start + 1 + length)))
  return content.slice(end).replace(/^\n/, '')
}

describe.each(readdirSync(FIXTURES))('%s', fixture => {
  test.each(GENERATORS.map(({ name }) => name))('%s', async name => {
    const files = await filesOf(fixture, name)
    expect(files.length).toBeGreaterThan(0)
    for (const { path, content, executable } of files) {
      expect(executable).toBe(path.endsWith('.sh'))
      const golden = executable ? belowLibrary(content) : content
      await expect(golden).toMatchFileSnapshot(join(GOLDEN, fixture, path))
    }
  })
})
