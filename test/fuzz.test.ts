import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { targetOf } from '../generators/core/naming.ts'
import { compareOutput, writeOutput } from '../generators/core/output.ts'
import { parsePattern } from '../generators/core/pattern.ts'
import type { RelayPlan } from '../generators/core/plan.ts'
import { InputError, Invalid } from '../generators/core/problem.ts'
import {
  familiarName,
  familiarReference,
  formatReference,
  type ImageReference,
  parseReference,
  shortReference,
  withDefaultTag,
} from '../generators/core/reference.ts'
import { registryOfAddress } from '../generators/core/registry.ts'
import { openWorkspace, planWorkspace } from '../generators/core/workspace.ts'
import { ANY_PROJECT, BASHES, FakeEngine, laboratory } from './fake-engine.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const lab = laboratory('fuzz')
let count = 0

/** Everything that a project is made of and that reaches an output. */
interface Project {
  readonly file: string
  readonly folder: string
  readonly services: readonly Service[]
  readonly ignore: readonly string[]
  readonly registry: string
  readonly platform: string
}

interface Service {
  readonly name: string
  readonly image: string
  readonly platform: string | null
}

/** What may end a word, a line or a comment, and what may begin a command; a redirection needs no program. */
const RUN = fc
  .tuple(
    fc.constantFrom(
      '\n',
      '\r',
      '\r\n',
      '\u2028',
      '\u0085',
      ';',
      '|',
      '&',
      '&&',
      "'\n",
      "';",
      '"\n',
      '";',
      '\\\n',
      ')\n',
    ),
    fc.constantFrom(': >canary', '>canary', '$(: >canary)', '`: >canary`', 'main() { : >canary; }'),
    fc.constantFrom('\n', '\r', ';', ' #', '', "'", '"'),
  )
  .map(parts => parts.join(''))

const ODD = fc.constantFrom(
  '$(: >canary)',
  '`: >canary`',
  '<(: >canary)',
  '${x:-$(: >canary)}',
  '$((a[$(: >canary)]))',
  'a[$(: >canary)]',
  "$'\\x27; : >canary #",
  '{{> lib/say}}',
  '{{canary}}',
  '${IFS}',
  '%s%n%d',
  '-rf',
  '--help',
  '~root',
  '*',
  '?[a-z]',
  '!!',
  '#',
  '\0',
  '\u0007\u001b]0;x\u0007',
  '\u202Etxt.exe',
  '\uFEFF',
  'é中文',
  '..',
  '/',
  '',
  ' ',
  '\t',
  '@',
  ':',
  '\\',
  '\\\n',
  'EOF',
  'y: *x',
  'main "$@"',
)

const HOSTILE = fc.oneof(RUN, ODD, fc.string({ maxLength: 12, unit: 'binary' }))

const NAME = fc.stringMatching(/^[a-z0-9]{1,6}([._-][a-z0-9]{1,6}){0,2}$/)
const DIGEST = fc.stringMatching(/^[0-9a-f]{64}$/).map(hex => `@sha256:${hex}`)
const IMAGE = fc
  .tuple(
    fc.constantFrom(
      '',
      '',
      'docker.io/',
      'docker.io/library/',
      'ghcr.io/',
      'localhost:5000/',
      '[::1]:80/',
      'Reg.Example/',
    ),
    fc.array(NAME, { minLength: 1, maxLength: 3 }).map(names => names.join('/')),
    fc.constantFrom('', ':1', ':latest', ':-', ':_x', ':V1.0-rc_1', ':1.2.3'),
    fc.oneof(fc.constant(''), DIGEST),
  )
  .map(parts => parts.join(''))

/** Something bad, alone or in the middle of something good. */
function spoilt(good: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const mixed = fc
    .tuple(good, HOSTILE, fc.nat(20))
    .map(([text, bad, at]) => text.slice(0, at) + bad + text.slice(at))
  return fc.oneof(HOSTILE, { weight: 4, arbitrary: mixed })
}

const PLATFORM = fc.constantFrom('linux/amd64', 'linux/arm64/v8')
const SERVICE = fc.record({ name: NAME, image: IMAGE, platform: fc.option(PLATFORM, { freq: 2 }) })
const PATTERN = fc.constantFrom('nginx', 'a*', '?b:1', '# all')
const REGISTRY = fc
  .tuple(
    fc.constantFrom(
      'registry.example.com',
      '127.0.0.1:5000',
      'localhost',
      'r.cn-hangzhou.aliyuncs.com',
      '[::1]:5000',
    ),
    NAME,
  )
  .map(parts => parts.join('/'))
