import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ProjectSource } from '../generators/core/compose/load.ts'
import { formatProblem, InputError } from '../generators/core/problem.ts'
import { type Files, folderWith, linesOf, load, loadFiles, refusalsOf, writeFiles } from './project.ts'
import { thrownBy } from './shared.ts'

/** The images of each service, `name=value`; a service without image is its name alone. */
function images(text: string, environment: Files = {}): string[] {
  return load(text, environment).services.map(({ name, image }) => (image ? `${name}=${image.value}` : name))
}

function refusals(text: string | Files, options: Partial<ProjectSource> = {}): string[] {
  const files = typeof text === 'string' ? { 'compose.yaml': text } : text
  return refusalsOf(() => loadFiles(files, options))
}

/** A service `a` of these lines. */
const service = (...lines: string[]) => `services:\n  a:\n${lines.map(line => `    ${line}\n`).join('')}`

describe('what is read', () => {
  it.each([
    ['plain', service('image: nginx:1 # why'), ['a=nginx:1']],
    ['trailing blanks', service('image: nginx:1  \t'), ['a=nginx:1']],
    ['quotes', service("image: 'nginx:1'"), ['a=nginx:1']],
    ['double quotes', service('image: "ngi\\x6ex:1"'), ['a=nginx:1']],
    ['folded', service('image: >-', '  nginx:1'), ['a=nginx:1']],
    ['literal', service('image: |-', '  nginx:1'), ['a=nginx:1']],
    ['the next line', service('image:', '  nginx:1'), ['a=nginx:1']],
    ['a flow mapping', 'services: { a: { image: nginx:1, ports: [] } }', ['a=nginx:1']],
    ['JSON', '{"services":{"a":{"image":"nginx:1"}}}', ['a=nginx:1']],
    ['an explicit key', service('? image', ': nginx:1'), ['a=nginx:1']],
    ['a quoted key', service('"image": nginx:1'), ['a=nginx:1']],
    ['a key behind an alias', `x-k: &k image\n${service('*k : nginx:1')}`, ['a=nginx:1']],
    ['CRLF', service('image: nginx:1').replaceAll('\n', '\r\n'), ['a=nginx:1']],
    ['a byte order mark', `\ufeff${service('image: nginx:1')}`, ['a=nginx:1']],
    ['a leading ---', `---\n${service('image: nginx:1')}`, ['a=nginx:1']],
    ['yes, which is a string', service('image: yes'), ['a=yes']],
    ['a service called image', 'services:\n  image:\n    image: nginx:1', ['image=nginx:1']],
    [
      'other images',
      service('image: nginx:1', 'environment: { image: b }', 'labels: { image: c }'),
      ['a=nginx:1'],
    ],
    ['comments', service('# image: b', 'image: nginx:1', '#image: c'), ['a=nginx:1']],
    ['services behind an alias', 'x-s: &s\n  a: { image: nginx:1 }\nservices: *s', ['a=nginx:1']],
    [
      'a merge of other keys',
      `x-d: &d { restart: always }\n${service('<<: *d', 'image: nginx:1')}`,
      ['a=nginx:1'],
    ],
    ['an own image beside <<', `x-d: &d { image: b }\n${service('<<: *d', 'image: nginx:1')}`, ['a=nginx:1']],
    ['an image before <<', `x-d: &d { image: b }\n${service('image: nginx:1', '<<: *d')}`, ['a=nginx:1']],
    [
      'a list of merges',
      `x-d: &d { tty: true }\n${service('<<: [*d, *d]', 'image: nginx:1')}`,
      ['a=nginx:1'],
    ],
    ['a quoted "<<"', service('"<<": { image: b }', 'image: nginx:1'), ['a=nginx:1']],
    ['an anchor that nobody asks for', service('image: &i nginx:1'), ['a=nginx:1']],
    ['an anchor that has moved on', service('image: &i nginx:1', 'tty: &i true', 'init: *i'), ['a=nginx:1']],
    ['build alone', service('build: .'), ['a']],
    ['build by a merge', `x-b: &b { build: . }\n${service('<<: *b')}`, ['a']],
    ['build and a blank image', service('build: .', 'image: ""'), ['a']],
    ['build with profiles', service('build: { context: . }', 'image: me/a'), ['a=me/a']],
    ['a provider', service('provider: { type: model }'), ['a']],
    ['odd names', 'services:\n  A_b.c-9: { image: a }\n  "9": { image: b }', ['A_b.c-9=a', '9=b']],
  ])('%s', (_, text, expected) => {
    expect(images(text)).toEqual(expected)
  })

  it('fills in variables', () => {
    const text = service('image: ${HOST:-docker.io}/${NAME?}:$TAG-alpine${NONE+x}')
    expect(images(text, { NAME: 'a/b', TAG: '$1' })).toEqual(['a=docker.io/a/b:$1-alpine'])
    expect(images(text, { NAME: 'a/b', TAG: '1', HOST: 'h.io' })).toEqual(['a=h.io/a/b:1-alpine'])
  })

  it('knows where things stand', () => {
    const text =
      '\ufeff# c\r\nservices:\r\n  web:\r\n    image: >- # why\r\n      nginx:${T-1}\r\n  db: { image: "pg" }\r\n'
    const { files, services } = load(text)
    expect(files.map(file => [file.name, file.text])).toEqual([['compose.yaml', text]])
    expect(services.map(({ at, image }) => [at.line, at.column, image?.at.line, image?.at.column])).toEqual([
      [3, 3, 4, 12],
      [6, 3, 6, 16],
    ])
  })
})

