import { entriesOf, find, itemsOf, type Node } from '../node.ts'
import type { Model, Rule } from './context.ts'
import { afterPrefix } from './needs.ts'
import { stringOf } from './plain.ts'
import { similar, type Wrong } from './report.ts'

/** A build has one Dockerfile. */
export const dockerfiles: Rule = ({ map, where }, _, report) => {
  const inline = find(map, 'build', 'dockerfile_inline')
  if (inline === null || stringOf(inline) === '' || !stringOf(find(map, 'build', 'dockerfile'))) return
  report(inline, `${where}.build`, 'dockerfile and dockerfile_inline exclude each other', 'take one away')
}

/** Services that a build takes files from are built themselves. */
export const contexts: Rule = ({ map, where }, model, report) => {
  for (const [key, node, text] of contextsOf(find(map, 'build', 'additional_contexts'))) {
    const service = afterPrefix(text)
    const wrong = service === null ? null : contextProblem(service, model)
    if (wrong !== null) report(node, `${where}.build.additional_contexts.${key}`, wrong.what, wrong.cure)
  }
}

/** `NAME: CONTEXT`, or the same as an item of a list, whose key is its place. */
function contextsOf(node: Node | null): (readonly [key: string, node: Node, text: string | null])[] {
  const named = [...entriesOf(node)].map(([key, { value }]) => [key, value, stringOf(value)] as const)
  const items = node?.kind === 'list' ? node.items : []
  const listed = items.map((item, index) => {
    const text = stringOf(item)?.replace(/^[^=]*=/, '') ?? null
    return [String(index), item, text] as const
  })
  return [...named, ...listed]
}

function contextProblem(service: string, { root, enabled }: Model): Wrong | null {
  const cure = similar(service, [...enabled.keys()])
  if (!enabled.has(service)) return { what: `there is no service "${service}"`, cure }
  if (find(root, 'services', service, 'build') !== null) return null
  return { what: `the service "${service}" has no build`, cure: 'name one that is built' }
}

/** The platform of a service is one that it is built for. */
export const platforms: Rule = ({ map, where }, _, report) => {
  const node = find(map, 'platform')
  const platform = stringOf(node)
  const built = itemsOf(find(map, 'build', 'platforms')).map(stringOf)
  if (node === null || !platform || built.length === 0 || built.includes(platform)) return
  const what = 'it is not among the platforms of the build'
  report(node, `${where}.platform`, what, 'add it to "build.platforms"')
}
