import { describe, expect, it } from 'vitest'
import { parseConfig } from '../generators/core/config.ts'
import { targetOf } from '../generators/core/naming.ts'
import { Invalid } from '../generators/core/problem.ts'
import { formatReference } from '../generators/core/reference.ts'
import { type Registry, registryOfAddress } from '../generators/core/registry.ts'
import { composeWith, image, plan, refusalsOf } from './project.ts'
import { thrownBy } from './shared.ts'

const ALIYUN = registryOfAddress('registry.cn-heyuan.aliyuncs.com/yarnb-docker-mirrors')
const PLAIN = registryOfAddress('registry.example.com:5000/team')
const HARBOR: Registry = { ...PLAIN, name: 'harbor', type: 'harbor', naming: 'path' }
const LAST: Registry = { ...PLAIN, naming: 'basename' }
const BARE: Registry = { ...PLAIN, namespace: null }
const HEX = '0123456789abcdef'.repeat(8)

function nameOf(source: string, registry: Registry, chosen: string | null = null): string {
  const target = targetOf(image(source), registry, chosen)
  expect(target).toMatchObject({ registry: registry.host, digest: null })
  return formatReference(target)
}

function refusalOf(source: string, registry: Registry, chosen: string | null = null): string {
  const error = thrownBy(() => targetOf(image(source), registry, chosen))
  if (error instanceof Invalid) return `${error.what}: ${error.cure}`
  throw new Error('not refused', { cause: error })
}

