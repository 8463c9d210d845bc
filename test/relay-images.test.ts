import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { buildImage, digestOf, type ImageSpec } from './e2e/images.ts'
import { BASHES, composeOf, FakeEngine, generate, laboratory, type ScriptOptions } from './fake-engine.ts'

vi.setConfig({ maxConcurrency: 8 })

const COPIER = fileURLToPath(new URL('fake-engine/copier.sh', import.meta.url))
const ENGINE = fileURLToPath(new URL('fake-engine/engine.sh', import.meta.url))
const HOST = 'registry.example.com'
const PASSWORD = 's3cret "p\\ä$(id)'
const AUTH = Buffer.from(`robot:${PASSWORD}`).toString('base64')
const LOGIN = JSON.stringify({ auths: { [HOST]: { auth: 'cm9ib3Q6c2VjcmV0' } } })
const NO_CURL = (name: string) =>
  `curl is not here, so ${name} is asked what registries have: that takes longer, and the right to push is not known before\n`

/** Images in the shapes that registries have them in; the last one is pinned. */
const SPECS: readonly ImageSpec[] = [
  { reference: 'ghcr.io/acme/tool:2.0', platform: ['linux/arm64', 'linux/amd64'], format: 'oci' },
  { reference: 'nginx:1.27' },
  { reference: 'busybox:1.36', platform: ['linux/amd64', 'linux/s390x'] },
]
const PIN = `busybox:1.36@${named(SPECS[2] ?? { reference: '' }).top}`
const [TOOL = '', NGINX = '', BUSYBOX = ''] = SPECS.map(spec => named(spec).digest)

type Copier = 'skopeo' | 'crane' | 'regctl'

/** The digest of what a tag names, and of the image in it that is for linux/amd64. */
function named(spec: ImageSpec) {
  const { platforms, index } = buildImage(spec)
  const one = platforms.find(({ platform }) => platform === 'linux/amd64')
  return { top: (index ?? platforms[0]).digest, digest: one?.digest ?? '' }
}

const lab = laboratory('relay-images')
let count = 0

/** The script of a project whose only registry has these keys besides. */
const scriptFor = async (
  keys = '',
  images = [...SPECS.slice(0, 2).map(({ reference }) => reference), PIN],
) => {
  const folder = join(lab, `project-${++count}`)
  mkdirSync(folder)
  const registry = `{ host: "${HOST}", namespace: team${keys === '' ? '' : `, ${keys}`} }`
  writeFileSync(join(folder, 'relay.yaml'), `registry: r\nregistries: { r: ${registry} }\n`)
  return join(await generate(folder, composeOf(images), {}), 'relay-images.sh')
}

let usual = ''
let secret = ''
let insecure = ''
beforeAll(async () => {
  usual = await scriptFor()
  secret = await scriptFor('username-env: LAB_USERNAME, password-env: LAB_PASSWORD')
  insecure = await scriptFor('insecure: true')
})

