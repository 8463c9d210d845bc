import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { must } from '../e2e/command.ts'
import type { Extension, Ground, Lab } from '../e2e/lab.ts'
import { Registry } from '../e2e/registry.ts'
import { Line } from './line.ts'

/** A round trip of 50 ms, and 6 MB a second for each connection. */
export const LINE = { delay: 25, rate: 6_000_000 }

export type Way = typeof LINE

export interface Far {
  readonly ground: Ground
}

/** The internet is behind a long line; registries to push to are made as they are needed. */
export const behindLine: Extension<Far> = async ground => ({
  internet: { listen: '127.0.0.1:0', tls: ground.tls },
  target: { listen: '127.0.0.1:0', login: ground.login },
  attach: async internet => {
    const line = await Line.start({ listen: '127.0.0.1:443', upstream: internet.listening, ...LINE })
    ground.undo.push(() => line.stop())
    internet.publish(line.address)
    return { ground }
  },
})

/** Gives a function the address of an empty registry, which goes when it has ended. */
export async function inRegistry<Value>(
  { dir, engine, ground }: Lab & Far,
  way: Way | null,
  use: (host: string) => Promise<Value>,
): Promise<Value> {
  const { env, login } = ground
  const place = mkdtempSync(join(dir, 'registry-'))
  const registry = await Registry.start({ dir: place, env, login, listen: '127.0.0.1:0', names: 'own' })
  const line = way && (await Line.start({ listen: '127.0.0.1:0', upstream: registry.listening, ...way }))
  try {
    const host = line?.address ?? registry.address
    const args = ['login', '--username', login.user, '--password-stdin', host]
    await must(['docker', ...args], engine.env, { input: login.password })
    return await use(host)
  } finally {
    await line?.stop()
    await registry.stop()
    rmSync(place, { recursive: true, force: true })
  }
}
