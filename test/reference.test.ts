import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Invalid } from '../generators/core/problem.ts'
import {
  familiarName,
  familiarReference,
  formatReference,
  type ImageReference,
  parseReference,
  repositoryName,
  shortReference,
  withDefaultTag,
} from '../generators/core/reference.ts'
import { sharedVectors, thrownBy } from './shared.ts'

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`

function refusalOf(text: string): Invalid {
  const error = thrownBy(() => parseReference(text))
  if (error instanceof Invalid) return error
  throw new Error(`not refused: ${text.slice(0, 100)}`, { cause: error })
}

interface Vector {
  readonly test: string
  readonly fn: keyof typeof READ
  readonly input: string
  readonly error?: string
  readonly domain?: string
  readonly path?: string
  readonly name?: string
  readonly tag?: string
  readonly digest?: string
  readonly string?: string
  readonly familiarName?: string
  readonly familiarString?: string
}

/** The functions of distribution/reference in terms of ours. */
const READ = {
  ParseNormalizedNamed: parseReference,
  ParseAnyReference: parseReference,
  ParseDockerRef: (text: string) => onlyDigest(withDefaultTag(parseReference(text))),
  ParseNamed: (text: string) => only(parseReference(text), r => formatReference(r) === text),
  // These two do not normalise: what they return is compared in its normalised form.
  Parse: parseReference,
  WithName: (text: string) => only(parseReference(text), r => r.tag === null && r.digest === null),
}

function onlyDigest(reference: ImageReference): ImageReference {
  return reference.digest === null ? reference : { ...reference, tag: null }
}

function only(reference: ImageReference, holds: (reference: ImageReference) => boolean): ImageReference {
  if (holds(reference)) return reference
  throw new Invalid('refused by the caller')
}

/** Position in the vectors, and why the recorded answer is not ours. */
const EXCEPTIONS: ReadonlyMap<number, string> = new Map([
  [45, 'an image ID: there is no repository to pull from, so it is refused'],
  [183, 'an image ID, as above'],
  [184, 'an image ID without algorithm, as above'],
  [144, 'the recorder had no sha512; Docker has it'],
])

const vectors = sharedVectors<Vector>('reference.json')

describe.skipIf(vectors === null)('vectors of distribution/reference', () => {
  for (const [index, vector] of (vectors ?? []).entries()) {
    if (!EXCEPTIONS.has(index)) it(`${index} ${vector.fn} ${vector.test}`, () => check(vector))
  }

  it('makes exceptions of these only', () => {
    const cases = [...EXCEPTIONS.keys()].map(index => vectors?.[index])
    const ids = cases.slice(0, 3).map(vector => [vector?.fn, vector?.domain, vector?.error])
    expect(ids).toEqual(Array(3).fill(['ParseAnyReference', undefined, undefined]))
    for (const vector of cases.slice(0, 3)) {
      expect(refusalOf(vector?.input ?? '').what).toContain('it is an image ID')
    }
    expect(cases[3]?.error).toBe('unsupported digest algorithm')
    expect(parseReference(cases[3]?.input ?? '').digest).toMatch(/^sha512:/)
    expect(EXCEPTIONS.size).toBe(4)
  })
})

function check(vector: Vector): void {
  if (vector.error !== undefined) {
    expect(thrownBy(() => READ[vector.fn](vector.input))).toBeInstanceOf(Invalid)
    return
  }
  const reference = READ[vector.fn](vector.input)
  expect(reference.tag).toBe(vector.tag ?? null)
  expect(reference.digest).toBe(vector.digest ?? null)
  expect(familiarName(reference)).toBe(vector.familiarName)
  expect(familiarReference(reference)).toBe(vector.familiarString)
  const normalises = vector.fn !== 'Parse' && vector.fn !== 'WithName'
  if (!normalises) expect(repositoryName(reference)).toBe(normalised(vector))
  if (normalises) checkNormalised(reference, vector)
}

function checkNormalised(reference: ImageReference, vector: Vector): void {
  expect(reference.registry).toBe(vector.domain)
  expect(reference.repository).toBe(vector.path)
  expect(repositoryName(reference)).toBe(vector.name)
  expect(formatReference(reference)).toBe(vector.string)
}

/** The grammar alone takes any first segment for a host; Docker only one that looks like it. */
function normalised({ domain = '', name = '' }: Vector): string {
  if (/[.:A-Z]|^localhost$/.test(domain)) return name
  return name.includes('/') ? `docker.io/${name}` : `docker.io/library/${name}`
}

describe('parseReference', () => {
  it.each([
    'mariadb:11-noble',
    'docker.io/mariadb:11-noble',
    'docker.io/library/mariadb:11-noble',
    'index.docker.io/mariadb:11-noble',
    'index.docker.io/library/mariadb:11-noble',
  ])('takes %s for one image', text => {
    expect(parseReference(text)).toEqual({
      registry: 'docker.io',
      repository: 'library/mariadb',
      tag: '11-noble',
      digest: null,
    })
  })

  it.each([
    ['registry:5000/team/app', 'registry:5000', 'team/app', null],
    ['registry:5000', 'docker.io', 'library/registry', '5000'],
    ['localhost/app:1', 'localhost', 'app', '1'],
    ['localhost', 'docker.io', 'library/localhost', null],
    ['Team/app', 'Team', 'app', null],
    ['team/app:V1_RC.2', 'docker.io', 'team/app', 'V1_RC.2'],
    ['my_team/app', 'docker.io', 'my_team/app', null],
    ['docker.io:443/app', 'docker.io:443', 'app', null],
    ['Docker.io/app', 'Docker.io', 'app', null],
    ['10.0.0.7:8443/a/b/c', '10.0.0.7:8443', 'a/b/c', null],
    ['[fd00::7]:8443/a', '[fd00::7]:8443', 'a', null],
    ['a__b/c---d.e', 'docker.io', 'a__b/c---d.e', null],
  ])('splits %s', (text, registry, repository, tag) => {
    expect(parseReference(text)).toEqual({ registry, repository, tag, digest: null })
  })

  it('keeps tag and digest', () => {
    const reference = parseReference(`quay.io:443/a/b:4.40_large_disk@${DIGEST}`)
    expect(reference).toEqual({
      registry: 'quay.io:443',
      repository: 'a/b',
      tag: '4.40_large_disk',
      digest: DIGEST,
    })
    expect(formatReference(reference)).toBe(`quay.io:443/a/b:4.40_large_disk@${DIGEST}`)
  })

  it('knows the limits of length', () => {
    const name = 'n'.repeat(255)
    expect(parseReference(`ghcr.io/${name}:${'t'.repeat(128)}`).repository).toBe(name)
    expect(refusalOf(`ghcr.io/${name}n`).what).toContain('longer than 255')
    // library/ counts.
    expect(parseReference('n'.repeat(247)).repository).toHaveLength(255)
    expect(refusalOf('n'.repeat(248)).what).toContain('longer than 255')
    expect(refusalOf(`ghcr.io/a:${'t'.repeat(129)}`).what).toContain('longer than 128')
  })

  it.each([
    ['', 'it is blank', 'name an image, such as "nginx:1.27"'],
    [' \t\n', 'it is blank', 'name an image, such as "nginx:1.27"'],
    ['caddy:2\n', 'it ends in a line break', 'in YAML, `|-` and `>-` keep none where `|` and `>` do'],
    ['caddy:2\r', 'it ends in a line break', 'in YAML, `|-` and `>-` keep none where `|` and `>` do'],
    ['caddy:2 ', 'it holds white space', 'remove the white space'],
    [' caddy:2', 'it holds white space', 'remove the white space'],
    ['caddy:2\nrm', 'it holds white space', 'remove the white space'],
    ['cad\u00a0dy', 'it holds white space', 'remove the white space'],
    ['https://ghcr.io/a/b', 'it is a URL', 'write it without "https://"'],
    ['ghcr.io/Team/app:1', 'repository names are lower case', 'write "team/app" for "Team/app"'],
    ['Caddy:2', 'repository names are lower case', 'write "caddy" for "Caddy"'],
    ['my_hub.lan:5000/caddy', '"my_hub.lan:5000" is no host name', 'a host name has no underscore'],
    ['my_hub.lan/caddy', '"my_hub.lan" is no host name', 'a host name has no underscore'],
    ['-hub.lan/caddy', '"-hub.lan" is no registry host', null],
    ['hub.lan:/caddy', '"hub.lan:" is no registry host', null],
    ['hub.lan:http/caddy', '"hub.lan:http" is no registry host', null],
    ['hub..lan/caddy', '"hub..lan" is no registry host', null],
    ['[fd00::7]x/caddy', '"[fd00::7]x" is no registry host', null],
    ['[fd00::7/caddy', '"[fd00::7" is no registry host', null],
    [':2', 'it has no repository name', null],
    ['ghcr.io/:2', 'it has no repository name', null],
    ['ghcr.io/a//b', 'a repository name has something on both sides of every "/"', null],
    ['a/', 'a repository name has something on both sides of every "/"', null],
    ['caddy:', 'the tag is empty', 'write a tag after the ":"'],
    ['caddy@', 'a digest looks like "sha256:…"', null],
    ['caddy@sha256', 'a digest looks like "sha256:…"', null],
    ['caddy@sha256:abc', 'sha256 has 64 hex digits, not 3', null],
    [`caddy@md5:${'a'.repeat(32)}`, '"md5" is none of sha256, sha384, sha512', null],
    [`caddy@sha256:${'F'.repeat(64)}`, 'sha256 is written in 0-9 and a-f', null],
    ['d'.repeat(64), 'it is an image ID', 'name the image by its repository'],
    [DIGEST, 'it is an image ID', 'name the image by its repository'],
    ['caddy#c', '"#" has no place in it', null],
    ['caddy:|version|', '"|" has no place in it', null],
    ['caddy:${TAG}', '"$" has no place in it', null],
    ['cad\u202edy', '"\u202e" has no place in it', null],
    ['cad\0dy', '"\0" has no place in it', null],
    ['$(id)', '"$" has no place in it', null],
    ['caf\u00e9', '"\u00e9" has no place in it', null],
  ])('refuses %j', (text, reason, cure) => {
    expect(refusalOf(text)).toMatchObject({ what: `not an image reference: "${text}": ${reason}`, cure })
  })

  it.each(['.', '_a', 'a_', 'a..b', 'a___b', 'a._b', '-a', 'a-'])('refuses the repository %s', name => {
    const { what, cure } = refusalOf(`ghcr.io/x/${name}/y`)
    expect(what).toBe(
      `not an image reference: "ghcr.io/x/${name}/y": "${name}" is no part of a repository name`,
    )
    expect(cure).toContain('letters and digits')
  })

  it.each(['.1', '-1', 'a:b', 'a/b'])('refuses the tag %s', tag => {
    expect(refusalOf(`ghcr.io/caddy:${tag}`).what).toMatch(/is no (tag|part)|repository name/)
  })

  /** No clock: with a step too many for each character, this would not end before the suite is given up. */
  it.each([
    'a',
    'A',
    '-',
    '_',
    '.',
    '/',
    ':',
    '@',
    '[',
    'a.',
    'a-',
    'a/',
    'a__',
    '[:',
    ' ',
    '\u00e9',
    'a:',
    '@a',
  ])('ends soon on 100 kB of %j', unit => {
    const body = unit.repeat(100_000 / unit.length)
    for (const text of [
      body,
      `a${body}`,
      `${body}!`,
      `h.io/${body}-`,
      `a:${body}`,
      `a@${body}`,
      `a.${body}/b`,
    ]) {
      const error = thrownBy(() => parseReference(text))
      // The grammar has no limit for the length of a host.
      if (error === undefined) expect(text).toMatch(/^[\w.-]+\/b$/)
      else
        expect(error).toMatchObject({ constructor: Invalid, message: expect.stringMatching(/^.{1,1500}$/s) })
    }
  })
})

describe('forms of a reference', () => {
  it('gives latest only to what has neither tag nor digest', () => {
    const full = (text: string) => formatReference(withDefaultTag(parseReference(text)))
    expect(full('caddy')).toBe('docker.io/library/caddy:latest')
    expect(full('caddy:2')).toBe('docker.io/library/caddy:2')
    expect(full(`caddy@${DIGEST}`)).toBe(`docker.io/library/caddy@${DIGEST}`)
  })

  it.each([
    ['docker.io/library/caddy:2', 'caddy:2', 'caddy'],
    ['docker.io/team/app:2', 'team/app:2', 'team/app'],
    ['docker.io/library/x/y', 'library/x/y', 'library/x/y'],
    ['ghcr.io/library/caddy', 'ghcr.io/library/caddy', 'ghcr.io/library/caddy'],
    ['localhost:5000/caddy:2', 'localhost:5000/caddy:2', 'localhost:5000/caddy'],
  ])('shows %s as Docker does', (text, reference, name) => {
    expect(familiarReference(parseReference(text))).toBe(reference)
    expect(familiarName(parseReference(text))).toBe(name)
  })

  it('reads back every canonical form', () => {
    fc.assert(
      fc.property(references(), reference => {
        expect(parseReference(formatReference(reference))).toEqual(reference)
      }),
    )
  })

  it('keeps one image where the familiar form cannot be read back', () => {
    for (const text of ['docker.io/localhost/app', 'docker.io/hub.lan/app', `docker.io/${'d'.repeat(64)}`]) {
      const reference = parseReference(text)
      expect(parseReference(formatReference(reference))).toEqual(reference)
    }
  })
})

function references(): fc.Arbitrary<ImageReference> {
  const part = fc.stringMatching(/^[a-z0-9]{1,9}((\.|_|__|-{1,3})[a-z0-9]{1,9}){0,2}$/)
  const path = fc.array(part, { minLength: 1, maxLength: 4 }).map(parts => parts.join('/'))
  const registry = fc.constantFrom('docker.io', 'ghcr.io', 'localhost', 'localhost:5000', '[::1]:5000', 'HUB')
  const tag = fc.option(fc.stringMatching(/^\w[\w.-]{0,127}$/))
  const digest = fc.option(fc.constantFrom(DIGEST, `sha512:${'a'.repeat(128)}`))
  return fc.record({ registry, repository: path, tag, digest }).map(reference => {
    const official = reference.registry === 'docker.io' && !reference.repository.includes('/')
    return official ? { ...reference, repository: `library/${reference.repository}` } : reference
  })
}

it.each([
  ['nginx:1', 'nginx:1'],
  ['docker.io/localhost/x:1', 'docker.io/localhost/x:1'],
  ['index.docker.io/ghcr.io/x:1', 'docker.io/ghcr.io/x:1'],
  [`docker.io/library/${'a'.repeat(64)}:1`, `${'a'.repeat(64)}:1`],
])('a command names %s as %s, which reads back as the same', (text, expected) => {
  const reference = parseReference(text)
  expect(shortReference(reference)).toBe(expected)
  expect(parseReference(shortReference(reference))).toEqual(reference)
})
