import { Invalid } from './problem.ts'
import { type ImageReference, repositoryName } from './reference.ts'
import type { Registry } from './registry.ts'

/**
 * The name of an image at the target. It never depends on other images. `chosen` is what `images:` says of its
 * repository, or null. Throws Invalid where the registry would not take the name.
 */
export function targetOf(from: ImageReference, registry: Registry, chosen: string | null): ImageReference {
  const name = chosen ?? nameAt(registry, from)
  checkName(name, registry, from)
  const repository = registry.namespace === null ? name : `${registry.namespace}/${name}`
  if (repository.length > REPOSITORY_LIMIT) {
    throw tooLong(name, from, `a repository has at most ${REPOSITORY_LIMIT} characters`)
  }
  return { registry: registry.host, repository, tag: from.tag ?? tagOfDigest(from), digest: null }
}

/** Without the host and `library/`; `flat` has no folders, either, and `basename` has the last step alone. */
function nameAt({ naming }: Registry, { repository }: ImageReference): string {
  const name = repository.replace(/^library\//, '')
  if (naming === 'basename') return lastStep(name)
  return naming === 'flat' ? name.replaceAll('/', '-') : name
}

/** What stands behind the last `/` of a repository, or all of it. */
export function lastStep(repository: string): string {
  return repository.slice(repository.lastIndexOf('/') + 1)
}

/** A name that also says which registry an image is from, where the usual one is taken. */
export function longName(from: ImageReference, { type, namespace }: Registry): string {
  const limit = type === 'aliyun' ? ALIYUN_LIMIT : REPOSITORY_LIMIT - 1 - (namespace?.length ?? 0)
  const name = repositoryName(from).toLowerCase()
  return name
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, limit)
    .replace(/-$/, '')
}

const ALIYUN_LIMIT = 64
const REPOSITORY_LIMIT = 255

/** A pin without a tag gets one that names it. */
function tagOfDigest({ digest }: ImageReference): string {
  return digest === null ? 'latest' : digest.replace(/^([^:]+):(.{12}).*$/, '$1-$2')
}

function checkName(name: string, registry: Registry, from: ImageReference): void {
  if (!name.split('/').every(step => /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/.test(step))) {
    throw new Invalid(
      `not a repository name: "${name}"`,
      'lower case letters and digits, joined by ".", "_", "-" or "/"',
    )
  }
  if (registry.type === 'aliyun' && name.includes('/')) {
    throw new Invalid(`not an Aliyun repository name: "${name}"`, 'it has no "/"')
  }
  if (registry.type === 'aliyun' && (name.length < 2 || name.length > ALIYUN_LIMIT)) {
    throw tooLong(name, from, `an Aliyun repository has 2 to ${ALIYUN_LIMIT} characters`)
  }
}

function tooLong(name: string, from: ImageReference, limit: string): Invalid {
  const cure = `choose another under "images:" in relay.yaml: "${repositoryName(from)}: <name>"`
  return new Invalid(`the target name "${name}" has ${name.length} characters, and ${limit}`, cure)
}
