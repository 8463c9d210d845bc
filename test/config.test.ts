import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Config, defaultConfig, findRegistry, parseConfig } from '../generators/core/config.ts'
import { Invalid } from '../generators/core/problem.ts'
import { USUAL } from '../generators/core/registry.ts'
import { linesOf } from './project.ts'
import { thrownBy } from './shared.ts'

function read(text: string): Promise<Config> {
  return parseConfig(text, '/project/relay.yaml', 'relay.yaml')
}

/** The lines that the command line prints, each without the `relay.yaml:` of its place. */
async function refusals(text: string): Promise<string[]> {
  try {
    await read(text)
  } catch (error) {
    return linesOf(error).map(line => line.replace(/^relay\.yaml:/, ''))
  }
  throw new Error(`not refused: ${text}`)
}

const WHOLE = `
compose: deploy/compose.yaml
env-file: [common.env, /etc/relay/prod.env]
profiles: [web, '']
ignore: lists/ignore.txt
platform: linux/arm64/v8
lang: zh
out: ../out
outputs: [override]
built: relay
pin: true
via: [m.daocloud.io, swr.example.com/ddn-k8s]
deploy: { engine: docker 20.10 }
accelerators: ['https://docker.m.daocloud.io', 'http://mirror:5000/']
alias:
  harbor: 1
  short-names: { osixia/openldap: openldap }
  network-variable: SITE
  probe: [quay.io, 'mirror.example.com:8443']
registry: harbor
registries:
  aliyun:
    host: registry.cn-heyuan.aliyuncs.com
    namespace: mirrors
    id: 1
    vpc-host: registry-vpc.cn-heyuan.aliyuncs.com
    username-env: ALIYUN_USERNAME
    password-env: ALIYUN_PASSWORD
  harbor:
    host: harbor.example.com:8443
    namespace: team/relay
    type: harbor
    id: 5
  gitlab:
    host: gitlab.example.com
    namespace: group/project
    type: gitlab
    naming: flat
  hub:
    host: docker.io
    namespace: me
    type: dockerhub
  plain:
    host: registry:5000
    insecure: true
images:
  quay.io/minio/minio: quay-minio
  nginx: web/nginx
`

describe('parseConfig', () => {
  it('reads every key', async () => {
    expect(await read(WHOLE)).toEqual({
      compose: ['/project/deploy/compose.yaml'],
      envFiles: ['/project/common.env', '/etc/relay/prod.env'],
      profiles: ['web', ''],
      ignore: { path: '/project/lists/ignore.txt', required: true },
      platform: 'linux/arm64/v8',
      language: 'zh',
      out: '/out',
      outputs: ['override'],
      built: 'relay',
      pin: true,
      via: ['m.daocloud.io', 'swr.example.com/ddn-k8s'],
      deployEngine: 'docker 20.10',
      accelerators: ['https://docker.m.daocloud.io', 'http://mirror:5000/'],
      alias: {
        harbor: '1',
        shortNames: new Map([['docker.io/osixia/openldap', 'openldap']]),
        networkVariable: 'SITE',
        probe: ['quay.io', 'mirror.example.com:8443'],
      },
      registry: 'harbor',
      registries: [
        {
          name: 'aliyun',
          id: 1,
          host: 'registry.cn-heyuan.aliyuncs.com',
          namespace: 'mirrors',
          type: 'aliyun',
          naming: 'flat',
          vpcHost: 'registry-vpc.cn-heyuan.aliyuncs.com',
          insecure: false,
          login: { username: 'ALIYUN_USERNAME', password: 'ALIYUN_PASSWORD' },
        },
        {
          name: 'harbor',
          id: 5,
          host: 'harbor.example.com:8443',
          namespace: 'team/relay',
          type: 'harbor',
          naming: 'path',
          ...USUAL,
        },
        {
          name: 'gitlab',
          id: null,
          host: 'gitlab.example.com',
          namespace: 'group/project',
          type: 'gitlab',
          naming: 'flat',
          ...USUAL,
        },
        {
          name: 'hub',
          id: null,
          host: 'docker.io',
          namespace: 'me',
          type: 'dockerhub',
          naming: 'flat',
          ...USUAL,
        },
        {
          name: 'plain',
          id: null,
          host: 'registry:5000',
          namespace: null,
          type: 'plain',
          naming: 'flat',
          ...USUAL,
          insecure: true,
        },
      ],
      images: new Map([
        ['quay.io/minio/minio', 'quay-minio'],
        ['docker.io/library/nginx', 'web/nginx'],
      ]),
      directory: '/project',
    })
  })

  it.each(['', '# nothing\n', '---\n', 'null\n', '{}\n', '\ufeff\r\n'])('has defaults for %j', async text => {
    expect(await read(text)).toEqual(defaultConfig('/project'))
    expect(defaultConfig('/project')).toEqual({
      alias: {
        harbor: null,
        shortNames: new Map(),
        networkVariable: 'AI_INFRA_NETWORK_ENV',
        probe: ['registry-1.docker.io', 'docker.m.daocloud.io'],
      },
      compose: [],
      envFiles: null,
      profiles: null,
      ignore: { path: '/project/ignore-images.txt', required: false },
      platform: 'linux/amd64',
      language: 'en',
      out: '/project/out',
      outputs: [],
      built: 'keep',
      pin: false,
      via: [],
      deployEngine: null,
      accelerators: [],
      registry: null,
      registries: [],
      images: new Map(),
      directory: '/project',
    })
  })

  it.each([
    ['registry: 5', '5'],
    ['registry: "5"', '5'],
    ['registry: h', 'h'],
    ['registry: other.example.com/team', 'other.example.com/team'],
  ])('takes %s', async (line, registry) => {
    const config = await read(`${line}\nregistries: { h: { host: h.example.com, id: 5 } }\n`)
    expect(config.registry).toBe(registry)
  })

  it('follows aliases', async () => {
    const text = 'registries:\n  a: &a { host: a.example.com }\n  b: *a\n'
    expect((await read(text)).registries.map(({ name, host }) => `${name} ${host}`)).toEqual([
      'a a.example.com',
      'b a.example.com',
    ])
  })
})

