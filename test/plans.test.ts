import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { OutputFile } from '../generators/core/output.ts'
import type { RelayPlan } from '../generators/core/plan.ts'
import { formatReference } from '../generators/core/reference.ts'
import { type Registry, registryOfAddress, USUAL } from '../generators/core/registry.ts'
import { openWorkspace, planWorkspace } from '../generators/core/workspace.ts'
import { imageSyncer } from '../generators/image-syncer.ts'
import { readme } from '../generators/readme.ts'
import { regsync } from '../generators/regsync.ts'
import { skopeoSync } from '../generators/skopeo-sync.ts'
import { type Copies, imageSyncerCopies, regsyncPlan, skopeoCopies, skopeoPlan } from './plan-formats.ts'
import { type Choices, composeWith, plan, refusalsOf, TARGET } from './project.ts'

const LAST: Registry = { ...registryOfAddress(TARGET), naming: 'basename' }
const LOGIN = { username: 'MIRROR_USER', password: 'MIRROR_PASSWORD' }
const HEX = '0123456789abcdef'.repeat(4)
/** What some readers of YAML take for numbers, truth, times or nothing. */
const SPECIAL = [
  '1.0',
  '007',
  '0x1f',
  '0o17',
  '0b1',
  '1_000',
  '1e3',
  '1E3',
  '1.e3',
  '2024-01-01',
  'on',
  'OFF',
  'y',
].concat(['No', 'true', 'null', 'NULL', 'Null', '_1', '1_', '0_x1f', 'NaN', 'inf', '12', '685_230.15'])
const IMAGES = ['nginx:1.27', 'acme/tool:1.0', 'acme/tool:on', 'quay.io:443/a/b/c:null', 'ghcr.io/12']

/** The content of each file by its name. */
function textsOf(files: readonly OutputFile[]): ReadonlyMap<string, string> {
  expect(files.every(({ executable }) => !executable)).toBe(true)
  return new Map(files.map(({ path, content }) => [path, content]))
}

/** The commands of a header, and the lines below "keep passwords out". */
function commandsOf(text: string): string[] {
  return [...text.matchAll(/^# {3}(.*)$/gm)].map(([, line = '']) => line)
}

function copiesOf({ relays }: RelayPlan, platform: string | null = null): Copies {
  const wanted = relays.filter(({ use }) => platform === null || use.platform === platform)
  return new Map(wanted.map(({ from, to }) => [formatReference(from), formatReference(to)]))
}

const sorted = (copies: Copies) => [...copies].sort()

describe.each(['dify', ...readdirSync(join(import.meta.dirname, 'fixtures'))])('%s', name => {
  const folder = name === 'dify' ? '../examples' : 'fixtures'
  const open = async () =>
    planWorkspace(
      await openWorkspace({}, { directory: join(import.meta.dirname, folder, name), environment: {} }),
    )

  test('image-syncer and regsync have exactly the plan', async () => {
    const relayed = await open()
    const rules = imageSyncer.files(relayed).flatMap(({ content }) => [...imageSyncerCopies(content)])
    expect(rules.sort()).toEqual(sorted(copiesOf(relayed)))
    const { sync } = regsyncPlan(regsync.files(relayed)[0]?.content ?? '')
    expect(sync.map(({ source, target }) => [source, target]).sort()).toEqual(sorted(copiesOf(relayed)))
    const platforms = new Map(relayed.relays.map(({ from, use }) => [formatReference(from), use.platform]))
    for (const { source, platform } of sync)
      expect([source, platform]).toEqual([source, platforms.get(source)])
  })
})

describe('what is a string stays one', () => {
  const tags = fc.array(
    fc.oneof(fc.constantFrom(...SPECIAL), fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,9}$/)),
    {
      minLength: 1,
    },
  )
  const names = fc.stringMatching(/^[a-z0-9]+(?:[._-][a-z0-9]+)?$/)
  const hosts = fc.constantFrom('', 'r.io/', 'r.io:80/', 'localhost:5000/', '1.2.3.4:5000/', '1.2/', '1:2/')

  test('for readers of YAML 1.1 and 1.2', () => {
    fc.assert(
      fc.property(hosts, names, names, tags, (host, folder, name, all) => {
        const images = all.map(tag => `${host}${folder}/${name}:${tag}`)
        const relayed = plan(composeWith(images), { registry: LAST })
        const [file] = skopeoSync.files(relayed)
        expect(sorted(skopeoCopies(file?.content ?? '', TARGET))).toEqual(sorted(copiesOf(relayed)))
        const rules = imageSyncerCopies(imageSyncer.files(relayed)[0]?.content ?? '')
        expect(sorted(rules)).toEqual(sorted(copiesOf(relayed)))
        expect(regsyncPlan(regsync.files(relayed)[0]?.content ?? '').sync).toHaveLength(rules.size)
      }),
      { numRuns: 60 },
    )
  })

  test.each(SPECIAL)('%s, in quotes where a reader would take it for something else', tag => {
    const [file] = skopeoSync.files(plan(composeWith([`acme/tool:${tag}`]), { registry: LAST }))
    expect(skopeoPlan(file?.content ?? '')).toEqual({ 'docker.io': { images: { 'acme/tool': [tag] } } })
  })
})

