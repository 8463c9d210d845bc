import { closest } from 'fastest-levenshtein'
import { Invalid } from './problem.ts'
import { familiarReference, parseReference } from './reference.ts'

/** What a build gives to a Dockerfile. */
export interface BuildInput {
  /** Build arguments, `BUILDKIT_SYNTAX` included. */
  readonly args: ReadonlyMap<string, string>
  /** The stage to build: its images and those of the stages that it needs. null means every stage. */
  readonly target: string | null
  /** What is built and what builds, such as `linux/amd64`. */
  readonly platform: string
  /** Names of additional contexts: they stand in for the images and stages of that name. */
  readonly contexts: ReadonlySet<string>
}

/** Where a Dockerfile names an image: `FROM`, `COPY --from=`, `RUN --mount=from=`, `# syntax=`. */
export type ImageKind = 'from' | 'copy' | 'mount' | 'syntax'

/** An image that comes from a registry. Two places that name one image are two of these. */
export interface DockerfileImage {
  /** With its variables filled in. */
  readonly image: string
  /** As it stands there: `text.slice(start, end)`. Empty where the build argument BUILDKIT_SYNTAX names it. */
  readonly written: string
  readonly kind: ImageKind
  /** `--platform` of a FROM where it is another than that of the build, else that of the build. */
  readonly platform: string
  /** Line and column count from 1. */
  readonly line: number
  readonly column: number
  readonly start: number
  readonly end: number
}

/** One thing to correct in a Dockerfile. */
export interface DockerfileProblem {
  readonly line: number
  readonly column: number
  readonly what: string
  readonly cure: string | null
}

/** What a Dockerfile says of its images, both lists in the order of the text. */
export interface DockerfileReading {
  readonly images: readonly DockerfileImage[]
  readonly problems: readonly DockerfileProblem[]
}

/**
 * The images that a Dockerfile needs, by the rules of BuildKit's frontend
 * (https://github.com/moby/buildkit/tree/master/frontend/dockerfile). Where it would stop at the first fault, this
 * goes on and tells of the others. Flags that name no image are left to the build, for each frontend has its own.
 */
export function readDockerfile(text: string, input: BuildInput): DockerfileReading {
  const run: Run = {
    text,
    input,
    lines: splitLines(text),
    found: new Map(),
    problems: [],
    fuel: { left: FUEL },
  }
  const binary = text.indexOf('\0')
  if (binary === -1) readText(run)
  else report(run, binary, 'it is binary', 'name a Dockerfile')
  const place = placer(run)
  const images = [...run.found.values()].sort((a, b) => a.start - b.start)
  const problems = run.problems.sort((a, b) => a.offset - b.offset)
  return {
    images: images.map(image => ({ ...image, ...place(image.start) })),
    problems: problems.map(({ offset, what, cure }) => ({ ...place(offset), what, cure })),
  }
}

/** Who corrects that many reads the rest later. */
const PROBLEM_LIMIT = 100

/** Steps that filling in variables may take in one file: far more than anyone needs, done in well under a second. */
const FUEL = 2_000_000

interface Run {
  readonly text: string
  readonly input: BuildInput
  readonly lines: readonly Line[]
  /** By offset: what ONBUILD says counts in several stages and stands in one place. */
  readonly found: Map<number, Found>
  readonly problems: Fault[]
  readonly fuel: Fuel
}

type Found = Omit<DockerfileImage, 'line' | 'column'>

interface Fault {
  readonly offset: number
  readonly what: string
  readonly cure: string | null
}

interface Fuel {
  left: number
}

/** Whoever is told of problems: the file, or one stage of it. */
interface Told {
  readonly problems: Fault[]
}

function report({ problems }: Told, offset: number, what: string, cure: string | null): void {
  if (problems.length < PROBLEM_LIMIT)
    problems.push({ offset, what: excerpt(what), cure: cure && excerpt(cure) })
}

/** Runs what may throw Invalid. Returns null where it did, and reports it. */
function attempt<T>(run: Told, offset: number, work: () => T): T | null {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    report(run, offset, error.what, error.cure)
    return null
  }
}

function excerpt(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}

function readText(run: Run): void {
  readSyntax(run)
  const { escapeChar, instructions } = readInstructions(run)
  const stages = readStages(run, instructions, escapeChar)
  if (stages.length === 0) {
    report(run, 0, 'it has no FROM', 'begin with FROM and an image, or name another file')
  }
  const names = new Map(stages.flatMap(stage => (stage.name === null ? [] : [[stage.name, stage] as const])))
  for (const stage of stages) readSources(run, stage, { stages, names })
  for (const stage of neededStages(run, stages, names)) {
    for (const found of stage.images) run.found.set(found.start, found)
    for (const { offset, what, cure } of stage.problems) report(run, offset, what, cure)
  }
}

// Lines

/** A line without its line break and the carriage returns before it. */
interface Line {
  readonly text: string
  readonly start: number
}

/** BuildKit refuses more, in bytes. */
const LINE_LIMIT = 65_535

function splitLines(text: string): Line[] {
  const lines: Line[] = []
  for (let start = text.startsWith('\ufeff') ? 1 : 0; start < text.length; ) {
    const end = indexOr(text.indexOf('\n', start), text.length)
    let last = end
    while (last > start && text[last - 1] === '\r') last--
    lines.push({ text: text.slice(start, last), start })
    start = end + 1
  }
  return lines
}

function indexOr(index: number, otherwise: number): number {
  return index === -1 ? otherwise : index
}

