import { word } from './core/bash.ts'
import { failureRows } from './core/failures.ts'
import { type Generator, script } from './core/generator.ts'
import type { RelayPlan } from './core/plan.ts'
import { bothNames } from './push.ts'

export const load: Generator = {
  name: 'load',
  summary: 'the script that loads a set of images into the engine of a host that no network reaches',
  usual: false,
  files: plan => [
    script(
      plan,
      {
        path: LOAD_SCRIPT,
        template: LOAD_SCRIPT,
        summary: 'loads a set of images that save-images.sh has made into the local container engine',
      },
      {
        platform: word(plan.platform),
        set: word(setFolder(plan)),
        pinned: word(plan.relays.some(({ digest }) => digest !== null) ? 'yes' : ''),
        failures: failureRows(plan.language),
        images: bothNames(plan),
      },
    ),
  ],
}

export const LOAD_SCRIPT = 'load-images.sh'

/** What the folder of a set of images is called where nobody names it. */
export function setFolder({ platform }: RelayPlan): string {
  return `images-${platform.replaceAll('/', '-')}`
}
