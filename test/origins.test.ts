import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import {
  BASHES,
  composeOf,
  type EngineName,
  FakeEngine,
  generate,
  laboratory,
  type ScriptOptions,
} from './fake-engine.ts'

// How images come: through proxies, by the digest that they are pinned by, for a platform that an index has; and how
// engines are told to send only one of several.

vi.setConfig({ maxConcurrency: 12 })

const [A, B] = ['a', 'b'].map(digit => `sha256:${digit.repeat(64)}`) as [string, string]
const PROXY = 'm.daocloud.io'
const SPARE = 'proxy.example.com/hub'
const TEAM = 'registry.example.com/team'
const LOGIN = '{"auths": {"registry.example.com": {"auth": "cm9ib3Q6c2VjcmV0"}}}\n'
const HEADER = 'source\tsource digest\ttarget\ttarget digest\tplatform\n'
const NGINX = 'docker.io/library/nginx:1.27'
const PINNED = `docker.io/library/busybox:1@${B}`

const lab = laboratory('origins')

/** What is generated of these images, with and without proxies in relay.yaml. */
async function relay(name: string, images: readonly string[], config = ''): Promise<string> {
  const folder = join(lab, name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'relay.yaml'), `platform: linux/amd64\n${config}`)
  return await generate(folder, composeOf(images), { registry: TEAM })
}

let plain = ''
let proxied = ''
let tagless = ''
let old = ''

beforeAll(async () => {
  plain = await relay('plain', ['nginx:1.27', `busybox:1@${B}`])
  proxied = await relay('proxied', ['nginx:1.27', `busybox:1@${B}`], `via: [${PROXY}, ${SPARE}]\n`)
  old = await relay('old', ['nginx:1.27'], 'deploy: { engine: docker 20.10 }\n')
  tagless = await relay('tagless', [`ghcr.io/a/b@${A}`])
})

