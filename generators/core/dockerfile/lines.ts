/** A line without its line break and the carriage returns before it. */
export interface Line {
  readonly text: string
  /** Where it begins in the file. */
  readonly start: number
}

/** The lines of a file, without its byte order mark. */
export function splitLines(text: string): Line[] {
  const lines: Line[] = []
  for (let start = text.startsWith('\ufeff') ? 1 : 0; start < text.length; ) {
    const end = indexOr(text.indexOf('\n', start), text.length)
    const line = text.slice(start, end)
    lines.push({ text: line.slice(0, endWithout(line, /\r/)), start })
    start = end + 1
  }
  return lines
}

/** A line without the white space before it. */
export function trimmedLine({ text, start }: Line): Line {
  const at = skip(text, 0)
  return { text: text.slice(at), start: start + at }
}

/** Line and column of an offset in the file, both from 1. */
export function placeIn(
  lines: readonly Line[],
  offset: number,
): { readonly line: number; readonly column: number } {
  const index = lastIndexBy(lines, line => line.start <= offset)
  const start = lines[index]?.start ?? offset
  return { line: Math.max(index, 0) + 1, column: offset - start + 1 }
}

/** The last item for which something holds that holds for all before it, too; else -1. */
export function lastIndexBy<T>(items: readonly T[], holds: (item: T) => boolean): number {
  let [low, high] = [-1, items.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (holds(items[middle] as T)) low = middle
    else high = middle - 1
  }
  return low
}

/** What indexOf and search say, with something else for -1. */
export function indexOr(index: number, otherwise: number): number {
  return index === -1 ? otherwise : index
}

/** White space to Go (https://pkg.go.dev/unicode#IsSpace): not the byte order mark, which it is to JavaScript. */
export const SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/

/** The next character that is not of a kind. */
export function skip(text: string, from: number, kind = SPACE): number {
  let at = from
  while (at < text.length && kind.test(text[at] as string)) at++
  return at
}

/** Where a text ends without the characters of a kind at its end. A regular expression would try at each of them. */
export function endWithout(text: string, kind: RegExp): number {
  let end = text.length
  while (end > 0 && kind.test(text[end - 1] as string)) end--
  return end
}
