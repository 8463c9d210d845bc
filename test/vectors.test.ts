import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseComposeFile } from '../generators/core/compose/document.ts'
import { loadProject } from '../generators/core/compose/load.ts'
import { mergeModels } from '../generators/core/compose/merge.ts'
import { entriesOf, find, isNull, type MapNode } from '../generators/core/compose/node.ts'
import { refuseStrictly } from '../generators/core/compose/strict/strict.ts'
import { readTree } from '../generators/core/compose/tree.ts'
import { folderWith, refusalsOf, writeFiles } from './project.ts'
import { sharedVectors } from './shared.ts'

type Images = Readonly<Record<string, string>>

/** A project of the tests of Compose's own loader, and what came out. */
interface Case {
  readonly test: string
  readonly files: Readonly<Record<string, string>>
  readonly configFiles: readonly string[]
  readonly workingDir: string
  readonly env: Readonly<Record<string, string>>
  readonly profiles: readonly string[] | null
  readonly services?: Readonly<Record<string, { image: string; build?: boolean }>>
  readonly error?: string
  /** What the command line made of it, where that is something else. */
  readonly cliResult?: Images
  readonly merge_only?: boolean
}

const NOTHING_TO_RELAY = 'it has no service at all, which we refuse: there would be nothing to relay'

/** Cases in which we differ on purpose, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'merge.json 10': NOTHING_TO_RELAY,
  'merge.json 11': NOTHING_TO_RELAY,
  'merge.json 13': NOTHING_TO_RELAY,
  'yaml-anchors.json 2': NOTHING_TO_RELAY,
  'cli.json 3':
    'it expects an error of options that only a program can give; the record says that the command line reads nginx',
}

function images({ services = {} }: Case): Images {
  return Object.fromEntries(Object.entries(services).map(([name, { image }]) => [name, image]))
}

/** The images of a project that is written to the disk for it. */
function load({ files, configFiles, workingDir, env, profiles }: Case, strict: boolean): Images {
  const root = join(folderWith(), 'project')
  mkdirSync(join(root, workingDir), { recursive: true })
  // Included files name env files that nobody recorded.
  writeFiles(root, files)
  const project = loadProject({
    files: configFiles.map(name => join(root, name)),
    directory: root,
    projectDirectory: join(root, workingDir),
    envFiles: null,
    profiles,
    environment: env,
    show: path => path.replace(`${dirname(root)}/`, ''),
  })
  if (strict) refuseStrictly(project, profiles)
  return Object.fromEntries(project.services.map(({ name, image }) => [name, image?.value ?? '']))
}

/** The images of models that are only laid over each other. */
function merge({ files, configFiles }: Case): Images {
  const models = configFiles.flatMap(name => {
    const file = parseComposeFile(files[name] ?? '', name, name)
    const source = { file, lookup: () => undefined, directory: '/' }
    return file.documents.map(
      document => readTree(document, source, { problems: [], warnings: [], documents: [], stages: [] }).root,
    )
  })
  const merged = models.reduce<MapNode | null>(
    (base, over) => (base === null ? over : mergeModels(base, over)),
    null,
  )
  return Object.fromEntries(
    [...entriesOf(find(merged, 'services'))].map(([name, { value }]) => {
      const image = find(value, 'image')
      return [name, image?.kind === 'scalar' && !isNull(image) ? String(image.value) : '']
    }),
  )
}

describe.each(['merge', 'extends', 'include', 'yaml-anchors', 'cli'])('%s.json', name => {
  const cases = sharedVectors<Case>(`${name}.json`)

  const numbered = (cases ?? []).map(
    (vector, index) => [`${index} ${vector.test}`, vector, `${name}.json ${index}`] as const,
  )

  it.skipIf(cases === null).each(numbered.filter(([, , id]) => EXCEPTIONS[id] === undefined))(
    '%s',
    (_, vector) => {
      if (vector.error !== undefined) expect(refusalsOf(() => load(vector, true))).not.toEqual([])
      else expect(vector.merge_only ? merge(vector) : load(vector, false)).toEqual(images(vector))
    },
  )

  it.skipIf(cases === null).each(numbered.filter(([, , id]) => EXCEPTIONS[id] !== undefined))(
    'not: %s',
    (_, vector, id) => {
      if (EXCEPTIONS[id] === NOTHING_TO_RELAY) {
        expect(images(vector)).toEqual({})
        expect(refusalsOf(() => load(vector, false))).toEqual([
          expect.stringContaining('there are no services'),
        ])
      } else {
        expect(load(vector, false)).toEqual(vector.cliResult)
      }
    },
  )
})
