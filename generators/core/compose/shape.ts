import { isIP } from 'node:net'

/** A scalar as Compose's parser reads it; "float" is any number that is not written as an integer. */
export interface Plain {
  readonly type: 'string' | 'integer' | 'float' | 'boolean' | 'null'
  readonly value: unknown
}

/** What scalars a place takes; every integer is a number. */
export type ScalarType = 'string' | 'number' | 'integer' | 'boolean' | 'null'

/** What is wrong with a scalar of a right type, or null. */
export type Check = (plain: Plain) => string | null

/** What Compose makes of a string before it looks at its type. */
export type Cast = 'boolean' | 'integer' | 'float'

/** What may stand in one place of a compose file. A facet is null where a place takes nothing of that kind. */
export interface Shape {
  readonly types: readonly ScalarType[]
  readonly cast: Cast | null
  readonly check: Check | null
  readonly list: ListShape | null
  readonly map: MapShape | null
}

export interface ListShape {
  readonly item: Shape
  /** Whether no item may be there twice. */
  readonly unique: boolean
}

export interface MapShape {
  readonly keys: Readonly<Record<string, Shape>>
  readonly required: readonly string[]
  /** What stands under any other key; null: there is none. */
  readonly rest: Shape | null
  /** How the other keys are spelled. */
  readonly names: RegExp
  /** Whether keys that nothing else allows are: all of them, those that begin with `x-`, or none. */
  readonly others: 'all' | 'extensions' | 'none'
  /** Keys of which only one may be there. */
  readonly exclusive: readonly string[]
}

const NOTHING: Shape = { types: [], cast: null, check: null, list: null, map: null }

/** A place that takes anything. */
export const ANYTHING: Shape = { ...NOTHING }

const scalar = (types: readonly ScalarType[], check: Check | null = null): Shape => ({
  ...NOTHING,
  types,
  check,
})
const list = (item: Shape): Shape => ({ ...NOTHING, list: { item, unique: false } })
const set = (item: Shape): Shape => ({ ...NOTHING, list: { item, unique: true } })
const or = (first: Shape, second: Shape): Shape => ({
  types: [...first.types, ...second.types],
  cast: first.cast ?? second.cast,
  check: first.check ?? second.check,
  list: first.list ?? second.list,
  map: first.map ?? second.map,
})

const MAP: MapShape = { keys: {}, required: [], rest: null, names: /./, others: 'extensions', exclusive: [] }

/** A mapping of these keys, and of any that begin with `x-`. */
const keys = (known: Readonly<Record<string, Shape>>, facets: Partial<MapShape> = {}): Shape => ({
  ...NOTHING,
  map: { ...MAP, keys: known, ...facets },
})

/** A mapping whose keys are names that the user has chosen. */
const named = (rest: Shape, names = /./, others: MapShape['others'] = 'none'): Shape =>
  keys({}, { rest, names, others })

const each = (names: string, shape: Shape): Record<string, Shape> =>
  Object.fromEntries(names.split(' ').map(name => [name, shape]))

/** A string is cast before anything looks at its type. */
const casting = (cast: Cast, types: readonly ScalarType[], check: Check | null = null): Shape => ({
  ...scalar(types, check),
  cast,
})

const onText =
  (check: (text: string) => string | null): Check =>
  ({ value }) =>
    typeof value === 'string' ? check(value) : null

const oneOf = (...values: readonly string[]): Check =>
  onText(text => (values.includes(text) ? null : `not one of ${values.join(', ')}: "${text}"`))

const matching = (pattern: RegExp, what: string): Check =>
  onText(text => (pattern.test(text) ? null : `not ${what}: "${text}"`))

const between =
  (least: number, most = Number.POSITIVE_INFINITY): Check =>
  ({ value }) => {
    if (typeof value !== 'number' || (value >= least && value <= most)) return null
    return most === Number.POSITIVE_INFINITY
      ? `less than ${least}: ${value}`
      : `not from ${least} to ${most}: ${value}`
  }

const written: Check = ({ type, value }) => (type === 'float' ? `not written as an integer: ${value}` : null)

const both =
  (first: Check, second: Check): Check =>
  plain =>
    first(plain) ?? second(plain)

/** https://github.com/xhit/go-str2duration */
const duration = matching(
  /^[-+]?(?:0|(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h|d|w))+)$/,
  'a duration, such as 1m30s',
)

const KILO = 1024
const UNITS = ['', 'k', 'm', 'g', 't', 'p']
const DIGITS = '[0-9](?:_?[0-9])*'
const DECIMAL = `(?:${DIGITS}\\.?(?:${DIGITS})?|\\.${DIGITS})(?:e[-+]?${DIGITS})?`
const SIZE = new RegExp(`^\\+?(${DECIMAL}) ?(?:b|([kmgtp])(?:b|ib)?)?$`, 'i')

