import { between, whole } from './checks.ts'
import { command } from './command.ts'
import { bytes, duration, hostAddress, octal, variable } from './formats.ts'
import { casting, each, keys, list, named, or, type Shape, scalar, set } from './shape.ts'

/** A string. */
export const text = scalar(['string'])

/** A list of strings. */
export const texts = list(text)

/** A list of strings, each once. */
export const textSet = set(text)

/** A string, or several. */
export const textOrSet = or(text, textSet)

/** True or false, or a string that says so. */
export const flag = casting('boolean', ['boolean'])

/** An integer, or a string that is one. */
export const integer = casting('integer', ['integer'])

/** The same, of 0 or more. */
export const count = casting('integer', ['integer'], between(0))

/** A number, or a string that is one. */
export const number = casting('float', ['number'])

/** A duration. */
export const period = scalar(['string'], duration)

/** A size: a number of bytes without fraction, or a text such as `512m`. */
export const wholeSize = scalar(['string', 'integer'], bytes)

/** What a key may be set to, or nothing. */
export const value = scalar(['string', 'number', 'boolean', 'null'])

/** KEY: VALUE or KEY=VALUE. */
export const pairs = or(named(value), textSet)

/** The same, of variables. */
export const variables = or(named(value), set(scalar(['string'], variable)))

/** A mapping that Compose hands on as it is. */
export function passed(shape: Shape): Shape {
  return named(shape, /./, 'all')
}

/** The same, of which Compose cannot take an extension out. */
export function kept(shape: Shape): Shape {
  return named(shape, /^(?!x-)/)
}

/** Options of a driver. */
export const options = passed(scalar(['string', 'number']))

/** How services, networks and the like are called. */
export const NAME = /^[a-zA-Z0-9._-]+$/

/** Limits of a user: one of each, or a soft and a hard one. */
export function ulimitsOf(limit: Shape): Shape {
  const both = keys({ soft: limit, hard: limit }, { required: ['soft', 'hard'] })
  return named(or(limit, both), /^[a-z]+$/, 'all')
}

/** Names of hosts and their addresses. */
export const hosts = or(named(or(text, texts), /^[^:=]+$/), set(scalar(['string'], hostAddress)))

/** What to run. */
export const run = or(scalar(['null', 'string'], command), texts)

/** Secrets or configs, and where they are mounted. */
export const files = list(
  or(text, keys({ ...each('source target uid gid', text), mode: scalar(['string', 'number'], octal) })),
)

/** A number or a string, but no number that is not written as an integer. */
export const wholeNumeral = scalar(['string', 'number'], whole)
