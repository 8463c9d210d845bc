import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ComposeProject } from '../generators/core/compose/project.ts'
import { mergedFile, mirrorFiles } from '../generators/core/compose/proof.ts'
import type { Rename } from '../generators/core/compose/rewrite.ts'
import { registryOfAddress } from '../generators/core/registry.ts'
import { mirrorCompose } from '../generators/mirror-compose.ts'
import { type Files, image, load, loadFiles, plan, refusalsOf } from './project.ts'

const NAME = 'hub.lan:5000/ns/new'
const REFERENCE = `${NAME}:9`

/** The text with every image renamed to hub.lan:5000/ns/new:9, or with its own tag where that is 9. */
function rewritten(text: string, environment: Files = {}): string {
  return rewriteOne(load(text, environment), () => ({ reference: REFERENCE, name: NAME }))
}

/** The one file of a project with new image values, proven. */
function rewriteOne(project: ComposeProject, rename: Rename): string {
  return mirrorFiles(project, rename).get(project.files[0].path) ?? ''
}

const service = (...lines: string[]) => `services:\n  a:\n${lines.map(line => `    ${line}\n`).join('')}`

describe('rewriteImages', () => {
  it.each<[string, string, string]>([
    ['plain', 'image: nginx:1 # why', `image: ${REFERENCE} # why`],
    ['blanks', 'image:   nginx:1  \t', `image:   ${REFERENCE}  \t`],
    ['single quotes', "image: 'nginx:1' # it's", `image: '${REFERENCE}' # it's`],
    ['double quotes', 'image: "nginx:1"', `image: "${REFERENCE}"`],
    ['escapes', 'image: "ngin\\x78:1"', `image: "${REFERENCE}"`],
    ['a line folded in quotes', 'image: "nginx\\\n      :1" # c', `image: "${REFERENCE}" # c`],
    ['folded', 'image: >-\n      nginx:1', `image: >-\n      ${REFERENCE}`],
    ['literal', 'image: |-\n      nginx:1', `image: |-\n      ${REFERENCE}`],
    [
      'a block with a comment',
      'image: >- # why\n      nginx:1\n\n\n    # end',
      `image: >- # why\n      ${REFERENCE}\n\n\n    # end`,
    ],
    ['a block with an indent', 'image: |2-\n      nginx:1', `image: |2-\n      ${REFERENCE}`],
    ['the next line', 'image:\n      nginx:1\n    tty: true', `image:\n      ${REFERENCE}\n    tty: true`],
    ['the line after a comment', 'image: # why\n      nginx:1', `image: # why\n      ${REFERENCE}`],
    ['an anchor and a tag', 'image: !!str &i nginx:1', `image: !!str &i ${REFERENCE}`],
    ['an explicit key', '? image\n    : nginx:1', `? image\n    : ${REFERENCE}`],
    ['a quoted key', '"image" : nginx:1', `"image" : ${REFERENCE}`],
    ['$ twice', 'image: nginx:1\n    command: echo $$HOME', `image: ${REFERENCE}\n    command: echo $$HOME`],
    [
      'a name in other places',
      'image: nginx\n    hostname: nginx',
      `image: ${REFERENCE}\n    hostname: nginx`,
    ],
  ])('%s', (_, before, after) => {
    expect(rewritten(service(before))).toBe(service(after))
  })

  it.each([
    ['{ services: { a: { image: nginx:1, tty: true }, b: { tty: true, image: b } } }'],
    ['{"services":{"a":{"image":"nginx:1"},"b":{"image":"b","tty":true}}}'],
    ['{"services": {"a": {"image":nginx:1}, "b": {"image": b}}}'],
    ['{services: {a: {image: nginx:1}, b: {image: b}},\n # c\n}'],
  ])('a flow mapping: %s', text => {
    expect(rewritten(text)).toBe(text.replaceAll(/nginx:1|(?<=image"?: ?"?)b/g, REFERENCE))
    const again = load(rewritten(text)).services.map(service => service.image?.value)
    expect(again).toEqual([REFERENCE, REFERENCE])
  })

  it.each([
    ['CRLF', service('image: nginx:1', 'tty: true').replaceAll('\n', '\r\n')],
    ['CRLF and a block', service('image: |-', '  nginx:1', 'tty: true').replaceAll('\n', '\r\n')],
    ['a byte order mark', `\ufeff# c\n${service('image: nginx:1')}`],
    ['no final line break', service('image: nginx:1').trimEnd()],
    ['a block without one', service('image: >-', '  nginx:1').trimEnd()],
    ['documents', `%YAML 1.2\n---\n${service('image: nginx:1')}...\n`],
    ['characters of two units', `x-a: 🐳\n${service('image: nginx:1 # 🐳')}`],
    ['tabs', service('image:\tnginx:1\t# c')],
  ])('%s', (_, text) => {
    expect(rewritten(text)).toBe(text.replace('nginx:1', REFERENCE))
  })

  it('quotes what YAML would not take as it is', () => {
    const reference = '[fd00::7]:5000/ns/new:9'
    const rewrite = (text: string) => rewriteOne(load(text), () => ({ reference, name: 'x' }))
    expect(rewrite(service('image: nginx:1'))).toBe(service(`image: "${reference}"`))
    expect(rewrite("services: { a: { image: 'b' } }")).toBe(`services: { a: { image: '${reference}' } }`)
    expect(rewrite(service('image: |-', '  nginx:1'))).toBe(service('image: |-', `  ${reference}`))
  })

  it('leaves what has no new name', () => {
    const text = 'services:\n  a: { image: a }\n  b: { image: b, build: . }\n  c: { build: . }\n'
    const project = load(text)
    expect(rewriteOne(project, () => null)).toBe(text)
    const only = rewriteOne(project, ({ value }) =>
      value === 'b' ? { reference: REFERENCE, name: NAME } : null,
    )
    expect(only).toBe(text.replace('image: b', `image: ${REFERENCE}`))
  })

  it('takes services in any order', () => {
    const text = 'x-s: &s\n  z: { image: z }\nservices:\n  a: { image: a }\n'
    expect(rewritten(text)).toBe(text.replace('image: a', `image: ${REFERENCE}`))
  })
})

