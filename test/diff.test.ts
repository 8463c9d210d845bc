import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { applyPatch, parsePatch } from 'diff'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type FileChange, type FileState, unifiedDiff } from '../generators/core/diff.ts'
import { folderWith } from './project.ts'

const PLAIN = { paint: (_: string, text: string) => text, readable: false }

function state(content: string | null, executable = false): FileState | null {
  return content === null ? null : { content, executable }
}

function change(before: string | null, after: string | null, name = 'out/a.txt'): FileChange {
  return { name, before: state(before), after: state(after) }
}

function diff(before: string | null, after: string | null): Promise<string> {
  return unifiedDiff(change(before, after), PLAIN)
}

describe('unifiedDiff', () => {
  it('has three lines of context', async () => {
    const before = 'a\nb\nc\nd\ne\nf\ng\n\n \n\n'
    expect(await diff(before, before.replace('e', 'E'))).toBe(`\
diff --git out/a.txt out/a.txt
--- out/a.txt
+++ out/a.txt
@@ -2,7 +2,7 @@
 b
 c
 d
-e
+E
 f
 g
 `)
    // The empty lines at the end are part of it.
    expect(await diff(before, before.replace('g', 'G'))).toMatch(/\n-g\n\+G\n \n {2}\n $/)
  })

  it('names /dev/null where there is no file, and modes', async () => {
    const name = 'out/a'
    const both = { name, before: state('a\n'), after: state('b\n', true) }
    const heads = await Promise.all(
      [
        { ...both, before: null },
        { ...both, after: null },
        both,
        { ...both, after: state('a\n', true) },
        { ...both, before: null, after: state('') },
        { ...both, before: state('', true), after: null },
      ].map(async each => (await unifiedDiff(each, PLAIN)).split('\n').slice(1)),
    )
    expect(heads).toEqual([
      ['new file mode 100755', '--- /dev/null', '+++ out/a', '@@ -0,0 +1,1 @@', '+b'],
      ['deleted file mode 100644', '--- out/a', '+++ /dev/null', '@@ -1,1 +0,0 @@', '-a'],
      ['old mode 100644', 'new mode 100755', '--- out/a', '+++ out/a', '@@ -1,1 +1,1 @@', '-a', '+b'],
      ['old mode 100644', 'new mode 100755'],
      ['new file mode 100644'],
      ['deleted file mode 100755'],
    ])
  })

  it('tells line ends, and a last line without one', async () => {
    const body = async (before: string, after: string) => (await diff(before, after)).split('\n').slice(4)
    expect(await body('a\r\nb\r\n', 'a\nb\n')).toEqual(['-a\r', '-b\r', '+a', '+b'])
    expect(await body('a\nb', 'a\nb\n')).toEqual([' a', '-b', '\\ No newline at end of file', '+b'])
    expect(await body('a\nb\n', 'a\nb')).toEqual([' a', '-b', '+b', '\\ No newline at end of file'])
    expect(await body('a\nb', 'A\nb')).toEqual(['-a', '+A', ' b', '\\ No newline at end of file'])
    expect(await body('a', '')).toEqual(['-a', '\\ No newline at end of file'])
  })

  it('takes no long time for files that have nothing in common, such as a checkout with CRLF', async () => {
    const after = Array.from({ length: 20_000 }, (_, n) => `line ${n}\n`).join('')
    const before = after.replaceAll('\n', '\r\n').slice(0, -2)
    const start = performance.now()
    const patch = await diff(before, after)
    expect(performance.now() - start).toBeLessThan(5000)
    expect(patch).toContain('\n@@ -1,20000 +1,20000 @@\n')
    expect(applyPatch(before, patch, { autoConvertLineEndings: false })).toBe(after)
  })

  it('colours what Git colours', async () => {
    const paint = (style: string, text: string) => `<${style}>${text}`
    const lines = (await unifiedDiff(change('a\nb', 'a\nc\n'), { paint, readable: false })).split('\n')
    expect(lines).toEqual([
      '<bold>diff --git out/a.txt out/a.txt',
      '<bold>--- out/a.txt',
      '<bold>+++ out/a.txt',
      '<cyan>@@ -1,2 +1,2 @@',
      ' a',
      '<red>-b',
      '\\ No newline at end of file',
      '<green>+c',
    ])
  })

  it('writes out what would move the cursor, for eyes only', async () => {
    const [before, after] = [
      'same\u001b[2J\u009b\r\n\ta\u001b]0;x\u0007\n',
      'same\u001b[2J\u009b\r\n\tb\u202e\n',
    ]
    const shown = await unifiedDiff(change(before, after), { ...PLAIN, readable: true })
    expect(shown.split('\n').slice(4)).toEqual([
      ' same\\u{1b}[2J\\u{9b}\\u{d}',
      '-\ta\\u{1b}]0;x\\u{7}',
      '+\tb\\u{202e}',
    ])
    expect((await diff(before, after)).split('\n').slice(4)).toEqual([
      ' same\u001b[2J\u009b\r',
      '-\ta\u001b]0;x\u0007',
      '+\tb\u202e',
    ])
  })

  it.each([
    ['the out/a', 'diff --git "the out/a" "the out/a"', '--- the out/a\t'],
    ['输出/a', 'diff --git 输出/a 输出/a', '--- 输出/a'],
    ['a"b\\c', 'diff --git "a\\"b\\\\c" "a\\"b\\\\c"', '--- "a\\"b\\\\c"'],
    [
      'a\n\u202e',
      'diff --git "a\\012\\342\\200\\256" "a\\012\\342\\200\\256"',
      '--- "a\\012\\342\\200\\256"',
    ],
  ])('quotes a name as Git does: %j', async (name, first, second) => {
    expect((await unifiedDiff(change('a\n', 'b\n', name), PLAIN)).split('\n').slice(0, 2)).toEqual([
      first,
      second,
    ])
  })
})