function placer({
  text,
  lines,
}: Run): (offset: number) => { readonly line: number; readonly column: number } {
  return offset => {
    const index = lastIndexBy(lines, line => line.start <= offset)
    const start = lines[index]?.start ?? offset
    return {
      line: Math.max(index, 0) + 1,
      column: Math.min(offset, text.length) - Math.min(start, offset) + 1,
    }
  }
}

/** The last item for which something holds that holds for all before it, too; else -1. */
function lastIndexBy<T>(items: readonly T[], holds: (item: T) => boolean): number {
  let [low, high] = [-1, items.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (holds(items[middle] as T)) low = middle
    else high = middle - 1
  }
  return low
}

// Directives

interface Directive {
  readonly key: string
  readonly value: string
}

/** What a comment such as `# syntax=…` says, its comment character removed. */
function directive(comment: string): Directive | null {
  const [, key, value] = /^([a-z][a-z0-9]*)\s*=\s*([^\n]+)$/i.exec(comment.trim()) ?? []
  if (key === undefined || value === undefined) return null
  return DIRECTIVES.includes(key.toLowerCase()) ? { key: key.toLowerCase(), value } : null
}

const DIRECTIVES: readonly string[] = ['syntax', 'escape', 'check']

/** The image that reads the Dockerfile in place of BuildKit itself; it may stand behind `//`, too. */
function readSyntax(run: Run): void {
  const argument = run.input.args.get('BUILDKIT_SYNTAX')
  if (argument !== undefined) {
    addSyntax(run, argument.trim().split(' ')[0] ?? '', 0, 0)
    return
  }
  const lines = run.lines[0]?.text.startsWith('#!') ? run.lines.slice(1, 10) : run.lines.slice(0, 10)
  for (const mark of ['#', '//']) {
    for (const { text, start } of lines) {
      const found = text.startsWith(mark) ? directive(text.slice(mark.length)) : null
      if (found === null) break
      if (found.key !== 'syntax') continue
      const image = found.value.split(' ')[0] ?? ''
      const at = start + text.indexOf(found.value, text.indexOf('=') + 1)
      addSyntax(run, image, at, at + image.length)
      return
    }
  }
}

function addSyntax(run: Run, image: string, start: number, end: number): void {
  const { text, input } = run
  if (attempt(run, start, () => parseReference(image)) === null) return
  const written = text.slice(start, end)
  run.found.set(start, { image, written, kind: 'syntax', platform: input.platform, start, end })
}

// Instructions

/** Lines that are one to Docker: continuations joined, comments and empty lines among them left out. */
interface Statement {
  readonly text: string
  readonly parts: readonly Part[]
}

/** Where a part of a statement begins in it, and in the file. */
interface Part {
  readonly at: number
  readonly start: number
}

interface Instruction {
  /** In lower case. */
  readonly keyword: string
  /** Where the keyword stands in the statement. */
  readonly at: number
  readonly statement: Statement
  readonly flags: readonly Flag[]
  /** What comes after the flags. */
  readonly rest: string
  readonly restAt: number
}

/** A word such as `--from=x` without quotes and escapes, and where each of its characters stands in the statement. */
interface Flag {
  readonly text: string
  readonly at: readonly number[]
}

const KEYWORDS: readonly string[] =
  'add arg cmd copy entrypoint env expose from healthcheck label maintainer onbuild run shell stopsignal user volume workdir'.split(
    ' ',
  )

function readInstructions(run: Run): { readonly escapeChar: string; readonly instructions: Instruction[] } {
  const { lines } = run
  const instructions: Instruction[] = []
  const seen = new Set<string>()
  let escapeChar = '\\'
  let first = true
  for (let next = 0; next < lines.length; ) {
    const line = trimmedLine(lines[next] as Line)
    if (line.text.startsWith('#')) {
      const found: Directive | null = first ? directive(line.text.slice(1)) : null
      first = found !== null
      if (found !== null) {
        if (seen.has(found.key)) report(run, line.start, `a second ${found.key} directive`, 'remove it')
        else if (found.key === 'escape') escapeChar = escapeOf(run, line, found.value)
        seen.add(found.key)
      }
      next++
      continue
    }
    first = false
    const { statement, end } = joinLines(run, next, line, escapeChar)
    next = end
    if (statement === null) continue
    const instruction = readInstruction(statement, 0, escapeChar)
    next = skipHeredocs(run, heredocsOf(instruction, escapeChar), instruction, next)
    if (isKnown(run, instruction)) instructions.push(instruction)
  }
  return { escapeChar, instructions }
}

function trimmedLine({ text, start }: Line): Line {
  const at = skip(text, 0)
  return { text: text.slice(at), start: start + at }
}

function escapeOf(run: Run, line: Line, value: string): string {
  if (value === '`' || value === '\\') return value
  report(run, line.start, `not an escape character: "${value}"`, 'it is ` or \\')
  return '\\'
}

interface Joined {
  /** null where there is nothing. */
  readonly statement: Statement | null
  /** The line that comes next. */
  readonly end: number
}

function joinLines(run: Run, from: number, first: Line, escapeChar: string): Joined {
  const texts: string[] = []
  const parts: Part[] = []
  let length = 0
  let next = from
  for (let open = true; open && next < run.lines.length; next++) {
    const line = next === from ? first : (run.lines[next] as Line)
    checkLength(run, line)
    const bare = skip(line.text, 0)
    if (next > from && (bare === line.text.length || line.text[bare] === '#')) continue
    const continued = withoutContinuation(line.text, escapeChar)
    const text = continued ?? line.text
    open = continued !== null
    parts.push({ at: length, start: line.start })
    texts.push(text)
    length += text.length
  }
  const text = texts.join('')
  return { statement: text === '' ? null : { text, parts }, end: next }
}

