import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { InvalidDotenv, parseDotenv } from '../generators/core/compose/dotenv.ts'
import { InvalidTemplate, MissingVariable } from '../generators/core/compose/interpolate.ts'
import { Invalid } from '../generators/core/problem.ts'
import { sharedVectors, thrownBy } from './shared.ts'

type Variables = Readonly<Record<string, string>>

interface Vector {
  readonly test: string
  readonly input: string
  readonly env: Variables
  /** Of the files before this one. */
  readonly before?: Variables
  readonly expected?: Variables
  readonly error?: string
}

const vectors = sharedVectors<Vector>('dotenv.json')

describe.skipIf(vectors === null)('vectors of compose-go', () => {
  for (const [index, vector] of (vectors ?? []).entries()) {
    it(`${index} ${vector.test}`, () => check(vector))
  }
})

function check({ input, env, before, expected, error }: Vector): void {
  const earlier = new Map(Object.entries(before ?? {}))
  if (error === undefined) {
    expect(Object.fromEntries(parse(input, env, earlier))).toEqual(expected)
    return
  }
  const line = Number(/^line (\d+):/.exec(error)?.[1])
  expect(thrownBy(() => parse(input, env, earlier))).toMatchObject({ constructor: InvalidDotenv, line })
}

function parse(
  text: string,
  env: Variables = {},
  earlier?: ReadonlyMap<string, string>,
): Map<string, string> {
  const environment = new Map(Object.entries(env))
  return parseDotenv(text, name => environment.get(name), earlier)
}

const entries = (text: string, env: Variables = {}) => [...parse(text, env)]

function errorOf(text: string): unknown {
  return thrownBy(() => parse(text))
}

describe('statements', () => {
  it.each<[string, [string, string][]]>([
    ['', []],
    ['\n \t\n# all comment\n  # too', []],
    ['\ufeffA=1', [['A', '1']]],
    [
      'A=1\r\nB=2\r\n',
      [
        ['A', '1'],
        ['B', '2'],
      ],
    ],
    ['  A \t= 1', [['A', '1']]],
    ['A: 1', [['A', '1']]],
    ['A=b:c=d', [['A', 'b:c=d']]],
    ['a.b-c[0]_é1=x', [['a.b-c[0]_é1', 'x']]],
    [
      'export A=1\nexport\tB=2',
      [
        ['A', '1'],
        ['B', '2'],
      ],
    ],
    [
      'export=1\nexported=2',
      [
        ['export', '1'],
        ['exported', '2'],
      ],
    ],
    ['export\nA=1', [['A', '1']]],
    ['A=1\nA=2', [['A', '2']]],
    ['A=', [['A', '']]],
    [
      'A=\nB=1',
      [
        ['A', ''],
        ['B', '1'],
      ],
    ],
    [
      '__proto__=1\nconstructor=2',
      [
        ['__proto__', '1'],
        ['constructor', '2'],
      ],
    ],
  ])('%j', (text, expected) => {
    expect(entries(text)).toEqual(expected)
  })

  it('gives a key alone the value of the environment, if it has one', () => {
    expect(entries('A\nexport B\r\nC\nD=1\n', { A: 'a', B: '' })).toEqual([
      ['A', 'a'],
      ['B', ''],
      ['D', '1'],
    ])
  })

  it('takes a last word without line break for the value of no key, as Compose does', () => {
    expect(entries('A=1\nB', { B: 'b' })).toEqual([
      ['A', '1'],
      ['', 'B'],
    ])
  })
})

describe('plain values', () => {
  it.each([
    ['a # b', 'a'],
    ['a#b', 'a#b'],
    ['a\t#b', 'a\t#b'],
    [' # b', '# b'],
    ['#b', '#b'],
    ['a  # b # c', 'a'],
    ['a\\nb \\$', 'a\\nb \\$'],
    ['a\\', 'a\\'],
    ['a "b" \'c\'', 'a "b" \'c\''],
    ['\u00a0a\u3000', 'a'],
    ['\ufeffa\ufeff', '\ufeffa\ufeff'],
    ['$$X', '$X'],
    ['${NONE:-a}', 'a'],
    ['${NONE:-a #}', null],
  ])('%j', (written, value) => {
    if (value === null) expect(errorOf(`A=${written}`)).toBeInstanceOf(InvalidDotenv)
    else
      expect(entries(`A=${written}\nB=1`)).toEqual([
        ['A', value],
        ['B', '1'],
      ])
  })
})