describe('unknown keys and values', () => {
  it.each([
    ['compse: a', '1:1: compse: unknown key: did you mean "compose"?'],
    ['lang: en\n\n  \nplatfrom: linux/amd64', '4:1: platfrom: unknown key: did you mean "platform"?'],
    ['\ufefflang: en\r\nregistrys: {}\r\n', '2:1: registrys: unknown key: did you mean "registry"?'],
    [
      'registries:\n  a:\n    host: a.b\n    namspace: x',
      '4:5: registries.a.namspace: unknown key: did you mean "namespace"?',
    ],
    ['<<: { lang: en }', '1:1: <<: unknown key: did you mean "out"?'],
    ['__proto__: { lang: en }', '1:1: __proto__: unknown key: did you mean "profiles"?'],
    ['constructor: 1', '1:1: constructor: unknown key: did you mean "outputs"?'],
    ['"a%zz%41": 1', '1:1: a%zz%41: unknown key: did you mean "alias"?'],
    ['"~1/a~0": 1', '1:1: ~1/a~0: unknown key: did you mean "lang"?'],
    ['alias: { harbour: x }', '1:10: alias.harbour: unknown key: did you mean "harbor"?'],
    [
      'alias: { harbor: nowhere }',
      '1:18: alias.harbor: unknown registry: "nowhere": write --registry HOST/NAMESPACE',
    ],
    [
      'alias: { short-names: { a/b: b, docker.io/a/b: c } }',
      '1:33: alias.short-names: "docker.io/a/b" and "a/b" are both docker.io/a/b: change one of the two',
    ],
    [
      'alias: { short-names: { a/b: b, c/b: b } }',
      '1:33: alias.short-names: "c/b" and "a/b" would both be b: change one of the two',
    ],
    [
      'alias: { short-names: { a/b: c/d } }',
      '1:30: alias.short-names.a/b: not a short name: "c/d": lower case letters and digits, joined by ".", "_" or "-"',
    ],
    [
      'alias: { probe: [https://quay.io] }',
      '1:18: alias.probe.0: not a registry host: "https://quay.io": write HOST or HOST:PORT, without https:// and path',
    ],
    [
      'accelerators: [docker.m.daocloud.io]',
      '1:16: accelerators.0: "docker.m.daocloud.io" does not begin with https:// or http://: write it in full, such as https://docker.m.daocloud.io',
    ],
    [
      'accelerators: [https://a.b/c]',
      '1:16: accelerators.0: "https://a.b/c" has something behind the host: write the host alone, such as https://a.b',
    ],
    [
      'accelerators: [https://a.b, "https://u:p@a.c"]',
      '1:29: accelerators.1: it has a user name: no mirror is asked with a login; take it out',
    ],
    [
      'accelerators: ["https://a b"]',
      '1:16: accelerators.0: not a host: "a b": write such as https://docker.m.daocloud.io',
    ],
    [
      'accelerators: [https://a.b, https://A.b/]',
      '1:29: accelerators.1: "https://A.b/" stands twice: take one of the two away',
    ],
    ['外: 1', '1:1: 外: unknown key: did you mean "out"?'],
    ['"\\ud800": 1', '1:1: a key holds half a character: correct its \\u escape'],
    ['lang: zn', '1:7: lang: "zn" is not known: write one of en, zh; did you mean "en"?'],
    [
      'registries:\n  a: { host: a.b, type: harbour }',
      '2:25: registries.a.type: "harbour" is not known: write one of aliyun, harbor, gitlab, dockerhub, plain; did you mean "harbor"?',
    ],
    [
      'registries:\n  a: { host: a.b, naming: 5 }',
      '2:27: registries.a.naming: 5 is not known: write one of flat, path, basename',
    ],
    ['registry: nope', '1:11: registry: unknown registry: "nope": write --registry HOST/NAMESPACE'],
    [
      'registries: { a: { host: a.b, id: 1 }, b: { host: b.b } }\nregistry: 2',
      '2:11: registry: unknown registry: "2": known are a (1), b',
    ],
  ])('%j', async (text, expected) => {
    expect(await refusals(text)).toEqual([expected])
  })

  it('tells all of them', async () => {
    expect(await refusals('compse: a\nlang: fr\nplatform: 5\n')).toHaveLength(3)
    expect(
      await refusals('registries: { a: { host: a }, b: { host: "x y" } }\nimages: { Foo: a }\n'),
    ).toHaveLength(3)
  })
})

