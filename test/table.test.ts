import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { type Column, formatTable, type Row } from '../generators/core/table.ts'
import { type ListedImage, surveyTables } from '../generators/list.ts'

const COLUMNS: readonly Column[] = [
  { header: 'SOURCE', shrink: 'middle', minimum: 16 },
  { header: 'STATE', shrink: 'never', minimum: 0 },
  { header: 'SERVICES', shrink: 'wrap', minimum: 8 },
]
const ROWS = [
  ['ghcr.io/acme/api:2', 'relay', 'api, worker'],
  ['quay.io/organisation/a-long-name:v1.2.3', 'relay', 'one, two, three, four'],
  ['-', 'built', 'site'],
]

const plain = (_: string, text: string) => text

/** The lines of a table. */
async function table(cells: readonly (readonly string[])[], width: number | null): Promise<string[]> {
  const rows = cells.map(row => ({ cells: row, dim: false }))
  const text = await formatTable(COLUMNS, rows, { width, paint: plain })
  expect(text).toMatch(/\n$/)
  return text.slice(0, -1).split('\n')
}

describe('formatTable', () => {
  it('is as wide as its values where nothing limits it', async () => {
    const lines = [
      'SOURCE                                   STATE  SERVICES',
      'ghcr.io/acme/api:2                       relay  api, worker',
      'quay.io/organisation/a-long-name:v1.2.3  relay  one, two, three, four',
      '-                                        built  site',
    ]
    expect(await table(ROWS, null)).toEqual(lines)
    expect(await table(ROWS, 69)).toEqual(lines)
    expect(await table([], null)).toEqual(['SOURCE  STATE  SERVICES'])
  })

  it('wraps the last column first', async () => {
    expect(await table(ROWS, 68)).toEqual([
      'SOURCE                                   STATE  SERVICES',
      'ghcr.io/acme/api:2                       relay  api, worker',
      'quay.io/organisation/a-long-name:v1.2.3  relay  one, two, three,',
      '                                                four',
      '-                                        built  site',
    ])
  })

  it('then cuts the others in the middle, and keeps beginning and tag', async () => {
    expect(await table(ROWS, 40)).toEqual([
      'SOURCE                   STATE  SERVICES',
      'ghcr.io/acme/api:2       relay  api,',
      '                                worker',
      'quay.io…ong-name:v1.2.3  relay  one,',
      '                                two,',
      '                                three,',
      '                                four',
      '-                        built  site',
    ])
    const long = [['minio/minio:RELEASE.2023-03-20T20-16-18Z', 'relay', 'a']]
    expect((await table(long, 55))[1]).toBe('minio/mi…:RELEASE.2023-03-20T20-16-18Z  relay  a')
    expect((await table(long, 38))[1]).toBe('minio/…3-20T20-16-18Z  relay  a')
  })

  it('makes records where that is not enough', async () => {
    expect(await table(ROWS, 32)).toEqual([
      'SOURCE    ghcr.io/acme/api:2',
      'STATE     relay',
      'SERVICES  api, worker',
      '',
      'SOURCE    quay.io/organisation/',
      '          a-long-name:v1.2.3',
      'STATE     relay',
      'SERVICES  one, two, three, four',
      '',
      'SOURCE    -',
      'STATE     built',
      'SERVICES  site',
    ])
    expect(await table([['ghcr.io/acme/api:2', 'relay', 'api, worker']], 12)).toEqual([
      ...['SOURCE', 'ghcr.io/', 'acme/api:2', 'STATE', 'relay', 'SERVICES', 'api, worker'],
    ])
  })

  it('counts what a terminal shows, not characters', async () => {
    // Precomposed and with a combining accent; Chinese; emoji, with a colour of skin and as a flag.
    const names = ['café', 'cafe\u0301', '中文镜像', '👍🏽', '🇨🇳', 'ｱ', '한글']
    const lines = await table(
      names.map(name => [name, 'relay', 'a']),
      null,
    )
    const columns = lines.slice(1).map(line => stringWidth(line.slice(0, line.indexOf('relay'))))
    expect(columns).toEqual(names.map(() => 10))
    expect(lines[3]).toBe('中文镜像  relay  a')
    expect(lines[4]).toBe('👍🏽        relay  a')
  })

  it('never cuts through a character', async () => {
    const skin = '👍🏽'
    const [, cut = ''] = await table([[`${skin.repeat(20)}:1`, 'relay', 'a']], 36)
    expect(cut).toBe(`${skin.repeat(3)}…${skin.repeat(5)}:1  relay  a`)
    const [, , , broken = ''] = await table([['a', 'relay', '中文'.repeat(6)]], 24)
    expect(broken.trim()).toBe('中文中文')
    const accents = 'e\u0301'.repeat(30)
    expect((await table([[accents, 'relay', 'a']], 36))[1]).toBe(
      `${'e\u0301'.repeat(6)}…${'e\u0301'.repeat(12)}  relay  a`,
    )
  })

  it('is never wider than the terminal, and loses no row', async () => {
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom(...'ab-/:., 中文像', '👍🏽', 'e\u0301', '🇨🇳', '한'), maxLength: 60 }),
      fc.string({ unit: 'grapheme', maxLength: 20 }).map(value => value.replace(/\p{C}/gu, '')),
    )
    const cells = fc.array(fc.tuple(text, fc.constantFrom('relay', 'ignored'), text), {
      minLength: 1,
      maxLength: 5,
    })
    const width = fc.oneof(fc.constantFrom(40, 60, 80, 120), fc.integer({ min: 10, max: 130 }))
    await fc.assert(
      fc.asyncProperty(cells, width, async (rows, limit) => {
        const lines = await table(rows, limit)
        for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(limit)
        if (limit >= 40)
          expect(lines.filter(line => /\brelay\b|\bignored\b/.test(line))).toHaveLength(rows.length)
      }),
    )
  })

  it('says nothing less where there is no terminal', async () => {
    const value = 'x'.repeat(5000)
    expect((await table([[value, 'relay', `${value}, ${value}`]], null))[1]).toBe(
      `${value}  relay  ${value}, ${value}`,
    )
  })

  it('paints whole lines, so that widths stay', async () => {
    const rows: Row[] = [
      { cells: ['nginx', 'relay', 'a, b'], dim: false },
      { cells: ['-', 'built', 'site, other'], dim: true },
    ]
    const paint = (style: string, text: string) => `<${style}>${text}</${style}>`
    expect(await formatTable(COLUMNS, rows, { width: 24, paint })).toBe(`\
<bold>SOURCE  STATE  SERVICES</bold>
nginx   relay  a, b
<dim>-       built  site,</dim>
<dim>               other</dim>
`)
    expect(await formatTable(COLUMNS, rows.slice(1), { width: 20, paint })).toContain(
      '<bold>STATE</bold>\n<dim>built</dim>\n',
    )
  })
})

