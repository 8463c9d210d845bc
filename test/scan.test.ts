import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assignment } from '../generators/core/bash.ts'
import { findDockerfiles } from '../generators/core/dockerfile/find.ts'
import { readDockerfile } from '../generators/core/dockerfile/read.ts'
import { messageText, readCatalogue } from '../generators/core/messages.ts'
import { parseReference, shortReference, withDefaultTag } from '../generators/core/reference.ts'
import { BASHES, composeOf, type Ended, FakeEngine, generate, laboratory } from './fake-engine.ts'

const lab = laboratory('scan')
const LIBRARY = fileURLToPath(new URL('../templates/lib', import.meta.url))
const RUNS = Number(process.env['SCAN_RUNS'] ?? 250)
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`

const MESSAGES = Object.keys(readCatalogue())
  .filter(name => name.startsWith('MSG_SCAN_'))
  .map(name => assignment(name, messageText(name, 'en')))

/** The parts of the scan as a script has them. */
const HARNESS = `
set -u -o pipefail
${MESSAGES.join('\n')}
for part in "$LIBRARY"/say.bash "$LIBRARY"/table.bash "$LIBRARY"/scan*.bash; do
  source "$part"
done
`

/** Prints the images of one folder, one a line, and its status. */
const ONE = `scan_dockerfiles "$1"; status=$?; printf '%s\\n' \${BASES[@]+"\${BASES[@]}"} "$status"`

/** The same of many files, each as if it were the only one. */
const MANY = `
while IFS= read -r -d '' path; do
  BASES=() SCAN_STATUS=0
  unset \${!BASE_@}
  scan_file "$path" Dockerfile 2>&1
  printf '%s ' "\${path#././}" "$SCAN_STATUS" \${BASES[@]+"\${BASES[@]}"}
  printf '\\n'
done < <(find_dockerfiles ./.)
`

interface Scan {
  readonly images: readonly string[]
  readonly status: number
  readonly stderr: string
}

type Files = Readonly<Record<string, string>>

function folderWith(files: Files): string {
  const folder = mkdtempSync(join(lab, 'tree-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

function runIn(bash: string, cwd: string, script: string, ...args: readonly string[]): Promise<Ended> {
  const env = { LIBRARY }
  return new FakeEngine(lab, bash, []).run(['-c', HARNESS + script, 'scan', ...args], { env, cwd })
}

async function scan(bash: string, files: Files, folder = '.'): Promise<Scan> {
  const { stdout, stderr, status } = await runIn(bash, folderWith(files), ONE, folder)
  expect(status).toBe(0)
  const lines = stdout.trimEnd().split('\n')
  return { images: lines.slice(0, -1), status: Number(lines.at(-1)), stderr }
}

/** What the scan says of each text: its images, sorted, or null where it reports something, too. */
async function scanMany(bash: string, texts: readonly string[]) {
  const folder = mkdtempSync(join(lab, 'many-'))
  for (const [index, text] of texts.entries()) {
    mkdirSync(join(folder, String(index)))
    writeFileSync(join(folder, String(index), 'Dockerfile'), text)
  }
  const { stdout, stderr, status } = await runIn(bash, folder, MANY)
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  const rows = [...stdout.matchAll(/^(\d+)\/Dockerfile (\d) (.*)$/gm)].map(
    ([, index, status, images = '']) => ({
      index: Number(index),
      images: images.split(' ').filter(Boolean).sort(),
      reported: status !== '0',
    }),
  )
  expect(rows).toHaveLength(texts.length)
  return rows.sort((a, b) => a.index - b.index)
}

/** What the reader of this project says: the images that have a name, and whether it reports something. */
function read(text: string) {
  const input = { args: new Map(), target: null, platform: 'linux/amd64', contexts: new Set<string>() }
  const { images, problems } = readDockerfile(text, input)
  const references = images.map(({ image }) => withDefaultTag(parseReference(image)))
  const named = references
    .filter(({ tag }) => tag !== null)
    .map(one => shortReference({ ...one, digest: null }))
  return { images: [...new Set(named)].sort(), reported: problems.length > 0 }
}

/** The scan may report what the reader understands, but never leave out or make up an image in silence. */
async function compare(bash: string, texts: readonly string[]): Promise<number> {
  const rows = await scanMany(bash, texts)
  for (const [index, { images, reported }] of rows.entries()) {
    const text = texts[index] ?? ''
    const expected = read(text)
    if (!reported) expect({ text, images, reported }).toEqual({ text, ...expected })
    for (const image of expected.reported ? [] : images)
      expect({ text, images: expected.images }).toEqual({ text, images: expect.arrayContaining([image]) })
  }
  return rows.filter(({ reported }) => !reported).length
}

const TREE: Files = {
  Dockerfile: `# syntax=docker/dockerfile:1.7
