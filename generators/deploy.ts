import { join, relative } from 'node:path'
import { ALIAS_SCRIPT } from './alias.ts'
import { type Words, word, words } from './core/bash.ts'
import { commonFolder, type DeployedPath, planDeployment } from './core/deployment.ts'
import { failureRows } from './core/failures.ts'
import { type Generator, script } from './core/generator.ts'
import { compare } from './core/order.ts'
import type { RelayPlan } from './core/plan.ts'
import { mirrorLayout } from './mirror-compose.ts'

export const deploy: Generator = {
  name: 'deploy',
  summary: 'the script that brings the project to hosts and runs it there',
  usual: false,
  files: plan => {
    const { root, folder, paths, files } = mirrorLayout(plan)
    const base = commonFolder(root, plan.project.directory)
    const { services, images, paths: needed, elsewhere } = planDeployment(plan, base)
    const place = (name: string) => relative(base, join(root, name))
    const generated = [
      words(word(ALIAS_SCRIPT), word(ALIAS_SCRIPT)),
      ...[...paths.values()].map(name => words(word(join(folder ?? '', name)), word(place(name)))),
    ]
    return [
      script(plan, NAME, {
        project: word(plan.project.name),
        host: word(plan.registry.host),
        insecure: word(plan.registry.insecure ? 'yes' : ''),
        vpcHost: word(plan.registry.vpcHost ?? ''),
        profiles: word(plan.project.profiles.join(',')),
        projectDirectory: word(relative(plan.out, base) || '.'),
        composeFlags: composeFlags(plan, base, files.map(place)),
        aliases: word(aliasesFit(plan) ? 'yes' : ''),
        failures: failureRows(plan.language),
        services: services.map(({ name, needs, profiles }) =>
          words(word(name), ...listed('needs', needs), ...listed('profiles', profiles)),
        ),
        images: images.map(({ state, use, name, source, platform, services: names }) =>
          words(...[state, use, name, source, platform, ...names].map(word)),
        ),
        generated: generated.sort(compare),
        paths: needed.map(line),
        elsewhere: elsewhere.map(line),
      }),
    ]
  },
}

export const DEPLOY_SCRIPT = 'deploy-to-host.sh'

const NAME = {
  path: DEPLOY_SCRIPT,
  template: DEPLOY_SCRIPT,
  summary: 'brings the project to hosts, with the images of the registry, and runs it there',
}

function line({ kind, path, services }: DeployedPath): Words {
  return words(word(kind), word(path), ...services.map(word))
}

function listed(key: string, values: readonly string[]) {
  return values.length === 0 ? [] : [word(`${key}=${values.join(',')}`)]
}

/** How Compose is told of the project by somebody who stands in its folder on a host. */
function composeFlags({ project }: RelayPlan, base: string, files: readonly string[]): Words {
  return words(
    word('--project-directory'),
    word(relative(base, project.directory) || '.'),
    word('-p'),
    word(project.name),
    ...(project.envFiles ?? []).flatMap(path => [word('--env-file'), word(relative(base, path))]),
    ...files.flatMap(file => [word('-f'), word(file)]),
  )
}

/** The alias script looks for images where `alias.harbor` says: only there are those that a deployment has pulled. */
function aliasesFit({ alias, registry }: RelayPlan): boolean {
  const { harbor } = alias
  return (
    harbor !== null &&
    harbor.host === registry.host &&
    harbor.namespace === registry.namespace &&
    harbor.naming === registry.naming
  )
}
