import { extname } from 'node:path'
import { rewriteImages } from './core/compose/rewrite.ts'
import { type Generator, inputName } from './core/generator.ts'
import type { RelayPlan } from './core/plan.ts'
import { formatReference, repositoryName } from './core/reference.ts'

export const mirrorCompose: Generator = {
  name: 'mirror',
  summary: 'the compose file with the images of the registry',
  files: plan => [{ path: mirrorFile(plan), content: mirror(plan), executable: false }],
}

/** docker-compose.yaml becomes docker-compose-mirror.yaml. */
export function mirrorFile(plan: RelayPlan): string {
  const name = inputName(plan)
  const extension = extname(name)
  return `${name.slice(0, name.length - extension.length)}-mirror${extension}`
}

function mirror({ project, relays }: RelayPlan): string {
  const targets = new Map(
    relays.flatMap(({ to, use }) => use.services.map(service => [service, to] as const)),
  )
  return rewriteImages(project, service => {
    const to = targets.get(service)
    return to === undefined ? null : { reference: formatReference(to), name: repositoryName(to) }
  })
}
