import { relative } from 'node:path'
import { word, words } from './core/bash.ts'
import { nameIn } from './core/compose/command.ts'
import { readNeeds } from './core/compose/needs.ts'
import { failureRows } from './core/failures.ts'
import { type Generator, script } from './core/generator.ts'
import { compare } from './core/order.ts'
import { type RelayPlan, targetsOf } from './core/plan.ts'
import { formatReference } from './core/reference.ts'
import { refuseOwnVariables } from './core/variables.ts'
import { mirrorLayout } from './mirror-compose.ts'
import { projectFields } from './test-build.ts'

export const testDeployment: Generator = {
  name: 'test-deployment',
  summary: 'the script that looks whether the project can be deployed: files, Compose, images',
  usual: false,
  files: plan => {
    const { project, registry } = plan
    const layout = mirrorLayout(plan)
    const view = {
      ...projectFields(plan),
      project: word(project.name),
      mirrorFolder: word(layout.folder ?? ''),
      mirrorRoot: word(relative(project.directory, layout.root) || '.'),
      mirrorProject: word(layout.projectDirectory),
      mirrorFlags: words(
        word('-p'),
        word(project.name),
        ...(project.envFiles ?? []).flatMap(path => [
          word('--env-file'),
          word(relative(project.directory, path)),
        ]),
      ),
      mirrorFiles: words(...layout.files.map(word)),
      registry: word(registry.host),
      insecure: word(registry.insecure ? 'yes' : ''),
      usernameEnv: word(registry.login?.username ?? ''),
      passwordEnv: word(registry.login?.password ?? ''),
      failures: failureRows(plan.language),
      sources: [...new Set(project.sources.map(({ path }) => nameIn(project.directory, path)))].map(word),
      needs: readNeeds(project).map(({ kind, path }) => words(word(kind), word(path))),
      mirrors: [...new Set(layout.paths.values())].map(word),
      images: imagesOf(plan).map(word),
    }
    return [refuseOwnVariables(script(plan, NAME, view), [registry])]
  },
}

export const TEST_DEPLOYMENT_SCRIPT = 'test-deployment-config.sh'

const NAME = {
  path: TEST_DEPLOYMENT_SCRIPT,
  template: TEST_DEPLOYMENT_SCRIPT,
  summary: 'looks whether the project can be deployed: its files, what Compose says of them, and the images',
}

/** What the mirror names at the registry, sorted. */
function imagesOf(plan: RelayPlan): readonly string[] {
  const built = plan.builds.map(({ to }) => formatReference(to))
  return [...new Set([...targetsOf(plan).values(), ...built])].sort(compare)
}
