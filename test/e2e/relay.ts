import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect } from 'vitest'
import type { CommandOptions, Result, Running } from './command.ts'
import type { Lab } from './lab.ts'

export type Direction = 'pull' | 'push'

/** A row of relay-lock.tsv. */
export interface LockRow {
  readonly source: string
  readonly sourceDigest: string
  readonly target: string
  readonly targetDigest: string
  readonly platform: string
}

const CLI = resolve('dist/cli.js')
const LOCK = 'relay-lock.tsv'
const HEADER = 'source\tsource digest\ttarget\ttarget digest\tplatform'
const SCRIPTS = {
  pull: './pull-all-images-linux-amd64.sh',
  push: './push-to-target-registry.sh',
} as const satisfies Record<Direction, string>

/** A compose project of a few images in a laboratory, and the scripts that relay them to its target. */
export class Relay {
  readonly lab: Lab
  /** The images, each of which is NAME:1 at Docker Hub. */
  readonly names: readonly string[]
  /** Where the scripts and the lock file are. */
  readonly out: string
  #revision = 0

  /** Writes the project and generates its scripts. */
  static async generate(lab: Lab, names: readonly string[]): Promise<Relay> {
    const project = join(lab.dir, 'project')
    mkdirSync(project)
    const services = names.map(name => `  ${name}: { image: "${name}:1" }\n`)
    writeFileSync(join(project, 'compose.yaml'), `services:\n${services.join('')}`)
    const command = [process.execPath, CLI, 'generate', '--registry', `${lab.target.address}/mirror`]
    expect(await lab.run(command, { cwd: project })).toMatchObject({ status: 0 })
    return new Relay(lab, names, join(project, 'out'))
  }

  private constructor(lab: Lab, names: readonly string[], out: string) {
    this.lab = lab
    this.names = names
    this.out = out
  }

  /** What runs a script, in `out`. TEST_BASH names another bash than the script's own. */
  command(direction: Direction, ...args: readonly string[]): readonly string[] {
    const bash = process.env['TEST_BASH']
    return [...(bash === undefined ? [] : [bash]), SCRIPTS[direction], ...args]
  }

  begin(direction: Direction, args: readonly string[] = [], options: CommandOptions = {}): Running {
    return this.lab.begin(this.command(direction, ...args), { cwd: this.out, ...options })
  }

  run(direction: Direction, ...args: readonly string[]): Promise<Result> {
    return this.begin(direction, args).done
  }

  /** The rows of the lock file, or none where there is no such file. Throws if it is not whole. */
  lock(): readonly LockRow[] {
    const file = join(this.out, LOCK)
    if (!existsSync(file)) return []
    const [header, ...lines] = readFileSync(file, 'utf8').split('\n')
    expect([header, lines.pop()]).toEqual([HEADER, ''])
    return lines.map(rowOf)
  }

  /** Lets there be new images to pull, or pulled ones to push, of as many bytes, and no lock file. */
  async renew(direction: Direction, bytes: number): Promise<void> {
    await this.lab.engine.wipe()
    rmSync(join(this.out, LOCK), { force: true })
    this.#revision += 1
    const content = { layers: 2, bytes, revision: String(this.#revision) }
    await this.lab.internet.seed(this.names.map(name => ({ reference: `${name}:1`, ...content })))
    if (direction === 'push') expect(await this.run('pull')).toMatchObject({ status: 0 })
  }

  /** The ids of the images in the engine, '' for one that is not there. */
  async localIds(): Promise<readonly string[]> {
    const idOf = async (name: string) => {
      const found = await this.lab.engine.docker(['image', 'inspect', '--format', '{{.Id}}', `${name}:1`])
      return found.status === 0 ? found.stdout.trim() : ''
    }
    return await Promise.all(this.names.map(idOf))
  }

  /** The digests of the images at the target, '' for one that is not there. */
  async targetDigests(): Promise<readonly string[]> {
    const digestOf = async (name: string) =>
      (await this.lab.target.manifest(`mirror/${name}:1`))?.digest ?? ''
    return await Promise.all(this.names.map(digestOf))
  }
}

function rowOf(line: string): LockRow {
  expect(line).toMatch(/^[^\t]+:1\t(sha256:[0-9a-f]{64}|-)\t[^\t]+\t(sha256:[0-9a-f]{64}|-)\tlinux\/amd64$/)
  const [source = '', sourceDigest = '', target = '', targetDigest = '', platform = ''] = line.split('\t')
  return { source, sourceDigest, target, targetDigest, platform }
}