describe('image-syncer', () => {
  const files = (text: string, choices: Choices = {}) => textsOf(imageSyncer.files(plan(text, choices)))

  test('says the command, and what the file of logins has, without a secret', () => {
    const registry: Registry = { ...registryOfAddress(TARGET), insecure: true, login: LOGIN }
    const source: Registry = { ...registryOfAddress('r.internal:5000/a'), name: 's', login: LOGIN }
    const text = composeWith(['nginx', 'r.internal:5000/a/b'])
    const registries = [source, registry, { ...source, name: 'unused', host: 'other.internal' }]
    const content = files(text, { registry, registries }).get('image-syncer.yaml') ?? ''
    expect(commandsOf(content)).toEqual([
      'image-syncer --images=image-syncer.yaml --auth=auth.yaml --os=linux --arch=amd64 --retries=3',
      'registry.example.com/team:',
      '  username: "${MIRROR_USER}"',
      '  password: "${MIRROR_PASSWORD}"',
      '  insecure: true',
      'r.internal:5000/a:',
      '  username: "${MIRROR_USER}"',
      '  password: "${MIRROR_PASSWORD}"',
    ])
  })

  test('has a file for each further platform, and always one for that of the plan', () => {
    const text =
      'services:\n  a: { image: a/a, platform: linux/arm/v7 }\n  b: { image: b/b, platform: linux/arm64 }\n'
    const found = files(text)
    expect([...found.keys()]).toEqual([
      'image-syncer.yaml',
      'image-syncer-linux-arm-v7.yaml',
      'image-syncer-linux-arm64.yaml',
    ])
    expect(found.get('image-syncer.yaml')).toMatch(/\n\n\{\}\n$/)
    // With a variant, image-syncer leaves images with an OCI index out.
    expect(commandsOf(found.get('image-syncer-linux-arm-v7.yaml') ?? '')[0]).toBe(
      'image-syncer --images=image-syncer-linux-arm-v7.yaml --auth=auth.yaml --os=linux --arch=arm --retries=3',
    )
    const with64 = files(`${text}  c: { image: c/c }\n`)
    for (const [path, content] of found) {
      if (path !== 'image-syncer.yaml') expect(with64.get(path)).toBe(content)
    }
  })

  test('keeps a pin, and two of one image apart', () => {
    const pins = [`nginx:1@sha256:${HEX}`, `nginx@sha256:${HEX}`]
    const rules = imageSyncerCopies(files(composeWith(pins)).get('image-syncer.yaml') ?? '')
    expect(sorted(rules)).toEqual([
      [`docker.io/library/nginx:1@sha256:${HEX}`, `${TARGET}/nginx:1`],
      [`docker.io/library/nginx@sha256:${HEX}`, `${TARGET}/nginx:sha256-0123456789ab`],
    ])
  })

  test.each(['HUB/a/b:1', '[fd00::7]:5000/a/b:1'])('takes no %s', source => {
    const host = source.split('/')[0]
    expect(refusalsOf(() => files(composeWith([source])))).toEqual([
      `compose.yaml:3:12: services.s0.image: "${source}" is nothing that image-syncer can copy: it takes no host "${host}": take regsync`,
    ])
  })
})

describe('regsync', () => {
  const file = (text: string, choices: Choices = {}) => regsync.files(plan(text, choices))[0]?.content ?? ''

  test('names variables where relay.yaml does, and nothing where the login is stored', () => {
    expect(regsyncPlan(file(composeWith(IMAGES))).creds).toBeUndefined()
    const registry: Registry = { ...registryOfAddress(TARGET), login: LOGIN }
    const plain: Registry = { ...registryOfAddress('quay.io:443/a'), name: 'source', insecure: true }
    const same: Registry = {
      ...registry,
      name: 'same',
      namespace: 'a',
      login: { ...LOGIN, username: 'OTHER' },
    }
    const images = [...IMAGES, 'registry.example.com/a/x:1']
    const text = file(composeWith(images), { registry, registries: [plain, registry, same] })
    expect(regsyncPlan(text).creds).toEqual([
      { registry: 'registry.example.com', user: '{{env "MIRROR_USER"}}', pass: '{{env "MIRROR_PASSWORD"}}' },
      { registry: 'quay.io:443', tls: 'disabled' },
    ])
    expect(commandsOf(text)).toEqual([
      'regsync check --config regsync.yml    # says what would be copied',
      'regsync once --config regsync.yml     # copies it',
      'regsync server --config regsync.yml   # copies what is missing, and looks again every 12 hours',
      "sed 's/tls: disabled/tls: insecure/' regsync.yml | regsync once --config -",
    ])
  })

  test('has all platforms in one file, and takes any host', () => {
    const text = `${composeWith(['HUB/a/b:1', '[fd00::7]:5000/a/c:1'])}  c: { image: c/c, platform: linux/arm/v7 }\n`
    const lines = file(text).match(/^ {4}platform: .*|^ {2}- source: .*/gm)
    expect(lines).toEqual([
      '  - source: HUB/a/b:1',
      '    platform: linux/amd64',
      '  - source: "[fd00::7]:5000/a/c:1"',
      '    platform: linux/amd64',
      '  - source: docker.io/c/c:latest',
      '    platform: linux/arm/v7',
    ])
  })
})