describe('variables', () => {
  const environment = { TAG: '9', NINE: '9', NAME: 'nginx', PORT: '5000', HUB: 'hub.lan' }

  it.each([
    // In the tag alone, they stay.
    ['nginx:$TAG', `${NAME}:$TAG`],
    ['nginx:${TAG:-1}', `${NAME}:\${TAG:-1}`],
    ['nginx:${NONE:-9}', `${NAME}:\${NONE:-9}`],
    ['nginx:${NONE-$NINE}', `${NAME}:\${NONE-$NINE}`],
    ['docker.io/library/nginx:${TAG}', `${NAME}:\${TAG}`],
    ['localhost:5000/a/b:${TAG}', `${NAME}:\${TAG}`],
    ['nginx:${TAG?a/b:c}', `${NAME}:\${TAG?a/b:c}`],
    // Anywhere else, the value that they have here is written.
    ['$NAME:9', REFERENCE],
    ['${NAME}:$TAG', REFERENCE],
    ['${HUB}/nginx:$TAG', REFERENCE],
    ['${NONE-}nginx:9', REFERENCE],
    ['localhost:$PORT/app:9', REFERENCE],
    ['localhost:${PORT}/app:${TAG}', REFERENCE],
    ['localhost:${PORT:-5000}/app', REFERENCE],
    ['nginx${NONE:-:9}', REFERENCE],
    ['nginx:9', REFERENCE],
    ['nginx', REFERENCE],
    // The tag at the target is not what the variable says.
    ['nginx:1$TAG', REFERENCE],
  ])('%s becomes %s', (before, after) => {
    for (const quote of ['', "'", '"'])
      expect(rewritten(service(`image: ${quote}${before}${quote}`), environment)).toBe(
        service(`image: ${quote}${after}${quote}`),
      )
    expect(rewritten(service('image: >-', `  ${before}`), environment)).toBe(
      service('image: >-', `  ${after}`),
    )
  })

  it('are replaced where the tag of a pin is in them', () => {
    const digest = `sha256:${'0'.repeat(64)}`
    const text = service('image: nginx:${PIN}')
    const after = rewriteOne(load(text, { PIN: `9@${digest}` }), () => ({
      reference: REFERENCE,
      name: NAME,
    }))
    expect(after).toBe(service(`image: ${REFERENCE}`))
  })
})

