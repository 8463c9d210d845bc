import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compareOutput, type OutputFile, writeOutput } from '../generators/core/output.ts'
import { type Files, folderWith, refusalsOf, writeFiles } from './project.ts'

const MANIFEST = '.compose-relay'

/** Files of that content; what ends in .sh is a script. */
function outputs(files: Files): OutputFile[] {
  return Object.entries(files).map(([path, content]) => ({ path, content, executable: path.endsWith('.sh') }))
}

/** Compares and writes, and says what that did. */
function generate(folder: string, files: Files, partial = false): string[] {
  const differences = compareOutput(folder, outputs(files), partial)
  writeOutput(folder, differences)
  return differences.map(({ path, change }) => `${change} ${path}`)
}

function refusals(folder: string, files: Files, partial = false): string[] {
  const before = snapshot(folder)
  const lines = refusalsOf(() => generate(folder, files, partial))
  expect(snapshot(folder)).toEqual(before)
  return lines.map(line => line.replaceAll(folder, 'OUT'))
}

/** Everything in a folder: content, mode, and where links lead. */
function snapshot(folder: string): Files {
  if (!existsSync(folder)) return {}
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  return Object.fromEntries(
    names.map(name => {
      const path = join(folder, name)
      const stat = lstatSync(path)
      const mode = (stat.mode & 0o777).toString(8)
      if (stat.isSymbolicLink()) return [name, `link ${readlinkSync(path)}`]
      return [name, stat.isFile() ? `${mode} ${readFileSync(path, 'utf8')}` : 'folder']
    }),
  )
}

