import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type Files, writeFiles } from '../project.ts'
import { CANDIDATES } from './candidates.ts'
import { type CommandOptions, must, type Result } from './command.ts'
import type { AnyEngine } from './engine.ts'
import { startFaultLab } from './fault-lab.ts'
import { type Lab, startLab } from './lab.ts'
import { give, inFull, namesIn, Recorder } from './names.ts'

const CLI = resolve('dist/cli.js')
/** Another bash than the machine's can be named. */
const BASH = process.env['TEST_BASH'] ?? 'bash'
const SCRIPT = './tag-image-smart.sh'
const PULL = './pull-all-images-linux-amd64.sh'

/** Where the three names of an image lead: to one of three images, or nowhere. */
interface Names {
  readonly original: string | null
  readonly local: string | null
  readonly remote: string | null
}

interface Mode {
  readonly network: 'external' | 'internal'
  readonly prefer: 'original' | 'localhost' | null
}

const IMAGES = ['one', 'two', 'three'] as const
const [ONE, TWO, THREE] = IMAGES
const ALL_ROWS: readonly Names[] = [null, ONE].flatMap(original =>
  [null, ONE, TWO].flatMap(local => [null, ONE, TWO, THREE].map(remote => ({ original, local, remote }))),
)
/** No two of the names have one image. */
const ROWS = ALL_ROWS.filter(({ local, remote }) => local !== ONE && (remote === null || remote === THREE))
const NETWORKS = ['external', 'internal'] as const
const ALL_MODES: readonly Mode[] = ([null, 'original', 'localhost'] as const).flatMap(prefer =>
  NETWORKS.map(network => ({ network, prefer })),
)
const MODES = ALL_MODES.filter(({ prefer }) => prefer === null)

const NAMINGS = ['flat', 'path'] as const

/** The names after a run, as the specification has them; null where there is nothing to do it by, or a conflict. */
function outcome({ original, local, remote }: Names, { network, prefer }: Mode): Names | null {
  const all = (image: string | null) => (image === null ? null : { original: image, local: image, remote })
  if (network === 'internal' && remote !== null) return all(remote)
  if (network === 'internal' && prefer === null) return all(local ?? original)
  if (prefer === null && original !== null && local !== null && original !== local) return null
  return all(prefer === 'localhost' ? (local ?? original) : (original ?? local))
}

/** What tests do in a laboratory, whichever its engine. */
class Host {
  readonly lab: Lab<AnyEngine>
  /** The calls of the last run. */
  recorder: Recorder

  constructor(lab: Lab<AnyEngine>) {
    this.lab = lab
    this.recorder = new Recorder(lab)
  }

  get registry(): string {
    return `${this.lab.target.address}/mirror`
  }

  /** Generates the scripts of a project. Returns where they are. */
  async generate(folder: string, files: Files, ...flags: readonly string[]): Promise<string> {
    const cwd = join(this.lab.dir, folder)
    mkdirSync(cwd, { recursive: true })
    writeFiles(cwd, files)
    const registry = 'relay.yaml' in files ? [] : ['--registry', this.registry]
    const command = [process.execPath, CLI, 'generate', '--out', 'out', ...registry, ...flags]
    expect(await this.lab.run(command, { cwd })).toMatchObject({ status: 0, stderr: '' })
    return join(cwd, 'out')
  }

  /** Runs a script with a client that writes down its calls. */
  run(
    cwd: string,
    command: readonly string[],
    { env = {}, ...options }: CommandOptions = {},
  ): Promise<Result> {
    this.recorder = new Recorder(this.lab)
    const recorded = { PATH: this.recorder.path, ...env }
    return this.lab.run(command, { cwd, env: recorded, bash: BASH, ...options })
  }

  async engine(...args: readonly string[]): Promise<string> {
    return must([this.lab.engine.name, ...args], this.lab.engine.env)
  }

  names(): Promise<ReadonlyMap<string, string>> {
    return namesIn(this.lab.engine)
  }

  give(image: string, ...names: readonly string[]): Promise<void> {
    return give(this.lab.engine, inFull(image), names)
  }

  async pull(...images: readonly string[]): Promise<void> {
    for (const image of images) await this.engine('pull', '--quiet', inFull(image))
  }
}