describe('bad input', () => {
  it.each<[string, string, string | RegExp]>([
    ['empty', '', '1:1: the file is empty: write a compose file'],
    ['nothing but comments', '# nothing\n', '1:1: the file is empty: write a compose file'],
    ['null', '---\n', /^1:4: a compose file is a mapping: /],
    ['a list', '- a\n', '1:1: a compose file is a mapping: begin with "services:"'],
    ['text', 'services\n', '1:1: a compose file is a mapping: begin with "services:"'],
    ['no services', 'name: x\n', '1:1: services: there are no services: name at least one'],
    ['null services', 'services:\n', '1:10: services: there are no services: name at least one'],
    ['empty services', 'services: {}\n', '1:11: services: there are no services: name at least one'],
    ['a list of services', 'services: [a]\n', '1:11: services: there are no services: name at least one'],
    [
      'a service that is text',
      'services:\n  a: nginx\n',
      '2:3: services.a: a service is a mapping: give it an image',
    ],
    [
      'a service that is null',
      'services:\n  a:\n',
      '2:3: services.a: a service is a mapping: give it an image',
    ],
    [
      'neither image nor build',
      service('tty: true'),
      /^2:3: services\.a: it has neither an image nor a build/,
    ],
    [
      'neither, with build: null',
      service('build:'),
      /^2:3: services\.a: it has neither an image nor a build/,
    ],
    ['tabs', 'services:\n\ta: {}\n', /^2:1: Tabs /],
    ['not YAML', 'services: [\n', /^2:1: /],
    ['a template of Jinja', '{{ x }}\n', /^1:2: a key must be a string: a mapping or a list/],
    [
      'a number as a key',
      'services:\n  9: { image: b }\n',
      '2:3: services: a key must be a string: 9: write it in quotes',
    ],
    [
      'a deep number as a key',
      `x: { y: { 1.5: a } }\n${service('image: a')}`,
      '1:11: x.y: a key must be a string: 1.5: write it in quotes',
    ],
    [
      'a key twice',
      'services:\n  a: { image: a }\n  a: { image: b }\n',
      /^3:3: services: the key "a" is already defined at line 2: take one away$/,
    ],
    [
      'an image twice',
      service('image: a', '"image": b'),
      /^4:5: services\.a: the key "image" is already defined at line 3: take one away$/,
    ],
    [
      '<< twice',
      `x: &x {}\n${service('<<: *x', '<<: *x', 'image: a')}`,
      /^5:5: services\.a: the key "<<" is already defined at line 4: take one away$/,
    ],
    [
      'a number',
      service('image: 1.10'),
      '3:12: services.a.image: an image must be a string: write it in quotes',
    ],
    [
      'a list',
      service('image: [a]'),
      '3:12: services.a.image: an image must be a string: write it in quotes',
    ],
    ['a mapping', service('image: { a: b }'), /^3:12: services\.a\.image: an image must be a string/],
    ['true', service('image: true'), /^3:12: services\.a\.image: an image must be a string/],
    ['null', service('image: ~'), /^3:12: services\.a\.image: an image must be a string/],
    ['nothing', service('image:'), /^3:11: services\.a\.image: an image must be a string/],
    ['a hexadecimal number', service('image: 0x1F'), /an image must be a string/],
    ['a number with _', service('image: 1_000'), /an image must be a string/],
    ['a date', service('image: 2024-01-01'), /an image must be a string/],
    ['<< of a scalar', service('image: a', '<<: text'), /^4:9: <<: a merge key takes a mapping or a list/],
    ['<< of null', service('image: a', '<<:'), /^4:\d: <<: a merge key takes a mapping or a list/],
    ['<< of a list of text', service('image: a', '<<: [text]'), /^4:10: <<: a merge key takes a mapping/],
    [
      'an unknown alias',
      service('image: a', 'environment: *e'),
      '4:18: no anchor &e stands before this alias',
    ],
    [
      'an alias before its anchor',
      `a: *x\nb: &x 1\n${service('image: a')}`,
      /^1:4: no anchor &x stands before/,
    ],
    ['an alias in itself', `x: &x [*x]\n${service('image: a')}`, '1:8: the alias *x leads back to itself'],
    [
      'a merge of itself',
      'services:\n  a: &a\n    <<: *a\n    image: a\n',
      /^3:9: the alias \*a leads back to itself/,
    ],
  ])('%s', (_, text, expected) => {
    const [line = '', ...others] = refusals(text)
    expect(others).toEqual([])
    const rest = line.replace(/^compose\.yaml:/, '')
    if (typeof expected === 'string') expect(rest).toBe(expected)
    else expect(rest).toMatch(expected)
  })

  it('leaves dates and numbers in quotes alone', () => {
    expect(images(service('image: "2024-01-01"'))).toEqual(['a=2024-01-01'])
    expect(images(service("image: '1_000'"))).toEqual(['a=1_000'])
  })

  it.each(['$(touch pwned)', 'a b', 'a;b', "a'b", '../a', 'a/b', 'é', '', 'a\nb', 'a\u202eb'])(
    'refuses the service name %j',
    name => {
      const [line = '', ...others] = refusals(`services:\n  ${JSON.stringify(name)}: { image: a }\n`)
      if (name === '-') expect(line).toBe('')
      else
        expect(line).toMatch(
          /^compose\.yaml:2:3: services: not a service name: "[^\n\u202e]*": letters, digits/,
        )
      expect(others).toEqual([])
    },
  )

  it('tells everything that is wrong, not only the first', () => {
    const text =
      'services:\n  a: { image: 5 }\n  b: { tty: true }\n  "c d": { image: c }\n  d: { image: $NONE }\n'
    expect(refusals(text)).toHaveLength(4)
    expect(refusals('x: ${\ny: "${A.B}"\nservices: { a: { image: "${1}" } }\n')).toHaveLength(3)
  })
})

