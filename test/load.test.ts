import {
  appendFileSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
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
import { contentOf, makeSet, type SetImage, type SetOptions, sumOf, writeSet } from './image-set.ts'
import { DIGEST, FULL, IMAGES, PINNED, TEAM } from './relayed.ts'

vi.setConfig({ maxConcurrency: 8 })

const TARGETS = [
  `${TEAM}/busybox:1.36`,
  `${TEAM}/acme-tool:2.0`,
  `${TEAM}/langgenius-dify-api:2.0.0-beta.2`,
  `${TEAM}/nginx:1.27`,
  `${TEAM}/minio-minio:R1`,
  `${TEAM}/redis:latest`,
]
const NGINX = `${TEAM}/nginx:1.27`
const REDIS = `${TEAM}/redis:latest`
const SET = IMAGES.map(
  (source, place): SetImage => ({ source, target: TARGETS[place] ?? '', id: `sha256:id${place}` }),
)
const FOLDER = 'images-linux-amd64'

/** The names in full that the images of the project have in it, those that are pinned by their tag. */
const SOURCES = FULL.map(name => name.replace(`@${DIGEST}`, ''))
const LOCALS = IMAGES.map(name => `localhost/${name.replace(`@${DIGEST}`, '')}`)

const lab = laboratory('load')
let english = ''
let chinese = ''
let pinned = ''

beforeAll(async () => {
  english = await generate(join(lab, 'en'), composeOf(IMAGES), { registry: TEAM })
  chinese = await generate(join(lab, 'zh'), composeOf(IMAGES), { registry: TEAM, lang: 'zh' })
  const lock = `source\tsource digest\ttarget\ttarget digest\tplatform\nnginx:1.27\t-\t${NGINX}\t${DIGEST}\tlinux/amd64\n`
  const project = { 'docker-compose.yaml': composeOf(['nginx:1.27']), 'out/relay-lock.tsv': lock }
  pinned = await generate(join(lab, 'pinned'), project, { registry: TEAM, pin: true })
})

describe.each(BASHES)('%s', bash => {
  const script = (out = english) => join(out, 'load-images.sh')

  /** An engine that has nothing, and a set of all images where the script looks for it. */
  const host = (options: SetOptions = {}, ...engines: readonly EngineName[]) => {
    const made = new FakeEngine(lab, bash, engines.length === 0 ? ['docker'] : engines)
    makeSet(join(made.dir, FOLDER), SET, options)
    return made
  }
  const load = (engine: FakeEngine, args: readonly string[] = [], options: ScriptOptions = {}) =>
    engine.run([script(), ...args], options)
  const inSet = (engine: FakeEngine, name: string) => join(engine.dir, FOLDER, name)
  const idsOf = (engine: FakeEngine, names: readonly string[]) => names.map(name => engine.id(name))
  const all = SET.map(({ id }) => id)
  const none = SET.map(() => null)

  /** Expects that the script refuses to begin, for all of these reasons, and has changed nothing. */
  const expectRefusal = async (engine: FakeEngine, ...reasons: readonly string[]) => {
    const refused = await load(engine)
    expect(refused.status).toBe(3)
    for (const reason of reasons) expect(refused.stderr).toContain(reason)
    expect(refused.stderr).toContain('nothing was loaded')
    expect(engine.writes()).toEqual([])
    return refused
  }

  describe.concurrent('the command line', () => {
    test('--help, --list, and what is refused', async () => {
      const engine = host()
      const help = await load(engine, ['--help'])
      expect(help).toMatchObject({ status: 0, stderr: '' })
      expect(help.stdout).toMatch(
        /--from DIR.*images-linux-amd64.*--as KIND.*--no-space-check.*--result.*--only/s,
      )
      expect((await engine.run([script(chinese), '--help'])).stdout).toMatch(/用法.*--from DIR/s)
      const listed = await load(engine, ['--list', '--only', 'nginx', '--only', `${TEAM}/redis`])
      expect(listed).toMatchObject({ status: 0, stdout: `nginx:1.27\t${NGINX}\nredis:latest\t${REDIS}\n` })
      for (const args of [
        ['--jobs', '2'],
        ['--as'],
        ['--as', 'other'],
        ['--as='],
        ['--from'],
        ['--from='],
        ['images'],
        ['--only', 'nothing'],
        ['--no-space-check=yes'],
        ['--result', join(engine.dir, 'no/such/folder')],
      ])
        expect([args, (await load(engine, args)).status]).toEqual([args, 2])
      expect(engine.calls()).toEqual([])
    })

    test('--dry-run prints the exact commands', async () => {
      const engine = host({ parts: 2 })
      const parts = [1, 2].map(part => `./${FOLDER}/images.tar.00${part}`).join(' ')
      const dry = await load(engine, ['--dry-run', '--only', 'nginx', '--as', 'source', '--as', 'localhost'])
      expect(dry).toMatchObject({ status: 0, stderr: '' })
      expect(dry.stdout.split('\n')).toEqual([
        `+ cat ${parts} | docker load`,
        `+ docker tag ${NGINX} nginx:1.27`,
        `+ docker tag ${NGINX} localhost/nginx:1.27`,
        `+ docker rmi ${NGINX}`,
        '',
      ])
      expect((await load(engine, ['--dry-run'])).stdout).toBe(`+ cat ${parts} | docker load\n`)
      expect(engine.writes()).toEqual([])
      const podman = host({}, 'podman')
      const there = await load(podman, ['--dry-run', '--only', 'nginx', '--as', 'source'])
      expect(there.stdout).toContain(`+ podman tag ${NGINX} docker.io/library/nginx:1.27\n`)
    })

    test('the set is here, beside the script, or where --from says', async () => {
      const engine = host()
      const away = join(engine.dir, 'a folder $(touch x) &')
      mkdirSync(away)
      expect(await load(engine, [], { cwd: away })).toMatchObject({
        status: 3,
        stderr: expect.stringContaining(`there is no set of images at ${english}/${FOLDER}`),
      })
      renameSync(join(engine.dir, FOLDER), join(away, '-set'))
      const dashed = await load(engine, ['--from', '-set'], { cwd: away })
      expect(dashed).toMatchObject({ status: 0, stderr: '' })
      expect(idsOf(engine, TARGETS)).toEqual(all)
      expect(existsSync(join(away, 'x'))).toBe(false)
      const copy = join(away, 'load.sh')
      copyFileSync(script(), copy)
      renameSync(join(away, '-set'), join(away, FOLDER))
      expect((await engine.run([copy])).stdout).toContain('6 of 6 images done')
      const again = await load(engine, [`--from=${away}/${FOLDER}/`], { env: { LC_ALL: 'C' } })
      expect(again).toMatchObject({ status: 0, stderr: '' })
    })
  })

  describe.concurrent('a load', () => {
    test('tells of a name that the manifest does not know', async () => {
      const engine = host({ after: { 0: 'image alpine:3 sha256:other linux/amd64' } })
      engine.image('alpine:3')
      const done = await load(engine)
      expect(done).toMatchObject({
        status: 0,
        stderr: expect.stringContaining('the archive also had alpine:3'),
      })
      expect(done.stdout).toMatch(/alpine:3.*other/)
    })

    test('unpacks a compressed archive for Podman', async () => {
      const engine = host({ parts: 5, gzip: true }, 'podman')
      const done = await load(engine)
      expect(done).toMatchObject({ status: 0, stderr: '' })
      expect(done.stdout).toMatch(/^\+ cat \S+images\.tar\.gz\.001 .* \| gzip -dc \| podman load$/m)
    })

    test.each([
      ['one archive', {}],
      ['one compressed archive', { gzip: true }],
      ['parts', { parts: 5 }],
      ['compressed parts', { parts: 12, gzip: true }],
    ] as const)('brings all images of %s, once', async (_, options) => {
      const engine = host(options)
      const result = join(engine.dir, 'result')
      const done = await load(engine, ['--result', result])
      expect(done).toMatchObject({ status: 0, stderr: '' })
      expect(done.stdout).toContain('6 of 6 images done, 0 failed, 0 not finished')
      expect(done.stdout).not.toMatch(/hunter2|\x1b/)
      expect(idsOf(engine, TARGETS)).toEqual(all)
      expect(engine.writes()).toEqual(['load'])
      const lines = readFileSync(result, 'utf8').trimEnd().split('\n')
      expect(lines.map(line => JSON.parse(line))).toMatchObject(
        SET.map(({ source, target }) => ({
          source,
          target,
          platform: 'linux/amd64',
          state: 'done',
          class: null,
        })),
      )
      const again = await load(engine)
      expect(again).toMatchObject({ status: 0, stderr: '' })
      expect(again.stdout.match(/nothing to do/g)).toHaveLength(6)
      expect(again.stdout).not.toContain('checking file')
      expect(engine.writes()).toEqual(['load'])
    })

    test('--as source, and what it takes away', async () => {
      const engine = host()
      engine.image(REDIS, { id: 'sha256:old' })
      const done = await load(engine, ['--as', 'source'])
      expect(done.status).toBe(0)
      expect(done.stderr).toBe(
        `the pin is lost: ${PINNED} is here as busybox:1.36; use the mirror compose file, or that tag\n`,
      )
      expect(idsOf(engine, SOURCES)).toEqual(all)
      // What was here before keeps the name, and has moved.
      expect(idsOf(engine, TARGETS)).toEqual([...none.slice(1), 'sha256:id5'])
      expect(done.stdout).toContain(`was another image before: ${REDIS}, old → id5`)
      const before = engine.writes().length
      expect((await load(engine, ['--as', 'source'])).stdout.match(/nothing to do/g)).toHaveLength(6)
      expect(engine.writes()).toHaveLength(before)
    })

    test('--as of several kinds', async () => {
      const engine = host()
      const done = await load(engine, [
        '--as',
        'target',
        '--as=source',
        '--as',
        'localhost',
        '--as',
        'source',
      ])
      expect(done.status).toBe(0)
      for (const names of [SOURCES, TARGETS, LOCALS]) expect(idsOf(engine, names)).toEqual(all)
      expect(engine.calls('rmi')).toEqual([])
      expect(engine.calls('tag')).toHaveLength(12)
    })

    test('names alone are no reason to load', async () => {
      const engine = host()
      await load(engine)
      rmSync(inSet(engine, 'images.tar'))
      const named = await load(engine, ['--as', 'localhost'])
      expect(named.status).toBe(0)
      expect(named.stdout).not.toContain('checking file')
      expect(idsOf(engine, LOCALS)).toEqual(all)
      // They were here before this run.
      expect(idsOf(engine, TARGETS)).toEqual(all)
      expect(engine.calls('load')).toHaveLength(1)
    })

    test('on Podman, with full names', async () => {
      const engine = host({}, 'podman')
      const done = await load(engine, ['--as', 'source', '--as', 'localhost'])
      expect(done.status).toBe(0)
      expect(idsOf(engine, SOURCES)).toEqual(all)
      expect(idsOf(engine, LOCALS)).toEqual(all)
      expect(engine.calls('tag').map(call => call[2])).toContain('docker.io/library/nginx:1.27')
      expect(idsOf(engine, TARGETS)).toEqual(none)
    })

    test('content counts, and no id', async () => {
      const engine = host()
      for (const { target, id } of SET) engine.image(target, { id: `${id}~elsewhere` })
      expect((await load(engine)).stdout.match(/nothing to do/g)).toHaveLength(6)
      engine.image(NGINX, { id: 'sha256:other' })
      const done = await load(engine)
      expect(done.status).toBe(0)
      expect(done.stdout).toContain(`was another image before: ${NGINX}, other → id3`)
      expect(done.stdout.match(/nothing to do/g)).toHaveLength(5)
      expect(done.stdout.match(/another image/g)).toHaveLength(1)
    })

    test('a name in the project that was another image', async () => {
      const engine = host()
      engine.image('docker.io/library/nginx:1.27', { id: 'sha256:other' })
      const done = await load(engine, ['--only', 'nginx', '--as', 'source'])
      expect(done.stdout).toContain('was another image before: nginx:1.27, other → id3')
      expect(engine.id('docker.io/library/nginx:1.27')).toBe('sha256:id3')
    })

    test('--only, the set that lacks an image, and the image that the project lacks', async () => {
      const engine = host()
      const more = { source: 'more:1', target: `${TEAM}/more:1`, id: 'sha256:more' }
      makeSet(join(engine.dir, FOLDER), [...SET.filter(({ target }) => target !== NGINX), more])
      const partly = await load(engine)
      expect(partly.status).toBe(1)
      expect(partly.stderr).toBe(`not in the set: nginx:1.27 for linux/amd64, as ${NGINX}\n`)
      expect(partly.stdout).toContain(`in the set, and not in the project: ${TEAM}/more:1`)
      expect(partly.stdout).toMatch(/5 of 6 images done, 1 failed/)
      expect(partly.stdout).toMatch(
        /^ {2}failed: nginx:1\.27: .*\n {4}not-in-set: .*\n {4}cure: save the set again/m,
      )
      expect(partly.stdout).toMatch(/run what is left.*--only nginx:1\.27/s)
      expect(await load(engine, ['--only', 'redis'])).toMatchObject({ status: 0, stderr: '' })
      const alone = host()
      makeSet(join(alone.dir, FOLDER), SET.slice(0, 1))
      expect((await load(alone, ['--only', 'nginx'])).status).toBe(1)
      expect(alone.writes()).toEqual([])
    })

    test('the same name from another source or for another platform is not the image', async () => {
      const engine = host()
      makeSet(join(engine.dir, FOLDER), [
        { source: 'nginx:1.27', target: NGINX, id: 'sha256:a', platform: 'linux/arm64' },
        { source: `redis:latest@${DIGEST}`, target: REDIS, id: 'sha256:b' },
      ])
      const refused = await load(engine, ['--only', 'nginx', '--only', 'redis'])
      expect(refused.status).toBe(1)
      expect(refused.stdout.match(/not-in-set/g)).toHaveLength(2)
      expect(refused.stderr.split('\n')).toContain(
        `not in the set: nginx:1.27 for linux/amd64; it has nginx:1.27 for linux/arm64, as ${NGINX}`,
      )
      expect(refused.stdout).toContain(
        `  failed: nginx:1.27: not in the set: nginx:1.27 for linux/amd64; it has`,
      )
      expect(engine.writes()).toEqual([])
    })

    test('a mirror compose file with digests', async () => {
      const engine = host()
      const done = await engine.run([script(pinned)])
      expect(done).toMatchObject({ status: 0, stderr: expect.stringContaining('generate it without pin') })
    })

    test('two at once do no harm', async () => {
      const engine = host({ after: { 2: 'pause 0.3' } })
      const both = await Promise.all([
        engine.start([script()]).running.done,
        engine.start([script()]).running.done,
      ])
      expect(both.map(({ status }) => status)).toEqual([0, 0])
      expect(idsOf(engine, TARGETS)).toEqual(all)
    })
  })

  describe.concurrent('a set that is not right', () => {
    test('without sums it is unfinished', async () => {
      const engine = host()
      rmSync(inSet(engine, 'SHA256SUMS'))
      await expectRefusal(engine, 'has no SHA256SUMS', 'Run save-images.sh again')
    })

    test('a folder that has nothing of a set is another one', async () => {
      const engine = host()
      for (const folder of [engine.dir, '/', engine.home])
        expect(await load(engine, ['--from', folder])).toMatchObject({
          status: 3,
          stderr: expect.stringContaining(`there is no set of images at ${folder}: copy`),
        })
      rmSync(inSet(engine, 'SHA256SUMS'))
      rmSync(inSet(engine, 'manifest.tsv'))
      await expectRefusal(engine, 'has no SHA256SUMS')
      rmSync(inSet(engine, 'images.tar'))
      await expectRefusal(engine, `there is no set of images at ./${FOLDER}: copy`)
    })

    test.each([
      ['ls', `cannot be read: ./${FOLDER}: ls: `],
      ['head', 'cannot be read: SHA256SUMS: head: '],
    ])('one that %s cannot open', async (tool, reason) => {
      const engine = host()
      writeFileSync(
        join(engine.dir, 'bin', tool),
        `#!${pathOf('sh')}\necho "${tool}: x: Permission denied" >&2\nexit 1\n`,
        { mode: 0o755 },
      )
      const { stderr } = await expectRefusal(engine, `${reason}x: Permission denied; run as a user who may`)
      expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    })

    test.each([1, 3, 5])('part %i of 5 is missing', async part => {
      const engine = host({ parts: 5 })
      rmSync(inSet(engine, `images.tar.00${part}`))
      await expectRefusal(engine, `missing: images.tar.00${part}\n`)
    })

    test('all that is wrong is said at once', async () => {
      const engine = host({ parts: 6 })
      const second = readFileSync(inSet(engine, 'images.tar.002'))
      second[10] = (second[10] ?? 0) ^ 1
      writeFileSync(inSet(engine, 'images.tar.002'), second)
      rmSync(inSet(engine, 'images.tar.003'))
      appendFileSync(inSet(engine, 'images.tar.004'), 'more')
      rmSync(inSet(engine, 'images.tar.005'))
      symlinkSync('images.tar.001', inSet(engine, 'images.tar.005'))
      writeFileSync(inSet(engine, 'images.tar.007'), 'x')
      writeFileSync(inSet(engine, 'manifest.tsv'), 'x')
      const { stderr, stdout } = await expectRefusal(
        engine,
        'damaged, or of another set: manifest.tsv (1 bytes)',
        `damaged, or of another set: images.tar.002 (${second.length} bytes)`,
        'missing: images.tar.003',
        `damaged, or of another set: images.tar.004 (${second.length + 4} bytes, and not ${second.length} as`,
        'not a file: images.tar.005',
      )
      expect(stderr.trimEnd().split('\n')).toHaveLength(6)
      expect(stdout).toContain('not of this set, and left alone: images.tar.007')
    })

    test('a part of another set', async () => {
      const [engine, other] = [host({ parts: 3 }), host()]
      const images = SET.map(image => ({ ...image, id: `${image.id}-of-tomorrow` }))
      makeSet(join(other.dir, FOLDER), images, { parts: 3 })
      copyFileSync(inSet(other, 'images.tar.002'), inSet(engine, 'images.tar.002'))
      await expectRefusal(engine, 'damaged, or of another set: images.tar.002 (', 'as the other parts')
    })

    test('a medium that cannot be read', async () => {
      const engine = host({ parts: 3 })
      const program = join(engine.dir, 'bin/sha256sum')
      writeFileSync(
        program,
        `#!${pathOf('sh')}\ncase $(${pathOf('readlink')} /proc/$$/fd/0) in *.002) echo "sha256sum: -: Input/output error" >&2; exit 1 ;; esac\nexec ${pathOf('sha256sum')}\n`,
        { mode: 0o755 },
      )
      await expectRefusal(engine, 'cannot be read: images.tar.002: sha256sum: -: Input/output error')
    })

    const sum = 'a'.repeat(64)
    test.each([
      ['a path', `${sum}  ../../etc/passwd`],
      ['an absolute path', `${sum}  /etc/passwd`],
      ['a command', `${sum}  $(touch x)`],
      ['another file', `${sum}  images.tar.gz.0001`],
      ['part 0', `${sum}  images.tar.000`],
      ['one blank', `${sum} images.tar`],
      ['three blanks', `${sum}   images.tar`],
      ['a star', `${sum} *images.tar`],
      ['no sum', '  images.tar'],
      ['a short sum', 'abc  images.tar'],
      ['capitals', `${'A'.repeat(64)}  images.tar`],
      ['an escape', `${sum}  \x1b[2Jimages.tar`],
      ['nothing', ''],
    ])('sums with %s', async (_, line) => {
      const engine = host()
      appendFileSync(inSet(engine, 'SHA256SUMS'), `${line}\n`)
      const { stderr, stdout } = await expectRefusal(engine, 'SHA256SUMS, line 3: not a line of a set')
      expect(stderr + stdout).not.toMatch(/passwd|touch|\x1b/)
      expect(existsSync(join(engine.dir, 'x'))).toBe(false)
    })

    test('sums with two archives, a name twice, a gap, no manifest, nothing at all', async () => {
      const sums = (engine: FakeEngine) => readFileSync(inSet(engine, 'SHA256SUMS'), 'utf8')
      const twice = host()
      const own = sums(twice)
      writeFileSync(inSet(twice, 'SHA256SUMS'), own + own)
      await expectRefusal(twice, 'line 3: images.tar is there twice', 'line 4: manifest.tsv is there twice')
      const mixed = host()
      writeFileSync(inSet(mixed, 'SHA256SUMS'), `${sums(mixed)}${sum}  images.tar.001\n`)
      await expectRefusal(mixed, 'SHA256SUMS has files of two archives: images.tar.001')
      const gap = host({ parts: 4 })
      writeFileSync(inSet(gap, 'SHA256SUMS'), sums(gap).replace(/^.*images\.tar\.002\n/m, ''))
      await expectRefusal(gap, 'SHA256SUMS has no line for images.tar.002')
      const empty = host()
      writeFileSync(inSet(empty, 'SHA256SUMS'), '')
      await expectRefusal(empty, 'has no line for manifest.tsv', 'has no line for images.tar\n')
      const linked = host()
      linkSync(inSet(linked, 'SHA256SUMS'), join(linked.dir, 'sums'))
      rmSync(inSet(linked, 'SHA256SUMS'))
      symlinkSync(join(linked.dir, 'sums'), inSet(linked, 'SHA256SUMS'))
      expect(await load(linked)).toMatchObject({ status: 3, stderr: expect.stringContaining('not a file') })
    })

    test('line ends of another system do no harm', async () => {
      const engine = host({ parts: 2 })
      const read = (name: string) => readFileSync(inSet(engine, name))
      const manifest = Buffer.from(read('manifest.tsv').toString().replaceAll('\n', '\r\n'))
      const parts = ['images.tar.001', 'images.tar.002'].map(name => [name, read(name)] as const)
      writeSet(join(engine.dir, FOLDER), [...parts, ['manifest.tsv', manifest]])
      const sums = read('SHA256SUMS').toString().trimEnd().replaceAll('\n', '\r\n')
      writeFileSync(inSet(engine, 'SHA256SUMS'), sums)
      expect(await load(engine)).toMatchObject({ status: 0, stderr: '' })
    })

    const row = (
      fields: Partial<Record<'source' | 'digest' | 'target' | 'platform' | 'content', string>>,
    ) => {
      const { source = 'a:1', digest = '-', target = `${TEAM}/a:1`, platform = 'linux/amd64' } = fields
      return [source, digest, target, '-', platform, fields.content ?? contentOf('a')].join('\t')
    }
    test.each([
      ['another column', `${row({})}\tx`],
      ['an empty column', row({ digest: '' })],
      ['no content', row({ content: '-' })],
      ['a source with a blank', row({ source: 'a b:1' })],
      ['a source with a dash before it', row({ source: '-rf' })],
      ['a command', row({ source: '$(touch x)' })],
      ['a target without host', row({ target: 'a:1' })],
      ['a target without tag', row({ target: `${TEAM}/a` })],
      ['a target with a path out', row({ target: `${TEAM}/../a;b:1` })],
      ['a digest that is none', row({ digest: 'sha256:xyz' })],
      ['a platform that is none', row({ platform: 'linux' })],
      ['an empty line', ''],
    ])('a manifest with %s', async (_, line) => {
      const engine = host()
      const manifest = Buffer.from(`${readFileSync(inSet(engine, 'manifest.tsv'), 'utf8')}${line}\n`)
      writeSet(join(engine.dir, FOLDER), [
        ['images.tar', readFileSync(inSet(engine, 'images.tar'))],
        ['manifest.tsv', manifest],
      ])
      await expectRefusal(engine, `manifest.tsv, line ${SET.length + 2}: not a line`)
      expect(existsSync(join(engine.dir, 'x'))).toBe(false)
    })

    test('a manifest with a row twice, without header, or empty', async () => {
      const engine = host()
      const archive = ['images.tar', readFileSync(inSet(engine, 'images.tar'))] as const
      const text = readFileSync(inSet(engine, 'manifest.tsv'), 'utf8')
      const [header = '', first = ''] = text.split('\n')
      const refuse = async (manifest: string, reason: string) => {
        writeSet(join(engine.dir, FOLDER), [archive, ['manifest.tsv', Buffer.from(manifest)]])
        await expectRefusal(engine, reason)
      }
      await refuse(`${text}${first}\n`, `line ${SET.length + 2}: ${TARGETS[0]} is there twice`)
      await refuse(text.replace(`${header}\n`, ''), 'manifest.tsv, line 1: not a line')
      await refuse('', 'manifest.tsv, line 1: not a line')
    })
  })

  describe.concurrent('the engine', () => {
    test('missing or stopped is 3', async () => {
      const stopped = host()
      stopped.rule('ps', 'err Cannot connect to the Docker daemon at unix:///x', 'exit 1')
      expect(await load(stopped)).toMatchObject({
        status: 3,
        stderr: expect.stringContaining('does not answer'),
      })
      const missing = new FakeEngine(lab, bash, [])
      makeSet(join(missing.dir, FOLDER), SET)
      expect(await load(missing)).toMatchObject({
        status: 3,
        stderr: expect.stringContaining('not installed'),
      })
    })

    test('that loads half is a failure, and one more run completes', async () => {
      const engine = host()
      const cut = join(engine.dir, 'bin/cat')
      writeFileSync(
        cut,
        `#!${pathOf('sh')}\ncase $1 in *images.tar*) exec ${pathOf('head')} -n 3 "$1" ;; esac\nexec ${pathOf('cat')} "$@"\n`,
        { mode: 0o755 },
      )
      const result = join(engine.dir, 'result')
      const half = await load(engine, ['--result', result])
      expect(half.status).toBe(1)
      expect(half.stderr).toBe('the engine has not loaded the archive: unexpected EOF\n')
      expect(half.stdout).toMatch(/3 of 6 images done, 3 failed/)
      expect(
        half.stdout.match(/^ {4}archive: .*\n {4}cure: hold the files against SHA256SUMS/gm),
      ).toHaveLength(3)
      expect(readFileSync(result, 'utf8').match(/"state":"failed","class":"archive"/g)).toHaveLength(3)
      rmSync(cut)
      const again = await load(engine)
      expect(again).toMatchObject({ status: 0, stderr: '' })
      expect(again.stdout.match(/nothing to do/g)).toHaveLength(3)
      expect(idsOf(engine, TARGETS)).toEqual(all)
    })

    test('a file that cannot be read any more while it loads', async () => {
      const engine = host()
      const cut = join(engine.dir, 'bin/cat')
      writeFileSync(
        cut,
        `#!${pathOf('sh')}\ncase $1 in *images.tar*) echo "cat: $1: Input/output error" >&2; exit 1 ;; esac\nexec ${pathOf('cat')} "$@"\n`,
        { mode: 0o755 },
      )
      const failed = await load(engine)
      expect(failed.status).toBe(1)
      expect(failed.stdout).toMatch(/^ {2}failed: nginx:1\.27: cat: .*Input\/output error\n {4}medium: /m)
    })

    test.each([
      ['disk-full', 'Error processing tar file(exit status 1): write /layer.tar: no space left on device'],
      ['archive', 'unexpected EOF'],
      ['permission', 'open /x: permission denied'],
      ['unknown', 'something else'],
    ])('whose load fails is told as %s', async (kind, text) => {
      const engine = host()
      engine.rule('load', `err ${text}`, 'exit 1')
      const failed = await load(engine)
      expect(failed.status).toBe(1)
      const where = kind === 'unknown' ? '' : `\\n {4}${kind}: `
      expect(failed.stdout).toMatch(
        new RegExp(`^ {2}failed: nginx:1\\.27: ${text.replace(/[()]/g, '.')}${where}`, 'm'),
      )
    })

    test('that is gone after it', async () => {
      const engine = host({ after: { 2: 'pause 1' } })
      engine.rule('load', 'sleep 3', 'err unexpected EOF', 'exit 1')
      const started = engine.start([script()])
      await started.until(() => engine.calls('load').length > 0)
      engine.rule('ps', 'err Cannot connect to the Docker daemon', 'exit 1')
      const failed = await started.done
      expect(failed.status).toBe(1)
      expect(failed.stdout).toMatch(/^ {2}failed: nginx:1\.27: unexpected EOF\n {4}engine-gone: /m)
    })

    test('that keeps what it cannot unpack, and only says so', async () => {
      const engine = host()
      engine.rule('load', `out unpacking error for "${NGINX}": wrong diff id calculated on extraction`)
      const failed = await load(engine)
      expect(failed.status).toBe(1)
      expect(failed.stdout).toMatch(/5 of 6 images done, 1 failed/)
      expect(failed.stdout).toMatch(/^ {2}failed: nginx:1\.27: unpacking error for .*\n {4}archive: /m)
      expect(engine.id(NGINX)).toBe(null)
      engine.forget('load')
      expect((await load(engine)).status).toBe(0)
    })

    test('that has loaded something else', async () => {
      const engine = host()
      const manifest = readFileSync(inSet(engine, 'manifest.tsv'), 'utf8').replace(
        contentOf('sha256:id3'),
        contentOf('sha256:what was saved'),
      )
      writeSet(join(engine.dir, FOLDER), [
        ['images.tar', readFileSync(inSet(engine, 'images.tar'))],
        ['manifest.tsv', Buffer.from(manifest)],
      ])
      const failed = await load(engine)
      expect(failed.status).toBe(1)
      expect(failed.stdout).toMatch(/^ {2}failed: nginx:1\.27: .*\n {4}content: /m)
      expect(failed.stdout).toMatch(/5 of 6 images done, 1 failed/)
    })

    test('that cannot give a name', async () => {
      const engine = host()
      engine.rule(
        'tag@docker.io/library/nginx:1.27',
        'err Error response from daemon: no space left on device',
        'exit 1',
      )
      const failed = await load(engine, ['--as', 'source'])
      expect(failed.status).toBe(1)
      expect(failed.stdout).toMatch(/^ {2}failed: nginx:1\.27: .*\n {4}disk-full: /m)
      // It would have no name at all.
      expect(engine.id(NGINX)).toBe('sha256:id3')
    })

    const df = (engine: FakeEngine, free: number) => {
      engine.rule('info', `out ${engine.dir}`, 'exit 0')
      writeFileSync(
        join(engine.dir, 'bin/df'),
        `#!/bin/sh\necho "Filesystem 1024-blocks Used Available Capacity Mounted on"\necho "/dev/x 9 9 ${free} 1% /"\n`,
        { mode: 0o755 },
      )
    }
    test.each(['docker', 'podman'] as const)(
      '%s without room is 3, unless one says otherwise',
      async kind => {
        const engine = host({ parts: 3 }, kind)
        df(engine, 4)
        const refused = await load(engine)
        expect(refused.status).toBe(3)
        expect(refused.stdout).toContain(
          `in ${engine.dir}, and more where layers are compressed; free there: 4.0 kB`,
        )
        expect(refused.stderr).toContain('--no-space-check')
        expect(engine.writes()).toEqual([])
        expect(await load(engine, ['--no-space-check'])).toMatchObject({ status: 0, stderr: '' })
        const roomy = host({ parts: 3 }, kind)
        df(roomy, 1000)
        expect(await load(roomy)).toMatchObject({ status: 0, stderr: '' })
      },
    )
  })

  describe.concurrent('a signal', () => {
    test.each([
      ['TERM', 143],
      ['INT', 130],
      ['HUP', 129],
    ] as const)('SIG%s ends a load and all that it started', async (signal, status) => {
      const engine = host({ parts: 2, after: { 2: 'pause 20' } })
      const started = engine.start([script()])
      await started.until(() => engine.id(TARGETS[2] ?? '') === 'sha256:id2')
      // A process that has just begun may miss a signal, that of the fake engine, too.
      await sleep(300)
      const sent = Date.now()
      started.running.kill(`SIG${signal}`, signal === 'INT' ? 'group' : 'command')
      const ended = await started.done
      expect(ended.status).toBe(status)
      expect(Date.now() - sent).toBeLessThan(2500)
      expect(ended.stdout).toMatch(/0 of 6 images done, 0 failed, 6 not finished/)
      expect(ended.stdout).toMatch(/to run what is left/)
      makeSet(join(engine.dir, FOLDER), SET)
      const again = await load(engine)
      expect(again.status).toBe(0)
      expect(again.stdout.match(/nothing to do/g)).toHaveLength(3)
    })

    test('while the files are checked', async () => {
      const engine = host({ parts: 3 })
      writeFileSync(
        join(engine.dir, 'bin/sha256sum'),
        `#!${pathOf('sh')}\ncase $(${pathOf('readlink')} /proc/$$/fd/0) in *.002) exec ${pathOf('sleep')} 20 ;; esac\nexec ${pathOf('sha256sum')}\n`,
        { mode: 0o755 },
      )
      const started = engine.start([script()])
      await started.until(() => started.running.stdout.includes('file 2 of 3'))
      started.running.kill('SIGTERM')
      expect(await started.done).toMatchObject({ status: 143 })
      expect(engine.writes()).toEqual([])
    })

    test('to an engine that does not listen', async () => {
      const engine = host()
      engine.rule('load', 'deaf', 'hang')
      const started = engine.start([script()])
      await started.until(() => engine.calls('load').length > 0)
      const sent = Date.now()
      started.running.kill('SIGTERM')
      expect(await started.done).toMatchObject({ status: 143 })
      expect(Date.now() - sent).toBeLessThan(3500)
    })
  })

  test('the sums are those of every other program', () => {
    expect(sumOf(Buffer.from('x\n'))).toBe('73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac')
  })
})
