import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Result } from './command.ts'
import { type Lab, startLab } from './lab.ts'
import type { Stored } from './registry.ts'

const CLI = resolve('dist/cli.js')
const PULL = './pull-all-images-linux-amd64.sh'
const PUSH = './push-to-target-registry.sh'
const MIRROR = 'docker-compose-mirror.yaml'

interface Row {
  readonly source: string
  readonly target: string
  readonly state: string
}

let lab: Lab
let project: string
let out: string
let rows: readonly Row[]
let originals: readonly Stored[]

/** The example, relayed to the laboratory's private registry. The tests below are one story, told in order. */
beforeAll(async () => {
  // TEST_CLIENT names another client than the system's.
  const client = process.env['TEST_CLIENT']
  lab = await startLab(client === undefined ? {} : { client })
  project = join(lab.dir, 'a project')
  cpSync('examples/dify', project, { recursive: true })
  out = join(project, 'out')
  await generate(project, '--config', 'relay.yaml', '--out', 'out')
  rows = readRows(out)
  originals = await lab.internet.seed(relayed().map(({ source }) => ({ reference: source })))
})

afterAll(async () => {
  await lab.stop()
})

async function generate(cwd: string, ...flags: string[]): Promise<void> {
  const registry = `${lab.target.address}/mirror`
  const done = await lab.run([process.execPath, CLI, 'generate', '--registry', registry, ...flags], { cwd })
  expect(done).toMatchObject({ status: 0, stderr: '' })
}

/** Runs an emitted script; TEST_BASH names another bash than the system's. */
function script(
  command: readonly string[],
  options: { cwd: string; env?: Record<string, string> },
): Promise<Result> {
  const bash = process.env['TEST_BASH']
  return lab.run(command, bash === undefined ? options : { ...options, bash })
}

function readRows(folder: string): Row[] {
  const [, ...lines] = readFileSync(join(folder, 'images.tsv'), 'utf8').trimEnd().split('\n')
  return lines.map(line => {
    const [source = '', target = '', , state = ''] = line.split('\t')
    return { source, target, state }
  })
}

function relayed(): Row[] {
  return rows.filter(({ state }) => state === 'relay')
}

/** The id of a local image, or '' where there is none. */
async function idOf(reference: string): Promise<string> {
  const found = await lab.engine.docker(['image', 'inspect', '--format', '{{.Id}}', reference])
  return found.status === 0 ? found.stdout.trim() : ''
}

async function localIds(references: readonly string[]): Promise<string[]> {
  return await Promise.all(references.map(idOf))
}

/** The command that a script prints for what is left. */
function retryCommand(stdout: string): string {
  return /to run what is left:\n {2}(.*)/.exec(stdout)?.[1] ?? ''
}

test('the plan has 27 images to relay, and one that is ignored', () => {
  expect(relayed()).toHaveLength(27)
  expect(rows.filter(({ state }) => state === 'ignored').map(({ source }) => source)).toEqual([
    'vastdata/vastbase-vector:latest',
  ])
})

test('pull brings 27 images', async () => {
  const pulled = await script([PULL], { cwd: out })
  expect(pulled).toMatchObject({ status: 0, stderr: '' })
  expect(pulled.stdout).toContain('27 of 27 images done, 0 failed')
  expect(await localIds(relayed().map(({ source }) => source))).toEqual(originals.map(({ id }) => id))
})

test('a second pull asks nobody for what is here', async () => {
  const before = lab.internet.requests().length
  const pulled = await script([PULL], { cwd: out })
  expect(pulled.status).toBe(0)
  expect(pulled.stdout.match(/nothing to do/g)).toHaveLength(27)
  expect(lab.internet.requests()).toHaveLength(before)
})

test('push refuses before its first upload when nobody is logged in', async () => {
  const pushed = await script([PUSH], { cwd: out })
  expect(pushed.status).toBe(3)
  expect(pushed.stdout).toBe(`destination: ${lab.target.address}/mirror\n`)
  expect(pushed.stderr).toContain(`run: docker login ${lab.target.address}\n`)
  expect(lab.target.requests().filter(({ method }) => !['GET', 'HEAD'].includes(method))).toEqual([])
})

