import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Result } from './command.ts'
import { type Lab, startLab } from './lab.ts'
import type { Registry, Stored } from './registry.ts'

const CLI = resolve('dist/cli.js')

let lab: Lab
let project: string
let sources: readonly Row[]
let originals: ReadonlyMap<string, Stored>

interface Row {
  readonly source: string
  readonly target: string
}

/**
 * The example, copied by skopeo after its plan, by the commands that stand in the file. Every second image is one of
 * several platforms. The tests below are one story, told in order.
 */
beforeAll(async () => {
  lab = await startLab()
  project = join(lab.dir, 'a project')
  cpSync('examples/dify', project, { recursive: true })
  expect(await generate('basename')).toMatchObject({ status: 0, stderr: '' })
  sources = readRows()
  const platform = ['linux/arm64', 'linux/amd64'] as const
  const images = sources.map(({ source: reference }, index) =>
    index % 2 === 0 ? { reference } : { reference, platform, attested: true, format: 'oci' as const },
  )
  const stored = await lab.internet.seed(images)
  originals = new Map(stored.map((image, index) => [sources[index]?.target ?? '', image]))
})

afterAll(async () => {
  await lab.stop()
})

function generate(naming: string, namespace = 'mirror'): Promise<Result> {
  const registry = {
    ...{ host: lab.target.address, namespace, naming, insecure: true },
    ...{ 'username-env': 'MIRROR_USER', 'password-env': 'MIRROR_PASSWORD' },
  }
  // YAML knows JSON.
  const relay = { registry: 'target', registries: { target: registry }, outputs: ['skopeo-sync'] }
  writeFileSync(join(project, 'relay.yaml'), JSON.stringify(relay))
  return lab.run([process.execPath, CLI, 'generate', '--out', `out-${naming}`], { cwd: project })
}

function readRows(): Row[] {
  const [, ...lines] = readFileSync(join(project, 'out-basename/images.tsv'), 'utf8').trimEnd().split('\n')
  return lines.flatMap(line => {
    const [source = '', target = '', , state = ''] = line.split('\t')
    return state === 'relay' ? [{ source, target }] : []
  })
}

