import { createSocket } from 'node:dgram'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type Environment, must } from './command.ts'

/** Names under which the registry that plays the internet answers; more can be given to startLab. */
export const PUBLIC_HOSTS = [
  'docker.io',
  'registry-1.docker.io',
  'auth.docker.io',
  'index.docker.io',
  'ghcr.io',
  'quay.io',
  'gcr.io',
  'registry.k8s.io',
  'mcr.microsoft.com',
  'docker.elastic.co',
  'container-registry.oracle.com',
  'downloads.unstructured.io',
]

/** Where the laboratory's name server listens: loopback, and not where a resolver of the machine would be. */
const NAME_SERVER = '127.53.53.53'

export interface Certificate {
  readonly certificate: string
  readonly key: string
}

/** The files that make a process see the laboratory instead of the internet, and what ends their name server. */
export interface Names {
  readonly hosts: string
  readonly resolver: string
  close(): Promise<void>
}

/** Writes a self-signed certificate for the names and for 127.0.0.1. */
export async function makeCertificate(
  dir: string,
  names: readonly string[],
  env: Environment,
): Promise<Certificate> {
  const certificate = join(dir, 'internet.crt')
  const key = join(dir, 'internet.key')
  const subjects = ['IP:127.0.0.1', ...names.map(name => `DNS:${name}`)].join(',')
  const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj'.split(' ')
  const rest = [
    '/CN=laboratory',
    '-addext',
    `subjectAltName=${subjects}`,
    '-keyout',
    key,
    '-out',
    certificate,
  ]
  await must(['openssl', ...request, ...rest], env)
  return { certificate, key }
}

/** Binds the names to their addresses. All others do not exist, and no question leaves this machine. */
export async function makeNames(dir: string, addresses: ReadonlyMap<string, string>): Promise<Names> {
  const hosts = join(dir, 'hosts')
  const resolver = join(dir, 'resolv.conf')
  const lines = [...addresses].map(([name, address]) => `${address} ${name}\n`)
  writeFileSync(hosts, `127.0.0.1 localhost\n${lines.join('')}`)
  writeFileSync(resolver, `nameserver ${NAME_SERVER}\noptions timeout:2 attempts:1\n`)
  const socket = createSocket('udp4')
  socket.on('message', (query, from) => socket.send(noSuchName(query), from.port, from.address))
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(53, NAME_SERVER, resolve)
  })
  return { hosts, resolver, close: () => new Promise(resolve => socket.close(() => resolve())) }
}

/** The answer NXDOMAIN: the query's id and its question, without the extensions that may follow it. */
function noSuchName(query: Buffer): Buffer {
  let end = 12
  for (let length = query[end]; length !== undefined && length > 0; length = query[end]) end += length + 1
  const answer = Buffer.from(query.subarray(0, end + 5))
  answer.writeUInt16BE(0x8183, 2)
  answer.writeUInt16BE(1, 4)
  answer.fill(0, 6, 12)
  return answer
}

/** Throws, in words that help, if something listens where the internet has to be played. */
export async function requireFreePort(port: number, address: string): Promise<void> {
  const server = createServer()
  const failure = await new Promise<Error | null>(resolve => {
    server.once('error', resolve)
    server.listen(port, address, () => resolve(null))
  })
  await new Promise(resolve => server.close(resolve))
  if (failure === null) return
  const cure = `see "ss -ltnp 'sport = :${port}'", end it (another laboratory?) and try again`
  throw new Error(`the e2e laboratory cannot listen on ${address}:${port} (${failure.message}): ${cure}`)
}
