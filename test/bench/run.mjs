// Runs the figures: `npm run bench`, or only some of them: `npm run bench -- scale relay`. Node 20 reads no TypeScript,
// so they are made into one file first, beside the packages that they use.
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const outfile = 'node_modules/.cache/compose-relay/bench.mjs'
await build({
  entryPoints: ['test/bench/main.ts'],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'warning',
})
await import(pathToFileURL(outfile).href)
