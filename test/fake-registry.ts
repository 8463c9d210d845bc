import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'

export interface FakeRegistryOptions {
  /** What it asks for; by default nothing. */
  readonly asks?: 'basic' | 'bearer'
  /** How it writes the names of headers. */
  readonly spell?: (name: string) => string
  /** Where it listens. */
  readonly address?: string
  /** Files of a certificate and its key: it speaks https. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** What /v2/ and everything else answers in place of what a registry does. */
  readonly portal?: number
  /** Seconds for which a token holds; null leaves that out of the answer. */
  readonly lifetime?: number | null
  /** The challenge, in place of the usual one; PORT stands for its port. */
  readonly challenge?: string
}

export const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`
export const PASSWORD = 's3cret "p\\ä'
export const LOGIN = Buffer.from(`robot:${PASSWORD}`).toString('base64')
export const TOKEN = 'eyJh.t0ken-_'

const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]

const VERSION = { 'Docker-Distribution-Api-Version': 'registry/2.0' }

type Answer = readonly [status: number, headers?: Readonly<Record<string, string>>, body?: string]

/** A registry, as far as one sees it who asks for digests; with `asks: 'bearer'` its server of tokens, too. */
export class FakeRegistry {
  /** Every request: method and path. */
  readonly requests: string[] = []
  readonly #options: FakeRegistryOptions
  readonly #server: Server

  static async start(options: FakeRegistryOptions = {}): Promise<FakeRegistry> {
    const registry = new FakeRegistry(options)
    await new Promise<void>((resolve, reject) => {
      registry.#server.once('error', reject).listen(0, options.address ?? '127.0.0.1', resolve)
    })
    return registry
  }

  private constructor(options: FakeRegistryOptions) {
    this.#options = options
    const listener = (request: IncomingMessage, response: ServerResponse) => this.#reply(request, response)
    this.#server =
      options.tls === undefined
        ? createServer(listener)
        : createSecureServer(
            { cert: readFileSync(options.tls.cert), key: readFileSync(options.tls.key) },
            listener,
          )
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** What was asked for since the last time, without the first look at the host. */
  take(): readonly string[] {
    return this.requests.splice(0).filter(request => request !== 'GET /v2/')
  }

  stop(): void {
    this.#server.close()
  }

  #reply(request: IncomingMessage, response: ServerResponse): void {
    const [status, headers = {}, body = ''] = this.#answer(request)
    const spell = this.#options.spell ?? (name => name)
    response.writeHead(
      status,
      Object.entries(headers).flatMap(([name, value]) => [spell(name), value]),
    )
    response.end(body)
  }

  #answer({ method, url, headers }: IncomingMessage): Answer {
    const { pathname, searchParams } = new URL(url ?? '', 'http://registry')
    this.requests.push(`${method} ${pathname}`)
    const { portal, asks } = this.#options
    if (portal !== undefined) return [portal, { 'Content-Type': 'text/html' }, '<html></html>']
    if (pathname === '/token') return this.#token(headers.authorization, searchParams)
    const [, repository = '', tag = ''] = /^\/v2\/(.+)\/manifests\/(.+)$/.exec(pathname) ?? []
    const wanted = { basic: `Basic ${LOGIN}`, bearer: `Bearer ${tokenOf(`repository:${repository}:pull`)}` }
    if (asks !== undefined && headers.authorization !== wanted[asks] && repository !== 'public/app')
      return [401, { ...VERSION, 'WWW-Authenticate': this.#challenge(asks) }]
    if (pathname.endsWith('/blobs/uploads/')) return [202, VERSION]
    if (repository === '') return [200, VERSION, '{}']
    if (ACCEPT.some(type => !(headers.accept ?? '').includes(type))) return [404]
    if (/^\d{3}$/.test(tag)) return [Number(tag), VERSION]
    if (tag === 'html') return [200, { 'Content-Type': 'text/html' }]
    if (tag === 'short') return [200, { 'Docker-Content-Digest': DIGEST.slice(0, -1) }]
    if (tag === 'odd') return [200, { 'Docker-Content-Digest': `${DIGEST.slice(0, -1)}"` }]
    return [200, { ...VERSION, 'Docker-Content-Digest': DIGEST }]
  }

  #challenge(asks: 'basic' | 'bearer'): string {
    const { challenge } = this.#options
    if (challenge !== undefined) return challenge.replace('PORT', String(this.port))
    if (asks === 'basic') return 'Basic realm="lab"'
    return `Bearer realm="http://127.0.0.1:${this.port}/token",service="lab & co",scope="repository:x:pull"`
  }

  #token(authorization: string | undefined, query: URLSearchParams): Answer {
    if (authorization !== undefined && authorization !== `Basic ${LOGIN}`) return [401]
    if (query.get('service') !== 'lab & co') return [400]
    const { lifetime = 300 } = this.#options
    const token = tokenOf(authorization === undefined ? 'nothing' : (query.get('scope') ?? ''))
    const expires = lifetime === null ? {} : { expires_in: lifetime }
    return [200, {}, JSON.stringify({ nested: { token: 'no' }, token, ...expires })]
  }
}

/** A token for a scope. */
function tokenOf(scope: string): string {
  return TOKEN + Buffer.from(scope).toString('base64url')
}