/** Runs a command that stands in a plan, as whoever copies it from there. */
function runFromPlan(
  command: RegExp,
  { file = 'skopeo-sync.yaml', password = lab.target.password } = {},
): Promise<Result> {
  const out = join(project, 'out-basename')
  const found = readFileSync(join(out, file), 'utf8').match(/^# {3}\S.*$/gm) ?? []
  const [line = '', ...others] = found.map(text => text.slice(4)).filter(text => command.test(text))
  expect(others).toEqual([])
  const env = {
    REGISTRY_AUTH_FILE: join(lab.dir, 'auth.json'),
    MIRROR_USER: lab.target.user,
    MIRROR_PASSWORD: password,
    SSL_CERT_FILE: lab.certificate,
    GODEBUG: 'netdns=go',
  }
  return lab.run(lab.engine.inside(['bash', '-c', line], out), { env })
}

const sync = (file = 'skopeo-sync.yaml') => runFromPlan(/^skopeo .* sync /, { file })

/** Everything that a registry has, with the digests of what the tags name. */
async function contentOf(registry: Registry): Promise<ReadonlyMap<string, string>> {
  const content = new Map<string, string>()
  for (const repository of await registry.repositories()) {
    for (const tag of await registry.tags(repository)) {
      const name = `${registry.address}/${repository}:${tag}`
      content.set(name, (await registry.manifest(name))?.digest ?? '')
    }
  }
  return content
}

/** What the plan says: each target with the digest of its source for the platform. */
function planned(): ReadonlyMap<string, string> {
  const digest = ({ platforms }: Stored) =>
    platforms.find(({ platform }) => platform === 'linux/amd64')?.digest
  return new Map(sources.map(({ target }) => [target, digest(originals.get(target) as Stored) ?? '']))
}

const sorted = (content: ReadonlyMap<string, string>) => [...content].sort()

function writes(since = 0) {
  return lab.target
    .requests()
    .slice(since)
    .filter(({ method }) => !['GET', 'HEAD'].includes(method))
}

test('by the naming flat there is no plan, for skopeo sync would write other names', async () => {
  const refused = await generate('flat')
  expect(refused.status).toBe(2)
  expect(refused.stderr.trimEnd().split('\n')).toHaveLength(sources.length - 3)
  expect(refused.stderr).toContain(
    `to ${lab.target.address}/mirror/dify-api:2.0.0-beta.2, and not to ${lab.target.address}/mirror/langgenius-dify-api:2.0.0-beta.2: write "naming: basename"`,
  )
  expect(existsSync(join(project, 'out-flat'))).toBe(false)
})

test('without a login it fails, and nothing arrives', async () => {
  expect(sources).toHaveLength(27)
  const denied = await sync()
  expect(denied.status).not.toBe(0)
  expect(denied.stderr).toMatch(/authentication required|unauthorized/)
  expect(await lab.target.repositories()).toEqual([])
})

test('what arrives is exactly the plan, by the digests of the platform', async () => {
  expect(await runFromPlan(/^skopeo login /, { password: 'wrong' })).not.toMatchObject({ status: 0 })
  expect(await runFromPlan(/^skopeo login /)).toMatchObject({ status: 0 })
  const done = await sync()
  expect(done, done.stderr).toMatchObject({ status: 0 })
  expect(done.stderr).toContain('Synced 27 images from 27 sources')
  expect(sorted(await contentOf(lab.target))).toEqual(sorted(planned()))
})

test('a second run moves nothing', async () => {
  const before = lab.target.requests().length
  expect(await sync()).toMatchObject({ status: 0 })
  expect(writes(before)).toEqual([])
  expect(sorted(await contentOf(lab.target))).toEqual(sorted(planned()))
})

test('one image that is missing: the others arrive, and it ends with a failure', async () => {
  const [moved, missing] = ['nginx:latest', 'langgenius/qdrant:v1.7.3']
  const again = await lab.internet.put({ reference: moved, revision: '2' })
  await lab.internet.hide(missing)
  const failed = await sync()
  expect(failed.status).not.toBe(0)
  expect(failed.stderr).toMatch(/langgenius\/qdrant:v1\.7\.3.*manifest unknown/)
  const content = await contentOf(lab.target)
  expect(content.get(`${lab.target.address}/mirror/nginx:latest`)).toBe(again.digest)
  await lab.internet.restore(missing)
})

test('tags that look like something else, and platforms of their own', async () => {
  const tags = ['1.0', '007', '0x1f', '1e3', '1_000', '2024-01-01', 'null', 'on', 'y', 'true', '_1']
  const compose = [
    ...tags.map((tag, index) => `  s${index}: { image: 'acme/tool:${tag}' }`),
    "  there: { image: 'ghcr.io/acme/there:1', platform: linux/arm64 }",
    "  old: { image: 'ghcr.io/12', platform: linux/arm/v7 }",
  ]
  writeFileSync(join(project, 'docker-compose.yaml'), `services:\n${compose.join('\n')}\n`)
  const platform = ['linux/amd64', 'linux/arm64', 'linux/arm/v6', 'linux/arm/v7']
  const wanted = [...tags.map(tag => `acme/tool:${tag}`), 'ghcr.io/acme/there:1', 'ghcr.io/12:latest']
  const stored = await lab.internet.seed(wanted.map(reference => ({ reference, platform })))
  expect(await generate('basename', 'other')).toMatchObject({ status: 0 })
  const before = await contentOf(lab.target)
  for (const file of ['', '-linux-arm64', '-linux-arm-v7'].map(end => `skopeo-sync${end}.yaml`))
    expect(await sync(file)).toMatchObject({ status: 0 })
  const after = [...(await contentOf(lab.target))].filter(([name]) => !before.has(name))
  const expected = stored.map(({ reference, platforms }, index) => {
    const own = index < tags.length ? 'linux/amd64' : index === tags.length ? 'linux/arm64' : 'linux/arm/v7'
    const name = `${lab.target.address}/other/${reference.split('/').at(-1)}`
    return [name, platforms.find(({ platform }) => platform === own)?.digest]
  })
  expect(after.sort()).toEqual(expected.sort())
})

test('nothing was sent to a registry that was not named', () => {
  const asked = lab.internet.requests().filter(({ method }) => !['GET', 'HEAD'].includes(method))
  expect(asked).toEqual([])
})