describe('variables that are not set', () => {
  it.each([
    ['image: nginx:$TAG', '3:12: services.a.image: the variable TAG is not set', '${TAG:-…}'],
    ['image: "${A}nginx:${B}"', '3:12: services.a.image: the variable A is not set', '${A:-…}'],
    ['image: ${IMAGE}', '3:12: services.a.image: the variable IMAGE is not set', '${IMAGE:-…}'],
    ['image: nginx:${A-$B}', '3:12: services.a.image: the variable B is not set', '${B:-…}'],
  ])('are an error in %s', (line, place, form) => {
    const cure = `set it in the environment or in .env, or give it a default: ${form}`
    expect(refusals(service(line))).toEqual([`compose.yaml:${place}: ${cure}`])
  })

  it('are an error in an image where they are required', () => {
    expect(refusals(service('image: nginx:${TAG:?which one}'))).toEqual([
      'compose.yaml:3:12: services.a.image: required variable TAG is missing a value: which one: set it in the environment or in .env',
    ])
  })

  it('are a warning elsewhere where they are required, and nothing where they are not', () => {
    const { warnings, services } = load(
      service(
        'image: nginx',
        'environment:',
        '  - A=$NONE',
        '  - B=${PASS:?set it}',
        'labels: { c: "${D?}" }',
      ),
    )
    expect(services.map(({ image }) => image?.value)).toEqual(['nginx'])
    expect(warnings.map(formatProblem)).toEqual([
      'compose.yaml:6:9: services.a.environment[1]: required variable PASS is missing a value: set it: set it in the environment or in .env',
      'compose.yaml:7:18: services.a.labels.c: required variable D is missing a value: set it in the environment or in .env',
    ])
  })

  it('never say the value of another one', () => {
    const text = service('image: nginx', 'environment: { A: "${NONE:?not $SECRET}" }')
    const { warnings } = load(text, { SECRET: 'hunter2' })
    expect(warnings.map(formatProblem).join()).toContain('missing a value: not $SECRET')
    expect(warnings.map(formatProblem).join()).not.toContain('hunter2')
  })
})

