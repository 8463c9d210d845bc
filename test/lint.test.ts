import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { misnomerOf } from '../generators/core/accelerators.ts'
import { findDockerfiles, isDockerfile } from '../generators/core/dockerfile/find.ts'
import { readDockerfile } from '../generators/core/dockerfile/read.ts'
import { applyEdits } from '../generators/core/edits.ts'
import { lintCompose } from '../generators/core/lint/compose.ts'
import { lintDockerfile } from '../generators/core/lint/dockerfile.ts'
import { isComposeFile } from '../generators/core/lint/files.ts'
import type { Finding } from '../generators/core/lint/finding.ts'
import { canonicalName } from '../generators/core/reference.ts'
import { type LintFlags, lint } from '../generators/lint.ts'
import { type Files, folderWith } from './project.ts'

const ACR = 'registry.cn-hangzhou.aliyuncs.com/library'
const DAO = 'docker.m.daocloud.io'
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`

describe('misnomerOf', () => {
  it.each([
    [`${ACR}/node:18-alpine`, 'node:18-alpine'],
    [`${ACR}/node`, 'node'],
    [`${ACR}/node:18@${DIGEST}`, `node:18@${DIGEST}`],
    ['registry-vpc.cn-shanghai.aliyuncs.com/library/redis:7', 'redis:7'],
    ['registry-internal.cn-beijing.aliyuncs.com/library/redis:7', 'redis:7'],
    ['registry.aliyuncs.com/library/redis:7', 'redis:7'],
    ['cri-x-registry.cn-hangzhou.cr.aliyuncs.com/library/redis:7', 'redis:7'],
    ['crpi-x.cn-hangzhou.personal.cr.aliyuncs.com/library/redis:7', 'redis:7'],
    [`${DAO}/library/node:18`, 'node:18'],
    [`${DAO}/node:18`, 'node:18'],
    [`${DAO}/bitnami/redis:7`, 'bitnami/redis:7'],
    [`${DAO}:443/bitnami/redis:7`, 'bitnami/redis:7'],
    ['DOCKER.M.DaoCloud.io/bitnami/redis:7', 'bitnami/redis:7'],
    ['abc123.mirror.aliyuncs.com/library/node', 'node'],
    ['docker.mirrors.ustc.edu.cn/library/node', 'node'],
    ['hub-mirror.c.163.com/library/node', 'node'],
    ['mirror.baidubce.com/library/node', 'node'],
  ])('%s is %s at Docker Hub', (image, name) => {
    expect(misnomerOf(image)?.name).toBe(name)
  })

  it.each([
    'node:18',
    'docker.io/library/node',
    'registry.cn-hangzhou.aliyuncs.com/myteam/node:18',
    'registry.cn-hangzhou.aliyuncs.com/library-x/node:18',
    'registry.cn-hangzhou.aliyuncs.com/library',
    'registry.cn-hangzhou.aliyuncs.com/library/a/b',
    'registry.cn-hangzhou.aliyuncs.com/google_containers/pause:3',
    'm.daocloud.io/docker.io/library/node:18',
    'm.daocloud.io/ghcr.io/a/b',
    'ghcr.m.daocloud.io/a/b',
    `${DAO}/docker.io/library/node`,
    `${DAO}/ghcr.io/a/b`,
    `${DAO}/docker.io/node`,
    `${DAO}/library`,
    `${DAO}/a/b/c`,
    'harbor.example.com/library/node',
    'example.com/docker.m.daocloud.io/node',
    'https://registry.npmmirror.com',
    `https://${DAO}/library/node`,
    'mirrors.aliyun.com/debian',
    '',
  ])('%j is what it should be', image => {
    expect(misnomerOf(image)).toBeNull()
  })
})

/** Such as `FROM: found → suggestion`, `?` for what somebody has to see to. */
function shown(findings: readonly Finding[]): string[] {
  return findings.map(({ where, found, suggestion }) => `${where}: ${found} → ${suggestion ?? '?'}`)
}

/** The text after all changes. A second look at it finds nothing more to change. */
function fixed(text: string, look: (text: string) => { readonly findings: readonly Finding[] }): string {
  const { findings } = look(text)
  const result = applyEdits(
    text,
    findings.flatMap(({ edit }) => edit ?? []),
  )
  const open = findings.filter(({ edit }) => edit === null)
  expect(shown(look(result).findings)).toEqual(shown(open))
  return result
}

