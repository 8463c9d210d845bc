import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import {
  BASHES,
  composeOf,
  type Ended,
  type EngineName,
  FakeEngine,
  generate,
  laboratory,
  pathOf,
  type ScriptOptions,
  screen,
  TOOLS,
} from './fake-engine.ts'
import { contentOf } from './image-set.ts'
import { DIGEST, FULL, IMAGES, TEAM } from './relayed.ts'

vi.setConfig({ maxConcurrency: 6, testTimeout: 90_000 })

const NAMES = ['busybox:1.36', 'acme-tool:2.0', 'langgenius-dify-api:2.0.0-beta.2', 'nginx:1.27']
const TARGETS = [...NAMES, 'minio-minio:R1', 'redis:latest'].map(name => `${TEAM}/${name}`)
const NAME = 'images-linux-amd64'
const HEADER = 'source\tsource digest\ttarget\ttarget digest\tplatform\tcontent'
const MANIFEST = `${[
  HEADER,
  ...IMAGES.map((image, index) =>
    [image, '-', TARGETS[index], '-', 'linux/amd64', contentOf(`sha256:${FULL[index]}`)].join('\t'),
  ).sort(),
].join('\n')}\n`

/** An archive of these has parts of 64 KiB up to the tenth, and ends in it. */
const BYTES = 100_000

const lab = laboratory('save')
let english = ''
let chinese = ''
let old = ''

beforeAll(async () => {
  english = await generate(join(lab, 'en'), composeOf(IMAGES), { registry: TEAM })
  chinese = await generate(join(lab, 'zh'), composeOf(IMAGES), { registry: TEAM, lang: 'zh' })
  const relay = `registry: ${TEAM}\ndeploy: { engine: docker 20.10 }\n`
  old = await generate(
    join(lab, 'old'),
    { 'docker-compose.yaml': composeOf(IMAGES), 'relay.yaml': relay },
    {},
  )
})

