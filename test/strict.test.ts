import { mkdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadProject } from '../generators/core/compose/load.ts'
import { strictProblems } from '../generators/core/compose/strict/strict.ts'
import { formatProblem } from '../generators/core/problem.ts'
import { type Files, folderWith } from './project.ts'

interface Options {
  readonly files?: Files
  readonly environment?: Files
  readonly profiles?: readonly string[]
  readonly folders?: readonly string[]
}

/** What is strictly wrong with a compose file, a line each, without the name of the file. */
function problems(
  text: string,
  { files = {}, environment = {}, profiles = [], folders = [] }: Options = {},
): string[] {
  const directory = folderWith({ 'compose.yaml': text, ...files })
  for (const folder of folders) mkdirSync(join(directory, folder))
  const show = (path: string) => relative(directory, path)
  const project = loadProject({
    files: [],
    directory,
    projectDirectory: null,
    envFiles: null,
    profiles,
    environment,
    show,
  })
  const found = strictProblems(project, profiles)
  return found.map(formatProblem).map(line => line.replace(/^compose\.yaml:/, ''))
}

/** A service `web` of these lines, the first of which is line 4, and what stands beside it. */
const web = (lines: string, rest = '') =>
  `services:\n  web:\n    image: nginx\n${lines
    .split('\n')
    .map(line => `    ${line}\n`)
    .join('')}${rest}`

const OTHERS = `  db: { image: postgres }
  batch: { image: job, profiles: [night] }
networks: { inner: }
volumes: { data: , cache: }
secrets: { key: { file: key.txt } }
configs: { motd: { content: hello } }
models: { llm: { model: ai/small } }
`

describe('what Compose takes', () => {
  it.each([
    ['flags in words', 'privileged: "yes"\ninit: ${ON}\ntty: true'],
    ['numbers in quotes', 'cpus: "0.5"\nmem_limit: "64m"\nscale: "2"\npids_limit: ${N}'],
    ['numbers of YAML 1.1', 'mem_limit: 1_000\nscale: 0b10'],
    ['extensions', 'x-note: { any: [thing] }\nhealthcheck: { x-note: 1, test: "true" }'],
    ['ports', 'ports: [80, "81:81/udp", "127.0.0.1::82", "[::1]:83:83", "90-92:90-92", "9000-9010:99"]'],
    ['long ports', 'ports: [{ target: "80", published: 8080, host_ip: "::1" }]'],
    ['mounts', 'volumes: [data:/a, ./b:/b, "C:\\\\c:/c", /d, { type: tmpfs, target: /e }]\ntmpfs: [/f]'],
    ['a mount of an unknown option', 'volumes: ["data:/a:whatever"]'],
    ['networks', 'networks: { inner: , default: { aliases: [www] } }'],
    ['needs', 'depends_on: { db: { condition: service_healthy } }\nlinks: ["db:sql"]'],
    [
      'a need of a disabled service that is not required',
      'depends_on: { batch: { condition: service_started, required: false } }',
    ],
    ['secrets, configs and models', 'secrets: [key]\nconfigs: [{ source: motd, mode: 0440 }]\nmodels: [llm]'],
    ['commands', 'command: sh -c "echo (x)"\nentrypoint:\npost_start: [{ command: "echo $(date)" }]'],
    ['health', 'healthcheck: { test: [CMD, "true"], interval: 1m30s, start_period: 1d, retries: "3" }'],
    ['limits that agree', 'mem_limit: 1g\ndeploy: { resources: { limits: { memory: 1024m } } }'],
    ['a size with an underscore', 'mem_limit: "1_0m"'],
    ['build', 'build: { dockerfile_inline: FROM a, args: [A, B=1], ulimits: { nofile: 9 } }'],
    ['an env file that is not required', 'env_file: [{ path: none.env, required: false }]'],
    ['/dev/null for an env file', 'env_file: /dev/null'],
    ['gpus', 'gpus: [{ count: 1, colour: green }]'],
    ['hosts', 'extra_hosts: [a=::1, "b:1.2.3.4"]'],
    ['pull policies', 'pull_policy: every_12h'],
  ])('%s', (_, lines) => {
    expect(problems(web(lines, OTHERS), { environment: { ON: 'on', N: '10' } })).toEqual([])
  })

  it('says nothing of what is missing or wrong in services that are disabled', () => {
    const text = web(
      'tty: true',
      '  job:\n    image: a\n    profiles: [p]\n    env_file: no.env\n    depends_on: [nobody]\n',
    )
    expect(problems(text)).toEqual([])
    expect(problems(text, { profiles: ['p'] })).toHaveLength(2)
  })

  it('leaves required variables without value to the warnings', () => {
    expect(problems(web('privileged: ${NEEDED?}'))).toEqual([])
  })
})

