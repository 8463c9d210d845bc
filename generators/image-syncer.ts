import { word } from './core/bash.ts'
import { accessOf, hostRefusal, planFile, type Share, sharesOf } from './core/engine-plan.ts'
import type { Generator } from './core/generator.ts'
import { sentence } from './core/messages.ts'
import type { RelayPlan } from './core/plan.ts'
import { InputError } from './core/problem.ts'
import { formatReference } from './core/reference.ts'
import { addressOf, type Registry } from './core/registry.ts'

/**
 * Rules SOURCE: TARGET of https://github.com/AliyunContainerService/image-syncer#image-sync-configuration-file. Where
 * the source has tag and digest, image-syncer takes it by the digest; a target with a tag gets that tag.
 */
export const imageSyncer: Generator = {
  name: 'image-syncer',
  summary: 'a plan for image-syncer, which copies from registry to registry',
  usual: false,
  files: plan => {
    const problems = plan.relays.flatMap(relay => hostRefusal(relay, 'image-syncer', 'take regsync') ?? [])
    if (problems.length > 0) throw new InputError(problems)
    return sharesOf(plan, 'image-syncer').map(share => {
      const { path, platform, relays } = share
      const holes = [platform, command(share), loginLines(plan, share)]
      const rules = new Map(relays.map(({ from, to }) => [formatReference(from), formatReference(to)]))
      return planFile(plan, path, [sentence('MSG_PLAN_IMAGE_SYNCER', plan.language, ...holes)], rules)
    })
  },
}

/** Without the variant, which image-syncer does not find in OCI indexes: it would leave these out without failing. */
function command({ path, platform }: Share): string {
  const [os = '', arch = ''] = platform.split('/')
  return [
    'image-syncer',
    `--images=${path}`,
    '--auth=auth.yaml',
    `--os=${os}`,
    `--arch=${arch}`,
    '--retries=3',
  ]
    .map(word)
    .join(' ')
}

function loginLines(plan: RelayPlan, { relays }: Share): string {
  return accessOf(plan, relays).flatMap(entry).join('\n  ')
}

function entry(registry: Registry): string[] {
  const { username, password } = registry.login ?? OWN
  return [
    `${addressOf(registry)}:`,
    `  username: "\${${username}}"`,
    `  password: "\${${password}}"`,
    ...(registry.insecure ? ['  insecure: true'] : []),
  ]
}

/** The names of variables where relay.yaml has none. */
const OWN = { username: 'REGISTRY_USERNAME', password: 'REGISTRY_PASSWORD' }