describe('targetOf', () => {
  it.each([
    ['nginx:latest', 'nginx:latest', 'nginx:latest'],
    ['nginx', 'nginx:latest', 'nginx:latest'],
    ['docker.io/library/nginx:1.27', 'nginx:1.27', 'nginx:1.27'],
    [
      'langgenius/dify-api:2.0.0-beta.2',
      'langgenius-dify-api:2.0.0-beta.2',
      'langgenius/dify-api:2.0.0-beta.2',
    ],
    ['ghcr.io/chroma-core/chroma:0.5.20', 'chroma-core-chroma:0.5.20', 'chroma-core/chroma:0.5.20'],
    ['certbot/certbot', 'certbot-certbot:latest', 'certbot/certbot:latest'],
    ['container-registry.oracle.com/database/free:latest', 'database-free:latest', 'database/free:latest'],
    ['localhost:5000/a/b/c:1', 'a-b-c:1', 'a/b/c:1'],
    ['quay.io/library/app:1', 'app:1', 'app:1'],
    ['a/library/app:1', 'a-library-app:1', 'a/library/app:1'],
    ['a__b/c.d_e:1', 'a__b-c.d_e:1', 'a__b/c.d_e:1'],
    ['app:V1_RC.2', 'app:V1_RC.2', 'app:V1_RC.2'],
    [`nginx:1.27@sha256:${HEX.slice(0, 64)}`, 'nginx:1.27', 'nginx:1.27'],
    [`nginx@sha256:${HEX.slice(0, 64)}`, 'nginx:sha256-0123456789ab', 'nginx:sha256-0123456789ab'],
    [`a/b@sha512:${HEX}`, 'a-b:sha512-0123456789ab', 'a/b:sha512-0123456789ab'],
  ])('%s is %s, with folders %s', (source, flat, path) => {
    expect(nameOf(source, ALIYUN)).toBe(`registry.cn-heyuan.aliyuncs.com/yarnb-docker-mirrors/${flat}`)
    expect(nameOf(source, PLAIN)).toBe(`registry.example.com:5000/team/${flat}`)
    expect(nameOf(source, BARE)).toBe(`registry.example.com:5000/${flat}`)
    expect(nameOf(source, HARBOR)).toBe(`registry.example.com:5000/team/${path}`)
    const last = path.split('/').at(-1)
    expect(nameOf(source, LAST)).toBe(`registry.example.com:5000/team/${last}`)
  })

  it('takes the last step alone by basename', () => {
    expect(nameOf('nginx:1', LAST)).toBe('registry.example.com:5000/team/nginx:1')
    expect(nameOf('langgenius/dify-api:2', LAST)).toBe('registry.example.com:5000/team/dify-api:2')
    expect(nameOf('localhost:5000/a/b/c:1', { ...LAST, namespace: null })).toBe(
      'registry.example.com:5000/c:1',
    )
    expect(nameOf('quay.io/minio/minio:R1', LAST, 'quay/minio')).toMatch(/\/team\/quay\/minio:R1$/)
    const aliyun: Registry = { ...ALIYUN, naming: 'basename' }
    expect(refusalOf('acme/a', aliyun)).toMatch(/^the target name "a" has 1 characters/)
    expect(nameOf(`${'n'.repeat(60)}/${'m'.repeat(60)}`, aliyun)).toContain(`mirrors/${'m'.repeat(60)}:`)
  })

  it('takes the name that was chosen, for every tag', () => {
    expect(nameOf('quay.io/minio/minio:R1', ALIYUN, 'quay-minio')).toMatch(/\/quay-minio:R1$/)
    expect(nameOf('quay.io/minio/minio', HARBOR, 'quay/minio')).toMatch(/\/team\/quay\/minio:latest$/)
  })

  it.each([
    ['a/b', 'Quay', 'not a repository name: "Quay"'],
    ['a/b', 'a b', 'not a repository name: "a b"'],
    ['a/b', 'a:1', 'not a repository name: "a:1"'],
    ['a/b', '../b', 'not a repository name: "../b"'],
    ['a/b', '/b', 'not a repository name: "/b"'],
    ['a/b', "'; id", 'not a repository name: "\'; id"'],
    ['a/b', 'a\nb', 'not a repository name: "a\nb"'],
  ])('refuses for %s the name %j', (source, chosen, what) => {
    const cure = 'lower case letters and digits, joined by ".", "_", "-" or "/"'
    expect(refusalOf(source, PLAIN, chosen)).toBe(`${what}: ${cure}`)
  })

  it('keeps to the limits of Aliyun', () => {
    const cure = (name: string) =>
      `choose another under "images:" in relay.yaml: "docker.io/library/${name}: <name>"`
    const limit = 'an Aliyun repository has 2 to 64 characters'
    const [longest, tooLong] = ['n'.repeat(64), 'n'.repeat(65)]
    expect(nameOf(`${longest}:1`, ALIYUN)).toContain(`/${longest}:1`)
    expect(nameOf('ab', ALIYUN)).toContain('/ab:latest')
    expect(refusalOf(tooLong, ALIYUN)).toBe(
      `the target name "${tooLong}" has 65 characters, and ${limit}: ${cure(tooLong)}`,
    )
    expect(refusalOf('a', ALIYUN)).toBe(`the target name "a" has 1 characters, and ${limit}: ${cure('a')}`)
    expect(nameOf(tooLong, PLAIN)).toContain(tooLong)
    expect(nameOf('a', PLAIN)).toContain('/a:latest')
    expect(refusalOf('a/b', ALIYUN, 'a/b')).toBe('not an Aliyun repository name: "a/b": it has no "/"')
  })

  it('keeps to the limit of every registry, the namespace included', () => {
    expect(nameOf(`ghcr.io/${'n'.repeat(250)}`, PLAIN)).toContain('n'.repeat(250))
    expect(refusalOf(`ghcr.io/${'n'.repeat(251)}`, PLAIN)).toContain(
      'a repository has at most 255 characters',
    )
    expect(nameOf(`ghcr.io/${'n'.repeat(251)}`, BARE)).toContain('n'.repeat(251))
  })

  it('does not depend on other images', () => {
    const alone = plan(composeWith(['a/b:1'])).relays.map(({ to }) => formatReference(to))
    const amongOthers = plan(composeWith(['c/d:1', 'quay.io/a/b:2', 'a/b:1'])).relays
    expect(amongOthers.map(({ to }) => formatReference(to))).toContain(alone[0])
  })
})

