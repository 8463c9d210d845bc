import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { INSTALL, PARTS, ROOT, read, SCRIPTS, SHELLCHECK, SHFMT, stepFiles } from './emitted.ts'
import { HOST_TOOLS, TOOLS } from './fake-engine.ts'

const folder = mkdtempSync(join(tmpdir(), 'relay-shell-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the tools are here', () => {
  const missing = [SHELLCHECK, SHFMT].includes(null)
  if (missing && process.env['CI'] !== undefined) throw new Error(`run: ${INSTALL}`)
  if (missing) console.warn(`SKIPPED: shellcheck and shfmt are needed for these tests; run: ${INSTALL}`)
})

describe.skipIf(SHFMT === null)('shfmt', () => {
  test('would change nothing', () => {
    const files = [...SCRIPTS, ...PARTS, ...stepFiles(folder)]
    const { status, stdout } = spawnSync(SHFMT ?? '', ['-d', '-i', '2', '-ci', ...files], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
  })
})

/** What bash 3.2 or BSD's tools lack, each with lines that have it. What a comment says is no matter. */
const FOREIGN: readonly (readonly [
  name: string,
  pattern: RegExp,
  ...samples: readonly [string, ...string[]],
])[] = [
  ['associative arrays', /\b(?:declare|local|typeset)\s+-\w*A/, 'declare -A map', '  local -rA map=()'],
  ['mapfile', /\b(?:mapfile|readarray)\b/, 'mapfile -t lines <file', 'readarray x'],
  ['case modification', /\$\{!?\w+(?:\[[^\]]*\])?(?:,|\^)/, 'x=${v,,}', 'x=${v^^}', 'x=${a[0]^}'],
  ['wait -n', /\bwait\s+-\w*n/, 'wait -n', '  wait -fn "$pid"'],
  ['dates by printf', /%\([^)]*\)T/, "printf '%(%F)T' -1"],
  ['references to names', /\b(?:declare|local|typeset)\s+-\w*n/, 'local -n ref=$1', 'declare -gn x'],
  ['declare -g', /\b(?:declare|typeset)\s+-\w*g/, 'declare -g x'],
  ['&>>', /&>>/, 'cmd &>>log'],
  ['|&', /\|&/, 'cmd |& tee log'],
  ['-v', /(?:\[\[?|\btest)\s+(?:!\s+)?-v\s/, '[[ -v x ]]', '[ ! -v x ]', 'test -v x'],
  ['transformations', /\$\{!?[\w@*]+(?:\[[^\]]*\])?@[A-Za-z]\}/, 'x=${v@Q}', 'x=${a[@]@Q}', 'x=${@@Q}'],
  ['coproc', /\bcoproc\b/, 'coproc cat'],
  ['negative subscripts', /\[\s*-\d+\s*\]/, 'x=${a[-1]}', 'unset "a[-1]"'],
  ['negative lengths', /\$\{\w+:[^}]*:\s*-\d/, 'x=${v:0:-1}'],
  ['fractions of seconds for read', /\bread\b[^|;&]*-\w*t\s*\d*\.\d/, 'read -r -t 0.1 line', 'read -t.5 x'],
  [
    'new variables',
    /\b(?:BASHPID|EPOCHSECONDS|EPOCHREALTIME|SRANDOM|BASH_ARGV0)\b/,
    'kill "$BASHPID"',
    'now=$EPOCHSECONDS',
  ],
  ['chosen descriptors', /\{\w+\}[<>]/, 'exec {fd}>file'],
  ['falling through', /;;?&/, 'a) x ;&', 'a) x ;;&'],
  ['new options', /\bshopt\b[^;]*\b(?:lastpipe|globstar|inherit_errexit)\b/, 'shopt -s lastpipe'],
  ['printf -v to an element', /printf\s+-v\s*["']?\w+\[/, 'printf -v "a[1]" x', 'printf -v a[1] x'],
  ['\\u', /\\u[0-9A-Fa-f{]/, "x=$'\\u00e9'"],
  ['quotes in a replacement', /\$\{\w+\/[^}]*"/, 'x="${v/a/"b"}"', 'x=${v//"/"/_}'],
  ['eval', /\beval\b/, 'eval "$x"', '  eval x=1'],
  ['errexit', /\bset\s+-\w*e|errexit/, 'set -e', 'set -eu', 'set -o errexit'],
  ['sed -i', /\bsed\s+(?:-\S+\s+)*-\w*i/, "sed -i 's/a/b/' f", "sed -E -i.bak 's/a/b/' f"],
  ['sed -r', /\bsed\s+(?:-\S+\s+)*-\w*r/, "sed -r 's/a/b/'"],
  ['grep -P', /\bgrep\s+(?:-\S+\s+)*-\w*P/, "grep -P 'x'", "grep -v -oP 'x'"],
  [
    // `ls` is a word of engines, too.
    'long flags of tools',
    new RegExp(
      `\\b(?:${[...TOOLS, 'sort', 'cp', 'mv'].filter(tool => tool !== 'ls').join('|')})\\s[^|;&]*\\s--\\w`,
    ),
    'mktemp -d --tmpdir x',
    'df -P --output=avail /',
  ],
  ['readlink -f', /\breadlink\s+-\w*[fem]/, 'readlink -f "$0"'],
  ['date -d', /\bdate\s+(?:-\S+\s+)*-\w*[dIr]\b|\bdate\b.*%N/, 'date -d yesterday', 'date +%s%N'],
  [
    'programs of GNU and Linux',
    /(?:^|[;&|(]|\b(?:if|while|then|do|else)\b)\s*(?:timeout|sha256sum|realpath|flock|setsid|nproc|tac|shuf|stat|numfmt)\s/,
    'timeout 5 cmd',
    '  x=1; sha256sum f',
    'if flock 9; then',
    'x=$(stat -c %s f)',
  ],
]

describe('bash 3.2 and BSD', () => {
  test.each(FOREIGN.map(([name, ...rest]) => ({ name, rest })))(
    '$name',
    ({ rest: [pattern, ...samples] }) => {
      expect(samples.length).toBeGreaterThan(0)
      for (const sample of samples) expect(linesWith(sample, pattern)).toEqual([sample])
      for (const file of [...SCRIPTS, ...PARTS])
        expect([file, linesWith(read(file), pattern)]).toEqual([file, []])
    },
  )

  test('arrays that may be empty', () => {
    expect(unguarded('f "${a[@]}"')).toEqual(['f "${a[@]}"'])
    expect(unguarded('for x in "${a[@]:1}"; do')).toEqual(['for x in "${a[@]:1}"; do'])
    expect(unguarded('x=("${a[@]}" ${b[@]+"${b[@]}"})')).toEqual(['x=("${a[@]}" ${b[@]+"${b[@]}"})'])
    expect(unguarded('f ${a[@]+"${a[@]}"}; for i in ${a[@]+"${!a[@]}"} "${!a[@]}" "${@:2}"; do')).toEqual([])
    expect(unguarded('[ "${#a[@]}" -eq 0 ] || f "${a[@]}"')).toEqual([])
    for (const file of [...SCRIPTS, ...PARTS]) expect([file, unguarded(read(file))]).toEqual([file, []])
  })
})

describe.skipIf(SHFMT === null)('the tree of a script', () => {
  test('no case and no heredoc inside a substitution', () => {
    expect(kindsInside(parse('x=$(case $a in b) c ;; esac)'), 'CmdSubst')).toContain('CaseClause')
    expect(kindsInside(parse("x=$(cat <<E\nit's\nE\n)"), 'CmdSubst')).toContain('Hdoc')
    for (const file of SCRIPTS) {
      const tree = treeOf(file)
      const kinds = ['CmdSubst', 'ProcSubst'].flatMap(kind => kindsInside(tree, kind))
      expect([file, kinds.filter(kind => ['CaseClause', 'Hdoc'].includes(kind))]).toEqual([file, []])
    }
  })

  test('a script has the functions that it calls, and calls those that it has', () => {
    const sample = parse('f() { g; }\nh() { trap h EXIT; }\nrun f\ncat x\nsay "$MSG_A"')
    expect(unknownCalls(sample)).toEqual(['g', 'run', 'say'])
    expect(idleFunctions(parse('f() { f; }\ng() { true; }\nh() { true; }\nrun h\ntrap "g; x" EXIT'))).toEqual(
      ['f'],
    )
    for (const file of SCRIPTS) {
      const tree = treeOf(file)
      expect([file, unknownCalls(tree)]).toEqual([file, []])
      expect([file, idleFunctions(tree)]).toEqual([file, []])
    }
  })
})

test('a script has the messages that it says, and says those that it has', () => {
  expect(messages("MSG_A='x'\nMSG_B='y'\nsay \"$MSG_B$MSG_C\"")).toEqual({
    idle: ['MSG_A'],
    unknown: ['MSG_C'],
  })
  for (const file of SCRIPTS) expect([file, messages(read(file))]).toEqual([file, { idle: [], unknown: [] }])
})

test('another shell than bash is told of it', () => {
  // This one is sourced by shells, too, and lets nothing end them.
  for (const script of SCRIPTS.filter(name => basename(name) !== 'tag-image-smart.sh'))
    expect(spawnSync('dash', [script, '--list'], { encoding: 'utf8' })).toMatchObject({
      status: 2,
      stdout: '',
      stderr: `this needs bash: bash ${script}\n`,
    })
})

test('the last line runs it', () => {
  expect(SCRIPTS.length).toBeGreaterThan(0)
  for (const file of SCRIPTS) expect([file, read(file).endsWith('\n}\n\nmain "$@"\n')]).toEqual([file, true])
})

test('nothing but printable text and line feeds', () => {
  for (const file of [...SCRIPTS, ...PARTS]) {
    const odd = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\ufeff]/.exec(read(file))
    expect([file, odd?.[0]]).toEqual([file, undefined])
  }
})

test.each(SCRIPTS.map(file => [basename(file), file] as const))('half of %s does nothing', (_, file) => {
  const source = read(file)
  const functions = source.indexOf('\nmain() {')
  for (let cut = functions; cut < source.length - 'main "$@"\n'.length; cut += 1500) {
    const { stdout } = spawnSync('bash', ['-s', '--', '--help'], {
      input: source.slice(0, cut),
      encoding: 'utf8',
    })
    expect([cut, stdout]).toEqual([cut, ''])
  }
})

/** An alarm, not a limit: DESIGN.md says what size is usual. */
test('sizes', () => {
  const long = PARTS.map(file => [file, read(file).split('\n').length - 1] as const).filter(
    ([, lines]) => lines > 100,
  )
  for (const [file, lines] of long) console.warn(`ALARM: ${file} has ${lines} lines`)
})

function codeLines(source: string): readonly string[] {
  return source.split('\n').filter(line => !/^\s*#/.test(line) && !/^MSG_\w+='/.test(line))
}

function linesWith(source: string, pattern: RegExp): readonly string[] {
  return codeLines(source).filter(line => pattern.test(line))
}

/** Lines that expand all of an array which bash up to 4.3 calls unbound when it is empty. */
function unguarded(source: string): readonly string[] {
  return codeLines(source).filter(line => {
    const rest = line.replace(/\$\{(\w+)\[@\]\+"\$\{!?\1\[@\][^}]*\}"\}/g, '')
    return [...rest.matchAll(/\$\{(\w+)\[[@*]\]/g)].some(
      ([, name]) => name !== 'PIPESTATUS' && !rest.includes(`\${#${name}[@]}`),
    )
  })
}

/** A node of the tree that shfmt makes of a script. */
interface Node {
  readonly [field: string]: unknown
}

function parse(source: string): Node {
  const options = { input: source, encoding: 'utf8', maxBuffer: 2 ** 28 } as const
  const tree = execFileSync(SHFMT ?? '', ['-ln', 'bash', '--to-json'], options)
  return JSON.parse(tree, (_, value) => (value?.Offset === undefined ? value : undefined)) as Node
}

const trees = new Map<string, Node>()

function treeOf(file: string): Node {
  const tree = trees.get(file) ?? parse(read(file))
  trees.set(file, tree)
  return tree
}

/** All nodes below one, itself included. */
function nodes(root: unknown): readonly Node[] {
  if (Array.isArray(root)) return root.flatMap(nodes)
  if (typeof root !== 'object' || root === null) return []
  return [root as Node, ...Object.values(root).flatMap(nodes)]
}

function typed(root: unknown, type: string): readonly Node[] {
  return nodes(root).filter(node => node['Type'] === type)
}

/** The kinds of nodes, and `Hdoc` for a heredoc, below those of one kind. */
function kindsInside(root: Node, type: string): readonly string[] {
  return typed(root, type).flatMap(node =>
    nodes(node).flatMap(inner => [...(inner['Hdoc'] == null ? [] : ['Hdoc']), String(inner['Type'])]),
  )
}

function functions(root: Node): readonly Node[] {
  return typed(root, 'FuncDecl')
}

function nameOf(declaration: Node): string {
  return String((declaration['Name'] as Node)['Value'])
}

const BUILTINS =
  'break builtin cd continue exec exit jobs kill printf pwd read return set shift source trap type umask unset wait : [ bash main'.split(
    ' ',
  )

/** The commands that are called by a literal name and are neither functions here, builtins nor the usual tools. */
function unknownCalls(root: Node): readonly string[] {
  const known = new Set([
    ...functions(root).map(nameOf),
    ...BUILTINS,
    ...TOOLS,
    ...HOST_TOOLS,
    'ps',
    'ssh',
    'sync',
  ])
  const names = typed(root, 'CallExpr').flatMap(({ Args }) => {
    const [first] = (Args ?? []) as readonly Node[]
    const parts = (first?.['Parts'] ?? []) as readonly Node[]
    return parts.length === 1 && parts[0]?.['Type'] === 'Lit' ? [String(parts[0]['Value'])] : []
  })
  return [...new Set(names.filter(name => !known.has(name)))]
}

/** The functions that nothing outside of themselves names. */
function idleFunctions(root: Node): readonly string[] {
  const all = values(root)
  return functions(root)
    .filter(declaration => {
      const name = new RegExp(`(?<![\\w-])${nameOf(declaration)}(?![\\w-])`)
      const count = (texts: readonly string[]) => texts.filter(text => name.test(text)).length
      return count(all) === count(values(declaration))
    })
    .map(nameOf)
}

function values(root: Node): readonly string[] {
  return nodes(root).flatMap(({ Value }) => (typeof Value === 'string' ? [Value] : []))
}

function messages(source: string): { readonly idle: readonly string[]; readonly unknown: readonly string[] } {
  const made = [...source.matchAll(/^(MSG_\w+)=/gm)].map(([, name = '']) => name)
  const said = [...source.matchAll(/\$\{?(MSG_\w+)/g)].map(([, name = '']) => name)
  return {
    idle: made.filter(name => !said.includes(name)),
    unknown: said.filter(name => !made.includes(name)),
  }
}