describe('one value in several places', () => {
  it.each<[string, string, string]>([
    [
      'an alias',
      'x-i: &i nginx:1\nservices: { a: { image: *i } }\n',
      `x-i: &i ${REFERENCE}\nservices: { a: { image: *i } }\n`,
    ],
    [
      'a merge key',
      'x: &x { image: b }\nservices: { a: { <<: *x } }\n',
      `x: &x { image: ${REFERENCE} }\nservices: { a: { <<: *x } }\n`,
    ],
    [
      'a whole service',
      'services:\n  a: &a { image: b }\n  b: *a\n',
      `services:\n  a: &a { image: ${REFERENCE} }\n  b: *a\n`,
    ],
    [
      'an alias that something else has, too',
      'x-i: &i nginx:1\nservices: { a: { image: *i, labels: { i: *i } } }\n',
      `x-i: &i nginx:1\nservices: { a: { image: ${REFERENCE}, labels: { i: *i } } }\n`,
    ],
    [
      'an image that something else has, too',
      "services:\n  a:\n    image: &i 'nginx:1' # c\n    labels: [*i, *i]\n  b: { image: *i }\n",
      `services:\n  a:\n    image: '${REFERENCE}' # c\n    labels: [&i nginx:1, *i]\n  b: { image: ${REFERENCE} }\n`,
    ],
    [
      'an anchor on a line of its own',
      'services:\n  a:\n    image: &i\n      nginx:1\n    hostname: *i\n',
      `services:\n  a:\n    image: \n      ${REFERENCE}\n    hostname: &i nginx:1\n`,
    ],
    [
      'a name that a later anchor takes',
      'x: &i one\nservices:\n  a: { image: *i }\n  b: { image: &i two, hostname: *i }\n',
      `x: &i one\nservices:\n  a: { image: ${REFERENCE} }\n  b: { image: ${REFERENCE}, hostname: &i two }\n`,
    ],
    [
      'a block that something else has, too',
      'services:\n  a:\n    image: &i >-\n      nginx:1\n    hostname: *i\n',
      `services:\n  a:\n    image: >-\n      ${REFERENCE}\n    hostname: &i nginx:1\n`,
    ],
    [
      'an image that is a key, too',
      'x-x: &x web\nservices: { *x : { image: *x } }\n',
      `x-x: &x web\nservices: { *x : { image: ${REFERENCE} } }\n`,
    ],
    [
      'a key that is an image, too',
      'services: { &x a: { image: *x } }\n',
      `services: { &x a: { image: ${REFERENCE} } }\n`,
    ],
    [
      'an anchor of another document',
      'x: &i a\n---\nservices: { a: { image: *i } }\n',
      `x: &i a\n---\nservices: { a: { image: ${REFERENCE} } }\n`,
    ],
  ])('%s', (_, before, after) => {
    expect(rewritten(before)).toBe(after)
  })

  it('an image that stays for one service stays for all that share it', () => {
    const text = 'x: &x { image: a }\nservices:\n  a: { <<: *x }\n  b: { <<: *x, image: b }\n'
    const only = rewriteOne(load(text), ({ value }) =>
      value === 'b' ? { reference: REFERENCE, name: NAME } : null,
    )
    expect(only).toBe(text.replace('image: b', `image: ${REFERENCE}`))
  })

  it('is refused where it would have to become two', () => {
    const files = {
      'compose.yaml':
        'include:\n  - { path: b/b.yaml, env_file: 1.env }\n  - { path: c/c.yaml, env_file: 2.env }\n',
      'b/b.yaml': 'services: { b: { extends: { file: ../d.yaml, service: d } } }\n',
      'c/c.yaml': 'services: { c: { extends: { file: ../d.yaml, service: d } } }\n',
      'd.yaml': 'services: { d: { image: $I } }\n',
      '1.env': 'I=one\n',
      '2.env': 'I=two\n',
    }
    const project = loadFiles(files)
    const rename: Rename = ({ value }) => ({ reference: `r.io/n/${value}:1`, name: `r.io/n/${value}` })
    expect(refusalsOf(() => mirrorFiles(project, rename))).toEqual([
      'd.yaml:1:25: services.c.image: this one value stands for "two" and for "one", which would have to become two: write a mirror of one file by --merged, or give each its own value',
    ])
    const merged = mergedFile(project, rename, ' x')
    expect(load(merged).services.map(({ image }) => image?.value)).toEqual(['r.io/n/one:1', 'r.io/n/two:1'])
  })

  it('may be two where its variable makes them so', () => {
    const files = {
      'compose.yaml':
        'include:\n  - { path: b/b.yaml, env_file: 1.env }\n  - { path: c/c.yaml, env_file: 2.env }\n',
      'b/b.yaml': 'services: { b: { extends: { file: ../d.yaml, service: d } } }\n',
      'c/c.yaml': 'services: { c: { extends: { file: ../d.yaml, service: d } } }\n',
      'd.yaml': 'services: { d: { image: "app:$V" } }\n',
      '1.env': 'V=1\n',
      '2.env': 'V=2\n',
    }
    const project = loadFiles(files)
    const texts = mirrorFiles(project, ({ value }) => ({ reference: `r.io/${value}`, name: 'r.io/app' }))
    expect(texts.get(join(project.directory, 'd.yaml'))).toBe('services: { d: { image: "r.io/app:$V" } }\n')
    // By digests they are two, and one place cannot hold both.
    const byDigest: Rename = ({ value }) => {
      const reference = `r.io/${value}@sha256:${value.at(-1)?.repeat(64)}`
      return { reference, name: reference }
    }
    expect(refusalsOf(() => mirrorFiles(project, byDigest))).toEqual([
      expect.stringMatching(
        /d\.yaml:1:\d+: .* this one value stands for .* write a mirror of one file by --merged/,
      ),
    ])
    const one = mergedFile(project, byDigest, '')
    for (const tag of [1, 2])
      expect(one).toContain(`image: "r.io/app:${tag}@sha256:${`${tag}`.repeat(64)}"\n`)
  })
})