describe('a Dockerfile', () => {
  it.each<readonly [before: string, after: string]>([
    [`FROM ${ACR}/node:18-alpine AS builder\n`, 'FROM node:18-alpine AS builder\n'],
    [
      `from --platform=$BUILDPLATFORM   ${ACR}/node:18   as b  \r\nRUN x\r\n`,
      'from --platform=$BUILDPLATFORM   node:18   as b  \r\nRUN x\r\n',
    ],
    [`\ufeffFROM ${DAO}/library/node`, '\ufeffFROM node'],
    [`FROM \\\n  ${DAO}/bitnami/redis:7 \\\n  AS r\n`, 'FROM \\\n  bitnami/redis:7 \\\n  AS r\n'],
    [`FROM "${DAO}/library/node:18"\n`, 'FROM "node:18"\n'],
    [`FROM a\nCOPY --chown=1 --from=${ACR}/b:1 /x /x\n`, 'FROM a\nCOPY --chown=1 --from=b:1 /x /x\n'],
    [
      `FROM a\nRUN --mount=type=bind,from=${ACR}/b:1,target=/x y\n`,
      'FROM a\nRUN --mount=type=bind,from=b:1,target=/x y\n',
    ],
    [`# syntax=${DAO}/docker/dockerfile:1\nFROM a\n`, '# syntax=docker/dockerfile:1\nFROM a\n'],
    [`# escape=\`\nFROM ${ACR}/node:1\n`, '# escape=`\nFROM node:1\n'],
    [`FROM ${ACR}/node:18@${DIGEST}\n`, `FROM node:18@${DIGEST}\n`],
    // Arguments
    [`ARG BASE=${ACR}/node:18\nFROM $BASE\n`, 'ARG BASE=node:18\nFROM $BASE\n'],
    [`ARG A=1 BASE="${ACR}/node:18" B=2\nFROM \${BASE}\n`, 'ARG A=1 BASE="node:18" B=2\nFROM ${BASE}\n'],
    [
      `ARG IMAGE=${ACR}/node\nFROM $IMAGE:18\nFROM $IMAGE:20\n`,
      'ARG IMAGE=node\nFROM $IMAGE:18\nFROM $IMAGE:20\n',
    ],
    [`FROM a\nARG BASE=${DAO}/bitnami/redis\n`, 'FROM a\nARG BASE=bitnami/redis\n'],
    [`ARG V=18\nFROM ${ACR}/node:$V\n`, 'ARG V=18\nFROM node:$V\n'],
    [`ARG V\nFROM ${ACR}/node:\${V}-alpine\n`, 'ARG V\nFROM node:${V}-alpine\n'],
    [`ARG BASE=${ACR}/node:$V\nFROM a\n`, 'ARG BASE=node:$V\nFROM a\n'],
    [`ARG BASE\nFROM \${BASE:-${ACR}/node:18}\n`, 'ARG BASE\nFROM ${BASE:-node:18}\n'],
    [`FROM \${R:-${DAO}}/library/x\n`, 'FROM ${R:-docker.io}/library/x\n'],
    [`ARG N=library\nFROM ${DAO}/$N/x\n`, 'ARG N=library\nFROM docker.io/$N/x\n'],
    [
      `ARG REGISTRY=${ACR}/\nFROM \${REGISTRY}node:18\nFROM \${REGISTRY}python\n`,
      'ARG REGISTRY=docker.io/library/\nFROM ${REGISTRY}node:18\nFROM ${REGISTRY}python\n',
    ],
    [
      `ARG R=${DAO}\nARG B=$R/library/node\nFROM $B:18\n`,
      'ARG R=docker.io\nARG B=$R/library/node\nFROM $B:18\n',
    ],
    // The short name would be something else here.
    [
      `FROM a AS node\nCOPY --from=${DAO}/library/node a b\n`,
      'FROM a AS node\nCOPY --from=docker.io/library/node a b\n',
    ],
    [`FROM ${DAO}/library/scratch\n`, 'FROM docker.io/library/scratch\n'],
    [`FROM a\nCOPY --from=${DAO}/library/0 a b\n`, 'FROM a\nCOPY --from=docker.io/library/0 a b\n'],
  ])('%j becomes %j', (before, after) => {
    expect(lintDockerfile(before)).toMatchObject({ errors: [] })
    expect(fixed(before, lintDockerfile)).toBe(after)
  })

  it.each<readonly [text: string, finding: string]>([
    // What a stage does with the value nobody knows.
    [`ARG R=${DAO}\nFROM $R/a/b\nARG R\nRUN curl $R\n`, 'FROM: $R/a/b → ?'],
    // The other image would move, too.
    [
      'ARG R=registry.cn-hangzhou.aliyuncs.com\nFROM $R/library/a\nFROM $R/myteam/b\n',
      'FROM: $R/library/a → ?',
    ],
    [
      'ARG C=hangzhou\nFROM registry.cn-$C.aliyuncs.com/library/a\n',
      'FROM: registry.cn-$C.aliyuncs.com/library/a → ?',
    ],
    // The namespace of an instance may be its owner's.
    [
      'FROM acme-registry.cn-hangzhou.cr.aliyuncs.com/library/a\n',
      'FROM: acme-registry.cn-hangzhou.cr.aliyuncs.com/library/a → ?',
    ],
    [
      'ARG A=acme-registry.cn-hangzhou.cr.aliyuncs.com/library/a\nFROM $A\n',
      'ARG A: acme-registry.cn-hangzhou.cr.aliyuncs.com/library/a → ?',
    ],
    [
      'FROM registry.cn-hangzhou\\\n.aliyuncs.com/library/a\n',
      'FROM: registry.cn-hangzhou\\\n.aliyuncs.com/library/a → ?',
    ],
  ])('%j is for people to change', (text, finding) => {
    expect(shown(lintDockerfile(text).findings)).toEqual([finding])
    expect(fixed(text, lintDockerfile)).toBe(text)
  })

  it('tells where the host comes from', () => {
    const { findings } = lintDockerfile(`\nARG R=${DAO}\nFROM $R/a/b:1\nARG R\n`)
    expect(findings.map(({ cure }) => cure)).toEqual([`make it a/b:1: ARG R in line 2 has ${DAO}`])
  })

  it('is not found fault with for anything else', () => {
    const text = `# FROM ${ACR}/node
# syntax = none
ARG NPM_REGISTRY=https://registry.npmmirror.com
ARG DEBIAN=mirrors.aliyun.com/debian
ARG REGISTRY=${DAO}
ARG PREFIX=${ACR}/
ARG FOLDER=${DAO}/library
ARG NAMESPACE=${DAO}/bitnami
ARG URL=https://${DAO}/library/node
ARG TEAM=registry.cn-hangzhou.aliyuncs.com/myteam
FROM \${TEAM}/node:18 AS node
FROM m.daocloud.io/docker.io/library/node:18
ENV IMAGE=${ACR}/node:18 PIP_INDEX_URL=https://pypi.tuna.tsinghua.edu.cn/simple
LABEL base=${ACR}/node:18
RUN sed -i s/dl-cdn.alpinelinux.org/mirrors.aliyun.com/ /etc/apk/repositories \\
  # ${ACR}/node
  && docker pull ${ACR}/node:18
RUN <<EOF
FROM ${ACR}/node
COPY --from=${ACR}/node a b
EOF
COPY --from=node /a /b
COPY --from=0 ${DAO}/library/node /b
FROM scratch
`
    expect(lintDockerfile(text)).toEqual({ findings: [], errors: [], notes: [] })
  })

  it('has faults where no build argument helps, and notes where one does', () => {
    const told = (text: string) => {
      const { errors, notes } = lintDockerfile(text)
      return [...errors.map(({ line }) => `error ${line}`), ...notes.map(({ line }) => `note ${line}`)].join()
    }
    expect(told('ARG BASE\nFROM $BASE\nFROM a:$BASE\nFROM a@$BASE\n')).toBe('note 2,note 3,note 4')
    expect(told('ARG P\nFROM --platform=$P a\nFROM $UNKNOWN\n')).toBe('note 2,note 3')
    expect(told('FROM a\nCOPPY a b\n')).toBe('error 2')
    expect(told('FROM a b\nFROM A\nFROM ${A\nCOPY --from=9 a b\n')).toBe('error 1,error 2,error 3,error 4')
    expect(told('FROM a\nRUN <<EOF\n')).toBe('error 2')
    expect(told('')).toBe('error 1')
    expect(told('FROM a\0')).toBe('error 1')
  })

  const many = (line: (index: number) => string, count: number) =>
    Array.from({ length: count }, (_, index) => line(index)).join('\n')
  it.each([
    ['findings', many(() => `FROM ${DAO}/a/b`, 3000)],
    ['findings that need their long names', many(() => `FROM ${DAO}/library/scratch`, 1000)],
    ['arguments', `${many(index => `ARG A${index}=$A${index - 1}${DAO}`, 2000)}\nFROM $A1999/a/b`],
  ])('of many %s is read in time', (_name, text) => {
    const begin = performance.now()
    lintDockerfile(text)
    expect(performance.now() - begin).toBeLessThan(15_000)
  })
})