# check=skip=all
# A comment, then an empty line.

ARG VERSION=18 BASE="debian:12"
ARG REGISTRY=ghcr.io
ARG TEAM=\${REGISTRY}/team
ARG EMPTY=
ARG NONE
ARG SAME=\${VERSION}-slim
FROM node
FROM node:\${VERSION} AS Build
RUN cat <<EOF && cat <<-'END'
FROM in-heredoc:1
EOF
\tFROM in-heredoc:2
\tEND
RUN echo "FROM not:1" && \\
FROM not:2 \\
# FROM not:3

    FROM not:4
COPY <<"ONE" <<TWO /etc/
FROM in-copy:1
ONE
COPY --from=in-copy:2 a b
TWO
COPY --chown=1:1 --from=copied:1 --link /a /b
  from --platform=$BUILDPLATFORM $BASE
FROM --platform="linux/arm64" $TEAM/app:\${NONE:-1} AS app
COPY --from=build /a /b
COPY --from=0 /a /b
FROM app
FROM BUILD2-\${TARGETARCH}
FROM \\
  # FROM not:5

  continued:\\
1
RUN --mount=type=cache,target=/c --mount=type=bind,from=mounted:1,target=/x \\
    --mount="type=bind,from=mounted:2,target=/y" \\
    --mount=type=bind,source=/,from=build,target=/z make
FROM a:\${VERSION:+plus}
FROM a:x\${EMPTY:-colon}
FROM a:x\${EMPTY-none}
FROM a:y\${EMPTY+set}
FROM a:y\${NONE+set}
FROM a:\${NONE-\${SAME}}
FROM a-$TARGETOS:$TARGETARCH$TARGETVARIANT
FROM "quoted:1"
FROM esc\\aped
FROM scratch AS Empty
ONBUILD COPY --from=trigger:1 a b
ONBUILD RUN --mount=from=trigger:2,target=/x y
FROM empty
FROM localhost:5000/a/b
FROM docker.io/library/redis:7@${DIGEST}
FROM pinned@${DIGEST}
FROM last:1`,
  'windows/Dockerfile': `# escape=\`
FROM \`
  mcr.example.com/windows:1
RUN dir C:\\
COPY --from=back\`
tick:1 C:\\a C:\\
`,
  'sub/App.DOCKERFILE': '\ufeffFROM with-mark:1\n',
  'sub/dockerfile.prod': 'FROM node:18\nFROM prod\n',
  'sub/Containerfile': 'FROM quay.io/container/file:2',
}
const TREE_IMAGES = [
  ...['docker/dockerfile:1.7', 'node:latest', 'node:18', 'copied:1', 'debian:12', 'ghcr.io/team/app:1'],
  ...['continued:1', 'mounted:1', 'mounted:2', 'a:plus', 'a:xcolon', 'a:x', 'a:yset', 'a:y', 'a:18-slim'],
  ...['a-linux:amd64', 'quoted:1', 'escaped:latest', 'trigger:1', 'trigger:2', 'localhost:5000/a/b:latest'],
  ...['redis:7', 'last:1', 'mcr.example.com/windows:1', 'backtick:1', 'with-mark:1', 'prod:latest'],
  'quay.io/container/file:2',
].sort()

const pick = (...choices: readonly string[]) => fc.constantFrom(...choices)

