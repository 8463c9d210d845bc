import { entriesOf, find, type MapNode } from '../node.ts'
import type { Model } from './context.ts'
import { flagOf, stringOf } from './plain.ts'
import { CONTENTS } from './project-shape.ts'
import type { Report } from './report.ts'

/**
 * What networks, volumes, secrets and configs have to observe:
 * https://github.com/compose-spec/compose-go/blob/main/validation/external.go, and validation.go beside it.
 */
export function checkResources({ root }: Model, report: Report): void {
  for (const kind of ['networks', 'volumes', 'secrets', 'configs']) {
    for (const [name, { value }] of entriesOf(find(root, kind))) {
      if (value.kind !== 'map') continue
      const where = `${kind}.${name}`
      checkExternalName(value, where, report)
      if (kind === 'volumes') checkExternal(value, where, report)
      else if (kind !== 'networks') checkContent(value, kind, where, report)
    }
  }
}

function checkExternalName(map: MapNode, where: string, report: Report): void {
  const [name, other] = [find(map, 'name'), find(map, 'external', 'name')]
  if (name === null || other === null || stringOf(name) === stringOf(other)) return
  report(other, `${where}.external.name`, '"name" says another name', 'take one away')
}

function checkExternal(map: MapNode, where: string, report: Report): void {
  if (!isExternal(map)) return
  for (const [key, entry] of map.entries) {
    if (['name', 'external'].includes(key) || key.startsWith('x-')) continue
    report(entry, `${where}.${key}`, 'it means nothing to an external volume', 'take it away')
  }
}

function isExternal(map: MapNode): boolean {
  const external = find(map, 'external')
  return external?.kind === 'map' || flagOf(external) === true
}

function checkContent(map: MapNode, kind: string, where: string, report: Report): void {
  const keys = CONTENTS[kind] ?? []
  // The file "" is the project directory, whatever that may be good for.
  const says = (key: string) =>
    map.entries.has(key) && (kind === 'configs' || key === 'file' || stringOf(find(map, key)) !== '')
  const isElsewhere = kind === 'secrets' ? isExternal(map) : map.entries.has('external')
  if (isElsewhere || keys.some(says)) return
  report(map, where, `one of ${keys.join(', ')} is missing`, 'add one of them')
}