function checkLength(run: Run, { text, start }: Line): void {
  if (text.length * 3 <= LINE_LIMIT || Buffer.byteLength(text) <= LINE_LIMIT) return
  report(run, start, `the line is longer than ${LINE_LIMIT} bytes, which BuildKit refuses`, null)
}

/** null where the line does not go on in the next one. Two escape characters at its end are two characters. */
function withoutContinuation(text: string, escapeChar: string): string | null {
  let end = text.length
  while (text[end - 1] === ' ' || text[end - 1] === '\t') end--
  return text[end - 1] === escapeChar && text[end - 2] !== escapeChar ? text.slice(0, end - 1) : null
}

/** The place in the file of a character of a statement. */
function offsetIn({ parts }: Statement, at: number): number {
  const part = parts[lastIndexBy(parts, ({ at: begin }) => begin <= at)]
  return part === undefined ? 0 : part.start + at - part.at
}

function readInstruction(statement: Statement, from: number, escapeChar: string): Instruction {
  const { text } = statement
  const at = skip(text, from)
  let end = at
  while (end < text.length && !/[\t\v\f\r ]/.test(text[end] as string)) end++
  const { flags, end: restAt } = readFlags(text, end, escapeChar)
  const rest = text.slice(restAt, lastOf(text) + 1)
  return { keyword: text.slice(at, end).toLowerCase(), at, statement, flags, rest, restAt }
}

/** White space to Go: not the byte order mark, which it is to JavaScript. */
const SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/

/** The next character that is no white space. */
function skip(text: string, from: number): number {
  let at = from
  while (at < text.length && SPACE.test(text[at] as string)) at++
  return at
}

/** The last character that is no white space, or -1. */
function lastOf(text: string): number {
  let at = text.length - 1
  while (at >= 0 && SPACE.test(text[at] as string)) at--
  return at
}

function readFlags(
  text: string,
  from: number,
  escapeChar: string,
): { readonly flags: Flag[]; readonly end: number } {
  const flags: Flag[] = []
  for (let at = skip(text, from); ; ) {
    if (!text.startsWith('--', at)) return { flags, end: at }
    const { flag, end } = readFlag(text, at, escapeChar)
    at = skip(text, end)
    if (flag.text === '--') return { flags, end: at }
    flags.push(flag)
  }
}

function readFlag(
  text: string,
  from: number,
  escapeChar: string,
): { readonly flag: Flag; readonly end: number } {
  const chars: string[] = []
  const places: number[] = []
  let quote: string | null = null
  let at = from
  for (; at < text.length; at++) {
    const char = text[at] as string
    if (quote === null && SPACE.test(char)) break
    if (char === quote) quote = null
    else if (quote === null && (char === '"' || char === "'")) quote = char
    else if (char !== escapeChar || ++at < text.length) {
      chars.push(text[at] as string)
      places.push(at)
    }
  }
  return { flag: { text: chars.join(''), at: places }, end: at }
}

function isKnown(run: Run, instruction: Instruction): boolean {
  const { keyword, at, statement } = instruction
  if (KEYWORDS.includes(keyword)) return true
  const name = keyword.slice(0, 40).toUpperCase()
  const what = `unknown instruction: "${name}"`
  report(run, offsetIn(statement, at), what, `did you mean ${closest(name, UPPER)}?`)
  return false
}

const UPPER = KEYWORDS.map(keyword => keyword.toUpperCase())

/** The instruction behind an ONBUILD. BuildKit reads it when a stage is built on this one, without directives. */
function triggerOf({ statement, restAt }: Instruction): Instruction {
  return readInstruction(statement, restAt, '\\')
}

// Here-documents

interface Heredoc {
  readonly name: string
  /** `<<-`: tabs before the name at its end do no harm. */
  readonly tabs: boolean
}

function heredocsOf(instruction: Instruction, escapeChar: string): Heredoc[] {
  const { keyword, statement, restAt } = instruction
  const inner = keyword === 'onbuild' ? readInstruction(statement, restAt, escapeChar) : instruction
  if (
    !statement.text.includes('<<') ||
    !['add', 'copy', 'run'].includes(inner.keyword) ||
    isJson(inner.rest)
  ) {
    return []
  }
  return lexWords(statement.text, { quotes: true, escapes: true }).flatMap(word => heredocOf(word) ?? [])
}

function heredocOf(word: string): Heredoc | null {
  const [, tabs, rest] = /^\d*<<(-?)\s*([^<]+)$/.exec(word) ?? []
  const names = rest === undefined ? [] : lexWords(rest, { quotes: false, escapes: false })
  return names.length === 1 ? { name: names[0] as string, tabs: tabs === '-' } : null
}

/** An array of strings: a command in exec form holds no here-document. */
function isJson(text: string): boolean {
  if (!text.startsWith('[')) return false
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.every(item => typeof item === 'string')
  } catch {
    return false
  }
}

/** The line after the bodies. */
function skipHeredocs(
  run: Run,
  heredocs: readonly Heredoc[],
  instruction: Instruction,
  from: number,
): number {
  let next = from
  for (const { name, tabs } of heredocs) {
    const isEnd = ({ text }: Line) => (tabs ? text.replace(/^\t+/, '') : text) === name
    while (next < run.lines.length && !isEnd(run.lines[next] as Line)) next++
    if (next === run.lines.length) {
      const what = `no line "${name}" ends the here-document`
      report(run, offsetIn(instruction.statement, instruction.at), what, `write ${name} alone on a line`)
      return next
    }
    next++
  }
  return next
}

