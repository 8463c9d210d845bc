import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pathOf } from './fake-engine.ts'

const PROGRAM = fileURLToPath(new URL('../templates/awk/daemon-json.awk', import.meta.url))

/** Every awk that hosts have: CentOS gawk, Debian mawk, Alpine busybox, macOS and the BSDs the original one. */
const AWKS = [['mawk'], ['gawk'], ['busybox', 'awk'], ['original-awk']] as const
const INSTALL = 'apt-get install mawk gawk busybox original-awk jq'

const isHere = (program: string) => {
  try {
    return pathOf(program) !== ''
  } catch {
    return false
  }
}
const HERE = AWKS.filter(([program]) => isHere(program))

test('the tools are here', () => {
  const missing = [...AWKS.map(([program]) => program), 'jq'].filter(program => !isHere(program))
  if (missing.length > 0 && process.env['CI'] !== undefined) throw new Error(`run: ${INSTALL}`)
  if (missing.length > 0) console.warn(`SKIPPED: ${missing.join(', ')} for these tests; run: ${INSTALL}`)
})

type Merge = (
  text: string | Buffer,
  urls: readonly string[],
  list?: boolean,
) => { status: number; out: string }

const mergeBy =
  ([program, ...args]: readonly [string, ...string[]]): Merge =>
  (text, urls, list = false) => {
    const assignment = list ? 'list=1' : `urls=${urls.join(' ')}`
    const input = Buffer.concat([Buffer.from(text), Buffer.from('x')])
    const env = { PATH: process.env['PATH'], LC_ALL: 'C' }
    const { status, stdout, stderr } = spawnSync(program, [...args, '-v', assignment, '-f', PROGRAM], {
      input,
      env,
    })
    if (stderr.length > 0) throw new Error(stderr.toString())
    return { status: status ?? -1, out: stdout.toString() }
  }

/** A value as text, with its own white space and spellings, and where its registry-mirrors stand if it has any. */
const blank = fc.stringMatching(/^[ \t\r\n]{0,4}$/)
const escaped = (char: string) =>
  [...Array(char.length).keys()].map(at => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')
const character = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '"',
      '\\',
      '/',
      '\n',
      '\t',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '镜',
      '😀',
      '\u0001',
    ),
  },
)
const string = fc
  .array(fc.tuple(character, fc.boolean()), { maxLength: 8 })
  .map(
    parts =>
      `"${parts.map(([char, hidden]) => (hidden ? escaped(char) : JSON.stringify(char).slice(1, -1))).join('')}"`,
  )
const number = fc.oneof(
  fc.constantFrom(
    '0',
    '-0',
    '1e5',
    '-1.50E+10',
    '123456789012345678901234567890',
    '0.1000000000000000055511151231257827',
  ),
  fc.integer().map(String),
)
const around = (text: fc.Arbitrary<string>) => fc.tuple(blank, text, blank).map(parts => parts.join(''))
const { value } = fc.letrec<{ value: string; object: string; array: string }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(string, number, fc.constantFrom('true', 'false', 'null')),
    tie('object'),
    tie('array'),
  ),
  object: fc
    .uniqueArray(fc.tuple(around(string), around(tie('value'))), {
      maxLength: 4,
      selector: ([key]) => JSON.parse(key),
    })
    .map(entries => `{${entries.map(([key, text]) => `${key}:${text}`).join(',')}}`),
  array: fc.array(around(tie('value')), { maxLength: 4 }).map(items => `[${items.join(',')}]`),
}))

const KEYS = ['registry-mirrors', 'registry\\u002dmirrors', '\\u0072egistry-mirrors'].map(key => `"${key}"`)
const isOurs = (key: string) => JSON.parse(key) === 'registry-mirrors'

/** A daemon.json: its entries, of which one may be the mirrors, and what stands before and behind it. */
const document = fc
  .record({
    entries: fc.uniqueArray(fc.tuple(around(string), around(value)), {
      maxLength: 5,
      selector: ([key]) => JSON.parse(key),
    }),
    mirrors: fc.option(
      fc.record({
        key: around(fc.constantFrom(...KEYS)),
        lead: blank,
        text: fc.oneof(
          fc.array(around(string), { maxLength: 3 }).map(items => `[${items.join(',')}]`),
          value,
        ),
        trail: blank,
        place: fc.nat(5),
      }),
    ),
    before: blank,
    inside: blank,
    behind: blank,
  })
  .filter(({ entries }) => !entries.some(([key]) => isOurs(key)))

interface Written {
  readonly text: string
  /** The bytes before and behind the value of the mirrors; null where there is none. */
  readonly around: readonly [string, string] | null
}

type Document = typeof document extends fc.Arbitrary<infer Type> ? Type : never

