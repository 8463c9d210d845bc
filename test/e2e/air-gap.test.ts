import { execFileSync } from 'node:child_process'
import {
  closeSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatReference, parseReference } from '../../generators/core/reference.ts'
import { CANDIDATES, type Candidate } from './candidates.ts'
import type { CommandOptions, Result, Running } from './command.ts'
import { must } from './command.ts'
import type { AnyEngine } from './engine.ts'
import { Engine } from './engine.ts'
import { type FaultLab, startFaultLab } from './fault-lab.ts'
import type { ImageSpec } from './images.ts'
import type { Lab } from './lab.ts'
import type { Stored } from './registry.ts'
import { SYSTEM_PATH, sidRoot } from './tools.ts'

const CLI = resolve('dist/cli.js')
const FOLDER = 'images-linux-amd64'
const TEAM = 'registry.example.com/mirror'
const ENGINES = CANDIDATES.filter(({ title }) => !title.endsWith('as docker'))

/** Which sets are carried to which engine; the first one is also damaged on the way. */
const CARRIED: readonly (readonly [to: RegExp, ...from: RegExp[]])[] = [
  [/^Docker 20/, /containerd/, /podman 4/, /podman 5/],
  [/classic/, /containerd/, /^Docker 20/],
  [/containerd/, /^Docker 20/, /classic/, /podman 5/],
  [/podman 4/, /^Docker 20/, /containerd/, /podman 5/],
  [/podman 5/, /containerd/, /^Docker 20/, /classic/, /podman 4/],
]

interface Relayed {
  readonly source: string
  readonly target: string
  /** The source under the name that every engine knows it by. */
  readonly full: string
}

/** The scripts of a project, and what they are about. */
interface Project {
  readonly out: string
  readonly relayed: readonly Relayed[]
  /** What the internet has of it. */
  originals: readonly Stored[]
}

const SHAPES: readonly Omit<ImageSpec, 'reference'>[] = [
  { format: 'docker', layers: 2 },
  { format: 'oci' },
  { format: 'docker', platform: ['linux/arm64', 'linux/amd64'] },
  { format: 'oci', platform: ['linux/amd64', 'linux/arm64'], layers: 3 },
  { format: 'oci', platform: ['linux/amd64'], attested: true },
]

let work = ''
let dify: Project
let big: Project

function engineOf(title: RegExp): Candidate {
  const found = ENGINES.find(candidate => title.test(candidate.title))
  if (found === undefined) throw new Error(`no engine is ${title}`)
  return found
}

/** Where the set of an engine is kept between the laboratories. */
function setOf(title: RegExp, project: 'dify' | 'big' = 'dify'): string {
  return join(work, engineOf(title).title.replace(/\W+/g, '-'), project, FOLDER)
}

async function generate(folder: string, ...flags: readonly string[]): Promise<Project> {
  const command = [process.execPath, CLI, 'generate', '--out', 'out', '--registry', TEAM, ...flags]
  await must(command, { PATH: SYSTEM_PATH }, { cwd: folder })
  const [, ...lines] = readFileSync(join(folder, 'out/images.tsv'), 'utf8').trimEnd().split('\n')
  const relayed = lines.flatMap(line => {
    const [source = '', target = '', , state] = line.split('\t')
    return state === 'relay' ? [{ source, target, full: formatReference(parseReference(source)) }] : []
  })
  return { out: join(folder, 'out'), relayed, originals: [] }
}

function script(name: string, project: Project, args: readonly string[] = []): readonly string[] {
  const bash = process.env['TEST_BASH']
  return [...(bash === undefined ? [] : [bash]), join(project.out, name), ...args]
}

/** What an engine has under each name: an image is its platform and its content, whatever a store calls it. */
async function contents(lab: Lab<AnyEngine>, names: readonly string[]): Promise<readonly unknown[]> {
  const format =
    '["{{.Os}}/{{.Architecture}}",{{json .RootFS.Layers}},{{json .Config.Cmd}},{{json .Config.Env}}]'
  const { stdout } = await lab.engine.docker(['image', 'inspect', '--format', format, ...names])
  return stdout.split('\n').flatMap(line => (line === '' ? [] : [JSON.parse(line)]))
}