/** Contents that are alike, with every line end. */
const CONTENT = fc
  .array(
    fc.constantFrom(
      'a\n',
      'b\n',
      '\n',
      ' \n',
      'c\r\n',
      '-- x\n',
      '++ y\n',
      '@@ -1 +1 @@\n',
      '中文\n',
      'x\ry\n',
    ),
    {
      maxLength: 25,
    },
  )
  .chain(lines => fc.constantFrom('', 'end', 'end\r').map(end => lines.join('') + end))

describe('a patch', () => {
  it('makes of one content the other', async () => {
    await fc.assert(
      fc.asyncProperty(CONTENT, CONTENT, async (before, after) => {
        const text = await diff(before, after)
        if (before === after) expect(text.split('\n')).toHaveLength(1)
        else expect(applyPatch(before, text, { autoConvertLineEndings: false })).toBe(after)
      }),
    )
  })

  it('may hold many files, and a sentence behind them', async () => {
    const all = [change('a\n', 'b\n', 'x'), change(null, 'c', 'y z'), change('d\n', null, 'w')]
    const text = (await Promise.all(all.map(each => unifiedDiff(each, PLAIN)))).join('\n')
    expect(parsePatch(text).map(({ oldFileName, newFileName }) => [oldFileName, newFileName])).toEqual([
      ['x', 'x'],
      ['/dev/null', 'y z'],
      ['w', '/dev/null'],
    ])
  })

  const names = [
    'a.sh',
    'the out/with space',
    'the out/"quoted"\\',
    '输出/中文',
    'new',
    'crlf',
    'mode',
    'end',
  ]
  const changes: readonly FileChange[] = [
    { name: 'a.sh', before: state('a\n'), after: state('b\n', true) },
    change('a\n\n\n\n', 'b\n\n\n\n', names[1]),
    change('a\n', 'b\n', names[2]),
    change('a\n', 'b\n', names[3]),
    { name: 'new', before: null, after: state('new\n', true) },
    change('old\n', null, 'the out/old'),
    change(null, '', 'empty'),
    change('a\r\nb\r\nc\r\n', 'a\r\nB\r\nc\n', 'crlf'),
    { name: 'mode', before: state('m\n', true), after: state('m\n') },
    change('a\nend', 'a\nEND\nmore', 'end'),
  ]
  const tools = [
    ['patch', '--version', ['-p0', '--dry-run', '--batch'], ['-p0', '--batch']],
    ['git', '--version', ['apply', '-p0', '--check'], ['apply', '-p0']],
  ] as const

  it.each(tools)('is what %s takes', async (tool, version, dry, args) => {
    if (spawnSync(tool, [version]).status !== 0) return console.warn(`SKIPPED: there is no ${tool}`)
    const folder = folderWith()
    for (const { name, before } of changes) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      if (before === null) continue
      writeFileSync(join(folder, name), before.content)
      chmodSync(join(folder, name), before.executable ? 0o755 : 0o644)
    }
    const diffs = await Promise.all(changes.map(each => unifiedDiff(each, PLAIN)))
    const input = `${diffs.join('\n')}\nout is not what generate would write; run: compose-relay generate\n`
    // Away from any repository, whose rules would count.
    const options = {
      cwd: folder,
      input,
      env: { PATH: process.env['PATH'], GIT_CEILING_DIRECTORIES: dirname(folder) },
    }
    execFileSync(tool, dry, options)
    execFileSync(tool, args, options)
    const states = changes.map(({ name }): FileState | null => {
      const mode = statSync(join(folder, name), { throwIfNoEntry: false })?.mode
      if (mode === undefined) return null
      return { content: readFileSync(join(folder, name), 'utf8'), executable: (mode & 0o111) !== 0 }
    })
    expect(states).toEqual(changes.map(({ after }) => after))
  })
})
