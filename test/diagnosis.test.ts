import { describe, expect, it } from 'vitest'
import { diagnose } from '../generators/core/diagnosis.ts'
import { NEAR_MISSES, TEXTS } from './failure-texts.ts'

function named(text: string): readonly (string | undefined)[] {
  const found = diagnose(text)
  return [found?.failure.name, found?.text]
}

describe('diagnose', () => {
  it.each([
    [
      'the end counts before what stands above it',
      'unexpected EOF\nretrying\nok\nmanifest unknown',
      'not-found',
      'manifest unknown',
    ],
    ['what stands above is looked at, too', 'x\ndenied: no\na\nb\nc\nd', 'denied', 'denied: no'],
    ['the last of two', 'no such host\ndenied: no\na\nb\nc', 'denied', 'denied: no'],
    ['without colours', '\u001b[31munexpected EOF\u001b[0m\n', 'network', 'unexpected EOF'],
    ['with carriage returns', 'pulling\rpulling\r\nunexpected EOF\r\n', 'network', 'unexpected EOF'],
    [
      'several lines that belong together',
      'errors:\ndenied: requested access to the resource is denied\nunauthorized: authentication required\n',
      'denied',
      'denied: requested access to the resource is denied',
    ],
    ['what nobody knows', 'first\n\nall is well\n', 'unknown', 'first all is well'],
  ])('%s', (_, text, name, part) => {
    expect(named(text)).toEqual([name, part])
  })

  it('finds each text as what the scripts find it to be', () => {
    for (const [name, ...texts] of [...TEXTS, ...NEAR_MISSES])
      for (const text of texts.filter(text => text !== ''))
        expect([text, named(text)[0]]).toEqual([text, name])
  })

  it.each(['', '\n\n', ' \t\u001b[0m\r\n'])('has nothing to say of %j', text => {
    expect(diagnose(text)).toBeNull()
  })

  it('is quick with a text that nearly fits', () => {
    expect(named(`${'manifest for '.repeat(20_000)}x`)[0]).toBe('unknown')
  })
})