function expected({ originals }: Project): readonly unknown[] {
  return originals.map(({ platforms }) => [
    'linux/amd64',
    platforms.find(({ platform }) => platform === 'linux/amd64')?.diffIds,
    ['/bin/true'],
    ['PATH=/bin'],
  ])
}

/** All names that an engine has, sorted. */
async function namesIn(lab: Lab<AnyEngine>): Promise<readonly string[]> {
  const { stdout } = await lab.engine.docker(['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}'])
  return stdout
    .split('\n')
    .filter(line => line !== '' && !line.includes('<none>'))
    .sort()
}

const targetsOf = ({ relayed }: Project) => relayed.map(({ target }) => target)

/** Copies a set into a folder of its own, as a disk is carried. Returns the folder above it. */
function carry(lab: Lab<AnyEngine>, set: string): string {
  const place = mkdtempSync(join(lab.dir, 'carried on a disk '))
  cpSync(set, join(place, FOLDER), { recursive: true })
  return place
}

function load(lab: Lab<AnyEngine>, place: string, project: Project, ...args: readonly string[]) {
  return lab.run(script('load-images.sh', project, args), { cwd: place })
}

/** A load whose last part waits until it is let go, in a program that starts no other one. */
function beginSlowly(lab: Lab<AnyEngine>, place: string, project: Project, options: CommandOptions = {}) {
  const bin = join(place, 'bin')
  mkdirSync(bin, { recursive: true })
  const lines = [
    '#!/bin/sh',
    'case $1 in *images.tar*) ;; *) exec /bin/cat "$@" ;; esac',
    'while [ $# -gt 1 ]; do /bin/cat "$1" || exit; shift; done',
    `touch '${place}/reached'`,
    `exec /bin/cat '${place}/go' "$1"`,
  ]
  execFileSync('mkfifo', [join(place, 'go')])
  writeFileSync(join(bin, 'cat'), `${lines.join('\n')}\n`, { mode: 0o755 })
  const env = { PATH: `${bin}:${lab.engine.env['PATH']}` }
  return lab.begin(script('load-images.sh', project), { cwd: place, env, ...options })
}

/** Lets a load go on that began slowly: who waits for the pipe finds its end, who comes later an empty file. */
function letGo(place: string): void {
  const go = join(place, 'go')
  const end = openSync(go, 'r+')
  rmSync(go)
  writeFileSync(go, '')
  closeSync(end)
}

async function until(condition: () => boolean | Promise<boolean>, running: Running): Promise<void> {
  for (let tries = 0; !(await condition()); tries++) {
    if (tries > 2000) throw new Error(`that does not come:\n${running.stdout}\n${running.stderr}`)
    await sleep(20)
  }
}

/** Expects that one more run completes what another one has begun. */
async function expectCompletion(lab: Lab<AnyEngine>, place: string, project: Project): Promise<Result> {
  const completed = await load(lab, place, project)
  const count = project.relayed.length
  expect(completed).toMatchObject({ status: 0, stderr: '' })
  expect(completed.stdout).toContain(`${count} of ${count} images done, 0 failed`)
  expect(await contents(lab, targetsOf(project))).toEqual(expected(project))
  expect(lab.strays()).toEqual([])
  return completed
}

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'relay-air-gap-'))
  const [example, heavy] = [join(work, 'a project'), join(work, 'big')]
  cpSync('examples/dify', example, { recursive: true })
  dify = await generate(example, '--config', 'relay.yaml')
  mkdirSync(heavy)
  const services = ['alpine', 'busybox', 'nginx'].map(name => `  ${name}: { image: "${name}:1" }\n`)
  writeFileSync(join(heavy, 'compose.yaml'), `services:\n${services.join('')}`)
  writeFileSync(join(heavy, 'relay.yaml'), 'outputs: [save, load]\n')
  big = await generate(heavy, '--config', 'relay.yaml')
})
afterAll(() => rmSync(work, { recursive: true, force: true }))

