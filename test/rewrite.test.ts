import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ComposeProject } from '../generators/core/compose/project.ts'
import { mirrorFiles } from '../generators/core/compose/proof.ts'
import type { Rename } from '../generators/core/compose/rewrite.ts'
import { registryOfAddress } from '../generators/core/registry.ts'
import { mirrorCompose } from '../generators/mirror-compose.ts'
import { type Files, image, load, loadFiles, plan } from './project.ts'

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
