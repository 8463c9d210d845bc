import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { CANDIDATES } from './candidates.ts'
import type { Result, Running } from './command.ts'
import { Disk } from './disk.ts'
import { type AnyEngine, Engine } from './engine.ts'
import { shape } from './images.ts'
import type { Lab } from './lab.ts'
import type { Stored } from './registry.ts'

const CLI = resolve('dist/cli.js')
const PULL = './pull-all-images-linux-amd64.sh'
const SAVE = './save-images.sh'
const SET = 'images-linux-amd64'

/** A tee that lets 64 KiB through at a time, and then waits: a run can be met in the middle. */
const SLOW_TEE = `#!/bin/bash
/usr/bin/tee "$@" | while dd bs=65536 count=1 iflag=fullblock 2>"$TMPDIR/dd" && grep -q '^1+0' "$TMPDIR/dd"; do sleep 0.02; done
rm -f "$TMPDIR/dd"
`

describe.each(CANDIDATES)('on $title', ({ title, start }) => {
  let lab: Lab<AnyEngine>
  let out: string
  let targets: readonly string[]
  let originals: readonly Stored[]
  /** PATH with a slow tee. */
  let slowly: string
  /** Bytes of the archive. */
  let size: number

  /** The example, pulled. The tests below are one story, told in order. */
  beforeAll(async () => {
    lab = await start()
    const project = join(lab.dir, 'a project')
    cpSync('examples/dify', project, { recursive: true })
    const flags = ['--out', 'out', '--registry', `${lab.target.address}/mirror`, '--config', 'relay.yaml']
    const done = await lab.run([process.execPath, CLI, 'generate', ...flags], { cwd: project })
    expect(done).toMatchObject({ status: 0, stderr: '' })
    out = join(project, 'out')
    const rows = table(join(out, 'images.tsv')).filter(([, , , state]) => state === 'relay')
    targets = rows.map(([, target = '']) => target)
    const images = rows.map(([source = ''], number) => ({ bytes: 100_000, ...shape(source, number) }))
    originals = await lab.internet.seed(images)
    expect(await script([PULL])).toMatchObject({ status: 0, stderr: '' })
    slowly = join(lab.dir, 'slowly')
    mkdirSync(slowly)
    writeFileSync(join(slowly, 'tee'), SLOW_TEE)
    chmodSync(join(slowly, 'tee'), 0o755)
  })
  afterAll(() => lab?.stop())

  function script(command: readonly string[], env = {}): Promise<Result> {
    return begin(command, env).done
  }

  function begin(command: readonly string[], env = {}): Running {
    const bash = process.env['TEST_BASH']
    return lab.begin(command, bash === undefined ? { cwd: out, env } : { cwd: out, env, bash })
  }

  /** Begins to save slowly, and returns when so many bytes are there. */
  async function meet(bytes: number, ...flags: readonly string[]): Promise<Running> {
    const run = begin([SAVE, ...flags], { PATH: `${slowly}:${lab.engine.env['PATH']}` })
    await vi.waitUntil(() => bytesIn(join(out, SET)) > bytes, { timeout: 60_000, interval: 10 })
    return run
  }

  /** Expects a set with these images, whose files have their sums. */
  async function expectSet(set: string, parts: number): Promise<void> {
    const rows = table(join(set, 'manifest.tsv'))
    expect(rows.map(([, , target]) => target).sort()).toEqual([...targets].sort())
    for (const original of originals) {
      const row = rows.find(([source]) => source === original.reference)
      expect([row?.[4], row?.[5]]).toEqual(['linux/amd64', contentOf(original)])
      expect([original.digest, ...original.platforms.map(({ digest }) => digest)]).toContain(row?.[1])
    }
    expect(await lab.run(['sha256sum', '-c', '--strict', 'SHA256SUMS'], { cwd: set })).toMatchObject({
      status: 0,
    })
    expect(readdirSync(set).filter(name => name.startsWith('images.tar'))).toHaveLength(parts)
    expect(readdirSync(set)).toHaveLength(parts + 2)
    const listed = await lab.run(['bash', '-c', 'set -o pipefail; cat images.tar* | tar -xO manifest.json'], {
      cwd: set,
    })
    const tags = JSON.parse(listed.stdout).flatMap(({ RepoTags }: { RepoTags: string[] }) => RepoTags)
    expect(tags.sort()).toEqual([...targets].sort())
  }

  test('27 images are one archive', async () => {
    const watch = watchFolders(join(lab.dir, 'engine/data/tmp'), join(lab.dir, 'engine/tmp'))
    const saved = await script([SAVE])
    const most = watch.stop()
    expect(saved).toMatchObject({ status: 0, stderr: '' })
    expect(saved.stdout).toContain('27 of 27 images done, 0 failed')
    await expectSet(join(out, SET), 1)
    size = statSync(join(out, SET, 'images.tar')).size
    const need = /^room: (.*?),? (?:at most|and)/m.exec(saved.stdout)?.[1]
    console.log(
      `${title}: archive ${size}, estimated ${need}, put aside: data/tmp ${most[0]}, TMPDIR ${most[1]}`,
    )
  })

  test('a second run changes nothing', async () => {
    const before = stateOf(join(out, SET))
    const again = await script([SAVE])
    expect(again).toMatchObject({ status: 0, stderr: '' })
    expect(again.stdout).not.toContain('+ ')
    expect(stateOf(join(out, SET))).toEqual(before)
  })

  test('an engine loads it', async () => {
    const other = await script([SAVE, '--to', 'other', '--gzip'])
    expect(other).toMatchObject({ status: 0, stderr: '' })
    const loaded = await lab.run(['bash', '-c', `gzip -dc images.tar.gz | ${lab.engine.name} load`], {
      cwd: join(out, 'other'),
    })
    expect(loaded).toMatchObject({ status: 0 })
  })

  test('and has parts', async () => {
    const saved = await script([SAVE, '--split', String(Math.ceil(size / 5))])
    expect(saved).toMatchObject({ status: 0, stderr: '' })
    expect(saved.stdout).toContain('it is replaced')
    await expectSet(join(out, SET), 5)
  })

  test.each([
    ['one archive', [], 1],
    ['parts', ['--split', '256k'], null],
  ] as const)('interrupted and killed, it goes on: %s', async (_, flags, parts) => {
    await lab.run(['rm', '-rf', join(out, SET)])
    const interrupted = await meet(size / 4, ...flags)
    const sent = performance.now()
    interrupted.kill('SIGINT', 'group')
    expect(await interrupted.done).toMatchObject({ status: 130 })
    expect(performance.now() - sent).toBeLessThan(8000)
    expect(lab.strays()).toEqual([])
    const killed = await meet(size / 2, ...flags)
    killed.kill('SIGKILL', 'group')
    await killed.done
    await vi.waitUntil(() => lab.strays().length === 0, { timeout: 2000, interval: 50 })
    const kept = bytesIn(join(out, SET))
    const done = await script([SAVE, ...flags])
    expect(done).toMatchObject({ status: 0, stderr: '' })
    expect(done.stdout).toContain('going on: ')
    expect(done.stdout).not.toContain('once more')
    console.log(
      `${title}: kept ${kept} of ${size}: ${/are put right: .*/.exec(done.stdout)?.[0] ?? 'nothing to put right'}`,
    )
    await expectSet(join(out, SET), parts ?? Math.ceil(size / 262_144))
  })

  test('interrupted when all of it was there, it is only proven, and put right', async () => {
    expect(await script([SAVE])).toMatchObject({ status: 0 })
    const rm = await lab.run(['rm', join(out, SET, 'SHA256SUMS')])
    expect(rm.status).toBe(0)
    const done = await script([SAVE])
    expect(done).toMatchObject({ status: 0, stderr: '' })
    expect(done.stdout).not.toContain('once more')
    console.log(`${title}: all kept: ${/are put right: .*/.exec(done.stdout)?.[0] ?? 'nothing to put right'}`)
    await expectSet(join(out, SET), 1)
  })

  test('a full disk is named, and the next run goes on', async () => {
    const disk = await Disk.mount(join(lab.dir, 'stick'), Math.ceil((size * 2) / 2 ** 20) + 1)
    try {
      const to = join(disk.path, 'a set')
      disk.fill(Math.floor(size / 2))
      const refused = await script([SAVE, '--to', to])
      expect(refused).toMatchObject({
        status: 3,
        stderr: expect.stringContaining(`too little room in ${disk.path}`),
      })
      expect(existsSync(to)).toBe(false)
      const full = await script([SAVE, '--to', to, '--no-space-check'])
      expect(full.status).toBe(1)
      expect(full.stdout).toMatch(/^ {4}disk-full: the disk is full\n {4}cure: make room for /m)
      disk.empty()
      const done = await script([SAVE, '--to', to])
      expect(done).toMatchObject({ status: 0, stderr: '' })
      expect(done.stdout).toContain('going on: ')
      await expectSet(to, 1)
    } finally {
      await disk.unmount()
    }
  })

  test('the engine is killed in the middle', async () => {
    const { engine } = lab
    if (!(engine instanceof Engine)) return
    await lab.run(['rm', '-rf', join(out, SET)])
    const run = await meet(size / 4)
    await engine.kill()
    const failed = await run.done.finally(() => engine.start())
    expect(failed.status).toBe(1)
    expect(failed.stdout).toMatch(/^ {4}engine-gone: /m)
    const done = await script([SAVE])
    expect(done).toMatchObject({ status: 0, stderr: '' })
    await expectSet(join(out, SET), 1)
  })

  test('nothing runs on, and nothing is left in TMPDIR', async () => {
    expect(lab.strays()).toEqual([])
    // Two runs were killed; Podman has two folders for each.
    const left = readdirSync(lab.engine.env['TMPDIR'] ?? '')
    expect(left.filter(name => name.startsWith('compose-relay.'))).toHaveLength(
      lab.engine instanceof Engine ? 2 : 4,
    )
    console.log(`${title}: left in TMPDIR: ${left.join(' ')}`)
  })
})