describe('quoted values', () => {
  it.each([
    ['""', ''],
    ['"a\nb"', 'a\nb'],
    ['" a # b "', ' a # b '],
    ['"it\'s"', "it's"],
    ['"say \\"yes\\""', 'say "yes"'],
    ['"\\a\\b\\f\\n\\r\\t\\v\\\\"', '\u0007\b\f\n\r\t\v\\'],
    ['"\\\\n"', '\\n'],
    ['"\\c\\x41\\u0041\\\'"', "\\c\\x41\\u0041\\'"],
    ['"\\0101\\0377\\01012"', 'A\u00ffA2'],
    // Compose drops the 0 of what is no octal byte.
    ['"\\0 \\07 \\012 \\0400 \\0189"', '\\ \\7 \\12 \\400 \\189'],
    ['"\\$X $$X"', '$X $X'],
    ['"${NONE:-a}"', 'a'],
    ["'a\nb'", 'a\nb'],
    ["'it\\'s'", "it's"],
    ["'$X ${X} $$X \\n \\\\ \\$'", '$X ${X} $$X \\n \\\\ \\$'],
  ])('%j', (written, value) => {
    expect(entries(`A=${written} # comment\nB=1`)).toEqual([
      ['A', value],
      ['B', '1'],
    ])
  })

  it('begins a new statement after the quote', () => {
    expect(entries('A="b"B=c\nC=\'d\' D')).toEqual([
      ['A', 'b'],
      ['B', 'c'],
      ['C', 'd'],
      ['', 'D'],
    ])
  })

  it('reads back what stands between single quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const value = text.replaceAll('\\', '/')
        expect(entries(`A='${value.replaceAll("'", "\\'")}'`)).toEqual([['A', value]])
      }),
    )
  })
})

describe('variables in values', () => {
  it('are those of the environment, then those above', () => {
    const text = 'A=file\nB=$A\nC=${B}-$LATER\nLATER=1\nE=${E:-default}\nF=$E'
    expect(entries(text)).toEqual([
      ['A', 'file'],
      ['B', 'file'],
      ['C', 'file-'],
      ['LATER', '1'],
      ['E', 'default'],
      ['F', 'default'],
    ])
    expect(entries('A=file\nB=$A', { A: '' })).toEqual([
      ['A', 'file'],
      ['B', ''],
    ])
  })

  it('are this file before the files before', () => {
    const earlier = new Map([
      ['A', 'old'],
      ['B', 'kept'],
    ])
    const values = parse('C=$A$B\nA=new\nD=$A', {}, earlier)
    expect(Object.fromEntries(values)).toEqual({ A: 'new', B: 'kept', C: 'oldkept', D: 'new' })
    expect([...earlier.values()]).toEqual(['old', 'kept'])
  })

  it('are reported where nobody sets them', () => {
    const onUnset = vi.fn()
    parseDotenv('A=1\n\nB=$X$A\nC="\n${Y}"\nD=${Z-}', () => undefined, new Map(), onUnset)
    expect(onUnset.mock.calls).toEqual([
      ['X', 3],
      ['Y', 4],
    ])
  })

  it('are not filled in again', () => {
    expect(entries("A='$B'\nB=1\nC=$A")).toEqual([
      ['A', '$B'],
      ['B', '1'],
      ['C', '$B'],
    ])
  })
})

describe('InvalidDotenv', () => {
  it.each([
    ['A=1\n\nB C=2', 3, 'not a key: a blank follows "B"'],
    ['just some words\n', 1, 'not a key: a blank follows "just"'],
    ['A=1\n# c\n*=2', 3, 'not a key: "*" has no place in the name of a variable'],
    ["A='\n\n'\n😀=2", 4, 'not a key: "😀" has no place in the name of a variable'],
    ['A="b" c\nd', 1, null],
    ['A\nB\n"C"=1', 3, 'not a key: """ has no place in the name of a variable'],
    ['A=1\nB="c\nd\n', 2, 'no " ends the value'],
    ["A=1\nB='c\\'", 2, "no ' ends the value"],
    ['A=1\nexport  ', 2, '"export" without a key'],
    ['A=1\nB=${', 2, 'not a variable: "${": a name of letters, digits and _ comes after "${"'],
    ['A=1\nB="\n${C?set it}"', 2, 'required variable C is missing a value: set it'],
  ])('%j', (text, line, what) => {
    if (what === null) expect(errorOf(text)).toBeUndefined()
    else expect(errorOf(text)).toMatchObject({ constructor: InvalidDotenv, line, what })
  })

  it('keeps the error of the value', () => {
    expect(errorOf('A=${}')).toMatchObject({
      cause: { constructor: InvalidTemplate },
      cure: expect.any(String),
    })
    expect(errorOf('A=${B?}')).toMatchObject({ cause: { constructor: MissingVariable, variable: 'B' } })
    expect(errorOf('*')).toMatchObject({ cause: null })
    expect(errorOf('*')).toBeInstanceOf(Invalid)
  })

  it('lets the errors of others pass', () => {
    const broken = () => {
      throw new TypeError('not ours')
    }
    expect(() => parseDotenv('A=$B', broken)).toThrow(TypeError)
  })
})

describe('hostile files', () => {
  /** No clock: with a step too many for each character, this would not end before the suite is given up. */
  it.each([
    '\n',
    ' ',
    '#',
    '#\n',
    'a',
    'A\n',
    'A=',
    'A=\n',
    'A=$X\n',
    'A="$X"',
    '"',
    "'",
    '\\',
    '"\\',
    'export ',
    ' #',
    'é',
    '\u3000',
  ])('ends soon on 100 kB of %j', unit => {
    const body = unit.repeat(100_000 / unit.length)
    for (const text of [body, `A=${body}x`, `A="${body}`, `A=x${body}y`, `A='${body}'`, `${body}!`]) {
      const error = errorOf(text)
      expect(error === undefined || error instanceof InvalidDotenv).toBe(true)
    }
  })
})