// Stages

interface Stage {
  readonly name: string | null
  readonly index: number
  /** Whether an additional context stands in for it. */
  readonly given: boolean
  /** The stage that it is built on. */
  readonly base: Stage | null
  readonly commands: readonly Instruction[]
  /** Stages that it needs, its base among them. */
  readonly needs: Stage[]
  readonly images: Found[]
  /** Those that only matter where the stage is built. */
  readonly problems: Fault[]
}

interface Stages {
  readonly stages: readonly Stage[]
  readonly names: ReadonlyMap<string, Stage>
}

function readStages(run: Run, instructions: readonly Instruction[], escapeChar: string): Stage[] {
  const { input } = run
  const globals = platformArgs(input, instructions, escapeChar)
  const stages: Stage[] = []
  const names = new Map<string, Stage>()
  let commands: Instruction[] | null = null
  for (const instruction of instructions) {
    if (instruction.keyword === 'from') {
      commands = []
      const from = readFrom(run, instruction, { globals, names, escapeChar })
      const needs = from.base === null ? [] : [from.base]
      const stage = { ...from, index: stages.length, commands, needs, problems: [] }
      stages.push(stage)
      if (stage.name !== null) names.set(stage.name, stage)
    } else if (commands !== null) commands.push(instruction)
    else if (instruction.keyword === 'arg') readGlobals(run, instruction, globals, escapeChar)
    else reportAt(run, instruction, 'no FROM comes before it', 'only ARG may stand before the first FROM')
  }
  return stages
}

function reportAt(run: Told, instruction: Instruction, what: string, cure: string | null): void {
  const { keyword, at, statement } = instruction
  report(run, offsetIn(statement, at), `${keyword.toUpperCase()}: ${what}`, cure)
}

/** `ARG NAME[=value]…` before the first FROM. */
function readGlobals(
  run: Run,
  instruction: Instruction,
  globals: Map<string, string>,
  escapeChar: string,
): void {
  const { statement, restAt, rest } = instruction
  for (const word of splitWords(rest, escapeChar)) {
    const equals = indexOr(word.indexOf('='), word.length)
    const [name, written] = [word.slice(0, equals), word.slice(equals + 1)]
    const given = run.input.args.get(name)
    if (given !== undefined) globals.set(name, given)
    else if (equals < word.length) {
      const work = () => expand(written, globals, escapeChar, run.fuel).value
      const value = attempt(run, offsetIn(statement, restAt), work)
      if (value !== null) globals.set(name, value)
    }
  }
}

interface Scope {
  readonly globals: ReadonlyMap<string, string>
  /** The stages so far. */
  readonly names: ReadonlyMap<string, Stage>
  readonly escapeChar: string
}

function readFrom(
  run: Run,
  instruction: Instruction,
  scope: Scope,
): Pick<Stage, 'name' | 'given' | 'base' | 'images'> {
  const { statement, rest, restAt } = instruction
  const words = rest === '' ? [] : rest.split(/[\t\v\f\r ]+/)
  const [written = '', as = '', alias = null] = words
  const name = alias?.toLowerCase() ?? null
  const named = name !== null && words.length === 3 && as.toLowerCase() === 'as'
  if (!named && words.length !== 1) {
    const comment = words.some(word => word.startsWith('#'))
    const cure = comment ? 'a comment stands on a line of its own' : 'write FROM image, or FROM image AS name'
    reportAt(run, instruction, 'it takes an image, or an image, AS and a name', cure)
  }
  if (named && !/^[a-z][a-z0-9_.-]*$/.test(name)) {
    const cure = 'a letter, then letters, digits, "-", "_", "."'
    reportAt(run, instruction, `not a name of a stage: "${alias}"`, cure)
  }
  const given = named && isContext(run.input, name)
  const stage = { name: named ? name : null, given, base: null, images: [] }
  const start = offsetIn(statement, restAt)
  const image = words.length === 0 ? null : expandFrom(run, instruction, written, scope)
  const platform = readPlatform(run, instruction, scope)
  if (image === null || platform === null) return stage
  const base = scope.names.get(image.value) ?? null
  const found = { image: image.value, kind: 'from', platform, start, length: written.length } as const
  const source = base === null ? foundIn(run, run, found, { statement, restAt }, image.unset) : null
  return given ? stage : { ...stage, base, images: source === null ? [] : [source] }
}

function expandFrom(run: Run, instruction: Instruction, written: string, scope: Scope): Expansion | null {
  const { statement, restAt } = instruction
  const start = offsetIn(statement, restAt)
  const image = attempt(run, start, () => expand(written, scope.globals, scope.escapeChar, run.fuel))
  if (image === null || image.value !== '') return image
  report(run, start, `FROM: "${written}" is empty`, missing(image.unset))
  return null
}

/** What to do about variables that have no value. */
function missing(unset: readonly string[]): string | null {
  const names = unset.slice(0, 3)
  if (names.length === 0) return null
  const defaults = names.map(name => `ARG ${name}=…`).join(' ')
  const what = names.length === 1 ? `${names[0]} has` : `${names.join(', ')} have`
  return `${what} no value here: write ${defaults} before the first FROM, or give a build argument to an ARG there`
}

