import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  type ClientRequest,
  createServer as createPlainServer,
  type IncomingMessage,
  request as plainRequest,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { Transform, type TransformCallback } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Certificate } from './internet.ts'

/** What a request is about; ping is /v2/ itself, other is what no registry knows. */
export type Kind = 'ping' | 'manifest' | 'blob' | 'upload' | 'tags' | 'token' | 'other'

/** Which requests: all that is given must hold, nothing given is every request. */
export interface Match {
  readonly method?: string | readonly string[]
  readonly kind?: Kind | readonly Kind[]
  /** The repository, in which * stands for anything. */
  readonly repository?: string
  /** Path with query. */
  readonly path?: RegExp
  /** The name that the client asked, without port: breaks one registry of the internet only. */
  readonly host?: string
  /** User-Agent: tells the engine (docker/…) from curl. */
  readonly agent?: RegExp
}

/** What is sent instead of the registry's answer, which is not asked. */
export interface Answer {
  readonly do: 'answer'
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * What happens to a request. `after` counts bytes of the body: of the request where there is one to send (PATCH, PUT,
 * POST), else of the answer. Without it the registry is not asked. A body that does not reach so far passes unharmed, and
 * does not count among the times of its rule.
 */
export type Action =
  | Answer
  /** The connection ends in good order inside the body, though Content-Length says more. */
  | { readonly do: 'cut'; readonly after: number }
  /** The connection is torn down (RST). */
  | { readonly do: 'reset'; readonly after?: number }
  /** Nothing more comes, and the connection stays. */
  | { readonly do: 'stall'; readonly after?: number }
  /** The registry does the work, and then the connection is torn down. */
  | { readonly do: 'lose' }
  /** Bytes per second, both ways. Goes together with the rules that follow. */
  | { readonly do: 'slow'; readonly rate: number }
  /** Milliseconds before anything happens. Goes together with the rules that follow. */
  | { readonly do: 'delay'; readonly ms: number }
  /** The real answer with another Docker-Content-Digest. */
  | { readonly do: 'misname'; readonly digest: string }
  /** The registry gets another body, and its answer has the digest of the one that was sent. */
  | { readonly do: 'alter'; readonly change: (body: Buffer) => Buffer }

export interface Rule {
  readonly match: Match
  /** How often, always without it. */
  readonly times?: number
  readonly action: Action
}

/** A request and what became of it. Bytes are those of bodies. */
export interface Exchange {
  readonly method: string
  readonly path: string
  readonly kind: Kind
  readonly repository: string
  readonly host: string
  readonly agent: string
  /** Milliseconds since 1970. */
  readonly begun: number
  /** What was done to it besides passing it on. */
  readonly faults: readonly Action['do'][]
  /** Of the answer, null while there is none. */
  readonly status: number | null
  /** Bytes that came from the client. */
  readonly received: number
  /** Bytes that went to the client. */
  readonly sent: number
}

export interface Total {
  readonly requests: number
  readonly received: number
  readonly sent: number
}

export interface FaultProxyOptions {
  /** Host and port; port 0 takes a free one, which stays the same over restarts. */
  readonly listen: string
  /** Host and port of the server behind it, which speaks HTTP without TLS. */
  readonly upstream: string
  /** Makes it an HTTPS server. */
  readonly tls?: Certificate
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] }
type Entry = Mutable<Exchange>
type Stop = Extract<Action, { do: 'cut' | 'reset' | 'stall' }>

interface Plan {
  readonly rate: number
  readonly delay: number
  readonly action: Exclude<Action, { do: 'slow' | 'delay' }> | null
  /** Asked at the moment when the action would happen inside a body: whether it does. */
  readonly strike: () => boolean
}

/** Time in which what was written to a socket goes out. */
const SETTLE = 50
const HOPS = ['connection', 'keep-alive', 'expect', 'proxy-connection', 'te', 'upgrade']

