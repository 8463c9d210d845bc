import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type IncomingHttpHeaders, Agent as PlainAgent, request as plainRequest } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { join } from 'node:path'
import { type Environment, must } from './command.ts'
import { Daemon } from './daemon.ts'
import { buildImage, digestOf, type ImageSpec, MANIFEST_TYPES, type Manifest } from './images.ts'
import type { Certificate } from './internet.ts'

export interface Login {
  readonly user: string
  readonly password: string
}

/** What makes a registry let people in by Bearer tokens. */
export interface Tokens {
  /** Its settings for that. */
  readonly settings: object
  /** A token for the laboratory itself. */
  issue(access: readonly { type: string; name: string; actions: readonly string[] }[]): string
}

export interface RegistryOptions {
  /** Its folder, which is made. */
  readonly dir: string
  /** Host and port; port 0 takes a free one, which stays the same over restarts. */
  readonly listen: string
  readonly env: Environment
  readonly tls?: Certificate
  readonly login?: Login
  /** Instead of login. */
  readonly tokens?: Tokens
  /** Whether references are public names (nginx is library/nginx, any host is this one) or paths of this registry. */
  readonly names: 'public' | 'own'
}

/** What a registry holds after an image was put there. */
export interface Stored {
  readonly reference: string
  /** Digest of what the tag names: the index of a multi-platform image, else the manifest. */
  readonly digest: string
  /** The image id of the first platform. */
  readonly id: string
  readonly platforms: readonly StoredPlatform[]
}

export interface StoredPlatform {
  readonly platform: string
  readonly digest: string
  readonly id: string
  /** Digests of the compressed layers. */
  readonly layers: readonly string[]
  /** Digests of the layers as they are unpacked, lowest first. */
  readonly diffIds: readonly string[]
}

/** A line of the access log. */
export interface Request {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly agent: string
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

interface Place {
  readonly repository: string
  /** A tag or a digest. */
  readonly version: string
}

const OWN_AGENT = 'laboratory'
const AT_ONCE = 8

/** One docker-registry process with its storage, and a hand that reaches into it over HTTP. */
export class Registry {
  readonly #options: RegistryOptions
  readonly #agent: PlainAgent | TlsAgent
  readonly #hidden = new Map<string, Manifest>()
  readonly #daemon: Daemon
  #address: string
  #published: string | null = null

  /** Makes its folder and starts it. */
  static async start(options: RegistryOptions): Promise<Registry> {
    mkdirSync(options.dir, { recursive: true })
    const registry = new Registry(options)
    if (options.login !== undefined) await registry.#writeUsers(options.login)
    await registry.start()
    return registry
  }

  private constructor(options: RegistryOptions) {
    this.#options = options
    this.#address = options.listen
    this.#daemon = this.#makeDaemon()
    this.#agent =
      options.tls === undefined
        ? new PlainAgent({ keepAlive: true, maxSockets: AT_ONCE })
        : new TlsAgent({ keepAlive: true, maxSockets: AT_ONCE, ca: readFileSync(options.tls.certificate) })
  }

  /** Host and port for clients. */
  get address(): string {
    return this.#published ?? this.#address
  }

  /** Host and port where the server itself listens. */
  get listening(): string {
    return this.#address
  }

  /** Sends clients to something that stands before the server; the laboratory's own hand goes past it. */
  publish(address: string): void {
    this.#published = address
  }

  get pid(): number | undefined {
    return this.#daemon.pid
  }