/** null where it is no platform. */
function readPlatform(run: Run, instruction: Instruction, { globals, escapeChar }: Scope): string | null {
  const { platform } = run.input
  const flag = flagOf(run, instruction, 'platform')
  if (flag === null) return platform
  const start = offsetIn(instruction.statement, flag.at[0] ?? 0)
  const expansion = attempt(run, start, () => expand(flag.text, globals, escapeChar, run.fuel))
  if (expansion === null) return null
  const wanted = normalPlatform(expansion.value, platform)
  if (wanted !== null)
    return wanted.join('/') === normalPlatform(platform, platform)?.join('/') ? platform : wanted.join('/')
  report(
    run,
    start,
    `not a platform: "${expansion.value}"`,
    missing(expansion.unset) ?? 'such as linux/amd64',
  )
  return null
}

/** The value of a flag, or null. */
function flagOf(run: Told, instruction: Instruction, name: string): Flag | null {
  const flags = instruction.flags.filter(({ text }) => text === `--${name}` || text.startsWith(`--${name}=`))
  const [flag] = flags
  if (flags.length > 1) reportAt(run, instruction, `--${name} stands there twice`, 'leave one')
  if (flag === undefined) return null
  const skipped = `--${name}=`.length
  if (flag.text.length >= skipped) return { text: flag.text.slice(skipped), at: flag.at.slice(skipped) }
  reportAt(run, instruction, `--${name} has no value`, `write --${name}=…`)
  return null
}

// Where files of other images and stages are copied or mounted from

/** What a stage copies and mounts. */
function readSources(run: Run, stage: Stage, all: Stages): void {
  const place = { run, stage, all }
  for (const command of stage.base?.commands ?? []) {
    if (command.keyword !== 'onbuild') continue
    run.fuel.left -= TRIGGER_COST
    if (run.fuel.left < 0) {
      report(run, offsetIn(command.statement, command.at), 'too many ONBUILD', null)
      return
    }
    readSource({ ...place, told: stage }, triggerOf(command))
  }
  for (const command of stage.commands) readSource({ ...place, told: run }, command)
}

/** So that many stages on a stage with many ONBUILD come to an end. */
const TRIGGER_COST = 100

interface Place {
  readonly run: Run
  readonly stage: Stage
  readonly all: Stages
  /** Whoever is told of what BuildKit refuses even where the stage is not built. */
  readonly told: Told
}

function readSource(place: Place, command: Instruction): void {
  const { told } = place
  const { keyword, flags } = command
  if (keyword === 'copy') {
    const flag = flagOf(told, command, 'from')
    if (flag !== null) addSource(place, flag, 'copy', command)
  } else if (keyword === 'run') {
    for (const { text, at } of flags) {
      const flag = text.startsWith('--mount=') ? mountSource({ text: text.slice(8), at: at.slice(8) }) : null
      if (flag !== null) addSource(place, flag, 'mount', command)
    }
  } else if (keyword === 'add' && flags.some(({ text }) => /^--from(?:=|$)/.test(text))) {
    reportAt(told, command, 'it has no --from', 'write COPY --from=…')
  } else if (keyword === 'onbuild') {
    const trigger = triggerOf(command).keyword
    const allowed = !['onbuild', 'from', 'maintainer'].includes(trigger)
    if (!allowed) reportAt(told, command, `${trigger.toUpperCase()} cannot stand behind it`, null)
  }
}

/** The value of `from` among the fields of a `--mount`, which are those of a line of CSV. The last one counts. */
function mountSource({ text, at }: Flag): Flag | null {
  let source: Flag | null = null
  for (let from = 0; from <= text.length; ) {
    const quoted = text[from] === '"'
    const end = quoted ? closingQuote(text, from + 1) : indexOr(text.indexOf(',', from), text.length)
    const begin = quoted ? from + 1 : from
    if (text.slice(begin, begin + 5).toLowerCase() === 'from=' && begin + 5 <= end) {
      source = { text: text.slice(begin + 5, end).replaceAll('""', '"'), at: at.slice(begin + 5, end) }
    }
    from = indexOr(text.indexOf(',', end), text.length) + 1
  }
  return source
}

function closingQuote(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] !== '"') continue
    if (text[at + 1] !== '"') return at
    at++
  }
  return text.length
}

/** `flag` is the value of `from`. */
function addSource(place: Place, flag: Flag, kind: 'copy' | 'mount', command: Instruction): void {
  const { run, stage, all, told } = place
  const { text, at } = flag
  if (text === '') return
  const start = offsetIn(command.statement, at[0] ?? 0)
  const number = kind === 'copy' && /^[+-]?\d+$/.test(text) ? Number(text) : null
  const source = number === null ? all.names.get(text.toLowerCase()) : all.stages[number]
  const tell = (to: Told, what: string, cure: string) =>
    report(to, start, `${KIND_NAMES[kind]}: ${what}`, cure)
  if (/\$./s.test(text)) {
    tell(told, `from= takes no variables: "${text}"`, `write FROM ${text} AS name further up, and from=name`)
  } else if (source === stage)
    tell(stage, `stage "${text}" is this one`, 'name another stage, or an image with its tag')
  else if (source !== undefined && source.index > stage.index && !source.given) {
    tell(stage, `stage "${text}" comes later`, 'move it up, or write the tag of an image')
  } else if (source !== undefined) stage.needs.push(source)
  else if (number !== null)
    tell(told, `there is no stage ${text}`, `stages are 0 to ${all.stages.length - 1}`)
  else {
    const found = { image: text, kind, platform: run.input.platform, start, length: null } as const
    const end = { statement: command.statement, restAt: at.at(-1) ?? 0 }
    const image = foundIn(run, told, found, end, [])
    if (image !== null) stage.images.push(image)
  }
}

