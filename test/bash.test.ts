import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignment, comment, word, words } from '../generators/core/bash.ts'
import { Invalid } from '../generators/core/problem.ts'
import { folderWith } from './project.ts'
import { thrownBy } from './shared.ts'

const HOSTILE = [
  '',
  ' ',
  '-rf',
  '--',
  '~',
  '~root',
  'a:~',
  '*',
  'a*',
  'ab?',
  '?',
  '[a-z]*',
  '{a,b}',
  '@(a)',
  '!!',
  '#',
  'a#b',
  ' # b',
  '$HOME',
  '${HOME}',
  '$(touch pwned)',
  '`touch pwned`',
  '$((1/0))',
  '<(touch pwned)',
  '; touch pwned',
  '& touch pwned',
  '|touch pwned',
  '>pwned',
  '&&',
  '\\',
  'a\\',
  "'",
  "''",
  "'; touch pwned; '",
  '"',
  '"$(touch pwned)"',
  '$',
  "$'",
  "\\'\n; touch pwned '",
  '\n',
  'a\nb',
  '\r',
  'a\tb',
  '\u0001\u001b[31m\u007f',
  '\n7b',
  'A=b',
  '=',
  'PATH=',
  '--a=b',
  '中文',
  '中\\\n',
  '🐳',
  'e\u0301',
  '\u202eabc\u202c',
  '\u200b\u2028\ufeff',
  '\u0085',
  '\ud800',
  'done',
  'if',
]

/** Runs a script and returns what it printed, cut at each NUL. */
function run(script: string, env: NodeJS.ProcessEnv = {}): Buffer[] {
  const folder = folderWith({ 'a file': '', abc: '' })
  const { stdout, stderr } = spawnSync('bash', {
    input: script,
    cwd: folder,
    env: { ...process.env, ...env },
  })
  expect(stderr.toString()).toBe('')
  expect(readdirSync(folder)).toEqual(['a file', 'abc'])
  const parts: Buffer[] = []
  for (let start = 0, end = stdout.indexOf(0); end !== -1; start = end + 1, end = stdout.indexOf(0, start))
    parts.push(stdout.subarray(start, end))
  return parts
}

function texts(): fc.Arbitrary<string[]> {
  const part = fc.oneof(
    fc.constantFrom(...HOSTILE),
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.string({ unit: 'binary-ascii', maxLength: 12 }),
  )
  const text = fc.array(part, { maxLength: 3 }).map(parts => parts.join('').replaceAll('\0', ''))
  return fc.array(text, { minLength: 1, maxLength: 40 })
}

const bytes = (list: readonly string[]) => list.map(text => Buffer.from(text))

describe('word', () => {
  it.each(['C', 'C.UTF-8'])('is read back byte for byte under %s', LC_ALL => {
    const script = HOSTILE.map(text => `X=${word(text)}\nprintf '%s\\0' "$X" ${word(text)}\n`).join('')
    expect(run(script, { LC_ALL })).toEqual(bytes(HOSTILE.flatMap(text => [text, text])))
  })

  it('is read back byte for byte, whatever it holds, as an argument and as a value', () => {
    fc.assert(
      fc.property(texts(), list => {
        const script = list.map(text => `X=${word(text)}\nprintf '%s\\0' "$X" ${word(text)}\n`).join('')
        expect(run(script)).toEqual(bytes(list.flatMap(text => [text, text])))
      }),
      { numRuns: 15 },
    )
  })

  it('is one line that hides nothing', () => {
    fc.assert(
      fc.property(texts(), list => {
        for (const text of list)
          expect(word(text)).not.toMatch(/[\p{Cc}\u2028\u2029\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u)
      }),
    )
  })

  it('is plain ASCII where it has escapes, since not every locale is UTF-8', () => {
    for (const text of ["中\\'\n", '\u202e中', 'é\\\r']) expect(word(text)).toMatch(/^\$'[ -~]*'$/)
  })

  it.each([
    ['nginx:1.27', 'nginx:1.27'],
    ['registry.example.com:5000/a/b@sha256:0f', 'registry.example.com:5000/a/b@sha256:0f'],
    ['', "''"],
    ['-rf', '-rf'],
    ['a b', "'a b'"],
    ["it's", "'it'\\''s'"],
    ['中文', "'中文'"],
    ['a\nb', "$'a\\x0ab'"],
    ["'\u202e", "$'\\'\\xe2\\x80\\xae'"],
  ])('%j is %s', (text, expected) => {
    expect(word(text)).toBe(expected)
  })

  it('refuses NUL', () => {
    expect(thrownBy(() => word('a\0b'))).toBeInstanceOf(Invalid)
  })
})

describe('words', () => {
  it('keeps the number of arguments', () => {
    fc.assert(
      fc.property(texts(), list => {
        const [count, ...rest] = run(`set -- ${words(...list.map(word))}\nprintf '%s\\0' "$#" "$@"\n`)
        expect(count?.toString()).toBe(String(list.length))
        expect(rest).toEqual(bytes(list))
      }),
      { numRuns: 8 },
    )
  })

  it('is empty without words', () => {
    expect(words()).toBe('')
  })
})

describe('assignment', () => {
  it('gives a variable any text, of several lines, too', () => {
    fc.assert(
      fc.property(texts(), list => {
        const script = list.map(text => `${assignment('MSG_X', text)}\nprintf '%s\\0' "$MSG_X"\n`).join('')
        expect(run(script)).toEqual(bytes(list))
      }),
      { numRuns: 8 },
    )
  })

  it('keeps line breaks as such, for people', () => {
    expect(assignment('MSG_X', "a\n'b'")).toBe("MSG_X='a\n'\\''b'\\'''")
  })
})

describe('comment', () => {
  it('does nothing, whatever it holds', () => {
    fc.assert(
      fc.property(texts(), list => {
        const script = list.map(text => `# ${comment(text)}\nprintf 'next\\0'\n`).join('')
        expect(run(script)).toEqual(list.map(() => Buffer.from('next')))
      }),
      { numRuns: 8 },
    )
  })

  it.each([
    ['docker-compose.yaml', 'docker-compose.yaml'],
    ['a\nrm -rf ~', 'a\\u{a}rm -rf ~'],
    ['a\r\nb', 'a\\u{d}\\u{a}b'],
    ['\u202ea', '\\u{202e}a'],
    ['中文', '中文'],
    ['\0', '\\u{0}'],
  ])('%j is %s', (text, expected) => {
    expect(comment(text)).toBe(expected)
  })
})