function lookCompose(text: string, variables: Files = {}) {
  const lookup = (name: string) => (Object.hasOwn(variables, name) ? variables[name] : undefined)
  return lintCompose({ text, path: '/compose.yaml', name: 'compose.yaml', lookup })
}

/** A compose file with one service of these lines. */
function service(...lines: readonly string[]): string {
  return `services:\n  web:\n${lines.map(line => `    ${line}\n`).join('')}`
}

describe('a compose file', () => {
  it.each<readonly [before: string, after: string]>([
    [`image: ${ACR}/node:18 # ours`, 'image: node:18 # ours'],
    [`image: '${DAO}/bitnami/redis:7'`, "image: 'bitnami/redis:7'"],
    [`"image" : "${DAO}/library/redis"`, '"image" : "redis"'],
    [`image: ${ACR}/node:\${TAG}`, 'image: node:${TAG}'],
    [`image: ${ACR}/node:\${TAG:?name one}`, 'image: node:${TAG:?name one}'],
    [`image: \${IMAGE:-${ACR}/node:18}`, 'image: ${IMAGE:-node:18}'],
    [`image: \${R:-${DAO}}/library/node:\${TAG}`, 'image: ${R:-docker.io}/library/node:${TAG}'],
    [`image: >-\n      ${ACR}/node:18`, 'image: >-\n      node:18'],
    [
      `volumes: [{ type: image, source: ${ACR}/data, target: /d }]`,
      'volumes: [{ type: image, source: data, target: /d }]',
    ],
    [`pre_start: [{ image: ${ACR}/init:1 }]`, 'pre_start: [{ image: init:1 }]'],
    [`build: { args: { BASE: "${ACR}/node:18" } }`, 'build: { args: { BASE: "node:18" } }'],
    [`build: { args: [BASE=${ACR}/node:18] }`, 'build: { args: [BASE=node:18] }'],
    [
      `build: { additional_contexts: [b=docker-image://${DAO}/a/b:1] }`,
      'build: { additional_contexts: [b=docker-image://a/b:1] }',
    ],
    [`build: { dockerfile_inline: FROM ${ACR}/node:18 }`, 'build: { dockerfile_inline: FROM node:18 }'],
    // As a number or a truth value it would be no image.
    [`image: ${DAO}/library/1`, 'image: docker.io/library/1'],
    [`image: ${DAO}/library/null`, 'image: docker.io/library/null'],
    [`image: ${DAO}/library/2024-01-01`, 'image: docker.io/library/2024-01-01'],
    [`image: '${DAO}/library/1'`, "image: '1'"],
  ])('%s becomes %s', (before, after) => {
    expect(lookCompose(service(before))).toMatchObject({ errors: [], notes: [] })
    expect(fixed(service(before), lookCompose)).toBe(service(after))
  })

  it('keeps line ends, a byte order mark and everything else', () => {
    const before = `\ufeff# ${ACR}/node\r\n${service(`image:   ${ACR}/node:18   `, 'labels: { a: "b" }\t').replaceAll('\n', '\r\n')}`
    expect(fixed(before, lookCompose)).toBe(before.replace(`  ${ACR}/node:18`, '  node:18'))
  })

  it('is changed where an image is defined, once', () => {
    const text = `x-image: &image ${ACR}/node:18
x-base: &base
  image: &redis ${DAO}/library/redis:7
services:
  a: { image: *image }
  b: { image: *image }
  c: { <<: *base }
  d: { <<: *base, image: *redis }
`
    const after = text.replace(`${ACR}/`, '').replace(`${DAO}/library/`, '')
    expect(fixed(text, lookCompose)).toBe(after)
    expect(shown(lookCompose(text).findings)).toEqual([
      `services.a.image: ${ACR}/node:18 → node:18`,
      `services.c.image: ${DAO}/library/redis:7 → redis:7`,
    ])
  })

  it('is not changed where something else has the value by an alias', () => {
    const text = service(`image: &image ${ACR}/node:18`, 'labels: { base: *image }')
    expect(shown(lookCompose(text).findings)).toEqual([`services.web.image: ${ACR}/node:18 → ?`])
    const label = service(`labels: { base: &image ${ACR}/node:18 }`, 'image: *image')
    expect(shown(lookCompose(label).findings)).toEqual([`services.web.image: ${ACR}/node:18 → ?`])
  })

  it('has the variables of its project', () => {
    const { findings } = lookCompose(service('image: ${REGISTRY}/library/redis:${TAG:-7}'), { REGISTRY: DAO })
    expect(findings).toMatchObject([
      {
        what: expect.stringContaining(`"${DAO}/library/redis:7": `),
        cure: `make it redis:7: REGISTRY has ${DAO}`,
        suggestion: null,
      },
    ])
  })

  it('has Dockerfiles, whose findings are changed in their place', () => {
    const before = service(
      'build:',
      '  dockerfile_inline: |',
      `    # ${ACR}/node:18`,
      `    FROM --platform=linux/amd64 ${ACR}/node:18 AS a`,
      '    ARG V',
      `    FROM ${ACR}/node:$\${V}`,
      `    RUN pull ${ACR}/node:18`,
      `    COPY --from=${ACR}/b:1 a b`,
    )
    const after = before
      .replace(`linux/amd64 ${ACR}/`, 'linux/amd64 ')
      .replace(`FROM ${ACR}/node:$`, 'FROM node:$')
      .replace(`--from=${ACR}/`, '--from=')
    expect(fixed(before, lookCompose)).toBe(after)
    const where = 'services.web.build.dockerfile_inline'
    expect(lookCompose(service('build: { dockerfile_inline: "FORM a" }')).errors).toMatchObject([
      { at: { line: 3, column: 33 }, where, what: 'line 1: unknown instruction: "FORM"' },
      { where },
    ])
  })

  it('leaves a Dockerfile to people where its places are not clear', () => {
    const inline = `"FROM a\${OTHER:+${ACR}/node:18}\\nFROM ${ACR}/node:18"`
    const { findings } = lookCompose(service(`build: { dockerfile_inline: ${inline} }`))
    expect(findings).toMatchObject([{ found: `${ACR}/node:18`, suggestion: null, edit: null }])
  })

  it('is not found fault with for anything else', () => {
    const text = `x-unused: { image: ${ACR}/node }
name: ${ACR}/node
services:
  a:
    image: registry.cn-hangzhou.aliyuncs.com/myteam/node:18 # ${ACR}/node
    container_name: ${ACR}/node
    command: docker pull ${ACR}/node
    environment: { IMAGE: ${ACR}/node }
    labels: [image=${ACR}/node]
    build: { context: ., args: { NPM_REGISTRY: https://registry.npmmirror.com, R: ${DAO}, T: } }
  b: { image: 'm.daocloud.io/docker.io/library/node:18' }
  c: { image: '\${REGISTRY}/library/node' }
  d: { image: 18 }
  e: { image: }
  f: { image: [${ACR}/node] }
  g: ~
volumes: { image: ~ }
`
    expect(lookCompose(text)).toEqual({ findings: [], errors: [], notes: [] })
  })

  it('that is none is told of with its place', () => {
    const told = (text: string) => lookCompose(text).errors.map(({ at }) => `${at?.file}:${at?.line}`)
    expect(told('services: [')).toEqual(['compose.yaml:1'])
    expect(told('- a\n')).toEqual(['compose.yaml:1'])
    expect(told(service('image: ${A'))).toEqual(['compose.yaml:3'])
    expect(told(service('image: a', 'image: b'))).toEqual(['compose.yaml:4'])
    expect(told('')).toEqual([])
  })
})

