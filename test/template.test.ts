import { readdirSync, readFileSync } from 'node:fs'
import Handlebars from 'handlebars'
import { describe, expect, test, vi } from 'vitest'
import { listAssets } from '../generators/core/assets.ts'
import { LANGUAGES } from '../generators/core/messages.ts'
import * as template from '../generators/core/template.ts'
import { GENERATORS } from '../generators/index.ts'
import { plan } from './project.ts'

type Ast = ReturnType<typeof Handlebars.parse>
type Statement = Ast['body'][number]

/** Every file with holes, by the name that other templates or generators use. */
const TEMPLATES = [
  ...readdirSync('templates').filter(file => file.endsWith('.hbs')),
  ...readdirSync('templates/partials').map(file => `partials/${file}`),
]

const READERS = readdirSync('templates').filter(file => file.endsWith('.hbs'))

function sourceOf(file: string): string {
  return readFileSync(`templates/${file}`, 'utf8')
}

/** What a template does that the contract does not allow, as text. */
function offences(source: string): string[] {
  return Handlebars.parse(source).body.flatMap(statement => offence(statement, source))
}

function offence(statement: Statement, source: string): string[] {
  const node = statement as unknown as Node
  const lines = source.split('\n').slice(node.loc.start.line - 1, node.loc.end.line)
  switch (node.type) {
    case 'ContentStatement':
      return []
    case 'PartialStatement':
      return /^\{\{> [a-z0-9/-]+\}\}$/.test(lines[0] ?? '') ? [] : [`not alone on its line: ${lines[0]}`]
    case 'MustacheStatement':
      return isPlain(node, source) && node.path.original !== 'this' ? [] : [`more than a name: ${lines[0]}`]
    case 'BlockStatement':
      return isLoop(node, source) ? [] : [`not each around one line: ${lines[0]}`]
    default:
      return [`${node.type}: ${lines[0]}`]
  }
}

interface Node {
  readonly type: string
  readonly loc: { readonly start: Place; readonly end: Place }
  readonly path: { readonly original: string; readonly parts: readonly string[]; readonly data: boolean }
  readonly params: readonly Node[]
  readonly hash?: unknown
  readonly escaped?: boolean
  readonly original?: string
  readonly program?: { readonly body: readonly Node[]; readonly blockParams?: readonly string[] }
  readonly inverse?: unknown
}

interface Place {
  readonly line: number
  readonly column: number
}

function isPlain({ path, params, hash, escaped, loc: { start, end } }: Node, source: string): boolean {
  const written = source.split('\n')[start.line - 1]?.slice(start.column, end.column)
  const plain = /^[a-zA-Z]+$/.test(path.original) && written === `{{${path.original}}}`
  return plain && params.length === 0 && hash === undefined && escaped === true
}