interface Candidate extends Pick<Found, 'image' | 'kind' | 'platform' | 'start'> {
  /** How much of the statement it takes from its first character on. null: up to the character given. */
  readonly length: number | null
}

/** null where it is no image of a registry. */
function foundIn(
  { text, input }: Run,
  told: Told,
  { length, ...candidate }: Candidate,
  { statement, restAt }: Pick<Instruction, 'statement' | 'restAt'>,
  unset: readonly string[],
): Found | null {
  const { image, kind, start } = candidate
  if (image === SCRATCH) return null
  const end = offsetIn(statement, restAt + (length === null ? 0 : length - 1)) + 1
  try {
    parseReference(image)
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    const what = `${KIND_NAMES[kind]}: ${error.what}`
    report(told, start, what, missing(unset) ?? error.cure)
    return null
  }
  return isContext(input, image) ? null : { ...candidate, written: text.slice(start, end), end }
}

const SCRATCH = 'scratch'
const KIND_NAMES = { from: 'FROM', copy: 'COPY', mount: 'RUN', syntax: 'syntax' } as const

/** Whether an additional context stands in for a stage or an image. */
function isContext({ contexts }: BuildInput, name: string): boolean {
  if (contexts.size === 0 || name === SCRATCH || name === 'context') return false
  const key = contextKey(name)
  return [...contexts].some(context => contextKey(context) === key)
}

function contextKey(name: string): string {
  try {
    return familiarReference(parseReference(name)).replace(/:latest$/, '')
  } catch {
    return name
  }
}

/** Those that are built: all, or what the target needs. */
function neededStages(
  run: Run,
  stages: readonly Stage[],
  names: ReadonlyMap<string, Stage>,
): Iterable<Stage> {
  const { target } = run.input
  if (target === null || target === '') return stages
  const stage = names.get(target.toLowerCase())
  if (stage === undefined) {
    const known = [...names.keys()].slice(0, 20).join(', ')
    const cure = known === '' ? 'no stage has a name' : `stages are ${known}`
    report(run, 0, `there is no stage "${target}" to build`, cure)
    return stages
  }
  const needed = new Set([stage])
  for (const one of needed) for (const other of one.needs) needed.add(other)
  return needed
}

// Platforms

const ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ['x86_64', 'amd64'],
  ['x86-64', 'amd64'],
  ['aarch64', 'arm64'],
  ['i386', '386'],
])
const VARIANTS: ReadonlyMap<string, string> = new Map([
  ['amd64/v1', ''],
  ['arm64/v8', ''],
  ['arm64/8', ''],
  ['arm/', 'v7'],
  ['arm/7', 'v7'],
  ['arm/6', 'v6'],
])

/** System, architecture and variant in the spelling of containerd, or null. A lone word is one of the first two. */
function normalPlatform(text: string, build: string): string[] | null {
  const parts = text.toLowerCase().split('/')
  if (parts.length > 3 || !parts.every(part => /^[a-z0-9_.-]+$/.test(part))) return null
  const [system = '', architecture = '', variant = ''] = parts.length === 1 ? alone(text, build) : parts
  const known = ARCHITECTURES.get(architecture) ?? architecture
  const usual = VARIANTS.get(`${known}/${variant}`) ?? variant
  return usual === '' ? [system, known] : [system, known, usual]
}

function alone(word: string, build: string): string[] {
  const [system = '', architecture = ''] = build.split('/')
  return ['linux', 'windows', 'darwin', 'freebsd'].includes(word) ? [word, architecture] : [system, word]
}

/** The variables that FROM has without any ARG. */
function platformArgs(
  input: BuildInput,
  instructions: readonly Instruction[],
  escapeChar: string,
): Map<string, string> {
  const platform = normalPlatform(input.platform, input.platform) ?? [input.platform]
  const [system = '', architecture = '', variant = ''] = platform
  const last = instructions.findLast(({ keyword }) => keyword === 'from')
  const name = last === undefined ? undefined : splitWords(last.rest, escapeChar)[2]?.toLowerCase()
  const values = [
    ['PLATFORM', platform.join('/')],
    ['OS', system],
    ['OSVERSION', ''],
    ['ARCH', architecture],
    ['VARIANT', variant],
  ] as const
  const globals = new Map([['TARGETSTAGE', input.target || name || 'default']])
  for (const [key, value] of values) globals.set(`BUILD${key}`, value).set(`TARGET${key}`, value)
  for (const key of globals.keys()) globals.set(key, input.args.get(key) ?? globals.get(key) ?? '')
  return globals
}

// Words and variables

/** Words with their quotes and escapes: what they mean is for expand. */
function splitWords(text: string, escapeChar: string): string[] {
  const words: string[] = []
  let quote: string | null = null
  let start: number | null = null
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string
    if (quote === null && SPACE.test(char)) {
      if (start !== null) words.push(text.slice(start, at))
      start = null
      continue
    }
    start ??= at
    if (char === escapeChar && quote !== "'") at++
    else if (char === quote) quote = null
    else if (quote === null && (char === '"' || char === "'")) quote = char
  }
  if (start !== null) words.push(text.slice(start))
  return words
}

interface Expansion {
  readonly value: string
  /** Names that have no value. */
  readonly unset: readonly string[]
}

