import { registryPrefix } from './alias.ts'
import { comment, word, words } from './core/bash.ts'
import { failureRows } from './core/failures.ts'
import { type Generator, script } from './core/generator.ts'
import type { RelayPlan } from './core/plan.ts'
import { refuseOwnVariables } from './core/variables.ts'
import { bothNames, targetRegistry } from './push.ts'

export const relayImages: Generator = {
  name: 'relay-images',
  summary: 'the script that copies the images from registry to registry, without an engine',
  usual: false,
  files: plan => [refuseOwnVariables(relayOutput(plan), [plan.registry])],
}

export const RELAY_SCRIPT = 'relay-images.sh'

const relayOutput = (plan: RelayPlan) =>
  script(
    plan,
    {
      path: RELAY_SCRIPT,
      template: RELAY_SCRIPT,
      summary: `copies the images of the project straight to ${registryPrefix(plan)}`,
    },
    {
      requires: comment('skopeo, crane or regctl'),
      ...targetRegistry(plan),
      platform: word(plan.platform),
      via: words(...plan.via.map(word)),
      failures: failureRows(plan.language),
      images: bothNames(plan),
    },
  )