describe('skopeo sync', () => {
  const files = (text: string, choices: Choices = {}) =>
    textsOf(skopeoSync.files(plan(text, { registry: LAST, ...choices })))

  test.each<[string, Registry]>([
    [TARGET, LAST],
    ['registry.example.com/team/mirror', { ...LAST, namespace: 'team/mirror' }],
    ['registry.example.com:8443', { ...LAST, host: 'registry.example.com:8443', namespace: null }],
    ['docker.io/me', { ...LAST, host: 'docker.io', namespace: 'me', type: 'dockerhub' }],
    [
      'registry.cn-hangzhou.aliyuncs.com/me',
      { ...LAST, host: 'registry.cn-hangzhou.aliyuncs.com', namespace: 'me' },
    ],
  ])('writes exactly the plan to %s', (address, registry) => {
    const relayed = plan(composeWith(IMAGES), { registry })
    const content = textsOf(skopeoSync.files(relayed)).get('skopeo-sync.yaml') ?? ''
    expect(sorted(skopeoCopies(content, address))).toEqual(sorted(copiesOf(relayed)))
    expect(commandsOf(content)[0]).toBe(
      `skopeo --override-os linux --override-arch amd64 sync --src yaml --dest docker --preserve-digests --keep-going --retry-times 3 skopeo-sync.yaml ${address}`,
    )
  })

  test('has a file and a command for each platform, and no secret', () => {
    const registry: Registry = { ...LAST, insecure: true, login: LOGIN }
    const source: Registry = { ...registryOfAddress('r.internal:5000/a'), name: 's', insecure: true }
    const text = `${composeWith(['r.internal:5000/a/b:1'])}  c: { image: c/c, platform: linux/arm/v7 }\n`
    const found = files(text, { registry, registries: [source] })
    expect([...found.keys()]).toEqual(['skopeo-sync.yaml', 'skopeo-sync-linux-arm-v7.yaml'])
    expect(skopeoPlan(found.get('skopeo-sync.yaml') ?? '')).toEqual({
      'r.internal:5000': { 'tls-verify': false, images: { 'a/b': ['1'] } },
    })
    expect(commandsOf(found.get('skopeo-sync.yaml') ?? '').slice(1)).toEqual([
      'skopeo login --tls-verify=false --username "$MIRROR_USER" --password-stdin registry.example.com <<<"$MIRROR_PASSWORD"',
      'skopeo login --tls-verify=false r.internal:5000',
    ])
    expect(commandsOf(found.get('skopeo-sync-linux-arm-v7.yaml') ?? '')[0]).toBe(
      'skopeo --override-os linux --override-arch arm --override-variant v7 sync --src yaml --dest docker --dest-tls-verify=false --preserve-digests --keep-going --retry-times 3 skopeo-sync-linux-arm-v7.yaml registry.example.com/team',
    )
  })

  test('stops for every name that skopeo would write otherwise, and basename is the cure', () => {
    const registry = registryOfAddress(TARGET)
    const text = composeWith(['langgenius/dify-api:1', 'nginx:1', 'ghcr.io/a/b:2'])
    const OTHERS = 'take image-syncer, regsync or relay-images.sh, which rename'
    expect(refusalsOf(() => files(text, { registry }))).toEqual([
      `compose.yaml:7:12: services.s2.image: skopeo sync would write "ghcr.io/a/b:2" to ${TARGET}/b:2, and not to ${TARGET}/a-b:2: write "naming: basename" for the registry in relay.yaml, or ${OTHERS}`,
      `compose.yaml:3:12: services.s0.image: skopeo sync would write "langgenius/dify-api:1" to ${TARGET}/dify-api:1, and not to ${TARGET}/langgenius-dify-api:1: write "naming: basename" for the registry in relay.yaml, or ${OTHERS}`,
    ])
    expect(refusalsOf(() => files(text, { registry: { ...registry, naming: 'path' } }))).toHaveLength(2)
    expect(files(text).size).toBe(1)
    // Chosen names are names, too.
    const chosen = new Map([
      ['docker.io/langgenius/dify-api', 'dify-api'],
      ['ghcr.io/a/b', 'b'],
    ])
    expect(files(text, { registry, images: chosen }).size).toBe(1)
  })

  test('stops for a chosen name that skopeo would not write', () => {
    const images = new Map([['quay.io/minio/minio', 'quay-minio']])
    const text = composeWith(['minio/minio:1', 'quay.io/minio/minio:1'])
    expect(refusalsOf(() => files(text, { images }))).toEqual([
      `compose.yaml:5:12: services.s1.image: skopeo sync would write "quay.io/minio/minio:1" to ${TARGET}/minio:1, and not to ${TARGET}/quay-minio:1: take "quay.io/minio/minio" out of "images:" in relay.yaml, or take image-syncer, regsync or relay-images.sh, which rename`,
    ])
  })

  test('stops for every pin: skopeo would push it without its tag', () => {
    const pins = [`nginx:1@sha256:${HEX}`, `redis@sha256:${HEX}`]
    const refused = refusalsOf(() => files(composeWith(pins)))
    expect(refused).toEqual([
      `compose.yaml:3:12: services.s0.image: skopeo sync would write "${pins[0]}" to ${TARGET}/nginx@sha256:${HEX}, and not to ${TARGET}/nginx:1: take image-syncer, regsync or relay-images.sh, which rename`,
      `compose.yaml:5:12: services.s1.image: skopeo sync would write "${pins[1]}" to ${TARGET}/redis@sha256:${HEX}, and not to ${TARGET}/redis:sha256-0123456789ab: take image-syncer, regsync or relay-images.sh, which rename`,
    ])
  })

  test.each(['HUB/a/b:1', '[fd00::7]:5000/a/b:1'])('stops for %s, which skopeo would leave out', source => {
    expect(refusalsOf(() => files(composeWith([source])))).toEqual([
      `compose.yaml:3:12: services.s0.image: "${source}" is nothing that skopeo sync can copy: it takes no host "${source.split('/')[0]}": take regsync`,
    ])
  })

  test('takes localhost and numbers for hosts', () => {
    const images = ['localhost/a:1', 'localhost:5000/b:1', '10.0.0.1/c:1', '10.0.0.1:5000/d:1']
    const relayed = plan(composeWith(images), { registry: LAST })
    const [file] = skopeoSync.files(relayed)
    expect(sorted(skopeoCopies(file?.content ?? '', TARGET))).toEqual(sorted(copiesOf(relayed)))
  })
})

