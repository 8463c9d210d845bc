import { build } from './build-shape.ts'
import { between, matching, oneOf, whole } from './checks.ts'
import { deploy, device } from './deploy-shape.ts'
import { bytes, devicePath } from './formats.ts'
import { mount } from './mount.ts'
import { port } from './port.ts'
import {
  blockDevices,
  dependency,
  fullHook,
  hook,
  longMount,
  longPort,
  membership,
  watch,
} from './service-parts.ts'
import { ANYTHING, casting, each, keys, list, named, nullable, or, scalar, set } from './shape.ts'
import {
  count,
  files,
  flag,
  hosts,
  integer,
  kept,
  NAME,
  number,
  pairs,
  passed,
  period,
  run,
  text,
  textOrSet,
  textSet,
  texts,
  ulimitsOf,
  variables,
  wholeNumeral,
  wholeSize,
} from './vocabulary.ts'

const setting = scalar(['string', 'number', 'boolean'])

/** https://github.com/compose-spec/compose-spec/blob/main/05-services.md, and what compose-go makes of each value. */
export const service = keys({
  ...each(
    'cgroup_parent cpuset domainname hostname image ipc isolation mac_address network_mode pid platform restart runtime stop_signal user userns_mode uts working_dir pull_refresh_after',
    text,
  ),
  ...each(
    'cap_add cap_drop device_cgroup_rules dns_opt external_links links profiles security_opt volumes_from',
    textSet,
  ),
  ...each('dns dns_search tmpfs', textOrSet),
  ...each('attach init oom_kill_disable privileged read_only stdin_open tty', flag),
  ...each(
    'cpu_shares cpu_quota cpu_period cpu_rt_period cpu_rt_runtime pids_limit',
    casting('integer', ['number']),
  ),
  ...each('mem_limit memswap_limit shm_size', scalar(['string', 'number'], bytes)),
  ...each('mem_reservation mem_swappiness', wholeSize),
  ...each('annotations labels sysctls', pairs),
  ...each('command entrypoint', run),
  ...each('configs secrets', files),
  ...each('post_start pre_stop', list(fullHook)),
  blkio_config: blockDevices,
  build,
  cgroup: scalar(['string'], oneOf('host', 'private')),
  container_name: scalar(['string'], matching(/[a-zA-Z0-9][a-zA-Z0-9_.-]/, 'the name of a container')),
  cpu_count: count,
  cpu_percent: casting('float', ['integer'], between(0, 100)),
  cpus: number,
  credential_spec: keys(each('config file registry', text)),
  depends_on: or(named(dependency, NAME), textSet),
  deploy,
  develop: nullable(keys({ watch: list(watch) })),
  devices: list(
    or(
      scalar(['string'], devicePath),
      keys(each('source target permissions', text), { required: ['source', 'target'] }),
    ),
  ),
  env_file: or(
    text,
    list(
      or(text, keys({ path: text, format: text, required: flag }, { required: ['path'], others: 'none' })),
    ),
  ),
  environment: variables,
  expose: set(wholeNumeral),
  extends: ANYTHING,
  extra_hosts: hosts,
  gpus: or(scalar(['string'], oneOf('all')), list(device({ others: 'all' }))),
  group_add: set(wholeNumeral),
  healthcheck: keys({
    ...each('interval timeout start_period start_interval', period),
    disable: flag,
    retries: casting('integer', ['number'], between(0)),
    test: or(text, texts),
  }),
  label_file: or(text, texts),
  logging: keys({ driver: text, options: passed(scalar(['string', 'number', 'null'])) }),
  models: or(named(nullable(keys(each('endpoint_var model_var', text))), NAME, 'all'), textSet),
  networks: or(named(nullable(membership), NAME), textSet),
  oom_score_adj: casting('integer', ['integer'], between(-1000, 1000)),
  ports: set(or(scalar(['string', 'number'], port), longPort)),
  pre_start: list(keys({ ...hook, image: text, per_replica: flag })),
  provider: keys({ type: text, options: passed(or(setting, list(setting))) }, { required: ['type'] }),
  pull_policy: scalar(
    ['string'],
    matching(
      /always|never|build|if_not_present|missing|refresh|daily|weekly|every_(?:[0-9]+[wdhms])+/,
      'a pull policy',
    ),
  ),
  scale: integer,
  stop_grace_period: period,
  storage_opt: kept(scalar(['string', 'number', 'null'], whole)),
  ulimits: ulimitsOf(casting('integer', ['integer'], whole)),
  use_api_socket: scalar(['boolean']),
  volumes: set(or(scalar(['string'], mount), longMount)),
})
