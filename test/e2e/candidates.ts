import { spawnSync } from 'node:child_process'
import type { AnyEngine } from './engine.ts'
import { type Lab, startLab, startPodmanLab } from './lab.ts'
import { SYSTEM_PATH, sidRoot } from './tools.ts'

/** An engine that the scripts must work with. Its version is what it says itself. */
export interface Candidate {
  readonly title: string
  readonly start: () => Promise<Lab<AnyEngine>>
  readonly store?: 'classic' | 'containerd'
}

const sid = sidRoot()
const STORES = ['classic', 'containerd'] as const
export const CANDIDATES: readonly Candidate[] = [
  { title: `${version('docker')}`, start: () => startLab() },
  ...STORES.map(store => ({
    title: `${version('docker', sid)}, ${store} store`,
    store,
    start: () =>
      startLab({ root: sid, daemon: { features: { 'containerd-snapshotter': store === 'containerd' } } }),
  })),
  ...[undefined, sid].flatMap(root =>
    (['podman', 'docker'] as const).map(name => ({
      title: `${version('podman', root)} as ${name}`,
      start: () => startPodmanLab(root === undefined ? { name } : { name, root }),
    })),
  ),
]

/** What a program of the machine, or of another root, says of its version. */
function version(program: string, root = '/'): string {
  const view = `mount -n --bind "$1/usr" /usr && exec "$2" --version`
  const asked = ['--mount', '--propagation', 'private', 'sh', '-c', view, 'sh', root, `/usr/bin/${program}`]
  const said = spawnSync('unshare', asked, { encoding: 'utf8', env: { PATH: SYSTEM_PATH } })
  if (said.status !== 0) throw new Error(`${program} of ${root}: ${said.stderr}`)
  return said.stdout
    .trim()
    .replace(/,? version /, ' ')
    .replace(/, build.*/, '')
}