function write({ entries, mirrors, before, inside, behind }: Document): Written {
  const others = entries.map(([key, text]) => `${key}:${text}`)
  if (mirrors === null) {
    const body = others.length === 0 ? inside : others.join(',')
    return { text: `${before}{${body}}${behind}`, around: null }
  }
  const place = Math.min(mirrors.place, others.length)
  const front = [...others.slice(0, place), `${mirrors.key}:${mirrors.lead}`].join(',')
  const back = [mirrors.trail, ...others.slice(place)].join(',')
  const around = [`${before}{${front}`, `${back}}${behind}`] as const
  return { text: around[0] + mirrors.text + around[1], around }
}

const urls = fc.uniqueArray(
  fc.constantFrom('https://a.example', 'http://127.0.0.1:5000', 'https://[::1]:8443', 'https://b.example'),
  { maxLength: 3 },
)
const SAMPLES = fc.sample(fc.tuple(document.map(write), urls), { seed: 20260701, numRuns: 300 })

/** What jq makes of many files at once, each with its own mirrors. */
function byJq(samples: readonly (readonly [string, readonly string[]])[]): readonly string[] {
  const input = samples.map(([text, mirrors]) => `${JSON.stringify(mirrors)}\n${text}\n`).join('')
  const program = 'input as $file | . as $mirrors | $file | ."registry-mirrors" = $mirrors'
  const options = { input, encoding: 'utf8', maxBuffer: 2 ** 28 } as const
  return execFileSync('jq', ['-c', program], options).trimEnd().split('\n')
}