describe('a ${ that Compose cannot read', () => {
  it.each([
    ['x-a: ${', '1:6: x-a: not a variable: "${"'],
    ['x-a: b ${A.B} c', '1:8: x-a: not a variable: "${A.B} c"'],
    ['x-a: "$$ ${A!}"', '1:10: x-a: not a variable: "${A!}"'],
    ["x-a: 'it''s ${}'", '1:13: x-a: not a variable: "${}"'],
    ['x-a: "\\t\\t${1}"', '1:11: x-a: not a variable: "${1}"'],
    ['x-a: [b, { c: "${#A}" }]', '1:16: x-a[1].c: not a variable: "${#A}"'],
    ['x-a: |-\n  $B\n  ${A:=x}', '3:3: x-a: not a variable: "${A:=x}"'],
    ['x-a: >-\n  b ${A} $B\n  ${É}', '3:3: x-a: not a variable: "${É}"'],
    ['name: ${A', '1:7: name: not a variable: "${A"'],
    ['networks: { n: { driver: "${a-b" } }', '1:27: networks.n.driver: not a variable: "${a-b"'],
  ])('%j', (line, expected) => {
    const [refusal = '', ...others] = refusals(`${line}\n${service('image: nginx')}`)
    expect(others).toEqual([])
    expect(refusal.slice(0, 13 + expected.length)).toBe(`compose.yaml:${expected}`)
    expect(refusal).toMatch(/: write \$\$ for a literal \$$/)
  })

  it('is nothing in a comment or a key', () => {
    expect(images(`# \${\n"x-\${": 1\n${service('image: nginx # ${')}`)).toEqual(['a=nginx'])
  })
})

/** The images of each service, and what else it needs: `name=value`, `name.kind=value`. */
function everyImage(text: string): string[] {
  return load(text).services.flatMap(({ name, image, others }) => [
    ...(image === null ? [] : [`${name}=${image.value}`]),
    ...others.map(({ kind, value }) => `${name}.${kind}=${value}`),
  ])
}