describe.each(ENGINES)('the site with the internet, on $title', ({ title, start }) => {
  let lab: Lab<AnyEngine>

  beforeAll(async () => {
    lab = await start()
    dify.originals = await lab.internet.seed(
      dify.relayed.map(({ source }, number) => ({
        reference: source,
        bytes: 4096,
        ...SHAPES[number % SHAPES.length],
      })),
    )
    big.originals = await lab.internet.seed(
      big.relayed.map(({ source }) => ({ reference: source, layers: 2, bytes: 20_000_000 })),
    )
  })
  afterAll(() => lab?.stop())

  test.each(['dify', 'big'] as const)('saves a set of %s', async name => {
    const project = name === 'dify' ? dify : big
    const place = join(work, title.replace(/\W+/g, '-'), name)
    mkdirSync(place, { recursive: true })
    const pulled = await lab.run(script('pull-all-images-linux-amd64.sh', project, ['--jobs', '1']), {
      cwd: project.out,
    })
    expect(pulled).toMatchObject({ status: 0 })
    const split = name === 'dify' ? '64k' : '30m'
    const saved = await lab.run(script('save-images.sh', project, ['--split', split]), { cwd: place })
    expect(saved).toMatchObject({ status: 0 })
    const files = readdirSync(join(place, FOLDER))
    expect(files).toContain('SHA256SUMS')
    expect(files.filter(file => file.startsWith('images.tar.')).length).toBeGreaterThanOrEqual(4)
  })
})

