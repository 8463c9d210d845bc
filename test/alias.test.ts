import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import {
  BASHES,
  composeOf,
  type EngineName,
  FakeEngine,
  generate,
  laboratory,
  pathOf,
  type ScriptOptions,
} from './fake-engine.ts'
import { FULL, IMAGES, PINNED, TEAM } from './relayed.ts'

vi.setConfig({ maxConcurrency: 12 })

/** A project with base images, builds and other platforms. */
const PROJECT = {
  'docker-compose.yaml': `
services:
  web: { image: 'nginx:1.27' }
  ldap: { image: 'osixia/openldap:1.5.0' }
  arm: { image: 'redis:7', platform: linux/arm64 }
  app: { image: 'acme/app:2', build: app }
  job: { build: { context: app, dockerfile: job.Dockerfile } }
`,
  'relay.yaml': `
registries:
  harbor: { host: harbor.example.com, namespace: team, type: harbor }
registry: harbor
alias: { short-names: { osixia/openldap: openldap } }
`,
  'app/Dockerfile': 'FROM node:18 AS build\nFROM nginx:1.27\nCOPY --from=build /a /a\n',
  'app/job.Dockerfile': 'FROM python:3.10-slim\n',
  'tools/Dockerfile.lint': 'FROM ghcr.io/acme/lint\n',
  'tools/Dockerfile.mine': 'FROM acme/private\n',
  'ignore-images.txt': 'acme/private\n',
}
const HARBOR = 'harbor.example.com/team'
const ALL = [
  'nginx:1.27',
  'osixia/openldap:1.5.0',
  'redis:7',
  'ghcr.io/acme/lint:latest',
  'node:18',
  'python:3.10-slim',
]
const ALL_FULL = [
  'docker.io/library/nginx:1.27',
  'docker.io/osixia/openldap:1.5.0',
  'docker.io/library/redis:7',
  'ghcr.io/acme/lint:latest',
  'docker.io/library/node:18',
  'docker.io/library/python:3.10-slim',
]

const lab = laboratory('alias')
let project = ''
let english = ''
let chinese = ''

beforeAll(async () => {
  const compose = composeOf(['redis', ...IMAGES.slice(0, -1)])
  english = await generate(join(lab, 'en'), compose, { registry: TEAM })
  chinese = await generate(join(lab, 'zh'), compose, { registry: TEAM, lang: 'zh' })
  project = await generate(join(lab, 'project'), PROJECT, {})
})