describe('compareOutput and writeOutput', () => {
  it('create what is not there, the folder included', () => {
    const folder = join(folderWith(), 'deep/out')
    expect(generate(folder, { 'b.sh': 'b\n', 'sub/a.txt': 'a\n', 'a.tsv': '' })).toEqual([
      'created a.tsv',
      'created b.sh',
      'created sub/a.txt',
      'created .compose-relay',
    ])
    expect(snapshot(folder)).toEqual({
      [MANIFEST]: '644 a.tsv\nb.sh\nsub/a.txt\n',
      'a.tsv': '644 ',
      'b.sh': '755 b\n',
      sub: 'folder',
      'sub/a.txt': '644 a\n',
    })
  })

  it('write only what differs', () => {
    const folder = folderWith()
    generate(folder, { 'a.sh': 'a\n', 'b.txt': 'b\n' })
    const times = () => ['a.sh', 'b.txt', MANIFEST].map(name => statSync(join(folder, name)).ino)
    const before = times()
    expect(generate(folder, { 'a.sh': 'a\n', 'b.txt': 'b\n' })).toEqual([
      'unchanged a.sh',
      'unchanged b.txt',
      'unchanged .compose-relay',
    ])
    expect(times()).toEqual(before)
    expect(generate(folder, { 'a.sh': 'a\n', 'b.txt': 'c\n' })).toContain('changed b.txt')
    expect(times()[0]).toBe(before[0])
    expect(readFileSync(join(folder, 'b.txt'), 'utf8')).toBe('c\n')
  })

  it('set the mode, whatever the umask', () => {
    const folder = folderWith()
    const umask = process.umask(0o077)
    try {
      generate(folder, { 'a.sh': 'a\n', b: 'b\n' })
    } finally {
      process.umask(umask)
    }
    expect(snapshot(folder)).toMatchObject({ 'a.sh': '755 a\n', b: '644 b\n', [MANIFEST]: '644 a.sh\nb\n' })
    chmodSync(join(folder, 'a.sh'), 0o644)
    chmodSync(join(folder, 'b'), 0o755)
    expect(generate(folder, { 'a.sh': 'a\n', b: 'b\n' }).slice(0, 2)).toEqual(['changed a.sh', 'changed b'])
    expect(snapshot(folder)).toMatchObject({ 'a.sh': '755 a\n', b: '644 b\n' })
  })

  it('tell before and after, and touch nothing until they are asked to', () => {
    const folder = folderWith({ [MANIFEST]: 'a\nold\n', a: '1\n', old: 'x\n' })
    const before = snapshot(folder)
    expect(compareOutput(folder, outputs({ a: '2\n', b: '3\n' }), false)).toMatchObject([
      { path: 'a', change: 'changed', before: '1\n', after: { content: '2\n' } },
      { path: 'b', change: 'created', before: null, after: { content: '3\n' } },
      { path: 'old', change: 'removed', before: 'x\n', after: null },
      { path: MANIFEST, change: 'changed', before: 'a\nold\n', after: { content: 'a\nb\n' } },
    ])
    expect(snapshot(folder)).toEqual(before)
  })

  it('remove what is no longer generated, and folders that held nothing else', () => {
    const folder = folderWith()
    generate(folder, { a: 'a', 'sub/x/b': 'b', 'sub/c': 'c' })
    writeFiles(folder, { mine: 'mine' })
    expect(generate(folder, { a: 'a', 'sub/c': 'c' })).toContain('removed sub/x/b')
    expect(snapshot(folder)).toMatchObject({ sub: 'folder', 'sub/c': '644 c', mine: '644 mine' })
    expect(existsSync(join(folder, 'sub/x'))).toBe(false)
    generate(folder, { a: 'a' })
    expect(existsSync(join(folder, 'sub'))).toBe(false)
    // Gone before: no word about it.
    generate(folder, { a: 'a', b: 'b' })
    rmSync(join(folder, 'b'))
    expect(generate(folder, { a: 'a' })).toEqual(['unchanged a', 'changed .compose-relay'])
    expect(snapshot(folder)).toEqual({ [MANIFEST]: '644 a\n', a: '644 a', mine: '644 mine' })
  })

  it('keep the others where only some are generated', () => {
    const folder = folderWith()
    generate(folder, { a: 'a', b: 'b' })
    expect(generate(folder, { b: 'B', c: 'c' }, true)).toEqual([
      'changed b',
      'created c',
      'changed .compose-relay',
    ])
    expect(snapshot(folder)).toEqual({
      [MANIFEST]: '644 a\nb\nc\n',
      a: '644 a',
      b: '644 B',
      c: '644 c',
    })
  })

  it('leave no temporary files', () => {
    const folder = folderWith()
    generate(folder, { a: 'a', 'b.sh': 'b' })
    generate(folder, { a: 'A', 'b.sh': 'B' })
    expect(readdirSync(folder).sort()).toEqual([MANIFEST, 'a', 'b.sh'])
  })

  it('bring back a file that somebody took away', () => {
    const folder = folderWith()
    generate(folder, { a: 'a' })
    rmSync(join(folder, 'a'))
    expect(generate(folder, { a: 'a' })).toEqual(['created a', 'unchanged .compose-relay'])
  })

  it('read the list of a checkout with CRLF', () => {
    const folder = folderWith({ [MANIFEST]: 'a\r\nb\r\n', a: '1', b: '2' })
    expect(generate(folder, { a: 'A' })).toEqual(['changed a', 'removed b', 'changed .compose-relay'])
  })
})

describe('what is in the way', () => {
  const foreign = (path: string) =>
    `OUT: ${path} is there and was not written by compose-relay: move it away, or write to another folder by --out`

  it('is refused where it is foreign, all of it at once', () => {
    const folder = folderWith({ a: 'mine', c: 'mine' })
    expect(refusals(folder, { a: 'a', b: 'b', c: 'c' })).toEqual([foreign('a'), foreign('c')])
    expect(refusals(folder, { a: 'a' }, true)).toEqual([foreign('a')])
  })

  it('is refused even where the content is the same', () => {
    expect(refusals(folderWith({ a: 'a' }), { a: 'a' })).toEqual([foreign('a')])
  })

  it('is refused where it is a link', () => {
    const outside = folderWith({ target: 'mine' })
    const folder = folderWith({ [MANIFEST]: 'a\nsub/b\n' })
    symlinkSync(join(outside, 'target'), join(folder, 'a'))
    symlinkSync(outside, join(folder, 'sub'))
    symlinkSync(join(outside, 'gone'), join(folder, 'dangling'))
    expect(
      refusals(folder, { a: 'a', 'sub/b': 'b', dangling: 'x' }).map(line => line.split(': ')[1]),
    ).toEqual(['a is a link', 'dangling is a link', 'sub is a link'])
    expect(snapshot(outside)).toEqual({ target: '644 mine' })
  })

  it('is refused where it is a folder, or a file is where a folder has to be', () => {
    const folder = folderWith({ [MANIFEST]: 'a\nsub\n', 'a/b': 'x', sub: 'x' })
    expect(refusals(folder, { a: 'a', 'sub/b': 'b' }).map(line => line.split(': ')[1])).toEqual([
      'a is in the way',
      'sub is in the way',
    ])
  })

  it.each(['link', 'folder'])('is refused where it is a %s for the list', kind => {
    const folder = folderWith()
    const outside = folderWith({ list: 'a\n' })
    if (kind === 'folder') mkdirSync(join(folder, MANIFEST))
    else symlinkSync(join(outside, 'list'), join(folder, MANIFEST))
    expect(refusals(folder, { a: 'a' })[0]).toContain(`OUT: ${MANIFEST} is `)
    expect(snapshot(outside)).toEqual({ list: '644 a\n' })
  })

  it('refuses names that the list cannot hold', () => {
    expect(refusals(folderWith(), { 'a\nb': 'x' })[0]).toContain(
      'OUT: a\\u{a}b has a line break in its name: ',
    )
  })
})

