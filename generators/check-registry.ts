import { word, words } from './core/bash.ts'
import { failureRows } from './core/failures.ts'
import { type Generator, script } from './core/generator.ts'
import { targetOf } from './core/naming.ts'
import type { RelayPlan } from './core/plan.ts'
import { Invalid } from './core/problem.ts'
import { repositoryName } from './core/reference.ts'
import type { Registry } from './core/registry.ts'
import { refuseOwnVariables } from './core/variables.ts'

export const checkRegistry: Generator = {
  name: 'check-registry',
  summary: 'the script that asks a registry step by step whether it lets you in',
  usual: false,
  files: plan => {
    const registries = registriesOf(plan)
    const view = { failures: failureRows(plan.language), registries: registries.map(row(plan)) }
    return [refuseOwnVariables(script(plan, NAME, view), registries)]
  },
}

export const CHECK_SCRIPT = 'check-registry.sh'

const NAME = {
  path: CHECK_SCRIPT,
  template: CHECK_SCRIPT,
  summary: 'asks a registry step by step whether it can be reached, logged in to, pulled from and pushed to',
}

/** The target, then the others. */
function registriesOf({ registry, registries }: RelayPlan): readonly Registry[] {
  return [registry, ...registries.filter(({ name }) => name !== registry.name)]
}

const row = (plan: RelayPlan) => (registry: Registry) => {
  const { name, id, type, host, vpcHost, insecure, login } = registry
  const asked = [String(id ?? ''), type, host, vpcHost ?? '', repositoryAt(registry, plan)]
  const access = [insecure ? 'yes' : '', login?.username ?? '', login?.password ?? '']
  return words(...[name, ...asked, ...access].map(word))
}

/** A repository that the plan has there, or would have: the first one. */
function repositoryAt(registry: Registry, { relays, images }: RelayPlan): string {
  const unnamed = registry.namespace === null ? 'compose-relay' : `${registry.namespace}/compose-relay`
  const [first] = relays
  if (first === undefined) return unnamed
  try {
    return targetOf(first.from, registry, images.get(repositoryName(first.from)) ?? null).repository
  } catch (error) {
    if (error instanceof Invalid) return unnamed
    throw error
  }
}
