import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LANGUAGES, readCatalogue } from '../generators/core/messages.ts'

const catalogue = readCatalogue()
const names = Object.keys(catalogue)

/** Everything that is bash, with its name. */
const sources = ['templates', 'templates/lib', 'templates/partials'].flatMap(folder =>
  filesOf(folder, /\.(?:bash|sh\.hbs)$/),
)

/** The parts of workflows, whose messages have no holes. */
const workflows = filesOf('templates/workflow', /\.yml$/)

function filesOf(folder: string, name: RegExp) {
  return readdirSync(folder)
    .filter(file => name.test(file))
    .map(file => ({ file: join(folder, file), text: readFileSync(join(folder, file), 'utf8') }))
}

/** What generators say in files that have no template. */
const generators = filesOf('generators', /\.ts$/).concat(filesOf('generators/core', /\.ts$/))

function namedIn(files: readonly { readonly text: string }[]): string[] {
  return [...new Set(files.flatMap(({ text }) => text.match(/\bMSG_[A-Z0-9_]+\b/g) ?? []))].sort()
}

function holes(text: string): number {
  return text.match(/%s/g)?.length ?? 0
}

/** The calls `say "$MSG_X" a b`, `warn …` and `die 2 …` of a file: the message, and how many arguments follow it. */
function calls(text: string): { name: string; count: number }[] {
  const call =
    /\b(?:say|warn|die \d|detail|say_cause|say_cure|scan_fault|scan_note|set_fault) "(?:\$CLEAR|\$GREEN|\$RED)*\$(MSG_[A-Z0-9_]+)(?:\$PLAIN)?"(.*)$/gm
  return [...text.matchAll(call)].map(([, name = '', rest = '']) => ({ name, count: countWords(rest) }))
}

/** How many words a command has until it ends. Quotes nest inside of `$( )` only. */
function countWords(text: string): number {
  let count = 0
  let rest = text.trimStart()
  while (rest !== '' && !/^(?:;|&&|\|\||\)|#)/.test(rest)) {
    const word = /^(?:"(?:\$\((?:[^()]|\([^()]*\))*\)|\$\{[^}]*\}|[^"])*"|'[^']*'|[^\s;"'])+/.exec(rest)
    if (word === null) throw new Error(`no word at: ${rest}`)
    count++
    rest = rest.slice(word[0].length).trimStart()
  }
  return count
}

describe('the catalogue', () => {
  test.each(names)('%s is complete, in both languages', name => {
    const texts = LANGUAGES.map(language => catalogue[name]?.[language] ?? '')
    expect(Object.keys(catalogue[name] ?? {})).toEqual([...LANGUAGES])
    for (const text of texts) {
      expect(text).not.toBe('')
      // printf reads these messages: nothing but %s may mean something to it.
      expect(text.replaceAll('%s', '')).not.toMatch(/[%\\]/)
    }
    expect(new Set(texts.map(holes)).size).toBe(1)
  })

  test('has no Chinese in English, and Chinese in Chinese', () => {
    for (const name of names) {
      expect(catalogue[name]?.en).not.toMatch(/\p{Script=Han}/u)
      if (/[a-z]{4}/.test(catalogue[name]?.en.replaceAll('%s', '') ?? '')) {
        expect(catalogue[name]?.zh).toMatch(/\p{Script=Han}/u)
      }
    }
  })

  test('has exactly the messages that scripts, workflows and generators name', () => {
    expect(namedIn([...sources, ...workflows, ...generators])).toEqual([...names].sort())
    for (const name of namedIn(workflows)) expect(holes(catalogue[name]?.en ?? '')).toBe(0)
  })
})

describe('every call fills every hole', () => {
  const all = sources.flatMap(({ file, text }) => calls(text).map(call => ({ file, ...call })))

  test('and there is a call for nearly every message', () => {
    // A format of printf, a default value; those of the checklist, of rows and what other messages take in have no holes.
    const elsewhere = ['MSG_LIVE', 'MSG_LOAD_LIVE', 'MSG_NO_ERROR']
    const called = new Set(all.map(({ name }) => name))
    const boxes = names.filter(
      name => /^MSG_(?:BOX|LOOK|ROW|STAGE)_/.test(name) && holes(catalogue[name]?.en ?? '') === 0,
    )
    expect(namedIn(sources).filter(name => !called.has(name) && !boxes.includes(name))).toEqual(elsewhere)
  })

  test.each(all)('$file: $name', ({ name, count }) => {
    expect(count).toBe(holes(catalogue[name]?.en ?? ''))
  })
})
