import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CLI,
  type Command,
  inFolder,
  medianRatio,
  NOTHING,
  report,
  reportRatio,
  side,
  time,
} from './report.ts'

const RUNS = 9
const FEW = 200
const MANY = 2000

/** The bashes that scripts run under, as in the tests. */
const BASHES = (process.env['TEST_BASHES'] ?? 'bash').split(/\s+/).filter(name => name !== '')

/** How long scripts of many images take for what is not the engine's, and how much memory. */
export function benchScale(): Promise<void> {
  return inFolder(async folder => {
    const few = scriptsOf(folder, FEW)
    const many = scriptsOf(folder, MANY)
    for (const bash of BASHES) {
      for (const name of few.keys()) {
        const script = { few: few.get(name) ?? '', many: many.get(name) ?? '' }
        benchList(bash, name, script.many)
        benchDryRun(bash, name, script)
        benchOnly(bash, name, script)
      }
      const pull = { few: few.get('pull') ?? '', many: many.get('pull') ?? '' }
      await benchRun(folder, bash, pull)
    }
  })
}

/** The pull and the push script of a project of so many images. */
function scriptsOf(folder: string, images: number): ReadonlyMap<string, string> {
  const project = join(folder, String(images))
  mkdirSync(project)
  const services = Array.from({ length: images }, (_, n) => `  s${n}:\n    image: ${imageOf(n)}\n`)
  writeFileSync(join(project, 'compose.yaml'), `services:\n${services.join('')}`)
  time([process.execPath, CLI, 'generate', '--registry', 'registry.example.com/mirror'], project)
  const out = join(project, 'out')
  const files = readdirSync(out)
  return new Map(
    ['pull', 'push'].map(name => [name, join(out, files.find(file => file.startsWith(name)) ?? '')]),
  )
}

function imageOf(number: number): string {
  return `group/image-${number}:1.${number}`
}

interface Script {
  readonly few: string
  readonly many: string
}

function benchList(bash: string, name: string, script: string): void {
  const [nothing, list] = side(RUNS, NOTHING, [bash, script, '--list'])
  const what = `${label(bash, name)} --list, ${MANY} images / node -e 0`
  reportRatio(what, medianRatio(list, nothing), '<= 1 x')
}

function benchDryRun(bash: string, name: string, { few, many }: Script): void {
  const [small, large] = side(RUNS, [bash, few, '--dry-run'], [bash, many, '--dry-run'])
  const what = `${label(bash, name)} --dry-run, ${MANY} images / ${FEW} images`
  reportRatio(what, medianRatio(large, small), '<= 12 x')
}

/** What failed is tried again by a command that names it. */
function benchOnly(bash: string, name: string, { few, many }: Script): void {
  const only = Array.from({ length: FEW }, (_, number) => ['--only', imageOf(number)]).flat()
  const [small, large] = side(RUNS, [bash, few, '--list', ...only], [bash, many, '--list', ...only])
  const what = `${label(bash, name)} --list, ${FEW} times --only, ${MANY} images / ${FEW} images`
  reportRatio(what, medianRatio(large, small), '<= 12 x')
}

function label(bash: string, name: string): string {
  return BASHES.length > 1 ? `${basename(bash)}: ${name}` : name
}

/** An engine that does nothing: every pull works, but of images whose name ends in 0. */
const ENGINE = `#!/bin/sh
case $1 in
  image) echo linux/amd64 ;;
  pull)
    case $4 in *0:*) echo 'manifest unknown' >&2; exit 1 ;; esac
    echo 'Digest: sha256:${'0'.repeat(64)}'
    ;;
esac
`

/** Whole runs of the pull script, in which a tenth of the images fails. */
async function benchRun(folder: string, bash: string, { few, many }: Script): Promise<void> {
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'docker'), ENGINE, { mode: 0o755 })
  const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}`, CONTAINER_ENGINE: 'docker' }
  const small = await runOnce([bash, few], env)
  const large = await runOnce([bash, many], env)
  const what = `${label(bash, 'pull')} by an engine that does nothing, ${MANY} images / ${FEW} images`
  reportRatio(what, large.seconds / small.seconds, '<= 12 x')
  const more = (large.peak - small.peak) / (MANY - FEW)
  report(
    `${label(bash, 'pull')}: peak memory, beyond ${small.peak} KiB with ${FEW} images`,
    `${more.toFixed(1)} KiB`,
    '<= 4 KiB an image',
  )
}

interface Run {
  readonly seconds: number
  /** KiB of the script's own process. */
  readonly peak: number
}

/** Runs a script that fails in part, and watches its memory. */
async function runOnce([file, ...args]: Command, env: NodeJS.ProcessEnv): Promise<Run> {
  const start = performance.now()
  const script = spawn(file, [...args, '--jobs', '16', '--always'], { env, stdio: 'ignore' })
  const ended = new Promise<number | null>((resolve, reject) => {
    script.once('error', reject).once('exit', resolve)
  })
  let peak = 0
  let status: number | null | undefined
  while (status === undefined) {
    peak = Math.max(peak, peakOf(script.pid))
    status = await Promise.race([ended, sleep(50, undefined)])
  }
  if (status !== 1) throw new Error(`${file} ${args.join(' ')} ended with ${status}`)
  return { seconds: (performance.now() - start) / 1000, peak }
}

/** The most memory that a process has had, in KiB; 0 where there is no such process, or no /proc. */
function peakOf(pid: number | undefined): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