describe.each(CARRIED)('the site without, on %s', (to, ...sites) => {
  const from = sites.filter(site => site instanceof RegExp)
  const first = from[0] ?? to
  let lab: Lab<AnyEngine>

  beforeAll(async () => {
    lab = await engineOf(to).start()
  })
  afterAll(() => lab?.stop())

  test.each(from)('has all images of %s, and loads nothing twice', async site => {
    await lab.engine.wipe()
    const place = carry(lab, setOf(site))
    const loaded = await load(lab, place, dify)
    expect(loaded).toMatchObject({ status: 0, stderr: '' })
    expect(loaded.stdout).toContain('27 of 27 images done, 0 failed')
    expect(await namesIn(lab)).toEqual([...targetsOf(dify)].sort())
    expect(await contents(lab, targetsOf(dify))).toEqual(expected(dify))
    const again = await load(lab, place, dify)
    expect(again).toMatchObject({ status: 0, stderr: '' })
    expect(again.stdout.match(/nothing to do/g)).toHaveLength(27)
    expect(again.stdout).not.toMatch(/checking file|^\+ /m)
  })

  test('gives the names of the project, and those under localhost/', async () => {
    await lab.engine.wipe()
    const place = carry(lab, setOf(first))
    const sources = await load(lab, place, dify, '--as', 'source')
    expect(sources).toMatchObject({ status: 0, stderr: '' })
    expect(
      await contents(
        lab,
        dify.relayed.map(({ full }) => full),
      ),
    ).toEqual(expected(dify))
    expect(await namesIn(lab)).toHaveLength(27)
    expect((await namesIn(lab)).filter(name => name.startsWith(TEAM))).toEqual([])
    const locals = await load(lab, place, dify, '--as', 'localhost')
    expect(locals).toMatchObject({ status: 0, stderr: '' })
    expect(locals.stdout).not.toContain('checking file')
    const names = dify.relayed.map(({ source }) => `localhost/${source}`)
    expect(await contents(lab, names)).toEqual(expected(dify))
  })

  test('takes nothing of a set that is not right', async () => {
    await lab.engine.wipe()
    const refuse = async (damage: (set: string) => void, reason: RegExp) => {
      const place = carry(lab, setOf(first))
      damage(join(place, FOLDER))
      const refused = await load(lab, place, dify)
      expect(refused).toMatchObject({ status: 3, stderr: expect.stringMatching(reason) })
      expect(await namesIn(lab)).toEqual([])
    }
    await refuse(set => {
      const part = join(set, 'images.tar.003')
      const bytes = readFileSync(part)
      bytes[20_000] = (bytes[20_000] ?? 0) ^ 1
      writeFileSync(part, bytes)
    }, /^damaged, or of another set: images\.tar\.003 \(65536 bytes\)$/m)
    await refuse(set => rmSync(join(set, 'images.tar.002')), /^missing: images\.tar\.002$/m)
    await refuse(
      set => truncateSync(join(set, 'images.tar.001'), 1000),
      /^damaged, or of another set: images\.tar\.001 \(1000 bytes, and not 65536 /m,
    )
    const other = setOf(from[1] ?? to)
    await refuse(
      set => copyFileSync(join(other, 'images.tar.002'), join(set, 'images.tar.002')),
      /^damaged, or of another set: images\.tar\.002 /m,
    )
    await refuse(set => rmSync(join(set, 'SHA256SUMS')), /has no SHA256SUMS/)
  })

  test.each(['SIGINT', 'SIGKILL'] as const)('completes a load that was ended by %s', async signal => {
    await lab.engine.wipe()
    const place = carry(lab, setOf(first, 'big'))
    const running = beginSlowly(lab, place, big)
    await until(() => existsSync(join(place, 'reached')), running)
    const sent = performance.now()
    running.kill(signal, 'group')
    const ended = await running.done
    expect(ended.stdout).not.toContain('] done: ')
    if (signal === 'SIGINT') {
      expect(ended.status).toBe(130)
      expect(performance.now() - sent).toBeLessThan(8000)
      expect(lab.strays()).toEqual([])
      expect(readdirSync(lab.engine.env['TMPDIR'] ?? '')).toEqual([])
    }
    letGo(place)
    await until(() => lab.strays().length === 0, running)
    await expectCompletion(lab, place, big)
  })

  test('completes a load whose engine was killed', async () => {
    if (!(lab.engine instanceof Engine)) return
    await lab.engine.wipe()
    const place = carry(lab, setOf(first, 'big'))
    const early = beginSlowly(lab, place, big)
    await until(() => existsSync(join(place, 'reached')), early)
    await lab.engine.kill()
    letGo(place)
    const ended = await early.done
    expect(ended.status).toBe(1)
    expect(ended.stdout).toContain('0 of 3 images done, 3 failed')
    expect(ended.stdout).toMatch(/^ {4}engine-gone: /m)
    await lab.engine.start()
    const late = lab.begin(script('load-images.sh', big), { cwd: place })
    await until(async () => (await namesIn(lab)).length > 0, late)
    await lab.engine.kill()
    const second = await late.done
    await lab.engine.start()
    const completed = await expectCompletion(lab, place, big)
    const done = second.stdout.match(/\] (?:done|nothing to do): /g)?.length ?? 0
    expect(completed.stdout.match(/nothing to do/g)?.length ?? 0).toBeGreaterThanOrEqual(done)
  })
})

describe.each(['Docker 20.10', 'the store of containerd'])('a disk that is full, on %s', title => {
  let lab: FaultLab

  beforeAll(async () => {
    const daemon = { features: { 'containerd-snapshotter': true } }
    lab = await startFaultLab({
      mebibytes: 512,
      ...(title === 'Docker 20.10' ? {} : { root: sidRoot(), daemon }),
    })
  })
  afterAll(() => lab?.stop())

  test.each([60, 150, 200])('with %i MiB free', async free => {
    await lab.engine.wipe()
    lab.disk.fill(free * 1024 * 1024)
    const place = carry(lab, setOf(/classic/, 'big'))
    const refused = await load(lab, place, big)
    expect(refused).toMatchObject({ status: 3, stderr: expect.stringContaining('--no-space-check') })
    expect(await namesIn(lab)).toEqual([])
    const failed = await load(lab, place, big, '--no-space-check')
    expect(failed.status).toBe(1)
    expect(failed.stdout).toMatch(/^ {4}disk-full: /m)
    lab.disk.empty()
    const completed = await expectCompletion(lab, place, big)
    const done = failed.stdout.match(/\] done: /g)?.length ?? 0
    expect(completed.stdout.match(/nothing to do/g)?.length ?? 0).toBe(done)
  })
})
