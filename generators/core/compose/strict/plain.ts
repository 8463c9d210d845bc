import type { Node, ScalarNode } from '../node.ts'
import { FLOAT, INTEGER } from './numbers.ts'

/** A scalar as Compose's parser reads it; "float" is any number that is not written as an integer. */
export interface Plain {
  readonly type: 'string' | 'integer' | 'float' | 'boolean' | 'null'
  readonly value: unknown
}

/** What Compose makes of a string before it looks at its type. */
export type Cast = 'boolean' | 'integer' | 'float'

/** The scalar of a node; null where a required variable is missing, and of every other node. */
export function plainOf(node: Node | null): Plain | null {
  if (node?.kind !== 'scalar' || node.missing !== null) return null
  const { value, definition } = node
  if (value === null || value === undefined) return { type: 'null', value: null }
  if (typeof value === 'boolean') return { type: 'boolean', value }
  if (typeof value === 'number' || typeof value === 'bigint') {
    const isInteger = /^[-+]?(?:[0-9]+|0[xo][0-9a-fA-F]+)$/.test(definition.source ?? String(value))
    return { type: isInteger ? 'integer' : 'float', value: Number(value) }
  }
  const text = String(value)
  return (isWritten(node, text) ? numberOf(text) : null) ?? { type: 'string', value: text }
}

/** Whether a text stands in the file as it is, without quotes. */
function isWritten({ keyed, definition: { type, tag, value } }: ScalarNode, text: string): boolean {
  return type === 'PLAIN' && tag === undefined && keyed === '' && text === value
}

/** Numbers of YAML 1.1 that Compose's parser still knows: 1_000 and 0b11. */
function numberOf(text: string): Plain | null {
  if (!/^[-+]?[0-9][0-9a-fA-F_xo.]*$/.test(text)) return null
  const value = Number(text.replaceAll('_', '').replace(/^\+/, ''))
  if (Number.isNaN(value)) return null
  return { type: text.includes('.') ? 'float' : 'integer', value }
}

/** A string as another type, or undefined: https://github.com/compose-spec/compose-go/blob/main/loader/interpolate.go */
export function castPlain(plain: Plain, to: Cast): Plain | undefined {
  if (plain.type !== 'string') return plain
  const text = String(plain.value)
  if (to === 'boolean') return castFlag(text.toLowerCase())
  const isNumber = (to === 'integer' ? INTEGER : FLOAT).test(text)
  return isNumber ? { type: to, value: Number(text.replaceAll('_', '')) } : undefined
}

function castFlag(word: string): Plain | undefined {
  if (['true', 'y', 'yes', 'on'].includes(word)) return { type: 'boolean', value: true }
  return ['false', 'n', 'no', 'off'].includes(word) ? { type: 'boolean', value: false } : undefined
}

/** The string of a node, or null of every other one. */
export function stringOf(node: Node | null): string | null {
  const plain = plainOf(node)
  return plain?.type === 'string' ? String(plain.value) : null
}

/** The number of a node, or of the string that it is; null of every other one. */
export function numberIn(node: Node | null): number | null {
  const value = castValue(node, 'float')
  return typeof value === 'number' ? value : null
}

/** What a flag says; null where it says nothing. */
export function flagOf(node: Node | null): boolean | null {
  const value = castValue(node, 'boolean')
  return typeof value === 'boolean' ? value : null
}

function castValue(node: Node | null, to: Cast): unknown {
  const plain = plainOf(node)
  return plain && castPlain(plain, to)?.value
}
