import { oneOf } from './checks.ts'
import { bytes, deviceCount, float } from './formats.ts'
import { casting, each, keys, list, type MapShape, nullable, type Shape, scalar } from './shape.ts'
import { count, integer, number, pairs, period, text, textSet, texts } from './vocabulary.ts'

/** A device that a service asks for. */
export function device(facets: Partial<MapShape>): Shape {
  const known = {
    ...each('capabilities device_ids', textSet),
    count: scalar(['string', 'integer'], deviceCount),
    driver: text,
    options: pairs,
  }
  return keys(known, { exclusive: ['count', 'device_ids'], ...facets })
}

const update = keys({
  ...each('delay monitor', period),
  parallelism: count,
  failure_action: text,
  max_failure_ratio: number,
  order: scalar(['string'], oneOf('start-first', 'stop-first')),
})

const resource = {
  cpus: scalar(['string', 'number'], float),
  memory: scalar(['string'], bytes),
}

const generic = keys({ discrete_resource_spec: keys({ kind: text, value: casting('integer', ['number']) }) })

/** https://github.com/compose-spec/compose-spec/blob/main/deploy.md */
export const deploy = nullable(
  keys({
    ...each('mode endpoint_mode', text),
    ...each('rollback_config update_config', update),
    replicas: integer,
    labels: pairs,
    resources: keys({
      limits: keys({ ...resource, pids: integer }),
      reservations: keys({
        ...resource,
        generic_resources: list(generic),
        devices: list(device({ required: ['capabilities'] })),
      }),
    }),
    restart_policy: keys({ condition: text, delay: period, max_attempts: count, window: period }),
    placement: keys({
      constraints: texts,
      preferences: list(keys({ spread: text })),
      max_replicas_per_node: count,
    }),
  }),
)