  /** Messages of the server. */
  get log(): string {
    return join(this.#options.dir, 'registry.log')
  }

  /** One line for each request that was answered, in the format of web servers. */
  get accessLog(): string {
    return join(this.#options.dir, 'access.log')
  }

  /** Starts the server again after stop() or kill(), at the same address with the same content. */
  async start(): Promise<void> {
    await this.#daemon.start()
    const found = /listening on ([\d.]+:\d+)/.exec(readFileSync(this.log, 'utf8'))
    if (found?.[1] === undefined) {
      await this.stop()
      throw new Error(`no address in ${this.log}`)
    }
    if (this.#address === found[1]) return
    this.#address = found[1]
    writeFileSync(this.#configFile, this.#config())
  }

  async stop(): Promise<void> {
    this.#agent.destroy()
    await this.#daemon.stop()
  }

  async kill(): Promise<void> {
    this.#agent.destroy()
    await this.#daemon.kill()
  }

  /** The requests of others (the engine, scripts) so far, oldest first. */
  requests(): readonly Request[] {
    const line = /"([A-Z]+) (\S+) [^"]*" (\d+) \S+ "[^"]*" "([^"]*)"/
    return readFileSync(this.accessLog, 'utf8')
      .split('\n')
      .map(text => line.exec(text))
      .flatMap(found => {
        const [, method = '', path = '', status = '', agent = ''] = found ?? []
        return found === null || agent === OWN_AGENT ? [] : [{ method, path, status: Number(status), agent }]
      })
  }

  /** Makes an image and stores it under its reference, or the same image under another one. */
  async put(spec: ImageSpec, reference: string = spec.reference): Promise<Stored> {
    const { repository, version } = this.#locate(reference)
    if (version.includes(':')) throw new Error(`${reference}: an image is put under a tag`)
    const { platforms, index, attestations } = buildImage(spec)
    for (const image of platforms) {
      for (const blob of image.blobs) await this.#putBlob(repository, blob)
      await this.#putManifest({ repository, version: index === null ? version : image.digest }, image)
    }
    for (const statement of attestations) {
      for (const blob of statement.blobs) await this.#putBlob(repository, blob)
      await this.#putManifest({ repository, version: statement.digest }, statement)
    }
    if (index !== null) await this.#putManifest({ repository, version }, index)
    return {
      reference,
      digest: (index ?? platforms[0]).digest,
      id: platforms[0].id,
      platforms: platforms.map(({ platform, digest, id, diffIds, blobs }) => {
        const layers = blobs.map(digestOf).filter(blob => blob !== id)
        return { platform, digest, id, layers, diffIds }
      }),
    }
  }

  /** Puts many images at once, each given by its description or by its reference only. */
  async seed(images: readonly (string | ImageSpec)[]): Promise<readonly Stored[]> {
    const stored: Stored[] = []
    const queue = [...images.entries()]
    const work = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [position, image] = next
        stored[position] = await this.put(typeof image === 'string' ? { reference: image } : image)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    return stored
  }

  /** Takes a manifest away, so that pulling it fails with "not found". All tags of the same digest go with it. */
  async hide(reference: string): Promise<void> {
    const place = this.#locate(reference)
    const manifest = await this.manifest(reference)
    if (manifest === null) throw new Error(`${reference}: not in the registry, so it cannot be hidden`)
    await this.#send(202, 'DELETE', `/v2/${place.repository}/manifests/${manifest.digest}`)
    this.#hidden.set(reference, manifest)
  }

  /** Brings a hidden manifest back, byte for byte. */
  async restore(reference: string): Promise<void> {
    const manifest = this.#hidden.get(reference)
    if (manifest === undefined) throw new Error(`${reference}: was not hidden`)
    await this.#putManifest(this.#locate(reference), manifest)
    this.#hidden.delete(reference)
  }

  /** The manifest or index under a reference, or null. */
  async manifest(reference: string): Promise<Manifest | null> {
    const { repository, version } = this.#locate(reference)
    const accept = { accept: MANIFEST_TYPES.join(', ') }
    const answer = await this.#send([200, 404], 'GET', `/v2/${repository}/manifests/${version}`, accept)
    if (answer.status === 404) return null
    const mediaType = answer.headers['content-type'] ?? ''
    return { mediaType, body: answer.body, digest: digestOf(answer.body) }
  }

  /** The tags of a repository, sorted; none if the repository does not exist. */
  async tags(repository: string): Promise<readonly string[]> {
    const answer = await this.#send([200, 404], 'GET', `/v2/${repository}/tags/list`)
    return answer.status === 404 ? [] : strings(answer.body, 'tags')
  }

  /** All repositories, sorted. */
  async repositories(): Promise<readonly string[]> {
    const answer = await this.#send(200, 'GET', '/v2/_catalog?n=1000')
    return strings(answer.body, 'repositories')
  }

  get #configFile(): string {
    return join(this.#options.dir, 'config.json')
  }

  get #usersFile(): string {
    return join(this.#options.dir, 'htpasswd')
  }

  #makeDaemon(): Daemon {
    writeFileSync(this.#configFile, this.#config())
    return new Daemon({
      name: `docker-registry on ${this.#options.listen}`,
      command: ['docker-registry', 'serve', this.#configFile],
      env: this.#options.env,
      stdout: this.accessLog,
      stderr: this.log,
      ready: output => Promise.resolve(output.includes('listening on ')),
    })
  }

  /** The configuration is YAML, so JSON will do. */
  #config(): string {
    const { dir, tls, login, tokens } = this.#options
    const certificate = tls === undefined ? {} : { tls }
    const htpasswd = login === undefined ? null : { htpasswd: { realm: 'laboratory', path: this.#usersFile } }
    const auth = tokens?.settings ?? htpasswd
    return JSON.stringify({
      version: 0.1,
      log: { level: 'info', fields: {} },
      storage: {
        filesystem: { rootdirectory: join(dir, 'storage') },
        delete: { enabled: true },
        maintenance: { uploadpurging: { enabled: false } },
      },
      http: { addr: this.#address, secret: 'laboratory', ...certificate },
      ...(auth === null ? {} : { auth }),
    })
  }

  async #writeUsers({ user, password }: Login): Promise<void> {
    const lines = await must(['htpasswd', '-niB', '-C', '4', user], this.#options.env, { input: password })
    writeFileSync(this.#usersFile, lines)
  }

  #locate(reference: string): Place {
    const [name = '', digest] = reference.split('@')
    const [, path = '', tag] = /^(.*?)(?::([^/:]+))?$/.exec(name) ?? []
    const [host = '', ...rest] = path.split('/')
    const hosted = rest.length > 0 && (/[.:]/.test(host) || host === 'localhost')
    const hub = this.#options.names === 'public' && (!hosted || host === 'docker.io')
    const inside = hosted ? rest.join('/') : path
    const repository = hub && !inside.includes('/') ? `library/${inside}` : inside
    return { repository, version: digest ?? tag ?? 'latest' }
  }

  async #putBlob(repository: string, blob: Buffer): Promise<void> {
    const opened = await this.#send(202, 'POST', `/v2/${repository}/blobs/uploads/`)
    const location = new URL(opened.headers.location ?? '', this.#url)
    location.searchParams.set('digest', digestOf(blob))
    const headers = { 'content-type': 'application/octet-stream' }
    await this.#send(201, 'PUT', location.pathname + location.search, headers, blob)
  }

  async #putManifest({ repository, version }: Place, { mediaType, body }: Manifest): Promise<void> {
    await this.#send(
      201,
      'PUT',
      `/v2/${repository}/manifests/${version}`,
      { 'content-type': mediaType },
      body,
    )
  }

  #credentials({ pathname }: URL): Readonly<Record<string, string>> {
    const { login, tokens } = this.#options
    if (tokens !== undefined) {
      const [, name] = /^\/v2\/(.+)\/(?:blobs|manifests|tags)\//.exec(pathname) ?? []
      const catalog = { type: 'registry', name: 'catalog', actions: ['*'] }
      const access =
        name === undefined ? catalog : { type: 'repository', name, actions: ['pull', 'push', 'delete'] }
      return { authorization: `Bearer ${tokens.issue([access])}` }
    }
    if (login === undefined) return {}
    const basic = Buffer.from(`${login.user}:${login.password}`).toString('base64')
    return { authorization: `Basic ${basic}` }
  }

  get #url(): string {
    return `${this.#options.tls === undefined ? 'http' : 'https'}://${this.#address}`
  }

  /** Sends a request, with the login if there is one; any status but the expected ones is an error. */
  async #send(
    expected: number | readonly number[],
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body: Buffer = Buffer.alloc(0),
  ): Promise<Answer> {
    const { tls } = this.#options
    const url = new URL(path, this.#url)
    const answer = await new Promise<Answer>((resolve, reject) => {
      const options = {
        method,
        agent: this.#agent,
        headers: {
          'user-agent': OWN_AGENT,
          'content-length': body.length,
          ...this.#credentials(url),
          ...headers,
        },
      }
      const sent = (tls === undefined ? plainRequest : tlsRequest)(url, options, response => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', reject)
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(parts),
          })
        })
      })
      sent.on('error', reject)
      sent.end(body)
    })
    if ([expected].flat().includes(answer.status)) return answer
    throw new Error(`${method} ${url}: ${answer.status} ${answer.body.toString().trim()}`)
  }
}

/** A list of texts in a JSON object, sorted; null, which registries write for an empty list, counts as one. */
function strings(body: Buffer, field: string): readonly string[] {
  const answer: unknown = JSON.parse(body.toString())
  const list = answer instanceof Object ? Reflect.get(answer, field) : undefined
  return Array.isArray(list) ? list.map(String).sort() : []
}