/** Fills in variables and removes quotes and escapes. Throws Invalid. */
function expand(
  text: string,
  values: ReadonlyMap<string, string>,
  escapeChar: string,
  fuel: Fuel,
): Expansion {
  const unset = new Set<string>()
  const lookup = (name: string) => {
    const value = values.get(name)
    if (value === undefined) unset.add(name)
    return value
  }
  const lexer = new Lexer(text, { escapeChar, quotes: false, escapes: false, keepUnset: false, lookup, fuel })
  const { value } = lexer.read(null, false, 0)
  return { value, unset: [...unset] }
}

/** Words as BuildKit finds them when it looks for here-documents: none at all where a quote is not closed. */
function lexWords(
  text: string,
  keep: { readonly quotes: boolean; readonly escapes: boolean },
): readonly string[] {
  const mode = { ...keep, escapeChar: '\\', keepUnset: true, lookup: () => undefined, fuel: { left: FUEL } }
  try {
    return new Lexer(text, mode).read(null, keep.escapes, 0).words
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    return []
  }
}

interface LexMode {
  readonly escapeChar: string
  /** Whether quotes and escapes stay. */
  readonly quotes: boolean
  readonly escapes: boolean
  /** Whether a variable without value stays as it is. */
  readonly keepUnset: boolean
  readonly lookup: (name: string) => string | undefined
  readonly fuel: Fuel
}

interface Lexed {
  readonly value: string
  readonly words: readonly string[]
}

/** More than anyone writes by hand, and few enough that hostile nesting ends soon. */
const DEPTH_LIMIT = 100

/** No reference is longer; what only passes through is short, too. */
const VALUE_LIMIT = 8192

