import { find, type Node } from '../node.ts'
import type { Context, Rule } from './context.ts'
import { bytesOf } from './numbers.ts'
import { numberIn, stringOf } from './plain.ts'

interface Scale {
  readonly node: Node | null
  readonly scale: number | null
  readonly deployed: Node | null
  readonly replicas: number | null
}

function scaleOf({ map }: Context): Scale {
  const [node, deployed] = [find(map, 'scale'), find(map, 'deploy', 'replicas')]
  return { node, scale: numberIn(node), deployed, replicas: numberIn(deployed) }
}

/** How many containers there are is said in one way. */
export const scales: Rule = (service, _, report) => {
  const { where } = service
  const { node, scale, deployed, replicas } = scaleOf(service)
  if (node !== null && scale !== null && replicas !== null && scale !== replicas)
    report(node, `${where}.scale`, `it is ${scale}, and deploy.replicas is ${replicas}`, 'take one away')
  if (node !== null && scale !== null && scale < 0) report(node, `${where}.scale`, 'less than 0', null)
  if (deployed !== null && scale === null && replicas !== null && replicas < 0)
    report(deployed, `${where}.deploy.replicas`, 'less than 0', null)
}

/** A container with a name is alone. */
export const containerName: Rule = (service, _, report) => {
  const { scale, replicas } = scaleOf(service)
  const node = find(service.map, 'container_name')
  if (node === null || !stringOf(node) || (scale ?? replicas ?? 1) <= 1) return
  const what = 'several containers cannot have one name'
  report(node, `${service.where}.container_name`, what, 'take it away')
}

/** What is said in two places: by a key, and in a part of `deploy.resources`. */
interface Twice {
  readonly key: string
  readonly part: 'limits' | 'reservations'
  readonly other: string
  readonly read: (node: Node | null) => number | null
}

const TWICE: readonly Twice[] = [
  { key: 'cpus', part: 'limits', other: 'cpus', read: node => Math.fround(numberIn(node) ?? 0) },
  { key: 'mem_limit', part: 'limits', other: 'memory', read: bytesIn },
  { key: 'mem_reservation', part: 'reservations', other: 'memory', read: bytesIn },
  { key: 'pids_limit', part: 'limits', other: 'pids', read: numberIn },
]

function bytesIn(node: Node | null): number | null {
  const text = stringOf(node)
  return text === null ? numberIn(node) : bytesOf(text)
}

/** Both places say the same, where the first says anything. */
export const limits: Rule = ({ map, where }, _, report) => {
  for (const { key, part, other, read } of TWICE) {
    const node = find(map, key)
    const resources = find(map, 'deploy', 'resources', part)
    const value = read(node) ?? 0
    if (node === null || resources?.kind !== 'map' || value === 0) continue
    const what = `deploy.resources.${part}.${other} is not the same`
    if (value !== (read(find(resources, other)) ?? 0))
      report(node, `${where}.${key}`, what, 'say it in one place')
  }
}
