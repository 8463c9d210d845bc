import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { CommandOptions, Result, Running } from './command.ts'
import { type FaultLab, startFaultLab } from './fault-lab.ts'
import { answer, denied, nginx } from './faults.ts'
import type { ImageSpec } from './images.ts'
import { type Lab, startLab } from './lab.ts'
import type { Login, Registry, Stored } from './registry.ts'

const CLI = resolve('dist/cli.js')
const SCRIPT = './relay-images.sh'
const HEADER = 'source\tsource digest\ttarget\ttarget digest\tplatform'

/** The images of a list in all the shapes that registries have them in. */
function shape(reference: string, number: number): ImageSpec {
  const shapes: readonly Omit<ImageSpec, 'reference'>[] = [
    { format: 'docker', layers: 2 },
    { format: 'oci' },
    { format: 'docker', platform: ['linux/arm64', 'linux/amd64'] },
    { format: 'oci', platform: ['linux/amd64', 'linux/arm64'], layers: 3 },
    { format: 'oci', platform: ['linux/amd64'], attested: true },
  ]
  return { reference, ...shapes[number % shapes.length] }
}

/** A machine that sees the internet of a laboratory and has skopeo, curl and no engine that it could use. */
class Machine {
  readonly lab: Lab
  readonly #env: Readonly<Record<string, string>>
  /** The logins that it has. */
  readonly logins: string
  readonly #asked: string