/** The lines of a table, without that of its columns' names. */
function table(file: string): readonly (readonly string[])[] {
  const [, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n')
  return lines.map(line => line.split('\t'))
}

/** What the manifest should say that an image is. */
function contentOf({ platforms }: Stored): string {
  const amd64 = platforms.find(({ platform }) => platform === 'linux/amd64')
  const layers = amd64?.diffIds.map(id => ` ${id}`).join('')
  const text = `linux/amd64${layers} entrypoint command "/bin/true" environment "PATH=/bin"\n`
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}

function stateOf(set: string) {
  return readdirSync(set).map(name => [name, statSync(join(set, name)).mtimeMs])
}

/** How many bytes of an archive are there. */
function bytesIn(folder: string): number {
  if (!existsSync(folder)) return 0
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return names
    .filter(name => !/manifest|SHA256|lock/.test(name))
    .reduce((sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0)
}

/** Looks again and again how much is in folders. */
function watchFolders(...folders: readonly string[]) {
  const most = folders.map(() => 0)
  let over = false
  const look = async () => {
    while (!over) {
      folders.forEach((folder, index) => {
        try {
          most[index] = Math.max(most[index] ?? 0, bytesIn(folder))
        } catch {
          // files come and go
        }
      })
      await sleep(5)
    }
  }
  void look()
  return {
    stop: () => {
      over = true
      return most
    },
  }
}
