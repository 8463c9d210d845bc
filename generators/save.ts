import { word } from './core/bash.ts'
import { failureRows } from './core/failures.ts'
import { type Generator, script } from './core/generator.ts'
import type { RelayPlan } from './core/plan.ts'
import { setFolder } from './load.ts'
import { bothNames, oldEngine } from './push.ts'

export const SAVE_SCRIPT = 'save-images.sh'

export const save: Generator = {
  name: 'save',
  summary: 'the script that saves the images into files, for sites that no network reaches',
  usual: false,
  files: plan => [saveOutput(plan)],
}

const saveOutput = (plan: RelayPlan) =>
  script(
    plan,
    {
      path: SAVE_SCRIPT,
      template: 'save-images.sh',
      summary: 'saves the images of the project into files, for sites that no network reaches',
    },
    {
      folder: word(setFolder(plan)),
      platform: word(plan.platform),
      oldEngine: word(oldEngine(plan)),
      failures: failureRows(plan.language),
      images: bothNames(plan),
    },
  )
