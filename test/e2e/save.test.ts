import { cpSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatReference, parseReference } from '../../generators/core/reference.ts'
import { CANDIDATES } from './candidates.ts'
import type { Result } from './command.ts'
import type { AnyEngine } from './engine.ts'
import type { Lab } from './lab.ts'

const CLI = resolve('dist/cli.js')
const PULL = './pull-all-images-linux-amd64.sh'
const SAVE = './save-images.sh'
describe.each(CANDIDATES)('on $title', ({ start }) => {
  let lab: Lab<AnyEngine>
  let out: string
  beforeAll(async () => {
    lab = await start()
    const project = join(lab.dir, 'a project')
    cpSync('examples/dify', project, { recursive: true })
    const registry = ['--registry', `${lab.target.address}/mirror`]
    const done = await lab.run(
      [process.execPath, CLI, 'generate', '--out', 'out', ...registry, '--config', 'relay.yaml'],
      { cwd: project },
    )
    expect(done).toMatchObject({ status: 0, stderr: '' })
    out = join(project, 'out')
    const rows = readFileSync(join(out, 'images.tsv'), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1)
      .map(line => line.split('\t'))
    const relayed = rows.filter(row => row[3] === 'relay').map(row => row[0] ?? '')
    await lab.internet.seed(
      relayed.map((reference, n) => ({ reference, layers: 1 + (n % 3), bytes: 200_000, base: 2_000_000 })),
    )
    void [formatReference, parseReference]
  })
  afterAll(() => lab?.stop())
  const script = (command: readonly string[]): Promise<Result> => lab.run(command, { cwd: out })
  test('measure', async () => {
    const pulled = await script([PULL])
    expect(pulled.status).toBe(0)
    const t = Date.now()
    for (const args of [
      [],
      ['--to', 'again'],
      ['--to', 'parts', '--split', '4m'],
      ['--to', 'gz', '--gzip'],
      [],
    ]) {
      const done = await script([SAVE, ...args])
      console.log(
        args,
        done.status,
        (Date.now() - t) / 1000,
        done.stdout.replace(/^\+ .*\n/gm, ''),
        done.stderr,
      )
    }
    console.log(
      (
        await lab.run(
          [
            'bash',
            '-c',
            'sha256sum images-linux-amd64/* again/*; ls -l parts; cat parts/images.tar.* | tar -t | wc -l; wc -l parts/manifest.tsv; zcat gz/images.tar.gz | tar -t | wc -l; df -Pk .; ls -a',
          ],
          { cwd: out },
        )
      ).stdout,
    )
  })
})
