import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildImage, MANIFEST_TYPES } from './images.ts'
import { type Lab, startLab, startPodmanLab } from './lab.ts'
import { alive, killAll, mountsBelow, processesWith } from './leftovers.ts'
import { requireTools } from './tools.ts'

const CHROMA = 'ghcr.io/chroma-core/chroma:0.5.20'
const SOON = { timeout: 10_000 }

/** Where an engine leaves traces on a machine unless it is kept from it. */
const PLACES = [
  ...[
    '/etc/docker/key.json',
    '/opt/containerd',
    '/run/mount',
    '/sys/fs/cgroup/cpu/docker',
    '/sys/fs/cgroup/docker',
  ],
  ...['/run/docker', '/run/docker.sock', '/run/docker.pid', '/var/lib/docker'],
  ...['/run/containerd', '/var/lib/containerd'],
]
const traces = () => PLACES.filter(existsSync)
const TRACES = traces()

const labFolders = () => readdirSync(tmpdir()).filter(name => name.startsWith('compose-relay-lab-'))

describe('a laboratory that cannot start', () => {
  test('says what to install when tools are missing', () => {
    expect(() => requireTools('/nowhere')).toThrow(
      /misses dockerd, .*docker-registry, htpasswd, openssl.*apt-get install -y docker\.io docker-compose podman docker-registry apache2-utils skopeo openssl bsdutils$/,
    )
  })

  test('names port 443 when it is taken', async () => {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(443, '127.0.0.1', resolve))
    await expect(startLab()).rejects.toThrow(/cannot listen on 127\.0\.0\.1:443 .*EADDRINUSE/)
    await new Promise(resolve => server.close(resolve))
  })

  test('takes back what was started before the failure', async () => {
    const before = labFolders()
    await expect(startLab({ daemon: { 'no-such-setting': true } })).rejects.toThrow(
      /dockerd ended at its start[\s\S]*no-such-setting/,
    )
    expect(labFolders()).toEqual(before)
    expect(processesWith(`compose-relay-lab-${process.pid}-`)).toEqual([])
  })
})

describe('images', () => {
  test('are the same bytes every time, and differ by reference, platform and revision', () => {
    const digest = (platform: string, reference = 'a:1', revision = '') =>
      buildImage({ reference, platform, revision }).platforms[0].digest
    const digests = [
      digest('linux/amd64'),
      digest('linux/arm64'),
      digest('linux/amd64', 'b:1'),
      digest('linux/amd64', 'a:1', '2'),
    ]
    expect(digests[0]).toBe(digest('linux/amd64'))
    expect(new Set(digests).size).toBe(4)
  })
})

