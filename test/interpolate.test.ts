import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidTemplate, interpolate, MissingVariable } from '../generators/core/compose/interpolate.ts'
import { Invalid } from '../generators/core/problem.ts'
import { sharedVectors, thrownBy } from './shared.ts'

interface Vector {
  readonly test: string
  readonly template: string
  readonly env: Readonly<Record<string, string>>
  readonly unset: readonly string[]
  readonly expected?: string
  readonly error?: string
}

const vectors = sharedVectors<Vector>('interpolation.json')

describe.skipIf(vectors === null)('vectors of compose-go', () => {
  for (const [index, vector] of (vectors ?? []).entries()) {
    it(`${index} ${vector.test}`, () => check(vector))
  }
})

/** The vectors name every variable that was read in vain; we report those without operator. */
function check({ template, env, unset, expected, error }: Vector): void {
  const environment = new Map(Object.entries(env))
  const vain = new Set<string>()
  const lookup = (name: string) => {
    if (!environment.has(name)) vain.add(name)
    return environment.get(name)
  }
  const thrown = thrownBy(() => {
    const result = interpolate(template, lookup)
    expect(result.value).toBe(expected)
    expect(unset).toEqual(expect.arrayContaining([...result.unset]))
    if (!/[-+?]/.test(template)) expect([...result.unset].sort()).toEqual(unset)
  })
  expect([...vain].sort()).toEqual(unset)
  if (error === undefined) expect(thrown).toBeUndefined()
  else if (error.startsWith('Invalid template')) expect(thrown).toBeInstanceOf(InvalidTemplate)
  else expect(thrown).toMatchObject({ constructor: MissingVariable, message: error })
}

const ENVIRONMENT = new Map([
  ['TAG', '1.2'],
  ['EMPTY', ''],
  ['DOLLAR', '$TAG ${TAG}'],
  ['TAG_alpine', 'one name'],
  ['K', 'kelvin'],
])

const fill = (template: string) => interpolate(template, name => ENVIRONMENT.get(name))

function errorOf(template: string): unknown {
  return thrownBy(() => fill(template))
}