describe('keys and values', () => {
  it.each([
    ['an unknown key', 'restrt: always', '4:5: services.web: unknown key "restrt": did you mean "restart"?'],
    [
      'an unknown key below',
      'deploy: { replicsa: 1 }',
      '4:15: services.web.deploy: unknown key "replicsa": did you mean "replicas"?',
    ],
    [
      'a number for a string',
      'hostname: 5',
      '4:15: services.web.hostname: it must be a string: write it in quotes',
    ],
    [
      'a number of YAML 1.1',
      'user: 1_000',
      '4:11: services.web.user: it must be a string: write it in quotes',
    ],
    ['nothing', 'environment:', '4:17: services.web.environment: it must be a list or a mapping'],
    ['a string for a list', 'ports: "80"', '4:12: services.web.ports: it must be a list'],
    [
      'a list for a value',
      'environment: { A: [1] }',
      '4:23: services.web.environment.A: it must be a string or a number or true or false',
    ],
    ['no flag', 'privileged: ${MAYBE}', '4:17: services.web.privileged: it must be true or false: "maybe"'],
    ['no number', 'cpus: many', '4:11: services.web.cpus: it must be a number: "many"'],
    [
      'an item twice',
      'security_opt: [a, a]',
      '4:23: services.web.security_opt[1]: it is there twice: a: take one away',
    ],
    [
      'a pull policy',
      'pull_policy: sometimes',
      '4:18: services.web.pull_policy: not a pull policy: "sometimes"',
    ],
    [
      'a duration',
      'stop_grace_period: "10"',
      '4:24: services.web.stop_grace_period: not a duration, such as 1m30s: "10"',
    ],
    ['a size', 'mem_limit: 10q', '4:16: services.web.mem_limit: not a size, such as 512m: "10q"'],
    ['a range', 'oom_score_adj: 2000', '4:20: services.web.oom_score_adj: not from -1000 to 1000: 2000'],
    ['a port', 'ports: ["80", "http:80"]', '4:19: services.web.ports[1]: not a port: "http"'],
    [
      'a port of the host',
      'ports: [{ target: 80, host_ip: here }]',
      '4:36: services.web.ports[0].host_ip: not an IP address: "here"',
    ],
    [
      'a port without target',
      'ports: [{ published: 80 }]',
      '4:13: services.web.ports[0]: "target" is missing: add "target:"',
    ],
    [
      'ranges of ports',
      'ports: ["80-82:90-91"]',
      '4:13: services.web.ports[0]: not as many ports on both sides: "80-82:90-91"',
    ],
    ['a mount', 'volumes: ["aa::b"]', '4:15: services.web.volumes[0]: an empty part between colons: "aa::b"'],
    [
      'a type of mounts',
      'volumes: [{ type: disk, target: /a }]',
      '4:23: services.web.volumes[0].type: not one of bind, volume, tmpfs, cluster, npipe, image: "disk"',
    ],
    [
      'a command',
      'command: "echo \'a"',
      '4:14: services.web.command: a quote or a parenthesis in it opens nothing or does not close',
    ],
    ['a host', 'extra_hosts: [a]', '4:19: services.web.extra_hosts[0]: no address: "a"'],
    [
      'a condition',
      'depends_on: { db: {} }',
      '4:23: services.web.depends_on.db: "condition" is missing: add "condition:"',
    ],
    ['an infinite number', 'labels: { a: .inf }', '4:18: services.web.labels.a: not a finite number'],
    [
      'count and device_ids',
      'gpus: [{ count: 1, device_ids: [a] }]',
      '4:12: services.web.gpus[0]: "count" and "device_ids" exclude each other: take one away',
    ],
  ])('%s', (_, lines, expected) => {
    expect(problems(web(lines, OTHERS), { environment: { MAYBE: 'maybe' } })).toEqual([expected])
  })

  it.each([
    ['at the top', 'volume: {}', '4:1: unknown key "volume": did you mean "volumes"?'],
    [
      'in a network',
      'networks: { a: { drivr: b } }',
      '4:18: networks.a: unknown key "drivr": did you mean "driver"?',
    ],
    ['a name of a volume', 'volumes: { a b: }', '4:12: volumes: not a name that may stand here: "a b"'],
    ['a model without model', 'models: { a: {} }', '4:14: models.a: "model" is missing: add "model:"'],
    ['nothing', 'volumes:', '4:9: volumes: it must be a mapping'],
    [
      'an external volume',
      'volumes: { a: { external: true, driver: b } }',
      '4:33: volumes.a.driver: it means nothing to an external volume: take it away',
    ],
    [
      'two names',
      'volumes: { a: { name: b, external: { name: c } } }',
      '4:44: volumes.a.external.name: "name" says another name: take one away',
    ],
    [
      'a secret of nothing',
      'secrets: { a: {} }',
      '4:15: secrets.a: one of file, environment is missing: add one of them',
    ],
    [
      'a secret of a driver',
      'secrets: { a: { driver: b } }',
      '4:15: secrets.a: one of file, environment is missing: add one of them',
    ],
    [
      'a config of too much',
      'configs: { a: { file: b, content: c } }',
      '4:15: configs.a: "file" and "content" exclude each other: take one away',
    ],
  ])('%s', (_, text, expected) => {
    expect(problems(`services:\n  web:\n    image: nginx\n${text}\n`)).toEqual([expected])
  })

  it('says once what several services share', () => {
    const text =
      'x-base: &base { environment: { A: [1] } }\nservices:\n  a: { <<: *base, image: a }\n  b: { <<: *base, image: b }\n'
    expect(problems(text)).toEqual([
      '1:35: services.a.environment.A: it must be a string or a number or true or false',
    ])
  })

  it('takes a list of services that a mapping is laid over', () => {
    const files = {
      'compose.override.yaml': 'services: { web: { depends_on: { db: { condition: service_healthy } } } }',
    }
    expect(problems(web('depends_on: [batch]', OTHERS), { files, profiles: ['night'] })).toEqual([])
  })

  it('takes time for the size of a file with its aliases, and no more', () => {
    const anchors = Array.from({ length: 12 }, (_, level) =>
      level === 0 ? 'x-0: &a0 { a: [x] }' : `x-${level}: &a${level} { a: *a${level - 1}, b: *a${level - 1} }`,
    )
    const text = `${anchors.join('\n')}\n${web('environment: *a11')}`
    expect(problems(text)).toHaveLength(1)
  })
})