describe('images that are only part of a value', () => {
  it.each([
    [
      'additional_contexts: { b: docker-image://nginx:1 }',
      `additional_contexts: { b: docker-image://${REFERENCE} }`,
    ],
    [
      'additional_contexts: ["b=docker-image://nginx:$TAG"]',
      `additional_contexts: ["b=docker-image://${NAME}:$TAG"]`,
    ],
    [
      'additional_contexts: ["$$b=docker-image://nginx"]',
      `additional_contexts: ["$$b=docker-image://${REFERENCE}"]`,
    ],
    ['additional_contexts: ["b=${DI}nginx"]', `additional_contexts: ["b=docker-image://${REFERENCE}"]`],
  ])('%s', (before, after) => {
    const text = (line: string) => service('build:', '  context: .', `  ${line}`)
    expect(rewritten(text(before), { TAG: '9', DI: 'docker-image://' })).toBe(text(after))
  })

  it('are changed where they are written when Compose has made a list of a mapping', () => {
    const context = (image: string) =>
      `services: { a: { build: { context: ., additional_contexts: { b: "docker-image://${image}" } } } }\n`
    const files = {
      'compose.yaml': context('nginx:1'),
      'compose.override.yaml': 'services: { a: { build: { additional_contexts: [c=./c] } } }\n',
    }
    const project = loadFiles(files)
    const texts = mirrorFiles(project, () => ({ reference: REFERENCE, name: NAME }))
    expect(texts.get(join(project.directory, 'compose.yaml'))).toBe(context(REFERENCE))
  })
})

/** Image values in all styles, some of them behind anchors. */
const IMAGES = fc.record({
  name: fc.constantFrom('img0', 'img1', 'img2', 'img3'),
  tag: fc.constantFrom('', ':1', ':2', ':${T}', ':${T2:-2}'),
  style: fc.constantFrom<(text: string) => string>(
    text => text,
    text => `'${text}'`,
    text => `"${text}"`,
    text => `\n      ${text}`,
    text => `>-\n      ${text}`,
    text => `|- # literal\n      ${text}\n`,
  ),
})
const FRAGMENT = fc.record({ image: IMAGES, anchored: fc.boolean(), parent: fc.nat(3), merges: fc.boolean() })
const SERVICES = fc.record({
  way: fc.constantFrom('own', 'own', 'alias', 'merge', 'merges', 'merge and own', 'service'),
  image: IMAGES,
  anchored: fc.boolean(),
  first: fc.nat(3),
  second: fc.nat(3),
  decoy: fc.constantFrom('', 'label', 'environment', 'text'),
  builds: fc.boolean(),
})
const PROJECT = fc.record({
  fragments: fc.array(FRAGMENT, { minLength: 4, maxLength: 4 }),
  services: fc.array(SERVICES, { minLength: 1, maxLength: 5 }),
  layered: fc.array(SERVICES, { maxLength: 2 }),
  kept: fc.constantFrom('img0', 'img1', 'none'),
  crlf: fc.boolean(),
  split: fc.constantFrom('document', 'override', 'include', 'extends'),
})
type Generated = typeof PROJECT extends fc.Arbitrary<infer T> ? T : never