describe('places where images hide', () => {
  it.each([
    ['an alias', `x-i: &i nginx:1\n${service('image: *i')}`, ['a=nginx:1']],
    ['a merge key', `x-d: &d { image: nginx:1 }\n${service('<<: *d')}`, ['a=nginx:1']],
    ['a merge of a merge', `x-d: &d { image: b }\nx-e: &e { <<: *d }\n${service('<<: [*e]')}`, ['a=b']],
    [
      'the first of two merges',
      `x-d: &d { image: b }\nx-e: &e { image: c }\n${service('<<: [*e, *d]')}`,
      ['a=c'],
    ],
    ['a list behind an alias', `x-d: &d [{ image: b }, { image: c }]\n${service('<<: *d')}`, ['a=b']],
    [
      'a whole service behind an alias',
      'services:\n  a: &a { image: nginx:1 }\n  b: *a\n',
      ['a=nginx:1', 'b=nginx:1'],
    ],
    [
      'a service that << merges in',
      'x-s: &s\n  a: { image: nginx:1 }\nservices:\n  <<: *s\n  b: { image: b }\n',
      ['b=b', 'a=nginx:1'],
    ],
    ['an anchor that has moved on', `x: [&i a, &i b]\n${service('image: *i')}`, ['a=b']],
    ['documents', `${service('image: a')}---\n${service('image: b')}`, ['a=b']],
    ['an anchor of an earlier document', `x: &i a\n---\n${service('image: *i')}`, ['a=a']],
    ['!reset', service('image: a', 'build: !reset null'), ['a=a']],
    ['!reset beside a merge', `x: &x { image: b }\n${service('<<: *x', 'image: !reset null')}`, ['a=b']],
    ['!override', service('image: !override a'), ['a=a']],
    [
      '!reset behind an alias',
      `x: &x !reset null\n${service('image: a')}---\nservices: { a: { image: *x, build: . } }`,
      [],
    ],
    [
      'volumes of type image',
      service(
        'image: a',
        'volumes:',
        '  - v:/a',
        '  - { type: image, source: b:1, target: /b }',
        '  - { type: "${NONE-image}", source: c, target: /c }',
        '  - { type: bind, source: ./d, target: /d }',
        '  - { type: image, source: a, target: /a }',
      ),
      ['a=a', 'a.volume=b:1', 'a.volume=c'],
    ],
    [
      'a volume whose place another one has taken',
      service('image: a', 'volumes:', '  - { type: image, source: b, target: /b }', '  - cc:/b'),
      ['a=a'],
    ],
    [
      'hooks before the start',
      service(
        'image: a',
        'pre_start:',
        '  - { image: b, command: c }',
        '  - { command: d }',
        '  - { image: null, command: d }',
      ),
      ['a=a', 'a.pre_start=b'],
    ],
    [
      'contexts of a build',
      service(
        'build:',
        '  context: .',
        '  additional_contexts:',
        '    base: docker-image://alpine:3',
        '    sources: ./src',
      ),
      ['a.context=alpine:3'],
    ],
    [
      'contexts of a build in a list',
      service('build:', '  context: .', '  additional_contexts: ["base=docker-image://alpine", b=./b]'),
      ['a.context=alpine'],
    ],
  ])('%s', (_, text, expected) => {
    expect(everyImage(text)).toEqual(expected)
  })

  it('what only looks like one', () => {
    const text = service(
      'image: a',
      'environment: { image: b, IMAGE: c:1 }',
      'labels: [image=d]',
      'volumes: [{ type: bind, source: b, target: /b }, c:/c]',
      'pre_start: [{ command: image }]',
      'build: { context: ., additional_contexts: { e: ./e } }',
      'command: |',
      '  image: f',
    )
    const around = `x-images: { image: g }\nconfigs: { h: { content: "image: i" } }\n${text}# image: j\n`
    expect(everyImage(around)).toEqual(['a=a'])
  })

  it('nothing is asked of services that no profile has', () => {
    const text =
      'services:\n  a: { image: a }\n  b: { image: $NONE, profiles: [b] }\n  c: { profiles: [b] }\n'
    const services = loadFiles({ 'compose.yaml': text }, { profiles: [] }).services
    expect(services.map(({ name, enabled }) => [name, enabled])).toEqual([
      ['a', true],
      ['b', false],
      ['c', false],
    ])
    expect(refusals(text)).toHaveLength(2)
  })
})

