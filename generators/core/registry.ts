import { Invalid } from './problem.ts'

export type RegistryType = 'aliyun' | 'harbor' | 'gitlab' | 'dockerhub' | 'plain'
export type Naming = 'flat' | 'path' | 'basename'

/** Where images go. */
export interface Registry {
  readonly name: string
  readonly id: number | null
  readonly host: string
  readonly namespace: string | null
  readonly type: RegistryType
  readonly naming: Naming
  /** The address that hosts inside the cloud use; null where there is no other. */
  readonly vpcHost: string | null
  /** Whether plain HTTP or a certificate that nobody vouches for will do. */
  readonly insecure: boolean
  /** The environment variables that have the login; null where only the engine's own store has it. */
  readonly login: LoginVariables | null
}

/** Names of environment variables. */
export interface LoginVariables {
  readonly username: string
  readonly password: string
}

/** What a registry is where nobody says more of it. */
export const USUAL = { vpcHost: null, insecure: false, login: null } as const

/** Names that all mean Docker Hub: https://github.com/distribution/reference/blob/main/normalize.go. */
const DOCKER_HUB = [
  'docker.io',
  'index.docker.io',
  'registry-1.docker.io',
  'registry.hub.docker.com',
  'hub.docker.com',
]

/** The registry of an address HOST/NAMESPACE. Throws Invalid. */
export function registryOfAddress(address: string): Registry {
  const slash = address.indexOf('/')
  const host = address.slice(0, slash)
  const namespace = address.slice(slash + 1)
  const type = typeOfHost(host)
  const name = type === 'aliyun' ? 'aliyun' : 'target'
  return checkRegistry({ name, id: null, host, namespace: namespace || null, type, naming: 'flat', ...USUAL })
}

/** Host and namespace, as they stand before every name there: registryOfAddress reads it back. */
export function addressOf({ host, namespace }: Pick<Registry, 'host' | 'namespace'>): string {
  return namespace === null ? host : `${host}/${namespace}`
}

/** What a host is when nobody says so. */
export function typeOfHost(host: string): RegistryType {
  return /\.aliyuncs\.com(?::[0-9]+)?$/i.test(host) ? 'aliyun' : 'plain'
}

/** Harbor and GitLab have folders of repositories, the others have one level. */
export function namingOfType(type: RegistryType): Naming {
  return type === 'harbor' || type === 'gitlab' ? 'path' : 'flat'
}

/** Returns the registry, or throws Invalid where Docker would take its names for another place or nobody accept them. */
export function checkRegistry(registry: Registry): Registry {
  for (const host of [registry.host, registry.vpcHost ?? registry.host]) {
    checkHost(host)
    checkHub(host, registry.type)
  }
  checkNamespace(registry)
  return registry
}

/** The two variables of a login, or null without any. Throws Invalid where one stands without the other. */
export function loginVariables(username: string | null, password: string | null): LoginVariables | null {
  if (username === null && password === null) return null
  if (username !== null && password !== null) return { username, password }
  const [given, missing] =
    username === null ? ['password-env', 'username-env'] : ['username-env', 'password-env']
  const cure = `add "${missing}", the name of an environment variable, or take "${given}" away`
  throw new Invalid(`"${given}" stands without "${missing}"`, cure)
}

/** Holds what stands before the names of images, HOST or HOST/PATH, to what Docker takes for a registry. Throws Invalid. */
export function checkProxy(proxy: string): void {
  const [host = '', ...path] = proxy.split('/')
  checkHost(host)
  if (!path.every(step => STEP.test(step)))
    throw new Invalid(`not a path of a registry: "${path.join('/')}"`, STEPS)
}

const STEP = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/
const STEPS = 'lower case letters and digits, joined by ".", "_", "-" or "/"'

/** A host of a registry, with its port if it has one. */
export const HOST =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[A-Fa-f0-9:]+\])(?::[0-9]{1,5})?$/

/** Holds a host to what Docker takes for one. Throws Invalid. */
export function checkHost(host: string): void {
  if (host.length > 255 || !HOST.test(host)) {
    throw new Invalid(`not a registry host: "${host}"`, 'write HOST or HOST:PORT, without https:// and path')
  }
  if (!/[.:]/.test(host) && host !== 'localhost') {
    const cure = `write its full name, such as "${host}.example.com"`
    throw new Invalid(`Docker would send "${host}/…" to Docker Hub: it has no dot and no port`, cure)
  }
}

function checkHub(host: string, type: RegistryType): void {
  if (DOCKER_HUB.includes(host.toLowerCase()) && type !== 'dockerhub') {
    throw new Invalid(`"${host}" is Docker Hub`, 'say so by "type: dockerhub", or name another host')
  }
  // The other names are those of a web page and of what stands behind docker.io.
  if (type === 'dockerhub' && host !== 'docker.io') {
    throw new Invalid(`images of Docker Hub have no names under "${host}"`, 'write "host: docker.io"')
  }
}

function checkNamespace({ host, namespace, type }: Registry): void {
  if (namespace === null) {
    if (type === 'plain') return
    throw new Invalid(`"${host}" has no namespace`, `write ${NAMESPACE[type]} after it`)
  }
  if (!namespace.split('/').every(step => STEP.test(step))) {
    throw new Invalid(`not a namespace: "${namespace}"`, STEPS)
  }
  if (type === 'aliyun' && !/^[^/]{2,120}$/.test(namespace)) {
    throw new Invalid(`not an Aliyun namespace: "${namespace}"`, 'it has 2 to 120 characters and no "/"')
  }
}

const NAMESPACE: Readonly<Record<Exclude<RegistryType, 'plain'>, string>> = {
  aliyun: 'the namespace',
  harbor: 'the project',
  gitlab: 'group and project',
  dockerhub: 'your user or organisation',
}
