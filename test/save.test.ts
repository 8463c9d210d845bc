import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import {
  BASHES,
  composeOf,
  type EngineName,
  FakeEngine,
  generate,
  laboratory,
  type ScriptOptions,
} from './fake-engine.ts'
import { FULL, IMAGES, TEAM } from './relayed.ts'

vi.setConfig({ maxConcurrency: 12 })
const lab = laboratory('save')
let english = ''
beforeAll(async () => {
  english = await generate(join(lab, 'en'), composeOf(IMAGES), { registry: TEAM })
})
describe.each(BASHES)('%s', bash => {
  const ready = (...engines: readonly EngineName[]) => {
    const host = new FakeEngine(lab, bash, engines.length === 0 ? ['docker'] : engines)
    for (const image of FULL) host.image(image)
    return host
  }
  const save = (host: FakeEngine, args: readonly string[] = [], options: ScriptOptions = {}) =>
    host.run([join(english, 'save-images.sh'), ...args], options)
  test('first', async () => {
    const host = ready()
    host.bytes(100_000)
    for (const args of [[], [], ['--split', '128k'], ['--split', '128k'], ['--gzip']]) {
      const done = await save(host, args)
      console.log(done.status, done.seconds, done.stdout, done.stderr)
      const set = join(host.dir, 'images-linux-amd64')
      if (existsSync(set)) for (const n of readdirSync(set)) console.log(n, readFileSync(join(set, n)).length)
    }
    void createHash
    void writeFileSync
  })
})
