import { describe, expect, it } from 'vitest'
import { compare } from '../generators/core/order.ts'
import { selectImages } from '../generators/core/select.ts'
import { composeWith, loadFiles, refusalsOf, select } from './project.ts'

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`

describe('selectImages', () => {
  it('takes all spellings of an image for one', () => {
    const spellings = ['docker.io/postgres:16', 'postgres:16', 'index.docker.io/library/postgres:16']
    const { images } = select(composeWith([...spellings, 'postgres:17', 'quay.io/postgres:16']))
    expect(images).toMatchObject([
      {
        source: 'docker.io/postgres:16',
        written: ['docker.io/postgres:16', 'index.docker.io/library/postgres:16', 'postgres:16'],
        reference: { registry: 'docker.io', repository: 'library/postgres', tag: '16', digest: null },
        services: ['s0', 's1', 's2'],
        state: 'relay',
        at: { file: 'compose.yaml', line: 3, column: 12 },
      },
      { source: 'postgres:17', services: ['s3'] },
      { source: 'quay.io/postgres:16', services: ['s4'] },
    ])
    expect(images).toHaveLength(3)
  })

  it('gives latest to what has neither tag nor digest, and takes it for the same', () => {
    const { images } = select(composeWith(['nginx:latest', 'nginx', `nginx@${DIGEST}`]))
    expect(images.map(({ written, reference: { tag, digest } }) => ({ written, tag, digest }))).toEqual([
      { written: ['nginx', 'nginx:latest'], tag: 'latest', digest: null },
      { written: [`nginx@${DIGEST}`], tag: null, digest: DIGEST },
    ])
  })

  it('sorts images and services in code units', () => {
    const text =
      'services:\n  b: { image: b }\n  a: { image: Z.io/a }\n  _: { image: b }\n  B: { image: b }\n'
    const { images } = select(text)
    expect(images.map(({ source, services }) => [source, services])).toEqual([
      ['Z.io/a', ['a']],
      ['b', ['B', '_', 'b']],
    ])
    expect(['a', 'B', '_', 'é', '10', '9'].sort(compare)).toEqual(['10', '9', 'B', '_', 'a', 'é'])
  })

  it('knows what is built', () => {
    const { images, built } = select(`services:
  app:
    build: .
    image: me/app:1
  worker:
    image: me/app:1
  site:
    build: { context: site }
    platform: linux/arm64
  empty:
    build: .
    image: ""
  run:
    provider: { type: model }
`)
    expect(images).toMatchObject([{ source: 'me/app:1', services: ['app', 'worker'], state: 'built' }])
    expect(built).toEqual([
      { service: 'site', platform: 'linux/arm64', at: { file: 'compose.yaml', line: 7, column: 3 } },
      { service: 'empty', platform: 'linux/amd64', at: { file: 'compose.yaml', line: 10, column: 3 } },
    ])
  })

  it('ignores what is built, too, where a pattern says so', () => {
    const { images } = select('services:\n  app:\n    build: .\n    image: me/app:1\n', 'me/*')
    expect(images.map(({ state }) => state)).toEqual(['ignored'])
  })

  it('tells every value that is no reference, with its place', () => {
    expect(refusalsOf(() => select(composeWith(['nginx:', 'redis', 'Foo/bar', 'Foo', '$$(id)'])))).toEqual([
      'compose.yaml:3:12: services.s0.image: not an image reference: "nginx:": the tag is empty: write a tag after the ":"',
      'compose.yaml:9:12: services.s3.image: not an image reference: "Foo": repository names are lower case: write "foo" for "Foo"',
      'compose.yaml:11:12: services.s4.image: not an image reference: "$(id)": "$" has no place in it',
    ])
  })
})

describe('platforms', () => {
  const two = (first: string, second: string) => `services:
  a:
    image: nginx:1
${first}  b:
    image: docker.io/nginx:1
${second}`
  const arm = '    platform: linux/arm64\n'
  const amd = '    platform: linux/amd64\n'

  it.each([
    ['', '', 'linux/amd64', 'linux/amd64'],
    ['', '', 'linux/riscv64', 'linux/riscv64'],
    [arm, arm, 'linux/amd64', 'linux/arm64'],
    [amd, '', 'linux/amd64', 'linux/amd64'],
    ['    platform: ${NONE:-}\n', '', 'linux/amd64', 'linux/amd64'],
    ['    platform:\n      linux/arm/v7\n', '    platform: linux/arm/v7\n', 'linux/amd64', 'linux/arm/v7'],
  ])('%j and %j with %s make %s', (first, second, platform, expected) => {
    expect(select(two(first, second), '', platform).images.map(image => image.platform)).toEqual([expected])
  })

  it.each([
    [arm, '', 'linux/amd64', 'linux/arm64'],
    ['', arm, 'linux/arm64', 'linux/amd64'],
  ])('refuses two for one image: %j and %j', (first, second, here, there) => {
    const [line = '', ...others] = refusalsOf(() => select(two(first, second)))
    expect(others).toEqual([])
    expect(line).toMatch(
      /^compose\.yaml:[56]:12: services\.b\.platform: "docker\.io\/nginx:1" is wanted for /,
    )
    expect(line).toContain(
      `is wanted for ${here} here and for ${there} by services.a: give both services one platform, or ignore the image`,
    )
  })

  it('lets two be where the image is not relayed', () => {
    expect(select(two(arm, ''), 'nginx').images).toMatchObject([{ state: 'ignored' }])
    expect(select(`${two(arm, '')}    build: .\n`).images).toMatchObject([{ state: 'built' }])
  })

  it.each(['linux', 'amd64', 'linux/amd64; id', '-rf/x', 'linux/arm64/8', 'a/b/v1/c'])(
    'refuses %j',
    platform => {
      const text = `services:\n  a:\n    image: nginx\n    platform: ${platform}\n`
      expect(refusalsOf(() => select(text))).toEqual([
        `compose.yaml:2:3: services.a.platform: not a platform: "${platform}": such as linux/amd64`,
      ])
    },
  )

  it.each(['5', '[a]', 'null', '{ a: b }'])('refuses %s, which is no text', platform => {
    const text = `services:\n  a:\n    image: nginx\n    platform: ${platform}\n`
    expect(refusalsOf(() => select(text))).toEqual([
      'compose.yaml:4:15: services.a.platform: it must be a string: write it in quotes',
    ])
  })
})

describe('profiles', () => {
  const text = `services:
  always: { image: a }
  none: { image: b, profiles: [] }
  web: { image: c, profiles: [web, debug] }
  first: { image: d, profiles: ["", weaviate] }
  variable: { image: e, profiles: ["\${STORE:-weaviate}"] }
`
  const services = (profiles: readonly string[] | null) => {
    const project = loadFiles({ 'compose.yaml': text }, { profiles })
    return selectImages(project, [], 'linux/amd64').images.map(({ source }) => source)
  }

  it.each([
    [null, 'a b c d e'],
    [['*'], 'a b c d e'],
    [[], 'a b'],
    [['web'], 'a b c'],
    [['debug', 'x'], 'a b c'],
    [[''], 'a b d'],
    [['weaviate'], 'a b d e'],
    [['WEB'], 'a b'],
  ])('%j select %s', (profiles, expected) => {
    expect(services(profiles).join(' ')).toBe(expected)
  })
})