describe('files', () => {
  const text = (image: string) => service(`image: ${image}`)

  it('takes the first of the names that Compose knows', () => {
    const files: Record<string, string> = {}
    const names = ['docker-compose.yaml', 'docker-compose.yml', 'compose.yml', 'compose.yaml']
    for (const name of names) {
      files[name] = text(name.replaceAll('.', '-'))
      expect(loadFiles(files).files.map(file => file.name)).toEqual([name])
    }
  })

  it('says where none is', () => {
    expect(refusals({})).toEqual([
      'compose.yaml:1:1: there is no compose file: name one by --file, or write compose.yaml, compose.yml, docker-compose.yml, docker-compose.yaml',
    ])
    const directory = folderWith({ plain: 'x' })
    for (const name of ['gone.yaml', 'gone/compose.yaml', 'plain/compose.yaml'])
      expect(refusals({}, { directory, files: [join(directory, name)], show: () => name })).toEqual([
        `${name}:1:1: there is no such compose file: name one by --file`,
      ])
  })

  it('refuses what is no text', () => {
    const directory = folderWith()
    mkdirSync(join(directory, 'folder'))
    writeFileSync(join(directory, 'latin1.yaml'), Buffer.from('services: { a: { image: \xe9 } }', 'latin1'))
    const refusal = (name: string) =>
      refusals({}, { directory, files: [join(directory, name)], show: () => name })
    expect(refusal('folder')).toEqual(['folder:1:1: it is not a regular file: name a file'])
    expect(refusal('latin1.yaml')).toEqual(['latin1.yaml:1:1: it is not UTF-8: save it as UTF-8'])
  })

  it('reads .env beside the compose file, and the environment over it', () => {
    const directory = folderWith({
      '.env': 'TAG=cwd\n',
      'sub/compose.yaml': text('nginx:$TAG'),
      'sub/.env': 'TAG=sub\nOTHER=x\n',
      'other/.env': 'TAG=other\n',
      'a.env': 'TAG=a\n',
      'b.env': 'TAG=${TAG}b\n',
    })
    const file = join(directory, 'sub/compose.yaml')
    const tag = (options: Partial<ProjectSource>) =>
      loadFiles({}, { directory, files: [file], ...options }).services[0]?.image?.value
    expect(tag({})).toBe('nginx:sub')
    expect(tag({ environment: { TAG: 'os' } })).toBe('nginx:os')
    expect(tag({ projectDirectory: join(directory, 'other') })).toBe('nginx:other')
    expect(tag({ envFiles: [join(directory, 'a.env'), join(directory, 'b.env')] })).toBe('nginx:ab')
    expect(tag({ environment: { TAG: '' } })).toBe('nginx:')
    expect(refusals({}, { directory, files: [file], envFiles: [] })[0]).toContain(
      'the variable TAG is not set',
    )
    expect(
      refusals({}, { directory, files: [file], envFiles: [join(directory, 'c.env')], show: () => 'c.env' }),
    ).toEqual(['c.env:1:1: there is no such env file: c.env: correct the path'])
  })

  it.each([
    [
      'A=1\n*=x\n',
      '.env:2:1: not a key: "*" has no place in the name of a variable: write KEY=value, and # before a comment',
    ],
    ['A=hunter2${oops\n', '.env:1:1: a "$" in the value begins no variable: write $$ for a literal $'],
    [
      'A=hunter${B?hunter2}\n',
      '.env:1:1: required variable B is missing a value: set it above, or in the environment',
    ],
    ['A="hunter2\n', '.env:1:1: no " ends the value: write " at its end, \\" in it'],
  ])('refuses the .env %j, without its value', (env, expected) => {
    const lines = refusals({ 'compose.yaml': text('nginx'), '.env': env })
    expect(lines).toEqual([expected])
    expect(lines.join()).not.toContain('hunter2')
  })
})

