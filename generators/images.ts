import type { Generator } from './core/generator.ts'
import { compare } from './core/order.ts'
import { type RelayPlan, targetsOf } from './core/plan.ts'
import { familiarReference, formatReference } from './core/reference.ts'

export const images: Generator = {
  name: 'images',
  summary: 'the mapping of all images, as a table for people and tools',
  usual: true,
  files: plan => [{ path: IMAGES_TABLE, content: [COLUMNS, ...rows(plan)].join(''), executable: false }],
}

export const IMAGES_TABLE = 'images.tsv'

const COLUMNS = row('source', 'target', 'platform', 'state', 'services')

/** One line an image; `-` where there is no target. No value can hold a tab: references and names have a grammar. */
function rows(plan: RelayPlan): string[] {
  const targets = targetsOf(plan)
  const nameless = plan.builds
    .filter(({ use }) => use === null)
    .map(({ to, platform, services }) => row('-', formatReference(to), platform, 'built', services.join(',')))
  return [...plan.selection.images]
    .map(use => {
      const source = familiarReference(use.reference)
      return row(source, targets.get(use) ?? '-', use.platform, use.state, use.services.join(','))
    })
    .concat(nameless)
    .sort(compare)
}

function row(...values: readonly string[]): string {
  return `${values.join('\t')}\n`
}
