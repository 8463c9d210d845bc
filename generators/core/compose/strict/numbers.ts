const DIGITS = '[0-9](?:_?[0-9])*'
const DECIMAL = `(?:${DIGITS}\\.?(?:${DIGITS})?|\\.${DIGITS})(?:e[-+]?${DIGITS})?`

/** What Go reads as a number: https://pkg.go.dev/strconv#ParseFloat */
export const FLOAT = new RegExp(`^[-+]?(?:${DECIMAL}|0x[0-9a-f_.]+p[-+]?[0-9]+|inf(?:inity)?)$|^nan$`, 'i')

/** What Go reads as an integer to the base of ten. */
export const INTEGER = /^[-+]?[0-9]+$/

const SIZE = new RegExp(`^\\+?(${DECIMAL}) ?(?:b|([kmgtp])(?:b|ib)?)?$`, 'i')
const KILO = 1024
const UNITS = ['', 'k', 'm', 'g', 't', 'p']

/** The bytes that a text such as `512m` means, or null: https://github.com/docker/go-units/blob/master/size.go */
export function bytesOf(text: string): number | null {
  if (INTEGER.test(text)) return Number(text)
  const [, digits = '', unit = ''] = SIZE.exec(text) ?? []
  if (digits === '') return null
  return Math.trunc(Number(digits.replaceAll('_', '')) * KILO ** UNITS.indexOf(unit.toLowerCase()))
}
