import { createPrivateKey, type KeyObject, randomUUID, sign, X509Certificate } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Environment, must } from './command.ts'
import { like } from './fault-proxy.ts'

export type Right = 'pull' | 'push' | 'delete'

/** What someone may do, by repository, in which * stands for anything. The first one that fits counts. */
export type Rights = Readonly<Record<string, readonly Right[]>>

export interface TokenServerOptions {
  /** Its folder, which is made. */
  readonly dir: string
  readonly env: Environment
}

/** What a token is for, as it stands in the token. */
export interface Access {
  readonly type: string
  readonly name: string
  readonly actions: readonly string[]
}

/** A token that was asked for. */
export interface TokenRequest {
  /** Who asked, null without credentials. */
  readonly user: string | null
  readonly asked: readonly Access[]
  /** What was given, null where the password was wrong. */
  readonly given: readonly Access[] | null
}

const SERVICE = 'laboratory'
const ISSUER = 'laboratory tokens'
const LIFETIME = 300

/** Gives Bearer tokens as Docker Hub, ACR and Harbor do: by users, passwords, and rights that may change at any time. */
export class TokenServer {
  readonly #certificate: string
  readonly #key: KeyObject
  readonly #server: Server
  readonly #users = new Map<string, { readonly password: string; readonly rights: Rights }>()
  readonly #requests: TokenRequest[] = []
  #anonymous: Rights = {}

  static async start(options: TokenServerOptions): Promise<TokenServer> {
    mkdirSync(options.dir, { recursive: true })
    const certificate = join(options.dir, 'token.crt')
    const key = join(options.dir, 'token.key')
    const make = 'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=tokens'.split(' ')
    await must(['openssl', ...make, '-keyout', key, '-out', certificate], options.env)
    const tokens = new TokenServer(certificate, key)
    await new Promise<void>((resolve, reject) => {
      tokens.#server.once('error', reject).listen(0, '127.0.0.1', resolve)
    })
    return tokens
  }

  private constructor(certificate: string, key: string) {
    this.#certificate = certificate
    this.#key = createPrivateKey(readFileSync(key))
    this.#server = createServer((request, response) => this.#serve(request, response))
  }

  /** Host and port. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Makes a user, or gives one another password and other rights. */
  setUser(user: string, password: string, rights: Rights): void {
    this.#users.set(user, { password, rights })
  }

  removeUser(user: string): void {
    this.#users.delete(user)
  }

  /** What everyone may do; nothing at first. */
  setAnonymous(rights: Rights): void {
    this.#anonymous = rights
  }

  /** The tokens that were asked for so far, oldest first. */
  requests(): readonly TokenRequest[] {
    return [...this.#requests]
  }

  /** The registry's settings, for a token server that clients see at an address. */
  settings(address: string): object {
    const realm = `http://${address}/token`
    return { token: { realm, service: SERVICE, issuer: ISSUER, rootcertbundle: this.#certificate } }
  }

  /** A token for the laboratory itself. */
  issue(access: readonly Access[], user: string = 'laboratory'): string {
    const now = Math.floor(Date.now() / 1000)
    const x5c = [new X509Certificate(readFileSync(this.#certificate)).raw.toString('base64')]
    const claims = {
      ...{ iss: ISSUER, aud: SERVICE, sub: user, jti: randomUUID() },
      ...{ iat: now, nbf: now - 10, exp: now + LIFETIME },
      access,
    }
    const signed = [{ typ: 'JWT', alg: 'RS256', x5c }, claims]
      .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    return `${signed}.${sign('sha256', Buffer.from(signed), this.#key).toString('base64url')}`
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    request.resume()
    const { status, body } = this.#answer(request)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  #answer(request: IncomingMessage): { readonly status: number; readonly body: object } {
    const url = new URL(request.url ?? '', 'http://laboratory')
    // containerd tries POST first, and takes 405 as "by GET".
    if (request.method !== 'GET') return { status: 405, body: {} }
    if (url.pathname !== '/token') return { status: 404, body: {} }
    const asked = url.searchParams.getAll('scope').flatMap(parseScopes)
    const login = credentialsOf(request)
    const rights = this.#rightsOf(login)
    const given = rights === null ? null : asked.map(access => grant(access, rights))
    this.#requests.push({ user: login?.user ?? null, asked, given })
    if (given === null) return { status: 401, body: { details: 'incorrect username or password' } }
    const token = this.issue(given, login?.user ?? '')
    return { status: 200, body: { token, access_token: token, expires_in: LIFETIME } }
  }

  #rightsOf(login: Credentials | null): Rights | null {
    if (login === null) return this.#anonymous
    const user = this.#users.get(login.user)
    return user?.password === login.password ? user.rights : null
  }
}

interface Credentials {
  readonly user: string
  readonly password: string
}

function credentialsOf(request: IncomingMessage): Credentials | null {
  const [, encoded] = /^Basic (.+)$/.exec(request.headers.authorization ?? '') ?? []
  if (encoded === undefined) return null
  const [, user = '', password = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? []
  return { user, password }
}

/** The scopes "repository:team/app:pull,push", with blanks between several. */
function parseScopes(text: string): Access[] {
  return text.split(' ').flatMap(scope => {
    const [, type = '', name = '', actions = ''] = /^([^:]+):(.+):([^:]*)$/.exec(scope) ?? []
    return type === '' ? [] : [{ type, name, actions: actions.split(',') }]
  })
}

/** What is left of a wish: a token with less, or with nothing, is an answer like any other. */
function grant({ type, name, actions }: Access, rights: Rights): Access {
  const [, allowed = []] = Object.entries(rights).find(([pattern]) => like(pattern, name)) ?? []
  const may = (action: string) => type === 'repository' && allowed.some(right => right === action)
  return { type, name, actions: actions.filter(may) }
}
