import { registryPrefix } from './alias.ts'
import { word, words } from './core/bash.ts'
import { isOld } from './core/deploy-engine.ts'
import { failureRows } from './core/failures.ts'
import { type Generator, script } from './core/generator.ts'
import type { RelayPlan } from './core/plan.ts'
import { formatReference, shortReference } from './core/reference.ts'
import { refuseOwnVariables } from './core/variables.ts'
import { ownPlatform } from './pull.ts'

export const push: Generator = {
  name: 'push',
  summary: 'the script that pushes the images to the registry',
  usual: true,
  files: plan => [refuseOwnVariables(pushOutput(plan), [plan.registry])],
}

const pushOutput = (plan: RelayPlan) =>
  script(
    plan,
    {
      path: pushScript(plan),
      template: 'push-to-registry.sh',
      summary: `pushes the images of the project to ${registryPrefix(plan)}`,
    },
    {
      ...targetRegistry(plan),
      platform: word(plan.platform),
      oldEngine: word(oldEngine(plan)),
      failures: failureRows(plan.language),
      images: bothNames(plan),
    },
  )

/** The engine that the images are for, where that one cannot read all that an engine of today sends. */
export function oldEngine({ deployEngine }: RelayPlan): string {
  return deployEngine !== null && isOld(deployEngine) ? deployEngine : ''
}

/** The push script carries its registry in its name. */
export function pushScript({ registry }: RelayPlan): string {
  return `push-to-${registry.name}-registry.sh`
}

/** What a script has to know of the registry that the images go to. */
export function targetRegistry(plan: RelayPlan) {
  const { type, insecure, login } = plan.registry
  return {
    registry: word(registryPrefix(plan)),
    type: word(type),
    insecure: word(insecure ? 'yes' : ''),
    usernameEnv: word(login?.username ?? ''),
    passwordEnv: word(login?.password ?? ''),
  }
}

/** The images of a script, a line each: the name in the project and the one at the registry. */
export function bothNames(plan: RelayPlan) {
  return plan.relays.map(({ from, to, use }) =>
    words(word(shortReference(from)), word(formatReference(to)), ...ownPlatform(plan, use.platform)),
  )
}