describe('what must fit together', () => {
  it.each([
    [
      'a need',
      'depends_on: [dbb]',
      '4:18: services.web.depends_on[0]: there is no service "dbb": did you mean "db"?',
    ],
    [
      'an optional need',
      'depends_on: { no: { condition: service_started, required: false } }',
      '4:19: services.web.depends_on.no: there is no service "no": did you mean "db"?',
    ],
    [
      'a link',
      'links: ["sql:db"]',
      '4:13: services.web.links[0]: there is no service "sql": did you mean "web"?',
    ],
    ['a mode', 'ipc: "service:dbb"', '4:10: services.web.ipc: there is no service "dbb": did you mean "db"?'],
    [
      'a disabled service',
      'depends_on: [batch]',
      '4:18: services.web.depends_on[0]: the service "batch" is disabled: no profile is chosen: choose a profile of it, too',
    ],
    [
      'a network',
      'networks: [outer]',
      '4:16: services.web.networks[0]: there is no network "outer": did you mean "inner"?',
    ],
    [
      'a volume',
      'volumes: ["dta:/a"]',
      '4:15: services.web.volumes[0]: there is no volume "dta": did you mean "data"?',
    ],
    [
      'a secret',
      'secrets: [{ source: kez }]',
      '4:15: services.web.secrets[0]: there is no secret "kez": did you mean "key"?',
    ],
    [
      'a config',
      'configs: [mot]',
      '4:15: services.web.configs[0]: there is no config "mot": did you mean "motd"?',
    ],
    [
      'a model',
      'models: { lm: }',
      '4:15: services.web.models.lm: there is no model "lm": did you mean "llm"?',
    ],
    [
      'a secret of a build',
      'build: { secrets: [kez] }',
      '4:24: services.web.build.secrets[0]: there is no secret "kez": did you mean "key"?',
    ],
    [
      'a context',
      'build: { additional_contexts: { a: "service:db" } }',
      '4:40: services.web.build.additional_contexts.a: the service "db" has no build: name one that is built',
    ],
    [
      'dockerfiles',
      'build: { dockerfile: a, dockerfile_inline: FROM b }',
      '4:48: services.web.build: dockerfile and dockerfile_inline exclude each other: take one away',
    ],
    [
      'platforms',
      'platform: linux/arm64\nbuild: { platforms: [linux/amd64] }',
      '4:15: services.web.platform: it is not among the platforms of the build: add it to "build.platforms"',
    ],
    [
      'a mode and networks',
      'network_mode: host\nnetworks: [inner]',
      '4:19: services.web: network_mode and networks exclude each other: take one away',
    ],
    [
      'a test',
      'healthcheck: { test: [curl, a] }',
      '4:27: services.web.healthcheck.test: the first item must be "CMD", "CMD-SHELL" or "NONE": put "CMD" before it',
    ],
    [
      'a scale',
      'scale: 2\ndeploy: { replicas: 3 }',
      '4:12: services.web.scale: it is 2, and deploy.replicas is 3: take one away',
    ],
    ['a negative scale', 'deploy: { replicas: -1 }', '4:25: services.web.deploy.replicas: less than 0'],
    [
      'one name for many',
      'scale: 2\ncontainer_name: one',
      '5:21: services.web.container_name: several containers cannot have one name: take it away',
    ],
    [
      'a limit',
      'mem_limit: 1g\ndeploy: { resources: { limits: { cpus: 1 } } }',
      '4:16: services.web.mem_limit: deploy.resources.limits.memory is not the same: say it in one place',
    ],
    [
      'mounts',
      'tmpfs: /a\nvolumes: ["data:/a/"]',
      '5:15: services.web.volumes[0]: "/a" is already mounted by services.web.tmpfs[0]: take one away',
    ],
    [
      'a bind',
      'volumes: [{ type: bind, target: /a }]',
      '4:15: services.web.volumes[0]: a bind needs a source: add "source:"',
    ],
    [
      'a watch',
      'develop: { watch: [{ path: a, action: sync }] }',
      '4:24: services.web.develop.watch[0]: "sync" needs a target: add "target:"',
    ],
  ])('%s', (_, lines, expected) => {
    expect(problems(web(lines, OTHERS))).toEqual([expected])
  })

  it('names containers once', () => {
    const text = 'services:\n  a: { image: x, container_name: one }\n  b: { image: y, container_name: one }\n'
    expect(problems(text)).toEqual([
      '3:34: services.b.container_name: the service "a" has the same: "one": choose another',
    ])
  })

  it('asks for an image', () => {
    expect(problems('services:\n  a: { image: "" }\n')).toEqual([
      '2:3: services.a: it has neither an image nor a build context: give it an image',
    ])
  })

  it('finds services that wait for each other', () => {
    const text = `services:
  a: { image: x, depends_on: [b, c] }
  b: { image: x, depends_on: [c] }
  c: { image: x, volumes_from: [b] }
  d: { image: x, depends_on: [a] }
`
    expect(problems(text)).toEqual([
      '4:33: services.c.volumes_from[0]: the services wait for each other: b needs c needs b: take one of them away',
    ])
  })

  it('says which profiles are chosen', () => {
    expect(problems(web('depends_on: [batch]', OTHERS), { profiles: ['day'] })).toEqual([
      '4:18: services.web.depends_on[0]: the service "batch" is disabled: the profiles are day: choose a profile of it, too',
    ])
  })
})

