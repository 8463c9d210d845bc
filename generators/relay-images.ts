import { registryPrefix } from './alias.ts'
import { comment, word, words } from './core/bash.ts'
import { failureRows } from './core/failures.ts'
import { type Generator, script } from './core/generator.ts'
import type { RelayPlan } from './core/plan.ts'
import { formatReference, shortReference } from './core/reference.ts'
import { refuseOwnVariables } from './core/variables.ts'
import { ownPlatform } from './pull.ts'

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
      registry: word(registryPrefix(plan)),
      type: word(plan.registry.type),
      insecure: word(plan.registry.insecure ? 'yes' : ''),
      usernameEnv: word(plan.registry.login?.username ?? ''),
      passwordEnv: word(plan.registry.login?.password ?? ''),
      platform: word(plan.platform),
      failures: failureRows(plan.language),
      images: plan.relays.map(({ from, to, use }) =>
        words(word(shortReference(from)), word(formatReference(to)), ...ownPlatform(plan, use.platform)),
      ),
    },
  )