describe('a list that somebody wrote', () => {
  const NAMES = ['../x', '/etc/x', 'sub/../../x', './x', 'sub//x', '..', '.', '', ' ', 'sub/..', MANIFEST]

  it('touches nothing outside', () => {
    const parent = folderWith({ x: 'mine', 'out/sub/keep': 'mine' })
    const folder = join(parent, 'out')
    writeFileSync(join(folder, MANIFEST), NAMES.map(name => `${name}\n`).join(''))
    expect(generate(folder, { a: 'a' })).toEqual(['created a', 'changed .compose-relay'])
    expect(snapshot(parent)).toEqual({
      out: 'folder',
      [`out/${MANIFEST}`]: '644 a\n',
      'out/a': '644 a',
      'out/sub': 'folder',
      'out/sub/keep': '644 mine',
      x: '644 mine',
    })
  })

  it('does not follow links to what it would remove', () => {
    const outside = folderWith({ x: 'mine', 'deep/y': 'mine' })
    const folder = folderWith({ [MANIFEST]: 'sub/x\nsub/deep/y\nlink\nfolder\n', 'folder/z': 'mine' })
    symlinkSync(outside, join(folder, 'sub'))
    symlinkSync(join(outside, 'x'), join(folder, 'link'))
    expect(generate(folder, { a: 'a' })).toEqual(['created a', 'changed .compose-relay'])
    expect(snapshot(outside)).toEqual({ deep: 'folder', 'deep/y': '644 mine', x: '644 mine' })
    expect(readdirSync(folder).sort()).toEqual([MANIFEST, 'a', 'folder', 'link', 'sub'])
  })

  it('keeps nothing that leads outside where only some are generated', () => {
    const folder = folderWith({ [MANIFEST]: '../x\nb\n', b: 'b' })
    generate(folder, { a: 'a' }, true)
    expect(readFileSync(join(folder, MANIFEST), 'utf8')).toBe('a\nb\n')
  })
})

describe('a folder that cannot be written', () => {
  it.each(['file', 'file/out', 'file/deep/out'])('%s: one that is a file, or is in one', name => {
    const parent = folderWith({ file: 'mine' })
    const lines = refusalsOf(() => generate(join(parent, name), { a: 'a' }))
    expect(lines).toEqual([`${join(parent, 'file')}: it is not a folder: name another by --out`])
    expect(snapshot(parent)).toEqual({ file: '644 mine' })
  })

  it('/proc: one that takes no files', () => {
    const lines = refusalsOf(() => generate('/proc/compose-relay/out', { a: 'a' }))
    expect(lines).toEqual([
      expect.stringMatching(/^\/proc\/compose-relay\/out\/a: E[A-Z]+: .*: make the folder writable, or name/),
    ])
  })

  it('a dangling link', () => {
    const parent = folderWith()
    symlinkSync(join(parent, 'gone'), join(parent, 'out'))
    const lines = refusalsOf(() => generate(join(parent, 'out'), { a: 'a' }))
    expect(lines).toEqual([expect.stringContaining('make the folder writable, or name another by --out')])
    expect(readdirSync(parent)).toEqual(['out'])
  })
})