/** What may stand where an image is wanted: what Docker takes, and what else there is. */
const IMAGES = [
  ...[
    'node',
    'node:18',
    'ghcr.io/a/b:1',
    'a/b',
    's',
    't',
    '0',
    'scratch',
    'localhost/x',
    'docker.io/library/y',
  ],
  ...[
    'docker.io/q',
    'docker.io/a.b/c',
    'h:5000/x',
    `node:18@${DIGEST}`,
    `a@${DIGEST}`,
    '"quoted:1"',
    'e\\scaped:1',
  ],
]
const ODD_IMAGES = [
  ...[
    "'quoted:2'",
    '1',
    'S',
    'UPPER',
    'a:',
    'https://x/y',
    '',
    'a:1$(touch x)',
    '`touch x`',
    'a;b',
    '*',
    '[a]',
    '~',
    '&',
  ],
  ...[
    'a"b"c',
    'x\u00a0y',
    'index.docker.io/x',
    'a_b.c/d',
    `sha256:${'0'.repeat(64)}`,
    '-x',
    'a..b',
    'a@sha256:1',
  ],
]
const REFERENCES = [
  ...[
    '$A',
    '${A}',
    'x:$A',
    'x:${NONE:-1}',
    'x:${NONE-1}',
    'x${A:+y}',
    'x${NONE+y}',
    'x${EMPTY-y}',
    'x${EMPTY:-y}',
  ],
  ...[
    '${NONE:-${A}}',
    '${A:-${NONE}}',
    'x:${A%1}',
    'x:1${A##*.}',
    'x:1${A#\\*}',
    'x-$TARGETARCH',
    '"x:$A"',
    'x:${A:-"1"}',
  ],
  ...['x:${NONE:-"1"}', "x:${NONE:-'1'}", 'x:${A}${A}', 'x:${A?none}', 'x:${A:-a b}'],
]
const ODD_REFERENCES = [
  ...[
    'x:${B}',
    '$NONE',
    'x:${B%%.*}',
    'x:${A/1/2}',
    '${A',
    '${}',
    '${NONE:?none}',
    'x:$TARGETSTAGE',
    '$BUILDPLATFORM',
  ],
  ...["'x:$A'", '\\$A', 'x$', '$1', '$(touch x)', '${A:+$NONE}', 'x${A:=1}', '${A#x\\y}', '$é', '${A!}'],
]
const VALUES = ['1', '1.2.3', '"2"', "'3'", 'v1', 'a\\b', '$A', '${A}b', '"$A"']
const ODD_VALUES = ['"a b"', 'a\\ b', '"', "'x", '$A$B', 'x$C', '${NONE:?none}', '']
const LINES = [
  ...[
    '',
    '  ',
    '# FROM x',
    'RUN x \\\n',
    'RUN x \\\\',
    'RUN x `',
    'USER x',
    'ENV A=<<EOF',
    'RUN <<EOF\nFROM z\nEOF',
    'ARG NONE',
  ],
  ...[
    'RUN <<-"E" cat <<F\nFROM z\n\tE\nFROM y\nF',
    "COPY <<'EOF' /x\nFROM z\nEOF",
    'RUN ["<<EOF"]',
    'RUN echo "<<EOF"',
  ],
  ...[
    'RUN x$((1<<2))',
    "RUN it's <<EOF",
    'RUN ${X:-a}<<EOF',
    'ADD <<A <<B /x\nA\nB',
    'COPY --from=0 a b',
    'ARG EMPTY=',
  ],
  ...[
    'COPY -- --from=x',
    'COPY a --from=x b',
    'RUN \\\n# c\n\n x',
    'RUN <<$X\n$X',
    'RUN cat 3<< EOF\nFROM z\nEOF',
  ],
]
const ODD_LINES = [
  ...[
    'RUN <<EOF',
    'EOF',
    '\tEOF',
    'E',
    'F',
    'FORM a',
    'FROM a b',
    'FROM',
    'COPY --from a b',
    'ADD --from=x a b',
    'FROM a # b',
  ],
  ...[
    'COPY --from=a --from=b c d',
    'ONBUILD FROM a',
    'FROM --platform=!! a',
    'FROM a AS',
    '\\',
    'RUN "\\',
    'RUN <<A <<B',
    'ARG é=1',
  ],
  ...[
    '\u00a0FROM a',
    'FROM\u00a0a',
    'RUN x \\\n\u00a0\nFROM a',
    'RUN <<E\u00a0x\nE',
    'COPY --chown=1\u00a0--from=x a b',
    'ARG A=1\u00a0B=2',
  ],
]