describe.concurrent.each(BASHES)('%s', bash => {
  /** A machine without engine and without curl, with these programs. */
  const machine = (...copiers: readonly Copier[]) => {
    const host = new FakeEngine(lab, bash, [])
    mkdirSync(join(state(host), 'configs'))
    for (const name of copiers) symlinkSync(COPIER, join(host.dir, 'bin', name))
    for (const spec of SPECS) publish(host, spec)
    host.homeFile('.docker/config.json', LOGIN)
    return host
  }
  const state = (host: FakeEngine) => host.env['FAKE_ENGINE'] ?? ''
  const put = (host: FakeEngine, kind: 'manifests' | 'configs', name: string, content: Buffer) =>
    writeFileSync(join(state(host), kind, name.replaceAll('/', '%')), content)

  /** Lets registries have an image, by its tag and by its digests, under its own name or below that of a proxy. */
  const publish = (host: FakeEngine, spec: ImageSpec, proxy = '') => {
    const full =
      proxy + (spec.reference.includes('/') ? spec.reference : `docker.io/library/${spec.reference}`)
    const repository = full.replace(/:[^:/]*$/, '')
    const { platforms, index } = buildImage(spec)
    for (const { digest, body, blobs, id } of platforms) {
      put(host, 'manifests', `${repository}@${digest}`, body)
      const config = blobs.find(blob => digestOf(blob) === id) ?? Buffer.alloc(0)
      put(host, 'configs', `${repository}@${digest}`, config)
    }
    for (const name of [full, `${repository}@${(index ?? platforms[0]).digest}`])
      put(host, 'manifests', name, (index ?? platforms[0]).body)
  }

  const has = (host: FakeEngine, target: string) => {
    const file = join(state(host), 'manifests', `${HOST}/team/${target}`.replaceAll('/', '%'))
    return existsSync(file) ? digestOf(readFileSync(file)) : null
  }
  const relay = (
    host: FakeEngine,
    args: readonly string[] = [],
    options: ScriptOptions = {},
    script = usual,
  ) => host.run([script, '--lock', join(host.dir, 'lock.tsv'), ...args], options)
  const copies = (host: FakeEngine) =>
    host
      .calls()
      .filter(call => call.includes('copy'))
      .map(call => call.join(' '))
      .sort()
  const shown = (stdout: string) =>
    stdout
      .split('\n')
      .filter(line => line.startsWith('+ '))
      .sort()

  const SOURCES = [
    `docker.io/library/busybox@${BUSYBOX}`,
    `docker.io/library/nginx@${NGINX}`,
    `ghcr.io/acme/tool@${TOOL}`,
  ]
  const TARGETS = ['busybox:1.36', 'nginx:1.27', 'acme-tool:2.0'].map(name => `${HOST}/team/${name}`)
  const commands: Readonly<Record<Copier, (source: string, target: string) => string>> = {
    skopeo: (source, target) =>
      `--override-os linux --override-arch amd64 copy --retry-times 0 --preserve-digests docker://${source} docker://${target}`,
    crane: (source, target) => `copy --platform linux/amd64 ${source} ${target}`,
    regctl: (source, target) => `image copy --platform linux/amd64 ${source} ${target}`,
  }

  test.each(['skopeo', 'crane', 'regctl'] as const)(
    '%s: the commands, the proof, and nothing to do the next time',
    async name => {
      const host = machine(name)
      const done = await relay(host)
      const untried =
        '❓ login: the engine holds a login; whether it is accepted, a push will tell; going on\n'
      expect(done).toMatchObject({ status: 0, stderr: NO_CURL(name) + untried })
      expect(done.stdout).toContain(`destination: ${HOST}/team\n`)
      expect(done.stdout).toContain('3 of 3 images done, 0 failed')
      const expected = SOURCES.map((source, at) => commands[name](source, TARGETS[at] ?? '')).sort()
      expect(copies(host)).toEqual(expected)
      expect(shown(done.stdout)).toEqual(expected.map(words => `+ ${name} ${words}`))
      expect(readFileSync(join(host.dir, 'lock.tsv'), 'utf8').split('\n').slice(1, -1)).toEqual([
        [PIN, PIN.split('@')[1], TARGETS[0], BUSYBOX, 'linux/amd64'].join('\t'),
        ...SPECS.slice(0, 2).map((spec, at) =>
          [spec.reference, named(spec).top, TARGETS[2 - at], [TOOL, NGINX][at], 'linux/amd64'].join('\t'),
        ),
      ])
      const again = await relay(host)
      expect(again).toMatchObject({ status: 0 })
      expect(again.stdout.match(/nothing to do/g)).toHaveLength(3)
      expect(copies(host)).toEqual(expected)
      expect(await relay(host, ['--verify'])).toMatchObject({ status: 0 })
    },
  )

  test('the first one that is here, or that of --with', async () => {
    const here = machine('regctl', 'crane')
    expect((await relay(here)).stdout).toContain('+ crane copy')
    const all = machine('skopeo', 'regctl', 'crane')
    const only = ['--only', 'nginx']
    expect((await relay(all, only)).stdout).toContain('+ skopeo --override-os')
    expect((await relay(machine('skopeo', 'regctl'), ['--with=regctl', ...only])).stdout).toContain(
      '+ regctl image copy',
    )
    for (const name of ['docker', '', 'Skopeo', '$(touch x)'])
      expect(await relay(all, ['--with', name])).toMatchObject({ status: 2, stdout: '' })
  })

  test('none, not the one that was asked for, and another program of that name are three messages', async () => {
    expect(await relay(machine())).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/^none of skopeo, crane and regctl is installed/),
    })
    expect(await relay(machine('skopeo'), ['--with', 'crane'])).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/^crane is not installed/),
    })
    const other = machine('crane')
    other.rule('help', 'err Error: unknown command copy', 'exit 1')
    const refused = await relay(other)
    expect(refused).toMatchObject({ status: 3 })
    expect(refused.stderr).toMatch(
      /^crane is installed, but does not know how to copy.*It says: Error: unknown command copy/,
    )
  })

  test.each([
    ['skopeo', 'skopeo'],
    ['crane', 'crane auth'],
    ['regctl', 'regctl registry'],
  ] as const)('without a login nothing is copied: %s', async (name, words) => {
    const host = machine(name)
    host.homeFile('.docker/config.json', JSON.stringify({ auths: { 'other.example.com': { auth: 'eDp5' } } }))
    const refused = await relay(host)
    expect(refused).toMatchObject({ status: 3 })
    expect(refused.stderr).toContain(`❌ login: not logged in to ${HOST}; run: ${words} login ${HOST}\n`)
    expect(refused.stderr).toMatch(/nothing was copied\n$/)
    expect(copies(host)).toEqual([])
  })

  test('logins of the own stores of skopeo and regctl count', async () => {
    const podman = machine('skopeo')
    podman.homeFile('.docker/config.json', '{}')
    podman.homeFile('.config/containers/auth.json', LOGIN)
    expect(await relay(podman)).toMatchObject({ status: 0 })
    const own = machine('regctl')
    own.homeFile('.docker/config.json', '{}')
    own.homeFile('.regctl/config.json', JSON.stringify({ hosts: { [HOST]: { user: 'robot', pass: 'x' } } }))
    expect(await relay(own)).toMatchObject({ status: 0 })
  })

  test.each(['skopeo', 'crane', 'regctl'] as const)(
    'a login of the environment is brought by a private file: %s',
    async name => {
      const host = machine(name)
      const others = { 'ghcr.io': { auth: 'Z2g6Y3I=', identitytoken: '' } }
      const docker = JSON.stringify({
        auths: { [HOST]: { auth: 'b2xkOm9sZA==' }, ...others },
        credHelpers: { 'quay.io': 'pass', [HOST]: 'old' },
        credsStore: 'desktop',
      })
      const regctl = JSON.stringify({
        hosts: { [HOST]: { user: 'old', mirrors: ['a', 'b'] }, 'ghcr.io': { tls: 'enabled', user: 'gh' } },
        hostDefault: { tls: 'enabled' },
      })
      const files = [
        host.homeFile('.docker/config.json', docker),
        host.homeFile('.regctl/config.json', regctl),
      ]
      const env = { LAB_USERNAME: 'robot', LAB_PASSWORD: PASSWORD }
      const done = await relay(host, ['--result', join(host.dir, 'result')], { env }, secret)
      expect(done).toMatchObject({ status: 0 })
      const given = readFileSync(join(state(host), 'logins'), 'utf8')
      const expected = {
        skopeo: `600 auth.json: {"auths":{"${HOST}":{"auth":"${AUTH}"}}}\n`,
        crane: `600 config.json: {"auths":{"${HOST}":{"auth":"${AUTH}"},"ghcr.io":{"auth":"Z2g6Y3I=","identitytoken":""}},"credHelpers":{"${HOST}":"","quay.io":"pass"},"credsStore":"desktop"}\n`,
        // It adds the login by itself; everything else in its settings stays.
        regctl: `600 regctl.json: ${regctl}added ${PASSWORD}\n`,
      }
      expect(given).toContain(expected[name])
      const said = [
        done.stdout,
        done.stderr,
        host.calls().flat().join(' '),
        readFileSync(join(host.dir, 'result'), 'utf8'),
      ].join()
      for (const word of [PASSWORD, AUTH, 's3cret']) expect(said).not.toContain(word)
      expect(files.map(file => readFileSync(file, 'utf8'))).toEqual([docker, regctl])
    },
  )

  test('half a login is none', async () => {
    const host = machine('skopeo')
    const refused = await relay(host, [], { env: { LAB_USERNAME: 'robot' } }, secret)
    expect(refused).toMatchObject({ status: 3 })
    expect(refused.stderr).toContain(`no credentials for ${HOST}: LAB_PASSWORD is empty`)
    expect(copies(host)).toEqual([])
  })

  test('a registry that is marked insecure, and no other', async () => {
    const dry = async (name: Copier, ...args: readonly string[]) =>
      (await relay(machine(name), ['--dry-run', '--only', 'nginx', ...args], {}, insecure)).stdout
    const [source, target] = ['docker.io/library/nginx:1.27', `${HOST}/team/nginx:1.27`]
    expect(await dry('skopeo')).toBe(
      `+ skopeo --override-os linux --override-arch amd64 copy --retry-times 0 --preserve-digests --dest-tls-verify=false docker://${source} docker://${target}\n`,
    )
    expect(await dry('crane')).toBe(`+ crane copy --platform linux/amd64 --insecure ${source} ${target}\n`)
    expect(await dry('regctl')).toBe(
      `+ regctl image copy --platform linux/amd64 --host reg=${HOST}\\,tls=disabled ${source} ${target}\n`,
    )
    expect(await dry('skopeo', '--all-platforms')).toBe(
      `+ skopeo copy --retry-times 0 --preserve-digests --all --dest-tls-verify=false docker://${source} docker://${target}\n`,
    )
    expect(await dry('crane', '--all-platforms')).toBe(`+ crane copy --insecure ${source} ${target}\n`)
  })

  test('--dry-run needs no program and asks nobody; --list, --help, and what is refused', async () => {
    const host = machine()
    const dry = await relay(host, ['--dry-run'])
    expect(dry).toMatchObject({ status: 0, stderr: '' })
    expect(shown(dry.stdout)).toHaveLength(3)
    expect(dry.stdout).toContain(`docker://docker.io/library/${PIN.replace(':1.36', '')} `)
    expect(await relay(host, ['--list', '--only', 'nginx'])).toMatchObject({
      status: 0,
      stdout: `nginx:1.27\t${HOST}/team/nginx:1.27\n`,
    })
    const help = await relay(host, ['--help'])
    expect(help.stdout).toMatch(/--with NAME.*--all-platforms.*--verify.*--jobs N.*--shard K\/N.*--dry-run/s)
    for (const args of [
      ['--bogus'],
      ['nginx'],
      ['--with'],
      ['--only', '$(id)'],
      ['--jobs', '0'],
      ['--all-platforms=yes'],
    ])
      expect([args, (await relay(host, args)).status]).toEqual([args, 2])
    expect(host.calls()).toEqual([])
  })

  test('--all-platforms copies what the tag names, and one platform is copied again', async () => {
    const host = machine('crane')
    expect(await relay(host, ['--all-platforms'])).toMatchObject({ status: 0 })
    expect(has(host, 'acme-tool:2.0')).toBe(named(SPECS[0] ?? { reference: '' }).top)
    expect((await relay(host, ['--all-platforms'])).stdout.match(/nothing to do/g)).toHaveLength(3)
    const one = await relay(host)
    // That of nginx is one platform in any case.
    expect(one.stdout.match(/nothing to do/g)).toHaveLength(1)
    expect(has(host, 'acme-tool:2.0')).toBe(TOOL)
  })

  test('what is not for the platform is not copied', async () => {
    const host = machine('skopeo')
    publish(host, { reference: 'nginx:1.27', platform: 'linux/arm64' })
    publish(host, { reference: 'ghcr.io/acme/tool:2.0', platform: ['linux/arm64', 'linux/s390x'] })
    const done = await relay(host)
    expect(done).toMatchObject({ status: 1 })
    expect(done.stdout).toContain('1 of 3 images done, 2 failed')
    expect(done.stdout).toMatch(
      /failed: nginx:1\.27: the only image there is for linux\/arm64, not for linux\/amd64\n {4}wrong-platform: /,
    )
    expect(done.stdout).toMatch(
      /failed: ghcr\.io\/acme\/tool:2\.0: no image for linux\/amd64 in its index\n {4}no-platform: /,
    )
    expect(copies(host)).toHaveLength(1)
    expect(done.stdout).not.toContain('next try')
  })

  const PROXY = 'proxy.example.org:5000/hub'
  const from = (host: FakeEngine) =>
    copies(host)
      .map(words => /docker:\/\/(\S+) /.exec(words)?.[1])
      .sort()
  /** A machine and registries, among them a proxy that has what they have. */
  const withProxy = () => {
    const host = machine('skopeo')
    for (const spec of SPECS) publish(host, spec, `${PROXY}/`)
    return host
  }
  const lockOf = (host: FakeEngine) => join(host.dir, 'lock.tsv')
  /** Lets nothing be at the target, as far as the lock file knows. */
  const forgetTargets = (host: FakeEngine) => {
    const rows = readFileSync(lockOf(host), 'utf8')
    writeFileSync(lockOf(host), rows.replace(/(\tregistry[^\t]*)\tsha256:\w+/g, '$1\t-'))
    writeFileSync(join(state(host), 'calls'), '')
  }

  test('a proxy is held to the digest of the pin or of the lock file, and asked before the registry itself', async () => {
    const host = withProxy()
    const first = await relay(host, ['--via', PROXY])
    expect(first).toMatchObject({ status: 0 })
    for (const { reference } of SPECS.slice(0, 2))
      expect(first.stdout).toContain(`${reference}: no digest is known that a proxy could be held to`)
    expect(from(host)).toEqual([SOURCES[1], SOURCES[2], `${PROXY}/${SOURCES[0]}`])
    const lock = readFileSync(lockOf(host), 'utf8')
    expect((await relay(host, ['--via', PROXY])).stdout.match(/nothing to do/g)).toHaveLength(3)
    forgetTargets(host)
    expect(await relay(host, ['--via', PROXY])).toMatchObject({ status: 0 })
    expect(from(host)).toEqual(SOURCES.map(source => `${PROXY}/${source}`))
    expect(host.calls().filter(call => !call.join(' ').includes(PROXY) && call.includes('copy'))).toEqual([])
    expect(readFileSync(lockOf(host), 'utf8')).toBe(lock)
  })

  test('another image, none, or one that cannot be copied: the next proxy, then the registry itself', async () => {
    const host = machine('skopeo')
    expect(await relay(host)).toMatchObject({ status: 0 })
    const lock = readFileSync(lockOf(host), 'utf8')
    forgetTargets(host)
    const [tool, nginx, busybox] = SPECS
    if (tool === undefined || nginx === undefined || busybox === undefined) throw new Error('no images')
    publish(host, { ...nginx, revision: 'another' }, `${PROXY}/`)
    const seeming = `${PROXY}/ghcr.io/acme/tool:2.0`
    put(host, 'manifests', seeming, readFileSync(join(state(host), 'manifests', 'ghcr.io%acme%tool:2.0')))
    publish(host, busybox, 'second.example.org/')
    const { status, stdout } = await relay(host, ['--via', PROXY, '--via', 'second.example.org'])
    expect(status).toBe(0)
    expect(stdout).toContain(`${PROXY}/docker.io/library/nginx:1.27 is not what it must be: it has sha256:`)
    expect(from(host)).toEqual(
      [`${PROXY}/${SOURCES[2]}`, `second.example.org/${SOURCES[0]}`, ...SOURCES.slice(1)].sort(),
    )
    expect(readFileSync(lockOf(host), 'utf8')).toBe(lock)
  })

  test('--trust-via takes what a proxy has, and does not write down that it came from there', async () => {
    const host = withProxy()
    const done = await relay(host, ['--via', PROXY, '--trust-via'])
    expect(done).toMatchObject({ status: 0 })
    expect(done.stdout).not.toContain('could be held to')
    expect(from(host)).toEqual(SOURCES.map(source => `${PROXY}/${source}`))
    const digests = readFileSync(lockOf(host), 'utf8')
      .split('\n')
      .slice(1, -1)
      .map(row => row.split('\t')[1])
    expect(digests).toEqual([PIN.split('@')[1], '-', '-'])
  })

  /** Lets the registry of an image itself have it no more. */
  const remove = (host: FakeEngine, name: string) =>
    rmSync(join(state(host), 'manifests', name.replaceAll('/', '%')))

  test('what fails through a proxy and may pass is tried again there, whatever the registry itself says', async () => {
    const host = withProxy()
    const proxied = ['--via', PROXY, '--only', 'nginx']
    expect(await relay(host, ['--only', 'nginx'])).toMatchObject({ status: 0 })
    remove(host, 'docker.io/library/nginx:1.27')
    forgetTargets(host)
    const busy = 'err writing blob: received unexpected HTTP status: 503 Service Unavailable'
    host.rule(`copy@${HOST}/team/nginx:1.27`, 'times 2', busy, 'exit 1')
    const written = await relay(host, proxied)
    expect(written).toMatchObject({ status: 0 })
    expect(written.stdout.match(/again: nginx:1\.27: the registry is in trouble; next try in/g)).toHaveLength(
      2,
    )
    expect(written.stdout).toContain(`nginx:1.27 does not come through ${PROXY}: writing blob: received`)
    forgetTargets(host)
    host.rule(`inspect@${PROXY}/docker.io/library/nginx:1.27`, 'times 1', 'err TOOMANYREQUESTS', 'exit 1')
    const read = await relay(host, proxied)
    expect(read).toMatchObject({ status: 0 })
    expect(read.stdout).toContain('again: nginx:1.27: the registry wants fewer requests; next try in')
    expect(from(host)).toEqual([`${PROXY}/${SOURCES[1]}`])
  })

  test('where nothing here makes sums no proxy can be held to one', async () => {
    const host = machine('crane')
    expect(await relay(host)).toMatchObject({ status: 0 })
    const lock = readFileSync(lockOf(host), 'utf8')
    forgetTargets(host)
    const tool = SPECS[0] ?? { reference: '' }
    publish(host, { ...tool, revision: 'another' }, `${PROXY}/`)
    const bin = join(host.dir, 'no-sums')
    mkdirSync(bin)
    for (const folder of (host.env['PATH'] ?? '').split(':'))
      for (const name of readdirSync(folder))
        if (!['crane', 'sha256sum', ...readdirSync(bin)].includes(name))
          symlinkSync(join(folder, name), join(bin, name))
    // What the proxy says that it has is not what it sends.
    const lie = `case "$*" in "digest ${PROXY}"*) printf '%s\\n' ${named(tool).top} ;; *) exec ${join(host.dir, 'bin/crane')} "$@" ;; esac`
    writeFileSync(join(bin, 'crane'), `#!/bin/sh\n${lie}\n`, { mode: 0o755 })
    const done = await relay(host, ['--via', PROXY, '--only', '*tool*'], { env: { PATH: bin } })
    expect(done).toMatchObject({ status: 0, stderr: expect.stringContaining('install sha256sum') })
    expect(done.stdout).not.toContain(PROXY)
    expect(has(host, 'acme-tool:2.0')).toBe(TOOL)
    expect(readFileSync(lockOf(host), 'utf8').split('\n')[2]).toBe(lock.split('\n')[2])
  })

  test('what was taken on trust is not taken for what a pull learns of later', async () => {
    const host = machine('skopeo')
    publish(host, { ...(SPECS[1] ?? { reference: '' }), revision: 'another' }, `${PROXY}/`)
    expect(await relay(host, ['--via', PROXY, '--trust-via', '--only', 'nginx'])).toMatchObject({ status: 0 })
    expect(has(host, 'nginx:1.27')).not.toBe(NGINX)
    symlinkSync(ENGINE, join(host.dir, 'bin/docker'))
    host.rule('pull@docker.io/library/nginx:1.27', `digest ${NGINX}`)
    const pull = usual.replace('relay-images.sh', 'pull-all-images-linux-amd64.sh')
    expect(await host.run([pull, '--lock', lockOf(host), '--only', 'nginx'])).toMatchObject({ status: 0 })
    const row = `nginx:1.27\t${NGINX}\t${HOST}/team/nginx:1.27`
    expect(readFileSync(lockOf(host), 'utf8')).toContain(`${row}\t-\tlinux/amd64\n`)
    expect(await relay(host, ['--only', 'nginx'])).toMatchObject({ status: 0 })
    expect(has(host, 'nginx:1.27')).toBe(NGINX)
    expect(readFileSync(lockOf(host), 'utf8')).toContain(`${row}\t${NGINX}\tlinux/amd64\n`)
  })

  test('--dry-run shows the proxy where it would be asked', async () => {
    const host = withProxy()
    const { stdout } = await relay(host, ['--via', PROXY, '--dry-run'])
    expect(stdout).toContain(` docker://${PROXY}/docker.io/library/busybox@${PIN.split('@')[1]} `)
    expect(stdout).toContain(' docker://docker.io/library/nginx:1.27 ')
    expect((await relay(host, ['--via', PROXY, '--trust-via', '--dry-run'])).stdout).toContain(
      ` docker://${PROXY}/docker.io/library/nginx:1.27 `,
    )
  })

  test('what is missing is asked for once; what is pinned has to be what it is pinned by', async () => {
    const host = machine('crane')
    const gone = await scriptFor('', ['gone:1'])
    const done = await relay(host, [], {}, gone)
    expect(done.stdout).toMatch(
      /failed: gone:1: reading manifest in "docker.io%library%gone:1": manifest unknown\n {4}not-found: /,
    )
    expect(host.calls().filter(call => call.includes('manifest'))).toHaveLength(1)
    put(host, 'manifests', `docker.io/library/${PIN.replace(':1.36', '')}`, Buffer.from('{"manifests":[]}'))
    const forged = await relay(host, ['--only', 'busybox', '--retries', '1'])
    expect(forged).toMatchObject({ status: 1 })
    expect(forged.stdout).toMatch(/is not what it must be: it has sha256:.*, not sha256:/)
    expect(copies(host)).toEqual([])
  })

  test('a failure that may pass is tried again, and one that cannot is not', async () => {
    const fatal = (text: string) => `err time="2026-01-01T00:00:00Z" level=fatal msg="${text}"`
    const host = machine('skopeo')
    host.rule(
      `copy@${HOST}/team/nginx:1.27`,
      'times 1',
      fatal(
        'writing blob: initiating layer upload to /v2/x in registry.example.com: received unexpected HTTP status: 503 Service Unavailable',
      ),
      'exit 1',
    )
    host.rule(
      `copy@${HOST}/team/acme-tool:2.0`,
      fatal('writing blob: initiating layer upload: requested access to the resource is denied'),
      'exit 1',
    )
    const env = { CONTAINER_ENGINE: 'podman' }
    const done = await relay(host, ['--result', join(host.dir, 'result')], { env })
    expect(done).toMatchObject({ status: 1 })
    expect(done.stdout).toContain('2 of 3 images done, 1 failed')
    expect(done.stdout).toMatch(/again: nginx:1\.27: the registry is in trouble; next try in/)
    expect(done.stdout).toMatch(/failed: ghcr\.io\/acme\/tool:2\.0: writing blob: .*\n {4}denied: /)
    expect(done.stdout).toMatch(/^ {2}bash \S+ --lock \S+ --result \S+ --only ghcr\.io\/acme\/tool:2\.0$/m)
    const results = readFileSync(join(host.dir, 'result'), 'utf8')
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(results.map(({ state, class: kind, tries }) => [state, kind, tries])).toEqual([
      ['done', null, 1],
      ['failed', 'denied', 1],
      ['done', null, 2],
    ])
    host.forget(`copy@${HOST}/team/acme-tool:2.0`)
    expect((await relay(host)).stdout.match(/nothing to do/g)).toHaveLength(2)
  })

  test('done is only what the registry has', async () => {
    const host = machine('skopeo')
    host.rule(`copy@${HOST}/team/nginx:1.27`, 'exit 0')
    const lost = await relay(host, ['--only', 'nginx'])
    expect(lost).toMatchObject({ status: 1 })
    expect(lost.stdout).toMatch(/failed: nginx:1\.27: the registry does not have .*\n {4}digest: /)
    expect(existsSync(join(host.dir, 'lock.tsv'))).toBe(false)
  })

  test('429: one image at a time from then on', async () => {
    const host = machine('crane')
    host.rule('copy', 'times 1', 'err TOOMANYREQUESTS: too many requests', 'exit 1')
    const done = await relay(host, ['--jobs', '3'])
    expect(done).toMatchObject({ status: 0 })
    expect(done.stdout).toContain('going on with one image at a time')
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('%s ends all copies', async signal => {
    const host = machine('skopeo')
    host.rule('copy', 'hang')
    const script = host.start([usual, '--lock', join(host.dir, 'lock.tsv')])
    await script.until(() => copies(host).length === 3)
    script.running.kill(signal, 'group')
    const ended = await script.done
    expect(ended.status).toBe(signal === 'SIGINT' ? 130 : 143)
    expect(ended.stdout).toContain('0 of 3 images done, 0 failed, 3 not finished')
    host.forget('copy')
    expect(await relay(host)).toMatchObject({ status: 0 })
  })

  test('in Chinese', async () => {
    const folder = join(lab, `chinese-${bash.replaceAll('/', '-')}`)
    const out = await generate(folder, composeOf(['nginx:1.27']), { registry: `${HOST}/team`, lang: 'zh' })
    const done = await relay(machine(), [], {}, join(out, 'relay-images.sh'))
    expect(done).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('没有安装 skopeo、crane 或 regctl'),
    })
  })
})
