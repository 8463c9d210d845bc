import { join } from 'node:path'
import { expect, test } from 'vitest'
import { planDeployment } from '../generators/core/deployment.ts'
import { type Choices, plan, TARGET } from './project.ts'

function deployment(text: string, choices: Choices = {}) {
  const made = plan(text, choices)
  return planDeployment(made, made.project.directory)
}

/** What is mounted by one service, `kind path`; what lies elsewhere after `!`. */
function paths(service: string, rest = '', choices: Choices = {}): string[] {
  const text = `services:\n  a:\n    image: nginx\n${service.replace(/^/gm, '    ')}\n${rest}`
  const { paths, elsewhere } = deployment(text, choices)
  return [
    ...paths.filter(({ path }) => path !== '.env').map(({ kind, path }) => `${kind} ${path}`),
    ...elsewhere.map(({ path }) => `! ${path}`),
  ]
}

test('bind mounts', () => {
  expect(
    paths(
      'volumes: ["./conf:/c:ro", "./data:/d", "./a b.conf:/e", "named:/n", "/anonymous"]',
      'volumes: { named: {} }',
    ),
  ).toEqual(['data-file a b.conf', 'config conf', 'data data'])
  expect(paths('volumes: ["./conf.d:/c", "./x:/etc/x.yml", "./y:/y:ro,z", ".:/all"]')).toEqual([
    'data .',
    'data conf.d',
    'data-file x',
    'config y',
  ])
  const long =
    'volumes:\n- { type: bind, source: ./a, target: /a, read_only: true }\n- { type: bind, source: ./b, target: /b, bind: { create_host_path: false } }\n- { type: volume, source: v, target: /v }'
  const device = 'volumes: { v: { driver_opts: { type: none, o: bind, device: ./dev } } }'
  expect(paths(long, device)).toEqual(['config a', 'data-file b', 'data-file dev'])
})

test('what lies elsewhere is never copied, and no path of this machine is shown', () => {
  const environment = { HOME: '/home/me', PLACE: './inside' }
  const volumes = ['/srv:/s', '../up:/u', '~/x:/x', '${HOME}/y:/y', '${PLACE}:/p', '/var/run/docker.sock:/d']
  expect(paths(`volumes: ${JSON.stringify(volumes)}`, '', { environment })).toEqual([
    'data inside',
    '! ${HOME}/y',
    '! ../up',
    '! /srv',
    '! /var/run/docker.sock',
    '! ~/x',
  ])
})

test('files of variables, configs, secrets and the folders of builds', () => {
  const service =
    'env_file: [a.env, { path: b.env, required: false }]\nconfigs: [c, { source: d, target: /d }]\nsecrets: [s]\nbuild: ./src'
  const rest =
    'configs: { c: { file: ./c.txt }, d: { content: x }, unused: { file: ./u } }\nsecrets: { s: { file: s.txt } }'
  expect(paths(service, rest)).toEqual([
    'env a.env',
    'optional-env b.env',
    'config c.txt',
    'config s.txt',
    'context src',
  ])
})

test('what one service reads and another one writes is written', () => {
  const { paths } = deployment(
    'services:\n  a: { image: x, volumes: ["./w:/w:ro"] }\n  b: { image: x, volumes: ["./w:/w"] }\n',
  )
  expect(paths.find(({ path }) => path === 'w')).toMatchObject({ kind: 'data', services: ['a', 'b'] })
})

test('a control character in a path is refused', () => {
  expect(() => deployment('services: { a: { image: x, volumes: ["./a\\nb:/c"] } }')).toThrow(
    /control character/,
  )
})

test('services with profiles and needs', () => {
  const text = `services:
  a: { image: x, depends_on: [b], links: ["c:d"], network_mode: "service:e" }
  b: { image: x, profiles: [one, two] }
  c: { image: x, depends_on: { b: { condition: service_started }, e: { condition: service_started, required: false } } }
  e: { image: x, profiles: [""], volumes_from: ["c:ro", "container:other"] }
`
  expect(deployment(text).services).toEqual([
    { name: 'a', needs: ['b', 'c', 'e'], profiles: [] },
    { name: 'b', needs: [], profiles: ['one', 'two'] },
    { name: 'c', needs: ['b'], profiles: [] },
    { name: 'e', needs: ['c'], profiles: [''] },
  ])
  expect(plan(text, { environment: { COMPOSE_PROFILES: 'one, three' } }).project.profiles).toEqual([
    'one',
    'three',
  ])
  expect(plan(text).project.profiles).toEqual([''])
})

test('images, and where each comes from', () => {
  const text = `services:
  a: { image: "nginx:1" }
  b: { image: "docker.io/library/nginx:1" }
  c: { image: "acme/ignored:1" }
  d: { image: "acme/own:1", build: . }
  e: { build: . }
  f: { image: "nginx:1", volumes: [{ type: image, source: "data:1", target: /d }] }
`
  const shown = (choices: Choices) =>
    deployment(text, { ignore: 'acme/ignored\n', ...choices }).images.map(
      ({ state, use, name, source, services }) => [state, use, name, source, services.join()].join(' '),
    )
  expect(shown({})).toEqual([
    'built run   e',
    'ignored run acme/ignored:1  c',
    'built run acme/own:1  d',
    `relay mount ${TARGET}/data:1 data:1 f`,
    `relay run ${TARGET}/nginx:1 nginx:1 a,b,f`,
  ])
  expect(shown({ built: 'relay' })).toContain(`relay run ${TARGET}/e:latest  e`)
})

test('the path of the project may have blanks', () => {
  expect(paths('volumes: ["./a  b/c:/c:ro"]')).toEqual([`config ${join('a  b', 'c')}`])
})