/** The bytes that a text such as `512m` means, or null: https://github.com/docker/go-units/blob/master/size.go */
export function bytesOf(text: string): number | null {
  if (/^[-+]?[0-9]+$/.test(text)) return Number(text)
  const [, digits = '', unit = ''] = SIZE.exec(text) ?? []
  if (digits === '') return null
  return Math.trunc(Number(digits.replaceAll('_', '')) * KILO ** UNITS.indexOf(unit.toLowerCase()))
}

const bytes = onText(text => (bytesOf(text) === null ? `not a size, such as 512m: "${text}"` : null))

const octal = both(written, matching(/^[-+]?[0-7]+$/, 'an octal mode'))

/** What Go reads as one: https://pkg.go.dev/strconv#ParseFloat */
const FLOAT = new RegExp(`^[-+]?(?:${DECIMAL}|0x[0-9a-f_.]+p[-+]?[0-9]+|inf(?:inity)?)$|^nan$`, 'i')

const float = matching(FLOAT, 'a number')

/** What a string is as another type, or undefined: https://github.com/compose-spec/compose-go/blob/main/loader/interpolate.go */
export function castText(cast: Cast, text: string): Plain | undefined {
  if (cast !== 'boolean') {
    const pattern = cast === 'integer' ? /^[-+]?[0-9]+$/ : FLOAT
    return pattern.test(text) ? { type: cast, value: Number(text.replaceAll('_', '')) } : undefined
  }
  const word = text.toLowerCase()
  if (['true', 'y', 'yes', 'on'].includes(word)) return { type: cast, value: true }
  return ['false', 'n', 'no', 'off'].includes(word) ? { type: cast, value: false } : undefined
}

/** A mount of a service in its short form. */
export interface Mount {
  readonly source: string
  readonly target: string
}

/** Of SOURCE:TARGET:OPTIONS the parts, or what is wrong: https://github.com/compose-spec/compose-go/blob/main/format/volume.go */
export function parseMount(text: string): Mount | string {
  if (text === '') return 'an empty volume'
  if (text.length <= 2) return { source: '', target: text }
  const parts = splitMount(text)
  const [first = '', second = '', third] = parts
  if (parts.includes('')) return `an empty part between colons: "${text}"`
  if (parts.length === 1) return { source: '', target: first }
  return parts.length > 3 || third === '' ? `too many colons: "${text}"` : { source: first, target: second }
}

/** A colon after one letter is that of a drive, one in `${…}` that of a variable. */
function splitMount(text: string): string[] {
  const parts = ['']
  let depth = 0
  for (const [index, char] of [...text].entries()) {
    const part = parts.at(-1) ?? ''
    if (char === '$' && text[index + 1] === '{') depth++
    if (char === '}' && depth > 0) depth--
    if (char === ':' && depth === 0 && !/^\p{L}$/u.test(part)) parts.push('')
    else parts[parts.length - 1] = part + char
  }
  return parts
}

/** Whether a source is a path of the host, not the name of a volume. */
export function isHostPath(source: string): boolean {
  return /^(?:[./~]|\\\\|\p{L}:)/u.test(source)
}

const mount = onText(text => {
  const parsed = parseMount(text)
  return typeof parsed === 'string' ? parsed : null
})

/** https://github.com/docker/go-connections/blob/main/nat/nat.go */
const port: Check = plain => (plain.type === 'float' ? written(plain) : portProblem(String(plain.value)))

function portProblem(text: string): string | null {
  const parts = text.split(':')
  const [inside = '', protocol = ''] = (parts.pop() ?? '').split(/\/(.*)/s)
  const outside = parts.pop() ?? ''
  const address = parts.join(':').replace(/^\[(.*)\]$/, '$1')
  const [container, host] = [portRange(inside), portRange(outside)]
  if (inside === '' || /^[-+]?0+(?:$|-)/.test(inside)) return `no port: "${text}"`
  if (!/^(?:tcp|udp|sctp|)$/i.test(protocol)) return `not a protocol: "${protocol}"`
  if (address !== '' && !isAddress(address)) return `not an IP address: "${address}"`
  if (container === null) return `not a port: "${inside}"`
  if (outside !== '' && host === null) return `not a port: "${outside}"`
  const differ = host !== null && host !== container && container !== 0
  return differ ? `not as many ports on both sides: "${text}"` : null
}

