import { Invalid } from './problem.ts'

/** An image in a registry, normalised: Docker Hub is `docker.io`, its official images stand in `library/`. */
export interface ImageReference {
  readonly registry: string
  readonly repository: string
  readonly tag: string | null
  readonly digest: string | null
}

const DOCKER_HUB = 'docker.io'
const OFFICIAL = 'library/'
const REPOSITORY_LIMIT = 255
const TAG_LIMIT = 128
const HEX_DIGITS: ReadonlyMap<string, number> = new Map([
  ['sha256', 64],
  ['sha384', 96],
  ['sha512', 128],
])

/**
 * What Docker makes of an image name: its ParseNormalizedNamed, with the grammar of
 * https://github.com/distribution/reference (regexp.go, normalize.go), except that a host must be one
 * and that `sha256:<64 hex digits>` is the image ID that it looks like. Throws Invalid.
 */
export function parseReference(text: string): ImageReference {
  checkText(text)
  const [registry, remainder] = splitRegistry(text)
  const [named, digest] = cut(remainder, '@')
  const [path, tag] = cut(named, ':')
  checkRegistry(text, registry)
  checkPath(text, path)
  if (tag !== null) checkTag(text, tag)
  if (digest !== null) checkDigest(text, digest)
  const repository = registry === DOCKER_HUB && !path.includes('/') ? OFFICIAL + path : path
  if (repository.length > REPOSITORY_LIMIT) {
    throw refusal(text, `the repository is longer than ${REPOSITORY_LIMIT} characters`)
  }
  return { registry, repository, tag, digest }
}

/** The reference that Docker pulls: tag `latest` where there is neither tag nor digest. */
export function withDefaultTag(reference: ImageReference): ImageReference {
  const named = reference.tag !== null || reference.digest !== null
  return named ? reference : { ...reference, tag: 'latest' }
}

/** The canonical form, such as `docker.io/library/nginx:1.27`. parseReference reads it back. */
export function formatReference(reference: ImageReference): string {
  return repositoryName(reference) + suffix(reference)
}

/** The canonical form of a name, or null where it is no name of an image. */
export function canonicalName(text: string): string | null {
  try {
    return formatReference(parseReference(text))
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    return null
  }
}

/** The form that Docker shows, such as `nginx:1.27`. For people: Docker itself cannot read back every one. */
export function familiarReference(reference: ImageReference): string {
  return familiarName(reference) + suffix(reference)
}

/** The form that Docker shows, without tag and digest, such as `nginx`. For people, as familiarReference. */
export function familiarName(reference: ImageReference): string {
  const { registry, repository } = reference
  if (registry !== DOCKER_HUB) return repositoryName(reference)
  const name = repository.startsWith(OFFICIAL) ? repository.slice(OFFICIAL.length) : ''
  return name === '' || name.includes('/') ? repository : name
}

/** The familiar form where Docker reads it back as the same image, else the canonical one. For commands. */
export function shortReference(reference: ImageReference): string {
  const [short, full] = [familiarReference(reference), formatReference(reference)]
  try {
    return formatReference(parseReference(short)) === full ? short : full
  } catch {
    return full
  }
}

/** Registry and repository, such as `docker.io/library/nginx`. */
export function repositoryName({ registry, repository }: ImageReference): string {
  return `${registry}/${repository}`
}

function suffix({ tag, digest }: ImageReference): string {
  return (tag === null ? '' : `:${tag}`) + (digest === null ? '' : `@${digest}`)
}

/** The first segment is a host only if it looks like one: `localhost`, a dot, a colon or upper case. */
function splitRegistry(text: string): readonly [registry: string, remainder: string] {
  const [first, rest] = cut(text, '/')
  if (rest === null) return [DOCKER_HUB, text]
  // The name of Docker Hub from the time when it was the Docker Index.
  if (first === 'index.docker.io') return [DOCKER_HUB, rest]
  return first === 'localhost' || /[.:A-Z]/.test(first) ? [first, rest] : [DOCKER_HUB, text]
}

