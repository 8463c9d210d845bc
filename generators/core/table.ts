/** One column of a table. Where a table is too wide, the last columns give way first. */
export interface Column {
  readonly header: string
  /** `wrap` at spaces, cut in the `middle`, or stay as it is. */
  readonly shrink: 'wrap' | 'middle' | 'never'
  /** The least width that can be read; not for columns that stay as they are. */
  readonly minimum: number
}

export interface Row {
  /** One for each column; they hold no control characters. */
  readonly cells: readonly string[]
  /** Whether it is less important than others. */
  readonly dim: boolean
}

/** What a table is shown on. */
export interface Screen {
  /** In columns of a terminal; null where a line may have any length. */
  readonly width: number | null
  readonly paint: (style: 'bold' | 'dim', text: string) => string
}

/** How many columns of a terminal a text takes. */
type Width = (text: string) => number

const GAP = '  '

/** Below this, values of a record stand below their names. */
const RECORD_MINIMUM = 16

/** What stays of the beginning of a value that is cut in the middle. */
const HEAD_MINIMUM = 6

/**
 * A table with a header, each line ended. No line is wider than the screen: columns shrink, and where that is not
 * enough, each row becomes a record of several lines. Nothing is cut where the screen has no width.
 */
export async function formatTable(
  columns: readonly Column[],
  rows: readonly Row[],
  screen: Screen,
): Promise<string> {
  const width = await widthFor([
    ...columns.map(({ header }) => header),
    ...rows.flatMap(({ cells }) => cells),
  ])
  const natural = columns.map(({ header }, index) =>
    Math.max(width(header), ...rows.map(({ cells }) => width(cells[index] ?? ''))),
  )
  const widths = fitColumns(columns, natural, screen.width ?? Number.POSITIVE_INFINITY)
  if (widths === null) return formatRecords(columns, rows, screen, screen.width ?? 0, width)
  const header = formatRow(
    columns,
    widths,
    { cells: columns.map(column => column.header), dim: false },
    width,
  )
  const body = rows.flatMap(row =>
    formatRow(columns, widths, row, width).map(line => (row.dim ? screen.paint('dim', line) : line)),
  )
  return [...header.map(line => screen.paint('bold', line)), ...body].map(line => `${line}\n`).join('')
}

/**
 * What measures these texts, and parts of them: Chinese characters and emoji take two columns, combining marks none.
 * Most texts are ASCII, and to load more than that needs would take longer than all the rest of the table.
 */
async function widthFor(texts: readonly string[]): Promise<Width> {
  if (texts.every(isPlain)) return text => text.length
  const { default: stringWidth } = await import('string-width')
  return stringWidth
}

/** The widths of columns on a screen, or null where they do not fit. */
function fitColumns(columns: readonly Column[], natural: readonly number[], limit: number): number[] | null {
  let excess = natural.reduce((sum, width) => sum + width, GAP.length * (natural.length - 1)) - limit
  const widths = natural.map((width, index) => ({ width, column: columns[index] }))
  const fitted = widths.toReversed().map(({ width, column }) => {
    const spare = column === undefined || column.shrink === 'never' ? 0 : Math.max(0, width - column.minimum)
    const given = Math.max(0, Math.min(excess, spare))
    excess -= given
    return width - given
  })
  return excess > 0 ? null : fitted.toReversed()
}

/** The lines of a row; where a cell wraps, the others are empty below their first line. */
function formatRow(
  columns: readonly Column[],
  widths: readonly number[],
  { cells }: Row,
  width: Width,
): string[] {
  const parts = columns.map(({ shrink }, index) => {
    const [cell, limit] = [cells[index] ?? '', widths[index] ?? 0]
    return shrink === 'wrap' ? wrap(cell, limit, width) : [cutMiddle(cell, limit, width)]
  })
  const height = Math.max(...parts.map(lines => lines.length))
  return Array.from({ length: height }, (_, line) =>
    parts
      .map((lines, index) => pad(lines[line] ?? '', widths[index] ?? 0, width))
      .join(GAP)
      .trimEnd(),
  )
}

