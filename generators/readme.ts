import { ALIAS_SCRIPT, registryPrefix } from './alias.ts'
import { CHECK_SCRIPT } from './check-registry.ts'
import { comment, word, words } from './core/bash.ts'
import { sharesOf } from './core/engine-plan.ts'
import { type Generator, inputName } from './core/generator.ts'
import { cell, code } from './core/markdown.ts'
import { type RelayPlan, targetsOf } from './core/plan.ts'
import { familiarReference, formatReference } from './core/reference.ts'
import type { ImageUse } from './core/select.ts'
import { render, type View } from './core/template.ts'
import { DEPLOY_SCRIPT } from './deploy.ts'
import { IMAGES_TABLE } from './images.ts'
import { LOAD_SCRIPT } from './load.ts'
import { mirrorLayout } from './mirror-compose.ts'
import { pullScript } from './pull.ts'
import { pushScript } from './push.ts'
import { REGSYNC_PLAN } from './regsync.ts'
import { RELAY_SCRIPT } from './relay-images.ts'
import { SAVE_SCRIPT } from './save.ts'
import { SETUP_MIRROR_SCRIPT } from './setup-mirror.ts'
import { TEST_BUILD_SCRIPT } from './test-build.ts'
import { TEST_DEPLOYMENT_SCRIPT } from './test-deployment.ts'

export const readme: Generator = {
  name: 'readme',
  summary: 'what each file is, and the commands in order',
  usual: true,
  files: plan => [
    {
      path: 'README.md',
      content: render(`README.${plan.language}.md`, view(plan), plan.language),
      executable: false,
    },
  ],
}

/** The two that bring images to where no network leads. */
const CARRY_SCRIPTS = `${SAVE_SCRIPT}, ${LOAD_SCRIPT}`

function view(plan: RelayPlan): View {
  const [pull, push, mirror] = [pullScript(plan), pushScript(plan), mirrorLayout(plan)]
  const place = code(mirror.folder === null ? (mirror.files[0] ?? '') : `${mirror.folder}/`)
  const input = code(inputName(plan))
  return {
    project: cell(plan.project.name),
    input,
    registry: code(registryPrefix(plan)),
    pullCell: code(pull),
    pushCell: code(push),
    mirrorCell: place,
    mirror: word(mirror.folder === null ? (mirror.files[0] ?? '') : `${mirror.folder}/.`),
    aliasCell: code(ALIAS_SCRIPT),
    imagesCell: code(IMAGES_TABLE),
    pull: word(pull),
    push: word(push),
    directory: word(mirror.projectDirectory),
    files: words(...mirror.files.flatMap(file => [word('-f'), word(file)])),
    alias: word(ALIAS_SCRIPT),
    host: word(plan.registry.host),
    name: word(plan.project.name),
    images: rows(plan),
    registryName: word(registryPrefix(plan)),
    upBy: comment(plan.outputs.includes('deploy') ? DEPLOY_SCRIPT : 'docker compose up'),
    relayedBy: plan.outputs.includes('relay-images') ? [comment(RELAY_SCRIPT)] : [],
    carriedBy: ['save', 'load'].every(name => plan.outputs.includes(name)) ? [comment(CARRY_SCRIPTS)] : [],
    checkRegistry: cellOf(plan, 'check-registry', CHECK_SCRIPT),
    relayImages: cellOf(plan, 'relay-images', RELAY_SCRIPT),
    testBuild: cellOf(plan, 'test-build', TEST_BUILD_SCRIPT),
    testDeployment: cellOf(plan, 'test-deployment', TEST_DEPLOYMENT_SCRIPT),
    deploy: cellOf(plan, 'deploy', DEPLOY_SCRIPT),
    save: cellOf(plan, 'save', SAVE_SCRIPT),
    load: cellOf(plan, 'load', LOAD_SCRIPT),
    setupMirror: cellOf(plan, 'setup-mirror', SETUP_MIRROR_SCRIPT),
    workflows: cellOf(plan, 'workflows', 'workflows/'),
    imageSyncer: sharesOf(plan, 'image-syncer').flatMap(({ path }) => cellOf(plan, 'image-syncer', path)),
    regsync: cellOf(plan, 'regsync', REGSYNC_PLAN),
    skopeoSync: sharesOf(plan, 'skopeo-sync').flatMap(({ path }) => cellOf(plan, 'skopeo-sync', path)),
  }
}

/** The file of an output that is written only where it is wanted, or nothing. */
function cellOf({ outputs }: RelayPlan, output: string, file: string) {
  return outputs.includes(output) ? [code(file)] : []
}

function rows(plan: RelayPlan) {
  const targets = targetsOf(plan)
  const nameless = plan.builds.filter(({ use }) => use === null)
  return [
    ...plan.selection.images.map(use => row(use, targets.get(use))),
    ...nameless.map(({ to, platform, services }) => ({
      source: cell(''),
      target: code(formatReference(to)),
      platform: cell(platform),
      state: cell('built'),
      services: cell(services.join(', ')),
    })),
  ]
}

function row(use: ImageUse, to: string | undefined) {
  return {
    source: code(familiarReference(use.reference)),
    target: to === undefined ? cell('') : code(to),
    platform: cell(use.platform),
    state: cell(use.state),
    services: cell(use.services.join(', ')),
  }
}