describe('surveyTables', () => {
  const image: ListedImage = {
    source: 'docker.elastic.co/elasticsearch/elasticsearch:8.14.3',
    written: [],
    normalized: null,
    target: 'registry.cn-heyuan.aliyuncs.com/docker-mirrors/elasticsearch-elasticsearch:8.14.3',
    platform: 'linux/amd64',
    services: ['elasticsearch', 'kibana-setup', 'fleet'],
    state: 'relay',
    at: { file: 'compose.yaml', line: 1, column: 1 },
  }
  const ignored: ListedImage = { ...image, source: 'nginx', target: null, state: 'ignored' }

  it.each([
    [
      120,
      `\
SOURCE                                                TARGET                                   STATE    SERVICES
docker.elastic.co/elasticsearch/elasticsearch:8.14.3  registry.cn-h…arch-elasticsearch:8.14.3  relay    elasticsearch,
                                                                                                        kibana-setup,
                                                                                                        fleet
nginx                                                 -                                        ignored  elasticsearch,
                                                                                                        kibana-setup,
                                                                                                        fleet
`,
    ],
    [
      80,
      `\
SOURCE                       TARGET                    STATE    SERVICES
docker.el…sticsearch:8.14.3  registry…icsearch:8.14.3  relay    elasticsearch,
                                                                kibana-setup,
                                                                fleet
nginx                        -                         ignored  elasticsearch,
                                                                kibana-setup,
                                                                fleet
`,
    ],
    [
      60,
      `\
SOURCE    docker.elastic.co/elasticsearch/elasticsearch:
          8.14.3
TARGET    registry.cn-heyuan.aliyuncs.com/docker-mirrors/
          elasticsearch-elasticsearch:8.14.3
STATE     relay
SERVICES  elasticsearch, kibana-setup, fleet

SOURCE    nginx
TARGET    -
STATE     ignored
SERVICES  elasticsearch, kibana-setup, fleet
`,
    ],
    [
      40,
      `\
SOURCE    docker.elastic.co/
          elasticsearch/elasticsearch:
          8.14.3
TARGET    registry.cn-
          heyuan.aliyuncs.com/docker-
          mirrors/elasticsearch-
          elasticsearch:8.14.3
STATE     relay
SERVICES  elasticsearch, kibana-setup,
          fleet

SOURCE    nginx
TARGET    -
STATE     ignored
SERVICES  elasticsearch, kibana-setup,
          fleet
`,
    ],
  ])('fits %i columns', async (width, expected) => {
    expect(await surveyTables({ images: [image, ignored], hints: [] }, { width, paint: plain })).toBe(
      expected,
    )
    for (const line of expected.split('\n')) expect(line.length).toBeLessThanOrEqual(width)
  })

  it('shows control characters', async () => {
    const hostile = { ...image, source: null, target: null, services: ['a\u001b[2Jb', 'c\rd', '\u202e'] }
    expect(await surveyTables({ images: [hostile], hints: [] }, { width: null, paint: plain })).toMatch(
      /relay {2}a\\u\{1b\}\[2Jb, c\\u\{d\}d, \\u\{202e\}\n$/,
    )
  })

  it('tells what is relayed from what is not', async () => {
    const paint = (style: string, text: string) => (style === 'dim' ? `(${text})` : text)
    const built: ListedImage = { ...ignored, source: null, state: 'built' }
    const text = await surveyTables({ images: [image, ignored, built], hints: [] }, { width: null, paint })
    expect(text.split('\n').map(line => line.startsWith('('))).toEqual([false, false, true, true, false])
  })
})
