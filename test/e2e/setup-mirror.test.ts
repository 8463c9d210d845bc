import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { composeOf, generate } from '../fake-engine.ts'
import { must, type Result } from './command.ts'
import { FaultProxy } from './fault-proxy.ts'
import { type Lab, type LabOptions, startLab, startPodmanLab } from './lab.ts'
import { Registry } from './registry.ts'
import { findTool, SYSTEM_PATH, sidRoot } from './tools.ts'

const HELLO = 'hello-world:latest'
const bash = process.env['TEST_BASH']

interface Candidate {
  readonly title: string
  readonly options: LabOptions
  /** A part of daemon.json. */
  readonly features: string
}

const sid = sidRoot()
const CANDIDATES: readonly Candidate[] = [
  { title: 'the dockerd of this machine', options: {}, features: '' },
  ...[false, true].map(containerd => ({
    title: `the dockerd of Debian sid, ${containerd ? 'containerd' : 'classic'} store`,
    options: { root: sid },
    features: `"features": { "containerd-snapshotter": ${containerd} }, `,
  })),
]

describe.each(CANDIDATES)('with $title', ({ options, features }) => {
  const ORIGINAL = `{\n    ${features}"max-download-attempts": 1,\n    "labels": ["a=b"  , "c=\\u955c"]\n}`

  let lab: Lab
  let script: string
  let mirror: Registry
  let second: Registry
  let proxy: FaultProxy
  let one: string
  let two: string
  let front: string

  beforeAll(async () => {
    lab = await startLab({ ...options, daemon: JSON.parse(ORIGINAL) })
    const shared = {
      env: { PATH: SYSTEM_PATH, HOME: lab.dir },
      names: 'public',
      listen: '127.0.0.1:0',
    } as const
    mirror = await Registry.start({ ...shared, dir: join(lab.dir, 'mirror') })
    second = await Registry.start({ ...shared, dir: join(lab.dir, 'second') })
    proxy = await FaultProxy.start({ listen: '127.0.0.1:0', upstream: mirror.listening })
    for (const registry of [mirror, second, lab.internet]) await registry.put({ reference: HELLO })
    one = `http://${mirror.address}`
    two = `http://${second.address}`
    front = `http://${proxy.address}`
    const out = await generate(join(lab.dir, 'project'), composeOf(['nginx:1']), {
      registry: 'r.example.com/team',
    })
    script = join(out, 'setup-docker-mirror.sh')
  })
  afterAll(async () => {
    await proxy?.stop()
    await mirror?.stop()
    await second?.stop()
    await lab?.stop()
  })

  const file = () => lab.engine.configFile
  const backup = () => `${file()}.before-mirrors`
  const setUp = (...args: string[]): Promise<Result> =>
    lab.run([script, ...args], bash === undefined ? {} : { bash })
  const text = () => readFileSync(file(), 'utf8')
  const reloads = () => readFileSync(lab.engine.log, 'utf8').match(/Reloaded configuration/g)?.length ?? 0
  const listed = async () => {
    const format = '{{range .RegistryConfig.Mirrors}}{{println .}}{{end}}'
    return (await must(['docker', 'info', '--format', format], lab.engine.env))
      .split('\n')
      .filter(line => line !== '')
  }
  const withMirrors = (...mirrors: string[]) =>
    ORIGINAL.replace(
      '{\n',
      `{\n    "registry-mirrors": [\n${mirrors.map(url => `        "${url}"`).join(',\n')}\n    ],\n`,
    )
  const pulls = (registry: Registry) =>
    registry.requests().filter(({ path, agent }) => path.includes('/hello-world/') && /docker/i.test(agent))
      .length

  /** Everything as it was before any run. */
  beforeEach(async () => {
    proxy.clear()
    rmSync(backup(), { force: true })
    writeFileSync(file(), ORIGINAL.replace('{', '{"registry-mirrors": [],'))
    lab.engine.reload()
    for (let tries = 0; tries < 100 && (await listed()).length > 0; tries++) await sleep(50)
    writeFileSync(file(), ORIGINAL)
    chmodSync(file(), 0o640)
    await sleep(200)
  })

  test('mirrors are written and proven, the engine and its containers live on, and a second run does nothing', async () => {
    const root = join(lab.dir, 'busybox')
    mkdirSync(join(root, 'bin'), { recursive: true })
    copyFileSync(findTool('busybox') ?? '', join(root, 'bin/busybox'))
    symlinkSync('busybox', join(root, 'bin/sleep'))
    await must(['sh', '-c', `tar -C '${root}' -c . | docker import - bb:1`], lab.engine.env)
    await must(
      ['docker', 'run', '-d', '--name', 'lives', '--network', 'none', 'bb:1', 'sleep', '1000'],
      lab.engine.env,
    )
    const before = { pid: lab.engine.pid, reloads: reloads(), pulls: pulls(mirror) }

    const { status, stdout, stderr } = await setUp(one, two)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(text()).toBe(withMirrors(one, two))
    expect(statSync(file()).mode & 0o777).toBe(0o640)
    expect(readFileSync(backup(), 'utf8')).toBe(ORIGINAL)
    expect(await listed()).toEqual([`${one}/`, `${two}/`])
    expect(reloads()).toBe(before.reloads + 1)
    expect(pulls(mirror)).toBeGreaterThan(before.pulls)
    expect(lab.engine.pid).toBe(before.pid)
    expect(await must(['docker', 'ps', '--format', '{{.Names}}'], lab.engine.env)).toBe('lives\n')
    expect(await must(['docker', 'images', '-q', 'hello-world'], lab.engine.env)).toBe('')
    expect(stdout).toMatch(
      /\+ kill -HUP \d+\n\+ docker pull docker\.io\/library\/hello-world:latest\n✅ .*\n$/,
    )

    const stats = [file(), backup()].map(path => statSync(path, { bigint: true }))
    const again = await setUp(one, two)
    expect(again).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('nothing to do') })
    expect([file(), backup()].map(path => statSync(path, { bigint: true }))).toMatchObject(
      stats.map(({ ino, mtimeNs, ctimeNs }) => ({ ino, mtimeNs, ctimeNs })),
    )
    expect(reloads()).toBe(before.reloads + 1)

    expect(await setUp('--restore', '--dry-run')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('-    "registry-mirrors": ['),
    })
    expect(text()).toBe(withMirrors(one, two))
    expect(await setUp('--restore')).toMatchObject({ status: 0, stderr: '' })
    expect(text()).toBe(ORIGINAL)
    expect(statSync(file()).mode & 0o777).toBe(0o640)
    expect(await listed()).toEqual([])
    expect(lab.engine.pid).toBe(before.pid)
    await must(['docker', 'rm', '-f', 'lives'], lab.engine.env)
  })

  test('a mirror that demands a login is reported and not written, nor are others that do not work', async () => {
    const port = await closedPort()
    const login = `http://${lab.target.address}`
    const { status, stdout, stderr } = await setUp(
      login,
      `http://127.0.0.1:${port}`,
      one,
      'https://registry.cn-hangzhou.aliyuncs.com',
    )
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(new RegExp(`✗ ${login} .* it demands a login`))
    expect(stdout).toMatch(new RegExp(`✗ http://127.0.0.1:${port} .*\\(tcp\\)`))
    expect(stdout).toMatch(/✗ https:\/\/registry\.cn-hangzhou\.aliyuncs\.com .*<id>\.mirror\.aliyuncs\.com/)
    expect(text()).toBe(withMirrors(one))
  })

  test('none works: nothing is written', async () => {
    const before = { stat: statSync(file(), { bigint: true }), reloads: reloads() }
    const { status, stdout, stderr } = await setUp(
      `http://${lab.target.address}`,
      `http://127.0.0.1:${await closedPort()}`,
    )
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'none of these mirrors works; nothing was changed\n',
    })
    expect(stdout).not.toContain('✅')
    expect(statSync(file(), { bigint: true })).toMatchObject({
      ino: before.stat.ino,
      mtimeNs: before.stat.mtimeNs,
    })
    expect(existsSync(backup())).toBe(false)
    expect(reloads()).toBe(before.reloads)
  })

  test('a mirror that lets curl in and not the engine: no success is said, and all is as before', async () => {
    const body = '{"errors":[{"code":"UNAVAILABLE","message":"later"}]}'
    proxy.add({ match: { agent: /docker/ }, action: { do: 'answer', status: 503, headers: {}, body } })
    const { status, stdout, stderr } = await setUp(front)
    expect(status).toBe(1)
    expect(stdout).not.toContain('✅')
    expect(stderr).toMatch(
      /went on to another place: .*(?:503|later|UNAVAILABLE)[\s\S]* is as it was, and so is the engine\n$/i,
    )
    expect(text()).toBe(ORIGINAL)
    expect(await listed()).toEqual([])
  })

  test('--remove takes them away, --dry-run and --probe-only change nothing, --rank puts the fast one first', async () => {
    proxy.add({ match: { agent: /curl/ }, action: { do: 'delay', ms: 300 } })
    const probed = await setUp('--probe-only', '--rank', front, two)
    expect(probed).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`by speed: ${two} ${front}\n`),
    })
    const dry = await setUp('--dry-run', one)
    expect(dry).toMatchObject({ status: 0, stdout: expect.stringContaining(`+        "${one}"`) })
    expect(text()).toBe(ORIGINAL)
    expect(await setUp('--rank', front, two)).toMatchObject({ status: 0 })
    expect(text()).toBe(withMirrors(two, front))
    expect(await setUp('--remove')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('no mirrors any more'),
    })
    expect(await listed()).toEqual([])
    expect(JSON.parse(text())).toEqual({ ...JSON.parse(ORIGINAL), 'registry-mirrors': [] })
  })

  test('settings that are a link, are not there, or change in between', async () => {
    const real = join(lab.engine.etc, 'real.json')
    rmSync(file())
    writeFileSync(real, ORIGINAL)
    symlinkSync('real.json', file())
    expect(await setUp(one)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('is a link and stays one'),
    })
    expect(readFileSync(real, 'utf8')).toBe(withMirrors(one))
    expect(statSync(`${real}.before-mirrors`).size).toBe(ORIGINAL.length)
    writeFileSync(real, text().replace('a=b', 'a=c'))
    expect(await setUp('--restore')).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('has other changes since'),
    })
    expect(await setUp(two)).toMatchObject({ status: 0 })
    expect(readFileSync(`${real}.before-mirrors`, 'utf8')).toBe(withMirrors(one).replace('a=b', 'a=c'))
    for (const path of [real, `${real}.before-mirrors`, file()]) rmSync(path)

    expect(await setUp(one)).toMatchObject({ status: 0, stderr: '' })
    expect(text()).toBe(`{\n  "registry-mirrors": [\n    "${one}"\n  ]\n}\n`)
    expect(await setUp('--restore')).toMatchObject({ status: 0, stderr: '' })
    expect(existsSync(file())).toBe(false)
    expect(await listed()).toEqual([])
    expect(await setUp('--restore')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('nothing to do'),
    })
  })

  test('settings that cannot be replaced: on a disk that is read-only, and as a mount of their own', async () => {
    const disk = join(lab.dir, 'disk')
    const path = join(disk, 'daemon.json')
    mkdirSync(disk)
    const mount = (...args: string[]) => must(['mount', '-n', ...args], { PATH: SYSTEM_PATH })
    const umount = (point: string) => must(['umount', '-n', point], { PATH: SYSTEM_PATH })
    await mount('-t', 'tmpfs', 'laboratory', disk)
    try {
      writeFileSync(path, ORIGINAL)
      await mount('-o', 'remount,ro', disk)
      const { status, stderr } = await setUp('--config-file', path, one)
      expect(status).toBe(3)
      expect(stderr).toContain(`nothing can be written in ${disk}; is it read-only?`)
      expect(readFileSync(path, 'utf8')).toBe(ORIGINAL)
    } finally {
      await umount(disk)
    }
    writeFileSync(path, ORIGINAL)
    await mount('--bind', path, path)
    try {
      const { status, stdout, stderr } = await setUp('--config-file', path, one)
      expect(status).toBe(3)
      expect(stderr).toMatch(new RegExp(`^${path} was not written: .*busy`))
      expect(stdout).not.toContain('✅')
      expect(readFileSync(path, 'utf8')).toBe(ORIGINAL)
      expect(readdirSync(disk).sort()).toEqual(['daemon.json', 'daemon.json.before-mirrors'])
    } finally {
      await umount(path)
    }
  })

  // The engine matters little to this one, which takes a minute.
  const once = features === '' ? test : () => {}
  once(
    'killed at 50 moments, the file is the old or the new one; --restore gives the original bytes',
    async () => {
      const began = Date.now()
      expect(await setUp(one)).toMatchObject({ status: 0 })
      const whole = Date.now() - began
      const after = withMirrors(one)
      const seen = new Set<string>()
      for (let run = 0; run < 50; run++) {
        if (run % 2 === 0) writeFileSync(file(), ORIGINAL)
        const running = lab.begin([script, run % 2 === 0 ? one : two], bash === undefined ? {} : { bash })
        const start = text()
        await sleep(((run * 37) % 50) * (whole / 45))
        running.kill('SIGKILL', 'group')
        await running.done
        const found = text()
        seen.add(found)
        expect([ORIGINAL, after, withMirrors(two), start]).toContain(found)
        expect(readFileSync(backup(), 'utf8')).toBe(ORIGINAL)
      }
      expect(seen.size).toBeGreaterThan(1)
      expect(await setUp(two)).toMatchObject({ status: 0 })
      expect(await setUp('--restore')).toMatchObject({ status: 0, stderr: '' })
      expect(text()).toBe(ORIGINAL)
      expect(await listed()).toEqual([])
      expect(readdirSync(lab.engine.etc).filter(name => name.includes('.relay-'))).toEqual([])
    },
  )
})

