import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { must } from '../e2e/command.ts'
import type { ImageSpec } from '../e2e/images.ts'
import { dockerOf, type Lab, startLabWith } from '../e2e/lab.ts'
import { findTool, SYSTEM_PATH } from '../e2e/tools.ts'
import { behindLine, type Far, inRegistry, LINE, type Way } from './far.ts'
import { CLI, median, medianRatio, reportRatio, skip, time } from './report.ts'

/** How often each is done; BENCH_ROUNDS=1 is a first look. */
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3)

/** Images of 11 MB: a base of 5 MB that they share, and four layers of 1.5 MB of their own. */
const IMAGES: readonly ImageSpec[] = Array.from({ length: 20 }, (_, number) => ({
  reference: `bench/image-${number}:1`,
  base: 5_000_000,
  layers: 4,
  bytes: 1_500_000,
}))

const LIMIT = { timeout: 600_000 }

/** How long the scripts take to move images, beside what else there is, in a laboratory as of the e2e tests. */
export async function benchRelay(): Promise<void> {
  let lab: Lab & Far
  try {
    lab = await startLabWith(behindLine, dockerOf({}), {})
  } catch (error) {
    skip('images over a long line', error instanceof Error ? error.message : String(error))
    return
  }
  try {
    await lab.internet.seed(IMAGES)
    await benchPull(lab)
    await benchPush(lab)
    await benchPushAgain(lab, LINE, 'at 50 ms')
    await benchPushAgain(lab, null, 'at no distance')
  } finally {
    await lab.stop()
  }
}

/** Seconds of a command that must succeed. */
async function seconds(lab: Lab, command: readonly string[], cwd: string = lab.dir): Promise<number> {
  const start = performance.now()
  const { status, stdout, stderr } = await lab.run(command, { cwd, ...LIMIT })
  if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}:\n${stdout}\n${stderr}`)
  return (performance.now() - start) / 1000
}

/** One after the other, as people do it who have no script. */
function loop(verb: 'pull' | 'push', names: readonly string[]): readonly string[] {
  return ['sh', '-c', `for image; do docker ${verb} "$image" || exit 1; done`, 'sh', ...names]
}

async function benchPull(lab: Lab): Promise<void> {
  const project = projectFor(lab, 'registry.example.com/mirror')
  const compose = findTool('docker-compose')
  if (compose === null) skip('docker-compose pull', `no docker-compose on ${SYSTEM_PATH}`)
  const contestants: Contestants = {
    loop: () => seconds(lab, loop('pull', references())),
    script: () => seconds(lab, ['bash', project.pull]),
    ...(compose === null ? {} : { compose: () => seconds(lab, [compose, 'pull'], project.dir) }),
  }
  const times = await rounds(contestants, () => lab.engine.wipe())
  show('pull at 50 ms', times)
  reportRatio(
    'docker pull, one after the other / pull script',
    medianRatio(times['loop'], times['script']),
    '>= 2 x',
  )
  if (compose !== null) {
    const ratio = medianRatio(times['compose'], times['script'])
    reportRatio('docker-compose pull / pull script', ratio, '>= 1 x')
  }
}

/** Each push goes to an empty registry of its own, or layers would only be mounted from where they are. */
async function benchPush(lab: Lab & Far): Promise<void> {
  await seconds(lab, loop('pull', references()))
  const times = await rounds({
    loop: () =>
      inRegistry(lab, LINE, async host => {
        const names = await tagFor(lab, host)
        return seconds(lab, loop('push', names))
      }),
    script: () => inRegistry(lab, LINE, host => seconds(lab, ['bash', projectFor(lab, `${host}/team`).push])),
  })
  show('push at 50 ms', times)
  reportRatio(
    'docker push, one after the other / push script',
    medianRatio(times['loop'], times['script']),
    '>= 2 x',
  )
}

/** The same push once more, when nothing has changed. */
async function benchPushAgain(lab: Lab & Far, way: Way | null, where: string): Promise<void> {
  const times = await inRegistry(lab, way, async host => {
    const { push } = projectFor(lab, `${host}/team`)
    await seconds(lab, ['bash', push])
    return rounds({
      loop: () => seconds(lab, loop('push', targets(host))),
      script: () => seconds(lab, ['bash', push]),
    })
  })
  show(`push with nothing changed, ${where}`, times)
  const what = `docker push with nothing changed, ${where} / push script`
  reportRatio(what, medianRatio(times['loop'], times['script']), '>= 4 x')
}

type Contestants = Readonly<Record<string, () => Promise<number>>>
type Times = Readonly<Record<string, readonly number[]>>

/** Lets them run in turn, some rounds. */
async function rounds(
  contestants: Contestants,
  prepare: () => Promise<void> = async () => {},
): Promise<Times> {
  const times: Record<string, number[]> = {}
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries(contestants)) {
      await prepare()
      times[name] = [...(times[name] ?? []), await run()]
    }
  }
  return times
}

/** The times behind the ratios, which mean little by themselves. */
function show(what: string, times: Times): void {
  const all = Object.entries(times).map(([name, each]) => `${name} ${median(each).toFixed(1)} s`)
  console.log(`${what}: ${all.join(', ')}`)
}

function references(): readonly string[] {
  return IMAGES.map(({ reference }) => reference)
}

function targets(host: string): readonly string[] {
  return references().map(reference => `${host}/team/${reference.replace('/', '-')}`)
}

async function tagFor(lab: Lab, host: string): Promise<readonly string[]> {
  const names = targets(host)
  for (const [at, name] of names.entries())
    await must(['docker', 'tag', references()[at] ?? '', name], lab.engine.env)
  return names
}

interface Project {
  readonly dir: string
  readonly pull: string
  readonly push: string
}

/** Writes a project of the images, and what the command line makes of it for a registry. */
function projectFor(lab: Lab, registry: string): Project {
  const dir = mkdtempSync(join(lab.dir, 'project-'))
  const services = references().map((reference, at) => `  s${at}:\n    image: ${reference}\n`)
  writeFileSync(join(dir, 'docker-compose.yml'), `version: "3"\nservices:\n${services.join('')}`)
  time([process.execPath, CLI, 'generate', '--registry', registry], dir)
  const out = readdirSync(join(dir, 'out'))
  const script = (verb: string) => join(dir, 'out', out.find(file => file.startsWith(verb)) ?? verb)
  return { dir, pull: script('pull'), push: script('push') }
}
