import { relative } from 'node:path'
import { registryPrefix } from './alias.ts'
import { readData } from './core/assets.ts'
import { comment } from './core/bash.ts'
import { type Generator, inputName } from './core/generator.ts'
import type { OutputFile } from './core/output.ts'
import type { RelayPlan } from './core/plan.ts'
import { InputError, Invalid } from './core/problem.ts'
import { formatReference } from './core/reference.ts'
import { entry, flow, scalar } from './core/scalar.ts'
import { render, type View } from './core/template.ts'
import { mirrorLayout } from './mirror-compose.ts'
import { pullScript } from './pull.ts'
import { pushScript } from './push.ts'

export const workflows: Generator = {
  name: 'workflows',
  summary: 'workflows for GitHub that relay the images, and build and push what is built',
  usual: false,
  files: plan => {
    try {
      const relay = workflow(plan, 'relay.yml', 'it relays images', relayView(plan))
      const build = () => workflow(plan, 'build-and-push.yml', 'it builds and pushes images', buildView(plan))
      return plan.builds.length === 0 ? [relay] : [relay, build()]
    } catch (error) {
      if (!(error instanceof Invalid)) throw error
      throw new InputError([{ at: null, where: 'workflows', what: error.what, cure: error.cure }])
    }
  },
}

/** More runners than this are no faster at a registry that counts requests. */
const MOST_SHARDS = 4

function relayView(plan: RelayPlan): View {
  const shards = Math.min(MOST_SHARDS, Math.max(1, plan.relays.length))
  return {
    pull: scalar(pullScript(plan)),
    push: scalar(pushScript(plan)),
    shards: Array.from({ length: shards }, (_, index) => scalar(String(index + 1))),
  }
}

/** The commands of README.md for the mirror, taken apart. */
function buildView(plan: RelayPlan): View {
  const { folder, files, root, projectDirectory } = mirrorLayout(plan)
  return {
    project: scalar(plan.project.name),
    mirror: scalar(folder === null ? (files[0] ?? '') : `${folder}/.`),
    root: scalar(relative(plan.out, root) || '.'),
    directory: scalar(projectDirectory),
    files: scalar(files.join('\n')),
    builds: plan.builds.map(({ services, to, platform }) =>
      flow({ services: services.join(' '), image: formatReference(to), platform }),
    ),
  }
}

function workflow(plan: RelayPlan, file: string, what: string, view: View): OutputFile {
  const { host, namespace } = plan.registry
  if (namespace === null) {
    const cure = 'name one in relay.yaml, for ALIYUN_NAMESPACE to be held against'
    throw new Invalid(`the registry "${host}" has no namespace`, cure)
  }
  const { tag, commit } = (readData('actions') as Actions)['actions/checkout']
  const common = {
    file: comment(file),
    summary: comment(`${what} to ${registryPrefix(plan)}`),
    input: comment(inputName(plan)),
    registry: scalar(host),
    namespace: scalar(namespace),
    checkout: scalar(`actions/checkout@${commit}`),
    checkoutTag: comment(tag),
  }
  const content = render(file, { ...common, ...view }, plan.language, entry)
  return { path: `workflows/${file}`, content, executable: false }
}

/** templates/actions.yaml. */
interface Actions {
  readonly 'actions/checkout': { readonly tag: string; readonly commit: string }
}