describe.concurrent.each(BASHES)('%s', bash => {
  const engine = (...engines: readonly EngineName[]) =>
    new FakeEngine(lab, bash, engines.length === 0 ? ['docker'] : engines)
  const tagScript = () => join(english, 'tag-image-smart.sh')
  const tag = (host: FakeEngine, args: readonly string[] = [], options: ScriptOptions = {}) =>
    host.run([tagScript(), 'tag-localhost', ...args], options)

  const original = 'docker.io/library/nginx:1.27'
  const local = 'localhost/nginx:1.27'
  const remote = `${TEAM}/nginx:1.27`

  interface Row {
    readonly network: 'external' | 'internal'
    /** Ids under the three names, where the engine has them. */
    readonly original?: string
    readonly local?: string
    readonly remote?: string
    readonly flags?: readonly string[]
    readonly status: 0 | 1
    readonly tags: readonly string[]
    readonly says: RegExp
  }
  const ORIGINAL_TO_LOCAL = 'tag nginx:1.27 localhost/nginx:1.27'
  const LOCAL_TO_ORIGINAL = 'tag localhost/nginx:1.27 nginx:1.27'
  const REMOTE_TO_ORIGINAL = `tag ${remote} nginx:1.27`
  const REMOTE_TO_LOCAL = `tag ${remote} localhost/nginx:1.27`
  const rows: readonly Row[] = [
    { network: 'external', status: 1, tags: [], says: /under no name: nginx:1\.27/ },
    {
      network: 'external',
      original: 'o',
      status: 0,
      tags: [ORIGINAL_TO_LOCAL],
      says: /alias made: nginx:1\.27 → localhost\/nginx:1\.27/,
    },
    { network: 'external', local: 'l', status: 0, tags: [LOCAL_TO_ORIGINAL], says: /alias made/ },
    { network: 'external', original: 'x', local: 'x', status: 0, tags: [], says: /already right/ },
    {
      network: 'external',
      original: 'o',
      local: 'l',
      status: 1,
      tags: [],
      says: /two different images: nginx:1\.27 is o, localhost\/nginx:1\.27 is l; nothing changed/,
    },
    {
      network: 'external',
      original: 'o',
      local: 'l',
      flags: ['--prefer', 'original'],
      status: 0,
      tags: [ORIGINAL_TO_LOCAL],
      says: /localhost\/nginx:1\.27: l → o/,
    },
    {
      network: 'external',
      original: 'o',
      local: 'l',
      flags: ['--prefer', 'localhost'],
      status: 0,
      tags: [LOCAL_TO_ORIGINAL],
      says: / nginx:1\.27: o → l/,
    },
    {
      network: 'external',
      original: 'x',
      local: 'x',
      flags: ['--prefer', 'localhost'],
      status: 0,
      tags: [],
      says: /already right/,
    },
    { network: 'external', remote: 'r', status: 1, tags: [], says: /under no name/ },
    { network: 'internal', status: 1, tags: [], says: /under no name/ },
    {
      network: 'internal',
      original: 'o',
      status: 0,
      tags: [ORIGINAL_TO_LOCAL],
      says: /using the local image/,
    },
    {
      network: 'internal',
      local: 'l',
      status: 0,
      tags: [LOCAL_TO_ORIGINAL],
      says: /using the local localhost\/ image/,
    },
    {
      network: 'internal',
      original: 'o',
      local: 'l',
      status: 0,
      tags: [LOCAL_TO_ORIGINAL],
      says: / nginx:1\.27: o → l/,
    },
    {
      network: 'internal',
      remote: 'r',
      status: 0,
      tags: [REMOTE_TO_ORIGINAL, REMOTE_TO_LOCAL],
      says: /from Harbor: registry\.example\.com\/team\/nginx:1\.27/,
    },
    {
      network: 'internal',
      remote: 'r',
      original: 'o',
      local: 'l',
      status: 0,
      tags: [REMOTE_TO_ORIGINAL, REMOTE_TO_LOCAL],
      says: / nginx:1\.27: o → r(.*\n)*.*localhost\/nginx:1\.27: l → r/,
    },
    {
      network: 'internal',
      remote: 'r',
      original: 'r',
      local: 'l',
      status: 0,
      tags: [REMOTE_TO_LOCAL],
      says: /l → r/,
    },
    {
      network: 'internal',
      remote: 'r',
      original: 'r',
      local: 'r',
      status: 0,
      tags: [],
      says: /already right/,
    },
  ]

  test.each(rows)('$network: original $original, localhost $local, Harbor $remote, $flags', async row => {
    const host = engine()
    if (row.original !== undefined) host.image(original, { id: row.original })
    if (row.local !== undefined) host.image(local, { id: row.local })
    if (row.remote !== undefined) host.image(remote, { id: row.remote })
    const args = ['--network', row.network, ...(row.flags ?? []), 'nginx:1.27']
    const dry = await tag(host, [...args, '--dry-run'])
    expect(dry.stdout.match(/^\+ docker tag .*/gm) ?? []).toEqual(row.tags.map(words => `+ docker ${words}`))
    expect(host.writes()).toEqual([])
    const ended = await tag(host, args)
    expect(host.writes()).toEqual(row.tags)
    expect(ended).toMatchObject({ status: row.status, stdout: expect.stringMatching(row.says), stderr: '' })
    const counts = row.status === 0 ? 'done: 1, failed: 0, in all: 1' : 'done: 0, failed: 1, in all: 1'
    expect(ended.stdout).toContain(counts)
    if (row.tags.length === 0) return
    // The second run finds nothing to do.
    await tag(host, args)
    expect(host.writes()).toEqual(row.tags)
  })

  const inputs: readonly (readonly [given: string, image: string, base: string])[] = [
    ['nginx', 'docker.io/library/nginx:latest', 'nginx:latest'],
    ['docker.io/library/nginx:1.27', original, 'nginx:1.27'],
    ['docker.io/nginx:1.27', original, 'nginx:1.27'],
    ['localhost/nginx:1.27', original, 'nginx:1.27'],
    [remote, original, 'nginx:1.27'],
    [
      `${TEAM}/langgenius-dify-api:2.0.0-beta.2`,
      'docker.io/langgenius/dify-api:2.0.0-beta.2',
      'langgenius/dify-api:2.0.0-beta.2',
    ],
    ['quay.io/minio/minio', 'quay.io/minio/minio:latest', 'quay.io/minio/minio:latest'],
    ['localhost/acme/own:3', 'docker.io/acme/own:3', 'acme/own:3'],
  ]
  test.each(inputs)('%s', async (given, image, base) => {
    const host = engine()
    host.image(image, { id: 'x' })
    expect(await tag(host, ['--network', 'external', given])).toMatchObject({ status: 0 })
    expect(host.writes()).toEqual([`tag ${base} localhost/${base}`])
  })

  test.each([
    ['library/nginx:1', 'localhost/library/nginx:1'],
    [`${TEAM}/library/nginx:1`, `${TEAM}/library/nginx:1`],
    ['localhost/docker.io/library/nginx:1', 'localhost/docker.io/library/nginx:1'],
  ])('the very name that was given is a source: %s', async (_, given) => {
    for (const network of ['external', 'internal']) {
      const host = engine()
      host.image(given, { id: 'x' })
      expect(await tag(host, ['--network', network, given])).toMatchObject({ status: 0 })
      expect(host.writes()).toEqual([`tag ${given} nginx:1`, `tag ${given} localhost/nginx:1`])
      await tag(host, ['--network', network, given])
      expect(host.writes()).toHaveLength(2)
    }
  })

  // localhost/HOST:PORT/a/b is a name that no engine takes.
  test('what has a port in its host has no name under localhost/', async () => {
    const files = { 'docker-compose.yaml': composeOf(['other.example.com:5000/a/b:1']) }
    const folder = join(lab, `port-${bash.replaceAll('/', '-')}`)
    const script = join(await generate(folder, files, { registry: TEAM }), 'tag-image-smart.sh')
    const host = engine()
    host.image('other.example.com:5000/a/b:1', { id: 'x' })
    for (const command of ['tag-localhost', 'check-status', 'fix-image-aliases', 'clean'])
      expect(await host.run([script, command, '--network', 'internal'])).toMatchObject({ status: 0 })
    expect(host.writes()).toEqual([])
    host.image(`${TEAM}/a-b:1`, { id: 'y' })
    expect(await host.run([script, 'tag-localhost', '--network', 'internal'])).toMatchObject({ status: 0 })
    expect(host.writes()).toEqual([`tag ${TEAM}/a-b:1 other.example.com:5000/a/b:1`])
  })

  test('a part of an id is no name', async () => {
    for (const kind of ['docker', 'podman'] as const) {
      const host = engine(kind)
      host.image(original, { id: 'sha256:cafe0123' })
      const given = ['cafe', 'sha256:cafe', 'cafe0123']
      expect(await tag(host, ['--network', 'external', ...given])).toMatchObject({
        status: 1,
        stdout: expect.stringContaining('done: 0, failed: 3, in all: 3'),
      })
      expect(host.writes()).toEqual([])
    }
  })

  test('what is no image name fails alone', async () => {
    const host = engine()
    host.image(original)
    const bad = [PINNED, '', '-rf', 'a b', '$(touch x)', 'nginx:', 'a/', 'a\nb', '*', '~root', 'A;b', "'"]
    const ended = await tag(host, ['--network', 'external', '--', ...bad, 'nginx:1.27'])
    expect(ended.status).toBe(1)
    expect(ended.stdout).toContain(`a digest has no aliases, name a tag: ${PINNED}`)
    expect(ended.stdout).toContain(`done: 1, failed: ${bad.length}, in all: ${bad.length + 1}`)
    expect(host.writes()).toEqual([ORIGINAL_TO_LOCAL])
    expect(host.calls('image')).toHaveLength(1)
  })

  test('a missing one does not stop the others', async () => {
    const host = engine()
    for (const image of FULL.slice(1)) if (!image.includes('nginx')) host.image(image, { id: image })
    const ended = await tag(host, ['--network', 'external'])
    expect(ended.status).toBe(1)
    expect(ended.stdout).toMatch(/under no name: nginx:1\.27/)
    expect(ended.stdout).toContain('done: 4, failed: 2, in all: 6')
    expect(host.writes()).toEqual([
      'tag ghcr.io/acme/tool:2.0 localhost/ghcr.io/acme/tool:2.0',
      'tag langgenius/dify-api:2.0.0-beta.2 localhost/langgenius/dify-api:2.0.0-beta.2',
      'tag quay.io/minio/minio:R1 localhost/quay.io/minio/minio:R1',
      'tag redis:latest localhost/redis:latest',
    ])
  })

  test('a tag that the engine refuses failed', async () => {
    const host = engine()
    host.image(original)
    host.rule('tag', 'err Error response from daemon: no space left on device', 'exit 1')
    const ended = await tag(host, ['--network', 'external', 'nginx:1.27'])
    expect(ended).toMatchObject({ status: 1, stdout: expect.stringContaining('no space left on device') })
    expect(ended.stdout).not.toContain('alias made')
  })

  test('--harbor names another place', async () => {
    for (const harbor of ['harbor.internal:8443/ai', 'harbor.internal:8443/ai/']) {
      const host = engine()
      host.image('harbor.internal:8443/ai/langgenius-dify-api:2.0.0-beta.2', { id: 'h' })
      const args = ['--network=internal', '--harbor', harbor, 'langgenius/dify-api:2.0.0-beta.2']
      expect(await tag(host, args)).toMatchObject({ status: 0 })
      expect(host.writes().map(words => words.split(' ')[1])).toEqual([
        'harbor.internal:8443/ai/langgenius-dify-api:2.0.0-beta.2',
        'harbor.internal:8443/ai/langgenius-dify-api:2.0.0-beta.2',
      ])
    }
  })

  test('a value that is none ends with 2, and nothing is touched', async () => {
    const host = engine()
    host.image(original)
    for (const args of [
      ['--network', 'both'],
      ['--prefer', 'harbor'],
      ['--prefer', ''],
      ['--network', 'external '],
    ])
      expect([args, (await tag(host, args)).status]).toEqual([args, 2])
    for (const name of ['AI_INFRA_NETWORK_ENV', 'AI_INFRA_NETWORK_ENV_OVERRIDE'])
      expect(await tag(host, [], { env: { [name]: '$(touch x)' } })).toMatchObject({
        status: 2,
        stderr: expect.stringContaining(`${name} is "$(touch x)"`),
      })
    expect(await host.run([tagScript()])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('a command is missing'),
    })
    expect(await host.run([tagScript(), 'explode'])).toMatchObject({ status: 2 })
    expect(host.writes()).toEqual([])
  })

  test('--only picks', async () => {
    const host = engine()
    expect((await tag(host, ['--list', '--only', '*n*:*', '--only', 'redis'])).stdout).toBe(
      'langgenius/dify-api:2.0.0-beta.2\nnginx:1.27\nquay.io/minio/minio:R1\nredis:latest\n',
    )
    expect((await tag(host, ['--list', '--only', 'none'])).status).toBe(2)
    expect(host.calls()).toEqual([])
  })

  test('Podman writes full names', async () => {
    const host = engine('podman')
    host.image(original, { id: 'x' })
    expect(await tag(host, ['--network', 'external', 'nginx:1.27'])).toMatchObject({ status: 0 })
    expect(host.writes()).toEqual([`tag ${original} ${local}`])
    const other = engine('podman')
    other.image(local, { id: 'x' })
    expect(await tag(other, ['--network', 'external', 'nginx:1.27'])).toMatchObject({ status: 0 })
    expect(other.writes()).toEqual([`tag ${local} ${original}`])
  })

  test('Podman takes a short name for what its settings say, not for the end of another name', async () => {
    const host = engine('podman')
    host.image('quay.io/minio/minio:R9', { id: 'x' })
    host.image(remote, { id: 'r' })
    const args = ['--network', 'external', 'minio/minio:R9', 'minio:R9', 'nginx:1.27']
    expect((await tag(host, args)).stdout).toContain('done: 0, failed: 3, in all: 3')
    expect(host.writes()).toEqual([])
    host.search('example.com', 'quay.io')
    expect((await tag(host, args)).stdout).toContain('done: 1, failed: 2, in all: 3')
    expect(host.writes()).toEqual([
      'tag quay.io/minio/minio:R9 docker.io/minio/minio:R9',
      'tag quay.io/minio/minio:R9 localhost/minio/minio:R9',
    ])
  })

  test('in Chinese it keeps the lines that people know', async () => {
    const host = engine()
    host.image(local, { id: 'x' })
    const script = join(chinese, 'tag-image-smart.sh')
    const { stdout } = await host.run([script, 'tag-localhost', '--network', 'internal', 'nginx:1.27'])
    for (const line of [
      '[INFO] 处理镜像: nginx:1.27',
      '[INFO]   🏢 内网环境：检查镜像来源',
      '[INFO]     ✓ localhost 镜像存在: localhost/nginx:1.27',
      '[INFO]     💡 Harbor 不可用，使用本地 localhost/ 镜像',
      '[SUCCESS]  ✓ 已创建别名: localhost/nginx:1.27 → nginx:1.27',
    ])
      expect(stdout).toContain(`${line}\n`)
    expect(stdout).toMatch(/成功: 1，失败: 0，总计: 1/)
  })

  // What changes while the file is sourced, and what its function returns.
  const SOURCED = `
    state() {
      compgen -v | grep -v -e '^BASH_' -e '^PIPESTATUS$' -e '^_$' -e '^LINENO$'
      declare -F
      set -o
      shopt || :
      trap
    }
    state >before
    source "$SCRIPT" one two
    state >after
    diff before after || :
    try() {
      if tag_image_smart "$@" >>log 2>&1; then echo "$* 0"; else echo "$* $?"; fi
    }
    try nginx:1.27 external
    try missing:1 external
    try nginx:1.27 nowhere
    try
    try nginx:1.27 internal registry.example.com/team
    echo "$# $1 $PWD"
  `
  test.each(['set -eu', 'set +e', 'set -eu -o pipefail -o noclobber', 'set -f', 'set -o posix'])(
    'sourced under %s',
    async options => {
      const host = engine()
      host.image(original)
      symlinkSync(pathOf('diff'), join(host.dir, 'bin/diff'))
      const folder = join(host.dir, 'a b')
      mkdirSync(folder)
      copyFileSync(tagScript(), join(folder, 'tag-image-smart.sh'))
      const env = { SCRIPT: 'a b/tag-image-smart.sh', CDPATH: '/:/tmp', AI_INFRA_NETWORK_ENV: 'external' }
      const ended = await host.run(['-c', `${options}\n${SOURCED}`, 'bash', 'word'], { env })
      expect(ended.stderr).toBe('')
      const [path, ...rest] = ended.stdout.split('\n').filter(line => !/^[\d,]+[ac][\d,]+$/.test(line))
      expect([path, ...rest]).toEqual([
        '> TAG_IMAGE_SMART_PATH',
        '> declare -f tag_image_smart',
        'nginx:1.27 external 0',
        'missing:1 external 1',
        'nginx:1.27 nowhere 1',
        ' 1',
        'nginx:1.27 internal registry.example.com/team 0',
        `1 word ${host.dir}`,
        '',
      ])
      expect(host.writes()).toEqual([ORIGINAL_TO_LOCAL])
    },
  )

  test.each([
    ['nothing', ':'],
    [
      'functions of its own',
      'cd() { echo cd; }; pwd() { echo pwd; }; dirname() { echo dirname; }; bash() { echo bash; }',
    ],
    ['SHELLOPTS', 'export SHELLOPTS; set -e -u -f -o noclobber'],
    ['POSIXLY_CORRECT', 'export POSIXLY_CORRECT=1'],
    ['CDPATH', 'export CDPATH=/:/tmp:.'],
    ['a trap', 'trap "echo trapped" EXIT'],
  ])('sourced where there is %s', async (name, prepare) => {
    const host = engine()
    host.image(original)
    copyFileSync(tagScript(), join(host.dir, 'tag.sh'))
    const text = `${prepare}
      . ./tag.sh
      echo "$TAG_IMAGE_SMART_PATH"
      tag_image_smart nginx:1.27 external >log || echo "$?"
      command rm tag.sh
      tag_image_smart nginx:1.27 external 2>>log || echo "$?"`
    const ended = await host.run(['-c', text])
    const traps = name === 'a trap' ? 'trapped\n' : ''
    expect(ended).toMatchObject({ status: 0, stdout: `${host.dir}/tag.sh\n1\n${traps}`, stderr: '' })
    expect(host.writes()).toEqual([ORIGINAL_TO_LOCAL])
  })

  const run = (host: FakeEngine, args: readonly string[], options: ScriptOptions = {}) =>
    host.run([join(project, 'tag-image-smart.sh'), ...args], options)

  test('the list has the images of the project, then those of its Dockerfiles', async () => {
    expect((await run(engine(), ['tag-localhost', '--list'])).stdout).toBe(lines(ALL))
  })

  test('what the project names under localhost/ has the name that push gave it, too', async () => {
    const files = {
      'docker-compose.yaml': composeOf(['localhost/acme/own:1', 'localhost/zoo:1', 'nginx:1.27']),
      'relay.yaml': 'images: { localhost/acme/own: by-hand }\n',
    }
    const folder = join(lab, `local-${bash.replaceAll('/', '-')}`)
    const script = join(await generate(folder, files, { registry: TEAM }), 'tag-image-smart.sh')
    const host = engine()
    expect((await host.run([script, 'tag-localhost', '--list'])).stdout).toBe(
      lines(['acme/own:1', 'nginx:1.27', 'zoo:1']),
    )
    host.image(`${TEAM}/by-hand:1`, { id: 'x' })
    for (const given of ['localhost/acme/own:1', `${TEAM}/by-hand:1`, 'acme/own:1'])
      expect(await host.run([script, 'tag-localhost', '--network', 'internal', given])).toMatchObject({
        status: 0,
      })
    expect(host.writes()).toEqual([
      `tag ${TEAM}/by-hand:1 acme/own:1`,
      `tag ${TEAM}/by-hand:1 localhost/acme/own:1`,
    ])
  })

  describe('short names', () => {
    test('are made with the others, and lead back', async () => {
      for (const given of ['osixia/openldap:1.5.0', 'openldap:1.5.0', 'localhost/openldap:1.5.0']) {
        const host = engine()
        host.image('localhost/openldap:1.5.0', { id: 'x' })
        expect(await run(host, ['tag-localhost', '--network', 'external', given])).toMatchObject({
          status: 0,
        })
        expect(host.writes()).toEqual([
          'tag localhost/openldap:1.5.0 osixia/openldap:1.5.0',
          'tag localhost/openldap:1.5.0 localhost/osixia/openldap:1.5.0',
          'tag localhost/openldap:1.5.0 openldap:1.5.0',
        ])
      }
    })

    test('of another image are a conflict', async () => {
      const host = engine()
      host.image('docker.io/osixia/openldap:1.5.0', { id: 'x' })
      host.image('docker.io/library/openldap:1.5.0', { id: 'y' })
      const args = ['tag-localhost', '--network', 'external', 'osixia/openldap:1.5.0']
      expect(await run(host, args)).toMatchObject({ status: 1 })
      expect(host.writes()).toEqual([])
      expect(await run(host, [...args, '--prefer', 'original'])).toMatchObject({ status: 0 })
      expect(host.id('docker.io/library/openldap:1.5.0')).toBe('x')
    })

    test('that two images want are refused', async () => {
      const files = {
        'docker-compose.yaml': composeOf(['osixia/openldap:1', 'quay.io/bitnami/openldap:2']),
        'relay.yaml': 'alias: { short-names: true }\n',
      }
      await expect(generate(join(lab, 'two'), files, { registry: TEAM })).rejects.toMatchObject({
        problems: [
          {
            what: '"quay.io/bitnami/openldap" and "osixia/openldap" would both be "openldap"',
          },
        ],
      })
      const own = { ...files, 'docker-compose.yaml': composeOf(['acme/redis:1', 'redis:2']) }
      await expect(generate(join(lab, 'own'), own, { registry: TEAM })).rejects.toMatchObject({
        problems: [{ what: '"acme/redis" and "redis" would both be "redis"' }],
      })
    })
  })

  describe('check-status and fix-image-aliases', () => {
    test('an image here under all names is right', async () => {
      const host = engine()
      host.image('docker.io/library/nginx:1.27', { id: 'x' })
      host.image('localhost/nginx:1.27', { id: 'x' })
      for (const command of ['check-status', 'fix-image-aliases']) {
        const ended = await run(host, [command, '--network', 'internal', 'nginx:1.27'])
        expect(ended).toMatchObject({ status: 0, stdout: expect.stringContaining('done: 1, failed: 0') })
      }
      expect(host.writes()).toEqual([])
    })

    test('what is missing, different or nowhere is told, and repaired where it can be', async () => {
      const host = engine()
      host.image('docker.io/library/nginx:1.27', { id: 'x' })
      host.image('localhost/node:18', { id: 'a' })
      host.image('docker.io/library/node:18', { id: 'b' })
      host.image(`${HARBOR}/python:3.10-slim`, { id: 'h' })
      host.image('docker.io/library/python:3.10-slim', { id: 'o' })
      const images = ['nginx:1.27', 'node:18', 'python:3.10-slim', 'redis:7']
      const check = await run(host, ['check-status', '--network', 'internal', ...images])
      expect(check.status).toBe(1)
      for (const line of [
        'missing: localhost/nginx:1.27 (here is nginx:1.27)',
        'two different images: node:18 is b, localhost/node:18 is a',
        `two different images: ${HARBOR}/python:3.10-slim is h, python:3.10-slim is o`,
        `missing: localhost/python:3.10-slim (here is ${HARBOR}/python:3.10-slim)`,
        'here under no name: redis:7',
      ])
        expect(check.stdout).toContain(line)
      expect(check.stdout).toContain('done: 0, failed: 4, in all: 4')
      expect(host.writes()).toEqual([])
      const dry = await run(host, ['fix-image-aliases', '--network', 'internal', '--dry-run', ...images])
      expect(dry.stdout.match(/^\+ docker tag .*/gm)).toHaveLength(4)
      expect(host.writes()).toEqual([])
      expect(await run(host, ['fix-image-aliases', '--network', 'internal', ...images])).toMatchObject({
        status: 1,
        stdout: expect.stringContaining('done: 3, failed: 1, in all: 4'),
      })
      expect(
        await run(host, ['check-status', '--network', 'internal', ...images.slice(0, -1)]),
      ).toMatchObject({
        status: 0,
      })
      expect(host.id('localhost/python:3.10-slim')).toBe('h')
    })

    test('outside of internal networks the registry has no say', async () => {
      const host = engine()
      for (const name of ['docker.io/library/nginx:1.27', 'localhost/nginx:1.27'])
        host.image(name, { id: 'x' })
      host.image(`${HARBOR}/nginx:1.27`, { id: 'old' })
      expect((await run(host, ['check-status', '--network', 'external', 'nginx:1.27'])).status).toBe(0)
      expect((await run(host, ['check-status', '--network', 'internal', 'nginx:1.27'])).status).toBe(1)
    })
  })

  describe('prefetch-images', () => {
    test('pulls what is missing from where it comes, then makes the names', async () => {
      const host = engine()
      host.image('docker.io/library/nginx:1.27', { id: 'x' })
      expect(await run(host, ['prefetch-images', '--network', 'external'])).toMatchObject({ status: 0 })
      expect([...host.calls('pull')].map(call => call.slice(1).join(' ')).sort()).toEqual(
        [
          '--platform linux/amd64 ghcr.io/acme/lint:latest',
          '--platform linux/amd64 node:18',
          '--platform linux/amd64 osixia/openldap:1.5.0',
          '--platform linux/amd64 python:3.10-slim',
          '--platform linux/arm64 redis:7',
        ].sort(),
      )
      expect(host.calls('tag')).toHaveLength(8)
      expect(await run(host, ['check-status', '--network', 'external'])).toMatchObject({ status: 0 })
      await run(host, ['prefetch-images', '--network', 'external'])
      expect(host.writes()).toHaveLength(13)
    })

    test('internal networks have the registry alone', async () => {
      const host = engine()
      expect(await run(host, ['prefetch-images', '--network', 'internal'])).toMatchObject({ status: 0 })
      expect(host.named('pull')).toEqual(
        [
          'acme/lint:latest',
          'nginx:1.27',
          'node:18',
          'osixia/openldap:1.5.0',
          'python:3.10-slim',
          'redis:7',
        ].map(name => `${HARBOR}/${name}`),
      )
      expect(host.id('localhost/node:18')).toBe(host.id(`${HARBOR}/node:18`))
    })

    test('by any name an image gets its own platform', async () => {
      for (const kind of ['docker', 'podman'] as const) {
        const host = engine(kind)
        const given = ['docker.io/library/redis:7']
        await run(host, ['prefetch-images', '--network', 'external', ...given])
        expect(host.calls('pull').map(call => call[2])).toEqual(['linux/arm64'])
      }
    })

    test('what cannot be pulled is a failure, also where a local image has given the names', async () => {
      const host = engine()
      host.image('localhost/nginx:1.27', { id: 'old' })
      host.rule('pull', 'err manifest unknown', 'exit 1')
      const args = ['prefetch-images', '--network', 'internal', 'nginx:1.27']
      expect(await run(host, args)).toMatchObject({ status: 1 })
      expect(host.id('docker.io/library/nginx:1.27')).toBe('old')
    })

    test('one that cannot be pulled does not stop the others, and says why', async () => {
      const host = engine()
      host.rule(
        'pull@docker.io%library%node:18',
        'err manifest for node:18 not found: manifest unknown',
        'exit 1',
      )
      const ended = await run(host, ['prefetch-images', '--network', 'external'])
      expect(ended).toMatchObject({
        status: 1,
        stdout: expect.stringContaining('done: 5, failed: 1, in all: 6'),
      })
      expect(ended.stdout).toMatch(/not-found|no-tag|manifest/)
      expect(ended.stdout).toMatch(/cure: /)
      expect(host.calls('pull')).toHaveLength(6)
    })

    test('--dry-run', async () => {
      const host = engine()
      const args = ['prefetch-images', '--network', 'external', '--dry-run', 'node:18']
      const { status, stdout } = await run(host, args)
      expect(stdout.match(/^\+ .*/gm)).toEqual([
        '+ docker pull --platform linux/amd64 node:18',
        '+ docker tag node:18 localhost/node:18',
      ])
      expect(status).toBe(0)
      expect(host.writes()).toEqual([])
    })
  })

  describe('clean', () => {
    test('takes the made names away, by name, and never the last one', async () => {
      const host = engine()
      for (const name of ['docker.io/library/nginx:1.27', 'localhost/nginx:1.27', `${HARBOR}/nginx:1.27`])
        host.image(name, { id: 'x' })
      host.image('localhost/redis:7', { id: 'r' })
      host.image('docker.io/library/node:18', { id: 'n' })
      host.image('localhost/node:18', { id: 'other' })
      const dry = await run(host, ['clean', '--dry-run'])
      expect(dry.stdout.match(/^\+ .*/gm)).toEqual([
        '+ docker rmi localhost/nginx:1.27',
        `+ docker rmi ${HARBOR}/nginx:1.27`,
      ])
      expect(await run(host, ['clean'])).toMatchObject({ status: 0 })
      expect(host.writes()).toEqual(['rmi localhost/nginx:1.27', `rmi ${HARBOR}/nginx:1.27`])
      const again = await run(host, ['clean'])
      expect(again.stdout).toContain('the last name of its image: localhost/node:18')
      expect(host.writes()).toHaveLength(2)
    })

    test('a name that the engine keeps is a failure', async () => {
      const host = engine()
      for (const name of ['docker.io/library/nginx:1.27', 'localhost/nginx:1.27'])
        host.image(name, { id: 'x' })
      host.rule('rmi', 'err Error response from daemon: conflict', 'exit 1')
      expect(await run(host, ['clean', 'nginx:1.27'])).toMatchObject({
        status: 1,
        stdout: expect.stringContaining('daemon: conflict'),
      })
    })
  })

  describe('build-all', () => {
    const ready = () => {
      const host = engine()
      for (const image of ALL_FULL) host.image(image, { id: image })
      host.compose({ app: 'docker.io/acme/app:2', job: 'docker.io/library/project-job:latest' })
      return host
    }

    test('six steps, aliases second', async () => {
      const host = ready()
      const ended = await run(host, ['build-all', '--network', 'external'])
      expect(ended).toMatchObject({ status: 0, stderr: '' })
      expect(ended.stdout.match(/step \d\/6: .*/g)).toEqual([
        'step 1/6: what is needed',
        'step 2/6: names of the base images',
        'step 3/6: pulling base images that are missing',
        'step 4/6: building',
        'step 5/6: names of what was built',
        'step 6/6: what is here now',
      ])
      expect(ended.stdout).toContain('names for 4 base images...')
      const builds = host.calls('compose').filter(call => call.includes('build'))
      expect(builds.map(call => call.join(' '))).toEqual([
        'compose -p project -f docker-compose.yaml build app',
        'compose -p project -f docker-compose.yaml build job',
      ])
      expect(host.id('localhost/acme/app:2')).toBe(host.id('docker.io/acme/app:2'))
      expect(host.id('localhost/project-job:latest')).toBe(host.id('docker.io/library/project-job:latest'))
      const again = await run(host, ['build-all', '--network', 'external'])
      expect(again.stdout).toContain('app is here as acme/app:2')
      expect(host.calls('compose').filter(call => call.includes('build'))).toHaveLength(2)
    })

    test('TAG, REGISTRY and --force', async () => {
      const host = ready()
      host.image('docker.io/acme/app:2', { id: 'old' })
      host.image('localhost/acme/app:2', { id: 'old' })
      const args = ['build-all', 'v9', 'registry.example.com:5000/x', '--force', '--network', 'external']
      expect(await run(host, args)).toMatchObject({ status: 0 })
      const id = host.id('docker.io/acme/app:2')
      expect(id).not.toBe('old')
      for (const name of [
        'localhost/acme/app:2',
        'docker.io/acme/app:v9',
        'registry.example.com:5000/x/acme/app:v9',
      ])
        expect([name, host.id(name)]).toEqual([name, id])
      for (const bad of [
        ['build-all', '-x'],
        ['build-all', 'v'.repeat(129)],
        ['build-all', 'v1', 'a.b/Team'],
        ['build-all', 'v1', 'team'],
        ['build-all', 'v1', 'a.b/c', 'more'],
      ])
        expect((await run(host, bad)).status).toBe(2)
    })

    test('a service that is not built fails, and the others go on', async () => {
      const host = ready()
      host.rule('compose@docker.io%library%app:latest', 'err failed to solve: node:18: not found', 'exit 17')
      const ended = await run(host, ['build-all', '--network', 'external'])
      expect(ended.status).toBe(1)
      expect(ended.stdout).toContain('not built: app (acme/app:2)')
      expect(ended.stdout).toContain('done: 1, failed: 1, in all: 2')
      expect(host.id('docker.io/library/project-job:latest')).not.toBeNull()
    })

    test.each([
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const)('%s ends a build with all that Compose has started', async (signal, status) => {
      for (const to of ['command', 'group'] as const) {
        const host = engine()
        for (const image of ALL_FULL) host.image(image, { id: image })
        const compose = `[ "$1" != version ] || exit 0
          ("$REAL_SLEEP" 1000; echo built >>began) &
          echo build >>began
          wait`
        writeFileSync(join(host.dir, 'bin/docker-compose'), `#!/bin/bash\n${compose}\n`, { mode: 0o755 })
        const args = ['build-all', '--network', 'external', '--project', host.dir]
        const script = host.start([join(project, 'tag-image-smart.sh'), ...args])
        await script.until(() => existsSync(join(host.dir, 'began')))
        script.running.kill(signal, to)
        expect(await script.done).toMatchObject({ status })
      }
    })

    test('a build that leaves no image is none', async () => {
      const host = ready()
      host.compose({ app: 'docker.io/acme/elsewhere:1' })
      const ended = await run(host, ['build-all', '--network', 'external'])
      expect(ended).toMatchObject({
        status: 1,
        stdout: expect.stringContaining('not built: app (acme/app:2)'),
      })
    })

    test('missing base images are pulled, conflicts are told', async () => {
      const host = ready()
      host.image('localhost/python:3.10-slim', { id: 'other' })
      const missing = engine()
      missing.compose({ app: 'docker.io/acme/app:2', job: 'docker.io/library/project-job:latest' })
      expect(await run(missing, ['build-all', '--network', 'internal'])).toMatchObject({ status: 0 })
      expect(missing.named('pull')).toContain(`${HARBOR}/node:18`)
      expect(await run(host, ['build-all', '--network', 'external'])).toMatchObject({ status: 1 })
    })

    test('without Compose and without the project nothing starts', async () => {
      const host = engine()
      expect(await run(host, ['build-all', '--network', 'external'])).toMatchObject({
        status: 3,
        stderr: expect.stringContaining('Compose is not installed'),
      })
      expect(
        await run(ready(), ['build-all', '--network', 'external', '--project', 'nowhere']),
      ).toMatchObject({
        status: 2,
        stderr: expect.stringContaining('there is no folder nowhere'),
      })
    })
  })

  test('without an internal registry', async () => {
    const files = { ...PROJECT, 'relay.yaml': 'alias: { harbor: none }\n' }
    const script = join(
      await generate(join(lab, `none-${bash.replaceAll('/', '-')}`), files, { registry: TEAM }),
      'tag-image-smart.sh',
    )
    const host = engine()
    host.image(local, { id: 'x' })
    const ended = await host.run([script, 'tag-localhost', '--network', 'internal', 'nginx:1.27'])
    expect(ended).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('no internal registry is configured'),
    })
    expect(host.writes()).toEqual([LOCAL_TO_ORIGINAL])
    const prefetch = await host.run([script, 'prefetch-images', '--network', 'internal'])
    expect(prefetch).toMatchObject({ status: 2, stderr: expect.stringContaining('--harbor HOST/PATH') })
    host.image('harbor.test:8443/x/nginx:1.27', { id: 'h' })
    const named = ['tag-localhost', '--network', 'internal', '--harbor', 'harbor.test:8443/x', 'nginx:1.27']
    expect(await host.run([script, ...named])).toMatchObject({ status: 0 })
    expect(host.id(original)).toBe('h')
  })

  test("by naming basename, the name of another image is nobody else's", async () => {
    const relay =
      'registries: { r: { host: r.example.com, namespace: team, naming: basename } }\nregistry: r\n'
    const files = { 'docker-compose.yaml': composeOf(['redis:7', 'acme/app:2']), 'relay.yaml': relay }
    const folder = join(lab, `basename-${bash.replaceAll('/', '-')}`)
    const script = join(await generate(folder, files, {}), 'tag-image-smart.sh')
    const host = engine()
    host.image('r.example.com/team/redis:7', { id: 'r' })
    host.image('r.example.com/team/app:2', { id: 'a' })
    host.image('r.example.com/team/other:1', { id: 'o' })
    const run = (command: string, ...names: readonly string[]) =>
      host.run([script, command, '--network', 'internal', ...names])
    expect(await run('tag-localhost', 'redis:7', 'acme/app:2', 'quay.io/x/y/other:1')).toMatchObject({
      status: 0,
    })
    expect(host.id('docker.io/library/redis:7')).toBe('r')
    expect(host.id('docker.io/acme/app:2')).toBe('a')
    expect(host.id('quay.io/x/y/other:1')).toBe('o')
    for (const command of ['tag-localhost', 'prefetch-images']) {
      const refused = await run(command, 'bitnami/redis:7')
      expect(refused.status).toBe(1)
      expect(refused.stdout + refused.stderr).toContain('bitnami/redis:7 has no name at r.example.com/team')
    }
    expect(host.id('docker.io/bitnami/redis:7')).toBe(null)
  })

  test('--harbor wants a host', async () => {
    for (const bad of [
      'harbor',
      'harbor/team',
      'https://h.x/y',
      'h.x//y',
      '/x',
      'h.x/y z',
      'h.x/Y',
      'h.x/y:1',
      '$(touch x)',
    ])
      expect(await tag(engine(), ['--network', 'internal', '--harbor', bad, 'nginx:1.27'])).toMatchObject({
        status: 2,
        stderr: expect.stringContaining('--harbor takes HOST or HOST/PATH'),
      })
  })

  test('a batch asks the engine less than three times for each image', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `acme/i${index}:1`)
    const out = await generate(join(lab, `many-${bash.replaceAll('/', '-')}`), composeOf(names), {
      registry: TEAM,
    })
    const host = engine()
    names.forEach((_, index) => {
      if (index !== 150) host.image(`${TEAM}/acme-i${index}:1`, { id: `x${index}` })
    })
    const script = join(out, 'tag-image-smart.sh')
    const ended = await host.run([script, 'tag-localhost', '--network', 'internal'], { timeout: 120_000 })
    expect(ended).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('done: 299, failed: 1, in all: 300'),
    })
    expect(ended.stdout).toContain('under no name: acme/i150:1')
    expect(host.calls().length).toBeLessThan(3 * 300)
    expect(host.id('localhost/acme/i299:1')).toBe('x299')
    const before = host.writes().length
    await host.run([script, 'tag-localhost', '--network', 'internal'], { timeout: 120_000 })
    expect(host.writes()).toHaveLength(before)
  })
})

function lines(texts: readonly string[]): string {
  return texts.map(text => `${text}\n`).join('')
}