describe('a laboratory', () => {
  let lab: Lab

  beforeAll(async () => {
    lab = await startLab()
  })
  afterAll(() => lab.stop())
  beforeEach(() => lab.engine.wipe())

  const inspect = async (reference: string, format: string) =>
    (await lab.engine.docker(['image', 'inspect', '-f', format, reference])).stdout.trim()
  const platform = (reference: string) => inspect(reference, '{{.Os}}/{{.Architecture}}')
  const pull = (...args: string[]) => lab.engine.docker(['pull', ...args])

  test('uses the engine and the client of Debian', async () => {
    const { stdout } = await lab.engine.docker([
      'version',
      '-f',
      '{{.Client.Version}} {{.Server.Version}} {{json .Server.Components}}',
    ])
    expect(stdout).toMatch(/^20\.10\.\S+ 20\.10\./)
    expect(stdout).toContain('containerd')
  })

  test('gives images by their public names', async () => {
    const [nginx, chroma] = await lab.internet.seed([
      'nginx:latest',
      { reference: CHROMA, layers: 3, bytes: 50_000 },
    ])
    expect(await pull('nginx:latest')).toMatchObject({ status: 0, stderr: '' })
    expect(await pull(CHROMA)).toMatchObject({ status: 0, stderr: '' })
    expect(await platform('nginx:latest')).toBe('linux/amd64')
    expect(await inspect('nginx:latest', '{{.Id}}')).toBe(nginx?.id)
    expect(await inspect(CHROMA, '{{.Id}} {{len .RootFS.Layers}}')).toBe(`${chroma?.id} 3`)
    expect(await inspect(CHROMA, '{{join .RepoDigests ","}}')).toBe(
      `ghcr.io/chroma-core/chroma@${chroma?.digest}`,
    )
  })

  test('writes down who asked for what', async () => {
    await lab.internet.put({ reference: 'quay.io/team/asked:1' })
    await pull('quay.io/team/asked:1')
    const asked = lab.internet.requests().filter(({ path }) => path.startsWith('/v2/team/asked/manifests/1'))
    expect(asked).toMatchObject([{ method: 'HEAD', status: 200, agent: expect.stringMatching(/^docker\//) }])
  })

  test('has 27 images in a moment', async () => {
    const names = Array.from({ length: 27 }, (_, number) => `docker.elastic.co/many/image-${number}:1`)
    const stored = await lab.internet.seed(names)
    expect(stored.map(({ reference }) => reference)).toEqual(names)
    expect(new Set(stored.map(({ id }) => id)).size).toBe(27)
    expect((await lab.internet.repositories()).filter(name => name.startsWith('many/'))).toHaveLength(27)
  })

  test('has images of several platforms, as Docker and as OCI write them', async () => {
    for (const format of ['docker', 'oci'] as const) {
      const reference = `team/multi-${format}:1`
      await lab.internet.put({ reference, format, platform: ['linux/amd64', 'linux/arm64'] })
      await pull(reference)
      expect(await platform(reference)).toBe('linux/amd64')
      await pull('--platform', 'linux/arm64', reference)
      expect(await platform(reference)).toBe('linux/arm64')
      await lab.internet.put({ reference: `team/arm-${format}:1`, format, platform: ['linux/arm64'] })
      const refused = await pull(`team/arm-${format}:1`)
      expect(refused.stderr).toContain('no matching manifest for linux/amd64')
    }
  })

  test('shows that --platform does not protect from a plain manifest of another platform', async () => {
    await lab.internet.put({ reference: 'team/arm:1', platform: 'linux/arm64' })
    expect(await pull('--platform', 'linux/amd64', 'team/arm:1')).toMatchObject({ status: 0, stderr: '' })
    expect(await platform('team/arm:1')).toBe('linux/arm64')
  })

  test('hides a manifest and brings it back', async () => {
    const { digest } = await lab.internet.put({ reference: 'redis:7' })
    await lab.internet.hide('redis:7')
    expect(await pull('redis:7')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('manifest for redis:7 not found: manifest unknown'),
    })
    await lab.internet.restore('redis:7')
    expect((await lab.internet.manifest('redis:7'))?.digest).toBe(digest)
    expect((await pull(`redis:7@${digest}`)).status).toBe(0)
  })

  test('moves a tag', async () => {
    const first = await lab.internet.put({ reference: 'moving:1' })
    const second = await lab.internet.put({ reference: 'moving:1', revision: 'two' })
    expect(second.digest).not.toBe(first.digest)
    await pull('moving:1')
    expect(await inspect('moving:1', '{{.Id}}')).toBe(second.id)
  })

  test('knows no other name and asks nobody', async () => {
    const { status, stderr } = await pull('registry.example.com/team/app:1')
    expect(status).toBe(1)
    expect(stderr).toContain('lookup registry.example.com on 127.53.53.53:53: no such host')
  })

  test('lets nobody push without login', async () => {
    const copy = `${lab.target.address}/team/pushed:1`
    await lab.internet.put({ reference: 'pushed:1' })
    await pull('pushed:1')
    await lab.engine.docker(['tag', 'pushed:1', copy])
    expect(await lab.engine.docker(['push', copy])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no basic auth credentials'),
    })
    expect(await lab.target.tags('team/pushed')).toEqual([])

    await lab.login()
    const pushed = await lab.engine.docker(['push', copy])
    expect(pushed).toMatchObject({ status: 0, stderr: '' })
    expect(await lab.target.tags('team/pushed')).toEqual(['1'])
    const { digest } = (await lab.target.manifest('team/pushed:1')) ?? {}
    expect(pushed.stdout).toContain(`1: digest: ${digest}`)

    await lab.logout()
    expect((await pull(copy)).stderr).toContain('no basic auth credentials')
  })

  test('runs scripts with the private engine, without stdin, by any bash', async () => {
    const script = join(lab.dir, 'script.sh')
    writeFileSync(
      script,
      '#!/usr/bin/env bash\nread -r line\necho "$? $1 $EXTRA $PWD"; command -v docker; docker info -f "{{.DockerRootDir}}"; exit 3\n',
    )
    const { status, stdout } = await lab.run([script, 'word'], {
      bash: '/bin/bash',
      env: { EXTRA: 'more' },
      cwd: '/',
    })
    expect(status).toBe(3)
    expect(stdout).toBe(`1 word more /\n${lab.dir}/engine/bin/docker\n${lab.dir}/engine/data\n`)
  })

  test('takes signals to a script, and ends the ones that hang', async () => {
    const running = lab.begin([
      'bash',
      '-c',
      'trap "echo caught; exit 143" TERM; echo up; while :; do sleep 0.1; done',
    ])
    await expect.poll(() => running.stdout, SOON).toBe('up\n')
    running.kill('SIGTERM')
    expect(await running.done).toMatchObject({ status: 143, stdout: 'up\ncaught\n' })
    await expect(lab.run(['sleep', '60'], { timeout: 200 })).rejects.toThrow('killed after 200 ms: sleep 60')
  })

  test('knows what a script left running', async () => {
    expect(lab.strays()).toEqual([])
    await lab.run(['bash', '-c', 'sleep 300 >/dev/null 2>&1 & echo $! > pid'], { cwd: lab.dir })
    await expect.poll(() => lab.strays(), SOON).toEqual(['sleep 300'])
    await killAll([Number(readFileSync(join(lab.dir, 'pid'), 'utf8'))])
    expect(lab.strays()).toEqual([])
  })

  test('reads its settings again when told', async () => {
    const mirrors = async () =>
      (await lab.engine.docker(['info', '-f', '{{.RegistryConfig.Mirrors}}'])).stdout.trim()
    writeFileSync(lab.engine.configFile, JSON.stringify({ 'registry-mirrors': ['https://quay.io'] }))
    const seen = await lab.run(lab.engine.inside(['cat', '/etc/docker/daemon.json']))
    expect(seen.stdout).toContain('registry-mirrors')
    lab.engine.reload()
    await expect.poll(mirrors, SOON).toBe('[https://quay.io/]')
    writeFileSync(lab.engine.configFile, '{}')
    await lab.engine.restart()
    expect(await mirrors()).toBe('[]')
  })

  test('shows the same internet to other clients', async () => {
    const { digest } = await lab.internet.put({ reference: 'quay.io/team/other:1' })
    const url = 'https://quay.io/v2/team/other/manifests/1'
    const accept = `Accept: ${MANIFEST_TYPES.join(', ')}` // without it the registry answers in schema 1
    const curl = ['curl', '-sSI', '--cacert', lab.certificate, '-H', accept, url]
    const { stdout } = await lab.run(lab.engine.inside(curl))
    expect(stdout).toContain(`docker-content-digest: ${digest}`)
  })

  test('wipes the engine', async () => {
    const { digest } = await lab.internet.put({ reference: 'wiped:1' })
    await pull('wiped:1')
    await pull(`wiped@${digest}`)
    await lab.engine.docker(['tag', 'wiped:1', 'other:1'])
    await lab.engine.docker(['create', '--name', 'user', 'wiped:1'])
    await lab.engine.wipe()
    expect((await lab.engine.docker(['ps', '-aq'])).stdout).toBe('')
    expect((await lab.engine.docker(['image', 'ls', '-aq'])).stdout).toBe('')
  })

  test('survives a crash of each server', async () => {
    await lab.internet.put({ reference: 'crash:1' })
    await pull('crash:1')
    await lab.engine.kill()
    expect((await lab.engine.docker(['ps'])).stderr).toContain('Cannot connect to the Docker daemon')
    await lab.engine.start()
    expect(await platform('crash:1')).toBe('linux/amd64')

    const { address } = lab.target
    await lab.target.kill()
    await lab.target.start()
    expect(lab.target.address).toBe(address)
    await lab.login()
    await lab.logout()

    await lab.internet.stop()
    await lab.engine.wipe()
    expect((await pull('crash:1')).stderr).toContain('connect: connection refused')
    await lab.internet.start()
    expect((await pull('crash:1')).status).toBe(0)
  })
})

test('a laboratory leaves nothing behind', async () => {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
  const lab = await startLab()
  await lab.internet.seed(['nginx:latest'])
  expect((await lab.engine.docker(['pull', 'nginx:latest'])).status).toBe(0)
  const hanging = lab.begin(['sleep', '300'])
  const pids = [lab.engine, lab.internet, lab.target, hanging].map(({ pid }) => pid ?? 0)
  expect(pids.every(alive)).toBe(true)
  expect(processesWith(lab.dir)).toHaveLength(5) // with containerd

  await lab.stop()
  expect(pids.some(alive)).toBe(false)
  expect(processesWith(lab.dir)).toEqual([])
  expect(mountsBelow(lab.dir)).toEqual([])
  expect(existsSync(lab.dir)).toBe(false)
  expect(readFileSync('/proc/self/mounts', 'utf8')).toBe(mounts)
  expect(traces()).toEqual(TRACES)
})

describe('a laboratory with Podman', () => {
  /** What is in the folders that Podman writes into unless it is kept from it. */
  const held = () => [
    ...[
      ...['/etc/cni/net.d', '/etc/containers', '/etc/containers/networks', '/run/containers', '/run/libpod'],
      ...['/var/lib/cni', '/var/lib/containers', '/var/lib/containers/storage'],
    ].map(folder => (existsSync(folder) ? readdirSync(folder) : null)),
    readdirSync('/dev/shm').filter(name => name.includes('libpod')),
  ]

  test.each(['podman', 'docker'] as const)('as %s leaves nothing behind', async name => {
    const before = [held(), readFileSync('/proc/self/mounts', 'utf8')]
    const lab = await startPodmanLab({ name })
    await lab.internet.seed([CHROMA])
    expect(await lab.engine.docker(['pull', CHROMA])).toMatchObject({ status: 0 })
    await lab.login()
    const reference = `${lab.target.address}/a/b:1`
    expect(await lab.engine.docker(['tag', CHROMA, reference])).toMatchObject({ status: 0 })
    expect(await lab.engine.docker(['push', reference])).toMatchObject({ status: 0 })
    expect(await lab.target.tags('a/b')).toEqual(['1'])
    await lab.logout()
    expect((await lab.engine.docker(['push', reference])).status).not.toBe(0)
    await lab.engine.wipe()
    expect((await lab.engine.docker(['images', '-q'])).stdout).toBe('')

    // What scripts call is the process that gets their signals.
    const events = lab.begin([name, 'events'])
    await expect.poll(() => readlinkSync(`/proc/${events.pid}/exe`), SOON).toBe('/usr/bin/podman')
    expect(lab.strays()).toEqual(['/usr/bin/podman events'])
    await lab.stop()
    expect(processesWith(lab.dir)).toEqual([])
    expect(existsSync(lab.dir)).toBe(false)
    expect([held(), readFileSync('/proc/self/mounts', 'utf8')]).toEqual(before)
  })
})