const FILE_NAME = HOSTILE.filter(name => !/[/\0]/.test(name))

const GOOD: fc.Arbitrary<Project> = fc.record({
  file: fc.constant('docker-compose.yaml'),
  folder: fc.constant('project'),
  services: fc.array(SERVICE, { minLength: 1, maxLength: 3 }),
  ignore: fc.array(PATTERN, { maxLength: 2 }),
  registry: REGISTRY,
  platform: PLATFORM,
})

type Change = (project: Project) => Project

function set<Key extends keyof Project>(key: Key, values: fc.Arbitrary<Project[Key]>): fc.Arbitrary<Change> {
  return values.map(value => project => ({ ...project, [key]: value }))
}

function add(services: fc.Arbitrary<Partial<Service>>): fc.Arbitrary<Change> {
  return services.map(service => project => {
    const added = { name: 'z', image: 'z', platform: null, ...service }
    return { ...project, services: [...project.services, added] }
  })
}

/** One thing is changed. What is refused costs next to nothing, so there is much of it. */
const SPOIL: fc.Arbitrary<Change> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Change>(project => project) },
  {
    weight: 2,
    arbitrary: set(
      'file',
      FILE_NAME.map(name => `${name}.yaml`),
    ),
  },
  {
    weight: 1,
    arbitrary: set(
      'folder',
      FILE_NAME.filter(name => !['', '.', '..'].includes(name)),
    ),
  },
  { weight: 12, arbitrary: add(fc.record({ image: spoilt(IMAGE) })) },
  { weight: 4, arbitrary: add(fc.record({ name: spoilt(NAME) })) },
  { weight: 4, arbitrary: add(fc.record({ platform: spoilt(PLATFORM) })) },
  { weight: 4, arbitrary: set('platform', spoilt(PLATFORM)) },
  { weight: 4, arbitrary: set('registry', spoilt(REGISTRY)) },
  { weight: 4, arbitrary: set('ignore', fc.tuple(spoilt(PATTERN))) },
)

const PROJECT = fc.tuple(GOOD, SPOIL).map(([project, spoil]) => spoil(project))

/** At least this one is not refused. */
const ODD_BUT_GOOD: Project = {
  file: "it's a $(: >canary) `x`.yaml",
  folder: '-rf *',
  services: [
    { name: '-', image: `[::1]:80/a__b/c:_X.${'1'.repeat(40)}`, platform: 'linux/arm64/v8' },
    { name: '_', image: 'y', platform: null },
    // Docker shows it as 1.x/y:2, which it would take for an image of a registry 1.x.
    { name: 'a', image: 'docker.io/1.x/y:2', platform: null },
  ],
  ignore: ['??x'],
  registry: '[::1]:5000/a.b',
  platform: 'linux/amd64',
}

/** JSON is YAML: every string arrives as it is, but for what `$` means to Compose. */
function compose(services: Project['services']): string {
  const literal = (text: string) => text.replaceAll('$', '$$$$')
  const entries = services.map(({ name, image, platform }) => [
    name,
    { image: literal(image), ...(platform === null ? {} : { platform: literal(platform) }) },
  ])
  return JSON.stringify({ services: Object.fromEntries(entries) })
}

/** Reads, plans and writes. Returns null where the input is refused. */
async function generate(
  project: Project,
  home: string,
): Promise<{ readonly plan: RelayPlan; readonly out: string } | null> {
  const directory = join(home, project.folder)
  mkdirSync(directory)
  writeFileSync(join(directory, project.file), compose(project.services))
  writeFileSync(join(directory, 'ignore-images.txt'), project.ignore.join('\n'))
  writeFileSync(join(directory, 'relay.yaml'), JSON.stringify({ platform: project.platform }))
  const out = join(directory, 'out')
  const before = readdirSync(directory)
  try {
    const flags = { file: [project.file], registry: project.registry }
    const plan = planWorkspace(await openWorkspace(flags, { directory, environment: {} }))
    const files = ANY_PROJECT.flatMap(generator => generator.files(plan))
    writeOutput(out, compareOutput(out, files, false))
    return { plan, out }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    expect(readdirSync(directory)).toEqual(before)
    return null
  }
}