function composeOf(images: readonly string[]): string {
  return `services:\n${images.map((image, number) => `  s${number}: { image: "${image}" }\n`).join('')}`
}

describe.each(CANDIDATES)('aliases on $title', ({ start, title }) => {
  const [first] = CANDIDATES
  const whole = title === first?.title
  const images = ['nginx:1.27', 'ghcr.io/acme/tool:2.0', 'quay.io/minio/minio:R1', 'acme/app:2']
  let host: Host
  let out: string
  let ids: ReadonlyMap<string, string>

  beforeAll(async () => {
    host = new Host(await start())
    await host.lab.login()
    await host.lab.internet.seed([...IMAGES.map(name => `${name}:1`), ...images])
    await host.pull(...IMAGES.map(name => `${name}:1`))
    ids = await host.names()
    out = await host.generate('table', { 'compose.yaml': composeOf(['one:1']) }, 'alias')
  })
  afterAll(async () => {
    const strays = host?.lab.strays()
    await host?.lab.stop()
    expect(strays).toEqual([])
  })

  const tag = (...args: readonly string[]) => host.run(out, [SCRIPT, 'tag-localhost', ...args])
  const idOf = (image: string | null) => (image === null ? undefined : ids.get(inFull(`${image}:1`)))

  test.each(whole ? ALL_MODES : MODES)('the table: $network, --prefer $prefer', async mode => {
    const flags = ['--network', mode.network, ...(mode.prefer === null ? [] : ['--prefer', mode.prefer])]
    const rows = (whole ? ALL_ROWS : ROWS).map((before, number) => {
      const name = `${flags.slice(1).join('').replaceAll('-', '')}-${number}:1`
      return { name, before, after: outcome(before, mode) }
    })
    const three = (name: string) => ({
      original: inFull(name),
      local: `localhost/${name}`,
      remote: `${host.registry}/${name}`,
    })
    const places = ['original', 'local', 'remote'] as const
    for (const image of IMAGES) {
      const names = rows.flatMap(({ name, before }) =>
        places.filter(place => before[place] === image).map(place => three(name)[place]),
      )
      await host.give(`${image}:1`, ...names)
    }
    const expectNames = async (of: (row: (typeof rows)[number]) => Names) => {
      const found = await host.names()
      for (const row of rows)
        for (const place of places)
          expect([row, place, found.get(three(row.name)[place])]).toEqual([row, place, idOf(of(row)[place])])
    }

    const all = rows.map(({ name }) => name)
    const good = rows.filter(({ after }) => after !== null).map(({ name }) => name)
    const counts = `done: ${good.length}, failed: ${all.length - good.length}, in all: ${all.length}\n`
    expect(await tag(...flags, '--dry-run', ...all)).toMatchObject({
      status: 1,
      stdout: expect.stringContaining(counts),
    })
    expect(host.recorder.changes).toEqual([])
    await expectNames(({ before }) => before)

    const needed = rows.flatMap(({ before, after }) =>
      after === null ? [] : places.filter(place => before[place] !== after[place]),
    )
    expect(await tag(...flags, ...all)).toMatchObject({
      status: 1,
      stdout: expect.stringContaining(counts),
      stderr: '',
    })
    expect(host.recorder.changes).toHaveLength(needed.length)
    await expectNames(({ before, after }) => after ?? before)

    expect(await tag(...flags, ...all)).toMatchObject({
      status: 1,
      stdout: expect.stringContaining(counts),
    })
    expect(host.recorder.changes).toEqual([])
    expect(await tag(...flags, ...good)).toMatchObject({ status: 0 })
    expect(host.recorder.changes).toEqual([])
  })

  // Under the name of docker Podman does nothing else.
  if (title.endsWith(' as docker')) return

  test('what is here under the name that was given is found; ids and the ends of names are none', async () => {
    await host.give('one:1', 'quay.io/deep/only:1', `${host.registry}/far/away:1`, `${host.registry}2/next:1`)
    const id = idOf(ONE) ?? ''
    const none = [
      id.slice(0, 12),
      `sha256:${id.slice(0, 12)}`,
      id,
      'only:1',
      'away:1',
      'far/away:1',
      'next:1',
    ]
    const before = await host.names()
    const missed = await tag('--network', 'external', ...none)
    expect(missed.stdout).toContain(`done: 0, failed: ${none.length}, in all: ${none.length}\n`)
    expect(await host.names()).toEqual(before)
    const found = await tag('--network', 'external', 'quay.io/deep/only:1', `${host.registry}/far/away:1`)
    expect(found).toMatchObject({ status: 0 })
    const after = await host.names()
    for (const name of ['localhost/quay.io/deep/only:1', 'docker.io/far/away:1', 'localhost/far/away:1'])
      expect([name, after.get(name)]).toEqual([name, id])
  })

  test('strange names', async () => {
    const long = `${'a'.repeat(120)}/${'b'.repeat(100)}`
    const names = [
      'acme/a__b--c.d:1_2.3-X',
      `${long}:v`,
      'Host.Example.COM/x:1',
      'host:5000/a/b:T',
      'localhost:5000/x:1',
    ]
    await host.give('two:1', ...names.map(inFull))
    expect(await tag('--network', 'external', ...names)).toMatchObject({ status: 0, stderr: '' })
    const after = await host.names()
    for (const name of [names[0], names[1]]) expect(after.get(`localhost/${name}`)).toBe(idOf(TWO))
    const status = ['check-status', '--network', 'external', ...names]
    expect(await host.run(out, [SCRIPT, ...status])).toMatchObject({ status: 0 })
    await host.engine('rmi', ...names.map(inFull), ...names.slice(0, 2).map(name => `localhost/${name}`))
  })

  test.each(whole ? NAMINGS : NAMINGS.slice(-1))('what push pushed is found: naming %s', async naming => {
    await host.lab.engine.wipe()
    const [address, namespace = ''] = host.registry.split('/')
    const relay = `
registry: harbor
registries: { harbor: { host: '${address}', namespace: ${namespace}, type: harbor, naming: ${naming} } }
images: { quay.io/minio/minio: by-hand }
alias: { short-names: { acme/app: app } }
`
    const files = { 'compose.yaml': composeOf(images), 'relay.yaml': relay }
    const folder = await host.generate(naming, files, '--config', 'relay.yaml')
    expect(await host.run(folder, [PULL])).toMatchObject({ status: 0 })
    const push = readdirSync(folder).find(name => name.startsWith('push-to-'))
    expect(await host.run(folder, [`./${push}`])).toMatchObject({ status: 0 })
    await host.lab.engine.wipe()

    // Podman 5.8 does not always stand several pulls at once, see `storage` in failures.yaml.
    const fetch = [SCRIPT, 'prefetch-images', '--network', 'internal', '--jobs', '1']
    const fetched = await host.run(folder, fetch)
    expect(fetched, fetched.stdout).toMatchObject({ status: 0, stderr: '' })
    for (const command of ['tag-localhost', 'check-status', 'fix-image-aliases']) {
      const done = await host.run(folder, [SCRIPT, command, '--network', 'internal'])
      expect([command, done]).toEqual([command, expect.objectContaining({ status: 0, stderr: '' })])
      expect(host.recorder.changes).toEqual([])
    }
    const flat = (name: string) => (naming === 'flat' ? name.replace('/', '-') : name)
    const remotes = ['nginx:1.27', flat('acme/tool:2.0'), 'by-hand:R1', flat('acme/app:2')]
    const after = await host.names()
    expect([...after.keys()].sort()).toEqual(
      [
        ...images.flatMap(image => [inFull(image), `localhost/${image}`]),
        ...remotes.map(name => `${host.registry}/${name}`),
        'docker.io/library/app:2',
        'localhost/app:2',
      ].sort(),
    )
    images.forEach((image, number) => {
      const id = after.get(`${host.registry}/${remotes[number]}`)
      for (const name of [inFull(image), `localhost/${image}`])
        expect([name, after.get(name)]).toEqual([name, id])
    })
    expect(after.get('localhost/app:2')).toBe(after.get('docker.io/acme/app:2'))
  })

  test('clean takes away what was made, and nothing that a container needs', async () => {
    const folder = join(host.lab.dir, 'path/out')
    const before = await host.names()
    const nginx = before.get('docker.io/library/nginx:1.27')
    await host.engine('create', '--name', 'keeper', 'localhost/nginx:1.27')
    await host.engine('rmi', 'localhost/ghcr.io/acme/tool:2.0', 'ghcr.io/acme/tool:2.0')
    expect(await host.run(folder, [SCRIPT, 'clean'])).toMatchObject({ status: 0, stderr: '' })
    const after = await host.names()
    expect([...after.keys()].sort()).toEqual(
      [
        'docker.io/acme/app:2',
        'docker.io/library/nginx:1.27',
        'quay.io/minio/minio:R1',
        `${host.registry}/acme/tool:2.0`,
      ].sort(),
    )
    expect(after.get('docker.io/library/nginx:1.27')).toBe(nginx)
    await host.engine('rename', 'keeper', 'kept')
    expect(await host.engine('inspect', '--format', '{{.Image}}', 'kept')).toContain(nginx)
    expect(await host.run(folder, [SCRIPT, 'clean'])).toMatchObject({ status: 0 })
    expect(host.recorder.changes).toEqual([])
    const status = await host.run(folder, [SCRIPT, 'check-status', '--network', 'internal'])
    expect(status.status).toBe(1)
    for (const name of ['localhost/nginx:1.27', 'localhost/acme/app:2', 'localhost/ghcr.io/acme/tool:2.0'])
      expect(status.stdout).toContain(`missing: ${name} (here is `)
    expect(status.stdout).toContain('done: 0, failed: 4, in all: 4\n')
    await host.engine('rm', 'kept')
    expect(await host.run(folder, [SCRIPT, 'fix-image-aliases', '--network', 'internal'])).toMatchObject({
      status: 0,
    })
    expect(await host.run(folder, [SCRIPT, 'check-status', '--network', 'internal'])).toMatchObject({
      status: 0,
    })
  })

  if (!title.startsWith('podman')) return

  test('Podman: a name without host is what its settings say', async () => {
    await host.pull('one:1')
    await host.engine('tag', 'docker.io/library/one:1', 'bare:1')
    const listed = await host.names()
    expect(listed.get('localhost/bare:1')).toBe(idOf(ONE))
    expect(await tag('--network', 'external', 'bare:1')).toMatchObject({ status: 0 })
    expect(host.recorder.changes).toEqual(['tag localhost/bare:1 docker.io/library/bare:1'])

    await host.give('one:1', 'quay.io/acme/short:1', 'quay.io/single:1', 'ghcr.io/acme/other:1')
    const short = ['--network', 'internal', 'acme/short:1', 'single:1', 'acme/other:1', 'short:1']
    expect((await tag(...short)).stdout).toContain('done: 0, failed: 4, in all: 4\n')
    expect(host.recorder.changes).toEqual([])
    const settings = join(host.lab.dir, 'engine/etc/registries.conf')
    const before = readFileSync(settings, 'utf8')
    writeFileSync(settings, `unqualified-search-registries = ["example.com", "quay.io"]\n${before}`)
    expect((await tag(...short)).stdout).toContain('done: 2, failed: 2, in all: 4\n')
    expect(host.recorder.changes).toEqual([
      'tag quay.io/acme/short:1 docker.io/acme/short:1',
      'tag quay.io/acme/short:1 localhost/acme/short:1',
      'tag quay.io/single:1 docker.io/library/single:1',
      'tag quay.io/single:1 localhost/single:1',
    ])
    await host.engine('image', 'inspect', 'acme/short:1', 'single:1')
  })
})