/** How many ports follow the first, or null. */
function portRange(text: string): number | null {
  const [first = '', last = first] = text.split(/-(.+)/s)
  if (![first, last].every(port => /^\+?[0-9]+$/.test(port) && Number(port) <= 65535)) return null
  return Number(last) < Number(first) ? null : Number(last) - Number(first)
}

function isAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes('%')
}

const address = onText(text => (isAddress(text) ? null : `not an IP address: "${text}"`))

const device = onText(text => (text.split(':').length > 3 ? `more than two colons: "${text}"` : null))

const deviceCount = both(written, matching(/^(?:all|[-+]?[0-9]+)$/i, 'a number or "all"'))

/** Whether a string is a command: quotes, parentheses and backticks that open close. https://github.com/mattn/go-shellwords */
const command = onText(text =>
  isCommand(text) ? null : 'a quote or a parenthesis in it opens nothing or does not close',
)

function isCommand(text: string): boolean {
  const open: string[] = []
  let before = ''
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    const inside = open.at(-1)
    if (char === '\\' && inside !== "'") {
      if (++at === text.length) return false
    } else if (char === inside) open.pop()
    else if (inside === undefined || inside === '`') {
      if (inside === undefined && ';&|<>'.includes(char)) return true
      if (inside === undefined && char === '(' && before !== '$') return false
      if (inside === undefined && '()'.includes(char)) open.push(')')
      else if (`'"\``.includes(char)) open.push(char)
    } else if (inside === ')' && char === '(') return false
    before = text.charAt(at)
  }
  return open.length === 0
}

const assigned = onText(text => (text.includes('=') ? null : `not NAME=VALUE: "${text}"`))

const sshKey = onText(text => (/^default$|=/.test(text) ? null : `not "default" or ID=PATH: "${text}"`))

const BLANK = 'a blank stands after the name of the variable'
const variable = onText(text => (/^[^=]*[\t-\r ](?:=|$)/.test(text) ? BLANK : null))
/** Of an argument without value nobody looks at the name. */
const argument = onText(text => (/^[^=]*[\t-\r ]=/.test(text) ? BLANK : null))

const hostAddress = onText(text => {
  const [host = '', address] = text.split(text.includes('=') ? /=(.*)/s : /:(.*)/s)
  if (address === undefined) return `no address: "${text}"`
  return host === '' || host.includes(':') ? `not a host name: "${host}"` : null
})

const text = scalar(['string'])
const texts = list(text)
const textSet = set(text)
const textOrSet = or(text, textSet)
const nullable = (shape: Shape) => or(scalar(['null']), shape)
const spoken = scalar(['string', 'boolean'])
const numeral = scalar(['string', 'number'])
const flag = casting('boolean', ['boolean'])
const integer = casting('integer', ['integer'])
const number = casting('float', ['number'])
const count = casting('integer', ['integer'], between(0))
const period = scalar(['string'], duration)
const size = scalar(['string', 'number'], bytes)
const wholeSize = scalar(['string', 'integer'], bytes)
const value = scalar(['string', 'number', 'boolean', 'null'])
const setting = scalar(['string', 'number', 'boolean'])
const pairs = or(named(value), textSet)
const variables = or(named(value), set(scalar(['string'], variable)))
const buildArguments = or(named(value), set(scalar(['string'], argument)))
/** A mapping that Compose hands on as it is. */
const passed = (shape: Shape): Shape => named(shape, /./, 'all')
/** The same, of which Compose cannot take an extension out. */
const kept = (shape: Shape): Shape => named(shape, /^(?!x-)/)
const options = passed(numeral)
const NAME = /^[a-zA-Z0-9._-]+$/

const ulimit = (limit: Shape): Shape =>
  named(or(limit, keys({ soft: limit, hard: limit }, { required: ['soft', 'hard'] })), /^[a-z]+$/, 'all')

const hosts = or(named(or(text, texts), /^[^:=]+$/), set(scalar(['string'], hostAddress)))

const run = or(scalar(['null', 'string'], command), texts)

const hook = {
  ...each('user working_dir', text),
  command: run,
  privileged: flag,
  environment: variables,
}

const mounted = list(
  or(text, keys({ ...each('source target uid gid', text), mode: scalar(['string', 'number'], octal) })),
)

const requested = {
  ...each('capabilities device_ids', textSet),
  count: scalar(['string', 'integer'], deviceCount),
  driver: text,
  options: pairs,
}
const requestFacets: Partial<MapShape> = { exclusive: ['count', 'device_ids'] }