/** A port where nothing listens. */
function closedPort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
    })
  })
}

describe('with Podman', () => {
  let lab: Awaited<ReturnType<typeof startPodmanLab>>
  let script: string
  let mirror: Registry

  beforeAll(async () => {
    lab = await startPodmanLab()
    const env = { PATH: SYSTEM_PATH, HOME: lab.dir }
    mirror = await Registry.start({
      env,
      names: 'public',
      listen: '127.0.0.1:0',
      dir: join(lab.dir, 'mirror'),
    })
    for (const registry of [mirror, lab.internet]) await registry.put({ reference: HELLO })
    const out = await generate(join(lab.dir, 'project'), composeOf(['nginx:1']), {
      registry: 'r.example.com/team',
    })
    script = join(out, 'setup-docker-mirror.sh')
  })
  afterAll(async () => {
    await mirror?.stop()
    await lab?.stop()
  })

  test('a drop-in is written and proven, and taken away again', async () => {
    const file = join(lab.dir, 'engine/etc/registries.conf.d/50-mirrors.conf')
    const setUp = (...args: string[]) => lab.run([script, '--config-file', file, ...args])
    const address = `http://${mirror.address}`
    const { status, stdout, stderr } = await setUp(address)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/✅ the engine asks http:.* came through the first one\n$/)
    expect(
      mirror.requests().some(({ path, agent }) => path.includes('/hello-world/') && !agent.includes('curl')),
    ).toBe(true)
    const { ino } = statSync(file)
    expect(await setUp(address)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('nothing to do'),
    })
    expect(statSync(file).ino).toBe(ino)
    expect(await setUp('--restore')).toMatchObject({ status: 0, stderr: '' })
    expect(existsSync(file)).toBe(false)
  })
})
