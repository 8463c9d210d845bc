import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cell, code } from '../generators/core/markdown.ts'
import { visible } from '../generators/core/problem.ts'

const MARKUP = fc.string({ unit: fc.constantFrom(...'\\`*_{}[]<>()#+!|~& ab\n\r\t\u202e') })

describe('cell', () => {
  it.each([
    ['dify_db-1', 'dify\\_db-1'],
    ['a | b', 'a \\| b'],
    ['<img src=x>', '\\<img src=x\\>'],
    ['[a](b)', '\\[a\\]\\(b\\)'],
    ['a\nb', 'a\\\\u\\{a\\}b'],
    ['&amp;', '\\&amp;'],
    ['', ''],
  ])('%j is %s', (text, expected) => {
    expect(cell(text)).toBe(expected)
  })

  it('escapes all markup, and can be read back', () => {
    fc.assert(
      fc.property(MARKUP, text => {
        const escaped = cell(text)
        expect(escaped).not.toMatch(/[\n\r]/)
        expect(escaped.replace(/\\[\\`*_{}[\]<>()#+!|~&]/g, '')).not.toMatch(/[\\`*_{}[\]<>()#+!|~&]/)
        expect(escaped.replace(/\\([\\`*_{}[\]<>()#+!|~&])/g, '$1')).toBe(visible(text))
      }),
    )
  })
})

describe('code', () => {
  it.each([
    ['nginx:1.27', '`nginx:1.27`'],
    ['a|b', '`a\\|b`'],
    ['a`b', '``a`b``'],
    ['`', '`` ` ``'],
    ['a``', '``` a`` ```'],
    [' a ', '`  a  `'],
    [' a', '` a`'],
    ['a\nb', '`a\\u{a}b`'],
  ])('%j is %s', (text, expected) => {
    expect(code(text)).toBe(expected)
  })

  it('never ends before its end', () => {
    fc.assert(
      fc.property(
        MARKUP.filter(text => text !== ''),
        text => {
          const [, fence = '', inner = ''] = /^(`+)(.*?)\1$/s.exec(code(text)) ?? []
          expect(fence).not.toBe('')
          expect(inner.match(/`+/g) ?? []).not.toContain(fence)
          expect(inner).not.toMatch(/[\n\r]|(?<!\\)\|/)
          // As GFM reads it: `\|` is a pipe, and one blank goes off both sides.
          const shown = inner.replaceAll('\\|', '|').replace(/^ (.*[^ ].*) $/s, '$1')
          expect(shown).toBe(visible(text))
        },
      ),
    )
  })
})