const build = or(
  text,
  keys({
    ...each('context dockerfile dockerfile_inline network target isolation', text),
    ...each('entitlements cache_from cache_to tags platforms', texts),
    ...each('no_cache pull privileged', flag),
    ...each('provenance sbom', spoken),
    args: buildArguments,
    labels: pairs,
    ssh: or(named(value), set(scalar(['string'], sshKey))),
    no_cache_filter: textOrSet,
    additional_contexts: or(named(text), set(scalar(['string'], assigned))),
    shm_size: wholeSize,
    extra_hosts: hosts,
    secrets: mounted,
    ulimits: ulimit(scalar(['integer'], written)),
  }),
)

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

const deploy = nullable(
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
        devices: list(keys(requested, { ...requestFacets, required: ['capabilities'] })),
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

const watch = keys(
  {
    ...each('ignore include', textOrSet),
    path: scalar(['string'], matching(/./s, 'a path')),
    action: scalar(['string'], oneOf('rebuild', 'sync', 'restart', 'sync+restart', 'sync+exec')),
    target: text,
    exec: keys(hook, { required: ['command'] }),
    initial_sync: scalar(['boolean']),
  },
  { required: ['path', 'action'] },
)

const volumeMount = keys(
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

const portMapping = keys(
  {
    ...each('name mode protocol app_protocol', text),
    host_ip: scalar(['string'], address),
    target: count,
    published: scalar(['string', 'integer'], written),
  },
  { required: ['target'] },
)

const membership = keys({
  ...each('interface_name ipv4_address ipv6_address mac_address', text),
  ...each('aliases link_local_ips', textSet),
  ...each('priority gw_priority', scalar(['number'])),
  driver_opts: options,
})

const dependency = keys(
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

/** https://github.com/compose-spec/compose-spec/blob/main/05-services.md, and what compose-go makes of each value. */
const service = keys({
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
  ...each('mem_limit memswap_limit shm_size', size),
  ...each('mem_reservation mem_swappiness', wholeSize),
  ...each('annotations labels sysctls', pairs),
  ...each('command entrypoint', run),
  ...each('configs secrets', mounted),
  ...each('post_start pre_stop', list(keys(hook, { required: ['command'] }))),
  blkio_config: keys(
    {
      ...each('device_read_bps device_read_iops device_write_bps device_write_iops', rates),
      weight,
      weight_device: list(keys({ path: text, weight }, { others: 'none' })),
    },
    { others: 'none' },
  ),
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
      scalar(['string'], device),
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
  expose: set(scalar(['string', 'number'], written)),
  extends: ANYTHING,
  extra_hosts: hosts,
  gpus: or(scalar(['string'], oneOf('all')), list(keys(requested, { ...requestFacets, others: 'all' }))),
  group_add: set(scalar(['string', 'number'], written)),
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
  ports: set(or(scalar(['string', 'number'], port), portMapping)),
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
  storage_opt: kept(scalar(['string', 'number', 'null'], written)),
  ulimits: ulimit(casting('integer', ['integer'], written)),
  use_api_socket: scalar(['boolean']),
  volumes: set(or(scalar(['string'], mount), volumeMount)),
})

const external = or(flag, keys({ name: text }))
/** A config or secret says less about it. */
const looseExternal = or(flag, keys({ name: text }, { others: 'all' }))

const network = nullable(
  keys({
    ...each('name driver', text),
    ...each('internal enable_ipv4 enable_ipv6 attachable', flag),
    driver_opts: options,
    external,
    labels: pairs,
    ipam: keys({
      driver: text,
      config: list(keys({ ...each('subnet ip_range gateway', text), aux_addresses: named(text) })),
      options: named(text),
    }),
  }),
)

const volume = nullable(keys({ ...each('name driver', text), driver_opts: options, external, labels: pairs }))

const SECRET = ['file', 'environment']
const secret = keys(
  {
    ...each('name environment file driver template_driver', text),
    external: looseExternal,
    labels: pairs,
    driver_opts: kept(scalar(['string', 'number'], written)),
  },
  { exclusive: SECRET },
)

const CONFIG = ['file', 'environment', 'content']
const config = keys(
  { ...each('name content environment file template_driver', text), external: looseExternal, labels: pairs },
  { exclusive: CONFIG },
)

/** What says what is in a secret or config. */
export const CONTENTS: Readonly<Record<string, readonly string[]>> = { secrets: SECRET, configs: CONFIG }

const model = keys(
  { ...each('name model', text), context_size: scalar(['integer']), runtime_flags: texts },
  { required: ['model'] },
)

/** A compose file, its includes being part of it. */
export const PROJECT: Shape = keys({
  ...each('version name', text),
  include: ANYTHING,
  services: named(service, NAME),
  networks: named(network, NAME, 'all'),
  volumes: named(volume, NAME),
  secrets: named(secret, NAME),
  configs: named(config, NAME),
  models: named(model, NAME, 'all'),
})