describe.each([imageSyncer, regsync, skopeoSync])('$name', ({ name, usual, files }) => {
  test('is written where it is named, alone', () => {
    expect(usual).toBe(false)
  })

  test('has nothing of what is built or ignored, and says so', () => {
    const text = `${composeWith(['nginx:1', 'redis:7'])}  built: { image: app:1, build: . }\n  unnamed: { build: . }\n`
    const relayed = plan(text, { registry: LAST, built: 'relay', ignore: 'redis' })
    expect(relayed.builds).toHaveLength(2)
    const [{ content } = { content: '' }] = files(relayed)
    expect(content).toContain('nginx')
    expect(content.replace(/^#.*$/gm, '')).not.toMatch(/app|unnamed|redis/)
    expect(content).toContain('Not in here: images that are ignored, and those that Compose builds')
  })

  test('does not depend on the order of services', () => {
    const images = [...IMAGES].reverse()
    const [one, other] = [IMAGES, images].map(all => files(plan(composeWith(all), { registry: LAST })))
    expect(one).toEqual(other)
  })

  test.each(['en', 'zh'] as const)('has a header that names its source, in %s', language => {
    for (const { content } of files(plan(composeWith(['nginx']), { registry: LAST, language }))) {
      expect(content).toMatch(
        /^# Code generated by compose-relay from compose\.yaml\. DO NOT EDIT\.\n# .*\n#\n/,
      )
      expect(/\p{Script=Han}/u.test(content)).toBe(language === 'zh')
      expect(content).not.toMatch(/%s|undefined|[ \t]$/m)
    }
  })

  test('stands in the README where it is written', () => {
    const text = `${composeWith(['nginx:1'])}  there: { image: there, platform: linux/arm64 }\n`
    const rowsWith = (outputs: readonly string[]) =>
      readme.files(plan(text, { registry: { ...LAST, ...USUAL }, outputs }))[0]?.content ?? ''
    for (const { path } of files(plan(text, { registry: LAST }))) {
      expect(rowsWith([name])).toContain(`\n| \`${path}\` | what `)
      expect(rowsWith([])).not.toContain(path)
    }
  })
})