/** Dockerfiles of such parts. */
function dockerfiles(images: string[], references: string[], values: string[], lines: string[]) {
  const [image, reference, value] = [
    pick(...images),
    pick(...images, ...references),
    pick(...values, ...images),
  ]
  const line = fc.oneof(
    { weight: 4, arbitrary: reference.map(image => `FROM ${image}`) },
    {
      weight: 4,
      arbitrary: fc
        .tuple(reference, pick('s', 't', 'u-1.x'))
        .map(([image, name]) => `FROM ${image} AS ${name}`),
    },
    { weight: 3, arbitrary: image.map(image => `COPY --from=${image} a b`) },
    { weight: 3, arbitrary: image.map(image => `RUN --mount=type=bind,from=${image},target=/x y`) },
    { weight: 5, arbitrary: pick(...lines) },
    fc.tuple(pick('A', 'A', 'B', 'TARGETARCH'), value).map(([name, value]) => `ARG ${name}=${value}`),
    image.map(image => `  copy --chown=1 \\\n --from=${image} --link a b`),
    image.map(image => `RUN --mount="type=bind,from=${image}" --mount=from=${image},target=/x y`),
    image.map(image => `RUN --mount='type=bind,"from=${image}"',target=/x <<EOF\nFROM z\nEOF`),
    image.map(image => `ONBUILD COPY --from=${image} a b`),
    image.map(image => `onbuild run --mount=from=${image},target=/x y`),
    reference.map(image => `FROM --platform=$BUILDPLATFORM ${image}`),
    reference.map(image => `FROM --platform="linux/$TARGETARCH" \\\n# c\n\n ${image} \\\nAS s`),
  )
  const globals = fc.array(
    fc.tuple(pick('A', 'A', 'B'), value).map(([name, value]) => `ARG ${name}=${value}`),
    { maxLength: 3 },
  )
  const head = pick(
    '',
    '',
    '# escape=`\n',
    '# syntax=docker/dockerfile:1\n',
    '\ufeff',
    '#!/x\n# syntax=x:1 y\n',
    '# check=a\n# Syntax = x\n',
  )
  const body = fc.array(line, { maxLength: 8, size: 'max' })
  return fc
    .tuple(head, globals, reference, body, pick('\n', '\r\n'), fc.boolean())
    .map(([head, globals, first, body, end, last]) =>
      `${head}${[...globals, `FROM ${first}`, ...body].join('\n')}${last ? '\n' : ''}`.replaceAll('\n', end),
    )
}

const DOCKERFILE = fc.oneof(
  { weight: 3, arbitrary: dockerfiles(IMAGES, REFERENCES, VALUES, LINES) },
  dockerfiles(
    [...IMAGES, ...ODD_IMAGES],
    [...REFERENCES, ...ODD_REFERENCES],
    [...VALUES, ...ODD_VALUES],
    [...LINES, ...ODD_LINES],
  ),
)

const PIECE = pick(
  ...[
    'FROM ',
    'from a',
    'FROM a AS s\n',
    'ARG A=',
    'COPY --from=',
    'RUN --mount=from=',
    'ONBUILD ',
    '# escape=`\n',
    '# syntax=',
  ],
  ...[
    '<<EOF',
    '<<-E',
    '\nEOF\n',
    '\nE\n',
    '${',
    '$A',
    '${A:-',
    '${A%%',
    '${A//*/',
    '}',
    '"',
    "'",
    '\\',
    '`',
    ',',
    '--',
    '[',
    '*',
  ],
  ...[
    '\n',
    '\n',
    '\n',
    '\nFROM b\n',
    '\r\n',
    '\r',
    '\t',
    ' ',
    ' ',
    '\ufeff',
    '\u0085',
    '\u00a0',
    '\u3000',
    '😀',
    'é',
    'scratch',
    's',
    '0',
    '//',
  ],
  ...['$(touch x)', '`touch x`', ';touch x', '\u0001', '\u007f', '&', '!', '~', '?', '\\\n'],
)

const TEXT = fc.array(PIECE, { maxLength: 40, size: 'max' }).map(pieces => pieces.join(''))

