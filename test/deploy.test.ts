import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { Flags } from '../generators/core/workspace.ts'
import { BASHES, type Ended, FakeEngine, generate, laboratory } from './fake-engine.ts'
import { type Files, writeFiles } from './project.ts'

vi.setConfig({ maxConcurrency: 6, testTimeout: 60_000 })

const TEAM = 'registry.example.com/team'
const LOGIN = '{"auths": {"registry.example.com": {"auth": "cm9ib3Q6c2VjcmV0"}}}\n'
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`

const PROJECT: Files = {
  'docker-compose.yaml': `
services:
  web:
    image: nginx:1.27
    depends_on: [db]
    env_file: web.env
    volumes: ["./conf d:/conf:ro", "./it's $$(id).conf:/etc/site.conf", "./data:/data", "/srv:/srv"]
  db: { image: "postgres:16", volumes: ["db:/var/lib/postgresql"] }
  tool: { image: "acme/tool:2", profiles: [tools] }
  old: { image: "acme/old:1", profiles: [old] }
  built: { build: ., profiles: [built] }
volumes: { db: {} }
`,
  'ignore-images.txt': 'acme/old\n',
  '.env': 'TOKEN=do-not-print-me\n',
  'web.env': 'PASSWORD=do-not-print-me\n',
  'conf d/a b': 'one\n',
  "conf d/sub/it's": 'two\n',
  "it's $(id).conf": 'three\n',
  'data/seed': 'four\n',
}

/** A machine of an administrator, with hosts that its ssh reaches, and a project. */
class Office {
  readonly sender: FakeEngine
  readonly out: string
  readonly #ssh: string

  static async open(
    parent: string,
    bash: string,
    files: Files = PROJECT,
    flags: Flags = { registry: TEAM },
  ): Promise<Office> {
    const sender = new FakeEngine(parent, bash, [])
    const folder = join(sender.dir, "the project's")
    const out = await generate(folder, files, flags)
    const lock = ['nginx:1.27', 'postgres:16'].map(source =>
      [source, '-', `${TEAM}/${source}`, DIGEST, 'linux/amd64'].join('\t'),
    )
    const header = ['source', 'source digest', 'target', 'target digest', 'platform'].join('\t')
    writeFileSync(join(out, 'relay-lock.tsv'), [header, ...lock, ''].join('\n'))
    return new Office(sender, out)
  }

  private constructor(sender: FakeEngine, out: string) {
    this.sender = sender
    this.out = out
    this.#ssh = join(sender.dir, 'state', 'ssh')
    mkdirSync(this.#ssh)
    link('ssh.sh', join(sender.dir, 'bin', 'ssh'))
  }

  get project(): string {
    return join(this.out, '..')
  }

  /** A host that is ready. */
  host(name: string, bash: string): Site {
    const engine = new FakeEngine(this.sender.dir, bash)
    rmSync(join(engine.dir, 'bin', 'docker'))
    link('host.sh', join(engine.dir, 'bin', 'docker'))
    engine.homeFile('.docker/config.json', LOGIN)
    const images = { web: 'nginx:1.27', db: 'postgres:16', tool: 'acme-tool:2' }
    writeFiles(join(engine.dir, 'state'), {
      kind: 'docker\n',
      ...Object.fromEntries(
        Object.entries(images).map(([name, image]) => [`services/${name}`, `${TEAM}/${image}\n`]),
      ),
    })
    for (const folder of ['containers', 'compose', 'health'])
      mkdirSync(join(engine.dir, 'state', folder), { recursive: true })
    engine.rule('pull', `digest ${DIGEST}`)
    const environment = Object.entries(engine.env).map(([key, value]) => `${key}=${value}\n`)
    writeFiles(join(this.#ssh, name), { environment: environment.join('') })
    return new Site(engine, join(this.#ssh, name))
  }

  run(...words: string[]): Promise<Ended> {
    return this.sender.run([join(this.out, 'deploy-to-host.sh'), ...words], { cwd: this.sender.dir })
  }

  calls(): readonly string[] {
    const file = join(this.#ssh, 'calls')
    return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
  }
}

class Site {
  constructor(
    readonly engine: FakeEngine,
    readonly folder: string,
  ) {}

  rule(text: string): void {
    writeFileSync(join(this.folder, 'rules'), text)
  }

  state(name: string, text: string): void {
    writeFiles(join(this.engine.dir, 'state'), { [name]: text })
  }

  path(name: string): string {
    return join(this.engine.home, 'theprojects', name)
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8')
  }

  /** The containers that run, by service. */
  containers(): Readonly<Record<string, string>> {
    const folder = join(this.engine.dir, 'state', 'containers')
    return Object.fromEntries(
      readdirSync(folder).map(name => [name, readFileSync(join(folder, name), 'utf8')]),
    )
  }

  compose(): readonly string[] {
    return readFileSync(join(this.engine.dir, 'state', 'compose-calls'), 'utf8')
      .trimEnd()
      .split('\n')
  }

  restarted(): string {
    const file = join(this.engine.dir, 'state', 'restarted')
    return existsSync(file) ? readFileSync(file, 'utf8') : ''
  }

  get untouched(): boolean {
    return readdirSync(this.engine.home).join() === '.docker'
  }
}

function link(script: string, path: string): void {
  symlinkSync(fileURLToPath(new URL(`fake-engine/${script}`, import.meta.url)), path)
}

function row(name: string, { stdout }: Ended): string {
  return stdout.split('\n').findLast(line => line.startsWith(`${name} `)) ?? ''
}

const SUCCESS = /files copied|images are pulled|other names|services started|are healthy|runs the image|✓/

describe.each(BASHES)('%s', bash => {
  const parent = laboratory('deploy')
  let office: Office
  beforeAll(async () => {
    office = await Office.open(parent, bash)
  })

  test('two hosts, then again: nothing is copied, nothing is started anew', async () => {
    const [alpha, beta] = [office.host('alpha', bash), office.host('beta', bash)]
    const first = await office.run('me@alpha', 'beta')
    expect(first).toMatchObject({ status: 0, stderr: '' })
    expect(first.stdout).toContain('must be there on the host, and is not copied: /srv (web)\n')
    expect(first.stdout).toContain('✓ me@alpha runs the project\n')
    expect(first.stdout + first.stderr).not.toContain('do-not-print-me')
    for (const host of [alpha, beta]) {
      expect(host.read('conf d/a b')).toBe('one\n')
      expect(host.read("conf d/sub/it's")).toBe('two\n')
      expect(host.read("it's $(id).conf")).toBe('three\n')
      expect(host.read('data/seed')).toBe('four\n')
      expect(host.read('.env')).toBe(PROJECT['.env'])
      expect(statSync(host.path('.env')).mode & 0o777).toBe(0o600)
      expect(statSync(host.path('web.env')).mode & 0o777).toBe(0o600)
      expect(host.engine.id('docker.io/library/nginx:1.27')).toBe(host.engine.id(`${TEAM}/nginx:1.27`))
      expect(Object.keys(host.containers())).toEqual(['db', 'web'])
    }
    expect(alpha.compose().map(line => line.replace(/^.*?\|/, ''))).toEqual([
      '|--project-directory . -p theprojects -f docker-compose-mirror.yaml pull -q web db',
      '|--project-directory . -p theprojects -f docker-compose-mirror.yaml up -d --no-build --pull never db web',
      '|--project-directory . -p theprojects -f docker-compose-mirror.yaml ps',
    ])
    const before = alpha.containers()
    const second = await office.run('me@alpha')
    expect(second).toMatchObject({ status: 0, stderr: '' })
    expect(second.stdout).toContain('nothing to copy\n')
    expect(second.stdout).not.toContain('files copied')
    expect(alpha.containers()).toEqual(before)
    expect(alpha.restarted()).toBe('')
    for (const call of office.calls()) expect(call).toMatch(/ -- (me@alpha|beta) bash -s$/)
  })

  test('nothing that is no name of a host reaches ssh', async () => {
    const before = office.calls().length
    const bad = [
      '-oProxyCommand=x',
      'a b',
      '$(id)',
      'a;id',
      '`id`',
      'a@-x',
      '-x@a',
      'a\nb',
      '',
      'a@',
      '@a',
      "a'b",
      'a:22',
    ]
    for (const name of bad) {
      const { status, stdout } = await office.run(name)
      expect([name, status, stdout]).toEqual([name, 2, ''])
    }
    const usages = [
      [],
      ['a', 'a'],
      ['--port', 'x', 'a'],
      ['--timeout', 'x', 'a'],
      ['--to', '/', 'a'],
      ['--to'],
    ]
    const more = [
      ['--only-services', 'nobody', 'a'],
      ['--overwrite', 'nothing', 'a'],
      ['--lock', 'nowhere', 'a'],
    ]
    for (const words of [...usages, ...more])
      expect([words, (await office.run(...words)).status]).toEqual([words, 2])
    expect(office.calls().length).toBe(before)
  })

  test('what ssh is told', async () => {
    await office.run(
      '--port=2222',
      '--identity',
      '/my key',
      '-F',
      '/my config',
      '--ssh-option',
      'ProxyJump=x',
      'nobody',
    )
    const call = office.calls().find(line => line.includes('nobody')) ?? ''
    expect(call).toMatch(
      /^-p 2222 -i \/my key -F \/my config -o ProxyJump=x .*-o BatchMode=yes .* -- nobody bash -s$/,
    )
  })

  test('which services run', async () => {
    const listed = async (...words: string[]) => {
      const { stdout } = await office.run('--list', ...words)
      const lines = stdout.split('\n').filter(line => /\t(?:relay|ignored|built|other)$/.test(line))
      return lines.map(line => line.split('\t')[0]).sort()
    }
    expect(await listed()).toEqual(['db', 'web'])
    expect(await listed('--profile', 'tools')).toEqual(['db', 'tool', 'web'])
    expect(await listed('--profile', 'tools', '--profile', 'old')).toEqual(['db', 'old', 'tool', 'web'])
    expect(await listed('--profile', '*')).toEqual(['built', 'db', 'old', 'tool', 'web'])
    expect(await listed('--only-services', 'web')).toEqual(['db', 'web'])
    expect(await listed('--only-services', 'db,tool')).toEqual(['db', 'tool'])
  })

  test('what is not relayed has to be there', async () => {
    const host = office.host('lacking', bash)
    const result = await office.run('--profile', 'old,built', 'lacking')
    expect(result.status).toBe(3)
    expect(result.stderr).toContain('not on lacking: the image of built: - (built, not relayed)\n')
    expect(result.stderr).toContain('not on lacking: the image of old: acme/old:1 (ignored, not relayed)\n')
    expect(result.stdout).not.toMatch(SUCCESS)
    expect(host.untouched).toBe(true)
    host.engine.image('docker.io/acme/old:1')
    host.state('services/old', 'docker.io/acme/old:1\n')
    const there = await office.run('--profile', 'old', 'lacking')
    expect(there, there.stderr).toMatchObject({ status: 0 })
    expect(host.engine.named('pull')).toEqual([`${TEAM}/nginx:1.27`, `${TEAM}/postgres:16`])
  })

  test('inside the cloud images come by its own address, under the names of the compose file', async () => {
    const registry = '{ host: registry.example.com, namespace: team, vpc-host: vpc.example.com }'
    const files = { ...PROJECT, 'relay.yaml': `registry: cloud\nregistries: { cloud: ${registry} }\n` }
    const own = await Office.open(parent, bash, files, {})
    const host = own.host('alpha', bash)
    const refused = await own.run('alpha')
    expect(refused.status).toBe(3)
    expect(refused.stdout + refused.stderr).toContain('vpc.example.com')
    host.engine.homeFile('.docker/config.json', LOGIN.replace('registry.example', 'vpc.example'))
    const dry = await own.run('--dry-run', 'alpha')
    expect(dry.stdout).toContain('+ docker pull --platform linux/amd64 vpc.example.com/team/nginx:1.27\n')
    expect(host.engine.writes()).toEqual([])
    const result = await own.run('alpha')
    expect(result, result.stderr).toMatchObject({ status: 0 })
    const names = ['team/nginx:1.27', 'team/postgres:16']
    expect(host.engine.named('pull')).toEqual(names.map(name => `vpc.example.com/${name}`))
    for (const name of names)
      expect(host.engine.writes()).toContain(`tag vpc.example.com/${name} registry.example.com/${name}`)
    expect(host.compose().filter(call => call.includes(' pull '))).toEqual([])
    host.engine.homeFile('.docker/config.json', LOGIN)
    expect(await own.run('--no-vpc', 'alpha')).toMatchObject({ status: 0 })
    expect(host.compose().filter(call => call.includes(' pull '))).toHaveLength(1)
  })

  test('what is changed here comes over what is there, unless somebody has changed it there', async () => {
    const files = { ...PROJECT }
    const own = await Office.open(parent, bash, files)
    const host = own.host('alpha', bash)
    expect((await own.run('alpha')).status).toBe(0)
    writeFiles(own.project, { 'conf d/a b': 'new\n', "it's $(id).conf": 'new\n', 'data/seed': 'new\n' })
    const second = await own.run('alpha')
    expect(second.status).toBe(0)
    expect([host.read('conf d/a b'), host.read("it's $(id).conf"), host.read('data/seed')]).toEqual([
      'new\n',
      'new\n',
      'four\n',
    ])
    expect(host.read('.deploy-to-host/before/conf d/a b')).toBe('one\n')
    expect(host.restarted()).toBe('web\n')
    expect(second.stdout).toContain(
      'left alone, for containers may have written there: data (files that differ: 1)',
    )
    writeFileSync(host.path("it's $(id).conf"), 'theirs\n')
    writeFileSync(host.path('conf d/a b'), 'theirs\n')
    const third = await own.run('alpha')
    expect([host.read('conf d/a b'), host.read("it's $(id).conf")]).toEqual(['new\n', 'theirs\n'])
    expect(host.read('.deploy-to-host/before/conf d/a b')).toBe('theirs\n')
    expect(third.stdout).toContain("--overwrite it's $(id).conf replaces it")
    await own.run('--overwrite', "it's $(id).conf", '--overwrite', 'data', 'alpha')
    expect([host.read("it's $(id).conf"), host.read('data/seed')]).toEqual(['new\n', 'new\n'])
    expect(host.read('.deploy-to-host/before/data/seed')).toBe('four\n')
  })

  describe('one fault at one host', () => {
    const faults: readonly (readonly [
      name: string,
      step: string,
      cause: RegExp,
      make: (host: Site) => void,
      said: RegExp,
    ])[] = [
      [
        'a key that nobody knows',
        'connect',
        /Host key verification failed/,
        h => h.rule('refuse Host key verification failed.\n'),
        /^$/,
      ],
      ['no engine', 'engine', /docker/, h => rmSync(join(h.engine.dir, 'bin', 'docker')), /^$/],
      [
        'a stopped engine',
        'engine',
        /daemon/,
        h => h.engine.rule('ps', 'err Cannot connect to the Docker daemon', 'exit 1'),
        /^$/,
      ],
      ['no Compose', 'compose', /[Cc]ompose/, h => h.state('compose/none', ''), /^$/],
      [
        'a wrong login',
        'login',
        /refuses the stored login/,
        h => h.engine.rule('login', 'err Error: 401 Unauthorized', 'exit 1'),
        /^$/,
      ],
      [
        'no login',
        'login',
        /no login for registry.example.com/,
        h => h.engine.homeFile('.docker/config.json', '{}'),
        /^$/,
      ],
      [
        'a pull that is denied',
        'pull',
        /denied/,
        h => h.engine.rule('pull', 'err denied: requested access to the resource is denied', 'exit 1'),
        /files copied/,
      ],
      [
        'another image than the lock has',
        'lock',
        /another image/,
        h => h.engine.rule('pull', `digest sha256:${'f'.repeat(64)}`),
        /files copied|images are pulled/,
      ],
      [
        'a Compose that fails',
        'up',
        /has not started/,
        h => h.state('compose/up', 'err port is already allocated\nexit 1\n'),
        /files copied|images are pulled|other names/,
      ],
      [
        'a service that is not healthy',
        'health',
        /not healthy after 1 s: web unhealthy/,
        h => h.state('health/web', 'unhealthy\n'),
        /files copied|images are pulled|other names|services started/,
      ],
      [
        'a container of another image',
        'proof',
        /runs another image/,
        h => h.state('compose/up', 'other sha256:other\n'),
        /files copied|images are pulled|other names|services started|are healthy/,
      ],
      [
        'a list that fails',
        'ps',
        /does not list/,
        h => h.state('compose/ps', 'exit 1\n'),
        /files copied|images are pulled|other names|services started|are healthy|runs the image/,
      ],
    ]
    test.each(faults.map(([name, ...rest]) => ({ name, rest })))('$name', async ({ name, rest }) => {
      const [step, cause, make, said] = rest
      const own = `bad${name.replace(/\W/g, '')}`
      const [bad, good] = [office.host(own, bash), office.host(`good${own}`, bash)]
      make(bad)
      if (step === 'engine' && name === 'no engine') writeFileSync(join(bad.engine.dir, 'bin', 'none'), '')
      const result = await office.run('--timeout', '1', own, `good${own}`)
      expect(result.status, result.stdout + result.stderr).toBe(1)
      expect(row(own, result)).toMatch(new RegExp(`^${own} +failed +${step} `))
      expect(row(own, result)).toMatch(cause)
      expect(row(`good${own}`, result)).toMatch(/ ok /)
      expect(Object.keys(good.containers())).toEqual(['db', 'web'])
      const part = result.stdout.slice(result.stdout.indexOf(`\n== ${own}\n`, 20)).split(`\n== good`)[0] ?? ''
      const lines = part.split('\n').filter(line => SUCCESS.test(line))
      if (said.source === '^$') expect(bad.untouched).toBe(true)
      else for (const line of lines) expect(line).toMatch(said)
      expect(result.stdout).not.toContain(`✓ ${own} `)
    })
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it, and what it has started', async signal => {
    const host = office.host(`slow${signal.toLowerCase()}`, bash)
    host.engine.rule('login', 'hang')
    const words = [join(office.out, 'deploy-to-host.sh'), `slow${signal.toLowerCase()}`]
    const script = office.sender.start(words, { cwd: office.sender.dir })
    await script.until(() => host.engine.calls('login').length > 0)
    script.running.kill(signal, signal === 'SIGINT' ? 'group' : 'command')
    const { status, stdout } = await script.done
    expect(status).toBe(signal === 'SIGINT' ? 130 : 143)
    expect(stdout).not.toMatch(SUCCESS)
  })

  test('nobody is ready: 3', async () => {
    office.host('gone', bash).rule('refuse ssh: connect to host gone port 22: Connection refused\n')
    const result = await office.run('gone', 'unknown')
    expect(result.status).toBe(3)
    expect(row('gone', result)).toMatch(/failed +connect .*Connection refused/)
    expect(row('unknown', result)).toMatch(/failed +connect .*not known/)
  })

  test('what the shell of a host prints by itself is no answer', async () => {
    office.host('noisy', bash).rule('noise @123 fail everything\n')
    expect((await office.run('noisy')).status).toBe(0)
  })

  test('a connection that breaks among the files leaves everything as it was', async () => {
    const host = office.host('cut', bash)
    const size = statSync(join(office.out, 'deploy-to-host.sh')).size
    // Only what carries files is long enough to be cut.
    host.rule(`cut ${size + 10_000}\n`)
    const result = await office.run('cut')
    expect(result.status, result.stdout + result.stderr).toBe(1)
    expect(row('cut', result)).toMatch(/^cut +failed +copy +the connection was lost .*Broken pipe/)
    expect(result.stdout).not.toMatch(SUCCESS)
    expect(readdirSync(host.path('.'))).toEqual(['.deploy-to-host'])
    expect(readdirSync(host.path('.deploy-to-host'))).toEqual([])
    host.rule('')
    expect((await office.run('cut')).status).toBe(0)
  })

  test('links that lead out, large files, files that are nowhere', async () => {
    const own = await Office.open(parent, bash, {
      ...PROJECT,
      'docker-compose.yaml':
        'services: { web: { image: "nginx:1.27", volumes: ["./big:/big:ro", "./none.conf:/none.conf"] } }\n',
      'big/file': '',
      'none.conf': '',
    })
    const host = own.host('alpha', bash)
    truncateSync(join(own.project, 'big/file'), 100_000_001)
    const large = await own.run('alpha')
    expect(large.status).toBe(3)
    expect(row('alpha', large)).toMatch(/failed +files +larger than 100 MB: big \(100.0 MB\)/)
    expect((await own.run('--all-data', '--dry-run', 'alpha')).status).toBe(0)
    expect(host.untouched).toBe(true)
    truncateSync(join(own.project, 'big/file'), 0)
    rmSync(join(own.project, 'none.conf'))
    const nowhere = await own.run('alpha')
    expect(row('alpha', nowhere)).toMatch(/failed +files +neither here nor on the host: none.conf/)
    symlinkSync('/etc/passwd', join(own.project, 'none.conf'))
    const out = await own.run('alpha')
    expect(out.status).toBe(3)
    expect(out.stderr).toContain('a link that leads out of the project is not followed: none.conf')
    expect(host.untouched).toBe(true)
  })
})