/** Each row as lines with name and value, and an empty line between rows. */
function formatRecords(
  columns: readonly Column[],
  rows: readonly Row[],
  { paint }: Screen,
  limit: number,
  width: Width,
): string {
  const indent = Math.max(...columns.map(({ header }) => width(header))) + GAP.length
  const beside = limit - indent >= RECORD_MINIMUM
  const records = rows.map(({ cells, dim }) =>
    columns.flatMap(({ header }, index) => {
      const lines = wrap(cells[index] ?? '', beside ? limit - indent : limit, width)
      const shown = lines.map(line => (dim ? paint('dim', line) : line))
      if (!beside) return [...wrap(header, limit, width).map(line => paint('bold', line)), ...shown]
      const label = paint('bold', header) + ' '.repeat(indent - width(header))
      return shown.map((line, row) => (row === 0 ? label : ' '.repeat(indent)) + line)
    }),
  )
  return records.map(lines => lines.map(line => `${line}\n`).join('')).join('\n')
}

/** Lines of words that fit. Words that do not are broken, where possible behind a sign such as `-` or `/`. */
function wrap(text: string, limit: number, width: Width): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && width(`${line} ${word}`) <= limit) {
      line += ` ${word}`
      continue
    }
    if (line !== '') lines.push(line)
    const pieces = breakWord(word, limit, width)
    lines.push(...pieces.slice(0, -1))
    line = pieces.at(-1) ?? ''
  }
  return [...lines, line]
}

/** Where a word is best broken, and where else: behind the last of these signs, if that leaves no short line. */
const BREAKS = [/(?<=[-/:@_])[^-/:@_]*$/, /(?<=\.)[^.]*$/]

function breakWord(word: string, limit: number, width: Width): string[] {
  const pieces: string[] = []
  let rest = word
  while (width(rest) > limit) {
    const piece = takeStart(graphemes(rest), limit, width) || (graphemes(rest)[0] ?? rest)
    const end = BREAKS.map(signs => piece.search(signs)).find(at => at * 3 > piece.length) ?? piece.length
    pieces.push(rest.slice(0, end))
    rest = rest.slice(end)
  }
  return rest === '' ? pieces : [...pieces, rest]
}

/** Beginning, `…` and end. What follows the last colon, the tag of an image, stays as long as anything does. */
function cutMiddle(text: string, limit: number, width: Width): string {
  if (width(text) <= limit) return text
  const keep = limit - 1
  const tag = width(/[:@][^/:@]*$/.exec(text)?.[0] ?? '')
  const tail = Math.max(0, Math.min(Math.max(tag, Math.round((keep * 2) / 3)), keep - HEAD_MINIMUM))
  const parts = graphemes(text)
  const end = takeEnd(parts, tail, width)
  return `${takeStart(parts, keep - width(end), width)}…${end}`
}

/** As many characters of the beginning as fit. */
function takeStart(parts: readonly string[], limit: number, width: Width): string {
  let left = limit
  const end = parts.findIndex(part => {
    left -= width(part)
    return left < 0
  })
  return parts.slice(0, end === -1 ? parts.length : end).join('')
}

/** As many characters of the end as fit. */
function takeEnd(parts: readonly string[], limit: number, width: Width): string {
  let left = limit
  const start = parts.findLastIndex(part => {
    left -= width(part)
    return left < 0
  })
  return parts.slice(start + 1).join('')
}

function pad(text: string, limit: number, width: Width): string {
  return text + ' '.repeat(Math.max(0, limit - width(text)))
}

/** What a reader takes for characters: a letter with its marks, an emoji with its colour of skin. */
function graphemes(text: string): string[] {
  if (isPlain(text)) return [...text]
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment)
}

function isPlain(text: string): boolean {
  return /^[ -~]*$/.test(text)
}
