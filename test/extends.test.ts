import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Files, folderWith, loadFiles, refusalsOf, writeFiles } from './project.ts'

/** The images of all services, `name=value`; `name` alone where one is built. */
function images(files: Files, environment: Files = {}): string[] {
  return loadFiles(files, { environment }).services.map(({ name, image }) =>
    image ? `${name}=${image.value}` : name,
  )
}

describe('extends', () => {
  it.each<[string, Files, string[]]>([
    ['a name', { 'compose.yaml': 'services:\n  a: { extends: b }\n  b: { image: b }\n' }, ['a=b', 'b=b']],
    [
      'a service',
      { 'compose.yaml': 'services:\n  a: { extends: { service: b } }\n  b: { image: b }\n' },
      ['a=b', 'b=b'],
    ],
    [
      'an own image',
      { 'compose.yaml': 'services:\n  a: { extends: b, image: a }\n  b: { image: b }\n' },
      ['a=a', 'b=b'],
    ],
    [
      'a null image',
      { 'compose.yaml': 'services:\n  a: { extends: b, image: null }\n  b: { image: b }\n' },
      ['a=b', 'b=b'],
    ],
    ['a build', { 'compose.yaml': 'services:\n  a: { extends: b }\n  b: { build: . }\n' }, ['a', 'b']],
    [
      'a chain',
      {
        'compose.yaml': 'services:\n  a: { extends: b }\n  b: { extends: c, tty: true }\n  c: { image: c }\n',
      },
      ['a=c', 'b=c', 'c=c'],
    ],
    [
      'a base that is reset',
      { 'compose.yaml': 'services:\n  a: { extends: b, image: !reset null, build: . }\n  b: { image: b }\n' },
      ['a', 'b=b'],
    ],
    [
      'another file, and from it a third one beside it',
      {
        'compose.yaml': 'services: { a: { extends: { file: sub/b.yaml, service: b } } }\n',
        'sub/b.yaml': 'services: { b: { extends: { file: deep/c.yaml, service: c } }, x: { image: x } }\n',
        'sub/deep/c.yaml': 'services: { c: { image: c } }\n',
      },
      ['a=c'],
    ],
    [
      'the same file of another file',
      {
        'compose.yaml': 'services: { a: { extends: { file: b.yaml, service: b } } }\n',
        'b.yaml': 'services: { b: { extends: c }, c: { image: $TAG } }\n',
      },
      ['a=tag'],
    ],
    [
      'a file whose own includes do not count',
      {
        'compose.yaml': 'services: { a: { extends: { file: b.yaml, service: b } } }\n',
        'b.yaml': 'include: [gone.yaml]\nservices: { b: { image: b } }\n',
      },
      ['a=b'],
    ],
    [
      'an override that extends by the project directory',
      {
        'compose.yaml': 'services: { a: { image: a } }\n',
        'compose.override.yaml': 'services: { a: { extends: { file: b.yaml, service: b } } }\n',
        'b.yaml': 'services: { b: { image: b } }\n',
      },
      ['a=b'],
    ],
    [
      'a service that an include brought',
      {
        'compose.yaml': 'include: [b.yaml]\nservices: { a: { extends: b } }\n',
        'b.yaml': 'services: { b: { image: b } }\n',
      },
      ['a=b', 'b=b'],
    ],
    [
      'a file of documents',
      {
        'compose.yaml': 'services: { a: { extends: { file: b.yaml, service: b } } }\n',
        'b.yaml': 'services: { b: { image: b } }\n---\nservices: { b: { image: c } }\n',
      },
      ['a=c'],
    ],
    [
      'an empty base',
      {
        'compose.yaml': 'services: { a: { extends: { file: b.yaml, service: b }, image: a } }',
        'b.yaml': 'services:\n  b:\n',
      },
      ['a=a'],
    ],
  ])('%s', (_, files, expected) => {
    expect(images(files, { TAG: 'tag' })).toEqual(expected)
  })

  it('inherits profiles', () => {
    const files = { 'compose.yaml': 'services:\n  a: { extends: b }\n  b: { image: b, profiles: [p] }\n' }
    const services = loadFiles(files, { profiles: [] }).services
    expect(services.map(({ enabled }) => enabled)).toEqual([false, false])
  })

  it.each<[string, Files | string, string]>([
    [
      'nobody',
      'services: { a: { extends: b } }',
      '1:27: services.a.extends: service "b" not found: name a service that is there',
    ],
    [
      'itself',
      'services: { a: { extends: a } }',
      '1:27: services.a.extends: circular reference: a in compose.yaml, extends a in compose.yaml: take one extends away',
    ],
    [
      'no service',
      'services: { a: { image: a, extends: { file: b.yaml } } }',
      '1:37: services.a.extends: service is required: write the name of the service that it extends',
    ],
    [
      'a missing file',
      'services: { a: { extends: { file: b.yaml, service: b } } }',
      '1:27: extends: there is no such file: b.yaml: correct the path',
    ],
    [
      'a folder',
      { 'compose.yaml': 'services: { a: { extends: { file: b, service: b } } }', 'b/c': '' },
      '1:27: extends: b is not a regular file: name a file',
    ],
    [
      'nobody in a file',
      {
        'compose.yaml': 'services: { a: { extends: { file: b.yaml, service: b } } }',
        'b.yaml': 'services: { c: { image: c } }',
      },
      '1:27: services.a.extends: service "b" not found in b.yaml: name a service that is there',
    ],
    [
      'a file without services',
      { 'compose.yaml': 'services: { a: { extends: { file: b.yaml, service: b } } }', 'b.yaml': 'x: 1' },
      '1:27: extends: b.yaml has no services: name another file',
    ],
    [
      'a file that is not here',
      'services: { a: { extends: { file: "https://x.io/y.git", service: b } } }',
      '1:27: extends: "https://x.io/y.git" is not on this machine: clone it, and name its path',
    ],
    [
      'a service of an earlier file',
      {
        'compose.yaml': 'services: { b: { image: b } }',
        'compose.override.yaml': 'services: { a: { extends: b } }',
      },
      'compose.override.yaml:1:27: services.a.extends: service "b" not found: name a service that is there',
    ],
  ])('%s is refused', (_, source, expected) => {
    const files = typeof source === 'string' ? { 'compose.yaml': source } : source
    const line = /^\d/.test(expected) ? `compose.yaml:${expected}` : expected
    expect(refusalsOf(() => loadFiles(files))).toEqual([line])
  })

  it('circles of files are refused, each way round', () => {
    const files = {
      'compose.yaml': 'services: { a: { extends: { file: b.yaml, service: b } } }\n',
      'b.yaml': 'services: { b: { extends: { file: c.yaml, service: c } } }\n',
      'c.yaml': 'services: { c: { extends: { file: b.yaml, service: b } } }\n',
    }
    expect(refusalsOf(() => loadFiles(files))).toEqual([
      'c.yaml:1:27: services.c.extends: circular reference: b in b.yaml, extends c in c.yaml, extends b in b.yaml: take one extends away',
    ])
  })

  it('a chain that is longer than anyone writes is refused', () => {
    const services = Array.from({ length: 3000 }, (_, n) => `  s${n}: { extends: s${n + 1} }\n`).reverse()
    const text = `services:\n${services.reverse().join('')}  s3000: { image: a }\n`
    const lines = refusalsOf(() => loadFiles({ 'compose.yaml': text }))
    expect(lines[0]).toContain('more than 500 services stand on each other')
  })

  it('a link that leads out of the project is refused', () => {
    const outside = folderWith({ 'b.yaml': 'services: { b: { image: b } }\n' })
    const directory = folderWith()
    writeFiles(directory, { 'compose.yaml': 'services: { a: { extends: { file: b.yaml, service: b } } }\n' })
    symlinkSync(join(outside, 'b.yaml'), join(directory, 'b.yaml'))
    expect(
      refusalsOf(() => loadFiles({}, { directory, show: path => path.replace(`${directory}/`, '') })),
    ).toEqual([
      'compose.yaml:1:27: extends: b.yaml is a link that leads out of the project: put a copy of the file in its place',
    ])
  })
})