function checkText(text: string): void {
  if (text.trim() === '') throw refusal(text, 'it is blank', 'name an image, such as "nginx:1.27"')
  checkSpace(text)
  if (/^[A-Za-z]+:\/\//.test(text)) {
    throw refusal(text, 'it is a URL', `write it without "${cut(text, '//')[0]}//"`)
  }
  const foreign = /[^A-Za-z0-9._\-/:@[\]]/u.exec(text)
  if (foreign !== null) throw refusal(text, `"${foreign[0]}" has no place in it`)
  // Docker takes both for an image that only one machine has, and neither can be pulled.
  if (/^[a-f0-9]{64}$/.test(text) || digestFault(text) === null) {
    throw refusal(text, 'it is an image ID', 'name the image by its repository')
  }
}

function checkSpace(text: string): void {
  if (/[\r\n]$/.test(text)) {
    throw refusal(text, 'it ends in a line break', 'in YAML, `|-` and `>-` keep none where `|` and `>` do')
  }
  if (/\s/.test(text)) throw refusal(text, 'it holds white space', 'remove the white space')
}

/** Host and port. Docker reads `a_b.com/x` as a repository without any registry, which nothing can pull. */
function checkRegistry(text: string, registry: string): void {
  if (registry.includes('_')) {
    throw refusal(text, `"${registry}" is no host name`, 'a host name has no underscore')
  }
  const host = /^(\[[A-Fa-f0-9:]+\]|[^:[\]]+)(?::[0-9]+)?$/.exec(registry)?.[1] ?? ''
  const labels = host.startsWith('[') ? [] : host.split('.')
  if (!labels.every(label => /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/.test(label))) {
    throw refusal(text, `"${registry}" is no registry host`)
  }
}

function checkPath(text: string, path: string): void {
  if (path === '') throw refusal(text, 'it has no repository name')
  if (/[A-Z]/.test(path)) {
    throw refusal(text, 'repository names are lower case', `write "${path.toLowerCase()}" for "${path}"`)
  }
  for (const component of path.split('/')) {
    if (component === '') throw refusal(text, 'a repository name has something on both sides of every "/"')
    if (!/^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/.test(component)) {
      throw refusal(text, `"${component}" is no part of a repository name`, COMPONENT)
    }
  }
}

const COMPONENT = 'letters and digits, joined by one ".", one or two "_", or dashes'

function checkTag(text: string, tag: string): void {
  if (tag.length > TAG_LIMIT) throw refusal(text, `the tag is longer than ${TAG_LIMIT} characters`)
  if (tag === '') throw refusal(text, 'the tag is empty', 'write a tag after the ":"')
  if (!/^\w[\w.-]*$/.test(tag)) {
    throw refusal(text, `"${tag}" is no tag`, 'letters, digits, "_", ".", "-", and neither "." nor "-" first')
  }
}

function checkDigest(text: string, digest: string): void {
  const fault = digestFault(digest)
  if (fault !== null) throw refusal(text, fault)
}

/** Why Docker, with the algorithms of https://github.com/opencontainers/go-digest, refuses a digest, or null. */
function digestFault(digest: string): string | null {
  const [algorithm, hex] = cut(digest, ':')
  const digits = HEX_DIGITS.get(algorithm)
  if (hex === null) return 'a digest looks like "sha256:…"'
  if (digits === undefined) return `"${algorithm}" is none of ${[...HEX_DIGITS.keys()].join(', ')}`
  if (hex.length !== digits) return `${algorithm} has ${digits} hex digits, not ${hex.length}`
  return /^[a-f0-9]*$/.test(hex) ? null : `${algorithm} is written in 0-9 and a-f`
}

function refusal(text: string, reason: string, cure: string | null = null): Invalid {
  return new Invalid(`not an image reference: "${excerpt(text)}": ${excerpt(reason)}`, cure && excerpt(cure))
}

/** The longest reference that is meant seriously is shorter. */
function excerpt(text: string): string {
  return text.length > 500 ? `${text.slice(0, 500)}…` : text
}

function cut(text: string, separator: string): readonly [before: string, after: string | null] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, null] : [text.slice(0, at), text.slice(at + separator.length)]
}
