import { join } from 'node:path'
import { must } from './command.ts'
import { Disk } from './disk.ts'
import { FaultProxy, type FaultProxyOptions } from './fault-proxy.ts'
import { dockerOf, type Extension, type Ground, type Lab, type LabOptions, startLabWith } from './lab.ts'
import type { Registry } from './registry.ts'
import { TokenServer } from './token-server.ts'

export interface FaultLabOptions extends LabOptions {
  /** Registries that want Bearer tokens. Without it the internet is open and the target has Basic login. */
  readonly bearer?: readonly ('internet' | 'target')[]
  /** Size of the disk that the engine keeps its images on, 256 without it. */
  readonly mebibytes?: number
}

export type Server = 'engine' | 'internet' | 'target'

/**
 * A laboratory in which everything can fail. The engine takes every name on loopback but Docker Hub's for a registry
 * that may have no TLS: where the first request of a pull fails, the error is that of a second try, on port 80.
 */
export interface FaultLab extends Lab {
  /** What clients talk to instead of the registries and the token server themselves. */
  readonly front: Readonly<Record<'internet' | 'target' | 'tokens', FaultProxy>>
  /** Users and rights for registries with Bearer login. Lab.target's user may do everything from the start. */
  readonly tokens: TokenServer
  /** Where the engine keeps its images. */
  readonly disk: Disk
  /** Stores someone's credentials for the target in the engine's client, by docker login. */
  loginAs(user: string, password: string): Promise<void>
  /** Ends a server by KILL, with its connections. A registry's port is closed until it is back. */
  kill(server: Server): Promise<void>
  /** Starts a server again after kill(), with the data that it had and at the same address. */
  revive(server: Server): Promise<void>
}

/** Starts a laboratory with a proxy before each registry, a token server, and a small disk under the engine. */
export async function startFaultLab(options: FaultLabOptions = {}): Promise<FaultLab> {
  const lab = await startLabWith(ground => prepare(ground, options), dockerOf(options), options)
  const { engine, front } = lab
  return Object.assign(lab, {
    loginAs: async (user: string, password: string) => {
      const args = ['login', '--username', user, '--password-stdin', lab.target.address]
      await must(['docker', ...args], engine.env, { input: password })
    },
    kill: async (server: Server) => {
      if (server === 'engine') await engine.kill()
      else await Promise.all([lab[server].kill(), front[server].stop()])
    },
    revive: async (server: Server) => {
      if (server === 'engine') return engine.start()
      await lab[server].start()
      await front[server].start()
    },
  })
}

type Extra = Pick<FaultLab, 'front' | 'tokens' | 'disk'>

const prepare = async (
  ground: Ground,
  { bearer = [], mebibytes = 256 }: FaultLabOptions,
): ReturnType<Extension<Extra>> => {
  const { dir, env, tls, login, undo } = ground
  const disk = await Disk.mount(ground.engineData, mebibytes)
  undo.push(() => disk.unmount())
  const tokens = await TokenServer.start({ dir: join(dir, 'tokens'), env })
  undo.push(() => tokens.stop())
  tokens.setUser(login.user, login.password, { '*': ['pull', 'push'] })

  const before = async (options: FaultProxyOptions) => {
    const proxy = await FaultProxy.start(options)
    undo.push(() => proxy.stop())
    return proxy
  }
  const publish = async (registry: Registry, options: Omit<FaultProxyOptions, 'upstream'>) => {
    const proxy = await before({ ...options, upstream: registry.listening })
    registry.publish(proxy.address)
    return proxy
  }
  const listen = '127.0.0.1:0'
  const door = await before({ listen, upstream: tokens.address })
  const byToken = { tokens: { settings: tokens.settings(door.address), issue: tokens.issue.bind(tokens) } }
  return {
    internet: { listen, ...(bearer.includes('internet') ? byToken : {}) },
    target: { listen, ...(bearer.includes('target') ? byToken : { login }) },
    attach: async (internet, target) => ({
      disk,
      tokens,
      front: {
        internet: await publish(internet, { listen: '127.0.0.1:443', tls }),
        target: await publish(target, { listen }),
        tokens: door,
      },
    }),
  }
}
