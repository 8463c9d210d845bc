import { lstatSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import process from 'node:process'
import { Argument, Command, CommanderError, Option } from 'commander'
import { closest } from 'fastest-levenshtein'
import manifest from '../package.json' with { type: 'json' }
import { word } from './core/bash.ts'
import type { Config } from './core/config.ts'
import { type FileChange, unifiedDiff } from './core/diff.ts'
import type { Generator } from './core/generator.ts'
import { formatLock, type LockRow, mergeLocks } from './core/lock.ts'
import { LANGUAGES, type Language } from './core/messages.ts'
import { type Change, compareOutput, type Difference, writeOutput } from './core/output.ts'
import { formatProblem, gather, InputError, type Problem, visible } from './core/problem.ts'
import { readText } from './core/text.ts'
import { type Flags, openWorkspace, pinWorkspace, planWorkspace, readLock } from './core/workspace.ts'
import { GENERATORS } from './index.ts'
import type { LintFlags } from './lint.ts'
import { load } from './load.ts'
import { mirrorCompose } from './mirror-compose.ts'
import { override } from './override.ts'

/** Exit statuses: done, findings, and what the user has to correct. */
const DONE = 0
const FINDINGS = 1
const INPUT = 2

/** Where the user is, by the way that led here: Compose names a project after the link, too. */
const HERE = currentDirectory()

function currentDirectory(): string {
  const { PWD } = process.env
  const [here, there] = ['.', PWD ?? ''].map(path => statSync(path, { throwIfNoEntry: false }))
  const same = here !== undefined && here.dev === there?.dev && here.ino === there.ino
  return same && PWD !== undefined && isAbsolute(PWD) ? PWD : process.cwd()
}

async function generate(names: readonly string[], flags: Flags): Promise<number> {
  const { folder, differences } = await compareWith(names, flags)
  writeOutput(folder, differences)
  for (const { path, change } of differences) print(`${change.padEnd(9)}  ${show(join(folder, path))}`)
  if (names.length === 0) print(`\nnext: ${show(join(folder, 'README.md'))} has the commands in order`)
  return DONE
}

async function check(names: readonly string[], flags: Flags): Promise<number> {
  const { folder, differences } = await compareWith(names, flags)
  const changed = differences.filter(({ change }) => change !== 'unchanged')
  if (changed.length === 0) {
    print(`${show(folder)} is what generate would write`)
    return DONE
  }
  const { tty, color, paint } = screen()
  for (const difference of changed)
    print(await unifiedDiff(fileChange(difference, folder), { paint, readable: tty || color }))
  print(`${show(folder)} is not what generate would write; run: ${generateCommand()}`)
  return FINDINGS
}

async function list(flags: Flags & { readonly json?: boolean }): Promise<number> {
  const workspace = await openWorkspace(flags, surroundings())
  warn(workspace.warnings)
  const plan = workspace.registry === null ? null : planWorkspace(workspace)
  // Most runs do without what only this verb does.
  const { surveyProject, surveyTables } = await import('./list.ts')
  const survey = surveyProject(workspace, plan)
  print(
    flags.json === true ? JSON.stringify(survey, null, 2) : (await surveyTables(survey, screen())).trimEnd(),
  )
  return DONE
}

async function lint(paths: readonly string[], flags: LintFlags): Promise<number> {
  const { lint: lintFiles } = await import('./lint.ts')
  const { output, complaints, left, errors } = await lintFiles(paths, flags, surroundings(), screen())
  for (const line of complaints) process.stderr.write(`${line}\n`)
  print(output)
  if (errors > 0) return INPUT
  return left > 0 ? FINDINGS : DONE
}

/** Says what an engine's error is a sign of. */
async function diagnoseInput({ lang, json }: { readonly lang?: Language; readonly json?: boolean }) {
  if (process.stdin.isTTY) process.stderr.write('paste the error, then press Ctrl-D\n')
  const { diagnose } = await import('./core/diagnosis.ts')
  const found = diagnose(await readInput())
  if (found === null) {
    const cure = 'give it what the engine has said: docker push … 2>&1 | compose-relay diagnose'
    throw new InputError([{ at: null, where: 'standard input', what: 'there is no text', cure }])
  }
  const { failure, text } = found
  const [name, cause, cure] = [failure.name, failure.cause[lang ?? 'en'], failure.cure[lang ?? 'en']]
  if (json === true) {
    print(JSON.stringify({ class: name, passes: failure.passes, cause, cure, text: visible(text) }, null, 2))
  } else if (cause === '') {
    print(`${name}: ${visible(text)}`)
  } else {
    print(`${name}: ${cause}\n  cure: ${cure}\n  from: ${visible(text)}`)
  }
  return name === 'unknown' ? FINDINGS : DONE
}

/** The end of standard input, which may be the log of a day. */
async function readInput(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) text = `${text}${chunk}`.slice(-LOG_LIMIT)
  return text
}