describe('wrong types and values', () => {
  it.each([
    ['- a', '1:1: a list '],
    ['text', '1:1: "text" '],
    ['compose: 5', '1:10: compose: 5 '],
    ['compose: ""', '1:10: compose: "" '],
    ['compose: []', '1:10: compose: a list '],
    ['compose: [5]', '1:11: compose.0: 5 '],
    ['compose:', '1:9: compose: null '],
    ['compose: "a\\0b"', '1:10: compose: "a\\u0000b" '],
    ['out: "a\\0b"', '1:6: out: "a\\u0000b" '],
    ['ignore: "\\0"', '1:9: ignore: "\\u0000" '],
    ['env-file: ["\\0"]', '1:12: env-file.0: "\\u0000" '],
    ['env-file: a.env', '1:11: env-file: "a.env" '],
    ['env-file: [a.env, 5]', '1:19: env-file.1: 5 '],
    ['profiles: web', '1:11: profiles: "web" '],
    ['platform: linux', '1:11: platform: "linux" '],
    ['platform: "linux/amd64; id"', '1:11: platform: "linux/amd64; id" '],
    ['pin: yes', '1:6: pin: "yes" must be boolean: Whether '],
    ['registry: 1.5', '1:11: registry: 1.5 '],
    ['registry: true', '1:11: registry: true '],
    ['registries: [a]', '1:13: registries: a list '],
    ['registries: { a: text }', '1:18: registries.a: "text" '],
    ['registries: { a: {} }', '1:18: registries.a: it has no "host"'],
    ['registries: { a: { host: 5 } }', '1:26: registries.a.host: 5 '],
    ['registries: { a: { host: a.b, id: -1 } }', '1:35: registries.a.id: -1 '],
    ['registries: { a: { host: a.b, id: x } }', '1:35: registries.a.id: "x" '],
    ['registries: { "a b": { host: a.b } }', '1:15: registries.a b: not a name: '],
    ['registries: { "../a": { host: a.b } }', '1:15: registries.../a: not a name: '],
    ['registries: { __proto__: { host: a.b } }', '1:15: registries.__proto__: not a name: '],
    ['images: [a]', '1:9: images: a list '],
    ['images: { nginx: 5 }', '1:18: images.nginx: 5 '],
    ['images: { nginx: "" }', '1:18: images.nginx: "" '],
  ])('%j', async (text, beginning) => {
    const [line = '', ...others] = await refusals(text)
    expect(others).toEqual([])
    expect(line.slice(0, beginning.length)).toBe(beginning)
  })

  it.each([
    ['registries:\n  a: { host: harbor }', '2:6: registries.a: Docker would send "harbor/…" to Docker Hub'],
    ['registries:\n  a: { host: "https://a.b" }', '2:6: registries.a: not a registry host: "https://a.b"'],
    ['registries:\n  a: { host: a.b, type: harbor }', '2:6: registries.a: "a.b" has no namespace'],
    ['registries:\n  a: { host: a.b, namespace: A }', '2:6: registries.a: not a namespace: "A"'],
    ['registries:\n  a: { host: docker.io, namespace: me }', '2:6: registries.a: "docker.io" is Docker Hub'],
    [
      'registries:\n  a: { host: a.b, vpc-host: vpc }',
      '2:6: registries.a: Docker would send "vpc/…" to Docker Hub',
    ],
    [
      'registries:\n  a: { host: a.b, vpc-host: docker.io, namespace: me }',
      '2:6: registries.a: "docker.io" is Docker Hub',
    ],
    [
      'registries:\n  a: { host: a.b, username-env: A_USER }',
      '2:6: registries.a: "username-env" stands without "password-env": add "password-env", the name of ',
    ],
    [
      'registries:\n  a: { host: a.b, password-env: A_PASSWORD }',
      '2:6: registries.a: "password-env" stands without "username-env": add "username-env", the name of ',
    ],
    [
      'registries:\n  a: { host: a.b, insecure: 1 }',
      '2:29: registries.a.insecure: 1 must be boolean: Whether ',
    ],
    [
      'registries:\n  a: { host: a.b, username-env: "a b" }',
      '2:33: registries.a.username-env: "a b" is not allowed',
    ],
    [
      'registries:\n  a: { host: hub.docker.com, type: dockerhub, namespace: me }',
      '2:6: registries.a: images of Docker Hub have no names under "hub.docker.com": write "host: docker.io"',
    ],
    ['images: { "nginx:1": a }', '1:22: images.nginx:1: "nginx:1" names one tag'],
    [
      'images: { Foo: a }',
      '1:16: images.Foo: not an image reference: "Foo": repository names are lower case',
    ],
    ['registry: docker.io/me', '1:11: registry: "docker.io" is Docker Hub'],
    ['via: [a.b, "https://m.daocloud.io"]', '1:12: via.1: not a registry host: "https:"'],
    ['via: [mirror/hub]', '1:7: via.0: Docker would send "mirror/…" to Docker Hub'],
    ['via: [a.b/]', '1:7: via.0: not a path of a registry: ""'],
    ['deploy: { engine: docker }', '1:19: deploy.engine: "docker" is not allowed: The oldest engine there'],
    ['deploy: { engine: rkt 1.0 }', '1:19: deploy.engine: "rkt 1.0" is not allowed'],
    ['deploy: { engin: docker 20.10 }', '1:11: deploy.engin: unknown key: did you mean "engine"?'],
  ])('%j', async (text, beginning) => {
    const [line = '', ...others] = await refusals(text)
    expect(others).toEqual([])
    expect(line.slice(0, beginning.length)).toBe(beginning)
  })

  it('lets no entry hide another', async () => {
    const ids =
      'registries:\n  a: { host: a.b, id: 1 }\n  b: { host: b.b, id: 1 }\n  c: { host: c.b, id: 1 }\n'
    expect(await refusals(ids)).toEqual([
      '3:3: registries: "b" and "a" both have the id 1: change one of the two',
      '4:3: registries: "c" and "a" both have the id 1: change one of the two',
    ])
    expect(await refusals('images: { nginx: a, docker.io/library/nginx: b }')).toEqual([
      '1:21: images: "docker.io/library/nginx" and "nginx" are both docker.io/library/nginx: change one of the two',
    ])
  })
})