const NAME = /\p{Nd}+|[@*#?$!-]|[\p{L}\p{Nd}_]+/uy

/** Reads a text as https://github.com/moby/buildkit/blob/master/frontend/dockerfile/shell/lex.go does. */
class Lexer {
  private at = 0
  /** The word so far. BuildKit forgets it where a variable with an operator begins, and so does this. */
  private word: string[] = []
  private escapes: boolean

  constructor(
    private readonly text: string,
    private readonly mode: LexMode,
  ) {
    this.escapes = mode.escapes
  }

  /** Up to a character, which is skipped, or to the end. */
  read(stop: string | null, escapes: boolean, depth: number): Lexed {
    if (depth > DEPTH_LIMIT) throw new Invalid('variables are nested too deep')
    const outer = this.escapes
    this.escapes = escapes
    this.word = []
    const words: string[] = []
    const value: string[] = []
    while (this.at < this.text.length && this.text[this.at] !== stop) {
      const char = this.text[this.at] as string
      const part = this.part(char, depth)
      value.push(part)
      // Only white space that is neither quoted nor escaped parts words.
      if (char === '$' || (part === char && SPACE.test(char))) this.split(part, words)
      else this.word.push(part)
    }
    if (stop !== null && this.at >= this.text.length) throw new Invalid(`no "${stop}" closes "${this.text}"`)
    this.at++
    this.escapes = outer
    this.endWord(words)
    return { value: value.join(''), words }
  }

  private split(part: string, words: string[]): void {
    for (const char of part) {
      if (SPACE.test(char)) this.endWord(words)
      else this.word.push(char)
    }
  }

  private endWord(words: string[]): void {
    const word = this.word.join('')
    if (word !== '') words.push(word)
    this.word = []
  }

  private part(char: string, depth: number): string {
    if (char === '$') return this.spend(this.variable(depth))
    if (char === "'") return this.singleQuoted()
    if (char === '"') return this.doubleQuoted(depth)
    if (char === '<') return this.redirection()
    this.at++
    if (char !== this.mode.escapeChar) return char
    const next = this.text[this.at++] ?? ''
    // An escaped space is no end of a word: it comes with its escape character, or in place of it.
    return this.escapes ? char + next : next
  }

  /** A value costs its length, so that ever longer ones come to an end. */
  private spend(value: string): string {
    const { fuel } = this.mode
    fuel.left -= value.length + 1
    if (value.length > VALUE_LIMIT || fuel.left < 0) throw new Invalid('the values of variables are too long')
    return value
  }

  private singleQuoted(): string {
    const end = this.text.indexOf("'", this.at + 1)
    if (end === -1) throw new Invalid(`no "'" closes "${this.text}"`)
    const inner = this.text.slice(this.at + 1, end)
    this.at = end + 1
    return this.mode.quotes ? `'${inner}'` : inner
  }

  private doubleQuoted(depth: number): string {
    const inner: string[] = []
    this.at++
    for (; ; this.at++) {
      const char = this.text[this.at]
      if (char === undefined) throw new Invalid(`no '"' closes '${this.text}'`)
      if (char === '"') break
      if (char === '$') {
        inner.push(this.spend(this.variable(depth)))
        this.at--
        continue
      }
      const next = this.text[this.at + 1] ?? ''
      const escapes = char === this.mode.escapeChar
      const special = escapes && (next === '"' || next === '$' || next === char)
      if (special) this.at++
      // Where escapes stay, BuildKit doubles those that escape nothing.
      inner.push((escapes && this.escapes ? char : '') + (special ? next : char))
    }
    this.at++
    return this.mode.quotes ? `"${inner.join('')}"` : inner.join('')
  }

  /** White space may stand between `<<` and the name of a here-document: it does not part them. */
  private redirection(): string {
    const start = this.at++
    if (this.text[this.at] !== '<') return '<'
    this.at++
    while (/[\t\r ]/.test(this.text[this.at] ?? '')) this.at++
    return this.text.slice(start, this.at)
  }

  private name(): string {
    NAME.lastIndex = this.at
    const name = NAME.exec(this.text)?.[0] ?? ''
    this.at += name.length
    return name
  }

  private variable(depth: number): string {
    const { mode, text } = this
    this.at++
    if (text[this.at] !== '{') {
      const name = this.name()
      return name === '' ? '$' : (mode.lookup(name) ?? (mode.keepUnset ? `$${name}` : ''))
    }
    this.at++
    if ('{}:'.includes(text[this.at] ?? '}')) throw new Invalid(`not a variable: "${text}"`)
    const name = this.name()
    if (text[this.at] === '}') {
      this.at++
      return mode.lookup(name) ?? (mode.keepUnset ? `\${${name}}` : '')
    }
    return text[this.at] === '/' ? this.replace(name, depth) : this.operate(name, depth)
  }

  /** `${NAME:-word}`, `${NAME-word}` and so on. */
  private operate(name: string, depth: number): string {
    const { mode, text } = this
    const colon = text[this.at] === ':' ? text[this.at++] : ''
    const operator = text[this.at++] ?? ''
    const pattern = operator === '#' || operator === '%'
    if (operator === '' || !'+-?#%'.includes(operator) || (pattern && colon !== '')) {
      throw new Invalid(
        `not a variable: "${text}"`,
        `after \${${name} comes "}" or one of :- - :+ + :? ? # % /`,
      )
    }
    const word = this.read('}', pattern, depth + 1).value
    const value = mode.lookup(name)
    if (value === undefined && mode.keepUnset) return `\${${name}${colon}${operator}${word}}`
    const present = value !== undefined && !(colon !== '' && value === '')
    if (operator === '-') return present ? value : word
    if (operator === '+') return present ? word : ''
    if (operator === '?' && !present) {
      throw new Invalid(
        `${name} has no value${word === '' ? '' : `: ${word}`}`,
        `give the build argument ${name}`,
      )
    }
    return pattern ? trim(value ?? '', operator, word, mode.fuel) : (value ?? '')
  }

  /** `${NAME/pattern/text}`, `${NAME//pattern/text}`. */
  private replace(name: string, depth: number): string {
    const { mode, text } = this
    this.at++
    const all = text[this.at] === '/'
    if (all) this.at++
    const pattern = this.read('/', true, depth + 1).value
    const replacement = this.read('}', true, depth + 1).value
    const value = mode.lookup(name)
    if (value === undefined && mode.keepUnset) return `\${${name}/${pattern}/${replacement}}`
    return substitute(value ?? '', pattern, replacement, all, mode.fuel)
  }
}

// Patterns: `*` is anything, `?` one character

interface Glob {
  readonly char: string | null
  readonly many: boolean
}

function parseGlob(pattern: string): Glob[] {
  const glob: Glob[] = []
  for (let at = 0; at < pattern.length; at++) {
    let char = pattern[at] as string
    if (char === '*' || char === '?') {
      glob.push({ char: null, many: char === '*' })
      continue
    }
    if (char === '\\') {
      char = pattern[++at] ?? ''
      if (!['}', '/', '*', '?', '\\'].includes(char)) throw new Invalid(`not a pattern: "${pattern}"`)
    }
    glob.push({ char, many: false })
  }
  return glob
}

/** Where the shortest or the longest match that begins at `start` ends, or -1. */
function matchEnd(glob: readonly Glob[], text: string, start: number, longest: boolean, fuel: Fuel): number {
  let end = -1
  let states = follow(glob, [0])
  for (let at = start; states.size > 0; at++) {
    fuel.left -= states.size
    if (fuel.left < 0) throw new Invalid('the patterns of variables are too much work')
    if (states.has(glob.length)) end = at
    if (at === text.length || (end !== -1 && !longest)) break
    const next: number[] = []
    for (const state of states) {
      const { char, many } = glob[state] ?? { char: '', many: false }
      if (many) next.push(state)
      else if (char === null || char === text[at]) next.push(state + 1)
    }
    states = follow(glob, next)
  }
  return end
}

/** A `*` may stand for nothing. */
function follow(glob: readonly Glob[], states: readonly number[]): ReadonlySet<number> {
  const all = new Set(states)
  for (const state of all) if (glob[state]?.many) all.add(state + 1)
  return all
}

/** Removes the shortest match at the beginning (`#`) or the end (`%`), or the longest where the operator is doubled. */
function trim(value: string, operator: string, word: string, fuel: Fuel): string {
  const longest = word.startsWith(operator)
  const glob = parseGlob(longest ? word.slice(1) : word)
  if (operator === '#') return value.slice(Math.max(matchEnd(glob, value, 0, longest, fuel), 0))
  const backwards = [...value].reverse().join('')
  const end = Math.max(matchEnd(glob.reverse(), backwards, 0, longest, fuel), 0)
  return [...backwards.slice(end)].reverse().join('')
}

function substitute(value: string, pattern: string, replacement: string, all: boolean, fuel: Fuel): string {
  const glob = parseGlob(pattern)
  const result: string[] = []
  let from = 0
  // An empty match right behind another one is none.
  let last = -1
  for (let at = 0; at <= value.length && (all || last === -1); ) {
    const end = matchEnd(glob, value, at, true, fuel)
    if (end === -1 || (end === at && at === last)) {
      at++
      continue
    }
    result.push(value.slice(from, at), replacement)
    last = end
    from = end
    at = end === at ? at + 1 : end
  }
  return result.join('') + value.slice(from)
}
