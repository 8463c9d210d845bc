import type { Check } from './shape.ts'

/** A check of strings; numbers pass. */
export function onText(check: (text: string) => string | null): Check {
  return ({ value }) => (typeof value === 'string' ? check(value) : null)
}

/** One of these words. */
export function oneOf(...values: readonly string[]): Check {
  return onText(text => (values.includes(text) ? null : `not one of ${values.join(', ')}: "${text}"`))
}

/** A string of this pattern; `what` is its name. */
export function matching(pattern: RegExp, what: string): Check {
  return onText(text => (pattern.test(text) ? null : `not ${what}: "${text}"`))
}

/** A number from one to another, both included; strings pass. */
export function between(least: number, most = Number.POSITIVE_INFINITY): Check {
  return ({ value }) => {
    if (typeof value !== 'number' || (value >= least && value <= most)) return null
    const isOpen = most === Number.POSITIVE_INFINITY
    return isOpen ? `less than ${least}: ${value}` : `not from ${least} to ${most}: ${value}`
  }
}

/** No number that is not written as an integer. */
export const whole: Check = ({ type, value }) =>
  type === 'float' ? `not written as an integer: ${value}` : null

/** What both say is right. */
export function both(first: Check, second: Check): Check {
  return plain => first(plain) ?? second(plain)
}
