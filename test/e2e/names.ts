import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { word } from '../../generators/core/bash.ts'
import { formatReference, parseReference } from '../../generators/core/reference.ts'
import { must } from './command.ts'
import type { AnyEngine } from './engine.ts'
import type { Lab } from './lab.ts'
import { Podman } from './podman.ts'
import { findTool } from './tools.ts'

const AT_ONCE = 4
const CHANGES = ['build', 'import', 'load', 'pull', 'push', 'rm', 'rmi', 'tag']

/** A name as every engine knows it. */
export function inFull(name: string): string {
  return formatReference(parseReference(name))
}

/** The names that images have in an engine, in full, and the id of each. */
export async function namesIn({ name, env }: AnyEngine): Promise<ReadonlyMap<string, string>> {
  const format = '{{.Repository}}:{{.Tag}} {{.ID}}'
  const listed = await must([name, 'image', 'ls', '--no-trunc', '--format', format], env)
  const rows = listed
    .split('\n')
    .filter(line => line !== '' && !line.includes('<none>'))
    .map(line => line.split(' '))
  return new Map(rows.map(([name = '', id = '']) => [inFull(name), id.replace('sha256:', '')]))
}

/** Gives an image more names. */
export async function give(engine: AnyEngine, image: string, names: readonly string[]): Promise<void> {
  if (engine instanceof Podman) {
    if (names.length > 0) await must([engine.name, 'tag', image, ...names], engine.env)
    return
  }
  const left = [...names]
  const work = async () => {
    for (let name = left.pop(); name !== undefined; name = left.pop())
      await must([engine.name, 'tag', image, name], engine.env)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

/** A client that stands before the engine's own, and writes down how it is called. */
export class Recorder {
  /** The PATH on which scripts find it. */
  readonly path: string
  readonly #file: string

  constructor({ dir, engine }: Lab<AnyEngine>) {
    const folder = join(dir, 'recorder')
    const path = engine.env['PATH'] ?? ''
    const client = findTool(engine.name, path)
    if (client === null) throw new Error(`no ${engine.name} on ${path}`)
    mkdirSync(folder, { recursive: true })
    this.path = `${folder}:${path}`
    this.#file = join(folder, 'calls')
    rmSync(this.#file, { force: true })
    const script = `#!/bin/sh\nprintf '%s\\n' "$*" >>${word(this.#file)}\nexec ${word(client)} "$@"\n`
    writeFileSync(join(folder, engine.name), script, { mode: 0o755 })
  }

  get calls(): readonly string[] {
    return existsSync(this.#file) ? readFileSync(this.#file, 'utf8').trimEnd().split('\n') : []
  }

  /** The calls that change what the engine has. */
  get changes(): readonly string[] {
    return this.calls.filter(call => CHANGES.includes(call.split(' ')[0] ?? ''))
  }
}