/** Generates and, where that is not refused, runs what came out. Returns whether it did. */
async function survive(project: Project, bash: string): Promise<boolean> {
  const work = join(lab, `work-${count++}`)
  mkdirSync(work)
  const result = await generate(project, work)
  if (result === null) return false
  const { plan, out } = result
  const host = new FakeEngine(lab, bash)
  const nowhere = join(host.dir, 'nowhere')
  mkdirSync(nowhere)
  const scripts = readdirSync(out).filter(name => name.endsWith('.sh'))
  const script = (start: string) => join(out, scripts.find(name => name.startsWith(start)) ?? start)
  const run = (name: string, ...args: readonly string[]) =>
    host.run([script(name), ...args], { cwd: nowhere })
  const sources = plan.relays.map(({ from }) => shortReference(from))
  const targets = plan.relays.map(({ to }) => formatReference(to))
  // What is pinned gets a tag here, the one that it has at the target.
  const pins = plan.relays
    .filter(({ from }) => from.digest !== null)
    .map(({ from, to }) => [
      'tag',
      shortReference(from),
      shortReference({ ...from, tag: to.tag, digest: null }),
    ])

  const pulled = await run('pull-', '--jobs', '8')
  expect(pulled).toMatchObject({ status: 0, stderr: '' })
  const pulls = plan.relays.map(({ from, use }) => ['pull', '--platform', use.platform, shortReference(from)])
  expect(sorted(host.calls('pull'))).toEqual(sorted(pulls))

  host.rule('login', 'exit 0')
  const pushed = await run('push-', '--jobs', '8')
  expect(pushed.status).toBe(0)
  expect(sorted(host.calls('push'))).toEqual(sorted(targets.map(target => ['push', target])))
  expect(sorted(host.calls('tag'))).toEqual(
    sorted([...pins, ...sources.map((source, at) => ['tag', source, targets[at] ?? ''])]),
  )

  // The list of aliases is sorted by these names; that of the plan by what Docker shows, which may differ.
  const listed = await run('tag-', 'tag-localhost', '--list')
  const tagged = plan.relays.filter(({ from }) => from.tag !== null)
  expect(listed.stdout).toBe(
    tagged
      .map(({ from }) => `${shortReference({ ...from, digest: null })}\n`)
      .sort()
      .join(''),
  )

  host.compose({ config: 'none' })
  expect(await run('test-docker-build')).toMatchObject({ status: 0, stderr: '' })
  const tested = await run('test-deployment', '--offline')
  expect(tested).toMatchObject({ status: 0, stderr: '' })
  const listing = await run('test-deployment', '--list')
  expect(
    listing.stdout
      .split('\n')
      .filter(line => line !== '')
      .sort(),
  ).toEqual([...new Set(targets)].sort())

  for (const folder of [nowhere, host.home, host.tmp]) expect(readdirSync(folder)).toEqual([])
  expect(existsSync(join(out, 'canary'))).toBe(false)
  return true
}

function sorted(calls: readonly (readonly string[])[]): readonly string[] {
  return calls.map(call => call.join('\0')).sort()
}

