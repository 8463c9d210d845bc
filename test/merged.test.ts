import { describe, expect, it } from 'vitest'
import { imagesOnlyText } from '../generators/core/compose/images-only.ts'
import { mergedFile } from '../generators/core/compose/proof.ts'
import type { Rename } from '../generators/core/compose/rewrite.ts'
import { type Files, loadFiles } from './project.ts'

const rename: Rename = ({ value }) =>
  value.startsWith('kept') ? null : { reference: `r.io/n/${value}`, name: `r.io/n/${value.split(':')[0]}` }

function merged(files: Files, environment: Files = {}): string {
  return mergedFile(loadFiles(files, { environment }), rename, ' generated').replace('# generated\n\n', '')
}

describe('one file of many', () => {
  it('has every image, with its variable, and every path from the project directory', () => {
    const files = {
      'compose.yaml': `include: [{ path: sub/b.yaml, env_file: sub/b.env }]
x-f: &f { image: "app:\${TAG:-1}" }
x-kept: { a: 1 }
services:
  web: { <<: *f, volumes: [./here:/a, named:/b], command: ["$$HOME", "\${X:-y}"] }
volumes: { named: }
`,
      'sub/b.env': 'V=7\n',
      'sub/b.yaml': `services:
  db:
    image: db:$V
    build: { context: ., additional_contexts: [a=../a, b=docker-image://c:1] }
    env_file: [./b.env, { path: c.env, required: false }]
    volumes: [./data:/data, ../up:/up, /abs:/abs, cache:/cache, { type: bind, source: ./x, target: /x }]
    develop: { watch: [{ path: src, action: rebuild }] }
    environment: { SECRET: $V, KEPT: "\${OTHER-}" }
  kept: { image: kept:1, build: . }
configs: { c: { file: ./c.conf } }
volumes: { cache: }
`,
    }
    expect(merged(files)).toBe(`x-kept:
  a: 1
services:
  web:
    volumes:
      - ./here:/a
      - named:/b
    command:
      - "$$HOME"
      - "\${X:-y}"
    image: "r.io/n/app:\${TAG:-1}"
  db:
    image: r.io/n/db:7
    build:
      context: ./sub
      additional_contexts:
        - a=./sub/../a
        - b=docker-image://r.io/n/c:1
    env_file:
      - ./sub/b.env
      - path: ./sub/c.env
        required: false
    volumes:
      - ./sub/data:/data
      - ./sub/../up:/up
      - /abs:/abs
      - cache:/cache
      - type: bind
        source: ./sub/x
        target: /x
    develop:
      watch:
        - path: ./sub/src
          action: rebuild
    environment:
      SECRET: "7"
      KEPT: "\${OTHER-}"
  kept:
    image: kept:1
    build: ./sub
volumes:
  named: null
  cache: null
configs:
  c:
    file: ./sub/c.conf
`)
  })

  it('writes numbers as they were, and makes items of entries as Compose does', () => {
    const files = {
      'compose.yaml':
        'services: { a: { image: a, mem_limit: 0x10, user: "0440", environment: { A: 0440, B: $$x, C: } } }\nconfigs: { c: { file: c, x-mode: 0440 } }\n',
      'compose.override.yaml': 'services: { a: { environment: [D=1] } }\n',
    }
    const text = merged(files)
    for (const line of [
      'mem_limit: 0x10',
      'user: "0440"',
      '- A=288',
      '- B=$$x',
      '- C\n',
      '- D=1',
      'x-mode: 0440',
    ])
      expect(text).toContain(line)
  })

  it('is what it was, when it is read again', () => {
    const files = {
      'compose.yaml':
        'services: { a: { image: a:1, labels: { x: "a: b", y: "- c", z: "yes", n: "1", d: "2024-01-01", e: "", t: "\\ttab" }, command: "a\\nb" } }\n',
    }
    const text = merged(files)
    const labels = (project: ReturnType<typeof loadFiles>) =>
      JSON.stringify(project.model.entries.get('services'), (key, value) =>
        ['site', 'source', 'definition', 'key'].includes(key)
          ? undefined
          : value instanceof Map
            ? [...value]
            : value,
      )
    const before = loadFiles(files)
    const after = loadFiles({ 'compose.yaml': text })
    expect(labels(after)).toBe(labels(before).replace('"a:1"', '"r.io/n/a:1"'))
  })
})

describe('the override output', () => {
  it('has the images of services alone, sorted, and says what it cannot reach', () => {
    const files = {
      'compose.yaml': `include: [sub/c.yaml]
services:
  z: { image: "z:\${TAG-1}", pre_start: [{ image: hook:1 }] }
  a: { image: a:1 }
  k: { image: kept:1 }
  "10": { image: ten:1 }
  b: { build: . }
`,
      'sub/c.yaml': 'services: { c: { image: "c:$V" } }\n',
      'sub/.env': 'V=2\n',
    }
    expect(imagesOnlyText(loadFiles(files), rename, ' generated')).toBe(`# generated
# Not in here, and still as it was: services.z.pre_start[0].image

services:
  "10":
    image: r.io/n/ten:1
  a:
    image: r.io/n/a:1
  c:
    image: r.io/n/c:2
  z:
    image: r.io/n/z:\${TAG-1}
`)
  })
})
