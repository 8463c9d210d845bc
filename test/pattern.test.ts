import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { word } from '../generators/core/bash.ts'
import { parsePattern } from '../generators/core/pattern.ts'
import { Invalid } from '../generators/core/problem.ts'
import { familiarReference } from '../generators/core/reference.ts'
import { image } from './project.ts'
import { thrownBy } from './shared.ts'

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`

const CASES: readonly (readonly [pattern: string, image: string, hit: boolean])[] = [
  // Without a tag: any tag of exactly that repository.
  ['nginx', 'nginx', true],
  ['nginx', 'nginx:1.27', true],
  ['nginx', `nginx@${DIGEST}`, true],
  ['nginx', `nginx:1.27@${DIGEST}`, true],
  ['nginx', 'docker.io/library/nginx:1.27', true],
  ['docker.io/library/nginx', 'nginx:1.27', true],
  ['docker.io/nginx', 'nginx:1.27', true],
  ['library/nginx', 'nginx:1.27', true],
  ['nginx', 'nginx-extra/foo', false],
  ['nginx', 'nginx-extra:1.27', false],
  ['nginx', 'nginxinc/nginx:1.27', false],
  ['nginx', 'quay.io/nginx:1.27', false],
  ['nginx', 'quay.io/library/nginx:1.27', false],
  ['minio/minio', 'quay.io/minio/minio:R1', false],
  ['quay.io/minio/minio', 'quay.io/minio/minio:R1', true],
  ['localhost:5000/app', 'localhost:5000/app:1', true],
  // With a tag: that tag.
  ['nginx:1.27', 'nginx:1.27', true],
  ['nginx:1.27', `nginx:1.27@${DIGEST}`, true],
  ['nginx:1.27', 'nginx:1.27.1', false],
  ['nginx:1.27', 'nginx', false],
  ['nginx:latest', 'nginx', true],
  ['docker.io/nginx:latest', 'nginx', true],
  ['nginx:1.27', `nginx@${DIGEST}`, false],
  // Globs: over the whole reference.
  ['*', 'nginx', true],
  ['nginx*', 'nginx:1.27', true],
  ['nginx*', 'nginx-extra/foo:1', true],
  ['*nginx', 'nginx:1.27', true],
  ['*/nginx', 'nginx:1.27', true],
  ['*:1.27', 'nginx:1.27', true],
  ['*:latest', 'nginx', true],
  ['*:1.2?', 'nginx:1.27', true],
  ['*:1.2?', 'nginx:1.2', false],
  ['langgenius/*', 'langgenius/dify-api:2', true],
  ['langgenius/*', 'docker.io/langgenius/dify-api:2', true],
  ['*dify*', 'langgenius/dify-api:2', true],
  ['ghcr.io/*', 'ghcr.io/a/b:1', true],
  ['ghcr.io/*', 'a/b:1', false],
  ['docker.io/library/*', 'nginx:1', true],
  ['n?inx', 'nginx:1.27', true],
  ['n?inx', 'nginx-x:1.27', false],
  ['ngin?', 'nginx', true],
  ['?nginx', 'nginx', false],
  ['*.*', 'a/b:1.2', true],
  ['a*b*c', 'axxbyyc', true],
  ['a*b*c', 'axxcyyb:1', false],
]

describe('parsePattern', () => {
  it.each(CASES)('%s and %s: %s', (pattern, text, hit) => {
    expect(parsePattern(pattern)(image(text))).toBe(hit)
  })

  it.each([
    '',
    ' nginx',
    'nginx 1',
    'nginx#c',
    '$(id)',
    'a;b',
    "a'b",
    '[a-z]',
    'ngi\nnx',
    'ngi\u202enx',
    'nginx\\',
    '!nginx',
    'Foo',
    'a//b',
    'nginx:',
    'my_hub.lan/a',
    '-rf',
    'd'.repeat(64),
  ])('refuses %j', pattern => {
    expect(thrownBy(() => parsePattern(pattern))).toBeInstanceOf(Invalid)
  })

  it('globs as a regular expression does', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), minLength: 1, maxLength: 8 })
    const name = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(
        pattern.filter(text => /[*?]/.test(text)),
        name,
        (glob, text) => {
          const regex = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`)
          const reference = { registry: 'x', repository: text, tag: null, digest: null }
          expect(parsePattern(`x/${glob}`)(reference)).toBe(regex.test(text))
        },
      ),
      { numRuns: 1_000 },
    )
  })

  /** No clock: with a step back for every star, this would not end before the suite is given up. */
  it('ends soon on many stars', () => {
    const matches = parsePattern('*a'.repeat(5_000) + '*:b')
    expect(matches(image(`${'a'.repeat(200)}:c`))).toBe(false)
  })
})

/** The scripts' --only has the same rules, in bash. */
describe('templates/lib/select.bash', () => {
  it('agrees', () => {
    const library = ['reference', 'untagged', 'table', 'select'].map(name =>
      readFileSync(new URL(`../templates/lib/${name}.bash`, import.meta.url), 'utf8'),
    )
    const calls = CASES.map(
      ([pattern, text]) =>
        `(add_only ${word(pattern)} && selected ${word(familiarReference(image(text)))} && echo true || echo false)\n`,
    )
    const { stdout, stderr } = spawnSync('bash', { input: [...library, ...calls].join(''), encoding: 'utf8' })
    expect(stderr).toBe('')
    const answers = stdout.trimEnd().split('\n')
    const read = CASES.map(([pattern, text], index) => [pattern, text, answers[index] === 'true'])
    expect(read).toEqual(CASES)
  })
})