function imageLine({ name, tag, style }: Generated['services'][number]['image'], anchor: string): string {
  const text = style(`${name}${tag}`)
  return text.startsWith('\n') ? `    image: ${anchor.trimEnd()}${text}\n` : `    image: ${anchor}${text}\n`
}

/** A file of fragments x0 to x3, whose images may be anchored as i0 to i3, and of services. */
function fileOf({ fragments }: Generated, services: Generated['services'], prefix: string): string {
  const heads = fragments.map(({ image, anchored, parent, merges }, n) => {
    const above = merges && parent < n ? `    <<: *x${parent}\n    tty: true\n` : ''
    return `x-f${n}:\n  f: &x${n}\n${above === '' || anchored ? imageLine(image, anchored ? `&i${n} ` : '') : ''}${above}`
  })
  const anchored = fragments.flatMap((fragment, n) => (fragment.anchored ? [n] : []))
  const bodies = services.map(({ way, image, first, second, decoy, builds, ...service }, n) => {
    const scalar = anchored[first % Math.max(1, anchored.length)]
    const own = imageLine(image, service.anchored ? `&s${n} ` : '')
    const lines: Record<string, string> = {
      own,
      alias: scalar === undefined ? own : `    image: *i${scalar}\n`,
      merge: `    <<: *x${first}\n`,
      merges: `    <<: [*x${first}, *x${second}]\n`,
      'merge and own': `${own}    <<: *x${first}\n`,
      service: own,
    }
    const seen = scalar === undefined ? '"img0:1"' : `*i${scalar}`
    const decoys: Record<string, string> = {
      label: `    labels: { image: ${way === 'own' && service.anchored ? `*s${n}` : seen} }\n`,
      environment: `    environment:\n      - ${seen}\n`,
      text: '    # image: img0:1\n    command: |\n      image: img1:1\n',
    }
    return `  ${prefix}${n}:\n${lines[way]}${decoys[decoy] ?? ''}${builds ? '    build: .\n' : ''}`
  })
  return `${heads.join('')}services:\n${bodies.join('')}`
}

/** The same project as files, put together in one of several ways. */
function filesOf(project: Generated): Files {
  const main = fileOf(project, project.services, 's')
  const layer =
    project.layered.length === 0
      ? ''
      : fileOf(project, project.layered, project.split === 'include' ? 't' : 's')
  const files: Record<string, Files> = {
    document: { 'compose.yaml': layer === '' ? main : `${main}---\n${layer}` },
    override: { 'compose.yaml': main, ...(layer === '' ? {} : { 'compose.override.yaml': layer }) },
    include:
      layer === ''
        ? { 'compose.yaml': main }
        : { 'compose.yaml': `include: [sub/a.yaml]\n${main}`, 'sub/a.yaml': layer },
    extends:
      layer === ''
        ? { 'compose.yaml': main }
        : {
            'compose.yaml': `${main}  z: { extends: { file: sub/a.yaml, service: s0 } }\n`,
            'sub/a.yaml': layer,
          },
  }
  const chosen = files[project.split] ?? {}
  return Object.fromEntries(
    Object.entries(chosen).map(([name, text]) => [name, project.crlf ? text.replaceAll('\n', '\r\n') : text]),
  )
}