test('push names a stored login that the registry refuses', async () => {
  const auth = Buffer.from('relay:wrong').toString('base64')
  const config = join(lab.engine.clientConfig, 'config.json')
  const text = JSON.stringify({ auths: { [lab.target.address]: { auth } } })
  writeFileSync(config, text)
  const pushed = await script([PUSH], { cwd: out })
  expect(pushed.status).toBe(3)
  expect(pushed.stderr).toMatch(/refuses the stored login.*run again: docker login/)
  expect(readFileSync(config, 'utf8')).toBe(text)
  await lab.logout()
})

test('push moves 27 of 27 after the login, and leaves the login alone', async () => {
  await lab.login()
  const config = join(lab.engine.clientConfig, 'config.json')
  const before = readFileSync(config, 'utf8')
  const pushed = await script([PUSH], { cwd: out })
  expect(pushed).toMatchObject({ status: 0, stderr: '' })
  expect(pushed.stdout).toContain('27 of 27 images done, 0 failed')
  expect(readFileSync(config, 'utf8')).toBe(before)
  expect(await lab.target.repositories()).toHaveLength(27)
})

test('a wiped engine gets the same images by the mirror compose file', async () => {
  await lab.engine.wipe()
  const flags = ['--json', '--project-directory', '.', '--file', `out/${MIRROR}`]
  const listed = await lab.run([process.execPath, CLI, 'list', ...flags], { cwd: project })
  const images: readonly { source: string | null }[] = JSON.parse(listed.stdout).images
  const sources = images.map(({ source }) => source).filter(source => source?.startsWith(lab.target.address))
  expect(sources.sort()).toEqual(
    relayed()
      .map(({ target }) => target)
      .sort(),
  )
  for (const { target } of relayed()) {
    const pulled = await lab.engine.docker(['pull', '--quiet', target])
    expect(pulled).toMatchObject({ status: 0 })
  }
  expect(await localIds(relayed().map(({ target }) => target))).toEqual(originals.map(({ id }) => id))
})

test('the mirror compose file differs from its input in image values only', () => {
  const before = readFileSync(join(project, 'docker-compose.yaml'), 'utf8').split('\n')
  const after = readFileSync(join(out, MIRROR), 'utf8').split('\n')
  expect(after).toHaveLength(before.length)
  const changed = before.flatMap((line, index) => (line === after[index] ? [] : [[line, after[index] ?? '']]))
  expect(changed).toHaveLength(29)
  for (const [old = '', now = ''] of changed) {
    expect(old).toMatch(/^ {4}image: /)
    expect(now).toMatch(new RegExp(`^ {4}image: ["']?${lab.target.address}/mirror/`))
  }
  expect(after).toContain('    image: vastdata/vastbase-vector')
})

test('aliases: external, from localhost/ to the name in the project', async () => {
  const zh = join(project, 'zh')
  await generate(project, '--config', 'relay.yaml', '--out', 'zh', '--lang', 'zh', 'alias')
  const { target = '' } = relayed().find(({ source }) => source === 'redis:6-alpine') ?? {}
  await lab.engine.docker(['tag', target, 'localhost/redis:6-alpine'])
  const tagged = await script(['./tag-image-smart.sh', 'tag-localhost', 'redis:6-alpine'], {
    cwd: zh,
    env: { AI_INFRA_NETWORK_ENV: 'external' },
  })
  expect(tagged).toMatchObject({ status: 0, stderr: '' })
  expect(tagged.stdout).toContain('[SUCCESS]  ✓ 已创建别名: localhost/redis:6-alpine → redis:6-alpine\n')
  expect(await idOf('redis:6-alpine')).toBe(await idOf('localhost/redis:6-alpine'))
  expect(await idOf('redis:6-alpine')).not.toBe('')
})