describe('the name of the project', () => {
  it.each([
    ['', {}, 'my_project-1'],
    ['name: Other Name\n', {}, 'othername'],
    ['name: ${WHO-x}y\n', {}, 'xy'],
    ['name: ${WHO:?}\n', {}, 'my_project-1'],
    ['name: [a]\n', {}, 'my_project-1'],
    ['name: file\n', { COMPOSE_PROJECT_NAME: 'env-1' }, 'env-1'],
  ])('%j', (line, environment: Files, expected) => {
    const parent = folderWith()
    writeFiles(parent, { 'My_Project-1/compose.yaml': `${line}${service('image: a')}` })
    const directory = join(parent, 'My_Project-1')
    expect(loadFiles({}, { directory, environment }).name).toBe(expected)
  })

  it.each(['_-Env', 'Env', 'a.b', '-a'])('%s is none that a variable may give', name => {
    expect(refusals(service('image: a'), { environment: { COMPOSE_PROJECT_NAME: name } })).toEqual([
      `compose.yaml:1:1: COMPOSE_PROJECT_NAME: invalid project name: "${name}": letters a to z, digits, "_" and "-", and a letter or digit first`,
    ])
  })

  it('must not be empty', () => {
    const directory = join(folderWith({ '项目/compose.yaml': service('image: a') }), '项目')
    expect(refusals({}, { directory, show: () => 'compose.yaml' })).toEqual([
      'compose.yaml:1:1: name: project name must not be empty: write "name:", or set COMPOSE_PROJECT_NAME',
    ])
    const environment = { COMPOSE_PROJECT_NAME: 'x' }
    expect(loadFiles({}, { directory, environment }).name).toBe('x')
  })

  it('is a variable', () => {
    expect(images(`name: Me\n${service('image: $COMPOSE_PROJECT_NAME/a')}`)).toEqual(['a=me/a'])
  })
})

/** No clock: what is not bounded would not end before the suite is given up. */
describe('bombs', () => {
  const app = service('image: a')

  it.each([
    ['flow lists', `${app}x: ${'['.repeat(20_000)}`],
    ['closed flow lists', `${app}x: ${'['.repeat(5_000)}${']'.repeat(5_000)}`],
    ['flow mappings', `${app}x: ${'{a: '.repeat(2_000)}`],
    [
      'nested mappings',
      `${app}x:${Array.from({ length: 900 }, (_, i) => `\n${' '.repeat(i + 1)}k:`).join('')} 1\n`,
    ],
    ['nested lists', `${app}x:\n  ${'- '.repeat(900)}1\n`],
    ['just too deep', `${app}x: ${'['.repeat(200)}$A${']'.repeat(200)}\n`],
  ])('%s are too deep', (_, text) => {
    const [line = '', ...others] = refusals(text)
    expect(others).toEqual([])
    expect(line).toMatch(/^compose\.yaml:\d+:\d+: the file is nested too deeply to be read$/)
  })

  it('a hundred levels are not', () => {
    expect(images(`${app}x: ${'['.repeat(100)}$A${']'.repeat(100)}\n`)).toEqual(['a=a'])
  })

  it.each(['[%]', '{ <<: [%] }'])('%s is refused where it stands for millions of values', form => {
    const lines = Array.from({ length: 30 }, (_, i) => {
      const body = Array(9).fill(`*x${i}`).join(', ')
      return `x${i + 1}: &x${i + 1} ${form.replace('%', body)}\n`
    })
    const text = `x0: &x0 { k: v }\n${lines.join('')}services:\n  a:\n    <<: *x0\n    image: a\n`
    expect(refusals(text)).toEqual([
      expect.stringMatching(/^compose\.yaml:7:\d+: its aliases stand for more than 1000000 values$/),
    ])
  })

  it.each([
    [
      'values',
      `x: [${'1,'.repeat(100_001)}]\n${app}`,
      'it has more than 100000 values, and Compose reads no more',
    ],
    ['lines', `${'\n'.repeat(500_001)}${app}`, 'it has more than 500000 lines'],
    ['characters', `x: ${'y'.repeat(11_000_000)}\n${app}`, 'it is larger than 10 MiB'],
    ['aliases', `x: &x 1\ny: [${'*x,'.repeat(100_001)}]\n${app}`, 'it has more than 100000 values'],
  ])('too many %s', (_, text, expected) => {
    const [line = '', ...others] = refusals(text)
    expect(others).toEqual([])
    expect(line).toContain(expected)
  })

  it('keys of one mapping are counted once', () => {
    const keys = Array.from({ length: 40_000 }, (_, n) => `  k${n}: v\n`).join('')
    expect(images(`x-k:\n${keys}${app}`)).toEqual(['a=a'])
  })

  it('variables of variables are no values', () => {
    const lines = Array.from({ length: 40 }, (_, n) => `V${n + 1}=\${V${n}}\${V${n}}\n`)
    const files = { 'compose.yaml': app, '.env': `V0=xx\n${lines.join('')}` }
    expect(refusals(files)).toEqual([expect.stringMatching(/^\.env:2\d:1: /)])
  })

  it('many merges of one mapping are none', () => {
    const keys = Array.from({ length: 300 }, (_, i) => `K${i}: v`).join(', ')
    const services = Array.from({ length: 400 }, (_, i) => `  s${i}: { <<: *d, image: a, environment: *e }\n`)
    const text = `x-e: &e { ${keys} }\nx-d: &d { tty: true }\nservices:\n${services.join('')}`
    expect(load(text).services).toHaveLength(400)
  })
})