describe.each(HERE.map(awk => ({ name: awk.join(' '), merge: mergeBy(awk) })))('$name', ({ merge }) => {
  test('300 files: the mirrors are those, and no other byte is', () => {
    for (const [{ text, around }, mirrors] of SAMPLES) {
      const { status, out } = merge(text, mirrors)
      expect([text, status]).toEqual([text, 0])
      const before = JSON.parse(text)
      const after = JSON.parse(out)
      expect(after).toEqual({ ...before, 'registry-mirrors': mirrors })
      expect(
        JSON.parse(
          `[${merge(out, [], true)
            .out.trim()
            .split('\n')
            .filter(Boolean)
            .map(line => JSON.stringify(line))
            .join(',')}]`,
        ),
      ).toEqual(mirrors)
      // Once more changes nothing.
      expect(merge(out, mirrors)).toEqual({ status: 0, out })
      if (around !== null) {
        const [front, back] = around
        expect(out.startsWith(front) && out.endsWith(back)).toBe(true)
        expect(JSON.parse(out.slice(front.length, out.length - back.length))).toEqual(mirrors)
        continue
      }
      // One piece came in, and what is around it is the file.
      let common = 0
      while (common < text.length && text[common] === out[common]) common++
      const rest = [...Array(common + 1).keys()].some(start => out.endsWith(text.slice(start)))
      expect([text, out, rest]).toEqual([text, out, true])
    }
  })

  test.skipIf(!isHere('jq'))('and jq makes the same values of them', () => {
    const cases = SAMPLES.map(([{ text }, mirrors]) => [text, mirrors] as const)
    const expected = byJq(cases)
    expect(expected.length).toBe(300)
    // jq rounds long numbers, so both sides go through it.
    const merged = cases.map(([text, mirrors]) => [merge(text, mirrors).out, mirrors] as const)
    for (const [at, line] of byJq(merged).entries())
      expect(JSON.parse(line)).toEqual(JSON.parse(expected[at] ?? ''))
  })

  test('300 files that somebody has damaged are refused whenever JSON.parse refuses them', () => {
    const damage = fc.sample(
      fc.record({
        at: fc.nat(),
        cut: fc.nat(3),
        put: fc.constantFrom(
          '',
          ',',
          '{',
          '}',
          '[',
          '"',
          ':',
          '//',
          '#',
          '\\',
          '0',
          'x',
          "'",
          '\u0001',
          ',,',
        ),
      }),
      { seed: 7, numRuns: 300 },
    )
    let refused = 0
    for (const [index, [{ text }]] of SAMPLES.entries()) {
      const { at = 0, cut = 0, put = '' } = damage[index] ?? {}
      const place = at % (text.length + 1)
      const bad = Buffer.from(text.slice(0, place) + put + text.slice(place + cut)).toString()
      const { status, out } = merge(bad, ['https://a.example'])
      if (isObject(bad)) {
        expect([bad, status, status === 0 || out.includes('twice')]).toEqual([bad, status, true])
      } else if (bad.trim() !== '') {
        refused++
        expect([bad, status]).toEqual([bad, 1])
        expect(out).toMatch(/^\d+ \d+ (?:comment|comma|end|other|twice .*)\n$/s)
      }
    }
    expect(refused).toBeGreaterThan(150)
  })

  test.each([
    ['{"a": 1,}', '1 8 comma'],
    ['{"a": [1, 2,\n ]}', '1 12 comma'],
    ['{\n  // mirrors\n}', '2 3 comment'],
    ['{\n  "a": 1 # one\n}', '2 10 comment'],
    ['{"a": 1, /* b */ "b": 2}', '1 10 comment'],
    ['{"a": 1, "a": 2}', '1 10 twice a'],
    ['{"a": {"b": 1, "\\u0062": 2}}', '1 16 twice b'],
    ['{"镜": 1, "\\u955c": 2}', '1 12 twice 镜'],
    ['{"registry-mirrors": ["https://a"]', '1 35 end'],
    ['{"registry-mirrors": ["https://a', '1 33 end'],
    ['[]', '1 1 other'],
    ['"a"', '1 1 other'],
    ['{} {}', '1 4 other'],
    ["{'a': 1}", '1 2 other'],
    ['{a: 1}', '1 2 other'],
    ['{"a": 01}', '1 7 other'],
    ['{"a": 1.}', '1 7 other'],
    ['{"a": .5}', '1 7 other'],
    ['{"a": +1}', '1 7 other'],
    ['{"a": NaN}', '1 7 other'],
    ['{"a": True}', '1 7 other'],
    ['{"a" 1}', '1 6 other'],
    ['{"a": 1 "b": 2}', '1 9 other'],
    ['{"a": "\t"}', '1 8 other'],
    ['{"a": "\\x"}', '1 9 other'],
    ['{"a": "\\u12g4"}', '1 9 other'],
    ['{"a": [1}', '1 9 other'],
    ['{"a": }', '1 7 other'],
    ['\ufeff{}', '1 1 other'],
  ])('%j is refused as %j', (text, why) => {
    expect(merge(text, ['https://a'])).toEqual({ status: 1, out: `${why}\n` })
    expect(merge(text, [], true)).toEqual({ status: 1, out: `${why}\n` })
  })

  test.each([
    ['', '{\n  "registry-mirrors": [\n    "https://a"\n  ]\n}\n'],
    ['{}', '{\n  "registry-mirrors": [\n    "https://a"\n  ]\n}'],
    ['{ }\n', '{\n  "registry-mirrors": [\n    "https://a"\n  ]\n }\n'],
    ['{"debug":true}', '{"registry-mirrors":["https://a"],"debug":true}'],
    ['{ "debug": true }', '{ "registry-mirrors": ["https://a"], "debug": true }'],
    [
      '{\n    "debug": true\n}',
      '{\n    "registry-mirrors": [\n        "https://a"\n    ],\n    "debug": true\n}',
    ],
    [
      '{\r\n\t"debug": true\r\n}',
      '{\r\n\t"registry-mirrors": [\r\n\t\t"https://a"\r\n\t],\r\n\t"debug": true\r\n}',
    ],
    ['{"registry-mirrors":\n["https://b"]}', '{"registry-mirrors":\n["https://a"]}'],
    ['{"registry-mirrors": [ "https://a/" ]}', '{"registry-mirrors": [ "https://a/" ]}'],
    ['{"registry-mirrors": null}', '{"registry-mirrors": ["https://a"]}'],
    [
      '{"x": {"registry-mirrors": ["https://b"]}}',
      '{"registry-mirrors":["https://a"],"x": {"registry-mirrors": ["https://b"]}}',
    ],
  ])('%j becomes what an engineer would write', (text, expected) => {
    expect(merge(text, ['https://a'])).toEqual({ status: 0, out: expected })
  })

  test('no mirrors are an empty list, for an engine keeps them where the key is missing', () => {
    expect(merge('{\n  "registry-mirrors": ["https://b"]\n}\n', []).out).toBe(
      '{\n  "registry-mirrors": []\n}\n',
    )
    expect(merge('{"debug": true}', []).out).toBe('{"registry-mirrors":[],"debug": true}')
  })

  test('a thousand brackets and twenty kilobytes', () => {
    const deep = `{"a": ${'['.repeat(1000)}${']'.repeat(1000)}}`
    expect(merge(deep, ['https://a']).out).toBe(`{"registry-mirrors":["https://a"],${deep.slice(1)}`)
    const long = `{"a": "${'镜 \\u955c '.repeat(1600)}"}`
    expect(merge(long, ['https://a']).out).toBe(`{"registry-mirrors":["https://a"],${long.slice(1)}`)
  })
})

function isObject(text: string): boolean {
  try {
    const found: unknown = JSON.parse(text)
    return typeof found === 'object' && found !== null && !Array.isArray(found)
  } catch {
    return false
  }
}