/** An HTTP or HTTPS server in front of a registry, which fails by rules that may change at any time, and counts. */
export class FaultProxy {
  readonly #options: FaultProxyOptions
  readonly #sockets = new Map<number, Socket>()
  readonly #entries: Entry[] = []
  #rules: { readonly rule: Rule; left: number }[] = []
  #server: Server | null = null
  #address: string

  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options)
    await proxy.start()
    return proxy
  }

  private constructor(options: FaultProxyOptions) {
    this.#options = options
    this.#address = options.listen
  }

  /** Host and port. */
  get address(): string {
    return this.#address
  }

  /** Adds a rule behind those there are: of two that answer, the older one does. Returns what takes it away. */
  add(rule: Rule): () => void {
    const entry = { rule, left: rule.times ?? Number.POSITIVE_INFINITY }
    this.#rules.push(entry)
    return () => {
      this.#rules = this.#rules.filter(other => other !== entry)
    }
  }

  /** Takes all rules away. Who was stalled stays so. */
  clear(): void {
    this.#rules = []
  }

  /** Forgets what was counted. */
  forget(): void {
    this.#entries.length = 0
  }

  /** The requests so far, oldest first. */
  exchanges(match: Match = {}): readonly Exchange[] {
    return this.#entries.filter(entry => matches(match, entry)).map(entry => ({ ...entry }))
  }

  /** Their number, and their bytes in both directions. */
  total(match: Match = {}): Total {
    return sum(this.exchanges(match))
  }

  /** The same for each method, kind and repository, by the key "GET blob library/nginx". */
  totals(match: Match = {}): ReadonlyMap<string, Total> {
    const groups = new Map<string, Exchange[]>()
    for (const exchange of this.exchanges(match)) {
      const key = `${exchange.method} ${exchange.kind} ${exchange.repository}`.trimEnd()
      groups.set(key, [...(groups.get(key) ?? []), exchange])
    }
    return new Map([...groups].map(([key, exchanges]) => [key, sum(exchanges)]))
  }

  /** Returns when the counts are as wanted, so that a test can act in the middle of a transfer. */
  async until(match: Match, wanted: (total: Total) => boolean, patience: number = 20_000): Promise<void> {
    const end = Date.now() + patience
    while (!wanted(this.total(match))) {
      if (Date.now() > end) throw new Error(`not within ${patience} ms: ${JSON.stringify(this.total(match))}`)
      await sleep(5)
    }
  }

  /** Listens, or listens again after stop(), at the same address. */
  async start(): Promise<void> {
    if (this.#server !== null) throw new Error(`the proxy on ${this.#address} runs already`)
    const { tls } = this.#options
    const serve = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response)
    const server =
      tls === undefined
        ? createPlainServer(serve)
        : createTlsServer({ cert: readFileSync(tls.certificate), key: readFileSync(tls.key) }, serve)
    // Under TLS a request knows only the encrypted side of its connection, and that cannot be reset.
    server.on('connection', (socket: Socket) => {
      const port = socket.remotePort ?? 0
      this.#sockets.set(port, socket)
      socket.on('close', () => this.#sockets.delete(port)).on('error', () => {})
    })
    server.on('tlsClientError', () => {})
    server.requestTimeout = 0
    const [host = '', port = ''] = this.#address.split(':')
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(Number(port), host, resolve)
    })
    this.#address = `${host}:${(server.address() as AddressInfo).port}`
    this.#server = server
  }

  /** Tears all connections down and closes the port, as a crash does. */
  async stop(): Promise<void> {
    const server = this.#server
    if (server === null) return
    this.#server = null
    const closed = new Promise<void>(resolve => server.close(() => resolve()))
    for (const socket of this.#sockets.values()) socket.resetAndDestroy()
    server.closeAllConnections()
    await closed
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const entry = entryOf(request)
    this.#entries.push(entry)
    const plan = this.#plan(entry)
    request.on('error', () => {})
    response.on('error', () => {})
    try {
      if (plan.delay > 0) await sleep(plan.delay)
      await this.#act(plan, entry, request, response)
    } catch {
      this.#reset(request)
    }
  }

  /** Takes what the rules say about a request, and counts them down. */
  #plan(entry: Entry): Plan {
    let plan: Plan = { rate: Number.POSITIVE_INFINITY, delay: 0, action: null, strike: () => false }
    for (const candidate of this.#rules) {
      const { action, match } = candidate.rule
      if (candidate.left === 0 || !matches(match, entry)) continue
      const strike = () => {
        if (candidate.left === 0) return false
        candidate.left -= 1
        entry.faults = [...entry.faults, action.do]
        return true
      }
      if (isStop(action) && action.after !== undefined) return { ...plan, action, strike }
      strike()
      if (action.do === 'slow') plan = { ...plan, rate: Math.min(plan.rate, action.rate) }
      else if (action.do === 'delay') plan = { ...plan, delay: plan.delay + action.ms }
      else return { ...plan, action }
    }
    return plan
  }

  async #act(plan: Plan, entry: Entry, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { action } = plan
    if (action?.do === 'answer') {
      await answerBy(action, entry, request, response)
    } else if (action?.do === 'alter') {
      await this.#alter(action.change, entry, request, response)
    } else if (isStop(action) && action.after === undefined) {
      if (action.do === 'reset') this.#reset(request)
    } else {
      await this.#pass(plan, entry, request, response)
    }
  }

  /** Passes request and answer on, piece by piece. */
  async #pass(plan: Plan, entry: Entry, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { action, rate, strike } = plan
    const sends = hasBody(request)
    const meter = (down: boolean) => {
      const limit = isStop(action) && down !== sends ? action : null
      const count = (bytes: number) => {
        entry[down ? 'sent' : 'received'] += bytes
      }
      const stop = () => {
        const struck = strike()
        if (struck) void this.#end(limit, request)
        return struck
      }
      return new Meter(rate, limit?.after, count, stop)
    }
    const onward = this.#onward(request)
    response.on('close', () => onward.destroy())
    // Not by pipeline(), which would end the connection to the client with the upload: an answer may come before its end.
    request.pipe(meter(false)).pipe(onward)
    const answered = await answerTo(onward)
    if (action?.do === 'lose') return this.#reset(request)
    entry.status = answered.statusCode ?? null
    const headers = headersOf(answered)
    if (action?.do === 'misname') headers['docker-content-digest'] = action.digest
    response.writeHead(answered.statusCode ?? 502, headers)
    response.flushHeaders()
    await pipeline(answered, meter(true), response)
    request.unpipe().resume()
  }

  /** Lets the registry have something else than what was sent, without saying so. */
  async #alter(
    change: (body: Buffer) => Buffer,
    entry: Entry,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const original = await bodyOf(request)
    entry.received += original.length
    const digest = `sha256:${createHash('sha256').update(original).digest('hex')}`
    const onward = this.#onward(request)
    response.on('close', () => onward.destroy())
    const changed = change(original)
    onward.removeHeader('transfer-encoding')
    onward.setHeader('content-length', changed.length)
    onward.end(changed)
    const answered = await answerTo(onward)
    const headers = headersOf(answered)
    const real = headers['docker-content-digest']
    entry.status = answered.statusCode ?? null
    if (typeof real === 'string') {
      headers['docker-content-digest'] = digest
      if (headers.location !== undefined) headers.location = headers.location.replace(real, digest)
    }
    response.writeHead(answered.statusCode ?? 502, headers)
    const body = await bodyOf(answered)
    entry.sent += body.length
    response.end(body)
  }

  /** Begins the same request to the registry. */
  #onward(request: IncomingMessage): ClientRequest {
    const [host = '', port = ''] = this.#options.upstream.split(':')
    const scheme = this.#options.tls === undefined ? {} : { 'x-forwarded-proto': 'https' }
    const onward = plainRequest({
      host,
      port: Number(port),
      method: request.method,
      path: request.url,
      agent: false,
      headers: { ...headersOf(request), ...scheme },
    })
    onward.on('error', () => {})
    return onward
  }

  /** Carries a stop out, once what came before it is on its way. */
  async #end(stop: Stop | null, request: IncomingMessage): Promise<void> {
    await sleep(SETTLE)
    if (stop?.do === 'cut') request.socket.end()
    if (stop?.do === 'reset') this.#reset(request)
  }

  #reset(request: IncomingMessage): void {
    this.#sockets.get(request.socket.remotePort ?? 0)?.resetAndDestroy()
  }
}

