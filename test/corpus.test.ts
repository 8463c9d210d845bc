import { createHash } from 'node:crypto'
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { readBaseImages } from '../generators/core/base-images.ts'
import { readBuilds } from '../generators/core/compose/build.ts'
import { loadProject, type ProjectSource } from '../generators/core/compose/load.ts'
import type { ComposeProject } from '../generators/core/compose/project.ts'
import { mirrorFiles } from '../generators/core/compose/proof.ts'
import type { Rename } from '../generators/core/compose/rewrite.ts'
import { refuseStrictly } from '../generators/core/compose/strict/strict.ts'
import { parseIgnoreFile } from '../generators/core/ignore.ts'
import { planRelay } from '../generators/core/plan.ts'
import { repositoryName } from '../generators/core/reference.ts'
import { registryOfAddress } from '../generators/core/registry.ts'
import { selectImages } from '../generators/core/select.ts'
import { listImages } from '../generators/list.ts'
import { mirrorCompose } from '../generators/mirror-compose.ts'
import { folderWith, image, refusalsOf, USUAL_PLAN, writeFiles } from './project.ts'

interface Run {
  readonly name: string
  readonly project: string
  readonly args: readonly string[]
  readonly mode: 'strict' | 'lenient' | 'model-nointerp' | 'error'
  readonly declared: readonly string[] | null
  readonly enabled: readonly string[] | null
}

const CORPUS = fileURLToPath(new URL('../../shared/corpus/', import.meta.url))
const present = existsSync(CORPUS)
if (!present) console.warn(`SKIPPED: the corpus of real compose files: there is no ${CORPUS}`)
const all: readonly Run[] = present ? JSON.parse(readFileSync(join(CORPUS, 'expected.json'), 'utf8')) : []
// The mirror file of the dify project is not in the corpus.
const runs = all.filter(({ name }) => !name.endsWith('@mirror') && !name.includes('docker-compose-mirror'))

/** The values of a flag of Compose, which takes one dash or two. */
function flag({ args }: Run, name: string): string[] {
  return args.flatMap((arg, index) => (arg.replace(/^--?/, '') === name ? [args[index + 1] ?? ''] : []))
}

interface Options extends Partial<ProjectSource> {
  /** Where the project is, if not in the corpus. */
  readonly root?: string
}

function load(run: Run, { root, ...options }: Options = {}): ComposeProject {
  const directory = root ?? join(CORPUS, 'files', run.project)
  const paths = (name: string) => flag(run, name).map(path => join(directory, path))
  const envFiles = paths('env-file')
  return loadProject({
    files: paths('f'),
    directory,
    projectDirectory: null,
    envFiles: envFiles.length > 0 ? envFiles : null,
    profiles: null,
    environment: {},
    show: path => relative(directory, path),
    ...options,
  })
}

function loadStrictly(run: Run): ComposeProject {
  const project = load(run)
  refuseStrictly(project, null)
  return project
}

/** A name for the image that a file is built on. */
function baseName(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 12)
}

function images({ services }: ComposeProject): string[] {
  const values = services.filter(({ enabled }) => enabled).flatMap(({ image }) => image?.value ?? [])
  return [...new Set(values)].sort()
}

const withLists = runs.filter(({ mode }) => mode !== 'error')
const withBuilds = withLists.filter(run => readBuilds(load(run)).length > 0)

