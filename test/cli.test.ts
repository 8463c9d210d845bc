import { execFile, execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Files, folderWith, writeFiles } from './project.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const CLI = join(ROOT, 'dist/cli.js')
const REGISTRY = ['--registry', 'registry.example.com/team']
const COMPOSE = `name: shop
services:
  web:
    image: nginx:1.27
    environment: { PASSWORD: "\${PASSWORD:-}" }
  api:
    image: ghcr.io/acme/api:\${API:-2}
  worker:
    image: ghcr.io/acme/api:2
  db:
    image: postgres
  site:
    build: .
  own:
    build: .
    image: acme/own:1
`

/** Built once, and only where something is newer. */
beforeAll(() => {
  const newest = readdirSync(join(ROOT, 'generators'), { recursive: true, encoding: 'utf8' })
    .map(name => statSync(join(ROOT, 'generators', name)).mtimeMs)
    .reduce((a, b) => Math.max(a, b))
  if (existsSync(CLI) && statSync(CLI).mtimeMs > newest) return
  execFileSync(process.execPath, ['esbuild.config.mjs'], { cwd: ROOT })
})

interface Result {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

function run(cwd: string, args: readonly string[], env: Files = {}): Promise<Result> {
  return spawn(process.execPath, [CLI, ...args], cwd, env)
}

function spawn(command: string, args: readonly string[], cwd: string, env: Files): Promise<Result> {
  const options = { cwd, env: { PATH: process.env['PATH'], ...env } }
  return new Promise(resolve => {
    const child = execFile(command, args, options, (_, stdout, stderr) => {
      resolve({ status: child.exitCode ?? -1, stdout, stderr })
    })
  })
}

/** Runs what has to succeed without a word of warning, and returns what it says. */
async function good(cwd: string, args: readonly string[], env: Files = {}): Promise<string> {
  const { status, stdout, stderr } = await run(cwd, args, env)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return stdout
}

/** The text of every file in a folder. */
function contents(folder: string): Files {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  const files = names.filter(name => statSync(join(folder, name)).isFile())
  return Object.fromEntries(files.map(name => [name, readFileSync(join(folder, name), 'utf8')]))
}

/** Runs in a folder what has to be refused, and returns the lines that it says. */
async function refusals(files: Files, args: readonly string[], env: Files = {}): Promise<string[]> {
  const folder = folderWith(files)
  const before = contents(folder)
  const { status, stdout, stderr } = await run(folder, args, env)
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(contents(folder)).toEqual(before)
  expect(readdirSync(folder).sort()).toEqual(
    [...new Set(Object.keys(files).map(name => name.split('/')[0]))].sort(),
  )
  expect(stderr.endsWith('\n')).toBe(true)
  return stderr.trimEnd().split('\n')
}

describe('usage', () => {
  it.concurrent.each([
    [['--foo'], "unknown option '--foo'; see compose-relay --help"],
    [
      ['generate', '--regstry', 'a/b'],
      "unknown option '--regstry' (Did you mean --registry?); see compose-relay --help",
    ],
    [['generate', '--strict'], "unknown option '--strict'; see compose-relay --help"],
    [['generat'], "unknown command 'generat' (Did you mean generate?); see compose-relay --help"],
    [['lint'], "unknown command 'lint' (Did you mean list?); see compose-relay --help"],
    [
      ['list', 'x'],
      "too many arguments for 'list'. Expected 0 arguments but got 1; see compose-relay --help",
    ],
    [['list', '-f'], "option '-f, --file <file>' argument missing; see compose-relay --help"],
    [
      ['list', '--lang', 'fr'],
      "option '--lang <lang>' argument 'fr' is invalid. Allowed choices are en, zh; see compose-relay --help",
    ],
    [['list', '--\u001b[31m'], "unknown option '--\\u{1b}[31m'; see compose-relay --help"],
    [
      ['generate', 'pul', ...REGISTRY],
      'unknown output: "pul": did you mean "pull"? Known are pull, push, mirror, alias, images, readme',
    ],
    [
      ['check', '$(touch pwned)', ...REGISTRY],
      expect.stringContaining('unknown output: "$(touch pwned)": did you mean "'),
    ],
    [
      ['generate'],
      'there is no target registry: write --registry HOST/NAMESPACE, or "registry:" in relay.yaml',
    ],
    [['generate', '--registry', 'x'], '--registry: unknown registry: "x": write --registry HOST/NAMESPACE'],
    [['list', '--registry', 'x'], '--registry: unknown registry: "x": write --registry HOST/NAMESPACE'],
    [
      ['list', '--registry', 'harbor/x'],
      expect.stringContaining('--registry: Docker would send "harbor/…" to Docker Hub'),
    ],
    [['list', '--registry', 'docker.io/x'], expect.stringContaining('--registry: "docker.io" is Docker Hub')],
    [['list', '-f', 'gone.yaml'], 'gone.yaml:1:1: there is no such compose file: name one by --file'],
    [['list', '-f', 'a\nb'], 'a\\u{a}b:1:1: there is no such compose file: name one by --file'],
    [['list', '-f', '.'], '.:1:1: it is not a regular file: name a file'],
    [['list', '-f', 'a', '-f', 'b'], expect.stringContaining('--file: several files are not read yet: ')],
    [['list', '--env-file', 'gone.env'], 'gone.env:1:1: there is no such env file'],
    [
      ['list', '-c', 'gone.yaml'],
      'gone.yaml:1:1: --config: there is no such file: name a relay.yaml that is there',
    ],
    [
      ['list', '-c', 'compose.yaml'],
      expect.stringContaining('compose.yaml:1:1: name: unknown key: did you mean "'),
    ],
  ])('%j ends with 2 and one line', async (args, expected) => {
    expect(await refusals({ 'compose.yaml': COMPOSE }, args)).toEqual([expected])
  })

  it('names what relay.yaml knows', async () => {
    const files = {
      'compose.yaml': COMPOSE,
      'relay.yaml':
        'registries: { harbor: { host: h.example.com, id: 5 }, other: { host: o.example.com } }\n',
    }
    expect(await refusals(files, ['list', '--registry', '6'])).toEqual([
      '--registry: unknown registry: "6": known are harbor (5), other',
    ])
    const folder = folderWith(files)
    const [byName, byId] = await Promise.all(
      ['harbor', '5'].map(name => good(folder, ['list', '--json', '--registry', name])),
    )
    expect(byName).toBe(byId)
    expect(byName).toContain('"h.example.com/nginx:1.27"')
  })

  it.concurrent('helps', async () => {
    const folder = folderWith()
    const [help, generate, nothing] = await Promise.all([
      good(folder, ['--help']),
      good(folder, ['generate', '--help']),
      run(folder, []),
    ])
    expect(help).toMatch(/generate[\s\S]*check[\s\S]*list/)
    for (const name of ['pull', 'push', 'mirror', 'alias', 'images', 'readme'])
      expect(generate).toMatch(new RegExp(`^ {2}${name} +\\S`, 'm'))
    expect(nothing).toMatchObject({ status: 2, stdout: '' })
  })
})

describe('bad input', () => {
  it.concurrent.each<[string, Files, string[], string[]]>([
    ['no compose file', {}, [], [expect.stringContaining('compose.yaml:1:1: there is no compose file')]],
    [
      'an empty compose file',
      { 'compose.yaml': '' },
      [],
      ['compose.yaml:1:1: the file is empty: write a compose file'],
    ],
    [
      'everything that is wrong',
      { 'compose.yaml': 'services: { a: { image: 5 }, b: { image: $X } }\n' },
      [],
      [
        'compose.yaml:1:25: services.a.image: an image must be a string: write it in quotes',
        expect.stringContaining('compose.yaml:1:37: services.b.image: the variable X is not set'),
      ],
    ],
    [
      'names that are no references',
      { 'compose.yaml': 'services: { a: { image: "$$(touch pwned)" }, b: { image: "Foo" } }\n' },
      [],
      [
        'compose.yaml:1:25: services.a.image: not an image reference: "$(touch pwned)": it holds white space: remove the white space',
        expect.stringContaining('compose.yaml:1:58: services.b.image: not an image reference: "Foo"'),
      ],
    ],
    [
      'a collision',
      { 'compose.yaml': 'services: { a: { image: a/b-c }, b: { image: a-b/c } }\n' },
      [],
      [
        expect.stringContaining(
          '"a/b-c:latest" and "a-b/c:latest" would both be registry.example.com/team/a-b-c:latest',
        ),
      ],
    ],
    [
      'a bad line of the ignore file',
      { 'compose.yaml': COMPOSE, 'ignore-images.txt': 'nginx\na b\n' },
      [],
      ['ignore-images.txt:2:1: not an image pattern: "a b": write an image name; * and ? match anything'],
    ],
    [
      'a bad relay.yaml',
      { 'compose.yaml': COMPOSE, 'relay.yaml': 'platfrom: x\nlang: fr\n' },
      [],
      [
        'relay.yaml:1:1: platfrom: unknown key: did you mean "platform"?',
        'relay.yaml:2:7: lang: "fr" is not known: write one of en, zh; did you mean "en"?',
      ],
    ],
    [
      'an ignore file that relay.yaml names in vain',
      { 'compose.yaml': COMPOSE, 'relay.yaml': 'ignore: gone.txt\n' },
      [],
      ['gone.txt:1:1: ignore: there is no such file: make it, or correct relay.yaml'],
    ],
    [
      'a foreign file in the way',
      { 'compose.yaml': COMPOSE, 'out/README.md': 'mine' },
      [],
      [expect.stringContaining('out: README.md is there and was not written by compose-relay: move it away')],
    ],
    [
      'out as a file',
      { 'compose.yaml': COMPOSE, out: 'mine' },
      [],
      [expect.stringMatching(/\/out: it is not a folder: name another by --out$/)],
    ],
    [
      'out in a file',
      { 'compose.yaml': COMPOSE, file: 'mine' },
      ['--out', 'file/out'],
      [expect.stringMatching(/\/file: it is not a folder: name another by --out$/)],
    ],
    [
      'a file name that the list of files cannot hold',
      { 'a\nb.yaml': COMPOSE },
      ['--file', 'a\nb.yaml'],
      [expect.stringContaining('a\\u{a}b-mirror.yaml has a line break in its name')],
    ],
    [
      'a bad .env',
      { 'compose.yaml': COMPOSE, '.env': 'A=1\nPASSWORD=hunter2${\n' },
      [],
      ['.env:2:1: a "$" in the value begins no variable: write $$ for a literal $'],
    ],
  ])('%s: nothing is written', async (_, files, args, expected) => {
    expect(await refusals(files, ['generate', ...REGISTRY, ...args])).toEqual(expected)
  })

  it('an out that takes no files', async () => {
    const args = ['generate', ...REGISTRY, '--out', '/proc/compose-relay/out']
    expect(await refusals({ 'compose.yaml': COMPOSE }, args)).toEqual([
      expect.stringContaining(': make the folder writable, or name another by --out'),
    ])
  })

  it('warns of a pattern that hits nothing and a variable that only others need, and goes on', async () => {
    const folder = folderWith({
      'compose.yaml': `${COMPOSE}    command: "\${NEEDED:?set it}"\n`,
      'ignore-images.txt': 'mysql\n',
    })
    const { status, stderr } = await run(folder, ['generate', ...REGISTRY])
    expect({ status, lines: stderr.split('\n') }).toEqual({
      status: 0,
      lines: [
        'compose.yaml:17:14: services.own.command: warning: required variable NEEDED is missing a value: set it: set it in the environment or in .env',
        'ignore-images.txt:1:1: warning: no image of the project matches "mysql": remove the line if it is old',
        '',
      ],
    })
    expect(existsSync(join(folder, 'out/README.md'))).toBe(true)
  })
})

describe('generate', () => {
  const NAMES = [
    'README.md',
    'compose-mirror.yaml',
    'images.tsv',
    'pull-all-images-linux-amd64.sh',
    'push-to-target-registry.sh',
    'tag-image-smart.sh',
  ]

  const lines = (stdout: string) => stdout.split('\n\n')[0]?.trimEnd().split('\n')

  it('says what it did, and owns the folder', async () => {
    const folder = folderWith({ 'compose.yaml': COMPOSE })
    const args = ['generate', ...REGISTRY]
    const all = [...NAMES, '.compose-relay'].map(name => `out/${name}`)
    const first = await good(folder, args)
    expect(lines(first)).toEqual(all.map(name => `created    ${name}`))
    expect(first.split('\n\n')[1]).toBe('next: out/README.md has the commands in order\n')
    expect(readdirSync(join(folder, 'out')).sort()).toEqual(['.compose-relay', ...NAMES].sort())
    expect(lines(await good(folder, args))).toEqual(all.map(name => `unchanged  ${name}`))

    writeFileSync(join(folder, 'out/mine.txt'), 'mine')
    const other = await good(folder, ['generate', '--registry', 'registry.cn-x.aliyuncs.com/team'])
    expect(lines(other)).toContain('created    out/push-to-aliyun-registry.sh')
    expect(lines(other)).toContain('removed    out/push-to-target-registry.sh')
    expect(lines(other)).toContain('unchanged  out/pull-all-images-linux-amd64.sh')
    expect(readFileSync(join(folder, 'out/mine.txt'), 'utf8')).toBe('mine')
  })

  it('leaves the others alone where outputs are named', async () => {
    const folder = folderWith({ 'compose.yaml': COMPOSE })
    const stdout = await good(folder, ['generate', 'images', 'pull', ...REGISTRY])
    expect(stdout.trimEnd().split('\n')).toEqual([
      'created    out/images.tsv',
      'created    out/pull-all-images-linux-amd64.sh',
      'created    out/.compose-relay',
    ])
    writeFiles(folder, { 'compose.yaml': COMPOSE.replace('nginx:1.27', 'nginx:1.28') })
    await good(folder, ['generate', 'images', ...REGISTRY])
    const out = contents(join(folder, 'out'))
    expect(out['images.tsv']).toContain('nginx:1.28')
    expect(out['pull-all-images-linux-amd64.sh']).toContain('nginx:1.27')
    expect(out['.compose-relay']).toBe('images.tsv\npull-all-images-linux-amd64.sh\n')
  })

  it('takes paths in flags from here, and paths in relay.yaml from there', async () => {
    const folder = folderWith({
      'deploy/relay.yaml': 'compose: app/compose.yaml\nout: ../made\nlang: zh\nplatform: linux/arm64\n',
      'deploy/app/compose.yaml': COMPOSE,
      'deploy/ignore-images.txt': 'postgres\n',
      'other.yaml': 'services: { one: { image: "one:$TAG" } }\n',
      'other.env': 'TAG=7\n',
    })
    await good(folder, ['generate', '-c', 'deploy/relay.yaml', ...REGISTRY])
    expect(readdirSync(join(folder, 'made'))).toContain('pull-all-images-linux-arm64.sh')
    expect(contents(join(folder, 'made'))['README.md']).toContain('镜像')
    const args = ['--file', 'other.yaml', '--env-file', 'other.env', '--out', 'a b/out', '--lang', 'en']
    await good(folder, ['generate', ...args, ...REGISTRY])
    expect(contents(join(folder, 'a b/out'))['images.tsv']).toContain(
      'one:7\tregistry.example.com/team/one:7',
    )
  })
})

describe('check', () => {
  it('is content with what generate writes', async () => {
    const folder = folderWith({ 'compose.yaml': COMPOSE })
    await good(folder, ['generate', ...REGISTRY])
    const before = contents(folder)
    expect(await good(folder, ['check', ...REGISTRY])).toBe('out is what generate would write\n')
    expect(contents(folder)).toEqual(before)
  })

  it('shows the difference and the command that cures it, which does', async () => {
    const folder = folderWith({ "a dir/it's.yaml": COMPOSE })
    const args = ['-f', "a dir/it's.yaml", '-o', 'the out', ...REGISTRY, '--lang', 'en']
    await good(folder, ['generate', ...args])
    const out = join(folder, 'the out')
    writeFiles(folder, { "a dir/it's.yaml": COMPOSE.replace('nginx:1.27', 'nginx:1.28') })
    writeFileSync(join(out, 'tag-image-smart.sh'), 'mine\n')
    const before = contents(folder)
    const { status, stdout, stderr } = await run(folder, ['check', ...args])
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' })
    expect(contents(folder)).toEqual(before)
    expect(stdout).toContain('\n--- the out/images.tsv\n+++ the out/images.tsv\n@@ ')
    expect(stdout).toContain('\n-    image: registry.example.com/team/nginx:1.27\n')
    expect(stdout).toContain('\n+    image: registry.example.com/team/nginx:1.28\n')
    const [, cure = ''] = /^the out is not what generate would write; run: (.*)\n$/m.exec(stdout) ?? []
    expect(cure).toBe(
      "compose-relay generate -f 'a dir/it'\\''s.yaml' -o 'the out' --registry registry.example.com/team --lang en",
    )
    const shell = `compose-relay() { "${process.execPath}" "${CLI}" "$@"; }\n${cure}`
    expect(await spawn('bash', ['-c', shell], folder, {})).toMatchObject({ status: 0, stderr: '' })
    expect(await good(folder, ['check', ...args])).toBe('the out is what generate would write\n')
  })

  it('sees what is missing, what is left over, and a mode', async () => {
    const folder = folderWith({ 'compose.yaml': COMPOSE })
    const missing = await run(folder, ['check', ...REGISTRY])
    expect(missing.status).toBe(1)
    expect(missing.stdout).toContain('--- /dev/null\n+++ out/images.tsv\n')
    expect(existsSync(join(folder, 'out'))).toBe(false)
    await good(folder, ['generate', ...REGISTRY])
    execFileSync('chmod', ['0644', join(folder, 'out/tag-image-smart.sh')])
    const mode = await run(folder, ['check', 'alias', ...REGISTRY])
    expect(mode).toMatchObject({
      status: 1,
      stdout: `out/tag-image-smart.sh: its mode is to be 0755\nout is not what generate would write; run: compose-relay generate alias ${REGISTRY.join(' ')}\n`,
    })
    const other = await run(folder, ['check', '--registry', 'registry.cn-x.aliyuncs.com/team'])
    expect(other.stdout).toContain('--- out/push-to-target-registry.sh\n+++ /dev/null\n')
  })
})

describe('list', () => {
  const files = { 'compose.yaml': COMPOSE, 'ignore-images.txt': 'postgres\n' }

  it('--json has the shape that others rely on', async () => {
    const { images } = JSON.parse(await good(folderWith(files), ['list', '--json', ...REGISTRY]))
    const at = (line: number, column: number) => ({ file: 'compose.yaml', line, column })
    const platform = 'linux/amd64'
    expect(images).toEqual([
      {
        source: 'acme/own:1',
        written: ['acme/own:1'],
        normalized: 'docker.io/acme/own:1',
        target: null,
        platform,
        services: ['own'],
        state: 'built',
        at: at(16, 12),
      },
      {
        source: 'ghcr.io/acme/api:2',
        written: ['ghcr.io/acme/api:2'],
        normalized: 'ghcr.io/acme/api:2',
        target: 'registry.example.com/team/acme-api:2',
        platform,
        services: ['api', 'worker'],
        state: 'relay',
        at: at(7, 12),
      },
      {
        source: 'nginx:1.27',
        written: ['nginx:1.27'],
        normalized: 'docker.io/library/nginx:1.27',
        target: 'registry.example.com/team/nginx:1.27',
        platform,
        services: ['web'],
        state: 'relay',
        at: at(4, 12),
      },
      {
        source: 'postgres',
        written: ['postgres'],
        normalized: 'docker.io/library/postgres:latest',
        target: null,
        platform,
        services: ['db'],
        state: 'ignored',
        at: at(11, 12),
      },
      {
        source: null,
        written: [],
        normalized: null,
        target: null,
        platform,
        services: ['site'],
        state: 'built',
        at: at(12, 3),
      },
    ])
  })

  it('is a table for people', async () => {
    expect(await good(folderWith(files), ['list', ...REGISTRY])).toBe(`\
SOURCE              TARGET                                STATE    SERVICES
acme/own:1          -                                     built    own
ghcr.io/acme/api:2  registry.example.com/team/acme-api:2  relay    api, worker
nginx:1.27          registry.example.com/team/nginx:1.27  relay    web
postgres            -                                     ignored  db
-                   -                                     built    site
`)
  })

  it('needs no registry, and writes nothing', async () => {
    const folder = folderWith(files)
    const { images } = JSON.parse(await good(folder, ['list', '--json']))
    expect(images.map(({ target }: { target: unknown }) => target)).toEqual([null, null, null, null, null])
    expect(readdirSync(folder).sort()).toEqual(['compose.yaml', 'ignore-images.txt'])
  })

  it('may be cut off', async () => {
    const pipe = `set -o pipefail; "${process.execPath}" "${CLI}" list | head -n 1`
    const { stdout, stderr } = await spawn('bash', ['-c', pipe], folderWith(files), {})
    expect({ stdout: stdout.trimEnd().replace(/ +/g, ' '), stderr }).toEqual({
      stdout: 'SOURCE TARGET STATE SERVICES',
      stderr: '',
    })
  })
})

/** The lines that only one of two texts has. */
function changedLines(before: string, after: string): string[] {
  const [old, young] = [before.split('\n'), after.split('\n')]
  const only = (a: string[], b: string[], sign: string) =>
    a.filter(line => !b.includes(line)).map(line => sign + line.trim())
  // Nothing moved: what both have is in the same order.
  expect(old.filter(line => young.includes(line))).toEqual(young.filter(line => old.includes(line)))
  return [...only(old, young, '-'), ...only(young, old, '+')]
}

const SCRIPTS = ['pull-all-images-linux-amd64.sh', 'push-to-target-registry.sh', 'tag-image-smart.sh']

async function generated(compose: string, env: Files = {}): Promise<Files> {
  const folder = folderWith({ 'compose.yaml': compose })
  await good(folder, ['generate', ...REGISTRY], env)
  return contents(join(folder, 'out'))
}

describe('the same project', () => {
  it('makes the same bytes everywhere', async () => {
    const [first, ...others] = await Promise.all([
      generated(COMPOSE),
      generated(COMPOSE, { LC_ALL: 'C', TZ: 'UTC' }),
      generated(COMPOSE, { LC_ALL: 'zh_CN.UTF-8', LANG: 'zh_CN.UTF-8', TZ: 'Asia/Shanghai' }),
      generated(COMPOSE, { HOME: '/nowhere', USER: 'x', COLUMNS: '20', FORCE_COLOR: '1', CI: '1' }),
    ])
    for (const other of others) expect(other).toEqual(first)
  })

  it('makes the same scripts with its services in another order', async () => {
    const [head = '', ...services] = COMPOSE.split(/(?=^ {2}\w+:$)/m)
    const [first, second] = await Promise.all([
      generated(COMPOSE),
      generated(head + services.reverse().join('')),
    ])
    for (const name of [...SCRIPTS, 'images.tsv', 'README.md']) expect(second[name], name).toBe(first[name])
  })

  it('changes one line in each script for one more image', async () => {
    const more = `${COMPOSE}  more:\n    image: mysql:8\n`
    const [before, after] = await Promise.all([generated(COMPOSE), generated(more)])
    const target = 'registry.example.com/team/mysql:8'
    expect(SCRIPTS.map(name => changedLines(before[name] ?? '', after[name] ?? ''))).toEqual([
      ['+image mysql:8'],
      [`+image mysql:8 ${target}`],
      ['+image mysql:8 mysql:8'],
    ])
    for (const name of ['images.tsv', 'README.md'])
      expect(changedLines(before[name] ?? '', after[name] ?? '')).toHaveLength(1)
    expect(changedLines(before['compose-mirror.yaml'] ?? '', after['compose-mirror.yaml'] ?? '')).toEqual([
      '+more:',
      `+image: ${target}`,
    ])
  })

  it('changes one line in each file for another tag', async () => {
    const bumped = COMPOSE.replace('nginx:1.27', 'nginx:1.28')
    const [before, after] = await Promise.all([generated(COMPOSE), generated(bumped)])
    for (const name of [...SCRIPTS, 'images.tsv', 'README.md', 'compose-mirror.yaml']) {
      const [gone = '', come = '', ...others] = changedLines(before[name] ?? '', after[name] ?? '')
      expect(others, name).toEqual([])
      expect(gone.slice(1).replaceAll('1.27', '1.28'), name).toBe(come.slice(1))
    }
  })
})

describe('secrets', () => {
  it('are nowhere', async () => {
    const compose = `${COMPOSE}    environment:
      A: "\${PASSWORD}"
      B: "\${NONE:?not \${PASSWORD}}"
      C: "\${TOKEN-}"
`
    const folder = folderWith({ 'compose.yaml': compose, '.env': 'PASSWORD=hunter2\nAPI=2\n' })
    const env = { TOKEN: 'hunter3' }
    const said: string[] = []
    for (const args of [['generate'], ['check'], ['list'], ['list', '--json']]) {
      const { status, stdout, stderr } = await run(folder, [...args, ...REGISTRY], env)
      expect(status).toBe(0)
      said.push(stdout, stderr)
    }
    writeFileSync(join(folder, 'out/compose-mirror.yaml'), 'other\n')
    const drift = await run(folder, ['check', ...REGISTRY], env)
    writeFiles(folder, { 'compose.yaml': `${compose}  bad: { image: "$X", labels: ["$PASSWORD", "\${"] }\n` })
    const bad = await run(folder, ['generate', ...REGISTRY], env)
    expect([drift.status, bad.status]).toEqual([1, 2])
    said.push(
      drift.stdout,
      drift.stderr,
      bad.stdout,
      bad.stderr,
      ...Object.values(contents(join(folder, 'out'))),
    )
    expect(said.join('\n')).toContain('required variable NONE is missing a value: not ${PASSWORD}')
    expect(said.join('\n')).not.toMatch(/hunter[23]/)
  })
})

describe('hostile names', () => {
  it('are written, and never run', async () => {
    const name = "a b'$(touch pwned)`touch pwned`;touch pwned\u202e.yaml"
    const folder = folderWith({ [name]: COMPOSE })
    await good(folder, ['generate', '-f', name, '-o', '$(touch pwned)', ...REGISTRY])
    expect(readdirSync(folder).sort()).toEqual(['$(touch pwned)', name].sort())
    for (const script of SCRIPTS) {
      const path = join(folder, '$(touch pwned)', script)
      const { status, stdout } = await spawn(
        'bash',
        [path, script.startsWith('tag') ? '--help' : '--list'],
        folder,
        {},
      )
      expect({ script, status }).toEqual({ script, status: 0 })
      expect(stdout).not.toBe('')
      expect(readFileSync(path, 'utf8')).not.toContain('\u202e')
    }
    expect(readdirSync(folder).sort()).toEqual(['$(touch pwned)', name].sort())
  })
})
