import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { loadProject } from '../generators/core/compose/load.ts'
import { parseIgnoreFile } from '../generators/core/ignore.ts'
import { planRelay } from '../generators/core/plan.ts'
import { formatProblem, InputError } from '../generators/core/problem.ts'
import { registryOfAddress } from '../generators/core/registry.ts'
import { selectImages } from '../generators/core/select.ts'
import { listImages } from '../generators/list.ts'

interface Run {
  readonly name: string
  readonly project: string
  readonly args: readonly string[]
  readonly declared: readonly string[] | null
}

const CORPUS = fileURLToPath(new URL('../../shared/corpus/', import.meta.url))
const present = existsSync(CORPUS)
if (!present) console.warn(`SKIPPED: the corpus of real compose files: there is no ${CORPUS}`)
const runs: readonly Run[] = present ? JSON.parse(readFileSync(join(CORPUS, 'expected.json'), 'utf8')) : []

/** The values of a flag of Compose, which takes one dash or two. */
function flag({ args }: Run, name: string): string[] {
  return args.flatMap((arg, index) => (arg.replace(/^--?/, '') === name ? [args[index + 1] ?? ''] : []))
}

/** The images of a run, or why it is refused. */
function read(run: Run): { images: string[] } | { refused: string } {
  const directory = join(CORPUS, 'files', run.project)
  const [file = null, second] = flag(run, 'f').map(name => join(directory, name))
  if (second !== undefined) return { refused: 'several files are not read yet' }
  const envFiles = flag(run, 'env-file').map(name => join(directory, name))
  try {
    const project = loadProject({
      file,
      directory,
      projectDirectory: null,
      envFiles: envFiles.length > 0 ? envFiles : null,
      profiles: null,
      environment: {},
      show: path => relative(directory, path),
    })
    return { images: selectImages(project, [], 'linux/amd64').images.flatMap(({ written }) => written) }
  } catch (error) {
    if (error instanceof InputError) return { refused: error.problems.map(formatProblem).join('\n') }
    throw error
  }
}

/** What this version says of constructs that it does not read. */
const UNREAD = /not read yet/

describe.skipIf(!present)('real compose files', () => {
  const outcome = { right: 0, unread: [] as string[], 'as Compose': 0 }
  afterAll(() =>
    console.log(
      `corpus: ${outcome.right} right, ${outcome['as Compose']} refused as by Compose, ${outcome.unread.length} not read yet`,
    ),
  )

  // The mirror file of the dify project is not in the corpus.
  test.each(runs.filter(({ name }) => !name.endsWith('@mirror')))(
    '$name is read right or refused by name',
    run => {
      const result = read(run)
      if ('images' in result) {
        expect([...new Set(result.images)].sort()).toEqual([...new Set(run.declared)].sort())
        outcome.right++
      } else if (result.refused.split('\n').every(line => UNREAD.test(line))) {
        outcome.unread.push(run.name)
      } else {
        expect(run.declared, result.refused).toBeNull()
        outcome['as Compose']++
      }
    },
  )

  test('dify: 28 images, of which 27 go to the names that they had', () => {
    const directory = join(CORPUS, 'files/langgenius__dify__docker-2.0.0-beta.2')
    const show = (path: string) => relative(directory, path)
    const project = loadProject({
      file: null,
      directory,
      projectDirectory: null,
      envFiles: null,
      profiles: null,
      environment: {},
      show,
    })
    const ignore = parseIgnoreFile(
      readFileSync(join(directory, 'ignore-images.txt'), 'utf8'),
      'ignore-images.txt',
    )
    const selection = selectImages(project, ignore, 'linux/amd64')
    const registry = registryOfAddress('registry.cn-heyuan.aliyuncs.com/yarnb-docker-mirrors')
    const plan = planRelay({
      project,
      selection,
      registry,
      images: new Map(),
      platform: 'linux/amd64',
      language: 'en',
    })
    const listed = listImages(selection, plan)
    const mirror = runs.find(({ name }) => name.endsWith('beta.2@mirror'))?.declared ?? []
    expect(listed.flatMap(({ target }) => target ?? []).sort()).toEqual(
      mirror.filter(name => !name.includes('vastbase')).sort(),
    )
    expect(listed.filter(({ source }) => source !== null)).toHaveLength(28)
    expect(listed.filter(({ state }) => state === 'relay')).toHaveLength(27)
    expect(listed.filter(({ state }) => state === 'ignored').map(({ source }) => source)).toEqual([
      'vastdata/vastbase-vector',
    ])
    // The only service that is built and has no image.
    expect(listed.filter(({ source }) => source === null).map(({ services }) => services)).toEqual([
      ['couchbase-server'],
    ])
  })
})
