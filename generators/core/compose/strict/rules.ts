import { find, itemsOf } from '../node.ts'
import { contexts, dockerfiles, platforms } from './build-rules.ts'
import type { Model, Rule } from './context.ts'
import { binds, targets } from './mounts.ts'
import { namesIn } from './needs.ts'
import { stringOf } from './plain.ts'
import { needs, references } from './references.ts'
import type { Report } from './report.ts'
import { containerName, limits, scales } from './scale-rules.ts'

const image: Rule = ({ entry, map, where }, _, report) => {
  if (stringOf(find(map, 'image')) !== '' || map.entries.has('build') || map.entries.has('provider')) return
  report(entry, where, 'it has neither an image nor a build context', 'give it an image')
}

const networkMode: Rule = ({ map, where }, _, report) => {
  const mode = find(map, 'network_mode')
  if (mode === null || !stringOf(mode) || namesIn(find(map, 'networks'), '').length === 0) return
  report(mode, where, 'network_mode and networks exclude each other', 'take one away')
}

const healthcheck: Rule = ({ map, where }, _, report) => {
  const test = find(map, 'healthcheck', 'test')
  const first = test?.kind === 'list' ? test.items[0] : undefined
  if (first === undefined || ['CMD', 'CMD-SHELL', 'NONE'].includes(stringOf(first) ?? '')) return
  const what = 'the first item must be "CMD", "CMD-SHELL" or "NONE"'
  report(first, `${where}.healthcheck.test`, what, 'put "CMD" before it')
}

const watches: Rule = ({ map, where }, _, report) => {
  for (const [index, item] of itemsOf(find(map, 'develop', 'watch')).entries()) {
    const action = stringOf(find(item, 'action'))
    if (action === null || ['rebuild', 'restart'].includes(action) || stringOf(find(item, 'target'))) continue
    report(item, `${where}.develop.watch[${index}]`, `"${action}" needs a target`, 'add "target:"')
  }
}

/** All rules of a service, in the order in which their problems are shown. */
export const RULES: readonly Rule[] = [
  image,
  needs,
  references,
  targets,
  binds,
  dockerfiles,
  contexts,
  platforms,
  networkMode,
  healthcheck,
  scales,
  containerName,
  limits,
  watches,
]

/** Containers of different services have different names. */
export function checkNames({ enabled }: Model, report: Report): void {
  const known = new Map<string, string>()
  for (const { name, map, where } of enabled.values()) {
    const node = find(map, 'container_name')
    const container = stringOf(node)
    if (node === null || !container) continue
    const first = known.get(container)
    const what = `the service "${first}" has the same: "${container}"`
    if (first !== undefined) report(node, `${where}.container_name`, what, 'choose another')
    known.set(container, name)
  }
}