/** Characters of a log that are looked at. */
const LOG_LIMIT = 1_000_000

/** Puts locks together, such as those of several shards. */
async function mergeLockFiles(names: readonly string[], { out }: { readonly out?: string }): Promise<number> {
  const problems: Problem[] = []
  const locks = names.map(name => gather(problems, () => lockAt(resolve(HERE, name))) ?? [])
  if (problems.length > 0) throw new InputError(problems)
  const content = formatLock(mergeLocks(locks))
  if (out === undefined) process.stdout.write(content)
  else {
    const path = resolve(HERE, out)
    print(`${replaceFile(path, content).padEnd(9)}  ${show(path)}`)
  }
  return DONE
}

function lockAt(path: string): readonly LockRow[] {
  const rows = readLock(path, show(path))
  if (rows !== null) return rows
  const at = { file: show(path), line: 1, column: 1 }
  throw new InputError([{ at, where: null, what: 'there is no such file', cure: 'correct the path' }])
}

/** Writes one file beside its place and moves it there: what stands there may be one of those that it is made of. */
function replaceFile(file: string, content: string): Change {
  const stat = lstatSync(file, { throwIfNoEntry: false })
  if (stat !== undefined && !stat.isFile()) {
    const cure = 'name a file, or none: then the lock is printed'
    throw new InputError([{ at: null, where: '--out', what: `${show(file)} is not a regular file`, cure }])
  }
  const before = stat === undefined ? null : readText(file, show(file), true)
  const change = before === null ? 'created' : before === content ? 'unchanged' : 'changed'
  const path = basename(file)
  writeOutput(dirname(file), [{ path, change, before, after: { path, content, executable: false } }])
  return change
}

/** The outputs that name images by digest where that is wanted, or say what comes of that. */
const PINNED: readonly Generator[] = [mirrorCompose, override, load]

/** Generates in memory, and holds it against the folder. */
async function compareWith(names: readonly string[], flags: Flags) {
  const named = chooseGenerators(names)
  const workspace = await openWorkspace(flags, surroundings())
  const usual = usualGenerators(workspace.config)
  const generators = named ?? usual
  warn(workspace.warnings)
  const tagged = planWorkspace(
    workspace,
    usual.map(({ name }) => name),
  )
  const plan = generators.some(generator => PINNED.includes(generator))
    ? pinWorkspace(workspace, tagged)
    : tagged
  const files = generators.flatMap(generator => generator.files(plan))
  // The system takes relative names from where it is, which a link may have led to.
  const { out } = workspace.config
  const folder = HERE === process.cwd() ? relative(HERE, out) || '.' : out
  return { folder, differences: compareOutput(folder, files, names.length > 0) }
}

/** What is written without a name on the command line. */
function usualGenerators(config: Config): readonly Generator[] {
  const isUsual = ({ usual }: Generator) => (typeof usual === 'boolean' ? usual : usual(config))
  return GENERATORS.filter(generator => isUsual(generator) || config.outputs.includes(generator.name))
}