describe('passwords', () => {
  it.each([
    ['password: hunter2', '1:1: password: unknown key'],
    ['registries:\n  a:\n    host: a.b\n    password: hunter2', '4:5: registries.a.password: unknown key'],
    ['registries:\n  a:\n    password: hunter2', '3:5: registries.a: it has no "host"'],
    ['registries:\n  a:\n    - hunter2', '3:5: registries.a: a list '],
    ['images:\n  nginx: { password: hunter2 }', '2:10: images.nginx: a mapping '],
    [
      'registries:\n  a: { host: a.b, password-env: "hunter2!" }',
      '2:33: registries.a.password-env: its value is not allowed',
    ],
    [
      'registries:\n  a: { host: a.b, password-env: [hunter2] }',
      '2:33: registries.a.password-env: its value must be string',
    ],
    ['registryToken: { token: hunter2 }', '1:1: registryToken: unknown key'],
  ])('shows no value of %j', async (text, beginning) => {
    const lines = await refusals(text)
    expect(lines.join('\n')).not.toContain('hunter2')
    expect(lines[0]?.slice(0, beginning.length)).toBe(beginning)
  })

  it('says where they belong', async () => {
    const [line = ''] = await refusals('registries:\n  a: { host: a.b, passwd: hunter2 }\n')
    expect(line).toContain('no key holds a secret')
    expect(line).toContain('docker login')
    expect(line).toContain('"password-env"')
  })
})