/** What cannot be read, and what is said of it. */
const FAULTS: readonly (readonly [text: string, message: string])[] = [
  ['ARG X\nFROM a:$X', '2: unknown argument: X has no default before the first FROM; the image is left out'],
  [
    'ARG X\nARG Y=$X\nFROM a:${Y}',
    '3: unknown argument: X has no default before the first FROM; the image is left out',
  ],
  [
    'FROM a:$TARGETSTAGE',
    '1: unknown argument: TARGETSTAGE has no default before the first FROM; the image is left out',
  ],
  ['\n# c\nFROM ${A/b/c}', '3: not understood: ${A/b/c}'],
  ['FROM ${A', '1: not understood: ${A'],
  ['FROM ${A:?}', '1: not understood: ${A:?}'],
  ['FROM a \\\n\nb', '1: FROM takes an image, or an image, AS and a name'],
  ['FROM a AS 1x', '1: not a name of a stage: 1x'],
  ['FROM Upper', '1: not an image: Upper'],
  ['FROM $(touch\tAS x', '1: not an image: $(touch'],
  ['FROM --platform=a/b/c/d x', '1: not understood: --platform=a/b/c/d'],
  ['FORM a', '1: unknown instruction: form'],
  ['RUN x', '1: only ARG may stand before the first FROM: run'],
  ['FROM a\nRUN x\\\n\n y\nCOPY --from=$A b c', '5: from= takes no variables: $A'],
  ['FROM a\nCOPY --from=9 b c', '2: no stage of this name or number comes before this one: 9'],
  ['FROM a AS s\nCOPY --from=s b c', '2: no stage of this name or number comes before this one: s'],
  ['FROM a\nCOPY --from b c', '2: not understood: --from'],
  ['FROM a\nCOPY --from=b --from=c d e', '2: not understood: --from=c'],
  ['FROM a\nADD --from=b c d', '2: not understood: --from=b'],
  ['FROM a\nONBUILD FROM b', '2: not understood: ONBUILD from'],
  ['# escape=x\nFROM a', '1: not understood: # escape=x'],
  ['# escape=`\n# escape=`\nFROM a', '2: not understood: # escape=`'],
  ['# syntax=X\nFROM a', '1: not an image: X'],
  [`FROM a\nRUN ${'x'.repeat(70_000)}`, '2: the line is longer than 65535 bytes, which Docker refuses'],
  [`FROM ${'X'.repeat(300)}`, `1: not an image: ${'X'.repeat(200)}...`],
]

