import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ProjectSource } from '../generators/core/compose/load.ts'
import { formatProblem } from '../generators/core/problem.ts'
import { type Files, folderWith, loadFiles, refusalsOf } from './project.ts'

const image = (value: string) => `services: { a: { image: "${value}" } }\n`

/** The image of the service `a`, and the files that it comes from. */
function found(files: Files, options: Partial<ProjectSource> = {}, below = '') {
  const directory = join(folderWith(files), below)
  const project = loadFiles(
    {},
    { directory, show: path => path.slice(path.lastIndexOf('/') + 1), ...options },
  )
  return [project.services[0]?.image?.value, ...project.files.map(({ name }) => name)]
}

describe('the files of a project', () => {
  it.each([
    'compose.override.yml',
    'compose.override.yaml',
    'docker-compose.override.yml',
    'docker-compose.override.yaml',
  ])('%s lies over whatever is found', override => {
    expect(found({ 'docker-compose.yml': image('base'), [override]: image('over') })).toEqual([
      'over',
      'docker-compose.yml',
      override,
    ])
  })

  it('the first of several, with a notice', () => {
    const files = {
      'compose.yaml': image('a'),
      'docker-compose.yml': image('b'),
      'compose.override.yaml': '',
      'compose.override.yml': '',
    }
    const { notices } = loadFiles(files)
    expect(notices.map(formatProblem)).toEqual([
      'compose.yaml:1:1: there are others beside it: docker-compose.yml: Compose takes the first; name one by --file to choose',
      'compose.override.yml:1:1: there are others beside it: compose.override.yaml: Compose takes the first; name one by --file to choose',
    ])
  })

  it('those of a folder further up', () => {
    const files = { 'compose.yaml': image('up'), 'compose.override.yaml': image('over'), 'x/y/z': '' }
    expect(found(files, {}, 'x/y')).toEqual(['over', 'compose.yaml', 'compose.override.yaml'])
  })

  it('no override for files that are named', () => {
    const directory = folderWith({ 'compose.yaml': image('a'), 'compose.override.yaml': image('b') })
    expect(found({}, { directory, files: [join(directory, 'compose.yaml')] })).toEqual(['a', 'compose.yaml'])
    expect(found({}, { directory, environment: { COMPOSE_FILE: 'compose.yaml' } })).toEqual([
      'a',
      'compose.yaml',
    ])
  })

  it('those of COMPOSE_FILE, in the environment or in .env', () => {
    const files = { 'x/1.yaml': image('1'), '2.yaml': image('2'), '.env': 'COMPOSE_FILE=x/1.yaml\n' }
    expect(found(files)).toEqual(['1', '1.yaml'])
    expect(found(files, { environment: { COMPOSE_FILE: '2.yaml' } })).toEqual(['2', '2.yaml'])
    const environment = { COMPOSE_FILE: '2.yaml;x/1.yaml', COMPOSE_PATH_SEPARATOR: ';' }
    expect(found(files, { environment })).toEqual(['1', '2.yaml', '1.yaml'])
    expect(found({ ...files, 'compose.yaml': image('c') }, { environment: { COMPOSE_FILE: '' } })).toEqual([
      'c',
      'compose.yaml',
    ])
  })

  it('the project stands where its first file stands', () => {
    const directory = folderWith({ 'x/1.yaml': image('1'), '.env': 'COMPOSE_FILE=x/1.yaml\n' })
    expect(loadFiles({}, { directory }).directory).toBe(join(directory, 'x'))
    expect(loadFiles({}, { directory, projectDirectory: directory }).directory).toBe(directory)
  })

  it('says what is not there', () => {
    const files = { 'compose.yaml': image('a') }
    expect(
      refusalsOf(() => loadFiles(files, { environment: { COMPOSE_FILE: 'compose.yaml:b.yaml' } })),
    ).toEqual(['COMPOSE_FILE: there is no such file: b.yaml: correct it, or use --file'])
  })

  it('a folder of that name is no compose file', () => {
    const directory = folderWith()
    mkdirSync(join(directory, 'compose.yaml'))
    expect(refusalsOf(() => loadFiles({}, { directory, show: () => 'compose.yaml' }))).toEqual([
      'compose.yaml:1:1: it is not a regular file: name a file',
    ])
  })

  it('a link that leads out of the project is refused unless it is named', () => {
    const outside = join(folderWith({ 'c.yaml': image('a') }), 'c.yaml')
    const directory = folderWith()
    const link = join(directory, 'compose.yaml')
    symlinkSync(outside, link)
    expect(refusalsOf(() => loadFiles({}, { directory, show: () => 'compose.yaml' }))).toEqual([
      'compose.yaml:1:1: it is a link that leads out of the project: name the file itself by --file',
    ])
    expect(found({}, { directory, files: [link] })).toEqual(['a', 'compose.yaml'])
  })

  it('dangling links and loops are no compose files', () => {
    const directory = folderWith()
    symlinkSync('compose.yaml', join(directory, 'compose.yaml'))
    symlinkSync('gone', join(directory, 'compose.yml'))
    expect(refusalsOf(() => loadFiles({}, { directory }))).toHaveLength(1)
  })
})