/** Hosts and what stands behind them, and what they are to become. */
const IMAGE = fc
  .tuple(
    fc.constantFrom(
      `${ACR}/`,
      `${DAO}/library/`,
      `${DAO}/acme/`,
      'registry.cn-hangzhou.aliyuncs.com/acme/',
      'm.daocloud.io/docker.io/library/',
      '',
    ),
    fc.constantFrom('node', 'redis', 'scratch', 's', '0', 'a-b_c'),
    fc.constantFrom('', ':1', ':$V', `@${DIGEST}`),
  )
  .map(parts => parts.join(''))
const LINE = fc.oneof(
  IMAGE.map(image => `FROM ${image}`),
  IMAGE.map(image => `from --platform=$P  "${image}"\tas s `),
  IMAGE.map(image => `ARG A=${image}`),
  IMAGE.map(image => `ARG R=${image.replace(/[^/]*$/, '')}`),
  IMAGE.map(image => `COPY --from=${image} a b`),
  IMAGE.map(image => `RUN --mount=from=${image},target=/x \\\n  y`),
  IMAGE.map(image => `FROM \${A:-${image}}`),
  IMAGE.map(image => `# ${image}`),
  IMAGE.map(image => `RUN <<E\nFROM ${image}\nE`),
  fc.constantFrom('FROM $A', 'FROM ${R}node:1', 'ARG V', 'ARG A', 'ENV A=b', '', 'FROM $A AS s'),
)
const DOCKERFILE = fc
  .tuple(
    fc.array(LINE, { minLength: 1, maxLength: 8 }),
    fc.constantFrom('\n', '\r\n'),
    fc.constantFrom('', '\ufeff'),
  )
  .map(([lines, end, mark]) => mark + lines.join('\n').replaceAll('\n', end))

