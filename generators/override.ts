import { imagesOnlyText } from './core/compose/images-only.ts'
import { type Generator, heading } from './core/generator.ts'
import { addedByPlan, renameByPlan } from './core/rename.ts'

export const override: Generator = {
  name: 'override',
  summary: 'a compose file of nothing but the images, to be the last -f',
  usual: false,
  files: plan => [
    {
      path: 'docker-compose-images.yaml',
      content: imagesOnlyText(plan.project, renameByPlan(plan), heading(plan, SUMMARY), addedByPlan(plan)),
      executable: false,
    },
  ],
}

const SUMMARY =
  'The images of the registry. Give it to Compose as the last -f, after the files of the project.'
