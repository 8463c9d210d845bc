import { whole } from './checks.ts'
import { argument, assigned, sshKey } from './formats.ts'
import { each, keys, named, or, scalar, set } from './shape.ts'
import {
  files,
  flag,
  hosts,
  pairs,
  text,
  textOrSet,
  texts,
  ulimitsOf,
  value,
  wholeSize,
} from './vocabulary.ts'

/** https://github.com/compose-spec/compose-spec/blob/main/build.md */
export const build = or(
  text,
  keys({
    ...each('context dockerfile dockerfile_inline network target isolation', text),
    ...each('entitlements cache_from cache_to tags platforms', texts),
    ...each('no_cache pull privileged', flag),
    ...each('provenance sbom', scalar(['string', 'boolean'])),
    args: or(named(value), set(scalar(['string'], argument))),
    labels: pairs,
    ssh: or(named(value), set(scalar(['string'], sshKey))),
    no_cache_filter: textOrSet,
    additional_contexts: or(named(text), set(scalar(['string'], assigned))),
    shm_size: wholeSize,
    extra_hosts: hosts,
    secrets: files,
    ulimits: ulimitsOf(scalar(['integer'], whole)),
  }),
)