test('hostile input is refused, or arrives byte for byte and is never run', async () => {
  let ran = 0
  const batch = fc.array(PROJECT, { minLength: 20, maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(batch, async projects => {
      const results = await Promise.all(
        projects.map((project, at) => survive(project, BASHES[at % BASHES.length] ?? 'bash')),
      )
      ran += results.filter(result => result).length
    }),
    { numRuns: 8, endOnFailure: true, examples: [[[ODD_BUT_GOOD]]] },
  )
  expect(ran).toBeGreaterThan(0)
})

/** The parts of a name in many spellings that mean the same or nearly so. */
const SPELLING = fc
  .tuple(
    fc.constantFrom(
      '',
      '',
      'docker.io/',
      'index.docker.io/',
      'docker.io/library/',
      'library/',
      'ghcr.io/',
      'r.io:80/',
      'Reg/',
    ),
    fc.constantFrom('nginx', 'a', 'b', 'a/b', 'library', 'a/library', 'library/a', 'nginx/nginx', 'a/b/c'),
    fc.constantFrom('', '', ':1', ':latest', ':2'),
  )
  .map(parts => parts.join(''))
const PIN = fc.constantFrom('', '', '', `@sha256:${'a'.repeat(64)}`, `@sha256:${'b'.repeat(64)}`)
const PINNED = fc.tuple(SPELLING, PIN).map(parts => parts.join(''))
const GLOB = fc.oneof(
  PINNED,
  fc
    .tuple(PINNED, fc.nat(20), fc.constantFrom('*', '?', '**', '*:*', ''))
    .map(([text, at, glob]) => text.slice(0, at) + glob + text.slice(at + glob.length) || '*'),
  fc.tuple(PINNED, fc.nat(20)).map(([text, at]) => `${text.slice(0, at)}*`),
)

/** What parts of the library answer, a line for each line of input. */
function ask(
  bash: string,
  parts: readonly string[],
  script: string,
  input: readonly string[],
): readonly string[] {
  const sources = parts.map(part => `source ${ROOT}/templates/lib/${part}.bash\n`).join('')
  const lines = execFileSync(bash, ['-c', `set -u\n${sources}${script}`], {
    encoding: 'utf8',
    input: `${input.join('\n')}\n`,
  })
  return lines.trimEnd().split('\n')
}

test.each(BASHES)('--only means what an ignore file means: %s', bash => {
  const script = `
    while IFS=$'\\t' read -r pattern reference; do
      (add_only "$pattern" && selected "$reference" && echo true || echo false)
    done`
  fc.assert(
    fc.property(fc.array(fc.tuple(GLOB, PINNED), { minLength: 300, maxLength: 300 }), pairs => {
      const references = pairs.map(([, text]) => withDefaultTag(parseReference(text)))
      const input = pairs.map(
        ([pattern], at) => `${pattern}\t${familiarReference(references[at] ?? NOTHING)}`,
      )
      const expected = pairs.map(([pattern], at) => String(means(pattern, references[at] ?? NOTHING)))
      const answers = ask(bash, ['reference', 'untagged', 'table', 'select'], script, input)
      expect(input.map((line, at) => `${line} ${answers[at]}`)).toEqual(
        input.map((line, at) => `${line} ${expected[at]}`),
      )
    }),
    { numRuns: 3, endOnFailure: true },
  )
})

test.each(BASHES)('a name in full is what Docker means by it: %s', bash => {
  const local = fc.constantFrom('localhost/a', 'localhost/a/b:1', 'localhost:5000/a', '[::1]:80/a:1', 'a.b/c')
  fc.assert(
    fc.property(fc.array(fc.oneof(PINNED, local), { minLength: 100, maxLength: 100 }), texts => {
      const script = 'while read -r name; do qualify "$name"; echo "$REPLY"; done'
      const expected = texts.map(text => formatReference(parseReference(text)))
      expect(ask(bash, ['reference', 'untagged'], script, texts)).toEqual(expected)
    }),
    { numRuns: 2, endOnFailure: true },
  )
})

test.each(BASHES)('an alias has the names that push gives: %s', bash => {
  const script = `
    ENGINE_KIND=docker HARBOR=r.example.com/team
    while read -r NAMING name; do set_names "$name" && echo "$ORIGINAL $LOCAL $REMOTE"; done`
  const registry = registryOfAddress('r.example.com/team')
  fc.assert(
    fc.property(fc.array(SPELLING, { minLength: 100, maxLength: 100 }), texts => {
      for (const naming of ['flat', 'path', 'basename'] as const) {
        const expected = texts.map(text => {
          const reference = withDefaultTag(parseReference(text))
          const name = familiarReference(reference)
          // Engines take no port and no upper case behind localhost/.
          const local = /[:A-Z]/.test(familiarName(reference)) ? '' : `localhost/${name}`
          return `${name} ${local} ${formatReference(targetOf(reference, { ...registry, naming }, null))}`
        })
        const input = texts.map(text => `${naming} ${text}`)
        expect(
          ask(
            bash,
            ['reference', 'untagged', 'engine-name', 'table', 'alias-names', 'local-name', 'alias-remote'],
            script,
            input,
          ),
        ).toEqual(expected)
      }
    }),
    { numRuns: 2, endOnFailure: true },
  )
})

const NOTHING = parseReference('nothing')

function means(pattern: string, reference: ImageReference): boolean {
  try {
    return parsePattern(pattern)(reference)
  } catch (error) {
    if (error instanceof Invalid) return false
    throw error
  }
}
