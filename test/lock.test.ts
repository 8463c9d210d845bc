import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatLock, type LockRow, mergeLocks, parseLock } from '../generators/core/lock.ts'
import { pinPlan, type RelayPlan } from '../generators/core/plan.ts'
import { InputError } from '../generators/core/problem.ts'
import { mirrorCompose } from '../generators/mirror-compose.ts'
import { override } from '../generators/override.ts'
import { type Choices, composeWith, linesOf, plan, refusalsOf, TARGET } from './project.ts'

const HEADER = 'source\tsource digest\ttarget\ttarget digest\tplatform\n'
const [A, B, C] = ['a', 'b', 'c'].map(digit => `sha256:${digit.repeat(64)}`) as [string, string, string]

const X = `${TARGET}/x:1`

/** A line of a lock; what is left out is usual. */
function row(source: string, ...rest: readonly string[]): string {
  const [sourceDigest = A, target = X, targetDigest = B, platform = 'linux/amd64'] = rest
  return `${[source, sourceDigest, target, targetDigest, platform].join('\t')}\n`
}

/** The lines of refusal, each without the `l.tsv:` of its place. */
function refusals(text: string): string[] {
  return refusalsOf(() => parseLock(text, 'l.tsv')).map(line => line.replace(/^l\.tsv:/, ''))
}

