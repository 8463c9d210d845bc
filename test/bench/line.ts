import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

export interface LineOptions {
  /** Host and port; port 0 takes a free one. */
  readonly listen: string
  /** Host and port of the server at the other end. */
  readonly upstream: string
  /** Milliseconds that everything takes to one end, so a round trip takes two of them. */
  readonly delay: number
  /** Bytes per second of each connection, in each direction. */
  readonly rate: number
}

/** Milliseconds of sending that may wait at the near end: then it takes no more. */
const BACKLOG = 50

/** A long way to a server: what is sent arrives late, and only so much at once. */
export class Line {
  readonly address: string
  readonly #server: Server
  readonly #sockets: Set<Socket>

  static async start(options: LineOptions): Promise<Line> {
    const [host = '', port = ''] = options.listen.split(':')
    const sockets = new Set<Socket>()
    const server = createServer({ allowHalfOpen: true, noDelay: true }, near => lay(near, sockets, options))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(Number(port), host, resolve)
    })
    return new Line(`${host}:${(server.address() as AddressInfo).port}`, server, sockets)
  }

  private constructor(address: string, server: Server, sockets: Set<Socket>) {
    this.address = address
    this.#server = server
    this.#sockets = sockets
  }

  /** Breaks all connections and closes the port. */
  async stop(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}

/** Connects a client with the server at the other end. */
function lay(near: Socket, sockets: Set<Socket>, options: LineOptions): void {
  const [host = '', port = ''] = options.upstream.split(':')
  const far = connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true })
  const ends = [near, far]
  for (const socket of ends) {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', broken => {
      sockets.delete(socket)
      if (broken) for (const other of ends) other.resetAndDestroy()
    })
  }
  // A client cannot send before the server has answered it.
  carry(near, far, options, performance.now() + 2 * options.delay)
  carry(far, near, options, performance.now())
}

/** Carries what comes from one socket to another. `free` is when the line has passed on all that came before. */
function carry(from: Socket, to: Socket, { delay, rate }: LineOptions, free: number): void {
  // Each timer takes the oldest, so that nothing overtakes.
  const underway: (Buffer | null)[] = []
  const arrive = () => {
    const part = underway.shift() ?? null
    if (part === null) to.end()
    else if (!to.write(part)) {
      from.pause()
      to.once('drain', () => from.resume())
    }
  }
  const send = (part: Buffer | null) => {
    const now = performance.now()
    free = Math.max(free, now) + ((part?.length ?? 0) / rate) * 1000
    underway.push(part)
    setTimeout(arrive, free - now + delay)
    if (free - now < BACKLOG) return
    from.pause()
    setTimeout(() => from.resume(), free - now - BACKLOG)
  }
  from.on('data', send).on('end', () => send(null))
}
