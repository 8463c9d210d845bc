import { describe, expect, it } from 'vitest'
import { USUAL } from '../generators/core/registry.ts'
import { GENERATORS } from '../generators/index.ts'
import { linesOf, plan } from './project.ts'
import { thrownBy } from './shared.ts'

const ACME = {
  name: 'acme',
  id: null,
  host: 'acme.example.com',
  namespace: 'team',
  type: 'plain',
  naming: 'flat',
} as const

/** What the outputs that log in say of these variables. */
function refusals(username: string, password: string): string[] {
  const registry = { ...ACME, ...USUAL, login: { username, password } }
  const relay = plan('services: { a: { image: nginx } }', { registry, registries: [registry] })
  return GENERATORS.filter(({ name }) => ['push', 'check-registry'].includes(name)).flatMap(generator => {
    const error = thrownBy(() => generator.files(relay))
    return error === undefined ? [] : linesOf(error)
  })
}

describe('the variables of a login', () => {
  it.each(['ALIYUN_USERNAME', 'REGISTRY_USER', 'CI_REGISTRY_PASSWORD', 'USER', 'TOKEN', '_X'])(
    'may be %s',
    name => {
      expect(refusals(name, 'ACME_PASSWORD')).toEqual([])
    },
  )

  it.each(['REGISTRY_HOST', 'USERNAME', 'WORK', 'name', 'DETAIL', 'UID', 'PATH', 'REPLY', 'host'])(
    'are refused where the script sets %s itself',
    name => {
      const line = `registries.acme: "${name}" is a variable that the script sets itself: choose another name, such as "ACME_PASSWORD"`
      expect(refusals('ACME_USERNAME', name)).toEqual([line, line])
    },
  )
})
