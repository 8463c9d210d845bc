import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lab, startLab } from './lab.ts'

let lab: Lab
beforeAll(async () => {
  lab = await startLab()
})
afterAll(async () => {
  await lab.stop()
})

test('smoke', async () => {
  const project = join(lab.dir, 'project')
  cpSync('examples/dify', project, { recursive: true })
  const gen = await lab.run([process.execPath, 'dist/cli.js', 'generate', '-c', 'examples/dify/relay.yaml', '--registry', `${lab.target.address}/mirror`, '-o', join(lab.dir, 'out')], { cwd: process.cwd() })
  console.log(gen)
  const out = join(lab.dir, 'out')
  const rows = readFileSync(join(out, 'images.tsv'), 'utf8').trim().split('\n').slice(1).map(line => line.split('\t'))
  await lab.internet.seed(rows.filter(r => r[3] === 'relay').map(r => ({ reference: r[0] ?? '' })))
  for (const cmd of [['./pull-all-images-linux-amd64.sh'], ['./pull-all-images-linux-amd64.sh', '--only', 'nginx'], ['./push-to-target-registry.sh'], ['./push-to-target-registry.sh','--dry-run','--only','nginx']]) {
    const r = await lab.run(cmd, { cwd: out })
    console.log(cmd.join(' '), r.status, '\n', r.stdout, r.stderr)
  }
  await lab.login()
  const r = await lab.run(['./push-to-target-registry.sh'], { cwd: out })
  console.log(r.status, r.stdout, r.stderr)
  for (const env of [{}, { AI_INFRA_NETWORK_ENV: 'external' }]) {
    const r = await lab.run(['./tag-image-smart.sh', 'tag-localhost', 'nginx', 'redis:6-alpine', `${lab.target.address}/mirror/langgenius-dify-api:2.0.0-beta.2`, 'nope'], { cwd: out, env })
    console.log(r.status, r.stdout, r.stderr)
  }
})
