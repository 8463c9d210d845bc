// Prints how long the command line takes, as ratios to `node -e 0` in the same run: single times mean little on shared
// machines. Nothing here is asserted. Run by `npm run bench`, which builds first.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'

const CLI = resolve('dist/cli.js')
const RUNS = 15
const folder = mkdtempSync(join(tmpdir(), 'bench-'))
const REGISTRY = ['--registry', 'registry.example.com/mirror']

/** Wall-clock milliseconds of one run of Node. */
function time(args, cwd = folder) {
  const start = process.hrtime.bigint()
  const { status, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`)
  return Number(process.hrtime.bigint() - start) / 1e6
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}

/** Runs the commands in turn, and returns the times of each. */
function side(...commands) {
  for (const command of commands) time(command)
  const rounds = Array.from({ length: RUNS }, () => commands.map(command => time(command)))
  return commands.map((_, index) => rounds.map(round => round[index]))
}

/** A compose file of many services, each with an image of its own. */
function compose(services) {
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

function generate(file) {
  return [CLI, 'generate', '--file', file, '--out', join(folder, 'out'), ...REGISTRY]
}

/** The loader as the bundle has it, and the parser that it is held against. */
async function loader() {
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

const CORPUS = resolve('../shared/corpus')

/** What the recorded runs of real projects are given on the command line. */
function corpusRuns() {
  const runs = JSON.parse(readFileSync(join(CORPUS, 'expected.json'), 'utf8'))
  return runs
    .filter(({ mode, name }) => mode !== 'error' && !name.endsWith('@mirror'))
    .map(({ project, args }) => {
      const directory = join(CORPUS, 'files', project)
      const values = flag =>
        args.flatMap((arg, at) => (arg.replace(/^--?/, '') === flag ? [join(directory, args[at + 1])] : []))
      return { directory, files: values('f'), envFiles: values('env-file') }
    })
}

/** Milliseconds of CPU and waiting that a function takes. */
function clock(run) {
  const start = process.hrtime.bigint()
  run()
  return Number(process.hrtime.bigint() - start) / 1e6
}

/** Loads every run one after another, and parses the same files, in turn. */
async function benchCorpus() {
  const { loadProject, parseAllDocuments } = await loader()
  const runs = corpusRuns()
  const load = ({ directory, files, envFiles }) =>
    loadProject({
      files,
      directory,
      projectDirectory: null,
      envFiles: envFiles.length > 0 ? envFiles : null,
      profiles: null,
      environment: {},
      show: path => path,
    })
  const texts = runs.flatMap(run => load(run).sources.map(({ text }) => text))
  const parse = text => {
    for (const document of parseAllDocuments(text, { merge: true, logLevel: 'silent' }))
      document.toJS({ maxAliasCount: -1 })
  }
  const ratios = []
  for (let round = 0; round < 12; round++) {
    const parsed = clock(() => texts.forEach(parse))
    const loaded = clock(() => runs.forEach(load))
    // The first rounds are the compiler's.
    if (round > 1) ratios.push(loaded / parsed)
  }
  report(
    `${runs.length} real projects loaded / their files parsed by yaml`,
    `${median(ratios).toFixed(2)} x`,
    '<= 1.5 x',
  )
}

/** The slowest run of the command line on a real project: `generate`, or `list` where two images want one name. */
function benchCorpusCommands(nothing) {
  const ratios = corpusRuns().map(({ directory, files, envFiles }, number) => {
    const flags = [
      ...files.flatMap(file => ['--file', file]),
      ...envFiles.flatMap(file => ['--env-file', file]),
    ]
    const all = ['--', CLI, 'generate', ...flags, '--out', join(folder, `corpus${number}`), ...REGISTRY]
    const works = spawnSync(process.execPath, all, { cwd: directory }).status === 0
    const command = works ? all : ['--', CLI, 'list', ...flags]
    const rounds = Array.from({ length: 3 }, () => time(command, directory) / time(nothing))
    return median(rounds)
  })
  report(
    'the slowest of them, from the command line / node -e 0',
    `${Math.max(...ratios).toFixed(2)} x`,
    '<= 6 x',
  )
}

function report(what, figure, expected) {
  console.log(`${what.padEnd(66)} ${figure.padStart(10)}   expected ${expected}`)
}

try {
  const nothing = ['-e', '0']
  const dify = [
    CLI,
    'generate',
    '--config',
    resolve('examples/dify/relay.yaml'),
    '--out',
    join(folder, 'dify'),
  ]
  const [start, example] = side(nothing, dify)
  const ratios = example.map((value, index) => value / start[index])
  report('generate of examples/dify, all outputs / node -e 0', `${median(ratios).toFixed(2)} x`, '<= 3.5 x')

  if (existsSync(CORPUS)) {
    await benchCorpus()
    benchCorpusCommands(nothing)
  } else {
    console.log(`SKIPPED: real projects: there is no ${CORPUS}`)
  }

  const [floor, small, large] = side(nothing, generate(compose(100)), generate(compose(1000)))
  const beyond = large.map((value, index) => (value - floor[index]) / (small[index] - floor[index]))
  report('1,000 services / 100 services, beyond start-up', `${median(beyond).toFixed(2)} x`, '<= 12 x')

  const limited = ['--max-old-space-size=512', ...generate(compose(5000))]
  time(limited)
  const usage = 'process.on("exit", () => console.error(process.resourceUsage().maxRSS))'
  const script = join(folder, 'usage.cjs')
  writeFileSync(script, usage)
  const { stderr } = spawnSync(process.execPath, ['--require', script, ...generate(compose(5000))], {
    encoding: 'utf8',
  })
  const peak = Number(/(\d+)\s*$/.exec(stderr)?.[1]) / 1024
  report('5,000 services: peak memory of the whole process', `${peak.toFixed(0)} MiB`, '< 512 MiB')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