describe.skipIf(!present)('real compose files', () => {
  test.each(withLists)('$name: what is declared', run => {
    expect(images(load(run))).toEqual([...new Set(run.declared)].sort())
  })

  test.each(withLists.filter(run => flag(run, 'profile').length > 0))(
    '$name: what its profiles enable',
    run => {
      const project = load(run, { profiles: flag(run, 'profile') })
      // Compose names what it builds after the project, too.
      const built = project.services.filter(({ enabled, image }) => enabled && image === null)
      const names = built.map(({ name }) => `${project.name}-${name}`)
      expect([...new Set([...images(project), ...names])].sort()).toEqual([...(run.enabled ?? [])].sort())
    },
  )

  test.each(withLists.filter(({ mode }) => mode === 'strict'))('$name: nothing strict', run => {
    expect(images(loadStrictly(run))).toEqual([...new Set(run.declared)].sort())
  })

  test.each(runs.filter(({ mode }) => mode !== 'strict'))('$name: refused strictly, as by Compose', run => {
    expect(refusalsOf(() => loadStrictly(run))).not.toEqual([])
  })

  test.each(runs.filter(({ mode }) => mode === 'error'))('$name: refused as by Compose', run => {
    expect(refusalsOf(() => load(run))).toEqual([expect.stringContaining('<<: a merge key takes a mapping')])
  })

  test.each(withLists)('$name: a mirror is the project with other images', run => {
    const project = load(run)
    const texts = mirrorFiles(project, rename)
    for (const { path, text } of project.sources) expectOnlyImages(text, texts.get(path) ?? '')
    const root = join(CORPUS, 'files', run.project)
    const copy = folderWith()
    cpSync(root, copy, { recursive: true })
    for (const [path, text] of texts) {
      rmSync(join(copy, relative(root, path)))
      writeFileSync(join(copy, relative(root, path)), text)
    }
    const again = load(run, { root: copy })
    const expected = images(project).map(value => renamed(value) ?? value)
    expect(images(again)).toEqual([...new Set(expected)].sort())
    expect(again.warnings).toHaveLength(project.warnings.length)
  })

  test.each(withLists)('$name: a mirror has what is built, too, in many files and in one', run => {
    const project = load(run)
    for (const merged of [false, true]) {
      const plan = planRelay({
        project,
        selection: selectImages(project, [], 'linux/amd64'),
        ...USUAL_PLAN,
        built: 'relay',
        merged,
      })
      const mirror = mirrorCompose.files(plan).map(({ content }) => content)
      for (const { to } of plan.builds) expect(mirror.join('\n')).toContain(repositoryName(to))
    }
  })

  test.each(withBuilds)('$name: the base images of what is built', run => {
    // Some are built from beside the project.
    const folder = folderWith()
    const copy = join(folder, 'around/it/project')
    cpSync(join(CORPUS, 'files', run.project), copy, { recursive: true })
    const show = (path: string) => relative(copy, path)
    const project = load(run, { root: copy })
    const builds = readBuilds(project).filter(({ context, inline }) => context !== null && inline === null)
    // The corpus has no Dockerfiles; what is missing is told for each build.
    expect(readBaseImages(project, 'linux/amd64', show).problems).toHaveLength(builds.length)
    const files = new Map(builds.map(build => [resolve(build.context ?? '', build.dockerfile), build]))
    for (const [path, { target, args }] of files) {
      const names = [...args.keys()].filter(name => /^[A-Za-z_]\w*$/.test(name))
      const lines = [
        ...names.map(name => `ARG ${name}`),
        `FROM example.com/${baseName(path)}:1${target === null ? '' : ` AS ${target}`}`,
        ...names.map(name => `ARG ${name}\nRUN echo "$${name}"`),
      ]
      writeFiles(folder, { [relative(folder, path)]: `${lines.join('\n')}\n` })
    }
    const bases = readBaseImages(load(run, { root: copy }), 'linux/amd64', show)
    expect(bases.problems).toEqual([])
    const found = new Set(
      bases.images.filter(({ service }) => service !== null).map(({ written }) => written),
    )
    expect([...found].filter(name => name.startsWith('example.com/')).sort()).toEqual(
      [...files.keys()].map(path => `example.com/${baseName(path)}:1`).sort(),
    )
  })

  test('dify: 28 images, of which 27 go to the names that they had', () => {
    const run = runs.find(({ name }) => name === 'langgenius__dify__docker-2.0.0-beta.2')
    if (run === undefined) throw new Error('the corpus has no dify')
    const project = load(run)
    const ignored = readFileSync(join(CORPUS, 'files', run.project, 'ignore-images.txt'), 'utf8')
    const selection = selectImages(project, parseIgnoreFile(ignored, 'ignore-images.txt'), 'linux/amd64')
    const plan = planRelay({
      project,
      selection,
      ...USUAL_PLAN,
      registry: registryOfAddress('registry.cn-heyuan.aliyuncs.com/yarnb-docker-mirrors'),
    })
    const listed = listImages(selection, plan)
    const mirror = all.find(({ name }) => name.endsWith('beta.2@mirror'))?.declared ?? []
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

const HOST = 'relay.example.com/m'

/** Every image goes to a name that no other has; those of Redis stay. */
function renamed(value: string): string | null {
  if (value.includes('redis')) return null
  const { repository, tag } = image(value)
  return `${HOST}/${Buffer.from(value).toString('hex').slice(-40)}/${repository}:${tag ?? 'pinned'}`
}

const rename: Rename = ({ value }) => {
  const reference = renamed(value)
  return reference === null ? null : { reference, name: reference.slice(0, reference.lastIndexOf(':')) }
}

/** The lines of two texts are the same but for those that name the registry. */
function expectOnlyImages(before: string, after: string): void {
  const lines = before.split('\n')
  const others = after.split('\n')
  expect(others).toHaveLength(lines.length)
  for (const [index, line] of others.entries()) if (!line.includes(HOST)) expect(line).toBe(lines[index])
}
