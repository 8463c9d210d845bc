import { relative } from 'node:path'
import { type Alias, planAliases } from './core/aliases.ts'
import { type Words, word, words } from './core/bash.ts'
import { readBuilds } from './core/compose/build.ts'
import { composeFlags } from './core/compose/command.ts'
import { failureRows } from './core/failures.ts'
import { type Generator, script } from './core/generator.ts'
import { compare } from './core/order.ts'
import type { RelayPlan } from './core/plan.ts'
import { parseReference, shortReference, withDefaultTag } from './core/reference.ts'
import { addressOf } from './core/registry.ts'

export const alias: Generator = {
  name: 'alias',
  summary: 'the script that gives each image all names that something asks for',
  usual: true,
  files: plan => {
    const { images, bases } = planAliases(plan)
    return [
      script(
        plan,
        {
          path: ALIAS_SCRIPT,
          template: ALIAS_SCRIPT,
          summary: 'gives images the names that something may ask for, from whichever name is here',
        },
        {
          harbor: word(plan.alias.harbor === null ? '' : addressOf(plan.alias.harbor)),
          naming: word((plan.alias.harbor ?? plan.registry).naming),
          insecure: word(plan.alias.harbor?.insecure ? 'yes' : ''),
          networkVariable: word(plan.alias.networkVariable),
          probes: words(...plan.alias.probe.map(word)),
          platform: word(plan.platform),
          project: word(plan.project.name),
          projectDirectory: word(relative(plan.out, plan.project.directory) || '.'),
          composeFlags: composeFlags(plan.project),
          failures: failureRows(plan.language),
          builds: builds(plan),
          bases: bases.map(line),
          images: images.map(line),
        },
      ),
    ]
  },
}

export const ALIAS_SCRIPT = 'tag-image-smart.sh'

/** Host and namespace, as they stand before every target name. */
export function registryPrefix({ registry }: RelayPlan): string {
  return addressOf(registry)
}

function line({ source, name, short, platform }: Alias): Words {
  const facts = [
    ...(short === null ? [] : [word(`short=${short}`)]),
    ...(platform === null ? [] : [word(`platform=${platform}`)]),
  ]
  return words(word(source), word(name), ...facts)
}

/** The services that Compose builds, sorted, and their images where they name them. */
function builds({ project }: RelayPlan): Words[] {
  const services = readBuilds(project).map(({ service }) => service)
  return services
    .sort((a, b) => compare(a.name, b.name))
    .map(({ name, image }) => words(word(name), ...(image === null ? [] : [word(imageName(image.value))])))
}

function imageName(image: string): string {
  return shortReference({ ...withDefaultTag(parseReference(image)), digest: null })
}
