import { isIP } from 'node:net'
import { onText, whole } from './checks.ts'
import type { Check } from './shape.ts'

/** An address of IPv4 or IPv6, without zone. */
export const address = onText(text => (isAddress(text) ? null : `not an IP address: "${text}"`))

function isAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes('%')
}

/** ADDRESS:HOST:CONTAINER/PROTOCOL: https://github.com/docker/go-connections/blob/main/nat/nat.go */
export const port: Check = plain => whole(plain) ?? portProblem(String(plain.value))

function portProblem(text: string): string | null {
  const parts = text.split(':')
  const [inside = '', protocol = ''] = (parts.pop() ?? '').split(/\/(.*)/s)
  const outside = parts.pop() ?? ''
  const host = parts.join(':').replace(/^\[(.*)\]$/, '$1')
  if (inside === '' || /^[-+]?0+(?:$|-)/.test(inside)) return `no port: "${text}"`
  if (!/^(?:tcp|udp|sctp|)$/i.test(protocol)) return `not a protocol: "${protocol}"`
  if (host !== '' && !isAddress(host)) return `not an IP address: "${host}"`
  return rangesProblem(text, inside, outside)
}

function rangesProblem(text: string, inside: string, outside: string): string | null {
  const [container, host] = [portRange(inside), portRange(outside)]
  if (container === null) return `not a port: "${inside}"`
  if (outside === '') return null
  if (host === null) return `not a port: "${outside}"`
  const differ = host !== container && container !== 0
  return differ ? `not as many ports on both sides: "${text}"` : null
}

/** How many ports follow the first, or null. */
function portRange(text: string): number | null {
  const [first = '', last = first] = text.split(/-(.+)/s)
  if (![first, last].every(port => /^\+?[0-9]+$/.test(port) && Number(port) <= 65535)) return null
  return Number(last) < Number(first) ? null : Number(last) - Number(first)
}
