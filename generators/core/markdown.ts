import { visible } from './problem.ts'

declare const brand: unique symbol

/** Text that stays inside its Markdown table cell or sentence. Only cell() and code() make it. */
export type Cell = string & { readonly [brand]: 'Cell' }

/** Plain text in a table cell: what Markdown would read as markup is escaped. */
export function cell(text: string): Cell {
  return visible(text).replace(/[\\`*_{}[\]<>()#+!|~&]/g, char => `\\${char}`) as Cell
}

/** Text as code in a table cell, with as many backticks as it takes. */
export function code(text: string): Cell {
  const shown = visible(text).replaceAll('|', '\\|')
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map(run => run.length))
  const fence = '`'.repeat(longest + 1)
  // Markdown takes one blank off both sides, where both are there.
  const blank = /^`|`$|^ .* $/.test(shown) ? ' ' : ''
  return `${fence}${blank}${shown}${blank}${fence}` as Cell
}