describe('env and label files', () => {
  const files = {
    'good.env': 'A=1\n',
    'bad.env': 'A=1\nB C=2\n',
    'asks.env': 'X=${A?}\n',
    'raw.env': '# all\nA=${\n\nB C=1\n',
    'sub/compose.yaml': 'services: { in: { image: a, env_file: own.env } }',
    'sub/own.env': 'A=1\n',
  }
  const gone = 'there is no such file: none.env: write it, or correct the path'
  it.each<[string, string, string[]]>([
    ['missing', 'env_file: none.env', [`4:15: services.web.env_file[0]: ${gone}`]],
    [
      'missing in a list',
      'env_file: [good.env, { path: none.env }]',
      [`4:34: services.web.env_file[1]: ${gone}`],
    ],
    ['missing label file', 'label_file: [none.env]', [`4:18: services.web.label_file[0]: ${gone}`]],
    [
      'broken',
      'env_file: bad.env',
      ['bad.env:2:1: not a key: a blank follows "B": write KEY=value, and # before a comment'],
    ],
    [
      'a folder',
      'env_file: folder',
      ['4:15: services.web.env_file[0]: folder is not a regular file: name a file'],
    ],
    [
      'a format',
      'env_file: [{ path: good.env, format: ini }]',
      ['4:24: services.web.env_file[0]: not a format of env files: "ini": take "format:" away'],
    ],
    [
      'raw',
      'env_file: [{ path: raw.env, format: raw }]',
      ['raw.env:4:1: not a key: a blank stands in it: write KEY=value'],
    ],
    [
      'a variable of nobody',
      'env_file: asks.env',
      ['asks.env:1:1: required variable A is missing a value: set it above, or in the environment'],
    ],
    ['a variable of an earlier file', 'env_file: [good.env, asks.env]', []],
    ['a variable of the service', 'environment: [A=1]\nenv_file: [asks.env]', []],
  ])('%s', (_, lines, expected) => {
    expect(problems(web(lines), { files, folders: ['folder'] })).toEqual(expected)
  })

  it('looks beside the file that names it', () => {
    expect(problems(`include: [sub/compose.yaml]\n${web('tty: true')}`, { files })).toEqual([])
  })
})
