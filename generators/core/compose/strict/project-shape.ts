import { service } from './service-shape.ts'
import { ANYTHING, each, keys, list, named, nullable, or, type Shape, scalar } from './shape.ts'
import { flag, kept, NAME, options, pairs, text, texts, wholeNumeral } from './vocabulary.ts'

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
    driver_opts: kept(wholeNumeral),
  },
  { exclusive: SECRET },
)

const CONFIG = ['file', 'environment', 'content']
const config = keys(
  { ...each('name content environment file template_driver', text), external: looseExternal, labels: pairs },
  { exclusive: CONFIG },
)

/** What may say what is in a secret or config. */
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