describe('the variables of a project', () => {
  const files = { 'compose.yaml': image('a:${V-}${W-}'), '.env': 'V=up\nW=up\n', 'x/.env': 'V=here\n' }

  it('.env here, then the one beside the compose file', () => {
    expect(found(files, {}, 'x')[0]).toBe('a:hereup')
    expect(found(files, { environment: { V: 'os' } }, 'x')[0]).toBe('a:osup')
  })

  it('the .env of a project directory alone', () => {
    const directory = folderWith(files)
    const named = { directory, files: [join(directory, 'compose.yaml')] }
    expect(found({}, { ...named, projectDirectory: join(directory, 'x') })[0]).toBe('a:here')
    expect(found({}, { ...named, directory: join(directory, 'x') })[0]).toBe('a:upup')
  })

  it('COMPOSE_ENV_FILES in the environment, and nowhere else', () => {
    const more = { ...files, '1.env': 'V=1\n', '2.env': 'W=${V}2\n' }
    expect(found(more, { environment: { COMPOSE_ENV_FILES: '1.env,2.env' } })[0]).toBe('a:112')
    expect(found({ ...more, '.env': 'COMPOSE_ENV_FILES=1.env\nV=x\n' })[0]).toBe('a:x')
    const directory = folderWith(more)
    const environment = { COMPOSE_ENV_FILES: '1.env' }
    expect(found({}, { directory, envFiles: [join(directory, '2.env')], environment })[0]).toBe('a:2')
  })

  it.each([
    ['1', 'a:'],
    ['true', 'a:'],
    ['F', 'a:upup'],
  ])('COMPOSE_DISABLE_ENV_FILE=%s', (value, expected) => {
    expect(found(files, { environment: { COMPOSE_DISABLE_ENV_FILE: value } })[0]).toBe(expected)
    expect(found({ ...files, '.env': `${files['.env']}COMPOSE_DISABLE_ENV_FILE=${value}\n` })[0]).toBe(
      expected,
    )
  })

  it('COMPOSE_DISABLE_ENV_FILE must be a truth value', () => {
    expect(refusalsOf(() => found(files, { environment: { COMPOSE_DISABLE_ENV_FILE: 'maybe' } }))).toEqual([
      'COMPOSE_DISABLE_ENV_FILE: not a truth value: "maybe": write true or false',
    ])
  })

  it('PWD, where the process has none', () => {
    const directory = folderWith({ 'compose.yaml': 'services: { a: { image: "${PWD:+b}" } }\n' })
    expect(found({}, { directory })[0]).toBe('b')
  })
})
