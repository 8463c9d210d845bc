import { between, both, matching, oneOf, whole } from './checks.ts'
import { bytes } from './formats.ts'
import { address } from './port.ts'
import { each, keys, list, scalar } from './shape.ts'
import {
  count,
  flag,
  options,
  pairs,
  run,
  text,
  textOrSet,
  textSet,
  variables,
  wholeSize,
} from './vocabulary.ts'

/** The keys of a hook. */
export const hook = {
  ...each('user working_dir', text),
  command: run,
  privileged: flag,
  environment: variables,
}

/** A hook that says what to run. */
export const fullHook = keys(hook, { required: ['command'] })

/** What is done when files change. */
export const watch = keys(
  {
    ...each('ignore include', textOrSet),
    path: scalar(['string'], matching(/./s, 'a path')),
    action: scalar(['string'], oneOf('rebuild', 'sync', 'restart', 'sync+restart', 'sync+exec')),
    target: text,
    exec: fullHook,
    initial_sync: scalar(['boolean']),
  },
  { required: ['path', 'action'] },
)

/** A mount in its long form. */
export const longMount = keys(
  {
    ...each('source target consistency', text),
    type: scalar(['string'], oneOf('bind', 'volume', 'tmpfs', 'cluster', 'npipe', 'image')),
    read_only: flag,
    bind: keys({
      propagation: text,
      create_host_path: flag,
      recursive: scalar(['string'], oneOf('enabled', 'disabled', 'writable', 'readonly')),
      selinux: scalar(['string'], oneOf('z', 'Z')),
    }),
    volume: keys({ labels: pairs, nocopy: flag, subpath: text }),
    tmpfs: keys({
      size: scalar(['integer', 'string'], both(between(0), bytes)),
      mode: scalar(['number'], between(0)),
    }),
    image: keys({ subpath: text }),
  },
  { required: ['type', 'target'] },
)

/** A port in its long form. */
export const longPort = keys(
  {
    ...each('name mode protocol app_protocol', text),
    host_ip: scalar(['string'], address),
    target: count,
    published: scalar(['string', 'integer'], whole),
  },
  { required: ['target'] },
)

/** How a service is in a network. */
export const membership = keys({
  ...each('interface_name ipv4_address ipv6_address mac_address', text),
  ...each('aliases link_local_ips', textSet),
  ...each('priority gw_priority', scalar(['number'])),
  driver_opts: options,
})

/** How a service needs another one. */
export const dependency = keys(
  {
    ...each('restart required', flag),
    condition: scalar(
      ['string'],
      oneOf('service_started', 'service_healthy', 'service_completed_successfully'),
    ),
  },
  { required: ['condition'] },
)

const rates = list(keys({ path: text, rate: wholeSize }, { others: 'none' }))
const weight = scalar(['integer'], between(0))

/** Limits of block devices. */
export const blockDevices = keys(
  {
    ...each('device_read_bps device_read_iops device_write_bps device_write_iops', rates),
    weight,
    weight_device: list(keys({ path: text, weight }, { others: 'none' })),
  },
  { others: 'none' },
)