test('aliases: internal without Harbor, from localhost/ to the name in the project', async () => {
  const { target = '' } = relayed().find(({ source }) => source.startsWith('minio/minio')) ?? {}
  const name = 'minio/minio:RELEASE.2023-03-20T20-16-18Z'
  await lab.engine.docker(['tag', target, `localhost/${name}`])
  await lab.engine.docker(['rmi', target])
  const tagged = await script(['./tag-image-smart.sh', 'tag-localhost', name], {
    cwd: join(project, 'zh'),
    env: { AI_INFRA_NETWORK_ENV: 'internal' },
  })
  expect(tagged).toMatchObject({ status: 0, stderr: '' })
  expect(tagged.stdout).toContain(
    [
      `[INFO] 处理镜像: ${name}`,
      '[INFO]   🏢 内网环境：检查镜像来源',
      `[INFO]     ✓ localhost 镜像存在: localhost/${name}`,
      '[INFO]     💡 Harbor 不可用，使用本地 localhost/ 镜像',
      `[SUCCESS]  ✓ 已创建别名: localhost/${name} → ${name}`,
    ].join('\n'),
  )
  expect(await idOf(name)).toBe(await idOf(`localhost/${name}`))
})

test('one missing image: 26 are done, and the printed command brings the last one', async () => {
  await lab.engine.wipe()
  await lab.internet.hide('langgenius/qdrant:v1.7.3')
  const pulled = await script([PULL, '--jobs', '6'], { cwd: out })
  expect(pulled.status).toBe(1)
  expect(pulled.stdout).toContain('26 of 27 images done, 1 failed')
  expect(pulled.stdout).toMatch(/^ {2}failed: langgenius\/qdrant:v1\.7\.3: .*manifest unknown/m)
  const again = retryCommand(pulled.stdout)
  expect(again).toBe(`bash ${PULL} --jobs 6 --only langgenius/qdrant:v1.7.3`)
  await lab.internet.restore('langgenius/qdrant:v1.7.3')
  expect(await lab.run(['bash', '-c', again], { cwd: out })).toMatchObject({ status: 0 })
  expect(await localIds(relayed().map(({ source }) => source))).toEqual(originals.map(({ id }) => id))
})

test('push names every image that is not here, and pushes none', async () => {
  await lab.engine.docker(['rmi', '-f', 'nginx:latest', 'redis:6-alpine'])
  const before = lab.target.requests().length
  const pushed = await script([PUSH], { cwd: out })
  expect(pushed.status).toBe(3)
  expect(pushed.stderr.match(/^not here: .*/gm)).toEqual([
    'not here: nginx:latest (linux/amd64); pull it first',
    'not here: redis:6-alpine (linux/amd64); pull it first',
  ])
  const writes = lab.target.requests().slice(before)
  expect(
    writes.filter(({ method, agent }) => !['GET', 'HEAD'].includes(method) && !agent.startsWith('curl/')),
  ).toEqual([])
  expect((await script([PULL], { cwd: out })).status).toBe(0)
})

/** A project of its own, generated beside the example. */
async function smallProject(name: string, compose: string): Promise<string> {
  const folder = join(lab.dir, name)
  mkdirSync(folder)
  writeFileSync(join(folder, 'compose.yaml'), compose)
  await generate(folder)
  return join(folder, 'out')
}

test('an image of another platform is a failure, and push will not take it', async () => {
  await lab.internet.seed([{ reference: 'alone:1', platform: 'linux/arm64' }, { reference: 'fine:1' }])
  const folder = await smallProject(
    'platforms',
    'services:\n  one: { image: "alone:1" }\n  two: { image: "fine:1" }\n',
  )
  const pulled = await script([PULL], { cwd: folder })
  expect(pulled.status).toBe(1)
  expect(pulled.stdout).toContain('1 of 2 images done, 1 failed')
  expect(pulled.stdout).toContain('failed: alone:1: what came is for linux/arm64, not for linux/amd64')
  expect(pulled.stdout).not.toMatch(/done: alone:1/)
  const pushed = await script([PUSH], { cwd: folder })
  expect(pushed.status).toBe(3)
  expect(pushed.stderr).toContain('wrong platform: alone:1 is here for linux/arm64, not for linux/amd64')
})

