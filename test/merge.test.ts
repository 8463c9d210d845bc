import { describe, expect, it } from 'vitest'
import { find, type Node } from '../generators/core/compose/node.ts'
import { type Files, loadFiles, refusalsOf } from './project.ts'

/** A model as plain values. */
function plain(node: Node | null): unknown {
  if (node === null) return undefined
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(plain)
  return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, plain(value)]))
}

function model(files: Files, environment: Files = {}): unknown {
  return plain(loadFiles(files, { environment }).model)
}

/** What a service `a` of one file becomes under that of another one. */
function over(base: string, override: string): unknown {
  const file = (fields: string) => `services: { a: { image: a, ${fields} } }\n`
  const { model } = loadFiles({ 'compose.yaml': file(base), 'compose.override.yaml': file(override) })
  const { image: _, ...fields } = plain(find(model, 'services', 'a')) as Record<string, unknown>
  return fields
}

describe('one file over another', () => {
  it.each<[string, string, unknown]>([
    ['tty: true', 'init: true', { tty: true, init: true }],
    ['user: a', 'user: b', { user: 'b' }],
    ['user: a', 'user: null', { user: 'a' }],
    ['command: [a, b]', 'command: [c]', { command: ['c'] }],
    ['entrypoint: a', 'entrypoint: null', { entrypoint: null }],
    [
      'healthcheck: { test: [CMD, a], retries: 1 }',
      'healthcheck: { test: [NONE] }',
      { healthcheck: { test: ['NONE'], retries: 1 } },
    ],
    ['environment: { A: 1, B: 2 }', 'environment: [A=3, C]', { environment: ['A=3', 'B=2', 'C'] }],
    ['environment: [A=1]', 'environment: { B: null, A: x }', { environment: ['A=x', 'B'] }],
    ['labels: { a.b: c }', 'labels: null', { labels: ['a.b=c'] }],
    ['ports: ["80:80", "81:81"]', 'ports: ["80:80"]', { ports: ['80:80', '81:81'] }],
    ['volumes: ["./a:/x", "b:/y"]', 'volumes: ["./c:/x"]', { volumes: ['./c:/x', 'b:/y'] }],
    [
      'volumes: ["aa:/x:ro"]',
      'volumes: [{ type: bind, source: /c, target: /x }]',
      { volumes: [{ type: 'bind', source: '/c', target: '/x' }] },
    ],
    ['build: .', 'build: { target: t }', { build: { context: '.', target: 't' } }],
    [
      'build: { context: a, args: { A: 1 } }',
      'build: { args: [B=2] }',
      { build: { context: 'a', args: ['A=1', 'B=2'] } },
    ],
    [
      'depends_on: [b]',
      'depends_on: { c: { condition: service_healthy } }',
      { depends_on: { b: null, c: { condition: 'service_healthy' } } },
    ],
    ['networks: [x]', 'networks: { x: { aliases: [y] } }', { networks: { x: { aliases: ['y'] } } }],
    ['logging: { driver: a, options: { x: 1 } }', 'logging: { driver: b }', { logging: { driver: 'b' } }],
    [
      'logging: { driver: a, options: { x: 1 } }',
      'logging: { options: { y: 2 } }',
      { logging: { driver: 'a', options: { x: 1, y: 2 } } },
    ],
    [
      'ulimits: { nofile: 1, nproc: 2 }',
      'ulimits: { nofile: { soft: 3, hard: 4 } }',
      { ulimits: { nofile: { soft: 3, hard: 4 }, nproc: 2 } },
    ],
    ['env_file: a', 'env_file: [{ path: b }, a]', { env_file: ['a', { path: 'b' }] }],
    ['configs: [c]', 'configs: [{ source: d, target: /c }]', { configs: [{ source: 'd', target: '/c' }] }],
    ['secrets: [s, t]', 'secrets: [s]', { secrets: ['s', 't'] }],
    ['profiles: [a]', 'profiles: [b, a]', { profiles: ['a', 'b'] }],
    ['devices: ["/a:/b"]', 'devices: ["/c:/b"]', { devices: ['/c:/b'] }],
    ['dns: 1.1.1.1', 'dns: [2.2.2.2]', { dns: ['1.1.1.1', '2.2.2.2'] }],
    ['extra_hosts: { a: b }', 'extra_hosts: ["a=b", "c=d"]', { extra_hosts: ['a=b', 'c=d'] }],
    ['command: a', 'command: !reset null', {}],
    ['ports: ["80"]', 'ports: !override ["81"]', { ports: ['81'] }],
    ['environment: { A: 1, B: 2 }', 'environment: { A: !reset null }', { environment: ['B=2'] }],
    ['x-a: { b: [1] }', 'x-a: { b: [2] }', { 'x-a': { b: [1, 2] } }],
  ])('%s under %s', (base, override, expected) => {
    expect(over(base, override)).toEqual(expected)
  })

  it.each([
    ['ports: ["80"]', 'ports: { a: b }', 'a list'],
    ['develop: { watch: [] }', 'develop: [a]', 'a mapping'],
    ['healthcheck: { test: a }', 'healthcheck: text', 'a mapping'],
  ])('%s is refused under %s', (base, override, kind) => {
    const [line, ...others] = refusalsOf(() => over(base, override))
    expect(others).toEqual([])
    expect(line).toMatch(/^compose\.override\.yaml:1:\d+: services\.a\.\w+: it cannot override /)
    expect(line).toContain(`${kind} at compose.yaml:1`)
  })

  it('takes away what !reset names, wherever it is', () => {
    const base =
      'services: { a: { image: a }, b: { image: b } }\nnetworks: { n: { driver: d } }\nvolumes: { v: {} }\n'
    const override =
      'services: { b: !reset null }\nnetworks: { n: { driver: !reset null } }\nvolumes: !reset {}\n'
    expect(model({ 'compose.yaml': base, 'compose.override.yaml': override })).toEqual({
      services: { a: { image: 'a' } },
      networks: { n: {} },
    })
  })

  it('takes a tag of a merge for one of its mapping', () => {
    const files = {
      'compose.yaml': 'services: { a: { image: a, tty: true } }\n',
      'compose.override.yaml': 'services: { a: { image: b, <<: !reset { init: true } } }\n',
    }
    expect(model(files)).toEqual({ services: { a: { image: 'b' } } })
  })

  it('fills in variables before it merges', () => {
    const files = {
      'compose.yaml': 'services: { a: { image: a, environment: ["$K=1"] } }\n',
      'compose.override.yaml': 'services: { a: { environment: { X: $V } } }\n',
    }
    expect(model(files, { K: 'X', V: '2' })).toMatchObject({ services: { a: { environment: ['X=2'] } } })
  })

  it('takes an empty file for nothing', () => {
    expect(
      model({ 'compose.yaml': 'services: { a: { image: a } }\n', 'compose.override.yaml': '# later\n' }),
    ).toEqual({ services: { a: { image: 'a' } } })
  })

  it('lays files over each other in the order in which they are named', () => {
    const files = { '1.yaml': 'services: { a: { image: one } }', '2.yaml': 'services: { a: { image: two } }' }
    const image = (names: string) =>
      loadFiles(files, { environment: { COMPOSE_FILE: names } }).services[0]?.image?.value
    expect([image('1.yaml:2.yaml'), image('2.yaml:1.yaml')]).toEqual(['two', 'one'])
  })
})