describe.each(BASHES)('%s', bash => {
  const engine = (...engines: readonly EngineName[]) =>
    new FakeEngine(lab, bash, engines.length === 0 ? ['docker'] : engines)
  const pull = (host: FakeEngine, out: string, args: readonly string[] = [], options: ScriptOptions = {}) => {
    const lock = args.includes('--lock') ? [] : ['--lock', join(host.dir, 'lock.tsv')]
    return host.run([join(out, 'pull-all-images-linux-amd64.sh'), ...lock, ...args], options)
  }
  const push = (host: FakeEngine, out: string, args: readonly string[] = []) => {
    host.homeFile('.docker/config.json', LOGIN)
    const lock = ['--lock', join(host.dir, 'lock.tsv')]
    return host.run([join(out, 'push-to-target-registry.sh'), ...lock, ...args])
  }
  const lockOf = (host: FakeEngine) =>
    readFileSync(join(host.dir, 'lock.tsv'), 'utf8').slice(HEADER.length).trimEnd().split('\n')
  const locked = (host: FakeEngine, digest: string) =>
    writeFileSync(join(host.dir, 'lock.tsv'), `${HEADER}nginx:1.27\t${digest}\t-\t-\tlinux/amd64\n`)
  const only = (host: FakeEngine, verb: string) => host.calls(verb).map(call => call.join(' '))

  describe.concurrent('proxies', () => {
    test('are asked first for what the lock file has, and leave no name behind', async () => {
      const host = engine()
      locked(host, A)
      host.rule(`pull@${PROXY}/${NGINX}`, `digest ${A}`)
      expect(await pull(host, proxied, ['--only', 'nginx'])).toMatchObject({ status: 0, stderr: '' })
      expect(host.writes()).toEqual([
        `pull --platform linux/amd64 ${PROXY}/${NGINX}`,
        `tag ${PROXY}/${NGINX} nginx:1.27`,
        `rmi ${PROXY}/${NGINX}`,
      ])
      expect(host.id(NGINX)).not.toBeNull()
      expect(lockOf(host)).toEqual([`nginx:1.27\t${A}\t-\t-\tlinux/amd64`])
    })

    test('what has another digest is taken away again, and the next one is asked, then the source', async () => {
      const host = engine()
      locked(host, A)
      for (const proxy of [PROXY, SPARE]) host.rule(`pull@${proxy}/${NGINX}`, `digest ${B}`)
      host.rule(`pull@${NGINX}`, `digest ${B}`)
      const { status, stdout } = await pull(host, proxied, ['--only', 'nginx'])
      expect(status).toBe(0)
      expect(stdout).toContain(`${PROXY}/${NGINX} is not what it must be: it has ${B}, not ${A}\n`)
      expect(host.writes()).toEqual([
        `pull --platform linux/amd64 ${PROXY}/${NGINX}`,
        `rmi ${PROXY}/${NGINX}`,
        `pull --platform linux/amd64 ${SPARE}/${NGINX}`,
        `rmi ${SPARE}/${NGINX}`,
        'pull --platform linux/amd64 nginx:1.27',
      ])
      // The source itself may have moved on: that is written down.
      expect(lockOf(host)).toEqual([`nginx:1.27\t${B}\t-\t-\tlinux/amd64`])
    })

    test('one that fails is asked once; one that wants fewer requests gets fewer', async () => {
      const host = engine()
      locked(host, A)
      host.rule(`pull@${PROXY}/${NGINX}`, 'err toomanyrequests: slow down', 'exit 1')
      host.rule(`pull@${SPARE}/${NGINX}`, 'err connection refused', 'exit 1')
      const { status, stdout } = await pull(host, proxied, ['--only', 'nginx'])
      expect(status).toBe(0)
      expect(host.named('pull')).toEqual([`${PROXY}/${NGINX}`, 'nginx:1.27', `${SPARE}/${NGINX}`].sort())
      expect(stdout).toContain('one image at a time')
      expect(host.pauses()).toEqual([])
    })

    test('what may pass at one of them is tried again, whatever the source itself says', async () => {
      const host = engine()
      locked(host, A)
      host.rule(
        `pull@${PROXY}/${NGINX}`,
        `digest ${A}`,
        'times 1',
        'err toomanyrequests: slow down',
        'exit 1',
      )
      host.rule(`pull@${SPARE}/${NGINX}`, 'err manifest unknown', 'exit 1')
      host.rule(`pull@${NGINX}`, 'err manifest unknown', 'exit 1')
      const { status, stdout } = await pull(host, proxied, ['--only', 'nginx'])
      expect(stdout).toContain(`nginx:1.27 does not come through ${PROXY}: toomanyrequests: slow down\n`)
      expect(stdout).toMatch(/^again: nginx:1\.27: /m)
      expect(host.named('pull')).toEqual(
        [PROXY, PROXY, SPARE]
          .map(proxy => `${proxy}/${NGINX}`)
          .concat('nginx:1.27')
          .sort(),
      )
      expect([status, host.id(NGINX)]).toEqual([0, expect.any(String)])
    })

    test('without a digest they are not asked, unless they are trusted; that is not written down', async () => {
      const host = engine()
      const careful = await pull(host, proxied, ['--only', 'nginx'])
      expect(careful.stdout).toContain('nginx:1.27: no digest is known that a proxy could be held to')
      expect(host.named('pull')).toEqual(['nginx:1.27'])
      const other = engine()
      other.rule(`pull@${PROXY}/${NGINX}`, `digest ${A}`)
      expect(await pull(other, proxied, ['--only', 'nginx', '--trust-via'])).toMatchObject({ status: 0 })
      expect(other.named('pull')).toEqual([`${PROXY}/${NGINX}`])
      expect(() => lockOf(other)).toThrow('ENOENT')
      // Nor by the next run, which finds it here under its own name.
      expect((await pull(other, proxied, ['--only', 'nginx'])).stdout).toContain('nothing to do: nginx')
      expect(() => lockOf(other)).toThrow('ENOENT')
    })

    test('what is pinned keeps the name that it came by, and is found, tagged and pushed', async () => {
      const host = engine()
      expect(await pull(host, proxied, ['--only', 'busybox'])).toMatchObject({ status: 0, stderr: '' })
      expect(host.writes()).toEqual([
        `pull --platform linux/amd64 ${PROXY}/${PINNED}`,
        `tag ${PROXY}/${PINNED} busybox:1`,
      ])
      const again = await pull(host, proxied, ['--only', 'busybox'])
      expect(again.stdout).toContain('nothing to do: busybox:1')
      expect(await push(host, proxied, ['--only', 'busybox'])).toMatchObject({ status: 0 })
      expect(host.calls()).toContainEqual(['tag', 'busybox:1', `${TEAM}/busybox:1`])
      host.image('docker.io/library/busybox:1', { id: 'another', digest: A })
      expect(await push(host, proxied, ['--only', 'busybox'])).toMatchObject({
        status: 3,
        stderr: expect.stringContaining(`not here: busybox:1@${B}`),
      })
    })

    test('on Podman, which prints no digest', async () => {
      const host = engine('podman')
      locked(host, A)
      host.rule(`pull@${PROXY}/${NGINX}`, `digest ${B} ${A}`)
      expect(await pull(host, proxied, ['--only', 'nginx'])).toMatchObject({ status: 0 })
      expect(host.named('pull')).toEqual([`${PROXY}/${NGINX}`])
      expect(host.calls('tag')).toEqual([['tag', `${PROXY}/${NGINX}`, NGINX]])
    })

    test('two images at once, unless --jobs says another number', async () => {
      const images = Array.from({ length: 8 }, (_, at) => `image-${at}@${A}`)
      const many = await relay(`many-${bash.replaceAll('/', '-')}`, images, `via: [${PROXY}]\n`)
      const host = engine()
      host.rule('pull', 'sleep 0.2')
      await pull(host, many)
      expect(host.atOnce('pull').most).toBe(2)
      const other = engine()
      other.rule('pull', 'sleep 0.2')
      await pull(other, many, ['--jobs', '3'])
      expect(other.atOnce('pull').most).toBe(3)
    })

    test('--via names one more, behind those of relay.yaml; the command for what is left has it, too', async () => {
      const host = engine()
      locked(host, A)
      for (const name of [PROXY, SPARE, 'other:5000', ''].map(proxy => join(proxy, NGINX)))
        host.rule(`pull@${name}`, 'err manifest unknown', 'exit 1')
      const { status, stdout } = await pull(host, proxied, ['--only', 'nginx', '--via', 'other:5000'])
      expect(status).toBe(1)
      expect(only(host, 'pull').map(call => call.split(' ').at(-1))).toEqual([
        ...[PROXY, SPARE, 'other:5000'].map(proxy => `${proxy}/${NGINX}`),
        'nginx:1.27',
      ])
      expect(stdout).toMatch(/ --via other:5000 .*--only nginx:1\.27$/m)
      for (const bad of [
        '',
        'https://x/',
        '/x',
        'x.y/',
        'a b',
        '$(id)',
        'a.b//c',
        'mirror',
        'team/hub',
        '-v.x',
      ])
        expect(await pull(host, plain, ['--via', bad])).toMatchObject({ status: 2, stdout: '' })
    })

    test('--dry-run shows the way through the first one', async () => {
      const host = engine()
      locked(host, A)
      expect((await pull(host, proxied, ['--dry-run'])).stdout.split('\n')).toEqual([
        `+ docker pull --platform linux/amd64 ${PROXY}/${PINNED}`,
        `+ docker tag ${PROXY}/${PINNED} busybox:1`,
        `+ docker pull --platform linux/amd64 ${PROXY}/${NGINX}`,
        `+ docker tag ${PROXY}/${NGINX} nginx:1.27`,
        `+ docker rmi ${PROXY}/${NGINX}`,
        '',
      ])
      const local = await pull(host, plain, ['--dry-run', '--only', 'nginx', '--via', '[::1]:5000/hub'])
      expect(local.stdout).toContain(`+ docker pull --platform linux/amd64 \\[::1\\]:5000/hub/${NGINX}\n`)
      rmSync(join(host.dir, 'lock.tsv'))
      expect((await pull(host, proxied, ['--dry-run', '--only', 'nginx'])).stdout).toBe(
        '+ docker pull --platform linux/amd64 nginx:1.27\n',
      )
      expect(host.writes()).toEqual([])
    })
  })

  describe.concurrent('pins', () => {
    test('an image that is pinned gets its tag, also where only that is missing', async () => {
      const host = engine()
      host.image(PINNED, { digest: B })
      await pull(host, plain, ['--only', 'busybox'])
      expect(host.id('docker.io/library/busybox:1')).not.toBeNull()
      expect((await pull(host, plain, ['--only', 'busybox'])).stdout).toContain('nothing to do: busybox:1@')
      expect(host.calls('pull')).toHaveLength(1)
    })

    test('one without a tag gets that of the target', async () => {
      const host = engine()
      expect(await pull(host, tagless)).toMatchObject({ status: 0 })
      expect(host.calls('tag')).toEqual([['tag', `ghcr.io/a/b@${A}`, 'ghcr.io/a/b:sha256-aaaaaaaaaaaa']])
      expect(await push(host, tagless)).toMatchObject({ status: 0 })
      expect(host.calls('push')).toEqual([['push', `${TEAM}/a-b:sha256-aaaaaaaaaaaa`]])
    })

    test('what is here, and was not written down, is', async () => {
      const host = engine()
      host.image(NGINX, { digest: A })
      expect((await pull(host, plain, ['--only', 'nginx'])).stdout).toContain('nothing to do: nginx')
      expect(lockOf(host)).toEqual([`nginx:1.27\t${A}\t-\t-\tlinux/amd64`])
      // What is written down stays, whatever the engine says of it now.
      host.image(NGINX, { digest: B })
      await pull(host, plain, ['--only', 'nginx'])
      expect(lockOf(host)).toEqual([`nginx:1.27\t${A}\t-\t-\tlinux/amd64`])
    })

    test('the digest of a source is written down on Podman, too', async () => {
      const host = engine('podman')
      host.rule(`pull@${NGINX}`, `digest ${A}`)
      await pull(host, plain)
      expect(lockOf(host)).toEqual([
        `busybox:1@${B}\t${B}\t-\t-\tlinux/amd64`,
        `nginx:1.27\t${A}\t-\t-\tlinux/amd64`,
      ])
    })
  })

  describe.concurrent('platforms', () => {
    const entry = (digest: string, architecture: string, more: object = {}) => ({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      size: 2,
      digest,
      platform: { architecture, os: 'linux', ...more },
    })

    test('a wrong one is pulled by the digest that the index has for the right one', async () => {
      const host = engine()
      host.rule(`pull@${NGINX}`, 'platform linux/arm64')
      host.index(NGINX, [entry(B, 'arm64', { variant: 'v8' }), entry(A, 'amd64'), entry(B, 'unknown')])
      expect(await pull(host, plain, ['--only', 'nginx'])).toMatchObject({ status: 0, stderr: '' })
      expect(host.writes()).toEqual([
        'pull --platform linux/amd64 nginx:1.27',
        `pull --platform linux/amd64 nginx@${A}`,
        `tag nginx@${A} nginx:1.27`,
      ])
    })

    test.each([
      ['the index has none', [entry(B, 'arm64', { variant: 'v8' }), entry(A, 's390x')]],
      ['its digest is none', [entry('sha256:$(id)', 'amd64')]],
    ])('%s: the image failed', async (_, manifests) => {
      const host = engine()
      host.rule(`pull@${NGINX}`, 'platform linux/arm64')
      host.index(NGINX, manifests)
      const { status, stdout } = await pull(host, plain, ['--only', 'nginx'])
      expect(status).toBe(1)
      expect(stdout).toContain('wrong-platform: ')
      expect(stdout).toContain('what came is for linux/arm64, not for linux/amd64')
      expect(host.calls('pull')).toHaveLength(1)
    })

    test('a store that has several is asked for the right one, where the engine can be asked', async () => {
      const host = engine()
      host.image(NGINX, { platform: 'linux/arm64 linux/amd64' })
      await pull(host, plain, ['--only', 'nginx'])
      expect(host.calls('pull')).toHaveLength(1)
      host.image(NGINX, { platform: 'linux/arm64 linux/amd64' })
      host.flags('inspect --platform')
      expect((await pull(host, plain, ['--only', 'nginx'])).stdout).toContain('nothing to do: nginx:1.27')
    })

    test.each<[EngineName, readonly `push --${string}`[], readonly string[]]>([
      ['docker', [], []],
      ['docker', ['push --platform'], ['--platform', 'linux/amd64']],
      ['nerdctl', [], ['--platform', 'linux/amd64']],
    ])('%s that has %j is told what to push', async (name, flags, words) => {
      const host = engine(name)
      host.flags(...flags)
      host.image(NGINX)
      host.rule('login', 'exit 0')
      expect(await push(host, plain, ['--only', 'nginx'])).toMatchObject({ status: 0 })
      expect(host.calls('push')).toEqual([['push', ...words, `${TEAM}/nginx:1.27`]])
      const dry = await push(host, plain, ['--only', 'nginx', '--dry-run'])
      expect(dry.stdout).toContain(`+ ${[name, 'push', ...words].join(' ')} ${TEAM}/nginx:1.27\n`)
    })

    test.each<[EngineName, string, boolean]>([
      ['docker', '[["driver-type","io.containerd.snapshotter.v1"]]', true],
      ['docker', '[["Backing Filesystem","extfs"]]', false],
      ['nerdctl', '', true],
      ['podman', '', false],
    ])('%s with the store %s warns of an old engine: %s', async (name, status, warns) => {
      const host = engine(name)
      host.image(NGINX)
      host.rule('login', 'exit 0')
      host.rule('info', `out ${status}`, 'exit 0')
      for (const out of [plain, old]) {
        const { stderr } = await push(host, out, ['--only', 'nginx'])
        expect(stderr.includes('the images are for docker 20.10, which')).toBe(warns && out === old)
      }
    })

    test('Podman writes what it sends to a file, and the lock has it', async () => {
      const host = engine('podman')
      host.image(NGINX)
      host.podmanLogin('registry.example.com')
      host.rule('push', `digest ${A}`)
      expect(await push(host, plain, ['--only', 'nginx'])).toMatchObject({ status: 0 })
      expect(lockOf(host)).toEqual([`nginx:1.27\t-\t${TEAM}/nginx:1.27\t${A}\tlinux/amd64`])
      const dry = await push(host, plain, ['--only', 'nginx', '--dry-run'])
      expect(dry.stdout).toContain(`+ podman push ${TEAM}/nginx:1.27\n`)
    })
  })
})
