import { Invalid } from './problem.ts'
import { HOST } from './registry.ts'

/** Those of all known ones that were said to work when this was written; hosts probe them like any other. */
export const KNOWN_ACCELERATORS = ['https://docker.m.daocloud.io', 'https://docker.1ms.run']

/** A check of one address after the other, by the rules of the engine. It throws Invalid. */
export function accelerators(): (address: string) => void {
  const known = new Map<string, string>()
  return address => {
    const same = bareAddress(address)
    const other = known.get(same)
    if (other !== undefined) throw new Invalid(`"${address}" stands twice`, 'take one of the two away')
    known.set(same, address)
    check(address)
  }
}

/** Holds an address to what the engine takes: https://github.com/moby/moby/blob/v20.10.24/registry/config.go#L346. */
function check(address: string): void {
  const [, scheme, host = '', rest = ''] = /^(?:([^:/]*):\/\/)?([^/?#]*)(.*)$/s.exec(address) ?? []
  const example = `such as https://${HOST.test(host) ? host : 'docker.m.daocloud.io'}`
  if (scheme !== 'http' && scheme !== 'https')
    throw new Invalid(`"${address}" does not begin with https:// or http://`, `write it in full, ${example}`)
  if (host.includes('@'))
    throw new Invalid('it has a user name', 'no mirror is asked with a login; take it out')
  if (host.length > 255 || !HOST.test(host)) throw new Invalid(`not a host: "${host}"`, `write ${example}`)
  if (rest !== '' && rest !== '/')
    throw new Invalid(`"${address}" has something behind the host`, `write the host alone, ${example}`)
}

/** The address as the engine compares it. */
function bareAddress(address: string): string {
  return address.toLowerCase().replace(/\/$/, '')
}
