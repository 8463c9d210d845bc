import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { Line, type LineOptions } from './bench/line.ts'

const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

/** A line to a server, and a connection to it. */
async function dial(
  serve: (socket: Socket) => void,
  options: Pick<LineOptions, 'delay' | 'rate'>,
): Promise<Socket> {
  const server: Server = createServer({ allowHalfOpen: true }, serve)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  open.push({ close: () => new Promise(resolve => server.close(resolve)) })
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const line = await Line.start({ listen: '127.0.0.1:0', upstream: `127.0.0.1:${port}`, ...options })
  open.push({ close: () => line.stop() })
  return connect({ port: Number(line.address.split(':')[1]), host: '127.0.0.1', allowHalfOpen: true })
}

async function textOf(socket: Socket): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of socket) parts.push(part)
  return Buffer.concat(parts).toString()
}

describe('a line', () => {
  test('everything arrives in order, both ways, ends included', async () => {
    const text = Array.from({ length: 50_000 }, (_, number) => `${number}\n`).join('')
    const client = await dial(socket => socket.pipe(socket), { delay: 1, rate: 1e9 })
    client.end(text)
    expect(await textOf(client)).toBe(text)
  })

  test('what is sent takes the delay on each way, and one more round to connect', async () => {
    const start = performance.now()
    const client = await dial(socket => socket.pipe(socket), { delay: 40, rate: 1e9 })
    client.end('x')
    expect(await textOf(client)).toBe('x')
    expect(performance.now() - start).toBeGreaterThan(155)
  })

  test('what is sent in a row is on the way together', async () => {
    let heard = ''
    const client = await dial(socket => socket.pipe(socket), { delay: 100, rate: 1e9 })
    client.setNoDelay(true).on('data', part => {
      heard += part
    })
    const start = performance.now()
    for (let number = 0; number < 100; number++) {
      client.write('x')
      await new Promise(resolve => setTimeout(resolve, 1))
    }
    while (heard.length < 100) await new Promise(resolve => setTimeout(resolve, 5))
    // One after another it would be 20 s.
    expect(performance.now() - start).toBeLessThan(10_000)
    client.end()
  })

  test('no more passes than the rate', async () => {
    const start = performance.now()
    const client = await dial(socket => socket.end(Buffer.alloc(300_000)), { delay: 0, rate: 1_000_000 })
    client.end()
    expect((await textOf(client)).length).toBe(300_000)
    expect(performance.now() - start).toBeGreaterThan(290)
  })

  test('a connection that breaks on one side breaks on the other', async () => {
    const client = await dial(socket => void socket.once('data', () => socket.resetAndDestroy()), {
      delay: 1,
      rate: 1e9,
    })
    client.on('error', () => {})
    const closed = new Promise<boolean>(resolve => client.once('close', () => resolve(true)))
    client.write('x')
    expect(await closed).toBe(true)
  })
})
