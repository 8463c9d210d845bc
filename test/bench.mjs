// Prints how long the command line takes, as ratios to `node -e 0` in the same run: single times mean little on shared
// machines. Nothing here is asserted. Run by `npm run bench`, which builds first.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const CLI = resolve('dist/cli.js')
const RUNS = 15
const folder = mkdtempSync(join(tmpdir(), 'bench-'))
const REGISTRY = ['--registry', 'registry.example.com/mirror']

/** Wall-clock milliseconds of one run. */
function time(args) {
  const start = process.hrtime.bigint()
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`)
  return Number(process.hrtime.bigint() - start) / 1e6
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}

/** Runs the commands in turn, and returns the times of each. */
function side(...commands) {
  for (const command of commands) time(command)
  const rounds = Array.from({ length: RUNS }, () => commands.map(time))
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
