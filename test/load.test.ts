import { existsSync, readFileSync, writeFileSync } from 'node:fs'
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
import { makeSet, type SetImage, type SetOptions } from './image-set.ts'
import { IMAGES, TEAM } from './relayed.ts'

vi.setConfig({ maxConcurrency: 12 })

const TARGETS = [
  `${TEAM}/busybox:1.36`,
  `${TEAM}/acme-tool:2.0`,
  `${TEAM}/langgenius-dify-api:2.0.0-beta.2`,
  `${TEAM}/nginx:1.27`,
  `${TEAM}/minio-minio:R1`,
  `${TEAM}/redis:latest`,
]
const SET = IMAGES.map(
  (source, place): SetImage => ({ source, target: TARGETS[place] ?? '', id: `sha256:id${place}` }),
)

const lab = laboratory('load')
let english = ''

beforeAll(async () => {
  english = await generate(join(lab, 'en'), composeOf(IMAGES), { registry: TEAM })
})

describe.each(BASHES)('%s', bash => {
  const script = () => join(english, 'load-images.sh')

  /** An engine, and a set of all images where the script looks for it. */
  const host = (options: SetOptions = {}, images = SET, ...engines: readonly EngineName[]) => {
    const made = new FakeEngine(lab, bash, engines.length === 0 ? ['docker'] : engines)
    makeSet(join(made.dir, 'images-linux-amd64'), images, options)
    return made
  }
  const load = (engine: FakeEngine, args: readonly string[] = [], options: ScriptOptions = {}) =>
    engine.run([script(), ...args], options)
  const inSet = (engine: FakeEngine, name: string) => join(engine.dir, 'images-linux-amd64', name)

  test('first', async () => {
    const engine = host({ parts: 3 })
    const done = await load(engine)
    console.log(done.stdout, done.stderr)
    expect(done).toMatchObject({ status: 0 })
    const again = await load(engine, ['--as', 'source', '--as', 'localhost'])
    console.log(again.stdout, again.stderr)
    const dry = await load(engine, ['--as', 'source', '--dry-run'])
    console.log(dry.stdout, dry.stderr)
    void existsSync
    void readFileSync
    void writeFileSync
    void inSet
  })
})
