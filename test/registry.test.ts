import { describe, expect, it } from 'vitest'
import { Invalid } from '../generators/core/problem.ts'
import {
  checkRegistry,
  namingOfType,
  type Registry,
  registryOfAddress,
  typeOfHost,
  USUAL,
} from '../generators/core/registry.ts'
import { thrownBy } from './shared.ts'

function refusalOf(run: () => unknown): string {
  const error = thrownBy(run)
  if (error instanceof Invalid) return `${error.what}: ${error.cure}`
  throw new Error('not refused', { cause: error })
}

describe('registryOfAddress', () => {
  it.each([
    [
      'registry.cn-heyuan.aliyuncs.com/yarnb-docker-mirrors',
      {
        name: 'aliyun',
        type: 'aliyun',
        host: 'registry.cn-heyuan.aliyuncs.com',
        namespace: 'yarnb-docker-mirrors',
      },
    ],
    [
      'harbor.example.com/team',
      { name: 'target', type: 'plain', host: 'harbor.example.com', namespace: 'team' },
    ],
    ['10.0.0.7:5000/a/b', { name: 'target', type: 'plain', host: '10.0.0.7:5000', namespace: 'a/b' }],
    ['localhost/a', { name: 'target', type: 'plain', host: 'localhost', namespace: 'a' }],
    ['registry:5000/', { name: 'target', type: 'plain', host: 'registry:5000', namespace: null }],
    ['[fd00::7]:5000/a', { name: 'target', type: 'plain', host: '[fd00::7]:5000', namespace: 'a' }],
  ])('reads %s', (address, expected) => {
    expect(registryOfAddress(address)).toEqual({ id: null, naming: 'flat', ...USUAL, ...expected })
  })

  it.each([
    [
      'harbor/team',
      'Docker would send "harbor/…" to Docker Hub: it has no dot and no port: write its full name, such as "harbor.example.com"',
    ],
    [
      'HARBOR/team',
      'Docker would send "HARBOR/…" to Docker Hub: it has no dot and no port: write its full name, such as "HARBOR.example.com"',
    ],
    ['docker.io/team', '"docker.io" is Docker Hub: say so by "type: dockerhub", or name another host'],
    [
      'index.docker.io/team',
      '"index.docker.io" is Docker Hub: say so by "type: dockerhub", or name another host',
    ],
    [
      'Registry-1.Docker.io/team',
      '"Registry-1.Docker.io" is Docker Hub: say so by "type: dockerhub", or name another host',
    ],
    [
      'https://harbor.example.com/team',
      'not a registry host: "https:": write HOST or HOST:PORT, without https:// and path',
    ],
    ['/team', 'not a registry host: "": write HOST or HOST:PORT, without https:// and path'],
    ['a b.com/team', 'not a registry host: "a b.com": write HOST or HOST:PORT, without https:// and path'],
    [
      '$(id).com/team',
      'not a registry host: "$(id).com": write HOST or HOST:PORT, without https:// and path',
    ],
    ['-rf.com/team', 'not a registry host: "-rf.com": write HOST or HOST:PORT, without https:// and path'],
    [
      'my_hub.lan/team',
      'not a registry host: "my_hub.lan": write HOST or HOST:PORT, without https:// and path',
    ],
    ['a.com:x/team', 'not a registry host: "a.com:x": write HOST or HOST:PORT, without https:// and path'],
    [
      'user@a.com/team',
      'not a registry host: "user@a.com": write HOST or HOST:PORT, without https:// and path',
    ],
    ['a.com/Team', 'not a namespace: "Team": lower case letters and digits, joined by ".", "_", "-" or "/"'],
    [
      'a.com/team/',
      'not a namespace: "team/": lower case letters and digits, joined by ".", "_", "-" or "/"',
    ],
    [
      'a.com//team',
      'not a namespace: "/team": lower case letters and digits, joined by ".", "_", "-" or "/"',
    ],
    [
      'a.com/../team',
      'not a namespace: "../team": lower case letters and digits, joined by ".", "_", "-" or "/"',
    ],
    [
      "a.com/'; id",
      'not a namespace: "\'; id": lower case letters and digits, joined by ".", "_", "-" or "/"',
    ],
    [
      'registry.cn-x.aliyuncs.com/',
      '"registry.cn-x.aliyuncs.com" has no namespace: write the namespace after it',
    ],
    [
      'registry.cn-x.aliyuncs.com/a/b',
      'not an Aliyun namespace: "a/b": it has 2 to 120 characters and no "/"',
    ],
    ['registry.cn-x.aliyuncs.com/a', 'not an Aliyun namespace: "a": it has 2 to 120 characters and no "/"'],
    [
      `registry.cn-x.aliyuncs.com/${'a'.repeat(121)}`,
      `not an Aliyun namespace: "${'a'.repeat(121)}": it has 2 to 120 characters and no "/"`,
    ],
  ])('refuses %s', (address, expected) => {
    expect(refusalOf(() => registryOfAddress(address))).toBe(expected)
  })

  it('takes the shortest and the longest namespace of Aliyun', () => {
    for (const namespace of ['ab', 'a'.repeat(120)])
      expect(registryOfAddress(`registry.cn-x.aliyuncs.com/${namespace}`)).toMatchObject({ namespace })
  })

  it('has a limit for hosts', () => {
    const host = `${'a.'.repeat(200)}com`
    expect(refusalOf(() => registryOfAddress(`${host}/team`))).toContain('not a registry host')
  })
})

describe('checkRegistry', () => {
  const registry: Registry = {
    name: 'r',
    id: null,
    host: 'r.example.com',
    namespace: null,
    type: 'plain',
    naming: 'flat',
    ...USUAL,
  }

  it.each([
    ['harbor', 'write the project after it'],
    ['gitlab', 'write group and project after it'],
    ['aliyun', 'write the namespace after it'],
    ['dockerhub', 'write your user or organisation after it'],
  ] as const)('wants a namespace for %s', (type, cure) => {
    const host = type === 'dockerhub' ? 'docker.io' : registry.host
    const refusal = refusalOf(() => checkRegistry({ ...registry, host, type }))
    expect(refusal).toBe(`"${host}" has no namespace: ${cure}`)
    expect(checkRegistry({ ...registry, host, type, namespace: 'team' })).toMatchObject({ type })
  })

  it('takes a plain registry without namespace', () => {
    expect(checkRegistry(registry)).toBe(registry)
  })

  it('takes Docker Hub where it is named as such', () => {
    const hub = { ...registry, host: 'docker.io', namespace: 'me', type: 'dockerhub' } as const
    expect(checkRegistry(hub)).toBe(hub)
  })
})

it.each([
  ['registry.cn-heyuan.aliyuncs.com', 'aliyun'],
  ['registry-vpc.cn-heyuan.aliyuncs.com:443', 'aliyun'],
  ['crpi-6zoy4d1jjyh0za6c.cn-hangzhou.personal.cr.aliyuncs.com', 'aliyun'],
  ['acme-registry.cn-shanghai.cr.aliyuncs.com', 'aliyun'],
  ['Registry.CN-Heyuan.AliyunCS.com', 'aliyun'],
  ['aliyuncs.com.example.org', 'plain'],
  ['notaliyuncs.com', 'plain'],
  ['harbor.example.com', 'plain'],
])('%s is %s', (host, type) => {
  expect(typeOfHost(host)).toBe(type)
})

it('gives folders to Harbor and GitLab only', () => {
  const types = ['aliyun', 'harbor', 'gitlab', 'dockerhub', 'plain'] as const
  expect(types.map(namingOfType)).toEqual(['flat', 'path', 'path', 'flat', 'flat'])
})
