import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Files, folderWith, loadFiles, refusalsOf, writeFiles } from './project.ts'

/** The images of all services, `name=value`, sorted. */
function images(files: Files, environment: Files = {}): string[] {
  return loadFiles(files, { environment })
    .services.map(({ name, image }) => `${name}=${image?.value}`)
    .sort()
}

const one = (name: string, image = name) => `services: { ${name}: { image: "${image}" } }\n`

describe('include', () => {
  it.each<[string, Files, string[]]>([
    ['a path', { 'compose.yaml': `include: [b.yaml]\n${one('a')}`, 'b.yaml': one('b') }, ['a=a', 'b=b']],
    ['nothing but includes', { 'compose.yaml': 'include: [b.yaml]\n', 'b.yaml': one('b') }, ['b=b']],
    [
      'several paths, laid over each other',
      {
        'compose.yaml': 'include: [{ path: [b.yaml, c.yaml] }]\n',
        'b.yaml': one('b'),
        'c.yaml': one('b', 'c'),
      },
      ['b=c'],
    ],
    [
      'nested, each from its own folder',
      {
        'compose.yaml': 'include: [x/b.yaml]\n',
        'x/b.yaml': `include: [y/c.yaml]\n${one('b')}`,
        'x/y/c.yaml': one('c'),
      },
      ['b=b', 'c=c'],
    ],
    [
      'its name does not count',
      {
        'compose.yaml': `name: me\ninclude: [b.yaml]\n${one('a', '${COMPOSE_PROJECT_NAME}/a')}`,
        'b.yaml': `name: you\n${one('b', '$COMPOSE_PROJECT_NAME/b')}`,
      },
      ['a=me/a', 'b=me/b'],
    ],
    [
      'the including file wins',
      { 'compose.yaml': `include: [b.yaml]\n${one('a', 'mine')}`, 'b.yaml': one('a', 'theirs') },
      ['a=mine'],
    ],
    [
      'of two includes the first wins',
      { 'compose.yaml': 'include: [b.yaml, c.yaml]\n', 'b.yaml': one('a', 'b'), 'c.yaml': one('a', 'c') },
      ['a=b'],
    ],
    [
      'an override of what is included',
      {
        'compose.yaml': 'include: [b.yaml]\n',
        'b.yaml': one('a'),
        'compose.override.yaml': one('a', 'over'),
      },
      ['a=over'],
    ],
    [
      'what !reset takes away from it',
      {
        'compose.yaml': 'include: [b.yaml]\nservices: { a: { image: x, volumes: !reset [] } }\n',
        'b.yaml': 'services: { a: { image: b, volumes: [{ type: image, source: v, target: /v }] } }\n',
      },
      ['a=x'],
    ],
    [
      'its own .env',
      {
        'compose.yaml': `include: [x/b.yaml]\n${one('a', 'a:${V-none}')}`,
        'x/b.yaml': one('b', 'b:$V'),
        'x/.env': 'V=1\n',
      },
      ['a=a:none', 'b=b:1'],
    ],
    [
      'the variables of the including file first',
      {
        'compose.yaml': 'include: [x/b.yaml]\n',
        '.env': 'V=2\n',
        'x/b.yaml': one('b', 'b:$V$W'),
        'x/.env': 'V=1\nW=$V\n',
      },
      ['b=b:22'],
    ],
    [
      'env files',
      {
        'compose.yaml': 'include: [{ path: x/b.yaml, env_file: [1.env, 2.env] }]\n',
        '1.env': 'V=1\n',
        '2.env': 'V=${V}2\n',
        'x/b.yaml': one('b', 'b:$V'),
        'x/.env': 'V=0\n',
      },
      ['b=b:12'],
    ],
    [
      'no env file',
      {
        'compose.yaml': 'include: [{ path: x/b.yaml, env_file: /dev/null }]\n',
        'x/b.yaml': one('b', 'b:${V-none}'),
        'x/.env': 'V=0\n',
      },
      ['b=b:none'],
    ],
    [
      'a project directory',
      {
        'compose.yaml': 'include: [{ path: x/b.yaml, project_directory: y }]\n',
        'x/b.yaml': 'services: { b: { extends: { file: c.yaml, service: c } } }\n',
        'y/c.yaml': one('c', 'c:$V'),
        'y/.env': 'V=1\n',
      },
      ['b=c:1'],
    ],
    [
      'a path by a variable',
      { 'compose.yaml': 'include: ["${D}.yaml"]\n', '.env': 'D=b\n', 'b.yaml': one('b') },
      ['b=b'],
    ],
    [
      'the same file twice',
      {
        'compose.yaml': 'include: [b.yaml, c.yaml]\n',
        'b.yaml': 'include: [d.yaml]\n',
        'c.yaml': 'include: [d.yaml]\n',
        'd.yaml': one('d'),
      },
      ['d=d'],
    ],
    ['null', { 'compose.yaml': `include:\n${one('a')}` }, ['a=a']],
  ])('%s', (_, files, expected) => {
    expect(images(files)).toEqual(expected)
  })

  it('the environment wins over every file', () => {
    const files = { 'compose.yaml': 'include: [x/b.yaml]\n', 'x/b.yaml': one('b', 'b:$V'), 'x/.env': 'V=1\n' }
    expect(images(files, { V: 'os' })).toEqual(['b=b:os'])
  })

  it.each<[string, Files | string, string]>([
    ['text', 'include: b.yaml', '1:10: include: it must be a list: put "- " before each path'],
    ['a number', 'include: [5]', '1:11: include[0]: it must be a string: write a path'],
    ['no path', 'include: [{ env_file: a }]', '1:11: include[0]: it names no path: write "path:" or a path'],
    ['a missing file', 'include: [b.yaml]', '1:11: include: there is no such file: b.yaml: correct the path'],
    [
      'a folder',
      { 'compose.yaml': 'include: [b]', 'b/c': '' },
      '1:11: include: b is not a regular file: name a file',
    ],
    [
      'what is not here',
      'include: ["oci://docker.io/me/app"]',
      '1:11: include[0]: "oci://docker.io/me/app" is not on this machine: clone it, and include its path',
    ],
    [
      'a missing env file',
      { 'compose.yaml': 'include: [{ path: b.yaml, env_file: c.env }]', 'b.yaml': one('b') },
      '1:11: env_file: there is no such env file: c.env: correct the path',
    ],
    [
      'itself',
      'include: [compose.yaml]',
      '1:11: include: include cycle: compose.yaml includes compose.yaml: take one include away',
    ],
  ])('%s is refused', (_, source, expected) => {
    const files = typeof source === 'string' ? { 'compose.yaml': source } : source
    expect(refusalsOf(() => loadFiles(files))).toEqual([`compose.yaml:${expected}`])
  })

  it('circles of files are refused', () => {
    const files = {
      'compose.yaml': 'include: [b.yaml]\n',
      'b.yaml': 'include: [c.yaml]\n',
      'c.yaml': 'include: [b.yaml]\n',
    }
    expect(refusalsOf(() => loadFiles(files))).toEqual([
      'c.yaml:1:11: include: include cycle: compose.yaml includes b.yaml includes c.yaml includes b.yaml: take one include away',
    ])
  })

  it('a circle by a later path is refused', () => {
    const files = { 'compose.yaml': 'include: [{ path: [b.yaml, compose.yaml] }]\n', 'b.yaml': one('b') }
    expect(refusalsOf(() => loadFiles(files))).toEqual([
      'compose.yaml:1:11: include: include cycle: compose.yaml includes compose.yaml: take one include away',
    ])
  })

  it('a whole service is not reset in what is included', () => {
    const files = {
      'compose.yaml': 'include: [b.yaml]\nservices: { a: !override { image: mine } }\n',
      'b.yaml': 'services: { a: { image: b, platform: linux/arm64 } }\n',
    }
    expect(loadFiles(files).services.map(({ image, platform }) => [image?.value, platform])).toEqual([
      ['mine', 'linux/arm64'],
    ])
  })

  it('a mapping over a list is refused, with the place of both', () => {
    const files = {
      'compose.yaml': 'include: [b.yaml]\nservices: { a: { image: a, ports: { x: y } } }\n',
      'b.yaml': 'services: { a: { image: b, ports: ["80"] } }\n',
    }
    expect(refusalsOf(() => loadFiles(files))).toEqual([
      'compose.yaml:2:35: services.a.ports: it cannot override a list at b.yaml:1: write both in one form, or put !override before this one',
    ])
  })

  it('files that fan out without end are refused', () => {
    const files: Record<string, string> = { 'compose.yaml': 'include: [0.yaml]\n', '20.yaml': one('a') }
    for (let n = 0; n < 20; n++) {
      files[`${n}.env`] = `V${n}=1\n`
      files[`${n}.yaml`] =
        `include: [{ path: ${n + 1}.yaml, env_file: ${n}.env }, { path: ${n + 1}.yaml, env_file: [${n}.env, ${n}.env] }]\n`
    }
    const lines = refusalsOf(() => loadFiles(files))
    expect(lines).toEqual([expect.stringContaining('include: more than 2000 includes')])
  })

  it('a link that leads out of the project is refused, and one within it is not', () => {
    const outside = folderWith({ 'b.yaml': one('b') })
    const directory = folderWith()
    writeFiles(directory, { 'compose.yaml': 'include: [b.yaml]\n', 'x/c.yaml': one('c') })
    symlinkSync(join(outside, 'b.yaml'), join(directory, 'b.yaml'))
    const load = () => loadFiles({}, { directory, show: path => path.replace(`${directory}/`, '') })
    expect(refusalsOf(load)).toEqual([
      'compose.yaml:1:11: include: b.yaml is a link that leads out of the project: put a copy of the file in its place',
    ])
    symlinkSync('x/c.yaml', join(directory, 'd.yaml'))
    writeFiles(directory, { 'compose.yaml': 'include: [d.yaml]\n' })
    expect(load().services).toHaveLength(1)
  })
})
