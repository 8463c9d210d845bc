import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ImageSpec } from '../e2e/images.ts'
import { dockerOf, type Lab, startLabWith } from '../e2e/lab.ts'
import { findTool } from '../e2e/tools.ts'
import { behindLine, type Far, inRegistry, LINE } from './far.ts'
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
const JOBS = ['--jobs', '4']

/** How long it takes to bring images from the internet to an empty registry, both of them behind a long line. */
export async function benchRelayImages(): Promise<void> {
  if (findTool('skopeo') === null) {
    skip('copies from registry to registry', 'no skopeo here')
    return
  }
  let lab: Lab & Far
  try {
    lab = await startLabWith(behindLine, dockerOf({}), {})
  } catch (error) {
    skip('copies from registry to registry', error instanceof Error ? error.message : String(error))
    return
  }
  try {
    await lab.internet.seed(IMAGES)
    await compare(lab)
  } finally {
    await lab.stop()
  }
}

async function compare(lab: Lab & Far): Promise<void> {
  const ways: Readonly<Record<string, (host: string) => Promise<number>>> = {
    script: host => seconds(lab, ['bash', projectFor(lab, host)('relay-images'), ...JOBS]),
    'pull and push': async host => {
      const script = projectFor(lab, host)
      const pull = await seconds(lab, ['bash', script('pull'), ...JOBS])
      return pull + (await seconds(lab, ['bash', script('push'), ...JOBS]))
    },
    'skopeo sync': host => {
      const list = join(mkdtempSync(join(lab.dir, 'sync-')), 'list.yaml')
      const lines = references().map(reference => `    ${reference.replace(':1', '')}: ["1"]\n`)
      writeFileSync(list, `docker.io:\n  images:\n${lines.join('')}`)
      const flags = ['--dest-tls-verify=false', '--src', 'yaml', '--dest', 'docker']
      return seconds(lab, ['skopeo', 'sync', ...flags, list, `${host}/team`])
    },
    'skopeo copy in a loop': host => {
      const copy = `skopeo copy --dest-tls-verify=false "docker://docker.io/$image" "docker://$host/team/\${image#*/}"`
      return seconds(lab, [
        'sh',
        '-c',
        `host=$1; shift; for image; do ${copy} || exit; done`,
        'sh',
        host,
        ...references(),
      ])
    },
  }
  const times: Record<string, number[]> = {}
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries(ways)) {
      await lab.engine.wipe()
      const took = await inRegistry(lab, LINE, run)
      times[name] = [...(times[name] ?? []), took]
    }
  }
  const all = Object.entries(times).map(([name, each]) => `${name} ${median(each).toFixed(1)} s`)
  console.log(`${IMAGES.length} images at 50 ms to an empty registry: ${all.join(', ')}`)
  reportRatio(
    'pull and push / relay-images.sh',
    medianRatio(times['pull and push'], times['script']),
    '>= 1 x',
  )
  for (const name of ['skopeo sync', 'skopeo copy in a loop'])
    reportRatio(`${name} / relay-images.sh`, medianRatio(times[name], times['script']), '>= 3 x')
}

/** Seconds of a command that must succeed, on a machine that sees the internet of the laboratory as its engine does. */
async function seconds(lab: Lab, command: readonly string[]): Promise<number> {
  // What skopeo remembers of earlier runs does not count.
  const fresh = 'mount -n -t tmpfs laboratory /var/lib/containers 2>/dev/null; exec "$@"'
  const env = { SSL_CERT_FILE: lab.certificate, CURL_CA_BUNDLE: lab.certificate, GODEBUG: 'netdns=go' }
  const start = performance.now()
  const { status, stdout, stderr } = await lab.run(
    lab.engine.inside(['sh', '-c', fresh, 'sh', ...command], lab.dir),
    { env, ...LIMIT },
  )
  if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}:\n${stdout}\n${stderr}`)
  return (performance.now() - start) / 1000
}

function references(): readonly string[] {
  return IMAGES.map(({ reference }) => reference)
}

/** Writes a project of the images; gives the path of a script of it by the beginning of its name. */
function projectFor(lab: Lab, host: string): (name: string) => string {
  const dir = mkdtempSync(join(lab.dir, 'project-'))
  mkdirSync(join(dir, 'out'))
  const services = references().map((reference, at) => `  s${at}:\n    image: ${reference}\n`)
  writeFileSync(join(dir, 'compose.yaml'), `services:\n${services.join('')}`)
  time([process.execPath, CLI, 'generate', 'pull', 'push', 'relay-images', '--registry', `${host}/team`], dir)
  const files = readdirSync(join(dir, 'out'))
  return name => join(dir, 'out', files.find(file => file.startsWith(name)) ?? name)
}