/** Without the hosts, wherever they stand. */
function bare(text: string): string {
  const hosts =
    /registry\.cn-hangzhou\.aliyuncs\.com\/library\/|docker(?:\.m\.daocloud)?\.io\/(?:library\/)?/g
  return text.replace(hosts, '')
}

/** What a Dockerfile builds on, its images as Docker Hub has them. */
function basis(text: string) {
  const input = { args: new Map(), target: null, platform: 'linux/amd64', contexts: new Set<string>() }
  const { images, problems } = readDockerfile(text, input)
  return {
    images: images.map(
      ({ kind, image }) => `${kind} ${misnomerOf(image)?.canonical ?? canonicalName(image)}`,
    ),
    problems: problems.map(({ line }) => line),
  }
}

describe('any Dockerfile', () => {
  it('names the same images of Docker Hub afterwards, and nothing else has changed', () => {
    fc.assert(
      fc.property(DOCKERFILE, text => {
        const result = fixed(text, lintDockerfile)
        expect(basis(result)).toEqual(basis(text))
        expect(bare(result)).toBe(bare(text))
        for (const { start, end, found, edit } of lintDockerfile(text).findings) {
          expect(text.slice(start, end)).toBe(found)
          if (edit !== null) expect(edit.start >= start && edit.end <= end).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('any text', () => {
  const piece = fc.constantFrom(
    ...[`FROM ${ACR}/a`, `${DAO}/`, 'ARG A=', 'COPY --from=', '# syntax=', '<<E', '${', '$A', '}', '"', '\\'],
    ...[
      'services:',
      '\n',
      '\n  a: ',
      '\n    image: ',
      '&a ',
      '*a',
      '{',
      '}',
      '[',
      ', ',
      '- ',
      '\r\n',
      '\ufeff',
      '\0',
    ],
  )
  it('is read without a throw', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), pieces => {
        const text = pieces.join('')
        for (const look of [lintDockerfile, lookCompose]) {
          for (const { start, end } of look(text).findings)
            expect(start < end && end <= text.length).toBe(true)
          expect(fixed(text, look).split('\n').length).toBe(text.split('\n').length)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('any compose file', () => {
  const value = fc
    .tuple(
      IMAGE.filter(image => !image.includes('$')),
      fc.constantFrom('', '"', "'"),
    )
    .map(([image, quote]) => quote + image + quote)
  it('is changed in its images alone', () => {
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 5 }),
        fc.constantFrom('\n', '\r\n'),
        (values, end) => {
          const file = (values: readonly string[]) =>
            `services:\n${values.map((value, index) => `  s${index}: { image: ${value}, labels: [${value}] }\n`).join('')}`.replaceAll(
              '\n',
              end,
            )
          const result = fixed(file(values), lookCompose)
          const labels = (text: string) => text.match(/labels.*/g)
          expect(labels(result)).toEqual(labels(file(values)))
          expect(result.split(end).length).toBe(values.length + 2)
          expect(lookCompose(result).findings).toEqual([])
        },
      ),
    )
  })
})

interface Run extends LintFlags {
  readonly paths?: readonly string[]
  readonly environment?: Files
  /** Where the user is, below the folder. */
  readonly below?: string
}

/** Runs the verb in a folder. `status` is what the command line makes of it. */
async function lintIn(folder: string, { paths = [], environment = {}, below = '.', ...flags }: Run = {}) {
  const screen = { width: null, paint: (_: string, text: string) => text }
  const surroundings = { directory: join(folder, below), environment }
  const { output, complaints, left, errors } = await lint(paths, flags, surroundings, screen)
  return { output, complaints, status: errors > 0 ? 2 : left > 0 ? 1 : 0 }
}

async function jsonIn(folder: string, run: Run = {}) {
  const { output, complaints, status } = await lintIn(folder, { ...run, json: true })
  expect(complaints).toEqual([])
  return { status, ...JSON.parse(output) }
}

/** Such as `fixed frontend/Dockerfile`. */
async function verdicts(folder: string, run: Run = {}): Promise<string[]> {
  const { files } = await jsonIn(folder, run)
  return files.map(({ file, verdict }: Files) => `${verdict} ${file}`)
}

// A frontend built on what looked like Aliyun's mirror, among files that are as they should be.
const SHOP: Files = {
  'compose.yaml':
    'services:\n  web: { build: web }\n  again: { build: { context: web } }\n  api:\n    build: { context: ., dockerfile: api/build.txt }\n    image: ${REQUIRED:?}\n',
  'web/Dockerfile': `# The shop's front\r\nFROM --platform=linux/amd64 ${ACR}/node:18-alpine AS builder  \r\nRUN npm config set registry https://registry.npmmirror.com\r\nFROM nginx:1.24-alpine\r\nCOPY --from=builder /dist /srv\r\n`,
  'api/build.txt': 'FROM python:3.10-slim\nRUN pip install -i https://pypi.tuna.tsinghua.edu.cn/simple x\n',
  'proxy/Dockerfile.alpine': 'FROM nginx:1.24-alpine\n',
  'tools/job.Dockerfile': 'ARG BASE\nFROM $BASE\n',
}

describe('lint of a project', () => {
  it('says where, what and the right name, and lists every file once with its verdict', async () => {
    expect(await lintIn(folderWith(SHOP))).toEqual({
      status: 1,
      complaints: [
        'tools/job.Dockerfile:2:6: note: FROM: "$BASE" is empty: BASE has no value here: write ARG BASE=… before the first FROM, or give a build argument to an ARG there',
      ],
      output: `web/Dockerfile:2:29: FROM: "${ACR}/node:18-alpine": registry.cn-hangzhou.aliyuncs.com is no mirror of Docker Hub, and has no public namespace "library": write node:18-alpine

VERDICT    FILE
clean      api/build.txt
clean      compose.yaml
clean      proxy/Dockerfile.alpine
clean      tools/job.Dockerfile
1 finding  web/Dockerfile

5 files: 1 finding; --fix corrects one`,
    })
  })

  it('--fix changes one name and no other byte, and the second time nothing', async () => {
    const folder = folderWith(SHOP)
    const path = join(folder, 'web/Dockerfile')
    chmodSync(path, 0o640)
    const { status, output } = await lintIn(folder, { fix: true })
    expect(status).toBe(0)
    expect(output).toContain(
      `web/Dockerfile:2:29: FROM: "${ACR}/node:18-alpine" has become "node:18-alpine"\n`,
    )
    expect(output).toMatch(/\n5 files: fixed 1$/)
    expect(readFileSync(path, 'utf8')).toBe(SHOP['web/Dockerfile']?.replace(`${ACR}/`, ''))
    expect(statSync(path).mode & 0o777).toBe(0o640)
    expect(readdirSync(join(folder, 'web'))).toEqual(['Dockerfile'])
    const all = Object.keys(SHOP).map(name => join(folder, name))
    for (const path of all) utimesSync(path, 1, 1)
    const inode = statSync(path).ino
    expect(await lintIn(folder, { fix: true })).toMatchObject({ status: 0 })
    expect(all.map(path => statSync(path).mtimeMs)).toEqual(all.map(() => 1000))
    expect(statSync(path).ino).toBe(inode)
    for (const [name, text] of Object.entries(SHOP))
      if (name !== 'web/Dockerfile') expect(readFileSync(join(folder, name), 'utf8')).toBe(text)
  })

  it('has what the project includes, extends and builds elsewhere', async () => {
    const folder = folderWith({
      'app/compose.yaml':
        'include: [../more/inc.yaml]\nservices:\n  a: { extends: { file: ../base.yml, service: a } }\n  b: { build: ../other }\n',
      'more/inc.yaml': `services: { inc: { image: "${ACR}/a" } }\n`,
      'base.yml': `services: { a: { image: "${DAO}/a/b" } }\n`,
      'other/Dockerfile': `FROM ${ACR}/c\n`,
      'other/Dockerfile.unused': `FROM ${ACR}/d\n`,
      'app/deep/Dockerfile': 'FROM a\n',
    })
    const files = ['../base.yml', '../more/inc.yaml', '../other/Dockerfile'].map(file => `findings ${file}`)
    const run = { below: 'app' }
    expect(await verdicts(folder, run)).toEqual([...files, 'clean compose.yaml', 'clean deep/Dockerfile'])
    expect(await verdicts(folder, { file: ['app/compose.yaml'] })).toContain('findings base.yml')
  })

  it('has the compose files of relay.yaml and the variables of its env file', async () => {
    const folder = folderWith({
      'relay.yaml': 'compose: stack/prod.yml\nenv-file: [prod.env]\n',
      'prod.env': `R=${DAO}\n`,
      'stack/prod.yml': 'services: { a: { image: "${R}/library/redis" } }\n',
      'stack/Dockerfile': 'FROM a\n',
      Dockerfile: 'FROM a\n',
    })
    expect(await verdicts(folder)).toEqual(['clean stack/Dockerfile', 'findings stack/prod.yml'])
  })

  it('is content with Dockerfiles alone, and not with nothing', async () => {
    const folder = folderWith({ 'a/Containerfile': `FROM ${DAO}/a/b\n`, 'empty/x': '' })
    expect(await verdicts(folder)).toEqual(['findings a/Containerfile'])
    await expect(lintIn(folder, { below: 'empty' })).rejects.toThrow(
      '.: there is neither a compose file nor a Dockerfile: name files, or another folder',
    )
  })

  it('does all others where one cannot be read', async () => {
    const folder = folderWith({
      'compose.yaml':
        'include: [missing.yaml, broken.yaml]\nservices:\n  a: { build: nowhere }\n  b: { build: https://example.com/x.git }\n',
      'broken.yaml': 'services: [\n',
      '.env': 'A="\n',
      'a/Dockerfile': `FROM ${ACR}/a\n`,
      'b/Dockerfile': `COPY x y\nFROM ${ACR}/b\n`,
      'c/Dockerfile': 'nothing\n',
    })
    const { status, complaints, output } = await lintIn(folder, { fix: true })
    expect(status).toBe(2)
    expect(output).toMatch(/^cannot be read, 1 finding +b\/Dockerfile$/m)
    expect(output).toMatch(/^fixed 1 +a\/Dockerfile$/m)
    expect(complaints.map(line => line.split(': ').slice(0, 3).join(': '))).toMatchObject([
      expect.stringMatching(/^\.env:1:1: /),
      'b/Dockerfile:1:1: COPY: no FROM comes before it',
      'b/Dockerfile:1:1: note: nothing is changed',
      expect.stringMatching(/^c\/Dockerfile:1:1: unknown instruction: "NOTHING"/),
      expect.stringMatching(/^c\/Dockerfile:1:1: it has no FROM/),
      'compose.yaml:1:11: include: there is no such file',
    ])
    expect(complaints[2]).toContain('the file has faults: correct them first')
    expect(readFileSync(join(folder, 'b/Dockerfile'), 'utf8')).toContain(ACR)
    expect(output).toMatch(/: fixed 1, 1 finding, \d cannot be read$/)
  })
})

it('only notes that a service has no Dockerfile here', async () => {
  const folder = folderWith({ 'compose.yaml': 'services:\n  a: { build: nowhere }\n' })
  const { status, complaints, output } = await lintIn(folder, {})
  expect(status).toBe(0)
  expect(complaints).toEqual(['compose.yaml:2:15: services.a.build: note: there is no nowhere/Dockerfile'])
  expect(output).toMatch(/^missing +nowhere\/Dockerfile$/m)
  expect(await verdicts(folder)).toEqual(['clean compose.yaml', 'missing nowhere/Dockerfile'])
})

describe('lint of paths', () => {
  const FILES: Files = {
    'a/Dockerfile': 'FROM a\n',
    'a/deep/x.Dockerfile': `FROM ${DAO}/a/b\n`,
    'a/docker-compose.prod.yml': `services: { a: { image: "\${R}/a/b" } }\n`,
    'a/.env': `R=${DAO}\n`,
    'a/other.yaml': `services: { a: { image: "${DAO}/a/b" } }\n`,
    'b/build': `FROM ${DAO}/a/b\n`,
  }

  it('has these files and what is in folders', async () => {
    const folder = folderWith(FILES)
    const paths = ['b/build', 'a', 'a/other.yaml', './a/Dockerfile']
    expect(await verdicts(folder, { paths })).toEqual([
      'clean a/Dockerfile',
      'findings a/deep/x.Dockerfile',
      'findings a/docker-compose.prod.yml',
      'findings a/other.yaml',
      'findings b/build',
    ])
    expect(await verdicts(folder, { paths: ['a/Dockerfile'] })).toEqual(['clean a/Dockerfile'])
  })

  it('tells of those that are not there', async () => {
    const folder = folderWith({ ...FILES, 'c/x': '' })
    expect(await lintIn(folder, { paths: ['nowhere', 'c', 'a/Dockerfile', 'nowhere.yaml'] })).toMatchObject({
      status: 2,
      complaints: [
        'c: there is neither a compose file nor a Dockerfile: name files, or another folder',
        'nowhere:1:1: there is no such file: correct the path',
        'nowhere.yaml:1:1: there is no such file: correct the path',
      ],
      output: expect.stringMatching(/^clean +a\/Dockerfile$/m),
    })
  })

  it('takes no other names of files beside them', async () => {
    const run = { paths: ['a'], file: ['a/other.yaml'] }
    await expect(lintIn(folderWith(FILES), run)).rejects.toThrow('--file: it says which files there are')
  })

  it('never puts a file in the place of a link', async () => {
    const folder = folderWith(FILES)
    symlinkSync('build', join(folder, 'b/link'))
    const { status, complaints } = await lintIn(folder, { paths: ['b/link'], fix: true })
    expect(status).toBe(1)
    expect(complaints).toEqual([
      'b/link:1:1: note: nothing is changed: it is a link: name the file that it leads to',
    ])
    expect(lstatSync(join(folder, 'b/link')).isSymbolicLink()).toBe(true)
    expect(readFileSync(join(folder, 'b/build'), 'utf8')).toBe(FILES['b/build'])
  })

  it('tells of a file that it cannot write, and does the others', async () => {
    // Beside a name of this length no other one has room.
    const name = `b/Dockerfile.${'x'.repeat(240)}`
    const folder = folderWith({ ...FILES, [name]: `FROM ${DAO}/a/b\n` })
    const { status, output, complaints } = await lintIn(folder, { paths: ['b', 'a/deep'], fix: true })
    expect(status).toBe(2)
    expect(complaints).toEqual([expect.stringContaining(`${name}:1:1: nothing is changed: ENAMETOOLONG: `)])
    expect(output).toMatch(/^fixed 1 +a\/deep\/x\.Dockerfile$/m)
    expect(output).toMatch(/^1 finding +b\/Dockerfile\.x+$/m)
    expect(readFileSync(join(folder, name), 'utf8')).toBe(`FROM ${DAO}/a/b\n`)
  })
})

describe('lint --json', () => {
  it('has the names that README tells of', async () => {
    const folder = folderWith({
      'a/Dockerfile': `ARG V\nFROM a:$V\nFROM ${ACR}/node:18\n`,
      'b/Dockerfile': 'FORM a\nFROM b\n',
    })
    const found = `${ACR}/node:18`
    const finding = { line: 3, column: 6, endLine: 3, endColumn: 6 + found.length, where: 'FROM', found }
    const message = expect.stringMatching(new RegExp(`^"${found}": .*: write node:18$`))
    const problem = { file: 'a/Dockerfile', line: 2, column: 6, message: expect.any(String) }
    expect(await jsonIn(folder)).toEqual({
      status: 2,
      files: [
        {
          file: 'a/Dockerfile',
          kind: 'dockerfile',
          verdict: 'findings',
          findings: [{ ...finding, suggestion: 'node:18', message, fixed: false }],
          problems: [{ severity: 'note', ...problem }],
        },
        {
          file: 'b/Dockerfile',
          kind: 'dockerfile',
          verdict: 'unreadable',
          findings: [],
          problems: [{ severity: 'error', ...problem, file: 'b/Dockerfile', line: 1, column: 1 }],
        },
      ],
      summary: { files: 2, findings: 1, fixed: 0, unreadable: 1 },
    })
    expect(await jsonIn(folder, { fix: true, paths: ['a'] })).toMatchObject({
      status: 0,
      files: [{ verdict: 'fixed', findings: [{ ...finding, fixed: true }] }],
      summary: { files: 1, findings: 0, fixed: 1, unreadable: 0 },
    })
  })
})

describe('lint --format github', () => {
  it('writes workflow commands, and nothing in a name or a text is one', async () => {
    const folder = folderWith({
      'a,b:100%\n::error::x/Dockerfile': `FROM a\nFROM ${DAO}/a/b:1\nRUN <<E\n`,
      'c/Dockerfile': 'ARG A\nFROM $A\n',
    })
    const { output, complaints, status } = await lintIn(folder, { format: 'github' })
    expect({ complaints, status }).toEqual({ complaints: [], status: 2 })
    const commands = output.split('\n').filter(line => line.startsWith('::'))
    const file = 'a%2Cb%3A100%25%0A%3A%3Aerror%3A%3Ax/Dockerfile'
    expect(commands).toEqual([
      `::error file=${file},line=3,col=1::no line "E" ends the here-document: write E alone on a line`,
      expect.stringContaining(`::warning file=${file},line=2,col=6::FROM: "${DAO}/a/b:1": `),
      expect.stringContaining('::notice file=c/Dockerfile,line=2,col=6::FROM: "$A" is empty: '),
    ])
    expect(output).toMatch(/\nVERDICT .*\n.*\nclean +c\/Dockerfile\n\n2 files: 1 finding, 1 cannot be read/)
  })

  it('names files as the repository does', async () => {
    const folder = folderWith({ 'deep/a/Dockerfile': `FROM ${DAO}/a/b%1\nFROM ${DAO}/a/b\n` })
    const run = { below: 'deep', format: 'github', environment: { GITHUB_WORKSPACE: folder } } as const
    const { output } = await lintIn(folder, run)
    expect(output).toMatch(/^::error file=deep\/a\/Dockerfile,line=1,col=6::FROM: .*b%251/)
    expect(output).toMatch(/^::warning file=deep\/a\/Dockerfile,line=2,col=6::/m)
    const elsewhere = { ...run, environment: { GITHUB_WORKSPACE: '/nowhere' } }
    expect((await lintIn(folder, elsewhere)).output).toMatch(/^::error file=a\/Dockerfile,/)
  })
})

describe('findDockerfiles', () => {
  it.each([
    [
      'are',
      [
        'Dockerfile',
        'dockerfile',
        'Dockerfile.dev',
        'DOCKERFILE.x.y',
        'a.Dockerfile',
        'x-y.dockerfile',
        'Containerfile',
        'a.containerfile',
      ],
      true,
    ],
    [
      'are none',
      [
        'Dockerfiles',
        '.Dockerfile',
        'Dockerfile-dev',
        'a.Dockerfile.j2',
        'Dockerfile.dockerignore',
        'Dockerfile.tmpl',
        'Dockerfile.md',
        'Dockerfile.bak',
        'notes.txt',
      ],
      false,
    ],
  ])('files of some names %s', (_, names, is) => {
    expect(names.filter(name => isDockerfile(name) !== is)).toEqual([])
  })

  it('goes through folders, but for those of others and for links', () => {
    const folder = folderWith({
      Dockerfile: '',
      'b/Dockerfile': '',
      'a/x.Dockerfile': '',
      'a/.hidden/Dockerfile.x': '',
      'a/readme': '',
      '.git/Dockerfile': '',
      'node_modules/x/Dockerfile': '',
      'Dockerfile.d/Dockerfile': '',
    })
    symlinkSync('b', join(folder, 'c'))
    symlinkSync('Dockerfile', join(folder, 'Dockerfile.link'))
    const found = [
      'Dockerfile',
      'Dockerfile.d/Dockerfile',
      'a/.hidden/Dockerfile.x',
      'a/x.Dockerfile',
      'b/Dockerfile',
    ]
    expect(findDockerfiles(folder)).toEqual(found.map(name => join(folder, name)))
    expect(findDockerfiles(join(folder, 'nowhere'))).toEqual([])
  })

  it('compose files have names, too', () => {
    const names = [
      'compose.yaml',
      'docker-compose.yml',
      'docker-compose.override.yml',
      'compose-dev.YAML',
      'compose_1.yml',
    ]
    expect(names.filter(name => !isComposeFile(name))).toEqual([])
    expect(
      ['composer.yaml', 'my-compose.yml', 'compose.json', 'docker-composer.yml'].filter(isComposeFile),
    ).toEqual([])
  })
})

const CORPUS = fileURLToPath(new URL('../../shared/corpus/files', import.meta.url))
const present = existsSync(CORPUS)
if (!present) console.warn(`SKIPPED: lint of real projects: there is no ${CORPUS}`)

describe.skipIf(!present)('real projects', () => {
  test.each(present ? readdirSync(CORPUS) : [])('%s is read, and has nothing to find', async project => {
    const { files } = await jsonIn(join(CORPUS, project), { paths: ['.'] })
    expect(files.flatMap(({ findings }: { findings: unknown[] }) => findings)).toEqual([])
    const byItself = await lintIn(join(CORPUS, project)).catch(error => error.message)
    expect(byItself).toBeTruthy()
  })
})