function isLoop({ path, params, program, inverse, loc }: Node, source: string): boolean {
  const lines = source.split('\n').slice(loc.start.line - 1, loc.end.line)
  const [list] = params
  return (
    path.original === 'each' &&
    params.length === 1 &&
    list !== undefined &&
    inverse === undefined &&
    program?.blockParams === undefined &&
    lines.length === 3 &&
    /^\{\{#each [a-zA-Z]+\}\}$/.test(lines[0] ?? '') &&
    lines[2] === '{{/each}}' &&
    (program?.body ?? []).every(
      node =>
        node.type === 'ContentStatement' || (node.type === 'MustacheStatement' && isPlain(node, source)),
    )
  )
}

/** The fields that a template reads: names, and for lists the names of their items (none where `this` is it). */
function fieldsOf(source: string): Map<string, Set<string> | null> {
  const fields = new Map<string, Set<string> | null>()
  for (const statement of Handlebars.parse(source).body as unknown as readonly Node[]) {
    if (statement.type === 'MustacheStatement') fields.set(statement.path.original, null)
    if (statement.type !== 'BlockStatement') continue
    const inner = (statement.program?.body ?? []).filter(({ type }) => type === 'MustacheStatement')
    const names = inner.map(({ path }) => path.original).filter(name => name !== 'this')
    fields.set(String(statement.params[0]?.original), new Set(names))
  }
  return fields
}

/** The same of a view. */
function fieldsOfView(view: template.View): Map<string, Set<string> | null> {
  return new Map(
    Object.entries(view).map(([name, value]) => [
      name,
      Array.isArray(value) ? new Set(typeof value[0] === 'object' ? Object.keys(value[0]) : []) : null,
    ]),
  )
}

describe('the contract of templates', () => {
  test.each(TEMPLATES)(
    '%s has only plain holes, parts at the beginning of a line, and loops of one line',
    file => {
      expect(offences(sourceOf(file))).toEqual([])
    },
  )

  test.each([
    ['a part that is indented', '  {{> lib/say}}\n'],
    ['a part with text behind it', '{{> lib/say}} # say\n'],
    ['a part with an argument', '{{> lib/say name=1}}\n'],
    ['a condition', '{{#if a}}\nx\n{{/if}}\n'],
    ['a loop with two lines', '{{#each a}}\n{{this}}\n{{this}}\n{{/each}}\n'],
    ['a loop in a line', '{{#each a}}{{this}}{{/each}}\n'],
    ['a loop with else', '{{#each a}}\n{{this}}\n{{else}}\n{{/each}}\n'],
    ['block parameters', '{{#each a as |b|}}\n{{b}}\n{{/each}}\n'],
    ['a helper', '{{upper a}}\n'],
    ['three braces', '{{{a}}}\n'],
    ['a path', '{{a.b}}\n'],
    ['a comment', '{{! a }}\n'],
    ['a bash name', '${{{a}}}\n'],
    ['no escaping', '{{&a}}\n'],
    ['blanks', '{{ a }}\n'],
    ['white space control', '{{~a}}\n'],
    ['an argument', '{{a b=c}}\n'],
    ['a text', '{{"a"}}\n'],
    ['this outside of a loop', '{{this}}\n'],
    ['a section', '{{#a}}\nx\n{{/a}}\n'],
    ['a part by an expression', '{{> (a)}}\n'],
    ['a loop over a path', '{{#each a.b}}\n{{this}}\n{{/each}}\n'],
    ['a loop over nothing', '{{#each a}}\n{{/each}}\n'],
    ['a loop that is indented', '  {{#each a}}\n  x\n  {{/each}}\n'],
    ['an index in a loop', '{{#each a}}\n{{@index}}\n{{/each}}\n'],
    ['a path in a loop', '{{#each a}}\n{{../b}}\n{{/each}}\n'],
    ['a helper in a loop', '{{#each a}}\n{{upper this}}\n{{/each}}\n'],
    ['a part in a loop', '{{#each a}}\n{{> b}}\n{{/each}}\n'],
    ['a loop in a loop', '{{#each a}}\n{{#each b}}{{this}}{{/each}}\n{{/each}}\n'],
  ])('the check finds %s', (_, source) => {
    expect(offences(source)).toHaveLength(1)
  })
})

describe('templates and views', () => {
  let views: ReturnType<typeof readViews> | null = null

  test.each(READERS)('%s reads exactly what its generator passes', async file => {
    const name = file.replace(/\.hbs$/, '')
    const parts = template.templateParts(name).filter(part => !part.plain)
    const read = new Map(parts.flatMap(part => [...fieldsOf(part.source)]))
    read.delete('messages')
    views ??= readViews()
    const passed = (await views).get(name) ?? []
    expect(passed).toHaveLength(name.startsWith('README.') ? 1 : LANGUAGES.length)
    for (const view of passed) expect(sorted(fieldsOfView(view))).toEqual(sorted(read))
  })

  test('nothing of a template is left, and nothing is undefined', () => {
    const files = LANGUAGES.flatMap(language => {
      const text = 'services: { a: { image: nginx }, b: { build: . } }\n'
      const relay = plan(text, { language, built: 'relay' })
      return GENERATORS.flatMap(generator => generator.files(relay))
    })
    for (const { path, content } of files) {
      // `{{.Os}}` is the engine's, `${{ … }}` a workflow's.
      expect(content, path).not.toMatch(
        /(?<!\$)\{\{(?!\.|range|if|printf|println|end|json|with|else)|undefined|\[object/,
      )
      expect(content, path).toMatch(/[^\n]\n$/)
    }
  })

  test('a hole without a value is an error', () => {
    expect(() => template.render('pull-all-images.sh', {}, 'en')).toThrow(/not defined/)
  })

  test('a template takes every library part in once, and each part is taken in by some template', () => {
    const used = READERS.flatMap(file => {
      const names = [...sourceOf(file).matchAll(/^\{\{> lib\/([a-z0-9-]+)\}\}$/gm)].map(([, name]) => name)
      expect(new Set(names).size).toBe(names.length)
      return names
    })
    const parts = listAssets('lib')
      .map(file => file.replace(/\.bash$/, ''))
      .sort()
    expect([...new Set(used)].sort()).toEqual(parts)
  })

  test('plain bash goes in byte for byte', () => {
    const content = GENERATORS[0]?.files(plan('services: { a: { image: nginx } }'))[0]?.content
    for (const { name, plain, source } of template.templateParts('pull-all-images.sh')) {
      if (plain) expect(content, name).toContain(`\n${source}`)
    }
  })
})

function sorted(fields: Map<string, Set<string> | null>) {
  return [...fields].map(([name, inner]) => [name, inner && [...inner].sort()]).sort()
}

/** What the generators pass to each template, by the name of that: for a project of all that there is, in each language. */
async function readViews(): Promise<ReadonlyMap<string, readonly template.View[]>> {
  vi.resetModules()
  const views = new Map<string, template.View[]>()
  vi.doMock('../generators/core/template.ts', () => ({
    ...template,
    render: (name: string, view: template.View) => {
      views.set(name, [...(views.get(name) ?? []), view])
      return ''
    },
  }))
  const { GENERATORS: spied } = await import('../generators/index.ts')
  // Test files share their modules, so nothing that has seen the mock may stay.
  vi.doUnmock('../generators/core/template.ts')
  vi.resetModules()
  const text = 'services: { a: { image: nginx }, b: { build: . } }'
  for (const language of LANGUAGES)
    for (const generator of spied) generator.files(plan(text, { language, built: 'relay' }))
  return views
}
