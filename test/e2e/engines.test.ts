import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatReference, parseReference } from '../../generators/core/reference.ts'
import { CANDIDATES } from './candidates.ts'
import type { Result } from './command.ts'
import type { AnyEngine } from './engine.ts'
import { shape } from './images.ts'
import type { Lab } from './lab.ts'
import { Podman } from './podman.ts'
import type { Stored, StoredPlatform } from './registry.ts'

const CLI = resolve('dist/cli.js')
const PULL = './pull-all-images-linux-amd64.sh'
const PUSH = './push-to-target-registry.sh'

interface Relayed {
  readonly source: string
  readonly target: string
  /** The source under the name that every engine knows it by. */
  readonly full: string
}

/** The lines of a table, without that of its columns' names. */
function rows(file: string): readonly (readonly string[])[] {
  const [, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n')
  return lines.map(line => line.split('\t'))
}

function platformOf(image: Stored | undefined, wanted: string): StoredPlatform | undefined {
  return image?.platforms.find(({ platform }) => platform === wanted)
}

describe.each(CANDIDATES)('on $title', ({ title, start, store }) => {
  let lab: Lab<AnyEngine>
  let project: string
  let out: string
  let relayed: readonly Relayed[]
  let originals: readonly Stored[]

  /** The example, relayed to the laboratory's private registry. The tests below are one story, told in order. */
  beforeAll(async () => {
    lab = await start()
    project = join(lab.dir, 'a project')
    cpSync('examples/dify', project, { recursive: true })
    relayed = await generate(project, '--config', 'relay.yaml')
    out = join(project, 'out')
    originals = await lab.internet.seed(relayed.map(({ source }, number) => shape(source, number)))
  })
  afterAll(() => lab?.stop())

  /** Generates the scripts of a project; returns what they relay. */
  async function generate(cwd: string, ...flags: string[]): Promise<readonly Relayed[]> {
    const registry = ['--registry', `${lab.target.address}/mirror`]
    const done = await lab.run([process.execPath, CLI, 'generate', '--out', 'out', ...registry, ...flags], {
      cwd,
    })
    expect(done).toMatchObject({ status: 0, stderr: '' })
    return rows(join(cwd, 'out/images.tsv')).flatMap(([source = '', target = '', , state]) =>
      state === 'relay' ? [{ source, target, full: formatReference(parseReference(source)) }] : [],
    )
  }

  function script(command: readonly string[], cwd: string): Promise<Result> {
    const bash = process.env['TEST_BASH']
    return lab.run(command, bash === undefined ? { cwd } : { cwd, bash })
  }

  /** What the engine has under each name: an image is its platform and its content, whatever a store calls it. */
  async function contents(references: readonly string[]): Promise<readonly unknown[]> {
    const format =
      '["{{.Os}}/{{.Architecture}}",{{json .RootFS.Layers}},{{json .Config.Cmd}},{{json .Config.Env}}]'
    const { stdout } = await lab.engine.docker(['image', 'inspect', '--format', format, ...references])
    return stdout.split('\n').flatMap(line => (line === '' ? [] : [JSON.parse(line)]))
  }

  /** What it should have of the images that the internet has. */
  function expected(images: readonly Stored[]): readonly unknown[] {
    return images.map(image => [
      'linux/amd64',
      platformOf(image, 'linux/amd64')?.diffIds,
      ['/bin/true'],
      ['PATH=/bin'],
    ])
  }

  /** The id of the image that the target has under a name; undefined where that is an index or nothing. */
  async function configOf(target: string): Promise<unknown> {
    const there = await lab.target.manifest(target)
    return JSON.parse(there?.body.toString() ?? '{}').config?.digest
  }

  test('it is what scripts find', async () => {
    const found = await lab.run(['bash', '-c', 'type -P docker podman nerdctl'])
    expect(found.stdout.split('\n')[0]).toBe(join(lab.dir, 'engine/bin', lab.engine.name))
    const part = lab.engine instanceof Podman ? 'Client' : 'Server'
    const said = await lab.engine.docker(['version', '--format', `{{.${part}.Version}}`])
    expect(said.stdout).toMatch(/^\d/)
    expect(title).toContain(said.stdout.trim())
    if (store === undefined) return
    const { stdout } = await lab.engine.docker(['info', '--format', '{{json .DriverStatus}}'])
    expect(stdout.includes('io.containerd.snapshotter.v1')).toBe(store === 'containerd')
  })

  test('Ctrl-C ends a pull and all that it started', async () => {
    const running = lab.begin([PULL, '--jobs', '2'], { cwd: out })
    while (!running.stdout.includes('[3/27] done')) await new Promise(wake => setTimeout(wake, 20))
    running.kill('SIGINT', 'group')
    expect(await running.done).toMatchObject({ status: 130 })
    expect(lab.strays()).toEqual([])
  })

  test('the next pull brings the rest of 27 images for the right platform, one of which is here for another', async () => {
    expect(relayed).toHaveLength(27)
    const other = relayed.find((_, number) => shape('', number).platform?.includes('linux/arm64'))
    const forced = await lab.engine.docker(['pull', '--platform', 'linux/arm64', other?.full ?? ''])
    expect(forced).toMatchObject({ status: 0 })
    const pulled = await script([PULL], out)
    expect(pulled).toMatchObject({ status: 0, stderr: '' })
    expect(pulled.stdout).toContain('27 of 27 images done, 0 failed')
    expect(await contents(relayed.map(({ full }) => full))).toEqual(expected(originals))
  })

  test('a second pull asks nobody for what is here', async () => {
    const before = lab.internet.requests().length
    const pulled = await script([PULL], out)
    expect(pulled).toMatchObject({ status: 0, stderr: '' })
    expect(pulled.stdout.match(/nothing to do/g)).toHaveLength(27)
    expect(lab.internet.requests()).toHaveLength(before)
  })

  test('push moves 27 images, and writes down what the registry has', async () => {
    await lab.login()
    const pushed = await script([PUSH], out)
    expect(pushed).toMatchObject({ status: 0, stderr: '' })
    expect(pushed.stdout).toContain('27 of 27 images done, 0 failed')
    expect(await lab.target.repositories()).toHaveLength(27)
    const lock = rows(join(out, 'relay-lock.tsv'))
    expect(lock.map(([source, , target]) => ({ source, target }))).toEqual(
      relayed.map(({ source, target }) => ({ source, target })),
    )
    for (const [, , target = '', digest] of lock) {
      const there = await lab.target.manifest(target)
      expect({ target, digest }).toEqual({ target, digest: there?.digest })
    }
  })

  test('the registry has each image for the platform, and for no other', async () => {
    const images = await Promise.all(relayed.map(({ target }) => configOf(target)))
    expect(images).toEqual(originals.map(image => platformOf(image, 'linux/amd64')?.id))
  })

  test('the lock has the digest of each source on the internet', () => {
    const lock = rows(join(out, 'relay-lock.tsv')).map(([source, digest]) => ({ source, digest }))
    const known = lock.filter(({ digest }) => digest !== '-')
    expect(known).toHaveLength(27)
    for (const { source, digest } of known) {
      const original = originals.find(({ reference }) => reference === source)
      // Podman does not say which of the two an image came by.
      const own = lab.engine instanceof Podman ? [platformOf(original, 'linux/amd64')?.digest] : []
      expect([original?.digest, ...own], source).toContain(digest)
    }
  })

  test('a second push moves nothing', async () => {
    const before = lab.target.requests().length
    const pushed = await script([PUSH], out)
    expect(pushed).toMatchObject({ status: 0, stderr: '' })
    expect(pushed.stdout.match(/nothing to do/g)).toHaveLength(27)
    const asked = lab.target.requests().slice(before)
    const moving = asked.filter(
      ({ method, path }) => !['GET', 'HEAD'].includes(method) || path.includes('/blobs/'),
    )
    // The question whether an upload may begin.
    expect(moving).toMatchObject([{ method: 'POST', agent: expect.stringMatching(/^curl\//) }])
  })

  test('--verify finds nothing wrong', async () => {
    const verified = await script([PUSH, '--verify'], out)
    expect(verified).toMatchObject({ status: 0, stderr: '' })
    expect(verified.stdout).toContain('27 of 27 images done, 0 failed')
  })

  test('a wiped engine gets the same images by their names at the registry', async () => {
    await lab.engine.wipe()
    const targets = relayed.map(({ target }) => target)
    // One at a time: Podman 5.8 does not stand more, see `storage` in failures.yaml.
    for (const target of targets)
      expect(await lab.engine.docker(['pull', '--quiet', target])).toMatchObject({ status: 0 })
    expect(await contents(targets)).toEqual(expected(originals))
  })

  test('aliases: from localhost/ to the name in the project', async () => {
    const number = relayed.findIndex(({ source }) => source === 'redis:6-alpine')
    const { target = '', full = '' } = relayed[number] ?? {}
    await lab.engine.docker(['tag', target, 'localhost/redis:6-alpine'])
    const tagged = await lab.run(['./tag-image-smart.sh', 'tag-localhost', 'redis:6-alpine'], {
      cwd: out,
      env: { AI_INFRA_NETWORK_ENV: 'external' },
    })
    expect(tagged).toMatchObject({ status: 0, stderr: '' })
    expect(await contents([full])).toEqual(expected(originals.slice(number, number + 1)))
  })

  test('what cannot be had for the platform is a failure of that class, and push will not take it', async () => {
    await lab.internet.seed([
      { reference: 'alone:1', platform: 'linux/arm64' },
      { reference: 'others:1', platform: ['linux/arm64', 'linux/s390x'], format: 'oci' },
      { reference: 'fine:1' },
    ])
    const folder = join(lab.dir, 'platforms')
    mkdirSync(folder)
    const services = ['alone', 'others', 'fine'].map(name => `  ${name}: { image: "${name}:1" }\n`)
    writeFileSync(join(folder, 'compose.yaml'), `services:\n${services.join('')}`)
    await generate(folder)
    const pulled = await script([PULL], join(folder, 'out'))
    expect(pulled.status).toBe(1)
    expect(pulled.stdout).toContain('1 of 3 images done, 2 failed')
    expect(pulled.stdout).toMatch(/^ {2}failed: alone:1: .*\n {4}(?:wrong-platform|no-platform): /m)
    expect(pulled.stdout).toMatch(/^ {2}failed: others:1: .*\n {4}no-platform: /m)
    expect(pulled.stdout).not.toMatch(/done: (?:alone|others):1/)
    const pushed = await script([PUSH], join(folder, 'out'))
    expect(pushed.status).toBe(3)
    expect(pushed.stderr).toMatch(/^(?:wrong platform|not here): alone:1 /m)
    expect(pushed.stderr).toMatch(/^not here: others:1 /m)
    expect(await lab.target.tags('mirror/fine')).toEqual([])
  })

  test('a service with a platform of its own gets that platform, though another is here', async () => {
    const platform = ['linux/amd64', 'linux/arm64']
    const stored = await lab.internet.put({ reference: 'both:1', platform })
    await lab.engine.docker(['pull', 'docker.io/library/both:1'])
    const folder = join(lab.dir, 'own-platform')
    mkdirSync(folder)
    const compose = 'services:\n  one: { image: "both:1", platform: linux/arm64 }\n'
    writeFileSync(join(folder, 'compose.yaml'), compose)
    const [relay] = await generate(folder)
    const pulled = await script([PULL], join(folder, 'out'))
    expect(pulled.stdout).toContain('1 of 1 images done, 0 failed')
    const pushed = await script([PUSH], join(folder, 'out'))
    expect(pushed).toMatchObject({ status: 0, stderr: '' })
    expect(await configOf(relay?.target ?? '')).toBe(platformOf(stored, 'linux/arm64')?.id)
  })

  test('nothing was sent to a registry that was not named, and nothing runs on', () => {
    const writes = lab.internet.requests().filter(({ method }) => !['GET', 'HEAD'].includes(method))
    expect(writes).toEqual([])
    expect(lab.strays()).toEqual([])
  })
})
