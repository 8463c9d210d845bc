import { word, words } from './core/bash.ts'
import { failureRows } from './core/failures.ts'
import { type Generator, script } from './core/generator.ts'
import type { RelayPlan } from './core/plan.ts'
import { shortReference } from './core/reference.ts'

export const pull: Generator = {
  name: 'pull',
  summary: 'the script that pulls the images into the local engine',
  usual: true,
  files: plan => [
    script(
      plan,
      {
        path: pullScript(plan),
        template: 'pull-all-images.sh',
        summary: 'pulls the images of the project into the local container engine',
      },
      {
        platform: word(plan.platform),
        via: words(...plan.via.map(word)),
        failures: failureRows(plan.language),
        images: plan.relays.map(({ from, use }) =>
          words(word(shortReference(from)), ...ownPlatform(plan, use.platform)),
        ),
      },
    ),
  ],
}

/** The pull script carries its platform in its name, so that nobody runs the wrong one. */
export function pullScript({ platform }: RelayPlan): string {
  return `pull-all-images-${platform.replaceAll('/', '-')}.sh`
}

/** The last word of an image's line, where it is for another platform than the rest. */
export function ownPlatform(plan: RelayPlan, platform: string) {
  return platform === plan.platform ? [] : [word(platform)]
}