describe('whatever it gets', () => {
  const token = fc.constantFrom(
    ...[
      'services',
      'image',
      'build',
      'a',
      'nginx',
      ':',
      ': ',
      '\n',
      '\n  ',
      '\n    ',
      '- ',
      '&x ',
      '*x',
      '<<: ',
      '!reset ',
    ],
    ...[
      '[',
      ']',
      '{',
      '}',
      ',',
      '"',
      "'",
      '|-\n',
      '>',
      '#',
      '$',
      '${',
      '${A}',
      '---\n',
      '? ',
      '\t',
      '\ufeff',
      '\r\n',
      '5',
    ],
  )

  it('reads a project or refuses it', () => {
    fc.assert(
      fc.property(fc.array(token, { maxLength: 25 }), fc.boolean(), (tokens, whole) => {
        const text = whole ? tokens.join('') : `services:\n  a:\n    image: ${tokens.join('')}`
        const error = thrownBy(() => load(text))
        if (error === undefined) return
        expect(error).toBeInstanceOf(InputError)
        for (const line of linesOf(error)) expect(line).toMatch(/^compose\.yaml:[1-9]\d*:[1-9]\d*: [^\n\r]+$/)
      }),
      { numRuns: 150 },
    )
  })
})

describe('what shells and editors do', () => {
  it('takes /dev/null for an empty file', () => {
    const directory = folderWith({ 'compose.yaml': service('image: a:${V-x}'), '.env': 'V=1\n' })
    const files = [join(directory, 'compose.yaml'), '/dev/null']
    const { services } = loadFiles({}, { directory, files, envFiles: ['/dev/null'] })
    expect(services[0]?.image?.value).toBe('a:x')
  })

  it('takes an env file whose comments are in another encoding', () => {
    const directory = folderWith({ 'compose.yaml': service('image: a:$V') })
    writeFileSync(
      join(directory, '.env'),
      Buffer.concat([Buffer.from([0x23, 0xd6, 0xd0, 0x0a]), Buffer.from('V=1\n')]),
    )
    expect(loadFiles({}, { directory }).services[0]?.image?.value).toBe('a:1')
  })

  it('reads a file of YAML 1.1 as all others', () => {
    expect(images(`%YAML 1.1\n---\n${service('image: n', 'hostname: 010')}`)).toEqual(['a=n'])
  })

  it('takes a tag for a type', () => {
    expect(images(service('image: !!str 1.10'))).toEqual(['a=1.10'])
  })
})