describe('what is not YAML', () => {
  it.each([
    ['a: b: c', '1:4: '],
    ['compose: "a', '1:12: '],
    ['lang: en\n\tout: a', '2:1: '],
    ['lang: en\nlang: zh', '2:1: '],
    ['lang: en\n---\nlang: zh', '2:1: the file has several documents'],
    ['lang: *x', '1:7: no anchor &x stands before this alias'],
    ['images: &a { x: *a }', '1:17: the alias *a leads back to itself'],
    ['? [a]\n: b', '1:3: '],
  ])('%j', async (text, beginning) => {
    const [line = ''] = await refusals(text)
    expect(line.slice(0, beginning.length)).toBe(beginning)
    expect(line).not.toMatch(/[\n\r]/)
  })

  it.each(['[', '{a: ', '- '])('is too deep with many %j', async unit => {
    expect(await refusals(`images:\n  ${unit.repeat(2_000)}`)).toEqual([
      expect.stringMatching(/^\d+:\d+: the file is nested too deeply to be read$/),
    ])
  })

  it('ends soon on an alias bomb', async () => {
    const lines = Array.from({ length: 20 }, (_, i) => `x${i + 1}: &x${i + 1} [${`*x${i}, `.repeat(10)}]\n`)
    const [line = ''] = await refusals(`x0: &x0 [lol]\n${lines.join('')}`)
    expect(line).toContain('its aliases stand for more than 10000 values')
  })
})

it('reads or refuses whatever has the form of a configuration', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 5 }),
    fc.constantFrom('a', 'a.b', '5', '%', '__proto__'),
  )
  const value = fc.oneof(text, fc.integer(), fc.constant(null), fc.array(text, { maxLength: 2 }))
  const registry = fc.dictionary(fc.oneof(fc.constantFrom('host', 'namespace', 'type', 'id'), text), value)
  const key = fc.oneof(
    fc.constantFrom('compose', 'lang', 'env-file', 'profiles', 'registry', 'platform'),
    text,
  )
  const config = fc.record({
    registries: fc.dictionary(text, fc.oneof(registry, value), { maxKeys: 3 }),
    images: fc.dictionary(text, value, { maxKeys: 3 }),
    rest: fc.dictionary(key, value, { maxKeys: 3 }),
  })
  await fc.assert(
    fc.asyncProperty(config, async ({ registries, images, rest }) => {
      const written = JSON.stringify({ registries, images, ...rest })
      const lines = await refusals(written).catch(error => (error as Error).message.slice(0, 11))
      for (const line of Array.isArray(lines) ? lines : []) expect(line).toMatch(/^1:\d+: [^\n\r]+$/)
      if (!Array.isArray(lines)) expect(lines).toBe('not refused')
    }),
    { numRuns: 80 },
  )
})

describe('findRegistry', () => {
  it('takes a name, an id and an address for one', async () => {
    const config = await read(WHOLE)
    expect(findRegistry(config, '5')).toBe(findRegistry(config, 'harbor'))
    expect(findRegistry(config, '1').name).toBe('aliyun')
    expect(findRegistry(config, 'new.example.com/team')).toMatchObject({ name: 'target', namespace: 'team' })
  })

  it.each(['', '2', 'Harbor', 'harbor '])('refuses %j, and names those that are there', async wanted => {
    const config = await read(WHOLE)
    const thrown = thrownBy(() => findRegistry(config, wanted))
    expect(thrown).toBeInstanceOf(Invalid)
    expect(thrown).toMatchObject({
      what: `unknown registry: "${wanted}"`,
      cure: 'known are aliyun (1), harbor (5), gitlab, hub, plain',
    })
  })
})