test('a service with a platform of its own gets that platform', async () => {
  const platform = ['linux/amd64', 'linux/arm64']
  const stored = await lab.internet.put({ reference: 'both:1', platform })
  const folder = await smallProject(
    'own-platform',
    'services:\n  one: { image: "both:1", platform: linux/arm64 }\n',
  )
  expect(await script([PULL], { cwd: folder })).toMatchObject({ status: 0 })
  expect(await idOf('both:1')).toBe(stored.platforms.find(({ platform }) => platform === 'linux/arm64')?.id)
  expect(await script([PUSH], { cwd: folder })).toMatchObject({ status: 0 })
})

test('a pinned image is pulled by its pin, and pushed under its tag', async () => {
  const old = await lab.internet.put({ reference: 'pinned:1' })
  await lab.internet.put({ reference: 'pinned:1', revision: '2' })
  const folder = await smallProject('pins', `services:\n  one: { image: "pinned:1@${old.digest}" }\n`)
  expect(await script([PULL], { cwd: folder })).toMatchObject({ status: 0 })
  expect(await script([PUSH], { cwd: folder })).toMatchObject({ status: 0 })
  const target = `${lab.target.address}/mirror/pinned:1`
  await lab.engine.wipe()
  expect((await lab.engine.docker(['pull', '-q', target])).status).toBe(0)
  expect(await idOf(target)).toBe(old.id)
})

test('Ctrl-C ends everything at once, and the next run does the rest', async () => {
  await lab.engine.wipe()
  const running = lab.begin([PULL, '--jobs', '2'], { cwd: out })
  while (!running.stdout.includes('[3/27] done')) await new Promise(wake => setTimeout(wake, 20))
  const start = Date.now()
  running.kill('SIGINT', 'group')
  const stopped = await running.done
  expect(stopped.status).toBe(130)
  expect(Date.now() - start).toBeLessThan(10_000)
  expect(stopped.stderr).toContain('interrupted')
  expect(lab.strays()).toEqual([])
  const rest = await lab.run(['bash', '-c', retryCommand(stopped.stdout)], { cwd: out })
  expect(rest.status).toBe(0)
  expect(await localIds(relayed().map(({ source }) => source))).toEqual(originals.map(({ id }) => id))
})

test('two runs at once do no harm', async () => {
  await lab.engine.wipe()
  const both = await Promise.all([script([PULL], { cwd: out }), script([PULL], { cwd: out })])
  expect(both.map(({ status }) => status)).toEqual([0, 0])
  const pushes = await Promise.all([script([PUSH], { cwd: out }), script([PUSH], { cwd: out })])
  expect(pushes.map(({ status }) => status)).toEqual([0, 0])
})

test('an engine that dies in the middle is no success', async () => {
  await lab.engine.wipe()
  const running = lab.begin([PULL, '--jobs', '1'], { cwd: out })
  while (!running.stdout.includes('[2/27] done')) await new Promise(wake => setTimeout(wake, 20))
  await lab.engine.kill()
  const ended = await running.done
  expect(ended.status).toBe(1)
  const done = Number(/^(\d+) of 27 images done/m.exec(ended.stdout)?.[1])
  expect(ended.stdout.match(/^\[\d+\/27\] done: /gm)).toHaveLength(done)
  expect(done).toBeLessThan(27)
  const off = await script([PULL], { cwd: out })
  expect(off.status).toBe(3)
  expect(off.stderr).toMatch(/its daemon does not answer.*Cannot connect to the Docker daemon/s)
  await lab.engine.start()
  expect((await lab.run(['bash', '-c', retryCommand(ended.stdout)], { cwd: out })).status).toBe(0)
})

test('push says that the registry does not answer, with a login and without', async () => {
  await lab.target.stop()
  for (const prepare of [() => {}, () => lab.logout()]) {
    await prepare()
    const pushed = await script([PUSH], { cwd: out })
    expect(pushed.status).toBe(3)
    expect(pushed.stdout).not.toContain('+ docker')
  }
  await lab.target.start()
})

test('nothing was ever sent to a registry that was not named', () => {
  const writes = lab.internet.requests().filter(({ method }) => !['GET', 'HEAD'].includes(method))
  expect(writes).toEqual([])
})
