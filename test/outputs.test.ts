import { cpSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadProject } from '../generators/core/compose/load.ts'
import { imagesOf } from '../generators/core/compose/services.ts'
import type { OutputFile } from '../generators/core/output.ts'
import { targetsOf } from '../generators/core/plan.ts'
import { formatReference } from '../generators/core/reference.ts'
import { templateParts } from '../generators/core/template.ts'
import { openWorkspace, planWorkspace } from '../generators/core/workspace.ts'
import { GENERATORS } from '../generators/index.ts'
import { folderWith, linesOf, writeFiles } from './project.ts'

const FIXTURES = join(import.meta.dirname, 'fixtures')
const GOLDEN = join(import.meta.dirname, 'golden')

async function filesOf(fixture: string, name: string): Promise<readonly OutputFile[]> {
  const surroundings = { directory: join(FIXTURES, fixture), environment: {} }
  const plan = planWorkspace(await openWorkspace({}, surroundings))
  const generator = GENERATORS.find(generator => generator.name === name)
  try {
    return generator?.files(plan) ?? []
  } catch (error) {
    // skopeo sync does not rename: most plans are none for it, and why is an output, too.
    if (name !== 'skopeo-sync') throw error
    const content = linesOf(error).join('\n')
    return [{ path: 'skopeo-sync.refused', content: `${content}\n`, executable: false }]
  }
}

/** Every file of the library, longest first, so that the last one of a script is found whole. */
const LIBRARY = [
  'pull-all-images.sh',
  'push-to-registry.sh',
  'tag-image-smart.sh',
  'check-registry.sh',
  'relay-images.sh',
  'setup-docker-mirror.sh',
  'test-docker-build.sh',
  'test-deployment-config.sh',
  'deploy-to-host.sh',
  'save-images.sh',
  'load-images.sh',
]
  .flatMap(template => templateParts(template))
  .filter(({ plain }) => plain)
  .map(({ source }) => source)

/** What stands below the last library part: a change of the library shows in out/, and not in every fixture again. */
function belowLibrary(content: string): string {
  const ends = LIBRARY.map(source => [content.indexOf(`\n${source}`), source.length] as const)
  const end = Math.max(0, ...ends.map(([start, length]) => (start === -1 ? 0 : start + 1 + length)))
  return content
    .slice(end)
    .replace(/^\n/, '')
    .replace(/^# What errors are signs of[\s\S]*?\n\}\n\n/m, '')
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

  test('nothing in the golden folder is left from another day', async () => {
    const files = await Promise.all(GENERATORS.map(({ name }) => filesOf(fixture, name)))
    const paths = files.flat().map(({ path }) => path)
    const golden = readdirSync(join(GOLDEN, fixture), { recursive: true, withFileTypes: true })
    const found = golden.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
    expect(found.sort()).toEqual(paths.map(path => join(GOLDEN, fixture, path)).sort())
  })

  test('no script has a function or a message twice, or one that it does not use', async () => {
    const files = await Promise.all(GENERATORS.map(({ name }) => filesOf(fixture, name)))
    for (const { content } of files.flat().filter(({ executable }) => executable)) {
      const code = content.replace(/^ *#.*$/gm, '')
      const made = [...code.matchAll(/^ *([a-z_]+)\(\) \{$|^(MSG_[A-Z0-9_]+)=/gm)].map(
        ([, name, message]) => name ?? message ?? '',
      )
      expect(made.length).toBeGreaterThan(20)
      expect(made.filter((name, index) => made.indexOf(name) !== index)).toEqual([])
      const once = made.filter(name => (code.match(new RegExp(`\\b${name}\\b`, 'g')) ?? []).length < 2)
      // The one that whoever sources the script calls, and those that the lines of a list call, if it has any.
      expect(once.filter(name => !['tag_image_smart', 'base', 'need'].includes(name))).toEqual([])
    }
  })

  test('the mirror, copied over the project, holds exactly the targets and what stays', async () => {
    const directory = join(FIXTURES, fixture)
    const plan = planWorkspace(await openWorkspace({}, { directory, environment: {} }))
    const { project, selection } = plan
    const copy = folderWith()
    cpSync(directory, copy, { recursive: true })
    const mirror = await filesOf(fixture, 'mirror')
    writeFiles(
      copy,
      Object.fromEntries(mirror.map(({ path, content }) => [path.replace(/^mirror\//, ''), content])),
    )
    const one = mirror.find(({ path }) => !path.startsWith('mirror/'))
    const again = loadProject({
      files:
        one === undefined
          ? project.files.map(({ path }) => join(copy, relative(directory, path)))
          : [join(copy, one.path)],
      directory: copy,
      projectDirectory: copy,
      envFiles: null,
      profiles: null,
      environment: {},
      show: path => path,
    })
    const targets = targetsOf(plan)
    const nameless = plan.builds.filter(({ use }) => use === null).map(({ to }) => formatReference(to))
    const expected = selection.images.flatMap(use => targets.get(use) ?? use.written).concat(nameless)
    const found = again.services.flatMap(imagesOf).map(({ value }) => value)
    expect([...new Set(found)].sort()).toEqual(expected.sort())
  })
})
