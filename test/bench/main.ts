import { availableParallelism, loadavg } from 'node:os'
import { benchCommandLine } from './command-line.ts'
import { benchRelay } from './relay.ts'
import { benchRelayImages } from './relay-images.ts'
import { benchScale } from './scale.ts'

/** What there are figures of, by the name on the command line. */
const SUBJECTS: Readonly<Record<string, () => Promise<void>>> = {
  'command-line': benchCommandLine,
  scale: benchScale,
  relay: benchRelay,
  'relay-images': benchRelayImages,
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(SUBJECTS)
const unknown = names.filter(name => !Object.hasOwn(SUBJECTS, name))
if (unknown.length > 0) {
  console.error(`no figures of ${unknown.join(', ')}; there are: ${Object.keys(SUBJECTS).join(', ')}`)
  process.exit(2)
}
const [load = 0] = loadavg()
if (load > availableParallelism())
  console.log(`this machine is busy (load ${load.toFixed(1)}): work in parallel gains less than it could`)
for (const name of names) {
  console.log(`\n${name}`)
  await SUBJECTS[name]?.()
}