/** A text without what may differ: images, and where their anchors and aliases stand. */
function masked(text: string): string {
  const image = /["']?(?:relay\.example\.com\/m\/)?img\d(?::\d|:latest|:\$\{T2?(?::-2)?\})?["']?|\*[is]\d+/g
  return text.replace(/&[is]\d+ */g, '').replace(image, '@')
}

describe('a mirror of any project', () => {
  it('is the project with other images, and nothing else', () => {
    const environment = { T: '7' }
    fc.assert(
      fc.property(PROJECT, generated => {
        const project = loadFiles(filesOf(generated), { environment })
        const rename: Rename = ({ value }) => {
          const [name = '', tag] = value.split(':')
          if (name === generated.kept) return null
          const target = `relay.example.com/m/${name}`
          return { reference: `${target}:${tag ?? 'latest'}`, name: target }
        }
        const texts = mirrorFiles(project, rename)
        for (const { path, text } of project.sources) expect(masked(texts.get(path) ?? '')).toBe(masked(text))
        const again = project.reread(texts)
        const expected = project.services.map(
          ({ image }) => image && (rename(image)?.reference ?? image.value),
        )
        expect(again.services.map(({ image }) => image?.value ?? null)).toEqual(expected)
        const one = project.reread(new Map([['/one.yaml', mergedFile(project, rename, '')]]), ['/one.yaml'])
        expect(one.services.map(({ name, image }) => [name, image?.value ?? null])).toEqual(
          project.services.map(({ name }, index) => [name, expected[index]]),
        )
      }),
      { numRuns: 150 },
    )
  })
})

/** Random compose files: what stands around an image value, and how it is written. */
const SOURCES = [
  'nginx',
  'nginx:1',
  'docker.io/library/nginx:1',
  'a/b:2',
  'quay.io/c/d:V.1',
  'localhost:5000/e/f:g',
  'kept:1',
]
const VALUES = fc.oneof(
  fc.constantFrom(...SOURCES).map(value => ({ value, written: value })),
  fc.constantFrom('a/b', 'quay.io/c/d', 'kept').map(name => ({ value: `${name}:t`, written: `${name}:$T` })),
  fc
    .constantFrom('a/b', 'c')
    .map(name => ({ value: `${name}:t`, written: `\${NAME_${name.at(-1)}}:\${T:-u}` })),
)
const ENVIRONMENT = { T: 't', NAME_b: 'a/b', NAME_c: 'c' }
const STYLES = fc.constantFrom<(text: string) => string>(
  text => text,
  text => `'${text}'`,
  text => `"${text}"`,
  text => `&anchor ${text}`,
  text => `\n      ${text}`,
  text => `>-\n      ${text}\n`,
  text => `|- # literal\n      ${text}\n\n`,
)
const AROUND = fc.constantFrom(
  '',
  ' # why',
  '\n    ports: ["80:80"]',
  '\n    environment:\n      image: nginx:1\n      A: $$B',
)
const BETWEEN = fc.constantFrom('', '\n', '  # image: nginx:1\n', '  # 中文 🐳\n')
const SERVICE = fc.record({ value: VALUES, style: STYLES, around: AROUND, between: BETWEEN })

describe('a mirror file', () => {
  it('is the input but for image values, and holds exactly the targets and what stays', () => {
    const registry = registryOfAddress('reg.example.com/team')
    const file = fc.record({
      services: fc.array(SERVICE, { minLength: 1, maxLength: 6 }),
      head: fc.constantFrom('', '\ufeff', 'name: x\n', '# top\n\n'),
      crlf: fc.boolean(),
      final: fc.boolean(),
    })
    fc.assert(
      fc.property(file, ({ services, head, crlf, final }) => {
        const write = (values: readonly string[]) => {
          const body = services.map(({ style, around, between }, index) => {
            const scalar = style(values[index] ?? '')
            // A block ends its own line, so nothing can stand behind it on that line.
            const rest = scalar.endsWith('\n') ? around.replace(/^ .*/, '').replace(/^\n/, '') : around
            return `${between}  s${index}:\n    image: ${scalar}${rest}${rest === '' && scalar.endsWith('\n') ? '' : '\n'}`
          })
          const text = `${head}services:\n${body.join('')}`
          const ended = final ? text : text.replace(/\n$/, '')
          return crlf ? ended.replaceAll('\n', '\r\n') : ended
        }
        const text = write(services.map(({ value }) => value.written))
        const relay = plan(text, { registry, ignore: '*kept:*', environment: ENVIRONMENT })
        const [{ content = '' } = {}] = mirrorCompose.files(relay)
        const targets = services.map(({ value }) => targetOf(value.value))
        const templates = services.map(({ value: { value, written } }, index) =>
          value.startsWith('kept')
            ? written
            : written.endsWith(':$T')
              ? (targets[index] ?? '').replace(/:t$/, ':$T')
              : (targets[index] ?? ''),
        )
        expect(content).toBe(write(templates))
        const again = loadFiles({ 'compose.yaml': content }, { environment: ENVIRONMENT })
        expect(again.services.map(service => service.image?.value)).toEqual(targets)
      }),
      { numRuns: 100 },
    )
  })
})

/** SPEC §4 by hand, flat. */
function targetOf(value: string): string {
  if (value.startsWith('kept')) return value
  const { repository, tag } = image(value)
  return `reg.example.com/team/${repository.replace(/^library\//, '').replaceAll('/', '-')}:${tag}`
}
