import { both, matching, onText, whole } from './checks.ts'
import { bytesOf, FLOAT } from './numbers.ts'

/** https://github.com/xhit/go-str2duration */
export const duration = matching(
  /^[-+]?(?:0|(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h|d|w))+)$/,
  'a duration, such as 1m30s',
)

/** A size in bytes. */
export const bytes = onText(text => (bytesOf(text) === null ? `not a size, such as 512m: "${text}"` : null))

/** The mode of a file. */
export const octal = both(whole, matching(/^[-+]?[0-7]+$/, 'an octal mode'))

/** A number in a string. */
export const float = matching(FLOAT, 'a number')

/** SOURCE:TARGET:PERMISSIONS. */
export const devicePath = onText(text =>
  text.split(':').length > 3 ? `more than two colons: "${text}"` : null,
)

/** How many devices. */
export const deviceCount = both(whole, matching(/^(?:all|[-+]?[0-9]+)$/i, 'a number or "all"'))

/** NAME=VALUE. */
export const assigned = matching(/=/, 'NAME=VALUE')

/** A key of the agent, or of a file. */
export const sshKey = matching(/^default$|=/, '"default" or ID=PATH')

const BLANK = 'a blank stands after the name of the variable'

/** A variable of a list, with or without a value. */
export const variable = onText(text => (/^[^=]*[\t-\r ](?:=|$)/.test(text) ? BLANK : null))

/** The same of a build: of an argument without value nobody looks at the name. */
export const argument = onText(text => (/^[^=]*[\t-\r ]=/.test(text) ? BLANK : null))

/** HOST=ADDRESS or HOST:ADDRESS. */
export const hostAddress = onText(text => {
  const [host = '', address] = text.split(text.includes('=') ? /=(.*)/s : /:(.*)/s)
  if (address === undefined) return `no address: "${text}"`
  return host === '' || host.includes(':') ? `not a host name: "${host}"` : null
})
