import { describe, expect, it } from 'vitest'
import { readBaseImages } from '../generators/core/base-images.ts'
import { readBuilds } from '../generators/core/compose/build.ts'
import { readHints } from '../generators/core/hints.ts'
import { parseIgnoreFile } from '../generators/core/ignore.ts'
import { formatProblem } from '../generators/core/problem.ts'
import { selectImages } from '../generators/core/select.ts'
import { listImages } from '../generators/list.ts'
import { type Files, loadFiles } from './project.ts'

function listed(files: Files, ignore = '') {
  const project = loadFiles(files)
  const lines = parseIgnoreFile(ignore, 'ignore-images.txt')
  const selection = selectImages(project, lines, 'linux/amd64')
  const show = (path: string) => path.slice(project.directory.length + 1)
  const bases = readBaseImages(project, 'linux/amd64', show)
  const images = listImages(selection, null, bases.images, lines)
  return {
    images: images.map(({ source, state, kind, services, at }) =>
      [source, state, kind ?? 'service', services.join('+'), `${at.file}:${at.line}`].join(' '),
    ),
    problems: bases.problems.map(formatProblem),
  }
}

describe('list', () => {
  it('has every image once, with what it is for', () => {
    const files = {
      'compose.yaml': `services:
  a:
    image: app:1
    volumes: [{ type: image, source: data:2, target: /d }]
    pre_start: [{ image: docker.io/library/app:1 }]
  b:
    image: own:1
    build: { context: ., additional_contexts: { c: 'docker-image://context:3' } }
  c: { build: sub }
`,
      Dockerfile: 'FROM alpine:3\nFROM app:1\n',
      'sub/Dockerfile': 'ARG V=3\nFROM docker.io/library/alpine:$V\nCOPY --from=golang:1 /a /a\n',
    }
    expect(listed(files)).toEqual({
      images: [
        'alpine:3 built base b+c Dockerfile:1',
        'app:1 relay service a compose.yaml:3',
        'context:3 relay context b compose.yaml:8',
        'data:2 relay volume a compose.yaml:4',
        'golang:1 built base c sub/Dockerfile:3',
        'own:1 built service b compose.yaml:7',
        ' built service c compose.yaml:9',
      ],
      problems: [],
    })
    expect(listed(files, 'golang\n').images).toContain('golang:1 ignored base c sub/Dockerfile:3')
  })

  it('says which Dockerfile cannot be read, and goes on', () => {
    const files = {
      'compose.yaml': `services:
  a: { build: gone }
  b: { build: { context: ., dockerfile: Other } }
  c: { build: https://example.com/x.git }
  d: { build: { dockerfile_inline: "FRM x\\nFROM busybox" } }
`,
      Other: 'FROM $NONE\nFROM node\n',
    }
    const { images, problems } = listed(files)
    expect(images.filter(line => line.includes('base'))).toEqual([
      'busybox built base d compose.yaml:5',
      'node built base b Other:2',
    ])
    expect(problems).toEqual([
      'compose.yaml:2:15: services.a.build: its base images are not known, for there is no gone/Dockerfile',
      expect.stringMatching(/^Other:1:6: .*NONE/),
      expect.stringMatching(/^compose\.yaml:5:15: services\.d\.build\.dockerfile_inline: line 1: /),
    ])
  })
})

describe('readBuilds', () => {
  it('knows arguments, targets and folders, each from its own file', () => {
    const files = {
      'compose.yaml': `services:
  a: { build: { context: x, args: { A: 1, B: , C: null, D: $D }, target: t, dockerfile: d } }
  b: { build: { args: [A=1, B, E=f=g] } }
  c: { extends: { file: sub/c.yaml, service: c } }
`,
      'sub/c.yaml': 'services: { c: { build: here } }\n',
    }
    const project = loadFiles(files, { environment: { B: 'env', D: 'd' } })
    const builds = readBuilds(project).map(({ service, context, dockerfile, args, target }) => ({
      name: service.name,
      context: context?.slice(project.directory.length),
      dockerfile,
      args: Object.fromEntries(args),
      target,
    }))
    expect(builds).toEqual([
      { name: 'a', context: '/x', dockerfile: 'd', args: { A: '1', B: 'env', D: 'd' }, target: 't' },
      {
        name: 'b',
        context: '',
        dockerfile: 'Dockerfile',
        args: { A: '1', B: 'env', E: 'f=g' },
        target: null,
      },
      { name: 'c', context: '/sub/here', dockerfile: 'Dockerfile', args: {}, target: null },
    ])
  })
})

describe('hints', () => {
  it.each([
    ['SANDBOX_IMAGE', 'ghcr.io/acme/sandbox:1', true],
    ['IMAGE_REPO', 'acme/sandbox', true],
    ['image', 'busybox:1', true],
    ['RUNNER.IMAGE', `busybox@sha256:${'0'.repeat(64)}`, true],
    ['IMAGES', 'busybox', false],
    ['IMAGE_TAG', 'v1', false],
    ['IMAGE_HOST', 'localhost:8080', false],
    ['IMAGE_PROXY', 'proxy.lan:3128', false],
    ['IMAGE_URL', 'https://example.com/a.png', false],
    ['IMAGE_DIR', '/var/lib/images', false],
    ['IMAGINE', 'a/b:1', false],
    ['PASSWORD', 'a/b:1', false],
  ])('%s=%s: %s', (name, value, expected) => {
    const project = loadFiles({
      'compose.yaml': `services: { a: { image: a, environment: ["${name}=${value}"] } }\n`,
    })
    expect(readHints(project).map(hint => [hint.variable, hint.value])).toEqual(
      expected ? [[name, value]] : [],
    )
  })

  it('come from mappings and env files, the later ones first', () => {
    const files = {
      'compose.yaml':
        'services:\n  b: { image: a, env_file: [1.env, { path: 2.env }, gone.env, bad.env], environment: { C_IMAGE: "c:${V-1}" } }\n  a: { image: a, environment: { A_IMAGE: a:1 } }\n',
      '1.env': 'B_IMAGE=b:1\nC_IMAGE=b:2\n',
      '2.env': 'B_IMAGE=b:3\n',
      'bad.env': '*\n',
    }
    expect(
      readHints(loadFiles(files)).map(({ service, variable, value, at }) => [
        service,
        variable,
        value,
        at.line,
      ]),
    ).toEqual([
      ['a', 'A_IMAGE', 'a:1', 3],
      ['b', 'B_IMAGE', 'b:3', 2],
      ['b', 'C_IMAGE', 'c:1', 2],
    ])
  })
})
