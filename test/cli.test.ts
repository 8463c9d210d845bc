import { execFile, execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
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
    build: { dockerfile_inline: FROM scratch }
  own:
    build: { dockerfile_inline: FROM scratch }
    image: acme/own:1
`
const SCRIPTS = ['pull-all-images-linux-amd64.sh', 'push-to-target-registry.sh', 'tag-image-smart.sh']
const OUTPUTS = ['README.md', 'compose-mirror.yaml', 'images.tsv', ...SCRIPTS]

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

/** Runs the program as it is installed: by its own first line. */
function run(cwd: string, args: readonly string[], env: Files = {}): Promise<Result> {
  return spawn(CLI, args, cwd, env)
}

function bash(cwd: string, ...args: readonly string[]): Promise<Result> {
  return spawn('bash', ['--norc', ...args], cwd, {})
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
async function refusals(files: Files, args: readonly string[]): Promise<string[]> {
  const folder = folderWith(files)
  const names = readdirSync(folder)
  const { status, stdout, stderr } = await run(folder, args)
  expect({ args, status, stdout }).toEqual({ args, status: 2, stdout: '' })
  expect(contents(folder)).toEqual(files)
  expect(readdirSync(folder)).toEqual(names)
  expect(stderr).toMatch(/\n$/)
  return stderr.trimEnd().split('\n')
}

// https://github.com/nodejs/node/issues/54232: Node 20 would read the file as its own, and run what it names.
it('an env file reaches the compose file only, and never Node', async () => {
  const folder = folderWith({
    'compose.yaml': 'services:\n  a:\n    image: nginx:${TAG}\n',
    'hostile.env': 'TAG=1.27\nNODE_OPTIONS=--require=./hostile.cjs\n',
    'hostile.cjs': "require('node:fs').writeFileSync('canary', '')\n",
  })
  expect(await run(folder, ['list', '--env-file', 'hostile.env'])).toMatchObject({ status: 0 })
  expect(existsSync(join(folder, 'canary'))).toBe(false)
})

describe('usage', () => {
  it('ends with 2, and one line that has the cure', async () => {
    const rows: readonly (readonly [args: string[], line: string])[] = [
      [['--foo'], "unknown option '--foo'; see compose-relay --help"],
      [
        ['generate', '--regstry', 'a/b'],
        "unknown option '--regstry' (Did you mean --registry?); see compose-relay --help",
      ],
      [['generat'], "unknown command 'generat' (Did you mean generate?); see compose-relay --help"],
      [
        ['list', '--lang', 'fr'],
        "option '--lang <lang>' argument 'fr' is invalid. Allowed choices are en, zh; see compose-relay --help",
      ],
      [
        ['generate', 'pul', ...REGISTRY],
        'unknown output: "pul": did you mean "pull"? Known are pull, push, mirror, alias, images, readme, override, check-registry, relay-images, save, load, deploy, setup-mirror, test-build, test-deployment, workflows, image-syncer, regsync, skopeo-sync',
      ],
      [
        ['generate'],
        'there is no target registry: write --registry HOST/NAMESPACE, or "registry:" in relay.yaml',
      ],
      [['list', '--registry', 'x'], '--registry: unknown registry: "x": write --registry HOST/NAMESPACE'],
      [
        ['list', '--env-file', 'gone.env'],
        'gone.env:1:1: there is no such env file: gone.env: correct the path',
      ],
    ]
    const lines = await Promise.all(rows.map(([args]) => refusals({ 'compose.yaml': COMPOSE }, args)))
    expect(lines).toEqual(rows.map(([, line]) => [line]))
  })

  it('helps', async () => {
    const { status, stdout, stderr } = await run(folderWith(), ['generate', '--help'])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    for (const name of ['pull', 'push', 'mirror', 'alias', 'images', 'readme'])
      expect(stdout).toMatch(new RegExp(`^ {2}${name} +\\S`, 'm'))
  })
})

describe('bad input', () => {
  it('ends with 2, tells everything, and nothing is written', async () => {
    const rows: readonly (readonly [files: Files, args: string[], lines: string[]])[] = [
      [
        { 'compose.yaml': 'services: { a: { image: "$$(touch pwned)" }, b: { image: Foo } }\n' },
        [],
        [
          'compose.yaml:1:25: services.a.image: not an image reference: "$(touch pwned)": it holds white space: remove the white space',
          'compose.yaml:1:58: services.b.image: not an image reference: "Foo": repository names are lower case: write "foo" for "Foo"',
        ],
      ],
      [
        { 'compose.yaml': 'services: { a: { image: a/b-c }, b: { image: a-b/c } }\n' },
        [],
        [
          expect.stringContaining(
            'would both be registry.example.com/team/a-b-c:latest: choose another name',
          ),
        ],
      ],
      [
        { 'compose.yaml': COMPOSE, 'out/README.md': 'mine', 'out/images.tsv': 'mine' },
        [],
        [
          'out: README.md is there and was not written by compose-relay: move it away, or write to another folder by --out',
          'out: images.tsv is there and was not written by compose-relay: move it away, or write to another folder by --out',
        ],
      ],
      [
        { 'a\nb.yaml': COMPOSE },
        ['--file', 'a\nb.yaml'],
        [expect.stringContaining('a\\u{a}b-mirror.yaml has a line break in its name')],
      ],
      [
        { 'compose.yaml': COMPOSE, '.env': 'A=1\nPASSWORD=hunter2${\n' },
        [],
        ['.env:2:1: a "$" in the value begins no variable: write $$ for a literal $'],
      ],
    ]
    const lines = await Promise.all(
      rows.map(([files, args]) => refusals(files, ['generate', ...REGISTRY, ...args])),
    )
    expect(lines).toEqual(rows.map(([, , expected]) => expected))
  })

  it('is a warning where a relay does not need it', async () => {
    const folder = folderWith({
      'compose.yaml': `${COMPOSE}    command: "\${NEEDED:?set it}"\n`,
      'ignore-images.txt': 'mysql\n',
    })
    const { status, stderr } = await run(folder, ['list'])
    expect({ status, lines: stderr.split('\n') }).toEqual({
      status: 0,
      lines: [
        'compose.yaml:17:14: services.own.command: warning: required variable NEEDED is missing a value: set it: set it in the environment or in .env',
        'ignore-images.txt:1:1: warning: no image of the project matches "mysql": remove the line if it is old',
        '',
      ],
    })
  })
})

/** The lines about files of what generate says. */
const fileLines = (stdout: string) => stdout.split('\n\n')[0]?.trimEnd().split('\n')

describe('generate', () => {
  it('says what it did, and owns its folder', async () => {
    const folder = folderWith({ 'compose.yaml': COMPOSE })
    const all = [...OUTPUTS, '.compose-relay'].map(name => `out/${name}`)
    const first = await good(folder, ['generate', ...REGISTRY])
    expect(fileLines(first)).toEqual(all.map(name => `created    ${name}`))
    expect(first.split('\n\n')[1]).toBe('next: out/README.md has the commands in order\n')
    expect(readdirSync(join(folder, 'out')).sort()).toEqual(['.compose-relay', ...OUTPUTS].sort())
    expect(fileLines(await good(folder, ['generate', ...REGISTRY]))).toEqual(
      all.map(name => `unchanged  ${name}`),
    )
    writeFileSync(join(folder, 'out/mine.txt'), 'mine')
    const other = await good(folder, ['generate', '--registry', 'registry.cn-x.aliyuncs.com/team'])
    expect(fileLines(other)).toContain('created    out/push-to-aliyun-registry.sh')
    expect(fileLines(other)).toContain('removed    out/push-to-target-registry.sh')
    expect(fileLines(other)).toContain('unchanged  out/pull-all-images-linux-amd64.sh')
    expect(readFileSync(join(folder, 'out/mine.txt'), 'utf8')).toBe('mine')
  })

  it('writes what relay.yaml configures, without being asked', async () => {
    const script = 'out/setup-docker-mirror.sh'
    const folder = folderWith({ 'compose.yaml': COMPOSE })
    await run(folder, ['generate', ...REGISTRY])
    expect(existsSync(join(folder, script))).toBe(false)
    writeFileSync(join(folder, 'relay.yaml'), 'accelerators: [https://b.test, "http://a.test:5000"]\n')
    expect((await run(folder, ['generate', ...REGISTRY])).stdout).toContain(`created    ${script}\n`)
    expect(readFileSync(join(folder, script), 'utf8')).toContain(
      'candidates() {\n  candidate https://b.test\n  candidate http://a.test:5000\n}\n',
    )
    writeFileSync(join(folder, 'relay.yaml'), '')
    expect((await run(folder, ['generate', ...REGISTRY])).stdout).toContain(`removed    ${script}\n`)
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
      'deploy/relay.yaml': `compose: app/compose.yaml
out: ../made
lang: zh
platform: linux/arm64
registries: { harbor: { host: h.example.com, id: 5 } }
`,
      'deploy/app/compose.yaml': COMPOSE,
      'deploy/ignore-images.txt': 'postgres\n',
      'other.yaml': 'services: { one: { image: "one:$TAG" } }\n',
      'other.env': 'TAG=7\n',
    })
    const flags = ['--file', 'other.yaml', '--env-file', 'other.env', '--out', 'a b/out', '--lang', 'en']
    await Promise.all([
      good(folder, ['generate', '-c', 'deploy/relay.yaml', '--registry', '5']),
      good(folder, ['generate', ...flags, ...REGISTRY]),
    ])
    const made = contents(join(folder, 'made'))
    expect(Object.keys(made)).toContain('pull-all-images-linux-arm64.sh')
    expect(Object.keys(made)).toContain('push-to-harbor-registry.sh')
    expect(made['README.md']).toContain('镜像')
    expect(made['images.tsv']).toContain('postgres:latest\t-\tlinux/arm64\tignored\tdb\n')
    expect(made['images.tsv']).toContain('nginx:1.27\th.example.com/nginx:1.27\t')
    expect(contents(join(folder, 'a b/out'))['images.tsv']).toContain(
      'one:7\tregistry.example.com/team/one:7',
    )
  })
})

describe('check', () => {
  it('shows the difference and the command that cures it, which does', async () => {
    const folder = folderWith({ "a dir/it's.yaml": COMPOSE })
    const args = ['-f', "a dir/it's.yaml", '-o', 'the out', ...REGISTRY, '--lang', 'en']
    const missing = await run(folder, ['check', ...args])
    expect(missing.status).toBe(1)
    expect(missing.stdout).toContain('\nnew file mode 100644\n--- /dev/null\n+++ the out/images.tsv\t\n@@ ')
    expect(existsSync(join(folder, 'the out'))).toBe(false)

    await good(folder, ['generate', ...args])
    writeFiles(folder, {
      "a dir/it's.yaml": COMPOSE.replace('nginx:1.27', 'nginx:1.28'),
      'the out/old.txt': 'old\n',
      'the out/.compose-relay': `${readFileSync(join(folder, 'the out/.compose-relay'), 'utf8')}old.txt\n`,
    })
    chmodSync(join(folder, 'the out/tag-image-smart.sh'), 0o644)
    writeFiles(folder, { 'the out/README.md': 'mine\n' })
    const before = contents(folder)
    const { status, stdout, stderr } = await run(folder, ['check', ...args])
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' })
    expect(contents(folder)).toEqual(before)
    expect(stdout).toContain('\n--- the out/images.tsv\t\n+++ the out/images.tsv\t\n@@ ')
    expect(stdout).toContain('\n-    image: registry.example.com/team/nginx:1.27\n')
    expect(stdout).toContain('\n+    image: registry.example.com/team/nginx:1.28\n')
    expect(stdout).toContain('\n--- the out/old.txt\t\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-old\n')
    const [, cure = ''] = /^the out is not what generate would write; run: (.*)\n$/m.exec(stdout) ?? []
    expect(cure).toBe(
      "compose-relay generate -f 'a dir/it'\\''s.yaml' -o 'the out' --registry registry.example.com/team --lang en",
    )
    const shell = `compose-relay() { "${process.execPath}" "${CLI}" "$@"; }\n${cure}`
    expect(await bash(folder, '-c', shell)).toMatchObject({ status: 0, stderr: '' })
    expect(await good(folder, ['check', ...args])).toBe('the out is what generate would write\n')
    expect(statSync(join(folder, 'the out/tag-image-smart.sh')).mode & 0o777).toBe(0o755)
  })

  it('is a patch that does what generate would do', async () => {
    const folder = folderWith({ 'compose.yaml': COMPOSE })
    await good(folder, ['generate', '-o', 'the out', ...REGISTRY])
    const old = contents(join(folder, 'the out'))
    writeFiles(folder, {
      'the out/images.tsv': old['images.tsv']?.replaceAll('\n', '\r\n') ?? '',
      'the out/README.md': 'no line end',
      'the out/old.txt': 'old\n',
      'the out/.compose-relay': `${old['.compose-relay']}old.txt\n`,
    })
    chmodSync(join(folder, 'the out/tag-image-smart.sh'), 0o644)
    const { stdout } = await run(folder, ['check', '-o', 'the out', ...REGISTRY])
    writeFiles(folder, { patch: stdout })
    const apply =
      'command -v patch >/dev/null || exit 127; patch --batch -p0 --dry-run <patch && patch --batch -p0 <patch'
    const { status, stderr } = await bash(folder, '-c', apply)
    if (status === 127) return console.warn('SKIPPED: there is no patch')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(contents(join(folder, 'the out'))).toEqual(old)
    await good(folder, ['check', '-o', 'the out', ...REGISTRY])
  })

  it('sees a mode, and only what it is asked for', async () => {
    const folder = folderWith({ 'compose.yaml': COMPOSE })
    await good(folder, ['generate', ...REGISTRY])
    chmodSync(join(folder, 'out/tag-image-smart.sh'), 0o644)
    writeFiles(folder, { 'out/README.md': 'mine\n' })
    expect(await run(folder, ['check', 'alias', ...REGISTRY])).toEqual({
      status: 1,
      stdout: `\
diff --git out/tag-image-smart.sh out/tag-image-smart.sh
old mode 100644
new mode 100755
out is not what generate would write; run: compose-relay generate alias ${REGISTRY.join(' ')}
`,
      stderr: '',
    })
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

  it('is a table for people, needs no registry, and writes nothing', async () => {
    const folder = folderWith(files)
    expect(await good(folder, ['list'])).toBe(`\
SOURCE              TARGET  STATE    SERVICES
acme/own:1          -       built    own
ghcr.io/acme/api:2  -       relay    api, worker
nginx:1.27          -       relay    web
postgres            -       ignored  db
-                   -       built    site
`)
    expect(contents(folder)).toEqual(files)
  })

  it('may be cut off', async () => {
    const pipe = `"${process.execPath}" "${CLI}" list | true`
    expect(await bash(folderWith(files), '-c', pipe)).toEqual({ status: 0, stdout: '', stderr: '' })
  })
})

/** The lines that a terminal of so many columns gets; undefined, with a warning, where there is no `script`. */
async function onTerminal(cwd: string, columns: number, args: readonly string[], env: Files = {}) {
  if (!existsSync('/usr/bin/script')) return console.warn('SKIPPED: there is no /usr/bin/script')
  const command = `stty cols ${columns}; exec "${CLI}" ${args.join(' ')}`
  const { stdout } = await spawn('/usr/bin/script', ['-qec', command, '/dev/null'], cwd, env)
  return stdout.trimEnd().split('\r\n')
}

describe('a terminal', () => {
  const files = { 'compose.yaml': COMPOSE, 'ignore-images.txt': 'postgres\n' }
  const TERM = { TERM: 'xterm' }

  it('gets a list that fits', async () => {
    const folder = folderWith(files)
    const args = ['list', ...REGISTRY]
    const lists = [80, 70, 40].map(columns => onTerminal(folder, columns, args, { NO_COLOR: '1' }))
    const [wide, narrow, records] = await Promise.all(lists)
    if (wide === undefined) return
    expect(wide).toEqual((await good(folder, args)).trimEnd().split('\n'))
    expect(narrow?.slice(0, 3)).toEqual([
      'SOURCE              TARGET                        STATE    SERVICES',
      'acme/own:1          -                             built    own',
      'ghcr.io/acme/api:2  registry.…om/team/acme-api:2  relay    api, worker',
    ])
    expect(records?.slice(0, 3)).toEqual(['SOURCE    acme/own:1', 'TARGET    -', 'STATE     built'])
  })

  it('gets colours, unless it or its user wants none', async () => {
    const folder = folderWith(files)
    const shown = (env: Files) => onTerminal(folder, 120, ['list'], env)
    const piped = async (env: Files) => (await good(folder, ['list'], env)).trimEnd().split('\n')
    const [plain, colored, empty, none, dumb, off, forced] = await Promise.all([
      piped(TERM),
      shown(TERM),
      shown({ ...TERM, NO_COLOR: '', FORCE_COLOR: '' }),
      shown({ ...TERM, NO_COLOR: '1' }),
      shown({ TERM: 'dumb' }),
      shown({ ...TERM, FORCE_COLOR: '0' }),
      piped({ FORCE_COLOR: '1', NO_COLOR: '1' }),
    ])
    const styles = ['1', '2', '', '', '2', '2']
    const styled = plain.map((line, index) =>
      styles[index] === '' ? line : `\u001b[${styles[index]}m${line}\u001b[0m`,
    )
    expect(forced).toEqual(styled)
    if (colored === undefined) return
    expect([colored, empty]).toEqual([styled, styled])
    expect([none, dumb, off]).toEqual([plain, plain, plain])
  })

  it('gets a diff in colours that nothing in a file can garble', async () => {
    const folder = folderWith(files)
    await good(folder, ['generate', ...REGISTRY])
    writeFiles(folder, { 'out/images.tsv': 'a\tb\u001b[2J\r\n' })
    const args = ['check', 'images', ...REGISTRY]
    const lines = await onTerminal(folder, 80, args, TERM)
    const piped = (await run(folder, args, TERM)).stdout
    expect(piped).toContain('\n-a\tb\u001b[2J\r\n+')
    if (lines === undefined) return
    expect(lines.slice(0, 5)).toEqual([
      '\u001b[1mdiff --git out/images.tsv out/images.tsv\u001b[0m',
      '\u001b[1m--- out/images.tsv\u001b[0m',
      '\u001b[1m+++ out/images.tsv\u001b[0m',
      '\u001b[36m@@ -1,1 +1,5 @@\u001b[0m',
      '\u001b[31m-a\tb\\u{1b}[2J\\u{d}\u001b[0m',
    ])
    expect(lines[5]).toMatch(/^\u001b\[32m\+/)
    expect(lines.at(-1)).toBe(
      `out is not what generate would write; run: compose-relay generate images ${REGISTRY.join(' ')}`,
    )
  })
})

/** The lines that only one of two texts has; what both have stands in the same order. */
function changedLines(before = '', after = ''): string[] {
  const [old, young] = [before.split('\n'), after.split('\n')]
  const only = (a: readonly string[], b: readonly string[], sign: string) =>
    a.filter(line => !b.includes(line)).map(line => sign + line.trim())
  expect(old.filter(line => young.includes(line))).toEqual(young.filter(line => old.includes(line)))
  return [...only(old, young, '-'), ...only(young, old, '+')]
}

async function generated(compose: string, env: Files = {}): Promise<Files> {
  const folder = folderWith({ 'compose.yaml': compose })
  await good(folder, ['generate', ...REGISTRY], env)
  return contents(join(folder, 'out'))
}

describe('the same project', () => {
  it('makes the same bytes everywhere, and changes no more than what changed', async () => {
    const [head = '', ...services] = COMPOSE.split(/(?=^ {2}\w+:$)/m)
    const chinese = {
      LC_ALL: 'zh_CN.UTF-8',
      LANG: 'zh_CN.UTF-8',
      TZ: 'Asia/Shanghai',
      COLUMNS: '20',
      FORCE_COLOR: '1',
    }
    const [before, elsewhere, reversed, more, bumped] = await Promise.all([
      generated(COMPOSE, { LC_ALL: 'C', TZ: 'UTC' }),
      generated(COMPOSE, chinese),
      generated(head + services.reverse().join('')),
      generated(`${COMPOSE}  more:\n    image: mysql:8\n`),
      generated(COMPOSE.replace('nginx:1.27', 'nginx:1.28')),
    ])
    expect(elsewhere).toEqual(before)
    const everything = [...OUTPUTS].filter(name => name !== 'compose-mirror.yaml')
    for (const name of everything) expect(reversed[name], name).toBe(before[name])

    const target = 'registry.example.com/team/mysql:8'
    expect(SCRIPTS.map(name => changedLines(before[name], more[name]))).toEqual([
      ['+image mysql:8'],
      [`+image mysql:8 ${target}`],
      ['+image mysql:8 mysql:8'],
    ])
    for (const name of ['images.tsv', 'README.md'])
      expect(changedLines(before[name], more[name])).toHaveLength(1)

    for (const name of OUTPUTS) {
      const [gone = '', come = '', ...others] = changedLines(before[name], bumped[name])
      expect({ name, others }).toEqual({ name, others: [] })
      expect([gone[0], gone.slice(1).replaceAll('1.27', '1.28')]).toEqual(['-', come.slice(1)])
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
    const done = [await run(folder, ['generate', ...REGISTRY], env)]
    writeFiles(folder, { 'out/compose-mirror.yaml': 'other\n' })
    done.push(await run(folder, ['check', ...REGISTRY], env))
    writeFiles(folder, { 'compose.yaml': `${compose}  bad: { image: "$X", labels: ["$PASSWORD", "\${"] }\n` })
    done.push(await run(folder, ['generate', ...REGISTRY], env))
    expect(done.map(({ status }) => status)).toEqual([0, 1, 2])
    const said = done.map(({ stdout, stderr }) => stdout + stderr).join('')
    expect(said).toContain('required variable NONE is missing a value: not ${PASSWORD}')
    const written = Object.values(contents(join(folder, 'out'))).join('')
    expect(said + written).not.toMatch(/hunter[23]/)
  })
})

describe('hostile names', () => {
  it('are written, and never run', async () => {
    const name = "a b'$(touch pwned)`touch pwned`;touch pwned\u202e.yaml"
    const folder = folderWith({ [name]: COMPOSE })
    await good(folder, ['generate', '-f', name, '-o', '$(touch pwned)', ...REGISTRY])
    for (const script of SCRIPTS) {
      const path = join(folder, '$(touch pwned)', script)
      const { status, stdout } = await bash(folder, path, script.startsWith('tag') ? '--help' : '--list')
      expect({ script, status }).toEqual({ script, status: 0 })
      expect(stdout).not.toBe('')
      expect(readFileSync(path, 'utf8')).not.toContain('\u202e')
    }
    expect(readdirSync(folder).sort()).toEqual(['$(touch pwned)', name].sort())
  })
})

describe('a project of several files', () => {
  const files = {
    'compose.yaml': 'name: shop\ninclude: [sub/b.yaml]\nservices: { a: { image: "a:1" } }\n',
    'more.yaml': 'services: { a: { image: "a:2" } }\n',
    'sub/b.yaml': 'services: { b: { image: "b:1" } }\n',
    '.env': 'COMPOSE_PROFILES=none\n',
  }
  const several = ['-f', 'compose.yaml', '-f', 'more.yaml']

  it('has a mirror of all its files, in their folders', async () => {
    const folder = folderWith(files)
    await good(folder, ['generate', ...several, ...REGISTRY])
    const written = contents(join(folder, 'out'))
    expect(Object.keys(written).filter(name => name.endsWith('.yaml'))).toEqual([
      'mirror/compose.yaml',
      'mirror/more.yaml',
      'mirror/sub/b.yaml',
    ])
    expect(written['mirror/more.yaml']).toBe('services: { a: { image: "registry.example.com/team/a:2" } }\n')
    expect(written['mirror/compose.yaml']).toBe(files['compose.yaml'])
    expect(written['README.md']).toContain(
      'cp -R mirror/. /path/to/project/\ncd /path/to/project/\ndocker login registry.example.com\ndocker compose --project-directory . -p shop -f compose.yaml -f more.yaml up -d\n',
    )
  })

  it('has one mirror file by --merged, and check knows it by the same flag', async () => {
    const folder = folderWith(files)
    await good(folder, ['generate', ...several, ...REGISTRY, '--merged'])
    const written = contents(join(folder, 'out'))
    expect(Object.keys(written).filter(name => name.endsWith('.yaml'))).toEqual(['compose-mirror.yaml'])
    expect(written['README.md']).toContain('-p shop -f compose-mirror.yaml up -d\n')
    await good(folder, ['check', ...several, ...REGISTRY, '--merged'])
    expect(await run(folder, ['check', ...several, ...REGISTRY])).toMatchObject({ status: 1 })
  })

  it('may stand outside of the folder that is its own', async () => {
    const folder = folderWith({
      'a/compose.yaml': files['more.yaml'],
      'b/over.yaml': 'services: { a: { tty: true } }\n',
    })
    const args = ['-f', '../a/compose.yaml', '-f', 'over.yaml', '--project-directory', '.']
    await good(join(folder, 'b'), ['generate', ...args, ...REGISTRY])
    const written = contents(join(folder, 'b/out'))
    expect(Object.keys(written).filter(name => name.endsWith('.yaml'))).toEqual([
      'mirror/a/compose.yaml',
      'mirror/b/over.yaml',
    ])
    expect(written['README.md']).toContain(
      '--project-directory b -p b -f a/compose.yaml -f b/over.yaml up -d\n',
    )
  })

  it('is named in relay.yaml, too', async () => {
    const relay = 'compose: [compose.yaml, more.yaml]\noutputs: [override]\n'
    const folder = folderWith({ ...files, 'relay.yaml': relay })
    await good(folder, ['generate', ...REGISTRY])
    const written = contents(join(folder, 'out'))
    expect(written['docker-compose-images.yaml']).toContain(
      '  a:\n    image: registry.example.com/team/a:2\n',
    )
    expect(Object.keys(written)).toContain('mirror/more.yaml')
  })

  it('override is written when it is named, and not by itself', async () => {
    const folder = folderWith({ 'compose.yaml': files['more.yaml'] })
    await good(folder, ['generate', ...REGISTRY])
    expect(existsSync(join(folder, 'out/docker-compose-images.yaml'))).toBe(false)
    await good(folder, ['generate', 'override', ...REGISTRY])
    expect(existsSync(join(folder, 'out/docker-compose-images.yaml'))).toBe(true)
  })

  it('may come from the standard input', async () => {
    const folder = folderWith()
    const command = `printf 'services: { a: { image: "a:1" } }' | "$0" generate -f - ${REGISTRY.join(' ')}`
    expect(await bash(folder, '-c', command, CLI)).toMatchObject({ status: 0 })
    expect(Object.keys(contents(join(folder, 'out')))).toContain('compose-mirror.yaml')
  })
})

const LOCK_HEADER = 'source\tsource digest\ttarget\ttarget digest\tplatform\n'

/** A line of a lock, with digests of one digit. */
function lockLine(source: string, target: string, digest = 'b', from = 'a'): string {
  const [left, right] = [from, digest].map(digit => (digit === '-' ? '-' : `sha256:${digit.repeat(64)}`))
  return `${source}\t${left}\tregistry.example.com/team/${target}\t${right}\tlinux/amd64\n`
}

describe('diagnose', () => {
  const say = (text: string, ...args: string[]) =>
    bash(ROOT, '-c', 'printf %s "$1" | "$2" diagnose "${@:3}"', 'bash', text, CLI, ...args)

  it('names the class, the cause and the cure of an error', async () => {
    expect(
      await say(
        'The push refers to repository [r.io/a]\ndenied: requested access to the resource is denied\n',
      ),
    ).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^denied: .+\n {2}cure: .+\n {2}from: denied: requested access .+\n$/),
      stderr: '',
    })
    const { stdout } = await say('toomanyrequests: slow down', '--json', '--lang', 'zh')
    expect(JSON.parse(stdout)).toEqual({
      class: 'rate-limit',
      passes: 'slowly',
      cause: expect.stringMatching(/\p{Script=Han}/u),
      cure: expect.stringMatching(/\p{Script=Han}/u),
      text: 'toomanyrequests: slow down',
    })
  })

  it('says of what is unknown that it is', async () => {
    expect(await say('all is well\u0007\n')).toEqual({
      status: 1,
      stdout: 'unknown: all is well\n',
      stderr: '',
    })
  })

  it('wants text, and refuses what it does not know', async () => {
    expect(await say('\n')).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(/^standard input: there is no text: give/),
    })
    expect(await say('x', '--lang', 'fr')).toMatchObject({ status: 2, stdout: '' })
    expect(await say('x', '--out', 'y')).toMatchObject({ status: 2, stdout: '' })
  })
})

describe('lint', () => {
  const FILES: Files = {
    'compose.yaml':
      'services:\n  web: { build: web }\n  db: { image: "docker.m.daocloud.io/library/redis:7" }\n',
    'web/Dockerfile': 'FROM registry.cn-hangzhou.aliyuncs.com/library/node:18-alpine\r\n',
  }

  it('ends with 1 where it finds something, and --fix with 0', async () => {
    const folder = folderWith(FILES)
    const found = await run(folder, ['lint'])
    expect(found).toMatchObject({ status: 1, stderr: '' })
    expect(found.stdout).toMatch(/^web\/Dockerfile:1:6: FROM: .*: write node:18-alpine$/m)
    expect(await run(folder, ['lint', '--json', 'web'])).toMatchObject({ status: 1, stderr: '' })
    expect(JSON.parse(await good(folder, ['lint', '--fix', '--json', 'web']))).toMatchObject({
      files: [{ file: 'web/Dockerfile', verdict: 'fixed' }],
    })
    expect((await run(folder, ['lint', '--format', 'github'])).stdout).toMatch(
      /^::warning file=compose\.yaml,line=3,col=17::services\.db\.image: /,
    )
    await good(folder, ['lint', '--fix'])
    expect(await good(folder, ['lint', '--fix'])).toMatch(/\n2 files: clean\n$/)
    expect(contents(folder)).toEqual({
      'compose.yaml': FILES['compose.yaml']?.replace('docker.m.daocloud.io/library/', ''),
      'web/Dockerfile': 'FROM node:18-alpine\r\n',
    })
  })

  it('ends with 2 where a file cannot be read, and does the others', async () => {
    const { status, stdout, stderr } = await run(folderWith(FILES), ['lint', 'web', 'nowhere'])
    expect(status).toBe(2)
    expect(stderr).toBe('nowhere:1:1: there is no such file: correct the path\n')
    expect(stdout).toMatch(/^1 finding +web\/Dockerfile$/m)
  })

  it('says on one line what the command line has wrong', async () => {
    const files = { 'compose.yaml': COMPOSE }
    expect(await refusals(files, ['lint', '--format', 'xml'])).toEqual([
      "option '--format <format>' argument 'xml' is invalid. Allowed choices are text, github; see compose-relay --help",
    ])
    expect(await refusals(files, ['lint', '--json', '--format', 'github'])).toHaveLength(1)
    expect(await refusals(files, ['lint', '-f', 'compose.yaml', 'compose.yaml'])).toEqual([
      '--file: it says which files there are, and so do paths: drop --file, or the paths',
    ])
    expect(await refusals(files, ['lint', '--registry', 'a.b/c'])).toHaveLength(1)
  })

  it('takes a compose file from standard input', async () => {
    const folder = folderWith(FILES)
    const command = `${CLI} lint --fix -f - <compose.yaml`
    const { status, stderr, stdout } = await bash(folder, '-c', command)
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: '-:1:1: note: nothing is changed: it is the standard input: name a file\n',
    })
    expect(stdout).toMatch(/^-:3:17: /)
    expect(contents(folder)['compose.yaml']).toBe(FILES['compose.yaml'])
  })
})

describe('lock merge', () => {
  const one = LOCK_HEADER + lockLine('b:1', 'b:1') + lockLine('c:1', 'c:1', '-')
  const two = `\ufeff${LOCK_HEADER}${lockLine('c:1', 'c:1')}${lockLine('a:1', 'a:1')}`.replaceAll(
    '\n',
    '\r\n',
  )
  const both = LOCK_HEADER + lockLine('a:1', 'a:1') + lockLine('b:1', 'b:1') + lockLine('c:1', 'c:1')

  it('prints or writes the rows of all', async () => {
    const folder = folderWith({ 'one.tsv': one, 'a dir/two.tsv': two })
    const files = ['one.tsv', 'a dir/two.tsv']
    expect(await good(folder, ['lock', 'merge', ...files])).toBe(both)
    expect(await good(folder, ['lock', 'merge', 'one.tsv'])).toBe(one)
    const into = (name: string) => good(folder, ['lock', 'merge', ...files, '-o', name])
    expect(await into('new/relay-lock.tsv')).toBe('created    new/relay-lock.tsv\n')
    expect(contents(folder)).toEqual({ 'one.tsv': one, 'a dir/two.tsv': two, 'new/relay-lock.tsv': both })
    chmodSync(join(folder, 'one.tsv'), 0o600)
    expect(await into('one.tsv')).toBe('changed    one.tsv\n')
    expect(await into('one.tsv')).toBe('unchanged  one.tsv\n')
    expect(contents(folder)).toEqual({ 'one.tsv': both, 'a dir/two.tsv': two, 'new/relay-lock.tsv': both })
    expect(statSync(join(folder, 'one.tsv')).mode & 0o777).toBe(0o644)
  })

  it('changes nothing where two locks know different things, and tells everything', async () => {
    const other = LOCK_HEADER + lockLine('c:1', 'c:1', 'd') + lockLine('b:1', 'b:2')
    const files = { 'one.tsv': both, 'two.tsv': other, 'bad.tsv': `${LOCK_HEADER}b\n`, 'no.tsv': 'a\n' }
    const cure = 'remove the line that is out of date, or push the image again'
    const digest = (digit: string) => `sha256:${digit.repeat(64)}`
    expect(await refusals(files, ['lock', 'merge', 'one.tsv', 'two.tsv', '-o', 'one.tsv'])).toEqual([
      `two.tsv:3:1: target: "b:1" for linux/amd64 has registry.example.com/team/b:2 here and registry.example.com/team/b:1 in one.tsv:3: ${cure}`,
      `two.tsv:2:1: target digest: "c:1" for linux/amd64 has ${digest('d')} here and ${digest('b')} in one.tsv:4: ${cure}`,
    ])
    expect(await refusals(files, ['lock', 'merge', 'bad.tsv', 'gone.tsv', 'one.tsv', 'no.tsv'])).toEqual([
      'bad.tsv:2:1: 1 column, and a lock has 5: write one tab between two values, or remove the line',
      'gone.tsv:1:1: there is no such file: correct the path',
      expect.stringMatching(/^no\.tsv:1:1: not the first line of a lock: "a": /),
    ])
  })

  it('replaces nothing but a file', async () => {
    const folder = folderWith({ 'one.tsv': one, 'two.tsv': two, 'dir/x': '' })
    symlinkSync('one.tsv', join(folder, 'link'))
    for (const name of ['dir', 'link', '/dev/null']) {
      const { status, stdout, stderr } = await run(folder, [
        'lock',
        'merge',
        'one.tsv',
        'two.tsv',
        '-o',
        name,
      ])
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
      expect(stderr).toMatch(new RegExp(`^--out: \\S*${name} is not a regular file: name a file, .*\n$`))
    }
    expect(readdirSync(folder).sort()).toEqual(['dir', 'link', 'one.tsv', 'two.tsv'])
    expect(lstatSync(join(folder, 'link')).isSymbolicLink()).toBe(true)
    expect(readFileSync(join(folder, 'one.tsv'), 'utf8')).toBe(one)
  })

  it('has a help, and one line for each wrong use', async () => {
    const help = await good(folderWith(), ['lock', 'merge', '--help'])
    expect(help).toContain('Usage: compose-relay lock merge [options] <file...>\n')
    const rows: readonly (readonly [args: string[], line: string])[] = [
      [[], "missing required argument 'action'"],
      [['merge'], "missing required argument 'file'"],
      [
        ['mrege', 'one.tsv'],
        "command-argument value 'mrege' is invalid for argument 'action'. Allowed choices are merge",
      ],
      [['merge', 'one.tsv', '--ouy', 'x'], "unknown option '--ouy' (Did you mean --out?)"],
      [['merge', 'one.tsv', '-o'], "option '-o, --out <file>' argument missing"],
    ]
    const lines = await Promise.all(rows.map(([args]) => refusals({ 'one.tsv': one }, ['lock', ...args])))
    expect(lines).toEqual(rows.map(([, line]) => [`${line}; see compose-relay --help`]))
  })
})

describe('--pin', () => {
  const rows = [
    lockLine('ghcr.io/acme/api:2', 'acme-api:2'),
    lockLine('nginx:1.27', 'nginx:1.27', 'c'),
    lockLine('postgres:latest', 'postgres:latest', 'd'),
  ]
  const lock = LOCK_HEADER + rows.join('')
  const files = { 'compose.yaml': COMPOSE, 'out/relay-lock.tsv': lock }

  it('puts the digests of the lock into the mirror, and leaves the lock and everything else alone', async () => {
    const folder = folderWith(files)
    await good(folder, ['generate', ...REGISTRY])
    const tagged = contents(join(folder, 'out'))
    expect(tagged['relay-lock.tsv']).toBe(lock)
    expect(tagged['.compose-relay']).not.toContain('lock')
    expect(await run(folder, ['check', ...REGISTRY, '--pin'])).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/; run: compose-relay generate --registry \S+ --pin\n$/),
    })
    const said = await good(folder, ['generate', ...REGISTRY, '--pin'])
    expect(fileLines(said)?.filter(line => !line.startsWith('unchanged'))).toEqual([
      'changed    out/compose-mirror.yaml',
    ])
    const target = 'registry.example.com/team'
    const expected = COMPOSE.replace('nginx:1.27', `${target}/nginx:1.27@sha256:${'c'.repeat(64)}`)
      .replace(/ghcr.io\/acme\/api:\S+/g, `${target}/acme-api:2@sha256:${'b'.repeat(64)}`)
      .replace('postgres', `${target}/postgres:latest@sha256:${'d'.repeat(64)}`)
    expect(contents(join(folder, 'out'))).toEqual({ ...tagged, 'compose-mirror.yaml': expected })
    await good(folder, ['check', ...REGISTRY, '--pin'])
    expect(await run(folder, ['check', ...REGISTRY])).toMatchObject({ status: 1 })
    expect(statSync(join(folder, 'out/relay-lock.tsv')).mode & 0o111).toBe(0)
  })

  it('by relay.yaml, for every form of the mirror', async () => {
    const folder = folderWith({
      'relay.yaml': 'pin: true\nout: made\noutputs: [override]\n',
      'compose.yaml': 'include: [sub/b.yaml]\nservices: { a: { image: "nginx:1.27" } }\n',
      'sub/b.yaml': 'services: { b: { image: "postgres" } }\n',
      'made/relay-lock.tsv': lock,
    })
    await good(folder, ['generate', ...REGISTRY])
    const made = contents(join(folder, 'made'))
    for (const name of ['mirror/compose.yaml', 'docker-compose-images.yaml'])
      expect(made[name]).toContain(`/nginx:1.27@sha256:${'c'.repeat(64)}`)
    expect(made['mirror/sub/b.yaml']).toContain(`/postgres:latest@sha256:${'d'.repeat(64)}`)
    await good(folder, ['generate', 'mirror', '--merged', ...REGISTRY])
    expect(contents(join(folder, 'made'))['compose-mirror.yaml']).toMatch(/c{64}"?\n.*d{64}"?\n/s)
  })

  it('refuses what the lock does not have, all of it, and writes nothing', async () => {
    const some =
      LOCK_HEADER + lockLine('ghcr.io/acme/api:2', 'acme-api:2', '-') + lockLine('postgres:latest', 'pg:1')
    const args = ['generate', ...REGISTRY, '--pin']
    const cure = 'run the push script, or drop --pin'
    expect(await refusals({ ...files, 'out/relay-lock.tsv': some }, args)).toEqual([
      `out/relay-lock.tsv:2:1: target digest: "ghcr.io/acme/api:2" for linux/amd64 has no known digest: ${cure}`,
      `compose.yaml:4:12: services.web.image: out/relay-lock.tsv has no digest of "nginx:1.27" for linux/amd64: ${cure}`,
      `out/relay-lock.tsv:3:1: target: "postgres:latest" for linux/amd64 is registry.example.com/team/pg:1 here, not registry.example.com/team/postgres:latest: ${cure}`,
    ])
    const missing = '("compose-relay generate pull push" needs no lock)'
    expect(await refusals({ 'compose.yaml': COMPOSE }, args)).toEqual([
      `out/relay-lock.tsv:1:1: --pin: there is no such file: run the push script ${missing}, or drop --pin`,
    ])
    expect(
      await refusals({ 'compose.yaml': COMPOSE, 'relay.yaml': 'pin: true\n' }, args.slice(0, -1)),
    ).toEqual([
      `out/relay-lock.tsv:1:1: pin: there is no such file: run the push script ${missing}, or take "pin" out of relay.yaml`,
    ])
    expect(await refusals({ ...files, 'out/relay-lock.tsv': 'mine\n' }, args)).toEqual([
      expect.stringMatching(/^out\/relay-lock\.tsv:1:1: not the first line of a lock: "mine": /),
    ])
  })

  it('needs the lock for the mirror alone, and nobody else reads it', async () => {
    const folder = folderWith({ 'compose.yaml': COMPOSE, 'relay.yaml': 'pin: true\n' })
    await good(folder, ['generate', 'pull', 'push', 'images', ...REGISTRY])
    await good(folder, ['list', ...REGISTRY])
    const plain = folderWith({ 'compose.yaml': COMPOSE, 'out/relay-lock.tsv': 'no lock\n' })
    await good(plain, ['generate', ...REGISTRY])
    await good(plain, ['check', ...REGISTRY])
    expect(readFileSync(join(plain, 'out/relay-lock.tsv'), 'utf8')).toBe('no lock\n')
  })
})

describe('--strict', () => {
  const files = {
    'compose.yaml':
      'services:\n  a:\n    image: a\n    prots: ["80"]\n    env_file: gone.env\n    environment: { P: "${PASS:?set it}" }\n    depends_on: [b]\n',
  }

  it('refuses what Compose refuses, all of it', async () => {
    expect(await refusals(files, ['list', '--strict'])).toEqual([
      'compose.yaml:6:23: services.a.environment.P: required variable PASS is missing a value: set it: set it in the environment or in .env',
      'compose.yaml:4:5: services.a: unknown key "prots": did you mean "ports"?',
      'compose.yaml:7:18: services.a.depends_on[0]: there is no service "b": did you mean "a"?',
      'compose.yaml:5:15: services.a.env_file[0]: there is no such file: gone.env: write it, or correct the path',
    ])
  })

  it('is what a relay does without, by default', async () => {
    const { status, stderr } = await run(folderWith(files), ['generate', ...REGISTRY])
    expect({ status, lines: stderr.split('\n').length }).toEqual({ status: 0, lines: 2 })
  })
})

describe('an invalid variable', () => {
  it('is shown with a caret under it, and without what stands before it', async () => {
    const files = {
      'compose.yaml': 'services:\n  a:\n    image: a\n    environment:\n      PASSWORD: "hunter2${A.B}"\n',
    }
    expect(await refusals(files, ['list'])).toEqual([
      'compose.yaml:5:25: services.a.environment.PASSWORD: not a variable: "${A.B}": after "${A" comes "}" or one of :- - :+ + :? ?: write $$ for a literal $',
      '        PASSWORD: …${A.B}"',
      '                   ^',
    ])
  })
})

describe('a folder that a link leads to', () => {
  it('is written by the names that the user sees', async () => {
    const folder = folderWith({ 'real/deep/compose.yaml': 'services: { a: { image: a } }\n' })
    symlinkSync('real/deep', join(folder, 'link'))
    const cwd = join(folder, 'link')
    const stdout = await good(cwd, ['generate', '-o', '../out', ...REGISTRY], { PWD: cwd })
    expect(stdout).toContain('created    ../out/README.md\n')
    expect(existsSync(join(folder, 'out/README.md'))).toBe(true)
    expect(readFileSync(join(folder, 'out/README.md'), 'utf8')).toContain(' -p link ')
  })
})