describe('interpolate', () => {
  it.each([
    ['', ''],
    ['no variable }{', 'no variable }{'],
    ['$TAG-alpine', '1.2-alpine'],
    ['$TAG_alpine', 'one name'],
    ['${TAG}_alpine', '1.2_alpine'],
    ['a:$TAG$TAG', 'a:1.21.2'],
    ['$$TAG $$$TAG $$$$', '$TAG $1.2 $$'],
    ['$', '$'],
    ['100$ $1 $(x) $- $é $}', '100$ $1 $(x) $- $é $}'],
    ['$DOLLAR', '$TAG ${TAG}'],
    ['${NONE-a:b/c}', 'a:b/c'],
    ['${NONE-4.1-3?0+1}', '4.1-3?0+1'],
    ['${EMPTY-x}|${EMPTY:-x}|${NONE-x}|${NONE:-x}|${TAG-x}|${TAG:-x}', '|x|x|x|1.2|1.2'],
    ['${EMPTY+x}|${EMPTY:+x}|${NONE+x}|${NONE:+x}|${TAG+x}|${TAG:+x}', 'x||||x|x'],
    ['${TAG?x}|${TAG:?x}|${EMPTY?x}', '1.2|1.2|'],
    ['${NONE:-}', ''],
    ['${NONE:-$$TAG}', '$TAG'],
    ['${NONE:-a$}', 'a$'],
    ['${NONE:-${EMPTY:-${TAG}}-x}-y}', '1.2-x-y}'],
    ['${NONE:-a} b} c', 'a b} c'],
    ['${NONE:-{a}} ${TAG}}', '{a} 1.2}'],
  ])('%j is %j', (template, value) => {
    expect(fill(template).value).toBe(value)
  })

  it('takes the branch that is wanted, and only that', () => {
    const read: string[] = []
    const lookup = (name: string) => {
      read.push(name)
      return name === 'SET' ? 'set' : undefined
    }
    expect(interpolate('${SET:-${A?no}}${B+${C?no}}${SET?${D?no}}${SET+${E-e}}', lookup).value).toBe(
      'setsete',
    )
    expect(read).toEqual(['SET', 'B', 'SET', 'SET', 'E'])
  })

  it('does not look at the character after an opening brace', () => {
    // The pair in the first default hides its closing brace, so all up to the last brace is the default.
    expect(fill('${NONE:-{}}').value).toBe('{}')
    expect(fill('${NONE:-{}} and {$TAG}').value).toBe('{}} and {1.2')
    expect(fill('${TAG:-{}} and {lost}').value).toBe('1.2')
    expect(errorOf('${NONE:-{}} and ${TAG}')).toMatchObject({ constructor: InvalidTemplate, offset: 16 })
    expect(fill('${NONE:-{{}} ${TAG}').value).toBe('{{} 1.2')
  })

  it('ends a line where Go ends it', () => {
    expect(fill('${NONE:-a\rb\u2028c}').value).toBe('a\rb\u2028c')
    expect(fill('a\n$TAG\n${NONE:-x}\n}').value).toBe('a\n1.2\nx\n}')
    expect(errorOf('${NONE:-a\nb}')).toMatchObject({ constructor: InvalidTemplate, offset: 0 })
    expect(errorOf('${NONE:-{\n}}')).toBeInstanceOf(InvalidTemplate)
  })

  it('ignores case as Go does', () => {
    expect(fill('${\u212a-x}').value).toBe('x')
    expect(fill('$\u00c9').value).toBe('$\u00c9')
  })

  it('names what was unset, once, in order, and not what has an operator', () => {
    expect(fill('$B ${A} $TAG ${C-$A$D} ${E+$F} $B $EMPTY').unset).toEqual(['B', 'A', 'D'])
    expect(fill('nothing').unset).toEqual([])
    expect(fill('$$A').unset).toEqual([])
  })

  it('is the inverse of doubling every $', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        expect(fill(text.replaceAll('$', '$$$$')).value).toBe(text)
      }),
    )
  })

  it('returns or throws Invalid, whatever it gets', () => {
    const tokens = fc.constantFrom(
      '$',
      '${',
      '}',
      '{',
      'TAG',
      'NONE',
      ':-',
      '-',
      ':+',
      '+',
      ':?',
      '?',
      '\n',
      ':',
      ' ',
    )
    fc.assert(
      fc.property(fc.array(tokens, { maxLength: 30 }), parts => {
        const template = parts.join('')
        const error = errorOf(template)
        if (error === undefined) return
        expect(error).toBeInstanceOf(Invalid)
        if (error instanceof InvalidTemplate) expect(template[error.offset]).toBe('$')
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('InvalidTemplate', () => {
  it.each([
    ['a ${', 2, '"${"', 'a name of letters, digits and _ comes after "${"'],
    ['${}', 0, '"${}"', 'a name of letters, digits and _ comes after "${"'],
    ['${1}', 0, '"${1}"', 'a name of letters, digits and _ comes after "${"'],
    ['${#A}', 0, '"${#A}"', 'a name of letters, digits and _ comes after "${"'],
    ['${É}', 0, '"${É}"', 'a name of letters, digits and _ comes after "${"'],
    ['${A', 0, '"${A"', 'no "}" closes it on its line'],
    ['${A:-b', 0, '"${A:-b"', 'no "}" closes it on its line'],
    ['${A.B}', 0, '"${A.B}"', 'after "${A" comes "}" or one of :- - :+ + :? ?'],
    ['${A:=x}', 0, '"${A:=x}"', 'after "${A" comes "}" or one of :- - :+ + :? ?'],
    ['${A/x/y}', 0, '"${A/x/y}"', 'after "${A" comes "}" or one of :- - :+ + :? ?'],
    ['$TAG ${NONE:-x${B!}}', 14, '"${B!}}"', 'after "${B" comes "}" or one of :- - :+ + :? ?'],
    ['${NONE:-{x}${B:-y}', 11, '"${B:-y}"', 'no "}" closes it on its line'],
    ['${NONE:-${TAG}', 8, '"${TAG}"', 'no "}" closes it on its line'],
  ])('%j', (template, offset, text, reason) => {
    const what = `not a variable: ${text}: ${reason}`
    const expected = { constructor: InvalidTemplate, offset, what, cure: 'write $$ for a literal $' }
    expect(errorOf(template)).toMatchObject(expected)
  })

  it('quotes the beginning of what is long', () => {
    expect(errorOf(`\${${'a'.repeat(50)}!`)).toMatchObject({
      what: expect.stringMatching(/^not a variable: "\$\{a{38}…": after "\$\{a{50}" comes/),
    })
  })
})

describe('MissingVariable', () => {
  it.each([
    ['${NONE?}', 'NONE', ''],
    ['${NONE:?set it}', 'NONE', 'set it'],
    ['${EMPTY:?set $TAG}', 'EMPTY', 'set 1.2'],
    ['${TAG+${NONE?set it}}', 'NONE', 'set it'],
    ['${EMPTY:?${NONE?inner}}', 'NONE', 'inner'],
    ['${A?a}${B?b}', 'A', 'a'],
  ])('%j', (template, variable, reason) => {
    const message = `required variable ${variable} is missing a value${reason && `: ${reason}`}`
    expect(errorOf(template)).toMatchObject({ constructor: MissingVariable, variable, reason, message })
    expect(errorOf(template)).toBeInstanceOf(Invalid)
  })
})

describe('hostile templates', () => {
  /** No clock: with a step too many for each character, this would not end before the suite is given up. */
  it.each([
    ['$', 100_000],
    ['{', 100_000],
    ['${', 50_000],
    ['${A-', 25_000],
    ['${A-{', 20_000],
    ['${A-{}', 15_000],
    ['${A-x}', 15_000],
    ['${TAG?x}', 12_000],
    ['$A}', 30_000],
  ])('ends soon on %j times %i', (unit, times) => {
    const body = unit.repeat(times)
    for (const template of [
      body,
      body + '}'.repeat(times),
      `${body}\n}`,
      `\${A-${body}}`,
      body + 'x'.repeat(100_000),
    ]) {
      const error = errorOf(template)
      expect(error === undefined || error instanceof Invalid).toBe(true)
    }
  })

  it('nests a hundred deep, and no deeper', () => {
    const nest = (depth: number) => '${NONE-'.repeat(depth) + 'x' + '}'.repeat(depth)
    expect(fill(nest(100)).value).toBe('x')
    expect(errorOf(nest(101))).toMatchObject({
      constructor: InvalidTemplate,
      what: expect.stringMatching(/too deep$/),
    })
  })
})