describe('parseLock', () => {
  it('reads every column', () => {
    const text = HEADER + row('nginx:1.27') + row('quay.io/a/b:2', '-', 'r.io/b:2', '-', 'linux/arm/v7')
    expect(parseLock(text, 'l.tsv')).toEqual([
      {
        source: 'nginx:1.27',
        sourceDigest: A,
        target: X,
        targetDigest: B,
        platform: 'linux/amd64',
        at: { file: 'l.tsv', line: 2, column: 1 },
      },
      {
        source: 'quay.io/a/b:2',
        sourceDigest: null,
        target: 'r.io/b:2',
        targetDigest: null,
        platform: 'linux/arm/v7',
        at: { file: 'l.tsv', line: 3, column: 1 },
      },
    ])
  })

  it.each([
    ['CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
    ['a byte order mark', (text: string) => `\ufeff${text}`],
    ['no final line break', (text: string) => text.trimEnd()],
    ['a line twice', (text: string) => text + row('b:1')],
    ['another order', () => HEADER + row('b:1') + row('a:1')],
    ['a name in full', (text: string) => text.replace('a:1', 'docker.io/library/a:1')],
  ])('takes %s', (_, change) => {
    const text = HEADER + row('a:1') + row('b:1')
    expect(formatLock(parseLock(change(text), 'l.tsv'))).toBe(text)
  })

  it('takes a lock without rows', () => {
    expect(parseLock(HEADER, 'l.tsv')).toEqual([])
    expect(formatLock([])).toBe(HEADER)
  })

  it('sorts by code unit of the whole line', () => {
    const sources = ['a:1', 'Z.io/b:1', 'a-b:1', 'a/b:1', 'a:1.5']
    const text = formatLock(parseLock(HEADER + sources.map(source => row(source)).join(''), 'l.tsv'))
    const found = text.split('\n').slice(1, -1)
    expect(found.map(line => line.split('\t')[0])).toEqual(['Z.io/b:1', 'a-b:1', 'a/b:1', 'a:1', 'a:1.5'])
  })

  it('keeps an image apart that only its full name tells from another', () => {
    const rows = parseLock(HEADER + row('localhost/a:1') + row('docker.io/localhost/a:1'), 'l.tsv')
    expect(rows.map(({ source }) => source)).toEqual(['localhost/a:1', 'docker.io/localhost/a:1'])
  })

  const noHeader =
    'it has source, source digest, target, target digest, platform, with tabs between them: name a lock that the push script wrote'
  it.each<[string, ...string[]]>([
    ['', `1:1: not the first line of a lock: "": ${noHeader}`],
    [row('a:1').replaceAll('\t', ' '), expect.stringMatching(/^1:1: not the first line of a lock: "a:1 sha/)],
    ['source\ttarget\tplatform\n', expect.stringMatching(/^1:1: not the first line/)],
    [` ${HEADER}`, expect.stringMatching(/^1:1: not the first line/)],
    [`${HEADER}\n`, '2:1: 1 column, and a lock has 5: write one tab between two values, or remove the line'],
    [
      `${HEADER}${row('a:1').trimEnd()}\tmore\n`,
      '2:1: 6 columns, and a lock has 5: write one tab between two values, or remove the line',
    ],
    [HEADER + row('a'), '2:1: source: "a" has neither tag nor digest: write "a:latest" if that is meant'],
    [
      HEADER + row('A:1'),
      '2:1: source: not an image reference: "A:1": repository names are lower case: write "a" for "A"',
    ],
    [
      HEADER + row('a:1', 'abc'),
      '2:5: source digest: not a digest: "abc": "sha256:" and 64 digits 0-9 and a-f, or "-" where it is not known',
    ],
    [HEADER + row('a:1', ''), expect.stringMatching(/^2:5: source digest: not a digest: ""/)],
    [HEADER + row('a:1', `sha512:${'a'.repeat(128)}`), expect.stringMatching(/^2:5: source digest: not a/)],
    [HEADER + row('a:1', '-', 'r.io/a'), '2:7: target: "r.io/a" has no tag: write the tag that was pushed'],
    [
      HEADER + row('a:1', '-', `r.io/a:1@${A}`),
      `2:7: target: "r.io/a:1@${A}" has a digest: write it in the column of its own`,
    ],
    [
      HEADER + row('a:1', '-', 'a:1'),
      '2:7: target: "a:1" is not written in full: write "docker.io/library/a:1"',
    ],
    [
      HEADER + row('a:1', '-', 'r.io/a:1', `${A.slice(0, -1)}A`),
      expect.stringMatching(/^2:16: target digest: not a digest: "sha256:a{63}A"/),
    ],
    [
      HEADER + row('a:1', '-', 'r.io/a:1', '-', 'linux'),
      '2:18: platform: not a platform: "linux": such as linux/amd64',
    ],
    [
      HEADER + row('a:1', '-', 'r.io/a:1', '-', 'linux/amd64\u202e\r'),
      expect.stringContaining('2:18: platform: not a platform: "linux/amd64\\u{202e}'),
    ],
    [
      HEADER + row('a:1') + row('b:1') + row('a:1', '-') + row('docker.io/library/a:1', A, 'r.io/a:1'),
      '4:1: "a:1" for linux/amd64 stands on line 2, too, and differs: remove the line that is out of date',
      '5:1: "a:1" for linux/amd64 stands on line 2, too, and differs: remove the line that is out of date',
    ],
    [
      HEADER + row('a', 'b', 'c', 'd', 'e') + row('é:1'),
      expect.stringMatching(/^2:1: source: /),
      expect.stringMatching(/^2:5: target: "c" has no tag/),
      expect.stringMatching(/^2:9: platform: /),
      expect.stringMatching(/^2:3: source digest: /),
      expect.stringMatching(/^2:7: target digest: /),
      expect.stringMatching(/^3:1: source: not an image reference: "é:1"/),
    ],
  ])('refuses %j', (text, ...lines) => {
    expect(refusals(text)).toEqual(lines)
  })

  it('reads or refuses whatever has the form of a lock, and reads back what it writes', () => {
    const value = fc.oneof(
      fc.constantFrom('a:1', A, '-', 'r.io/a:1', 'linux/amd64', ''),
      fc.string({ unit: 'binary' }),
    )
    const line = fc.array(value, { minLength: 4, maxLength: 6 }).map(cells => cells.join('\t'))
    fc.assert(
      fc.property(fc.array(line), lines => {
        try {
          const text = formatLock(parseLock(HEADER + lines.join('\n'), 'l.tsv'))
          expect(formatLock(parseLock(text, 'l.tsv'))).toBe(text)
        } catch (error) {
          for (const said of linesOf(error)) expect(said).toMatch(/^l\.tsv:\d+:\d+: [^\n\r]+$/)
        }
      }),
    )
  })
})

/** Locks that mostly agree: few sources, and digests that seldom differ. */
const ROWS = fc.record({
  source: fc.constantFrom('a:1', 'b:1', 'quay.io/c/d:2', `e@${C}`),
  sourceDigest: fc.constantFrom(null, A),
  target: fc.constant(X),
  targetDigest: fc.constantFrom(null, null, B, B, B, C),
  platform: fc.constantFrom('linux/amd64', 'linux/arm64'),
})
const LOCK = fc
  .uniqueArray(ROWS, { maxLength: 6, selector: ({ source, platform }) => `${source} ${platform}` })
  .map(rows => rows.map((cells, index) => ({ ...cells, at: { file: 'l', line: index + 2, column: 1 } })))

/** What comes of it, as text; conflicts are one outcome, whatever is said about them. */
function outcome(merge: () => readonly LockRow[]): string {
  try {
    return formatLock(merge())
  } catch (error) {
    if (error instanceof InputError) return 'conflict'
    throw error
  }
}

describe('mergeLocks', () => {
  it('is commutative, associative and idempotent', () => {
    fc.assert(
      fc.property(LOCK, LOCK, LOCK, (a, b, c) => {
        const all = outcome(() => mergeLocks([a, b, c]))
        expect(outcome(() => mergeLocks([c, b, a]))).toBe(all)
        expect(outcome(() => mergeLocks([mergeLocks([a, b]), c]))).toBe(all)
        expect(outcome(() => mergeLocks([a, mergeLocks([b, c])]))).toBe(all)
        expect(outcome(() => mergeLocks([a, a]))).toBe(formatLock(a))
        expect(outcome(() => mergeLocks([a, []]))).toBe(formatLock(a))
      }),
    )
  })

  it('makes a lock of its shards again, in any order, where they have rows in common, and where they know less', () => {
    const places = fc.array(fc.record({ shards: fc.nat(7), forget: fc.nat(7) }), {
      minLength: 6,
      maxLength: 6,
    })
    fc.assert(
      fc.property(LOCK, places, (lock, choices) => {
        const shards = [0, 1, 2].map(shard =>
          lock.filter((_, index) => ((choices[index]?.shards ?? 0) | 1) & (1 << shard)),
        )
        const dim = lock.map((row, index) =>
          (choices[index]?.forget ?? 0) < 4 ? row : { ...row, sourceDigest: null, targetDigest: null },
        )
        expect(formatLock(mergeLocks([dim, ...shards.toReversed()]))).toBe(formatLock(lock))
      }),
    )
  })

  it('tells every conflict with both places', () => {
    const [a, b, c] = [
      HEADER + row('a:1') + row('b:1') + row('c:1', '-'),
      HEADER + row('b:1', B, X, C) + row('a:1', A, 'r.io/a:1', C) + row('c:1', C),
      HEADER + row('a:1', A, X, '-') + row('c:1', B) + row('a:1', B, 'r.io/x:1', A, 'linux/arm64'),
    ].map((text, index) => parseLock(text, `${index}.tsv`))
    const cure = 'remove the line that is out of date, or push the image again'
    expect(refusalsOf(() => mergeLocks([a ?? [], b ?? [], c ?? []]))).toEqual([
      `1.tsv:3:1: target: "a:1" for linux/amd64 has r.io/a:1 here and ${TARGET}/x:1 in 0.tsv:2: ${cure}`,
      `1.tsv:2:1: source digest: "b:1" for linux/amd64 has ${B} here and ${A} in 0.tsv:3: ${cure}`,
      `1.tsv:2:1: target digest: "b:1" for linux/amd64 has ${C} here and ${B} in 0.tsv:3: ${cure}`,
      `2.tsv:3:1: source digest: "c:1" for linux/amd64 has ${B} here and ${C} in 1.tsv:4: ${cure}`,
    ])
  })
})

const SOURCE = { path: '/o/l.tsv', file: 'l.tsv', where: '--pin', without: 'drop --pin' }

/** The plan of a project with the digests of these lines. */
function pinned(relay: RelayPlan, ...lines: readonly string[]): RelayPlan {
  return pinPlan(relay, parseLock(HEADER + lines.join(''), 'l.tsv'), SOURCE)
}

function mirrorOf(text: string, lines: readonly string[], choices: Choices = {}): string {
  return mirrorCompose.files(pinned(plan(text, choices), ...lines))[0]?.content ?? ''
}

describe('pinPlan', () => {
  const to = (name: string) => `${TARGET}/${name}`
  const web = row('nginx:1.27', A, to('nginx:1.27'))

  it('puts the digest behind the tag, and changes no other output', () => {
    const text = `# why\nservices:\n  a: { image: 'nginx:1.27' } # it\n  b: { image: kept, build: . }\n  c:\n    image: >-\n      docker.io/library/nginx:1.27\n`
    const expected = text.replace(/(docker.io\/library\/)?nginx:1.27/g, `${to('nginx:1.27')}@${B}`)
    const other = row('gone:1', A, to('gone:1'))
    expect(mirrorOf(text, [web, other])).toBe(expected)
    const [{ to: target } = {}] = pinned(plan(text), web).relays
    expect(target).toMatchObject({ tag: '1.27', digest: null })
  })

  it('writes the whole value where a variable was in the tag', () => {
    const environment = { TAG: '1.27', PINNED: `1.27@${B}` }
    const text = composeWith(['nginx:$TAG', 'nginx:${TAG:-1}'])
    const expected = text.replace(/nginx:\$(TAG|\{TAG:-1\})/g, `${to('nginx:1.27')}@${B}`)
    expect(mirrorOf(text, [web], { environment })).toBe(expected)
    // The digest at the target may well be that of the source.
    const same = row(`nginx:1.27@${B}`, B, to('nginx:1.27'))
    expect(mirrorOf(composeWith(['nginx:$PINNED']), [same], { environment })).toBe(
      composeWith([`${to('nginx:1.27')}@${B}`]),
    )
  })

  it('is in a merged mirror and in an override, too', () => {
    const text = 'services: { a: { image: "nginx:${TAG}" } }\n'
    const one = pinned(plan(text, { environment: { TAG: '1.27' }, merged: true }), web)
    for (const generator of [mirrorCompose, override]) {
      expect(generator.files(one)[0]?.content).toContain(
        `services:\n  a:\n    image: ${generator === override ? '' : '"'}${to('nginx:1.27')}@${B}`,
      )
    }
  })

  it('takes the row of the platform, and the pins of sources', () => {
    const text = `services:
  a: { image: "a@${A}", platform: linux/arm64 }
  b: { image: "b:1@${A}" }
  c: { build: { additional_contexts: [x=docker-image://c] } }
`
    const lines = [
      row(`a@${A}`, A, to('a:sha256-aaaaaaaaaaaa'), B),
      row(`a@${A}`, A, to('a:sha256-aaaaaaaaaaaa'), C, 'linux/arm64'),
      row(`b:1@${A}`, A, to('b:1'), B),
      row('c:latest', '-', to('c:latest'), C),
    ]
    expect(mirrorOf(text, lines)).toBe(`services:
  a: { image: "${to('a:sha256-aaaaaaaaaaaa')}@${C}", platform: linux/arm64 }
  b: { image: "${to('b:1')}@${B}" }
  c: { build: { additional_contexts: [x=docker-image://${to('c:latest')}@${C}] } }
`)
  })

  it('tells everything that is missing, where it is missing', () => {
    const text = composeWith(['a:1', 'b:1', 'c:1', 'd:1', 'e:1', 'kept:1'])
    const lines = [
      row('b:1', A, to('b:1'), '-'),
      row('c:1', A, 'old.example.com/team/c:1'),
      row('d:1', A, to('d:1'), B, 'linux/arm64'),
      row('d:1', A, to('d:1'), B, 'linux/arm/v7'),
      row('e:1', '-', to('e:1'), B),
    ]
    const cure = 'run the push script, or drop --pin'
    expect(refusalsOf(() => pinned(plan(text, { ignore: 'kept\n' }), ...lines))).toEqual([
      `compose.yaml:3:12: services.s0.image: l.tsv has no digest of "a:1" for linux/amd64: ${cure}`,
      `l.tsv:2:1: target digest: "b:1" for linux/amd64 has no known digest: ${cure}`,
      `l.tsv:3:1: target: "c:1" for linux/amd64 is old.example.com/team/c:1 here, not ${to('c:1')}: ${cure}`,
      `compose.yaml:9:12: services.s3.image: l.tsv has no digest of "d:1" for linux/amd64, only for linux/arm64, linux/arm/v7: ${cure}`,
    ])
  })
})