  constructor(lab: Lab) {
    this.lab = lab
    const bin = join(lab.dir, 'machine')
    mkdirSync(bin)
    this.logins = join(bin, 'auth.json')
    this.#asked = join(bin, 'engine-was-asked')
    for (const engine of ['docker', 'podman', 'nerdctl'])
      writeFileSync(join(bin, engine), `#!/bin/sh\n: >'${this.#asked}'\nexit 1\n`, { mode: 0o755 })
    // TEST_SKOPEO names another skopeo than the machine's.
    const skopeo = process.env['TEST_SKOPEO']
    if (skopeo !== undefined) symlinkSync(resolve(skopeo), join(bin, 'skopeo'))
    this.#env = {
      PATH: `${bin}:${lab.engine.env['PATH']}`,
      SSL_CERT_FILE: lab.certificate,
      CURL_CA_BUNDLE: lab.certificate,
      GODEBUG: 'netdns=go',
      REGISTRY_AUTH_FILE: this.logins,
      DOCKER_CONFIG: bin,
    }
    this.login()
  }

  login({ user, password }: Login = this.lab.target): void {
    const auth = Buffer.from(`${user}:${password}`).toString('base64')
    writeFileSync(this.logins, JSON.stringify({ auths: { [this.lab.target.address]: { auth } } }))
  }

  /** Whether a script has called an engine. */
  get askedEngine(): boolean {
    return existsSync(this.#asked)
  }

  /** `path` has the programs that the script finds, if not all of the machine. */
  begin(
    cwd: string,
    args: readonly string[] = [],
    { path = this.#env['PATH'] ?? '', ...options }: CommandOptions & { path?: string } = {},
  ): Running {
    const bash = process.env['TEST_BASH']
    const command = ['env', `PATH=${path}`, ...(bash === undefined ? [] : [bash]), SCRIPT, ...args]
    // What skopeo remembers of earlier laboratories is not for this one.
    const own = 'mount -n -t tmpfs laboratory /var/lib/containers 2>/dev/null; exec "$@"'
    return this.lab.begin(this.lab.engine.inside(['sh', '-c', own, 'sh', ...command], cwd), {
      ...options,
      env: { ...this.#env, ...options.env },
    })
  }

  run(cwd: string, ...args: readonly string[]): Promise<Result> {
    return this.begin(cwd, args).done
  }
}

interface Row {
  readonly source: string
  readonly target: string
}

/** Generates the script for a project; returns what it relays. */
async function generate(lab: Lab, cwd: string, ...flags: string[]): Promise<readonly Row[]> {
  const command = [process.execPath, CLI, 'generate', 'relay-images', 'images', '--out', 'out']
  const registry = ['--registry', `${lab.target.address}/mirror`]
  expect(await lab.run([...command, ...registry, ...flags], { cwd })).toMatchObject({ status: 0, stderr: '' })
  const [, ...lines] = readFileSync(join(cwd, 'out/images.tsv'), 'utf8').trimEnd().split('\n')
  return lines.flatMap(line => {
    const [source = '', target = '', , state] = line.split('\t')
    return state === 'relay' ? [{ source, target }] : []
  })
}

/** A project of these images in a folder of its own, with these settings; returns where its script is. */
async function projectOf(lab: Lab, name: string, images: readonly string[], settings = ''): Promise<string> {
  const folder = join(lab.dir, name)
  mkdirSync(folder)
  const services = images.map((image, number) => `  s${number}: { image: "${image}" }\n`)
  writeFileSync(join(folder, 'compose.yaml'), `services:\n${services.join('')}`)
  if (settings !== '') writeFileSync(join(folder, 'relay.yaml'), `compose: compose.yaml\n${settings}\n`)
  await generate(lab, folder)
  return join(folder, 'out')
}

/** The rows of a lock file. */
function lockOf(out: string): readonly (readonly string[])[] {
  const [header, ...lines] = readFileSync(join(out, 'relay-lock.tsv'), 'utf8').trimEnd().split('\n')
  expect(header).toBe(HEADER)
  return lines.map(line => line.split('\t'))
}

function digestFor(image: Stored | undefined, wanted: string): string | undefined {
  return image?.platforms.find(({ platform }) => platform === wanted)?.digest
}

async function digestsAt(registry: Registry, references: readonly string[]) {
  return await Promise.all(references.map(async one => (await registry.manifest(one))?.digest ?? null))
}

describe('27 images', () => {
  let lab: Lab
  let machine: Machine
  let out: string
  let relayed: readonly Row[]
  let originals: readonly Stored[]

  /** The example, relayed to the laboratory's private registry. The tests below are one story, told in order. */
  beforeAll(async () => {
    lab = await startLab()
    machine = new Machine(lab)
    const project = join(lab.dir, 'a project')
    cpSync('examples/dify', project, { recursive: true })
    relayed = await generate(lab, project, '--config', 'relay.yaml')
    out = join(project, 'out')
    originals = await lab.internet.seed(relayed.map(({ source }, number) => shape(source, number)))
  })
  afterAll(() => lab?.stop())

  const targets = () => relayed.map(({ target }) => target)

  /** What others asked of both registries while a function ran. */
  async function requestsOf<Value>(run: () => Promise<Value>) {
    const before = [lab.internet, lab.target].map(registry => registry.requests().length)
    const value = await run()
    const [internet = [], target = []] = [lab.internet, lab.target].map((registry, at) =>
      registry.requests().slice(before[at]),
    )
    return { value, internet, target }
  }

  test('without a login nothing begins', async () => {
    rmSync(machine.logins)
    const done = await machine.run(out)
    expect(done).toMatchObject({ status: 3 })
    expect(done.stderr).toContain(`run: skopeo login ${lab.target.address}`)
    expect(await lab.target.repositories()).toEqual([])
    machine.login()
  })

  test('Ctrl-C ends a run and all that it started', async () => {
    const running = machine.begin(out, ['--jobs', '2'])
    while (!running.stdout.includes('[3/27] done')) await sleep(10)
    running.kill('SIGINT', 'group')
    expect(await running.done).toMatchObject({ status: 130 })
    expect(lab.strays()).toEqual([])
    expect(lockOf(out).length).toBeGreaterThanOrEqual(3)
  })

  test('the next run copies the rest, each for its platform and for no other', async () => {
    const done = await machine.run(out)
    expect(done).toMatchObject({ status: 0, stderr: '' })
    expect(done.stdout).toContain('27 of 27 images done, 0 failed')
    expect(await digestsAt(lab.target, targets())).toEqual(
      originals.map(image => digestFor(image, 'linux/amd64')),
    )
    expect(machine.askedEngine).toBe(false)
  })

  test('the lock has both digests of each', () => {
    expect(lockOf(out)).toEqual(
      relayed.map(({ source, target }, at) => [
        source,
        originals[at]?.digest,
        target,
        digestFor(originals[at], 'linux/amd64'),
        'linux/amd64',
      ]),
    )
  })

  test('a second run moves no blob, and asks each registry once for an image', async () => {
    const { value, internet, target } = await requestsOf(() => machine.run(out))
    expect(value).toMatchObject({ status: 0, stderr: '' })
    expect(value.stdout.match(/nothing to do/g)).toHaveLength(27)
    const manifests = [...internet, ...target].filter(({ path }) => path.includes('/manifests/'))
    expect(manifests.every(({ method }) => method === 'HEAD')).toBe(true)
    expect(manifests).toHaveLength(54)
    const others = [...internet, ...target].filter(({ path }) => !path.includes('/manifests/'))
    const hosts = new Set(relayed.map(({ source }) => /^([^/]*[.:][^/]*)\//.exec(source)?.[1] ?? 'docker.io'))
    // A first look at each registry; at the target the login, a repository, and whether an upload may begin.
    expect(others.map(({ method, path }) => `${method} ${path.split('?')[0]}`).sort()).toEqual(
      [
        ...Array.from({ length: hosts.size + 2 }, () => 'GET /v2/'),
        expect.stringMatching(/^GET \/v2\/.*\/tags\/list$/),
        expect.stringMatching(/^POST \/v2\/.*\/blobs\/uploads\/$/),
      ].sort((a, b) => String(a).localeCompare(String(b))),
    )
    console.log(`second run: ${internet.length + target.length} requests for 27 images`)
  })

  test('--verify finds nothing wrong', async () => {
    const done = await machine.run(out, '--verify')
    expect(done).toMatchObject({ status: 0, stderr: '' })
    expect(done.stdout).toContain('27 of 27 images done, 0 failed')
  })

  test('a tag that has moved is copied again, and no other', async () => {
    const at = relayed.findIndex(({ source }) => source === 'redis:6-alpine')
    const moved = await lab.internet.put({ reference: 'redis:6-alpine', revision: 'two' })
    const done = await machine.run(out)
    expect(done).toMatchObject({ status: 0, stderr: '' })
    expect(done.stdout.match(/nothing to do/g)).toHaveLength(26)
    expect(await digestsAt(lab.target, [relayed[at]?.target ?? ''])).toEqual([moved.digest])
    expect(lockOf(out)[at]?.[1]).toBe(moved.digest)
    originals = originals.with(at, moved)
  })

  test('--verify names a tag of the target that somebody else has moved, and the next run puts it right', async () => {
    const at = relayed.findIndex(({ source }) => source === 'redis:6-alpine')
    const { target = '' } = relayed[at] ?? {}
    await lab.target.put({ reference: 'x', revision: 'foreign' }, target)
    const verified = await machine.run(out, '--verify')
    expect(verified).toMatchObject({ status: 1 })
    expect(verified.stdout).toContain('26 of 27 images done, 1 failed')
    expect(verified.stdout).toContain('failed: redis:6-alpine: the tag has moved')
    expect(await machine.run(out)).toMatchObject({ status: 0 })
    expect(await digestsAt(lab.target, [target])).toEqual([digestFor(originals[at], 'linux/amd64')])
  })

  test('--all-platforms gives the target what the source has, and one platform is one again', async () => {
    const all = await machine.run(out, '--all-platforms')
    expect(all).toMatchObject({ status: 0, stderr: '' })
    expect(await digestsAt(lab.target, targets())).toEqual(originals.map(({ digest }) => digest))
    const again = await machine.run(out, '--all-platforms')
    expect(again.stdout.match(/nothing to do/g)).toHaveLength(27)
    const one = await machine.run(out)
    expect(one).toMatchObject({ status: 0, stderr: '' })
    expect(await digestsAt(lab.target, targets())).toEqual(
      originals.map(image => digestFor(image, 'linux/amd64')),
    )
  })

  test('without curl skopeo is asked, and all of it is proven', async () => {
    const bin = join(lab.dir, 'without-curl')
    const programs =
      'sh bash mount skopeo base64 cat chmod env grep head ln mkdir mkfifo mktemp mv rm rmdir sed sleep sort tail tr'
    mkdirSync(bin)
    for (const name of programs.split(' '))
      await lab.run(['sh', '-c', 'ln -s "$(command -v "$1")" "$2"', 'sh', name, bin])
    rmSync(join(out, 'relay-lock.tsv'))
    const begin = () => machine.begin(out, [], { path: bin }).done
    const done = await begin()
    expect(done).toMatchObject({ status: 0 })
    expect(done.stderr).toMatch(/^curl is not here, so skopeo is asked/)
    expect(done.stderr).not.toContain('not proven')
    expect(lockOf(out).map(([, , , digest]) => digest)).toEqual(
      originals.map(image => digestFor(image, 'linux/amd64')),
    )
    expect((await begin()).stdout.match(/nothing to do/g)).toHaveLength(27)
  })

  test('what is not made for the platform fails, and its tag is not touched', async () => {
    await lab.internet.seed([
      { reference: 'alone:1', platform: 'linux/arm64' },
      { reference: 'others:1', platform: ['linux/arm64', 'linux/s390x'], format: 'oci' },
      { reference: 'fine:1' },
    ])
    const before = await lab.target.put({ reference: 'x' }, 'mirror/alone:1')
    const folder = await projectOf(lab, 'platforms', ['alone:1', 'others:1', 'fine:1'])
    const done = await machine.run(folder)
    expect(done).toMatchObject({ status: 1 })
    expect(done.stdout).toContain('1 of 3 images done, 2 failed')
    expect(done.stdout).toMatch(/^ {2}failed: alone:1: .*linux\/arm64.*\n {4}wrong-platform: /m)
    expect(done.stdout).toMatch(/^ {2}failed: others:1: .*\n {4}no-platform: /m)
    expect(await digestsAt(lab.target, ['mirror/alone:1', 'mirror/others:1'])).toEqual([before.digest, null])
  })

  test('what is pinned is copied by its digest; what is missing has its class', async () => {
    const stored = await lab.internet.put({ reference: 'pinned:1', platform: ['linux/arm64', 'linux/amd64'] })
    await lab.internet.put({ reference: 'pinned:1', revision: 'later' })
    const folder = await projectOf(lab, 'pins', [`pinned:1@${stored.digest}`, 'missing:1'])
    const done = await machine.run(folder)
    expect(done).toMatchObject({ status: 1 })
    expect(done.stdout).toMatch(/^ {2}failed: missing:1: .*manifest unknown.*\n {4}not-found: /m)
    expect(await digestsAt(lab.target, ['mirror/pinned:1'])).toEqual([digestFor(stored, 'linux/amd64')])
    expect(lockOf(folder)[0]?.[1]).toBe(stored.digest)
  })

  test('nothing was sent to a registry that was not named, and nothing runs on', () => {
    const writes = lab.internet.requests().filter(({ method }) => !['GET', 'HEAD'].includes(method))
    expect(writes).toEqual([])
    expect(lab.strays()).toEqual([])
    expect(machine.askedEngine).toBe(false)
  })
})

describe('faults, and a registry that wants tokens', () => {
  let lab: FaultLab
  let machine: Machine

  beforeAll(async () => {
    lab = await startFaultLab({ bearer: ['target'] })
    machine = new Machine(lab)
  })
  afterAll(() => lab?.stop())

  const requestsSoFar = () => [lab.front.internet, lab.front.target, lab.front.tokens].map(askedOf)
  const askedOf = (proxy: FaultLab['front']['tokens']) => {
    const counts = [...proxy.totals({})].map(([, { requests }]) => requests)
    return counts.reduce((sum, count) => sum + count, 0)
  }

  test('a second run takes two requests an image, though a registry wants tokens for repositories', async () => {
    const images = Array.from({ length: 25 }, (_, number) => `many/image-${number}:1`)
    await lab.internet.seed(images.map(shape))
    const folder = await projectOf(lab, 'many', images)
    expect(await machine.run(folder)).toMatchObject({ status: 0, stderr: '' })
    const [internet = 0, target = 0, tokens = 0] = requestsSoFar()
    const again = await machine.run(folder)
    expect(again).toMatchObject({ status: 0, stderr: '' })
    expect(again.stdout.match(/nothing to do/g)).toHaveLength(25)
    const now = requestsSoFar()
    // Besides: a first look at each; the right to push to one repository, and a token for it.
    expect((now[0] ?? 0) - internet).toBe(25 + 1)
    expect((now[1] ?? 0) - target).toBe(25 + 3)
    // Up to 20 repositories get a token together.
    expect((now[2] ?? 0) - tokens).toBe(2 + 1)
  })

  test('503 is tried again, where asking and where copying', async () => {
    const names = ['asking', 'reading', 'writing'].map(name => `busy/${name}:1`)
    await lab.internet.seed(names)
    const folder = await projectOf(lab, 'busy', names)
    const action = nginx(503, 'Service Unavailable')
    lab.front.internet.add({ match: { kind: 'manifest', repository: 'busy/asking' }, times: 1, action })
    lab.front.internet.add({
      match: { kind: 'manifest', repository: 'busy/reading', agent: /skopeo/ },
      times: 1,
      action,
    })
    lab.front.target.add({
      match: { kind: 'manifest', method: 'PUT', repository: 'mirror/busy-writing' },
      times: 1,
      action,
    })
    const done = await machine.run(folder, '--result', 'result.json')
    expect(done).toMatchObject({ status: 0, stderr: '' })
    expect(done.stdout.match(/^again: busy.*next try in/gm)).toHaveLength(3)
    const results = readFileSync(join(folder, 'result.json'), 'utf8').trimEnd().split('\n')
    expect(results.map(line => JSON.parse(line).tries)).toEqual([2, 2, 2])
    for (const proxy of [lab.front.internet, lab.front.target]) proxy.clear()
  })

  test('what is denied is asked for once', async () => {
    await lab.internet.seed(['closed/app:1'])
    const folder = await projectOf(lab, 'closed', ['closed/app:1'])
    lab.front.internet.add({ match: { kind: 'manifest', repository: 'closed/app' }, action: denied() })
    const done = await machine.run(folder)
    expect(done).toMatchObject({ status: 1 })
    expect(done.stdout).toMatch(/failed: closed\/app:1: .*denied.*\n {4}denied: /)
    expect(done.stdout).not.toContain('next try in')
    const totals = [...lab.front.internet.totals({ repository: 'closed/app', kind: 'manifest' })]
    expect(totals.map(([, { requests }]) => requests)).toEqual([1])
    lab.front.internet.clear()
  })

  test('a registry that takes no uploads: nothing begins', async () => {
    lab.tokens.setUser('reader', 'reads only', { '*': ['pull'] })
    machine.login({ user: 'reader', password: 'reads only' })
    const folder = await projectOf(lab, 'reader', ['busy/asking:1'])
    const done = await machine.run(folder)
    expect(done).toMatchObject({ status: 3 })
    expect(done.stderr).toMatch(/❌ push: [\s\S]*nothing was copied\n$/)
    machine.login()
  })

  test('Ctrl-C in the middle of blobs, and two runs at once', async () => {
    const names = ['one', 'two', 'three', 'four'].map(name => `slow/${name}:1`)
    await lab.internet.seed(names.map(reference => ({ reference, bytes: 200_000 })))
    const folder = await projectOf(lab, 'slow', names)
    lab.front.internet.add({ match: { kind: 'blob' }, action: { do: 'slow', rate: 100_000 } })
    const running = machine.begin(folder)
    await sleep(1500)
    const began = Date.now()
    running.kill('SIGINT', 'group')
    const ended = await running.done
    expect(ended).toMatchObject({ status: 130 })
    expect(ended.stdout).toContain('0 of 4 images done, 0 failed, 4 not finished')
    expect(Date.now() - began).toBeLessThan(8000)
    expect(lab.strays()).toEqual([])
    lab.front.internet.clear()
    const both = await Promise.all([machine.run(folder), machine.run(folder)])
    expect(both.map(({ status }) => status)).toEqual([0, 0])
    expect(lockOf(folder)).toHaveLength(4)
    expect((await machine.run(folder)).stdout.match(/nothing to do/g)).toHaveLength(4)
  })
})

// Told in order.
describe('registries that hand on what others have', () => {
  const PROXY = 'm.daocloud.io'
  const LEADING = 'registry.k8s.io'
  const LED_TO = 'europe.registry.example.org'
  const IMAGES = ['proxied/one:1', 'proxied/two:1', 'proxied/three:1', 'proxied/four:1']
  let lab: FaultLab
  let machine: Machine
  let folder: string

  beforeAll(async () => {
    lab = await startFaultLab({ hosts: [PROXY, LEADING, LED_TO] })
    machine = new Machine(lab)
    const specs = IMAGES.map(shape)
    await lab.internet.seed(specs)
    for (const spec of specs) await lab.internet.put(spec, `${PROXY}/docker.io/${spec.reference}`)
    folder = await projectOf(lab, 'proxied', IMAGES, `via: [silent.example.org, ${PROXY}]`)
  })
  afterAll(() => lab?.stop())
  beforeEach(() => lab.front.internet.forget())

  const asked = (repository: string) => lab.front.internet.total({ repository }).requests
  const own = () => IMAGES.map(image => asked(image.replace(':1', '')))
  /** Lets nothing be at the target, as far as the lock file knows. */
  const forgetTargets = () => {
    const lock = join(folder, 'relay-lock.tsv')
    const rows = readFileSync(lock, 'utf8')
    writeFileSync(lock, rows.replace(/(\tmirror|:\d+\/mirror)([^\t]*)\tsha256:\w+/g, '$1$2\t-'))
    expect(readFileSync(lock, 'utf8')).not.toBe(rows)
  }

  test('one that does not answer is told of and asked no more; without a digest none is asked', async () => {
    const done = await machine.run(folder)
    expect(done).toMatchObject({ status: 0 })
    expect(done.stderr).toMatch(/^silent\.example\.org does not answer and is not asked for images: .+\n$/)
    expect(done.stdout.match(/no digest is known that a proxy could be held to/g)).toHaveLength(4)
    expect(IMAGES.map(image => asked(`docker.io/${image.replace(':1', '')}`))).toEqual([0, 0, 0, 0])
  })

  test('a second run asks the proxy once for an image, and the registry itself never', async () => {
    const again = await machine.run(folder)
    expect(again.stdout.match(/nothing to do/g)).toHaveLength(4)
    expect(IMAGES.map(image => asked(`docker.io/${image.replace(':1', '')}`))).toEqual([1, 1, 1, 1])
    expect(own()).toEqual([0, 0, 0, 0])
  })

  test('all comes through the proxy where the digests are those of the lock file', async () => {
    forgetTargets()
    const lock = readFileSync(join(folder, 'relay-lock.tsv'), 'utf8')
    const done = await machine.run(folder)
    expect(done).toMatchObject({ status: 0, stdout: expect.stringContaining('4 of 4 images done') })
    expect(own()).toEqual([0, 0, 0, 0])
    expect(lockOf(folder).map(([, source]) => source)).toEqual(
      lock
        .trimEnd()
        .split('\n')
        .slice(1)
        .map(row => row.split('\t')[1]),
    )
    const targets = IMAGES.map(image => `${lab.target.address}/mirror/${image.replace('/', '-')}`)
    expect(await digestsAt(lab.target, targets)).not.toContain(null)
    expect(await machine.run(folder, '--verify')).toMatchObject({ status: 0 })
  })

  test('another image, one that fails while it is copied, one that is not there: the registry itself has the last word', async () => {
    const [one = '', two = '', three = ''] = IMAGES
    await lab.internet.put({ reference: one, revision: 'another' }, `${PROXY}/docker.io/${one}`)
    const match = { repository: `docker.io/${two.replace(':1', '')}` }
    lab.front.internet.add({ match: { ...match, agent: /skopeo/ }, action: nginx(502, 'Bad Gateway') })
    lab.front.internet.add({
      match: { repository: `docker.io/${three.replace(':1', '')}` },
      action: denied(),
    })
    forgetTargets()
    const done = await machine.run(folder)
    lab.front.internet.clear()
    expect(done).toMatchObject({ status: 0, stdout: expect.stringContaining('4 of 4 images done') })
    expect(done.stdout).toContain(`${PROXY}/docker.io/${one} is not what it must be: it has sha256:`)
    expect(own().map(count => count > 0)).toEqual([true, true, true, false])
    expect(await machine.run(folder, '--verify')).toMatchObject({ status: 0 })
  })

  test('one that gives no answer for an image is not asked for it once more by the program', async () => {
    lab.front.internet.add({ match: { repository: 'docker.io/proxied/*' }, action: { do: 'reset' } })
    const again = await machine.run(folder)
    lab.front.internet.clear()
    expect(again.stdout.match(/nothing to do/g)).toHaveLength(4)
    expect(IMAGES.map(image => asked(`docker.io/${image.replace(':1', '')}`))).toEqual([1, 1, 1, 1])
    expect(own()).toEqual([1, 1, 1, 1])
  })

  test('one that is in trouble when it is looked at is asked for images all the same', async () => {
    lab.front.internet.add({
      match: { host: PROXY, kind: 'ping', agent: /curl/ },
      action: nginx(503, 'Service Unavailable'),
    })
    forgetTargets()
    const done = await machine.run(folder)
    lab.front.internet.clear()
    expect(done).toMatchObject({ status: 0, stderr: expect.not.stringContaining(PROXY) })
    expect(own().map(count => count > 0)).toEqual([true, false, false, false])
  })

  test('--trust-via takes it where no digest is known, and does not write one down', async () => {
    rmSync(join(folder, 'relay-lock.tsv'))
    expect(await machine.run(folder, '--trust-via')).toMatchObject({ status: 0 })
    expect(own()).toEqual([0, 0, 0, 0])
    expect(lockOf(folder).map(([, source]) => source)).toEqual(['-', '-', '-', '-'])
  })

  test('a registry that leads on to another one for everything: the image comes from there', async () => {
    const stored = await lab.internet.put(shape(`${LEADING}/pause:3.9`, 2), `${LED_TO}/k8s/pause:3.9`)
    for (const version of ['3.9', ...stored.platforms.map(({ digest }) => digest)])
      lab.front.internet.add({
        match: { host: LEADING, path: new RegExp(`/manifests/${version}$`) },
        action: answer(307, '', { location: `https://${LED_TO}/v2/k8s/pause/manifests/${version}` }),
      })
    for (const { layers, id } of stored.platforms)
      for (const digest of [...layers, id])
        lab.front.internet.add({
          match: { host: LEADING, path: new RegExp(`/blobs/${digest}$`) },
          action: answer(307, '', { location: `https://${LED_TO}/v2/k8s/pause/blobs/${digest}` }),
        })
    const led = await projectOf(lab, 'led', [`${LEADING}/pause:3.9`])
    expect(await machine.run(led)).toMatchObject({ status: 0, stderr: '' })
    const wanted = digestFor(stored, 'linux/amd64')
    expect(await digestsAt(lab.target, [`${lab.target.address}/mirror/pause:3.9`])).toEqual([wanted])
    expect(lockOf(led).map(([, source, , target]) => [source, target])).toEqual([[stored.digest, wanted]])
    expect((await machine.run(led)).stdout.match(/nothing to do/g)).toHaveLength(1)
    lab.front.internet.clear()
  })
})