describe.concurrent.each(BASHES)('%s', bash => {
  test.each([
    ['LF', TREE],
    [
      'CRLF',
      Object.fromEntries(Object.entries(TREE).map(([name, text]) => [name, text.replaceAll('\n', '\r\n')])),
    ],
  ])('a tree with every construct, its lines ended by %s', async (_name, files) => {
    const { images, status, stderr } = await scan(bash, files)
    expect([...images].sort()).toEqual(TREE_IMAGES)
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/Dockerfile:34: not an image: BUILD2-amd64$/),
      expect.stringMatching(/Dockerfile:58: left out, .*: pinned@sha256:/),
    ])
    expect(status).toBe(1)
    const texts = Object.values(files)
    expect([...new Set(texts.flatMap(text => read(text).images))].sort()).toEqual(TREE_IMAGES)
  })

  test('files: the very ones that the reader of this project finds, whatever their names are, in its order', async () => {
    const names = [
      ...[
        'Dockerfile',
        'dockerFILE',
        'Dockerfile.',
        'Dockerfile.prod',
        'x.Dockerfile',
        '.x.dockerfile',
        'Containerfile.a b',
      ],
      ...[
        '.dockerfile',
        'Dockerfile.dockerignore',
        'Dockerfile.MD',
        'Dockerfile.in',
        'Dockerfiles',
        'xDockerfile',
        'a\n.Dockerfile',
      ],
      ...[
        '-name.Dockerfile',
        '--help.Dockerfile',
        '$(touch x).Dockerfile',
        '`touch x`.Dockerfile',
        '"\'.Dockerfile',
      ],
      ...[
        'a\nb.Dockerfile',
        '*.Dockerfile',
        ' .Dockerfile',
        '\\.Dockerfile',
        '中文.Dockerfile',
        '\u001b[2J.Dockerfile',
        '!.Dockerfile',
      ],
      ...[
        '-d/Dockerfile',
        'a b/c\nd/Dockerfile',
        'A/Dockerfile',
        'a/Dockerfile',
        '.git/Dockerfile',
        'a/node_modules/Dockerfile',
      ],
      ...['.venv/x.Dockerfile', '.hidden/Dockerfile', 'Dockerfile.d/Dockerfile', 'node_modules.x/Dockerfile'],
    ]
    const files = Object.fromEntries(names.map((name, index) => [name, `FROM image-${index}\n`]))
    const folder = folderWith(files)
    symlinkSync('Dockerfile', join(folder, 'Dockerfile.link'))
    symlinkSync('a', join(folder, 'link'))
    const expected = findDockerfiles(folder).map(
      path => `image-${names.indexOf(relative(folder, path))}:latest`,
    )
    expect(expected).toHaveLength(26)
    const before = readdirSync(folder)
    for (const [cwd, argument] of [
      [folder, '.'],
      [folder, './'],
      ['/', folder],
      [join(folder, 'a'), '..'],
      [folder, `${folder}/link/..`],
    ] as const) {
      const { stdout, stderr } = await runIn(bash, cwd, ONE, argument)
      expect({ stdout, stderr }).toEqual({ stdout: [...expected, '0', ''].join('\n'), stderr: '' })
    }
    const dashed = await runIn(bash, folder, ONE, '-d')
    expect(dashed.stdout).toBe(`image-${names.indexOf('-d/Dockerfile')}:latest\n0\n`)
    expect(readdirSync(folder)).toEqual(before)
  })

  test('a folder that begins the scan may be called anything, and may be a link', async () => {
    const folder = folderWith({ 'node_modules/Dockerfile': 'FROM a\n', '(/Dockerfile': 'FROM b\n' })
    symlinkSync('node_modules', join(folder, '!'))
    for (const [name, image] of [
      ['node_modules', 'a'],
      ['!', 'a'],
      ['(', 'b'],
      ['(/', 'b'],
    ] as const)
      expect((await runIn(bash, folder, ONE, name)).stdout).toBe(`${image}:latest\n0\n`)
    for (const name of ['missing', '', '-x', '$(touch x)', '(/Dockerfile'])
      expect(await runIn(bash, folder, ONE, name)).toMatchObject({
        status: 2,
        stdout: '',
        stderr: `--scan: no such folder, or it cannot be read: ${name}\n`,
      })
  })

  test('each image once, in the order of the text; a file that cannot be read does not stop the others', async () => {
    const files = {
      'a/Dockerfile': 'FROM b\nCOPY --from=c x y\nFROM a\nFROM b:latest\n',
      'b/Dockerfile': 'FROM x\0\n',
      'c/Dockerfile': 'FROM docker.io/library/b\nFROM d\n',
    }
    expect(await scan(bash, files)).toEqual({
      images: ['b:latest', 'c:latest', 'a:latest', 'd:latest'],
      status: 1,
      stderr: '[WARNING]  ✗ ./b/Dockerfile:1: it is binary, and no Dockerfile\n',
    })
  })

  test('a file without the right to read it', () => {
    const folder = folderWith({ 'a/Dockerfile': 'FROM a\n', 'b/Dockerfile': 'FROM b\n' })
    chmodSync(folder, 0o755)
    chmodSync(join(folder, 'a/Dockerfile'), 0)
    // root may read everything.
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
    const parts = readdirSync(LIBRARY).filter(name => /^(?:say|table|scan.*)\.bash$/.test(name))
    const library = parts.map(name => readFileSync(join(LIBRARY, name), 'utf8')).join('\n')
    const script = ['set -u -o pipefail', ...MESSAGES, library, ONE].join('\n')
    const [program = '', ...args] = [
      ...(process.getuid?.() === 0 ? nobody : []),
      bash,
      '-c',
      script,
      'scan',
      '.',
    ]
    const { stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' })
    expect({ stdout, stderr }).toEqual({
      stdout: 'b:latest\n1\n',
      stderr: '[WARNING]  ✗ ./a/Dockerfile:1: the file cannot be read\n',
    })
  })

  test.each(FAULTS)('%j: %s', async (text, message) => {
    const { images, status, stderr } = await scan(bash, { Dockerfile: `${text}\nFROM good\n` })
    expect(images.at(-1)).toBe('good:latest')
    expect({ status, stderr }).toEqual({ status: 1, stderr: `[WARNING]  ✗ ./Dockerfile:${message}\n` })
  })

  test('nothing of a Dockerfile is run, and nothing of it reaches the terminal but what can be printed', async () => {
    const hostile = [
      '$(touch x)',
      '`touch x`',
      '";touch x;"',
      "';touch x;'",
      '${A:-$(touch x)}',
      '$((x[$(touch x)]))',
      'a[$(touch x)]',
      '\u001b[2J\u0007',
      '%s%n',
      '-n',
      '* ?',
      '~root',
      '{a,b}',
      '!!',
      '&',
      '\\',
      '${!PATH*}',
      '${PATH@P}',
    ]
    const lines = (one: string) => [
      `ARG A=${one}`,
      `ARG ${one}=1`,
      `ARG A[$(touch x)]=1`,
      `FROM ${one}`,
      `FROM x:${one} AS ${one}`,
      `COPY --from=${one} a b`,
      `RUN --mount=from=${one} <<${one}`,
      one,
      `FROM ${'$A'}`,
      `FROM \${A#${one}}`,
      `FROM \${A:-${one}}`,
      `# syntax=${one}`,
      `ONBUILD ${one}`,
      `${one} x`,
    ]
    const files = Object.fromEntries(
      hostile.map((one, index) => [`${index}/Dockerfile`, `# escape=${one}\n${lines(one).join('\n')}\n`]),
    )
    const folder = folderWith(files)
    const { stdout, stderr } = await runIn(
      bash,
      folder,
      `PATH_BEFORE=$PATH; ${ONE}; printf '%s\\n' "\${A-unset}"; [ "$PATH" = "$PATH_BEFORE" ]; printf '%s\\n' "$?"`,
      '.',
    )
    expect(stdout).toMatch(/(?:^|\n)1\nunset\n0\n$/)
    expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/)
    for (const line of stderr.trimEnd().split('\n')) expect(line).toMatch(/^\[WARNING\] /)
    expect(readdirSync(folder, { recursive: true }).filter(name => /(?:^|\/)x$/.test(String(name)))).toEqual(
      [],
    )
  })

  test('5,000 lines take a second or two', async () => {
    const many = (line: string) => `${line}\n`.repeat(5000)
    const { images, status } = await scan(bash, {
      'a/Dockerfile': `FROM a\n${many("RUN apt-get install -y 'x' # y")}COPY --from=b x y\n`,
      'b/Dockerfile': `FROM a\nRUN x \\\n${many('  && make "$Y" \\')} z\nCOPY --from=c x y\n`,
      'c/Dockerfile': `FROM a\nRUN <<EOF\n${many('FROM x')}EOF\nCOPY --from=d x y\n`,
    })
    expect({ images, status }).toEqual({
      images: ['a:latest', 'b:latest', 'c:latest', 'd:latest'],
      status: 0,
    })
  })

  test('the script: --scan adds what the project has not, and what it cannot read ends with 1', async () => {
    const folder = mkdtempSync(join(lab, 'project-'))
    const out = await generate(folder, composeOf(['node:18', 'redis:7']), {
      registry: 'registry.example.com/team',
    })
    const script = join(out, 'tag-image-smart.sh')
    const files = folderWith({
      'a/Dockerfile': 'FROM node:18\nFROM base:1 AS s\n',
      'b/Dockerfile': 'FROM docker.io/library/redis:7\nFROM $X\n',
    })
    const host = new FakeEngine(lab, bash)
    const list = (...args: readonly string[]) =>
      host.run([script, 'tag-localhost', '--list', ...args], { cwd: files })
    expect(await list()).toMatchObject({ status: 0, stdout: 'node:18\nredis:7\n' })
    expect(await list('--scan', 'a')).toMatchObject({
      status: 0,
      stdout: 'node:18\nredis:7\nbase:1\n',
      stderr: '',
    })
    expect(await list('--scan=a', '--scan', 'b')).toMatchObject({
      status: 1,
      stdout: 'node:18\nredis:7\nbase:1\n',
      stderr: expect.stringMatching(/^\[WARNING\] {2}✗ b\/Dockerfile:2: unknown argument: X .*\n$/),
    })
    expect(await list('--scan', 'a', '--only', 'base')).toMatchObject({ status: 0, stdout: 'base:1\n' })
    expect(await list('--scan', 'c')).toMatchObject({ status: 2, stdout: '' })
    expect(await list('--scan')).toMatchObject({ status: 2, stdout: '' })
    host.image('docker.io/library/base:1', { id: 'x' })
    const tagged = await host.run(
      [script, 'tag-localhost', '--network', 'external', '--only', 'base', '--scan', 'a'],
      { cwd: files },
    )
    expect(tagged).toMatchObject({ status: 0 })
    expect(host.writes()).toEqual(['tag base:1 localhost/base:1'])
    expect((await host.run([script, '--help'])).stdout).toContain(messageText('MSG_SCAN_LIMITS', 'en'))
  })

  test('generated Dockerfiles: the same images as the reader of this project finds, or a report', async () => {
    const understood = await compare(bash, fc.sample(DOCKERFILE, RUNS))
    expect(understood).toBeGreaterThan(RUNS / 5)
  })

  test('any text: nothing runs, and nothing is made up', async () => {
    await compare(bash, fc.sample(TEXT, RUNS))
  })
})
