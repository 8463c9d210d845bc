import { onText } from './checks.ts'

const ESCAPE = '\\\\.'
const QUOTED = `'[^']*'|${pair('"', ESCAPE, '"', '"\\\\')}`

/** What of a command is closed. A parenthesis opens after "$" alone; one that closes nothing opens another pair. */
const CLOSED = new RegExp(
  [
    `${ESCAPE}|${QUOTED}`,
    pair('`', `${ESCAPE}|${QUOTED}`, '`', '`\'"\\\\'),
    pair('(?:(?<=\\$)\\(|\\))', ESCAPE, '\\)', '()\\\\'),
    `[^\\\\'"\`();&|<>]`,
  ].join('|'),
  'gs',
)

/** What begins and ends so, without special characters between but in these parts; long texts take no stack. */
function pair(begin: string, parts: string, end: string, special: string): string {
  return `${begin}[^${special}]*(?:(?:${parts})[^${special}]*)*${end}`
}

/** A command up to where a shell would begin another one: https://github.com/mattn/go-shellwords */
export const command = onText(text => {
  const open = text.replace(CLOSED, '')
  return /^(?:$|[;&|<>])/.test(open) ? null : 'a quote or a parenthesis in it opens nothing or does not close'
})
