import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { parse } from 'yaml'

rmSync('dist', { recursive: true, force: true })

const { metafile } = await build({
  entryPoints: ['generators/cli.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minify: true,
  keepNames: true,
  metafile: true,
  logLevel: 'warning',
  // Handlebars takes source-map where it can be had and does without it elsewhere; only the latter is ever used here.
  alias: { 'source-map': 'node:path' },
  banner: {
    // handlebars and ajv are CommonJS, and some of them call require.
    js: "import { createRequire as _createRequire } from 'node:module'; const require = _createRequire(import.meta.url);",
  },
})

// Node 20 takes an --env-file behind the script's name for its own, NODE_OPTIONS in that file included
// (https://github.com/nodejs/node/issues/54232). `node --` does not, so the program begins as a line of shell that is
// a comment to JavaScript.
const program = readFileSync('dist/cli.js', 'utf8')
writeFileSync('dist/cli.js', `#!/bin/sh\n':' //; exec node -- "$0" "$@"\n${program}`)
chmodSync('dist/cli.js', 0o755)

// What is bundled takes its licence along.
const packages = new Set(
  Object.keys(metafile.inputs).flatMap(path => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
)
const licences = [...packages].sort().map(name => {
  const folder = join('node_modules', name)
  const file = readdirSync(folder).find(entry => /^licen[cs]e/i.test(entry))
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return `${name} ${version} (${license})\n\n${file ? readFileSync(join(folder, file), 'utf8') : ''}`
})
writeFileSync('dist/LICENSES.txt', licences.join(`\n${'-'.repeat(80)}\n\n`))
for (const name of ['accelerators', 'actions', 'failures', 'messages']) {
  const data = parse(readFileSync(`templates/${name}.yaml`, 'utf8'))
  writeFileSync(`dist/${name}.json`, JSON.stringify(data))
}
writeFileSync('dist/relay.schema.json', readFileSync('generators/core/relay.schema.json'))