/** Counts what flows through it, slows it down, and lets nothing pass a limit if it is told so when that is reached. */
class Meter extends Transform {
  readonly #rate: number
  readonly #count: (bytes: number) => void
  readonly #stop: () => boolean
  #left: number

  constructor(rate: number, limit: number | undefined, count: (bytes: number) => void, stop: () => boolean) {
    super()
    this.#rate = rate
    this.#left = limit ?? Number.POSITIVE_INFINITY
    this.#count = count
    this.#stop = stop
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.#flow(chunk).then(more => more && done(), done)
  }

  async #flow(chunk: Buffer): Promise<boolean> {
    const step = Math.max(1, Math.min(chunk.length, Math.ceil(this.#rate / 20)))
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + Math.min(step, this.#left))
      if (Number.isFinite(this.#rate)) await sleep((piece.length / this.#rate) * 1000)
      this.#count(piece.length)
      this.push(piece)
      at += piece.length
      this.#left -= piece.length
      if (this.#left > 0) continue
      if (this.#stop()) return false
      this.#left = Number.POSITIVE_INFINITY
    }
    return true
  }
}

function isStop(action: Action | null): action is Stop {
  return action?.do === 'cut' || action?.do === 'reset' || action?.do === 'stall'
}

function entryOf(request: IncomingMessage): Entry {
  const path = request.url ?? ''
  return {
    method: request.method ?? '',
    path,
    ...subjectOf(path),
    host: request.headers.host?.replace(/:\d+$/, '') ?? '',
    agent: request.headers['user-agent'] ?? '',
    begun: Date.now(),
    faults: [],
    status: null,
    received: 0,
    sent: 0,
  }
}

function subjectOf(path: string): { kind: Kind; repository: string } {
  const [plain = ''] = path.split('?')
  if (/^\/v2\/?$/.test(plain)) return { kind: 'ping', repository: '' }
  if (plain === '/token') return { kind: 'token', repository: '' }
  const [, repository = '', what] =
    /^\/v2\/(.+?)\/(blobs\/uploads|blobs|manifests|tags)(?:\/[^/]*)*$/.exec(plain) ?? []
  const kinds = { 'blobs/uploads': 'upload', blobs: 'blob', manifests: 'manifest', tags: 'tags' } as const
  return { kind: kinds[what as keyof typeof kinds] ?? 'other', repository }
}

function matches(match: Match, entry: Entry): boolean {
  const among = (wanted: string | readonly string[] | undefined, value: string) =>
    wanted === undefined || [wanted].flat().includes(value)
  return (
    among(match.method, entry.method) &&
    among(match.kind, entry.kind) &&
    among(match.host, entry.host) &&
    (match.repository === undefined || like(match.repository, entry.repository)) &&
    (match.path === undefined || match.path.test(entry.path)) &&
    (match.agent === undefined || match.agent.test(entry.agent))
  )
}

/** Whether a text is a pattern's, in which * stands for anything. */
export function like(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(text)
}

function sum(exchanges: readonly Exchange[]): Total {
  return exchanges.reduce(
    (total, { received, sent }) => ({
      requests: total.requests + 1,
      received: total.received + received,
      sent: total.sent + sent,
    }),
    { requests: 0, received: 0, sent: 0 },
  )
}

async function answerBy(
  answer: Answer,
  entry: Entry,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.on('data', (part: Buffer) => {
    entry.received += part.length
  })
  entry.status = answer.status
  response.writeHead(answer.status, { 'content-length': Buffer.byteLength(answer.body), ...answer.headers })
  if (request.method !== 'HEAD') entry.sent += Buffer.byteLength(answer.body)
  await new Promise<void>(resolve => response.on('close', resolve).end(answer.body, resolve))
}

function answerTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve).once('error', reject)
    request.once('close', () => reject(new Error('no answer')))
  })
}

function hasBody(request: IncomingMessage): boolean {
  return (
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
  )
}

function headersOf(message: IncomingMessage): Mutable<IncomingMessage['headers']> {
  return Object.fromEntries(Object.entries(message.headers).filter(([name]) => !HOPS.includes(name)))
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of message) parts.push(part)
  return Buffer.concat(parts)
}
