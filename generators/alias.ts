import { word, words } from './core/bash.ts'
import { type Generator, script } from './core/generator.ts'
import type { RelayPlan } from './core/plan.ts'
import { formatReference, shortReference } from './core/reference.ts'

export const alias: Generator = {
  name: 'alias',
  summary: 'the script that gives each image all names that something asks for',
  usual: true,
  files: plan => [
    script(
      plan,
      {
        path: ALIAS_SCRIPT,
        template: ALIAS_SCRIPT,
        summary: 'gives images the names that something may ask for, from whichever name is here',
      },
      {
        harbor: word(registryPrefix(plan)),
        naming: word(plan.registry.naming),
        insecure: word(plan.alias.harbor?.insecure ? 'yes' : ''),
        networkVariable: word(plan.alias.networkVariable),
        probes: words(...plan.alias.probe.map(word)),
        images: plan.relays
          .filter(({ from }) => from.tag !== null)
          .map(({ from, to }) =>
            words(
              word(shortReference({ ...from, digest: null })),
              word(formatReference(to).slice(registryPrefix(plan).length + 1)),
            ),
          ),
      },
    ),
  ],
}

export const ALIAS_SCRIPT = 'tag-image-smart.sh'

/** Host and namespace, as they stand before every target name. */
export function registryPrefix({ registry: { host, namespace } }: RelayPlan): string {
  return namespace === null ? host : `${host}/${namespace}`
}