describe.each(BASHES)('%s', bash => {
  const ready = (...engines: readonly EngineName[]) => {
    const host = new FakeEngine(lab, bash, engines.length === 0 ? ['docker'] : engines)
    for (const image of FULL) host.image(image)
    host.bytes(BYTES)
    return host
  }
  const script = () => join(english, 'save-images.sh')
  const save = (host: FakeEngine, args: readonly string[] = [], options: ScriptOptions = {}) =>
    host.run([script(), ...args], options)
  const setOf = (host: FakeEngine, folder = NAME) => join(host.dir, folder)

  describe.concurrent('a set', () => {
    test('is one archive, what it has, and their sums', async () => {
      const host = ready()
      const done = await save(host)
      expect(done).toMatchObject({ status: 0, stderr: '' })
      expect(filesIn(setOf(host))).toEqual(['SHA256SUMS', 'images.tar', 'manifest.tsv'])
      expect(readFileSync(join(setOf(host), 'manifest.tsv'), 'utf8')).toBe(MANIFEST)
      expectWhole(setOf(host))
      expect(done.stdout).toMatch(/^\+ docker tag nginx:1\.27 registry\.example\.com\/team\/nginx:1\.27$/m)
      expect(done.stdout).toContain(`+ docker save ${TARGETS.join(' ')}\n`)
      expect(done.stdout).toContain('6 of 6 images done, 0 failed, 0 not finished')
      expect(done.stdout).toContain(
        `carry there: the folder ${NAME}, and load-images.sh\nand run there, beside them:\n  bash load-images.sh\n`,
      )
      expect(done.stdout).not.toMatch(/\x1b|hunter2/)
      expect(host.calls('save')).toHaveLength(1)
    })

    test('has parts where it is split, and compressed ones', async () => {
      for (const [flags, ending, count] of [
        [['--split', '131072'], '', 5],
        [['--split=128k'], '', 5],
        [['--split', '1M'], '', 1],
        [['--gzip'], '.gz', 0],
        [['--gzip', '--split', '64K'], '.gz', 1],
      ] as const) {
        const host = ready()
        expect(await save(host, flags)).toMatchObject({ status: 0, stderr: '' })
        const parts = Array.from({ length: count }, (_, number) => `images.tar${ending}.00${number + 1}`)
        const names = count === 0 ? [`images.tar${ending}`] : parts
        expect(filesIn(setOf(host))).toEqual(['SHA256SUMS', ...names, 'manifest.tsv'])
        expectWhole(setOf(host))
      }
    })

    test('that is there is proven and left', async () => {
      for (const flags of [[], ['--split', '128k'], ['--gzip']]) {
        const host = ready()
        await save(host, flags)
        const before = stateOf(setOf(host))
        const again = await save(host, flags)
        expect(again).toMatchObject({ status: 0, stderr: '' })
        expect(again.stdout).toContain('the set is there')
        expect(again.stdout).not.toContain('+ docker')
        expect(stateOf(setOf(host))).toEqual(before)
        expect(host.calls('save')).toHaveLength(1)
      }
    })

    test('of another form or of other images is replaced', async () => {
      const host = ready()
      writeFileSync(host.homeFile('x', ''), '')
      for (const flags of [[], ['--split', '128k'], ['--split', '256k'], ['--gzip']]) {
        const before = existsSync(setOf(host))
        const done = await save(host, flags)
        expect(done).toMatchObject({ status: 0, stderr: '' })
        expect(done.stdout.includes('it is replaced')).toBe(before)
        expectWhole(setOf(host))
      }
      expect(filesIn(setOf(host))).toEqual(['SHA256SUMS', 'images.tar.gz', 'manifest.tsv'])
      host.image('docker.io/library/nginx:1.27', { id: 'sha256:new' })
      expect((await save(host, ['--gzip'])).stdout).toContain('it is replaced')
    })

    test('of another project is left as it is; one of this project with other tags is replaced', async () => {
      const host = ready()
      await save(host)
      const manifest = join(setOf(host), 'manifest.tsv')
      const rename = (change: (source: string) => string) => {
        const [header, ...lines] = readFileSync(manifest, 'utf8').split('\n')
        const changed = lines.map(line => (line === '' ? '' : change(line)))
        writeFileSync(manifest, [header, ...changed].join('\n'))
      }
      rename(line => line.replace(/^[^:\t]+/, 'another'))
      const before = stateOf(setOf(host))
      const refused = await save(host)
      expect(refused).toMatchObject({
        status: 3,
        stderr: expect.stringContaining('a set of another project'),
      })
      expect(stateOf(setOf(host))).toEqual(before)
      writeFileSync(manifest, MANIFEST)
      rename(line => line.replace(/^([^:\t]+)[^\t]*/, '$1:older'))
      expect((await save(host)).stdout).toContain('it is replaced')
      expectWhole(setOf(host))
    })

    test('of more images than --only names is left as it is, whole or not', async () => {
      const host = ready()
      await save(host)
      for (const whole of [true, false]) {
        if (!whole) rmSync(join(setOf(host), 'SHA256SUMS'))
        const before = stateOf(setOf(host))
        const refused = await save(host, ['--only', 'nginx'])
        expect(refused).toMatchObject({
          status: 3,
          stderr: expect.stringContaining('name another folder by --to'),
        })
        expect(stateOf(setOf(host))).toEqual(before)
      }
      const one = await save(host, ['--only', 'nginx', '--to', join(host.dir, 'one')])
      expect(one).toMatchObject({ status: 0, stderr: '' })
      expect(rows(join(host.dir, 'one')).map(([source]) => source)).toEqual(['nginx:1.27'])
      // What --only names, and more, may take its place.
      expect(await save(host, ['--only', '*', '--to', join(host.dir, 'one')])).toMatchObject({ status: 0 })
      expect(rows(join(host.dir, 'one'))).toEqual(rows(setOf(host)))
    })

    test('a damaged one is written again from there', async () => {
      for (const flags of [[], ['--split', '128k']]) {
        const host = ready()
        await save(host, flags)
        const name = flags.length === 0 ? 'images.tar' : 'images.tar.003'
        const file = join(setOf(host), name)
        const bytes = readFileSync(file)
        bytes[1000] = 0x55
        writeFileSync(file, bytes)
        const first = statSync(join(setOf(host), 'manifest.tsv')).mtimeMs
        const done = await save(host, flags)
        expect(done).toMatchObject({ status: 0 })
        expect(done.stderr).toContain(`${NAME}/${name} is not what its sum says`)
        expectWhole(setOf(host))
        expect(first).toBeGreaterThan(0)
        const sums = join(setOf(host), 'SHA256SUMS')
        writeFileSync(
          sums,
          readFileSync(sums, 'utf8').replace(/[0-9a-f]{8}(?=[0-9a-f]{56} {2}manifest)/, '01234567'),
        )
        expect(await save(host, flags)).toMatchObject({ status: 0, stderr: '' })
        expectWhole(setOf(host))
        expect(host.calls('save')).toHaveLength(2)
      }
    })

    test('has the digests of the lock file, also those that come later', async () => {
      const host = ready()
      await save(host)
      const archive = statSync(join(setOf(host), 'images.tar')).mtimeMs
      const row = ['nginx:1.27', DIGEST, `${TEAM}/nginx:1.27`, DIGEST, 'linux/amd64']
      const other = ['redis:latest', DIGEST, 'elsewhere.example.com/redis:1', DIGEST, 'linux/amd64']
      const lock = host.homeFile(
        'lock',
        `${[HEADER.slice(0, -8), row.join('\t'), other.join('\t')].join('\n')}\n`,
      )
      expect(await save(host, ['--lock', lock])).toMatchObject({ status: 0, stderr: '' })
      expect(
        rows(setOf(host))
          .find(([source]) => source === 'nginx:1.27')
          ?.slice(0, 5),
      ).toEqual(row)
      expect(rows(setOf(host)).find(([source]) => source === 'redis:latest')?.[3]).toBe('-')
      expectWhole(setOf(host))
      expect(statSync(join(setOf(host), 'images.tar')).mtimeMs).toBe(archive)
      expect(await save(host, ['--lock', '/nowhere'])).toMatchObject({ status: 2, stdout: '' })
    })

    test('goes to any folder, and leaves the files of others alone', async () => {
      const names = ['it\'s a $(touch canary) "set" 目录', '-rf', '--only', 'a/deep/one', '*', 'with/slash/']
      for (const name of names) {
        const host = ready()
        if (name === '*') {
          mkdirSync(setOf(host, name))
          writeFileSync(join(setOf(host, name), 'notes.txt'), 'mine')
          writeFileSync(join(setOf(host, name), 'images.tar.old'), 'mine')
        }
        const done = await save(host, [`--to=${name}`, '--split', '128k'])
        expect(done).toMatchObject({ status: 0, stderr: '' })
        expectWhole(setOf(host, name))
        expect(existsSync(join(host.dir, 'canary'))).toBe(false)
        if (name === '*') expect(readFileSync(join(setOf(host, name), 'images.tar.old'), 'utf8')).toBe('mine')
        expect(await save(host, [`--to=${name}`, '--split', '128k'])).toMatchObject({ status: 0 })
        expect(host.calls('save')).toHaveLength(1)
      }
    })

    test('is named as it has to be named elsewhere', async () => {
      for (const [name, place, from] of [
        ['deep/a set//', 'deep/a set', ' --from a\\ set'],
        ['.', '', ''],
        ['./', '', ''],
        [`../${NAME}/below/..`, '', ''],
        ['below', 'below', ' --from below'],
        ['below/..//', '', ''],
        [`../${NAME}/`, `../${NAME}`, ''],
      ] as const) {
        const host = ready()
        mkdirSync(join(setOf(host), 'below'), { recursive: true })
        const done = await save(host, ['--to', name], { cwd: setOf(host) })
        expect(done).toMatchObject({ status: 0, stderr: '' })
        expect(done.stdout).toContain(
          `carry there: the folder ${place || setOf(host)}, and load-images.sh\nand run there, beside them:\n  bash load-images.sh${from}\n`,
        )
      }
    })

    test('is not made where others have files of these names', async () => {
      for (const name of ['images.tar', 'images.tar.gz', 'images.tar.001', 'manifest.tsv', 'SHA256SUMS']) {
        const host = ready()
        mkdirSync(setOf(host))
        writeFileSync(join(setOf(host), name), 'mine')
        const refused = await save(host)
        expect(refused).toMatchObject({ status: 3, stderr: expect.stringContaining('belong to none') })
        expect(filesIn(setOf(host))).toEqual([name])
        expect(host.writes()).toEqual([])
      }
      const host = ready()
      await save(host)
      const canary = host.homeFile('canary', 'mine')
      rmSync(join(setOf(host), 'images.tar'))
      symlinkSync(canary, join(setOf(host), 'images.tar'))
      expect(await save(host)).toMatchObject({ status: 3 })
      expect(readFileSync(canary, 'utf8')).toBe('mine')
    })

    test('can be read by others, whoever makes it', async () => {
      const host = ready()
      const command = [
        'sh',
        '-c',
        'umask 077; exec "$@"',
        'sh',
        pathOf('env'),
        'bash',
        script(),
        '--split',
        '128k',
      ]
      expect(
        await host.run(command, { bare: true, env: { PATH: `${host.env['PATH']}:/bin` } }),
      ).toMatchObject({ status: 0 })
      for (const file of filesIn(setOf(host)))
        expect(statSync(join(setOf(host), file)).mode & 0o777).toBe(0o644)
      expect(statSync(setOf(host)).mode & 0o777).toBe(0o755)
    })

    test('Podman, also under the name of docker, and nerdctl', async () => {
      const podman = ready('podman')
      expect(await save(podman)).toMatchObject({ status: 0, stderr: '' })
      const named = TARGETS.join(' ')
      const flags = '--multi-image-archive --format docker-archive'
      expect(podman.calls('save').map(words => words.join(' '))).toEqual([`save ${flags} ${named}`])
      expectWhole(setOf(podman))
      const docker = ready()
      docker.play('podman')
      expect((await save(docker)).stdout).toContain(`+ docker save ${flags} ${named}\n`)
      const nerdctl = ready('nerdctl')
      nerdctl.flags('save --platform')
      expect((await save(nerdctl)).stdout).toContain(`+ nerdctl save --platform linux/amd64 ${named}\n`)
    })

    test('sums by what there is', async () => {
      for (const tool of ['shasum', 'openssl']) {
        const host = ready()
        const path = pathWithout(host, 'sha256sum', tool)
        expect(await save(host, ['--split', '128k'], { env: { PATH: path } })).toMatchObject({
          status: 0,
          stderr: '',
        })
        expectWhole(setOf(host))
      }
      const host = ready()
      const none = await save(host, [], { env: { PATH: pathWithout(host, 'sha256sum') } })
      expect(none).toMatchObject({ status: 3, stderr: expect.stringContaining('install sha256sum') })
    })
  })

  describe.concurrent('before anything starts', () => {
    test('--help, --list and --dry-run', async () => {
      const host = ready()
      const help = await save(host, ['--help'])
      expect(help.stdout).toMatch(/--to DIR.*--split SIZE.*4000m.*--gzip.*--only PATTERN.*Exit status/s)
      expect((await host.run([join(chinese, 'save-images.sh'), '-h'])).stdout).toContain('用法')
      const list = await save(host, ['--list'])
      expect(list.stdout).toBe(IMAGES.map((image, index) => `${image}\t${TARGETS[index]}\n`).join(''))
      const dry = await save(host, ['--dry-run', '--only', 'nginx', '--only', 'redis'])
      expect(dry).toMatchObject({ status: 0, stderr: '' })
      expect(dry.stdout).toBe(
        `+ docker tag nginx:1.27 ${TEAM}/nginx:1.27\n+ docker tag redis:latest ${TEAM}/redis:latest\n` +
          `+ docker save ${TEAM}/nginx:1.27 ${TEAM}/redis:latest\n`,
      )
      expect(host.writes()).toEqual([])
      expect(existsSync(setOf(host))).toBe(false)
    })

    test('what is no size, no flag and no folder is refused', async () => {
      const host = ready()
      const sizes = [
        '',
        '0',
        '1',
        '65535',
        '63k',
        '-1m',
        '1.5g',
        '4gb',
        'm',
        '0x10000',
        '08g',
        ' 1g',
        '9'.repeat(30),
      ]
      for (const size of sizes)
        expect([size, (await save(host, [`--split=${size}`])).status]).toEqual([size, 2])
      for (const flags of [
        ['--to', ''],
        ['--to'],
        ['--jobs', '2'],
        ['--shard', '1/2'],
        ['--retries', '1'],
        ['x'],
      ])
        expect([flags, (await save(host, flags)).status]).toEqual([flags, 2])
      expect(host.calls()).toEqual([])
    })

    test('what is missing or for another platform is listed, all of it', async () => {
      const host = ready()
      const part = new FakeEngine(lab, bash)
      part.image('docker.io/library/nginx:1.27')
      part.image('docker.io/library/redis:latest', { platform: 'linux/arm64' })
      const refused = await save(part)
      expect(refused.status).toBe(3)
      expect(refused.stderr.match(/^not here: /gm)).toHaveLength(4)
      expect(refused.stderr).toContain('wrong platform: redis:latest is here for linux/arm64')
      expect(refused.stderr).toContain('nothing was saved')
      expect(part.writes()).toEqual([])
      expect(existsSync(setOf(part))).toBe(false)
      expect(host.calls()).toEqual([])
    })

    test('the engine, gzip and the folder', async () => {
      const stopped = ready()
      stopped.rule(
        'ps',
        'err Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?',
        'exit 1',
      )
      expect(await save(stopped)).toMatchObject({
        status: 3,
        stderr: expect.stringContaining('does not answer'),
      })
      const host = ready()
      for (const [flag, tool] of [
        ['--gzip', 'gzip'],
        ['--split=64k', 'split'],
      ] as const) {
        const env = { PATH: pathWithout(host, tool) }
        const stderr = expect.stringContaining(`${tool} is not installed; run without`)
        expect(await save(host, [flag], { env })).toMatchObject({ status: 3, stderr })
        expect(await save(host, [], { env })).toMatchObject({ status: 0 })
      }
      const file = host.homeFile('file', '')
      for (const folder of [file, `${file}/below`, '/proc/nowhere'])
        expect(await save(host, ['--no-space-check', '--to', folder])).toMatchObject({
          status: 3,
          stderr: expect.stringContaining('--to'),
        })
    })

    test('too little room', async () => {
      const host = ready()
      df(host, 500)
      const refused = await save(host)
      expect(refused).toMatchObject({ status: 3 })
      expect(refused.stderr).toMatch(
        /too little room in .*: up to 695\.5 kB more are needed, 512\.0 kB are free/,
      )
      expect([existsSync(setOf(host)), host.writes()]).toEqual([false, []])
      // Images share layers: all that the engine has is less.
      host.store('400.5kB')
      expect(await save(host)).toMatchObject({
        status: 0,
        stdout: expect.stringMatching(/^room: 486\.0 kB at most in /),
      })
      host.forget('system')
      host.store('1.25GB')
      df(host, 0)
      expect(await save(host)).toMatchObject({ status: 0 })
      expect(await save(host, ['--to', 'other'])).toMatchObject({ status: 3 })
      expect(await save(host, ['--to', 'other', '--no-space-check'])).toMatchObject({ status: 0, stderr: '' })
    })

    test('more parts than their names have room for', async () => {
      const host = ready()
      host.bytes(12_000_000)
      df(host, 500)
      expect((await save(host, ['--split', '64k'])).stderr).toContain(
        'these may become 1155 parts, and a set has 999 at most; --split 1m is large enough\n',
      )
      expect((await save(host, ['--split', '1m'])).stderr).not.toContain('parts')
    })

    test('room for what the engine puts aside', async () => {
      const host = ready()
      host.rule('info', `out ${host.home}`, 'exit 0')
      df(host, 1000)
      const refused = await save(host)
      expect(refused).toMatchObject({ status: 3 })
      expect(refused.stdout).toMatch(
        /^room: 695\.5 kB at most in images-linux-amd64, and as much in \S+\/home while/,
      )
      expect(refused.stderr).toContain('up to 1.3 MB more are needed, 1.0 MB are free')
      expect(await save(host, [], { env: { DOCKER_HOST: 'ssh://far' } })).toMatchObject({ status: 0 })
    })
  })

  describe.concurrent('what goes wrong', () => {
    test('the engine fails, and the next run goes on', async () => {
      for (const flags of [[], ['--split', '128k']]) {
        const host = ready()
        host.rule('save', 'break 4')
        const failed = await save(host, [...flags, '--only', '*', '--result', 'result'])
        expect(failed.status).toBe(1)
        expect(failed.stdout).toContain(`  failed: ${NAME}: Error response from daemon: something broke`)
        expect(failed.stdout).toContain('0 of 6 images done, 6 failed')
        expect(
          readFileSync(join(host.dir, 'result'), 'utf8').match(/"state":"failed","class":"unknown"/g),
        ).toHaveLength(6)
        expect(filesIn(setOf(host))).not.toContain('SHA256SUMS')
        host.forget('save')
        const done = await retry(host, failed)
        expect(done).toMatchObject({ status: 0, stderr: '' })
        expect(done.stdout).toMatch(flags.length === 0 ? /going on: 400\.\d kB/ : /going on: 393\.2 kB/)
        expectWhole(setOf(host))
        expect(done.stdout).not.toContain('once more')
        expect(
          readFileSync(join(host.dir, 'result'), 'utf8').match(/"state":"done","class":null/g),
        ).toHaveLength(6)
      }
    })

    test('a name that cannot be given: what is there stays', async () => {
      const host = ready()
      await save(host)
      const before = stateOf(setOf(host))
      host.image(FULL[3] ?? '', { id: 'sha256:newer' })
      host.rule('tag', 'err Error response from daemon: no space left on device', 'exit 1')
      const failed = await save(host)
      expect(failed.status).toBe(1)
      expect(failed.stdout).toContain('disk-full: ')
      expect(stateOf(setOf(host))).toEqual(before)
      host.forget('tag')
      expect(await save(host)).toMatchObject({ status: 0, stderr: '' })
      expectWhole(setOf(host))
    })

    test('a name that becomes another image meanwhile', async () => {
      const host = ready()
      host.rule('save', 'sleep 1')
      const running = host.start([script()])
      await running.until(() => host.calls('save').length > 0)
      host.image(TARGETS[3] ?? '', { id: 'sha256:newer' })
      const failed = await running.done
      expect(failed.status).toBe(1)
      expect(failed.stdout).toContain(`${TARGETS[3]} became another image while it was saved`)
      expect(filesIn(setOf(host))).not.toContain('SHA256SUMS')
      host.forget('save')
      expect(await save(host)).toMatchObject({ status: 0, stderr: '' })
      expectWhole(setOf(host))
    })

    test('an engine that goes away', async () => {
      const host = ready()
      host.rule('save', 'break 2')
      // The first question is answered.
      host.rule('ps@docker.io/library/-q:latest', 'times 1', 'exit 0')
      host.rule('ps', 'err Cannot connect to the Docker daemon at unix:///x', 'exit 1')
      const failed = await save(host)
      expect(failed.status).toBe(1)
      expect(failed.stdout).toContain('    engine-gone: ')
    })

    test('an archive without end', async () => {
      for (const flags of [[], ['--gzip'], ['--split', '128k']]) {
        const host = ready()
        host.rule('save', 'cut')
        const failed = await save(host, flags)
        expect(failed.status).toBe(1)
        expect(failed.stdout).toMatch(/failed: \S+: the archive has no end\n {4}truncated: /)
        expect(filesIn(setOf(host))).not.toContain('SHA256SUMS')
        host.forget('save')
        expect(await save(host, flags)).toMatchObject({ status: 0 })
        expectWhole(setOf(host))
      }
    })

    test('an engine that sends other bytes each time', async () => {
      for (const flags of [[], ['--split', '128k'], ['--gzip']]) {
        const host = ready()
        host.rule('save', 'other', 'break 5')
        expect(await save(host, flags)).toMatchObject({ status: 1 })
        host.rule('save', 'other')
        const done = await save(host, flags)
        expect(done).toMatchObject({ status: 0, stderr: '' })
        expect(done.stdout).toMatch(flags[0] === '--gzip' ? /once more|put right/ : /are put right: \d+\n/)
        expectWhole(setOf(host))
        // Without cmp nothing can be put right.
        const other = ready()
        other.rule('save', 'other', 'break 5')
        const env = { PATH: pathWithout(other, 'cmp') }
        expect(await save(other, flags, { env })).toMatchObject({ status: 1 })
        other.rule('save', 'other')
        const anew = await save(other, flags, { env })
        expect(anew).toMatchObject({ status: 0, stderr: '' })
        expect(anew.stdout).toContain('writing all of it once more')
        expectWhole(setOf(other))
      }
    })

    test('what is kept is of something else', async () => {
      for (const flags of [[], ['--split', '128k']]) {
        const host = ready()
        host.rule('save', 'break 4')
        await save(host, flags)
        const name = flags.length === 0 ? 'images.tar.partial' : 'images.tar.partial.aab'
        const size = statSync(join(setOf(host), name)).size
        writeFileSync(join(setOf(host), name), Buffer.alloc(size, 'x'))
        host.forget('save')
        const done = await save(host, flags)
        expect(done).toMatchObject({ status: 0, stderr: '' })
        expect(done.stdout).toContain('writing all of it once more')
        expectWhole(setOf(host))
      }
    })

    test('a disk that is full, or takes no large files', async () => {
      const host = ready()
      const limited = ['sh', '-c', 'ulimit -f 400; exec "$@"', 'sh', pathOf('env'), 'bash', script()]
      const env = { PATH: `${host.env['PATH']}:/bin` }
      const failed = await host.run(limited, { bare: true, env })
      expect(failed.status).toBe(1)
      expect(failed.stdout).toMatch(/ {4}file-too-large: .*\n {4}cure: .*--split 4000m/)
      expect(await host.run([...limited, '--split', '128k'], { bare: true, env })).toMatchObject({
        status: 0,
      })
      expectWhole(setOf(host))
      for (const [tool, flags] of [
        ['split', ['--split', '128k']],
        ['cat', []],
      ] as const) {
        const full = ready()
        const bin = join(full.dir, 'bin', tool)
        // The cat that fails is the one that has an open file to append to.
        const when =
          tool === 'cat'
            ? 'case $(readlink /proc/$$/fd/1) in *.partial) ;; *) exec /bin/cat "$@" ;; esac\n'
            : ''
        writeFileSync(
          bin,
          `#!/bin/sh\n${when}head -c 300000 >/dev/null\ncase \${LC_ALL-} in C) ;; *) echo '${tool}: 写入错误: 设备上没有空间' >&2; exit 1 ;; esac\necho '${tool}: write error: No space left on device' >&2\nexit 1\n`,
        )
        chmodSync(bin, 0o755)
        const told = await save(full, flags, { env: { LANG: 'zh_CN.UTF-8', LANGUAGE: 'zh_CN' } })
        expect(told.status).toBe(1)
        expect(told.stdout).toMatch(
          / {4}disk-full: the disk is full\n {4}cure: make room for images-linux-amd64, or name /,
        )
        rmSync(bin)
        expect(await save(full, flags)).toMatchObject({ status: 0 })
        expectWhole(setOf(full))
      }
    })

    test('a set that may not be read or removed, and a disk that fails', async () => {
      for (const [tool, text, told] of [
        ['sha256sum', 'Permission denied', 'permission: this user'],
        ['rm', 'Operation not permitted', 'permission: this user'],
        ['split', 'Input/output error', 'disk-fault: the disk'],
        ['split', 'Read-only file system', 'disk-fault: the disk'],
      ] as const) {
        const host = ready()
        await save(host, ['--split', '128k'])
        if (tool !== 'sha256sum') rmSync(join(setOf(host), 'SHA256SUMS'))
        if (tool === 'split') rmSync(join(setOf(host), 'images.tar.003'))
        const bin = join(host.dir, 'bin', tool)
        const real = pathOf(tool)
        const file = tool === 'sha256sum' ? '$(readlink /proc/$$/fd/0)' : '$*'
        const when = `case "${file}" in *images.tar*) ;; *) exec ${real} "$@" ;; esac\n`
        writeFileSync(bin, `#!/bin/sh\n${when}echo '${tool}: x: ${text}' >&2\nexit 1\n`)
        chmodSync(bin, 0o755)
        const failed = await save(host, tool === 'rm' ? [] : ['--split', '128k'])
        expect([tool, failed.status]).toEqual([tool, 1])
        expect(failed.stdout).toContain(`x: ${text}\n    ${told}`)
      }
    })

    test('Ctrl-C, TERM and HUP: all ends, and the next run goes on', async () => {
      const signals = [
        ['SIGINT', 130],
        ['SIGTERM', 143],
        ['SIGHUP', 129],
      ] as const
      for (const [signal, status] of signals) {
        const host = ready()
        host.rule('save', 'each 0.3')
        const flags = signal === 'SIGTERM' ? ['--split', '64k'] : []
        const begun = host.start([script(), ...flags])
        await begun.until(() => sizeOf(setOf(host)) > 200_000)
        const sent = Date.now()
        begun.running.kill(signal, signal === 'SIGINT' ? 'group' : 'command')
        const ended = await begun.done
        expect(ended).toMatchObject({ status, stderr: 'interrupted\n' })
        expect(Date.now() - sent).toBeLessThan(8000)
        expect(ended.stdout).toContain('0 of 6 images done, 0 failed, 6 not finished')
        expect(filesIn(setOf(host))).not.toContain('SHA256SUMS')
        expect(filesIn(setOf(host))).not.toContain('save.lock')
        host.forget('save')
        const done = await retry(host, ended)
        expect(done).toMatchObject({ status: 0, stderr: '' })
        expect(done.stdout).toMatch(/going on: \d+\.\d kB/)
        expectWhole(setOf(host))
      }
    })

    test('an engine that hears no signal', async () => {
      const host = ready()
      host.rule('save', 'deaf', 'hang')
      const begun = host.start([script()])
      await begun.until(() => host.calls('save').length > 0)
      begun.running.kill('SIGTERM')
      expect(await begun.done).toMatchObject({ status: 143 })
    })

    test('a run that is killed leaves nothing that writes, and the next one takes over', async () => {
      for (const flags of [[], ['--split', '64k']]) {
        const host = ready()
        host.rule('save', 'each 0.3')
        const begun = host.start([script(), ...flags])
        await begun.until(() => sizeOf(setOf(host)) > 200_000)
        begun.running.kill('SIGKILL')
        await begun.done.catch(() => {})
        for (const name of readdirSync(host.tmp)) rmSync(join(host.tmp, name), { recursive: true })
        expect(filesIn(setOf(host))).toContain('save.lock')
        host.forget('save')
        const done = await save(host, flags)
        expect(done).toMatchObject({ status: 0, stderr: '' })
        expect(done.stdout).toContain('going on: ')
        expect(done.stdout).not.toContain('once more')
        expectWhole(setOf(host))
      }
    })

    test('two runs at once: the second one ends', async () => {
      const host = ready()
      host.rule('save', 'hang')
      const first = host.start([script()])
      await first.until(() => host.calls('save').length > 0)
      // The machine takes the first run for what the second one has left behind, says so, and ends it.
      const second = await save(host).catch((error: Error) => error)
      expect(second instanceof Error ? second.message : second.stderr).toContain(
        `another run writes to ${NAME} just now`,
      )
      await first.done.catch(() => {})
      for (const name of readdirSync(host.tmp)) rmSync(join(host.tmp, name), { recursive: true })
    })

    test('a lock of another machine is not taken over, one of a dead process is', async () => {
      const host = ready()
      const lock = join(setOf(host), 'save.lock')
      mkdirSync(lock, { recursive: true })
      writeFileSync(join(lock, 'owner'), '1 elsewhere save-images.sh\n')
      expect(await save(host)).toMatchObject({
        status: 3,
        stderr: expect.stringContaining(`remove ${NAME}/save.lock`),
      })
      const here = spawnSync('bash', ['-c', 'echo "$HOSTNAME"'], { encoding: 'utf8' }).stdout.trim()
      writeFileSync(join(lock, 'owner'), `${2 ** 22 - 1} ${here} save-images.sh\n`)
      expect(await save(host)).toMatchObject({ status: 0, stderr: '' })
      mkdirSync(join(setOf(host), 'save.lock'))
      expect(await save(host)).toMatchObject({ status: 0, stderr: '' })
      expect(filesIn(setOf(host))).toEqual(['SHA256SUMS', 'images.tar', 'manifest.tsv'])
    })
  })

  describe.concurrent('on a terminal', () => {
    test('a live line, erased in the end', async () => {
      const host = ready()
      host.rule('save', 'each 0.4')
      const { status, stdout } = await host.runOnTerminal([script()])
      expect(status).toBe(0)
      expect(stdout).toMatch(/\r\x1b\[K\x1b\[\?7lsaving: [1-5]00\.\d kB, \d+s\x1b\[\?7h/)
      expect(stdout).toContain('\x1b[32msaved and read back: ')
      expect(screen(stdout)).not.toMatch(/saving: /)
      const plain = await ready().runOnTerminal([script()], { TERM: 'dumb' })
      expect(plain.stdout).not.toMatch(/\x1b|saving: /)
    })

    test('Ctrl-C', async () => {
      const host = ready()
      host.rule('save', 'each 2')
      const { status, stdout } = await host.runOnTerminal([script()], {}, output =>
        /saving: [1-5]00/.test(output),
      )
      expect(status).toBe(130)
      expect(screen(stdout)).toContain('0 of 6 images done, 0 failed, 6 not finished')
      expect(screen(stdout)).toContain('interrupted')
      host.forget('save')
      expect((await save(host)).stdout).toContain('going on: ')
      expectWhole(setOf(host))
    })
  })

  describe.concurrent('other systems', () => {
    test('sizes with blanks before them, as BSD prints them', async () => {
      const host = ready()
      const wc = join(host.dir, 'bin/wc')
      writeFileSync(wc, `#!/bin/sh\nprintf '%8s\\n' "$(${pathOf('wc')} "$@")"\n`)
      chmodSync(wc, 0o755)
      host.rule('save', 'break 3')
      expect(await save(host, ['--split', '64k'])).toMatchObject({ status: 1 })
      host.forget('save')
      const done = await save(host, ['--split', '64k'])
      expect(done).toMatchObject({ status: 0, stderr: '' })
      expect(done.stdout).toContain('going on: 262.1 kB')
      expectWhole(setOf(host))
      expect((await save(host, ['--split', '64k'])).stdout).toContain('the set is there')
    })

    test.skipIf(!existsSync('/usr/bin/busybox'))('the programs of BusyBox', async () => {
      const host = ready()
      const folder = join(host.dir, 'busybox')
      mkdirSync(folder)
      const applets = spawnSync('/usr/bin/busybox', ['--list'], { encoding: 'utf8' }).stdout.split('\n')
      for (const name of TOOLS.filter(tool => applets.includes(tool)))
        symlinkSync('/usr/bin/busybox', join(folder, name))
      const env = { PATH: `${join(host.dir, 'bin')}:${folder}:${host.env['PATH']}` }
      for (const flags of [[], ['--split', '64k'], ['--gzip']]) {
        host.rule('save', 'other', 'break 3')
        expect(await save(host, flags, { env })).toMatchObject({ status: 1 })
        host.rule('save', 'other')
        const done = await save(host, flags, { env })
        expect(done).toMatchObject({ status: 0, stderr: '' })
        expect(done.stdout).toContain('going on: ')
        expectWhole(setOf(host))
        expect((await save(host, flags, { env })).stdout).toContain('the set is there')
      }
    })

    test('an engine whose layers an old one may not read is told of', async () => {
      const host = ready()
      host.rule('info', 'out [["driver-type","io.containerd.snapshotter.v1"]]', 'exit 0')
      host.flags('save --platform')
      const warned = await host.run([join(old, 'save-images.sh')])
      expect(warned).toMatchObject({
        status: 0,
        stderr: expect.stringContaining('the images are for docker 20.10, which'),
      })
      expect(warned.stdout).toContain('+ docker save --platform linux/amd64 ')
      expect(await host.run([join(english, 'save-images.sh'), '--to', 'other'])).toMatchObject({
        status: 0,
        stderr: '',
      })
    })
  })

  /** Runs the command that a script printed for what is left. */
  const retry = (host: FakeEngine, { stdout }: Ended) => {
    const command = /to run what is left:\n {2}(.*)/.exec(stdout)?.[1] ?? ''
    return host.run([pathOf('env'), 'bash', '-c', command], { bare: true })
  }
})

/** PATH with all tools but one, and perhaps another one of the system. */
function pathWithout(host: FakeEngine, tool: string, instead?: string): string {
  const folders = (host.env['PATH'] ?? '').split(':')
  const folder = join(host.dir, `without-${tool}-${instead}`)
  mkdirSync(folder)
  for (const from of folders)
    for (const name of readdirSync(from))
      if (name !== tool && !existsSync(join(folder, name))) symlinkSync(join(from, name), join(folder, name))
  if (instead !== undefined) symlinkSync(pathOf(instead), join(folder, basename(instead)))
  return folder
}

/** So many KiB are free everywhere. */
function df(host: FakeEngine, kib: number): void {
  const bin = join(host.dir, 'bin/df')
  writeFileSync(
    bin,
    `#!/bin/sh\nprintf 'Filesystem 1024-blocks Used Available Capacity Mounted on\\n/dev/x 9 9 ${kib} 1%% /\\n'\n`,
  )
  chmodSync(bin, 0o755)
}

function filesIn(set: string): string[] {
  return readdirSync(set).sort()
}

/** What a set's files are, and when they were written. */
function stateOf(set: string) {
  return filesIn(set).map(name => [
    name,
    statSync(join(set, name)).mtimeMs,
    readFileSync(join(set, name)).length,
  ])
}

function rows(set: string): readonly (readonly string[])[] {
  const [, ...lines] = readFileSync(join(set, 'manifest.tsv'), 'utf8').trimEnd().split('\n')
  return lines.map(line => line.split('\t'))
}

/** How many bytes of an archive are there. */
function sizeOf(set: string): number {
  if (!existsSync(set)) return 0
  const names = readdirSync(set).filter(name => name.startsWith('images.tar'))
  return names.reduce(
    (sum, name) => sum + (statSync(join(set, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  )
}

/** Expects that a set is whole: every file has its sum, and the archive has every image of the manifest, and its end. */
function expectWhole(set: string): void {
  const sums = readFileSync(join(set, 'SHA256SUMS'), 'utf8').trimEnd().split('\n')
  const names = sums.map(line => line.slice(66))
  expect(names).toEqual([...names].sort())
  for (const line of sums) {
    const sum = createHash('sha256')
      .update(readFileSync(join(set, line.slice(66))))
      .digest('hex')
    expect(line).toBe(`${sum}  ${line.slice(66)}`)
  }
  const parts = names.filter(name => name.startsWith('images.tar'))
  expect(filesIn(set).filter(name => /^images\.tar(\.gz)?(\.\d{3}|\.partial.*)?$/.test(name))).toEqual(parts)
  const joined = Buffer.concat(parts.map(name => readFileSync(join(set, name))))
  const archive = parts[0]?.includes('.gz') ? gunzipSync(joined) : joined
  expect(archive.subarray(-1028).toString('latin1')).toBe(`end\n${'\0'.repeat(1024)}`)
  const images = [...archive.toString('latin1').matchAll(/^image (\S+)/gm)].map(([, name]) => name)
  expect(images.sort()).toEqual(
    rows(set)
      .map(([, , target]) => target)
      .sort(),
  )
}
