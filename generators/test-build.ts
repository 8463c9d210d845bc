import { relative } from 'node:path'
import { type Words, word, words } from './core/bash.ts'
import { composeFlags, profilesOf } from './core/compose/command.ts'
import { find } from './core/compose/node.ts'
import { failureRows } from './core/failures.ts'
import { type Generator, script } from './core/generator.ts'
import type { RelayPlan } from './core/plan.ts'
import { type TestBase, type TestBuild, testBases, testBuilds } from './core/test-builds.ts'

export const testBuild: Generator = {
  name: 'test-build',
  summary: 'the script that tries every build of the project, and leaves nothing of it',
  usual: false,
  files: plan => [
    script(plan, NAME, {
      ...projectFields(plan),
      version: word(versionOf(plan)),
      failures: failureRows(plan.language),
      bases: testBases(plan).map(baseLine),
      builds: testBuilds(plan).map(buildLine),
    }),
  ],
}

export const TEST_BUILD_SCRIPT = 'test-docker-build.sh'

const NAME = {
  path: TEST_BUILD_SCRIPT,
  template: TEST_BUILD_SCRIPT,
  summary: 'builds every service that Compose builds, under names of its own, and says how that went',
}

/** Where the project is, and how Compose is told of it. */
export function projectFields(plan: RelayPlan) {
  const { project, out } = plan
  return {
    projectDirectory: word(relative(out, project.directory) || '.'),
    composeFlags: composeFlags(project),
    profiles: word(profilesOf(project)),
  }
}

function versionOf({ project }: RelayPlan): string {
  const version = find(project.model, 'version')
  const text = version?.kind === 'scalar' ? String(version.value ?? '') : ''
  return /^[0-9.]+$/.test(text) ? text : ''
}

function baseLine({ image, platform, services }: TestBase): Words {
  return words(word(image), word(platform ?? ''), ...services.map(word))
}

function buildLine({ service, image, base, effects }: TestBuild): Words {
  return words(
    word(service),
    word(image),
    ...(base === null ? [] : [word(`base=${base}`)]),
    ...effects.map(key => word(`without=${key}`)),
  )
}