describe('planRelay', () => {
  it('sorts by the source as people write it, in code units', () => {
    const sources = ['nginx', 'zeta/a', 'a/z', 'Z.io/a', 'ghcr.io/a/a', 'a-a/b']
    const { relays } = plan(composeWith(sources))
    expect(relays.map(({ from }) => `${from.registry}/${from.repository}`)).toEqual([
      'Z.io/a',
      'docker.io/a-a/b',
      'docker.io/a/z',
      'ghcr.io/a/a',
      'docker.io/library/nginx',
      'docker.io/zeta/a',
    ])
  })

  it('relays what is neither ignored nor built', () => {
    const text = `${composeWith(['a/a', 'b/b'])}  c:\n    image: c/c\n    build: .\n`
    expect(plan(text, { ignore: 'a/a' }).relays.map(({ from }) => from.repository)).toEqual(['b/b'])
  })

  it('tells every name that will not do, at once', () => {
    const text = composeWith(['a', 'b', 'quay.io/c/d', 'c/d', `${'n'.repeat(65)}`])
    expect(refusalsOf(() => plan(text, { registry: ALIYUN })).map(line => line.slice(0, 62))).toEqual([
      'compose.yaml:3:12: services.s0.image: the target name "a" has ',
      'compose.yaml:5:12: services.s1.image: the target name "b" has ',
      'compose.yaml:11:12: services.s4.image: the target name "nnnnnn',
      'compose.yaml:7:12: services.s2.image: "quay.io/c/d:latest" and',
    ])
  })
})

describe('two sources with one target', () => {
  const long = `${'deep/'.repeat(11)}app`

  it.each<[first: string, second: string, registry: Registry, target: string]>([
    ['a/b-c:1', 'a-b/c:1', ALIYUN, 'a-b-c:1'],
    ['minio/minio:R1', 'quay.io/minio/minio:R1', ALIYUN, 'minio-minio:R1'],
    ['minio/minio:R1', 'quay.io/minio/minio:R1', HARBOR, 'minio/minio:R1'],
    ['app', 'quay.io/library/app', PLAIN, 'app:latest'],
    ['frappe/erpnext:v16', 'localhost:5000/frappe/erpnext:v16', ALIYUN, 'frappe-erpnext:v16'],
    ['acme/redis:7', 'redis:7', LAST, 'redis:7'],
    ['minio/minio:R1', 'quay.io/minio/minio:R1', LAST, 'minio:R1'],
    ['a/b:1', 'HUB/a/b:1', ALIYUN, 'a-b:1'],
    ['a/b:1', '[fd00::7]:5000/a/b:1', ALIYUN, 'a-b:1'],
    [`ghcr.io/${long}`, `quay.io/${long}`, ALIYUN, `${long.replaceAll('/', '-')}:latest`],
  ])(
    'stops for %s and %s, and the line that it shows is the cure',
    async (first, second, registry, target) => {
      const text = composeWith([first, second])
      const [refusal = '', ...others] = refusalsOf(() => plan(text, { registry }))
      expect(others).toEqual([])
      expect(refusal).toMatch(/^compose\.yaml:[35]:12: services\.s[01]\.image: "/)
      for (const part of [first, second, `would both be ${registry.host}/${registry.namespace}/${target}`])
        expect(refusal).toContain(part)
      const line = /choose another name in relay\.yaml: "(images: .*)"$/.exec(refusal)?.[1] ?? ''
      const { images } = await parseConfig(`${line}\n`, '/relay.yaml', 'relay.yaml')
      expect(images.size).toBe(1)
      const targets = plan(text, { registry, images }).relays.map(({ to }) => formatReference(to))
      expect(new Set(targets).size).toBe(2)
      expect(targets).toContain(`${registry.host}/${registry.namespace}/${target}`)
    },
  )

  it('shows no name where one image comes with and without a digest', () => {
    const pinned = `nginx:1@sha256:${HEX.slice(0, 64)}`
    expect(refusalsOf(() => plan(composeWith(['nginx:1', pinned])))).toEqual([
      `compose.yaml:5:12: services.s1.image: "${pinned}" and "nginx:1" would both be registry.example.com/team/nginx:1: name the same tag or digest in both places, or ignore one`,
    ])
  })

  it('lets them be where one is ignored, or the tags differ', () => {
    expect(plan(composeWith(['a/b-c', 'a-b/c']), { ignore: 'a/b-c' }).relays).toHaveLength(1)
    expect(plan(composeWith(['a/b-c:1', 'a-b/c:2'])).relays).toHaveLength(2)
  })

  it('tells three, too', () => {
    const text = composeWith(['x.io/a/b', 'y.io/a/b', 'z.io/a/b'])
    expect(refusalsOf(() => plan(text))).toHaveLength(2)
  })
})