/** The outputs of these names, or null where there are none. */
function chooseGenerators(names: readonly string[]): readonly Generator[] | null {
  if (names.length === 0) return null
  const known = GENERATORS.map(({ name }) => name)
  const problems = names
    .filter(name => !known.includes(name))
    .map(name => ({
      at: null,
      where: null,
      what: `unknown output: "${name}"`,
      cure: `did you mean "${closest(name, known)}"? Known are ${known.join(', ')}`,
    }))
  if (problems.length > 0) throw new InputError(problems)
  return GENERATORS.filter(({ name }) => names.includes(name))
}

function fileChange({ path, before, after }: Difference, folder: string): FileChange {
  const file = join(folder, path)
  const executable = ((statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o111) !== 0
  return {
    name: relative(HERE, file),
    before: before === null ? null : { content: before, executable },
    after,
  }
}

/** The command that was given, as generate. */
function generateCommand(): string {
  const args = process.argv.slice(2)
  const verb = args.indexOf('check')
  return ['compose-relay', ...args.with(verb, 'generate')].map(word).join(' ')
}

function surroundings() {
  return { directory: HERE, environment: process.env }
}

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, cyan: 36 }

/** What standard output can show. */
function screen() {
  const tty = process.stdout.isTTY === true
  const color = wantsColor(tty, process.env)
  const paint = (style: keyof typeof STYLES, text: string) =>
    color ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text
  // A pseudo terminal that nobody gave a size says 0.
  return { tty, color, paint, width: (tty && process.stdout.columns) || null }
}

/** By no-color.org and force-color.org; FORCE_COLOR is the stronger one. */
function wantsColor(tty: boolean, environment: NodeJS.ProcessEnv): boolean {
  const { NO_COLOR: no = '', FORCE_COLOR: force = '', TERM: terminal } = environment
  if (force !== '') return !['0', 'false'].includes(force)
  return tty && no === '' && terminal !== 'dumb'
}

function show(path: string): string {
  return visible(relative(HERE, path) || '.')
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

function warn(problems: readonly Problem[]): void {
  for (const problem of problems)
    process.stderr.write(`${formatProblem({ ...problem, what: `warning: ${problem.what}` })}\n`)
}

function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value]
}

/** A verb with the flags that all verbs have; those that Compose has, too, are called as there. */
function verb(name: string, summary: string): Command {
  return new Command(name)
    .description(summary)
    .option('-f, --file <file>', 'a compose file; several are laid over each other, - is the input', collect)
    .option('--env-file <file>', 'a file with variables, in place of .env (repeatable)', collect)
    .option(
      '--profile <name>',
      'only the services of this profile and those without any (repeatable)',
      collect,
    )
    .option('--project-directory <dir>', 'where relative names of the compose file begin')
    .option('--strict', 'refuse everything that "docker compose config" refuses')
    .option('-c, --config <file>', 'the configuration (default: relay.yaml, if there is one)')
    .option('-o, --out <dir>', 'the folder to write (default: out)')
    .option('--registry <target>', 'the target: HOST/NAMESPACE, or a name or id of relay.yaml')
    .addOption(new Option('--lang <lang>', 'the language of what is generated').choices(LANGUAGES))
    .configureOutput({ outputError })
    .exitOverride()
}

/** What the command line has wrong, on one line, with the cure. */
function outputError(text: string, write: (text: string) => void): void {
  const problem = text
    .trim()
    .replace(/^error: /, '')
    .replace(/\.$/, '')
    .replaceAll('\n', ' ')
  write(`${visible(problem)}; see compose-relay --help\n`)
}

/** What the flags do. */
const MERGED = 'make one mirror file of a project of several'
const PIN = 'name the images of the mirror by the digests of relay-lock.tsv, too'

