import { HIDDEN, visible } from './problem.ts'

/** A file, as far as a diff tells about it. */
export interface FileState {
  readonly content: string
  readonly executable: boolean
}

/** One file before and after; null where there is none. */
export interface FileChange {
  /** As a patch is to find it. */
  readonly name: string
  readonly before: FileState | null
  readonly after: FileState | null
}

/** How a diff is shown. */
export interface DiffStyle {
  readonly paint: (style: 'bold' | 'cyan' | 'green' | 'red', text: string) => string
  /** For eyes only: what would move a terminal's cursor is written out, and the diff is no patch any more. */
  readonly readable: boolean
}

/** The context of a change, in lines. */
const CONTEXT = 3

/** More changed lines than this are not compared line by line, which would take long, but replaced as a whole. */
const EDIT_LIMIT = 2000

const NO_NEWLINE = '\\ No newline at end of file'

/**
 * A unified diff with Git's header (`git diff --no-prefix`), which tells modes and empty files, too; `patch -p0` and
 * `git apply -p0` take it. Without line break at its end.
 */
export async function unifiedDiff(change: FileChange, { paint, readable }: DiffStyle): Promise<string> {
  const show = readable ? (line: string) => line.split('\t').map(visible).join('\t') : (line: string) => line
  const hunks = await hunksOf(change.before?.content ?? '', change.after?.content ?? '')
  const header = [...gitHeader(change), ...(hunks.length > 0 ? nameLines(change) : [])]
  return [
    ...header.map(line => paint('bold', line)),
    ...hunks.flatMap(({ range, lines }) => [
      paint('cyan', range),
      ...lines.map(line => {
        if (line.startsWith('+')) return paint('green', show(line))
        return line.startsWith('-') ? paint('red', show(line)) : show(line)
      }),
    ]),
  ].join('\n')
}

interface Hunk {
  /** `@@ -1,2 +1,2 @@` */
  readonly range: string
  /** With their signs, and without line breaks. */
  readonly lines: readonly string[]
}

async function hunksOf(before: string, after: string): Promise<Hunk[]> {
  if (before === after) return []
  const { structuredPatch } = await import('diff')
  const limits = { context: CONTEXT, maxEditLength: EDIT_LIMIT }
  const patch =
    before === '' || after === ''
      ? undefined
      : structuredPatch('', '', before, after, undefined, undefined, limits)
  if (patch === undefined) return [replacement(before, after)]
  return patch.hunks.map(({ oldStart, oldLines, newStart, newLines, lines }) => ({
    range: range(oldStart, oldLines, newStart, newLines),
    lines,
  }))
}

/** Everything goes, and everything comes. */
function replacement(before: string, after: string): Hunk {
  const [old, young] = [signedLines(before, '-'), signedLines(after, '+')]
  const count = (lines: readonly string[]) => lines.filter(line => line !== NO_NEWLINE).length
  return { range: range(1, count(old), 1, count(young)), lines: [...old, ...young] }
}

function signedLines(text: string, sign: string): string[] {
  const lines = text.split('\n')
  const last = lines.pop() ?? ''
  const whole = lines.map(line => sign + line)
  return last === '' ? whole : [...whole, sign + last, NO_NEWLINE]
}

/** A range of no lines is named by the line before it. */
function range(oldStart: number, oldLines: number, newStart: number, newLines: number): string {
  const side = (start: number, lines: number) => `${lines === 0 ? start - 1 : start},${lines}`
  return `@@ -${side(oldStart, oldLines)} +${side(newStart, newLines)} @@`
}

function gitHeader({ name, before, after }: FileChange): string[] {
  const quoted = quote(name, /["\\ ]/)
  const first = `diff --git ${quoted} ${quoted}`
  if (before === null) return [first, ...(after === null ? [] : [`new file mode ${mode(after)}`])]
  if (after === null) return [first, `deleted file mode ${mode(before)}`]
  if (before.executable === after.executable) return [first]
  return [first, `old mode ${mode(before)}`, `new mode ${mode(after)}`]
}

function mode({ executable }: FileState): string {
  return executable ? '100755' : '100644'
}

/** A tab ends a name that has spaces, as in Git. */
function nameLines({ name, before, after }: FileChange): string[] {
  const quoted = quote(name, /["\\]/)
  const shown = quoted.includes(' ') ? `${quoted}\t` : quoted
  return [`--- ${before === null ? '/dev/null' : shown}`, `+++ ${after === null ? '/dev/null' : shown}`]
}

/** A name in the quotes of Git and patch, if it needs them: hidden characters are bytes, in octal. */
function quote(name: string, special: RegExp): string {
  if (name.search(special) === -1 && name.search(HIDDEN) === -1) return name
  const bytes = (char: string) =>
    [...new TextEncoder().encode(char)].map(byte => `\\${byte.toString(8).padStart(3, '0')}`).join('')
  return `"${name.replace(/["\\]/g, '\\$&').replace(HIDDEN, bytes)}"`
}
