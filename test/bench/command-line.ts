import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import type { Document, parseAllDocuments } from 'yaml'
import {
  CLI,
  type Command,
  clock,
  inFolder,
  median,
  medianRatio,
  NOTHING,
  report,
  reportRatio,
  side,
  skip,
  time,
} from './report.ts'

const RUNS = 15
const REGISTRY = ['--registry', 'registry.example.com/mirror']
const CORPUS = resolve('../shared/corpus')

/** How long the command line takes, and how much memory. */
export function benchCommandLine(): Promise<void> {
  return inFolder(async folder => {
    benchExample(folder)
    if (existsSync(CORPUS)) {
      await benchCorpus(folder)
      benchCorpusCommands(folder)
    } else {
      skip('real projects', `there is no ${CORPUS}`)
    }
    benchServices(folder)
    benchMemory(folder)
  })
}

function benchExample(folder: string): void {
  const dify = resolve('examples/dify/relay.yaml')
  const [nothing, example] = side(
    RUNS,
    NOTHING,
    node('generate', '--config', dify, '--out', join(folder, 'dify')),
  )
  reportRatio('generate of examples/dify, all outputs / node -e 0', medianRatio(example, nothing), '<= 3.5 x')
}

function node(...args: readonly string[]): Command {
  return [process.execPath, CLI, ...args]
}

/** A compose file of many services, each with an image of its own. */
function compose(folder: string, services: number): string {
  const name = join(folder, `${services}.yaml`)
  const lines = Array.from({ length: services }, (_, n) => {
    const environment = Array.from(
      { length: 8 },
      (_, key) => `      KEY_${key}: \${VALUE_${key}:-value ${key}}\n`,
    )
    return `  service-${n}:\n    image: group/image-${n}:1.${n}\n    environment:\n${environment.join('')}`
  })
  writeFileSync(name, `services:\n${lines.join('')}`)
  return name
}

function generate(folder: string, services: number): Command {
  return node(
    'generate',
    '--file',
    compose(folder, services),
    '--out',
    join(folder, `out${services}`),
    ...REGISTRY,
  )
}

interface ProjectRun {
  readonly directory: string
  readonly files: readonly string[]
  readonly envFiles: readonly string[]
}

/** What the recorded runs of real projects are given on the command line. */
function corpusRuns(): readonly ProjectRun[] {
  const runs: readonly { mode: string; name: string; project: string; args: readonly string[] }[] =
    JSON.parse(readFileSync(join(CORPUS, 'expected.json'), 'utf8'))
  return runs
    .filter(({ mode, name }) => mode !== 'error' && !name.endsWith('@mirror'))
    .map(({ project, args }) => {
      const directory = join(CORPUS, 'files', project)
      const values = (flag: string) =>
        args.flatMap((arg, at) =>
          arg.replace(/^--?/, '') === flag ? [join(directory, args[at + 1] ?? '')] : [],
        )
      return { directory, files: values('f'), envFiles: values('env-file') }
    })
}

interface Loader {
  loadProject(source: object): { readonly sources: readonly { readonly text: string }[] }
  parseAllDocuments: typeof parseAllDocuments
}

/** The loader as the command line has it, and the parser that it is held against, made in the same way. */
async function loader(folder: string): Promise<Loader> {
  const outfile = join(folder, 'loader.cjs')
  const contents = `export { loadProject } from './generators/core/compose/load.ts'
export { parseAllDocuments } from 'yaml'`
  await build({
    stdin: { contents, resolveDir: resolve('.'), loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile,
  })
  return createRequire(import.meta.url)(outfile)
}

/** Loads every run one after another, and parses the same files, in turn. */
async function benchCorpus(folder: string): Promise<void> {
  const { loadProject, parseAllDocuments } = await loader(folder)
  const runs = corpusRuns()
  const load = ({ directory, files, envFiles }: ProjectRun) =>
    loadProject({
      files,
      directory,
      projectDirectory: null,
      envFiles: envFiles.length > 0 ? envFiles : null,
      profiles: null,
      environment: {},
      show: (path: string) => path,
    })
  const texts = runs.flatMap(run => load(run).sources.map(({ text }) => text))
  const parse = (text: string) => {
    for (const document of parseAllDocuments(text, { merge: true, logLevel: 'silent' }) as Document[])
      document.toJS({ maxAliasCount: -1 })
  }
  const ratios = Array.from({ length: 12 }, () => {
    const parsed = clock(() => texts.forEach(parse))
    const loaded = clock(() => runs.forEach(load))
    return loaded / parsed
  })
  const what = `${runs.length} real projects loaded / their files parsed by yaml`
  // The first rounds are the compiler's.
  reportRatio(what, median(ratios.slice(2)), '<= 1.5 x')
}

/** The slowest run of the command line on a real project: `generate`, or `list` where two images want one name. */
function benchCorpusCommands(folder: string): void {
  const ratios = corpusRuns().map(({ directory, files, envFiles }, number) => {
    const flags = [
      ...files.flatMap(file => ['--file', file]),
      ...envFiles.flatMap(file => ['--env-file', file]),
    ]
    const out = join(folder, `corpus${number}`)
    const all = ['--', CLI, 'generate', ...flags, '--out', out, ...REGISTRY]
    const works = spawnSync(process.execPath, all, { cwd: directory }).status === 0
    const command: Command = [process.execPath, ...(works ? all : ['--', CLI, 'list', ...flags])]
    return median(Array.from({ length: 3 }, () => time(command, directory) / time(NOTHING)))
  })
  reportRatio('the slowest of them, from the command line / node -e 0', Math.max(...ratios), '<= 6 x')
}

function benchServices(folder: string): void {
  const [nothing = [], small = [], large = []] = side(
    RUNS,
    NOTHING,
    generate(folder, 100),
    generate(folder, 1000),
  )
  const beyond = (times: readonly number[]) => times.map((value, round) => value - (nothing[round] ?? 0))
  reportRatio(
    '1,000 services / 100 services, beyond start-up',
    medianRatio(beyond(large), beyond(small)),
    '<= 12 x',
  )
}

function benchMemory(folder: string): void {
  const [file, ...args] = generate(folder, 5000)
  time([file, '--max-old-space-size=512', ...args])
  const script = join(folder, 'usage.cjs')
  writeFileSync(script, 'process.on("exit", () => console.error(process.resourceUsage().maxRSS))')
  const { stderr } = spawnSync(file, ['--require', script, ...args], { encoding: 'utf8' })
  const peak = Number(/(\d+)\s*$/.exec(stderr)?.[1]) / 1024
  report('5,000 services: peak memory of the whole process', `${peak.toFixed(0)} MiB`, '< 512 MiB')
}