function buildProgram(run: (action: Promise<number>) => void): Command {
  const outputs = GENERATORS.map(({ name, summary }) => `  ${name.padEnd(16)}${summary}`).join('\n')
  const program = new Command('compose-relay')
    .description('Relays the images of a Docker Compose project to the registry that closed networks reach.')
    .version(manifest.version)
    .configureOutput({ outputError })
    .exitOverride()
  const generateVerb = verb('generate', 'write the scripts and the mirror compose file')
    .argument('[output...]', 'only these outputs; the others stay as they are')
    .option('--merged', MERGED)
    .option('--pin', PIN)
    .addHelpText('after', `\nOutputs:\n${outputs}`)
    .action((names: string[], flags: Flags) => run(generate(names, flags)))
  const checkVerb = verb('check', 'say whether the folder is what generate would write')
    .argument('[output...]', 'only these outputs')
    .option('--merged', MERGED)
    .option('--pin', PIN)
    .action((names: string[], flags: Flags) => run(check(names, flags)))
  const listVerb = verb('list', 'show every image: source, target, state and services')
    .option('--json', 'for machines')
    .action((flags: Flags) => run(list(flags)))
  const lintVerb = new Command('lint')
    .description(
      'find accelerators, and registries that are none, in the image names of Dockerfiles and compose files',
    )
    .argument('[path...]', 'files and folders (default: those of the project)')
    .option('--fix', 'write what is found as Docker Hub calls it')
    .option('--json', 'for machines')
    .addOption(
      new Option('--format <format>', 'how findings are told').choices(['text', 'github']).conflicts('json'),
    )
    .option('-f, --file <file>', 'a compose file of the project (repeatable)', collect)
    .option('--env-file <file>', 'a file with variables, in place of .env (repeatable)', collect)
    .option('--project-directory <dir>', 'where relative names of the compose file begin')
    .option('-c, --config <file>', 'the configuration (default: relay.yaml, if there is one)')
    .configureOutput({ outputError })
    .exitOverride()
    .action((paths: string[], flags: LintFlags) => run(lint(paths, flags)))
  const lockVerb = new Command('lock')
    .description('put the locks of several pushes together as one')
    .usage('merge [options] <file...>')
    .addArgument(new Argument('<action>', 'what to do').choices(['merge']))
    .argument('<file...>', 'locks that push scripts wrote')
    .option('-o, --out <file>', 'the file to write (default: standard output)')
    .configureOutput({ outputError })
    .exitOverride()
    .action((_: string, names: string[], flags: { out?: string }) => run(mergeLockFiles(names, flags)))
  const diagnoseVerb = new Command('diagnose')
    .description("say what an engine's error, read from standard input, is a sign of, and what helps")
    .option('--json', 'for machines')
    .addOption(new Option('--lang <lang>', 'the language of cause and cure').choices(LANGUAGES))
    .configureOutput({ outputError })
    .exitOverride()
    .action((flags: { lang?: Language; json?: boolean }) => run(diagnoseInput(flags)))
  for (const command of [generateVerb, checkVerb, listVerb, lintVerb, diagnoseVerb, lockVerb])
    program.addCommand(command)
  return program
}

async function main(): Promise<number> {
  let result: Promise<number> = Promise.resolve(DONE)
  try {
    buildProgram(action => {
      result = action
    }).parse()
    return await result
  } catch (error) {
    return report(error)
  }
}

/** A problem on its line, and below it the place in the file where that helps. */
function describe(problem: Problem): string {
  const snippet = problem.snippet?.split('\n').map(line => `  ${visible(line.replaceAll('\t', ' '))}\n`)
  return `${formatProblem(problem)}\n${snippet?.join('') ?? ''}`
}

/** Says what went wrong, and with which status the program ends. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : INPUT
  if (error instanceof InputError) {
    for (const problem of error.problems) process.stderr.write(describe(problem))
    return INPUT
  }
  if (error instanceof Error && 'syscall' in error) {
    process.stderr.write(`${visible(error.message)}\n`)
    return INPUT
  }
  throw error
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

process.exitCode = await main()