describe('aliases, told in order', () => {
  const images = ['minio/minio:latest', 'nginx:1.27', 'redis:7-alpine']
  const services = `
services:
  a: { image: 'minio/minio:latest' }
  b: { image: 'nginx:1.27' }
  c: { image: 'redis:7-alpine' }
  app: { image: 'acme/app:2', build: app }
  job: { build: { context: app, dockerfile: job.Dockerfile } }
`
  const project = {
    'compose.yaml': services,
    'app/Dockerfile': 'FROM redis:7-alpine AS cache\nFROM base:1\nCOPY --from=cache /layer-0 /cache\n',
    'app/job.Dockerfile': 'FROM base:1\nENV JOB=1\n',
  }
  let host: Host
  let zh: string
  let en: string

  beforeAll(async () => {
    host = new Host(await startLab())
    await host.lab.login()
    await host.lab.internet.seed([...images, 'rare:1'])
    en = await host.generate('en', project, 'alias')
    zh = await host.generate('zh', project, '--lang', 'zh', 'alias')
    await host.pull(...images)
    await importBase('localhost/base:1')
  })
  afterAll(() => host?.lab.stop())

  /** An image of a program that waits, and what that needs. */
  async function importBase(name: string): Promise<void> {
    const libraries = `$(ldd /bin/sleep | grep -o '/[^ ]*')`
    const command = `tar -C / -ch --absolute-names /bin/sleep ${libraries} | docker import - "$1"`
    await must(['bash', '-o', 'pipefail', '-c', command, 'bash', name], host.lab.engine.env)
  }

  const same = async (...names: readonly string[]) => {
    const found = await host.names()
    const ids = names.map(name => found.get(inFull(name)))
    expect(ids).toEqual(ids.map(() => expect.stringMatching(/^[0-9a-f]{64}$/)))
    expect(new Set(ids).size).toBe(1)
  }

  test('a public network: from localhost/ to the name in the project', async () => {
    await host.give('minio/minio:latest', 'localhost/minio/minio:latest')
    await host.engine('rmi', 'minio/minio:latest')
    const env = { AI_INFRA_NETWORK_ENV: 'external' }
    const tagged = await host.run(zh, [SCRIPT, 'tag-localhost', 'minio/minio:latest'], { env })
    expect(tagged).toMatchObject({ status: 0, stderr: '' })
    expect(tagged.stdout).toContain(
      '[SUCCESS]  ✓ 已创建别名: localhost/minio/minio:latest → minio/minio:latest\n[INFO] 成功: 1，失败: 0，总计: 1\n',
    )
    await same('minio/minio:latest', 'localhost/minio/minio:latest')
  })

  test.each(['C.UTF-8', 'C', 'zh_CN.UTF-8'])(
    'an internal network without Harbor: from localhost/ to the name in the project, in locale %s',
    async locale => {
      await host.engine('rmi', 'minio/minio:latest')
      const env = { AI_INFRA_NETWORK_ENV: 'internal', LC_ALL: locale }
      const tagged = await host.run(zh, [SCRIPT, 'tag-localhost', 'minio/minio:latest'], { env })
      expect(tagged.status).toBe(0)
      expect(tagged.stdout.split('\n').slice(1)).toEqual([
        '[INFO] 处理镜像: minio/minio:latest',
        '[INFO]   🏢 内网环境：检查镜像来源',
        '[INFO]     ✓ localhost 镜像存在: localhost/minio/minio:latest',
        '[INFO]     💡 Harbor 不可用，使用本地 localhost/ 镜像',
        '[SUCCESS]  ✓ 已创建别名: localhost/minio/minio:latest → minio/minio:latest',
        '[INFO] 成功: 1，失败: 0，总计: 1',
        '',
      ])
      await same('minio/minio:latest', 'localhost/minio/minio:latest')
    },
  )

  test('the second step of build-all makes both names of all base images, and Compose builds on them', async () => {
    await host.give('redis:7-alpine', 'localhost/redis:7-alpine')
    await host.engine('rmi', 'redis:7-alpine')
    const env = { AI_INFRA_NETWORK_ENV: 'internal' }
    const built = await host.run(zh, [SCRIPT, 'build-all'], { env })
    expect(built.stdout).toContain(
      [
        '[INFO] ==========================================',
        '[INFO] 步骤 2/6: 智能镜像别名管理',
        '[INFO] ==========================================',
        '[INFO] 为 2 个基础镜像创建智能别名...',
        '[INFO] 处理镜像: base:1',
        '[INFO]   🏢 内网环境：检查镜像来源',
        '[INFO]     ✓ localhost 镜像存在: localhost/base:1',
        '[INFO]     💡 Harbor 不可用，使用本地 localhost/ 镜像',
        '[SUCCESS]  ✓ 已创建别名: localhost/base:1 → base:1',
        '[INFO] 处理镜像: redis:7-alpine',
        '[INFO]   🏢 内网环境：检查镜像来源',
        '[INFO]     ✓ localhost 镜像存在: localhost/redis:7-alpine',
        '[INFO]     💡 Harbor 不可用，使用本地 localhost/ 镜像',
        '[SUCCESS]  ✓ 已创建别名: localhost/redis:7-alpine → redis:7-alpine',
        '',
      ].join('\n'),
    )
    expect(built.stdout).toMatch(/成功: 2，失败: 0，总计: 2\n$/)
    expect(built.status).toBe(0)
    for (const name of ['base:1', 'redis:7-alpine', 'acme/app:2', 'zh_job:latest'])
      await same(name, `localhost/${name}`)
    const again = await host.run(zh, [SCRIPT, 'build-all'], { env })
    expect(again.stdout).toContain('[INFO] app 的镜像 acme/app:2 已存在；--force 可重新构建\n')
    expect(host.recorder.changes).toEqual([])
    expect(again.status).toBe(0)
  })

  test('build-all: tag and registry, what is built anew, a conflict, a Dockerfile that is broken', async () => {
    await host.engine('rmi', 'localhost/redis:7-alpine')
    await host.give('nginx:1.27', 'localhost/redis:7-alpine')
    const files = { ...project, 'app/job.Dockerfile': 'FROM base:1\nCOPY nowhere /\n' }
    const folder = await host.generate('en', files, 'alias')
    const before = (await host.names()).get('docker.io/acme/app:2')
    writeFileSync(join(folder, '../app/new'), 'new')
    writeFiles(join(folder, '..'), { 'app/Dockerfile': `${project['app/Dockerfile']}COPY new /\n` })
    const args = ['build-all', 'v9', `${host.registry}/built`, '--force', '--network', 'external']
    const built = await host.run(folder, [SCRIPT, ...args])
    expect(built.status).toBe(1)
    expect(built.stdout).toMatch(/two different images: redis:7-alpine is .*; nothing changed/)
    expect(built.stdout).toContain('not built: job (en_job:latest)\n')
    expect(built.stdout).toMatch(/done: 1, failed: 1, in all: 2\n$/)
    const remote = `${host.registry}/built/acme-app:v9`
    await same('acme/app:2', 'localhost/acme/app:2', 'acme/app:v9', remote)
    expect((await host.names()).get(remote)).not.toBe(before)
    expect((await host.names()).has('docker.io/library/en_job:latest')).toBe(false)
    await host.engine('rmi', 'localhost/redis:7-alpine')
  })

  test.each([
    ['SIGINT', 'group', 130],
    ['SIGTERM', 'command', 143],
    ['SIGHUP', 'command', 129],
  ] as const)('%s to the %s ends a build, also after images were pulled', async (signal, to, status) => {
    const files = {
      'compose.yaml': `services: { app: { build: app } }\n`,
      'app/Dockerfile': `FROM rare:1\nFROM base:1\nENV SIGNAL=${signal}\nRUN ["/bin/sleep", "100"]\n`,
    }
    const folder = await host.generate(`interrupted ${signal}`, files, 'alias')
    const running = host.lab.begin([SCRIPT, 'build-all', '--network', 'external'], {
      cwd: folder,
      bash: BASH,
    })
    await vi.waitUntil(() => running.stdout.includes('Running in'), { timeout: 60_000 })
    expect(running.stdout).toContain('[1/1] done: rare:1')
    running.kill(signal, to)
    const ended = await running.done
    expect(ended).toMatchObject({ status })
    expect(ended.stdout).not.toContain('step 5/6')
    expect(host.lab.strays()).toEqual([])
    await vi.waitUntil(async () => (await host.engine('ps', '-q')) === '', { timeout: 20_000, interval: 200 })
    expect(readdirSync(host.lab.engine.env['TMPDIR'] ?? '')).toEqual([])
    await host.engine('rmi', 'rare:1', 'localhost/rare:1')
  })

  test('300 images, one of which is missing, by less than 3 calls each', async () => {
    const names = batch('batch', 300)
    await host.give('nginx:1.27', ...names.slice(0, 100))
    await host.give('redis:7-alpine', ...names.slice(100, 149))
    await host.give('minio/minio:latest', ...names.slice(150))
    const tagged = await host.run(en, [SCRIPT, 'tag-localhost', '--network', 'external', ...names])
    expect(tagged.stdout).toContain(`the image is here under no name: ${names[149]}\n`)
    expect(tagged.stdout).toMatch(/done: 299, failed: 1, in all: 300\n$/)
    expect(tagged.status).toBe(1)
    expect(host.recorder.changes).toHaveLength(299)
    expect(host.recorder.calls.length).toBeLessThan(2 * 300)
    const found = await host.names()
    for (const name of names) expect(found.get(`localhost/${name}`)).toBe(found.get(inFull(name)))
  })

  test('two runs at once are both fine', async () => {
    const names = batch('both', 60)
    await host.give('nginx:1.27', ...names.map(name => `localhost/${name}`))
    const args = [SCRIPT, 'tag-localhost', '--network', 'internal', ...names]
    const runs = await Promise.all([0, 1].map(() => host.lab.run(args, { cwd: en, bash: BASH })))
    expect(runs).toMatchObject([{ status: 0 }, { status: 0 }])
    const found = await host.names()
    for (const name of names) expect(found.get(inFull(name))).toBe(found.get('docker.io/library/nginx:1.27'))
  })

  test('an engine that stops in the middle is no success', async () => {
    const names = batch('stopped', 100)
    await host.give('nginx:1.27', ...names)
    const args = [SCRIPT, 'tag-localhost', '--network', 'external', ...names]
    const running = host.lab.begin(args, { cwd: en, bash: BASH })
    await vi.waitUntil(() => running.stdout.split('alias made').length > 20, { timeout: 60_000, interval: 5 })
    await (host.lab as Lab).engine.kill()
    const { status, stdout } = await running.done
    const made = [...stdout.matchAll(/alias made: \S+ → (\S+)/g)].map(([, name = '']) => name)
    expect(made.length).toBeLessThan(100)
    expect(stdout).toContain(`done: ${made.length}, failed: ${100 - made.length}, in all: 100\n`)
    expect(status).toBe(1)
    const off = await host.run(en, args)
    expect(off).toMatchObject({ status: 3, stderr: expect.stringContaining('its daemon does not answer') })
    await (host.lab as Lab).engine.start()
    const found = await host.names()
    for (const name of made) expect([name, found.has(name)]).toEqual([name, true])
    expect(await host.run(en, args)).toMatchObject({ status: 0 })
  })

  test('what is given is data: nothing of it runs', async () => {
    const canary = join(host.lab.dir, 'canary')
    const run = `touch ${canary}`
    const hostile = [
      `$(${run})`,
      `\`${run}\``,
      `'; ${run}; '`,
      `"; ${run}; "`,
      `x\n${run}\n`,
      `a[$(${run})]`,
      `x=$(${run})`,
      `nginx:1.27;${run}`,
      `nginx:$(${run})`,
      `$(${run})/x:1`,
      `@(${run})`,
      `%s%n\\x41`,
      '*',
      '~root',
      '${HOME}',
      '-rf',
      '--',
      '--help',
      '\u202egnp',
      '/etc/passwd',
      '../../x',
    ]
    const noise = fc.sample(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), {
      seed: 1,
      numRuns: 200,
    })
    const given = [...hostile, ...noise.filter(text => !/^[a-z0-9]+$/.test(text))]
    const before = await host.names()
    for (const network of NETWORKS) {
      const done = await host.run(en, [SCRIPT, 'tag-localhost', '--network', network, '--', ...given])
      expect(done).toMatchObject({ status: 1, stderr: '' })
      expect(done.stdout).toContain(`done: 0, failed: ${given.length}, in all: ${given.length}\n`)
    }
    const places: readonly ((text: string) => readonly [readonly string[], Record<string, string>])[] = [
      text => [['tag-localhost', '--harbor', text, 'nginx:1.27'], {}],
      text => [['tag-localhost', '--network', text, 'nginx:1.27'], {}],
      text => [['tag-localhost', '--only', text], {}],
      text => [['build-all', text], {}],
      text => [['build-all', 'v1', text], {}],
      text => [['build-all', '--project', text], {}],
      text => [[text], {}],
      text => [['tag-localhost', 'nginx:1.27'], { AI_INFRA_NETWORK_ENV: text }],
      text => [['tag-localhost', 'nginx:1.27'], { AI_INFRA_NETWORK_ENV_OVERRIDE: text }],
      text => [['tag-localhost', 'nginx:1.27'], { CONTAINER_ENGINE: text }],
    ]
    for (const place of places) {
      for (const text of hostile.slice(0, 12)) {
        const [args, env] = place(text)
        const { status } = await host.run(en, [SCRIPT, ...args], { env })
        expect([args, env, status, host.recorder.changes]).toEqual([args, env, 2, []])
      }
    }
    expect(await host.names()).toEqual(before)
    expect(readdirSync(host.lab.dir)).not.toContain('canary')
  })

  test.each(['set -eu', 'set +e', 'set -euo pipefail', 'set -euo pipefail; set -o posix'])(
    'sourced under %s',
    async options => {
      await host.give('nginx:1.27', 'localhost/nginx:1.27')
      await host.engine('rmi', 'nginx:1.27')
      const text = `${options}
      . ./tag-image-smart.sh
      tag_image_smart nginx:1.27 external
      if tag_image_smart nothing:1 external; then echo wrong; else echo "status $?"; fi
      if tag_image_smart 'nginx:1.27' sideways; then echo wrong; else echo "status $?"; fi
      DOCKER_HOST=unix:///nowhere tag_image_smart nginx:1.27 internal || echo "status $?"
      echo "alive $-"`
      const done = await host.lab.run([BASH, '-c', text], { cwd: en })
      expect(done.status).toBe(0)
      expect(done.stdout.match(/status 1/g)).toHaveLength(3)
      expect(done.stdout).toMatch(/alive \S+\n$/)
      await same('nginx:1.27', 'localhost/nginx:1.27')
    },
  )

  test('nowhere to write, an engine that is elsewhere, an output that is closed early', async () => {
    const failed = async (env: Record<string, string>) =>
      (await host.run(en, [SCRIPT, 'check-status', '--network', 'external'], { env })).status
    expect(await failed({ TMPDIR: '/proc' })).toBe(3)
    expect(await failed({ DOCKER_HOST: 'tcp://127.0.0.1:1' })).toBe(3)
    expect(await failed({ DOCKER_HOST: 'unix:///$(nowhere)' })).toBe(3)
    for (const trap of ['', "trap '' PIPE; "]) {
      const closed = `${trap}${BASH} ./tag-image-smart.sh check-status --network external 2>/dev/null | head -n 1`
      expect(await host.lab.run([BASH, '-c', closed], { cwd: en })).toMatchObject({ status: 0 })
    }
    expect(host.lab.strays()).toEqual([])
    expect(readdirSync(host.lab.engine.env['TMPDIR'] ?? '')).toEqual([])
  })
})

test('a full disk is no success', async () => {
  const lab = await startFaultLab({ mebibytes: 64 })
  onTestFinished(() => lab.stop())
  const host = new Host(lab)
  await lab.internet.seed(['one:1'])
  await host.pull('one:1')
  const out = await host.generate('full', { 'compose.yaml': composeOf(['one:1']) }, 'alias')
  const run = () => host.run(out, [SCRIPT, 'tag-localhost', '--network', 'external'])
  lab.disk.fill()
  const { status, stdout } = await run()
  expect(stdout).toMatch(/✗ tag one:1 localhost\/one:1: .*no space left on device/)
  expect(stdout).not.toContain('alias made')
  expect(stdout).toMatch(/done: 0, failed: 1, in all: 1\n$/)
  expect(status).toBe(1)
  lab.disk.empty()
  await lab.engine.restart()
  expect(await run()).toMatchObject({ status: 0 })
  expect((await host.names()).has('localhost/one:1')).toBe(true)
})

function batch(name: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, number) => `${name}-${number}:1`)
}
