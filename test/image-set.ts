import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** An image of a set, as the fake engine has it. */
export interface SetImage {
  readonly source: string
  readonly target: string
  /** Its id in the archive. What stands before a ~ is its content. */
  readonly id: string
  readonly platform?: string
}

export interface SetOptions {
  /** How many parts the archive has; it is whole without it. */
  readonly parts?: number
  readonly gzip?: boolean
  /** Lines of the archive after the image of that place. */
  readonly after?: Readonly<Record<number, string>>
}

const HEADER = 'source\tsource digest\ttarget\ttarget digest\tplatform\tcontent'

/** Makes a set of images in a folder, as save-images.sh does; its archive is one that the fake engine loads. */
export function makeSet(folder: string, images: readonly SetImage[], options: SetOptions = {}): void {
  mkdirSync(folder, { recursive: true })
  const lines = images.flatMap(({ target, id, platform = 'linux/amd64' }, place) => [
    `image ${target} ${id} ${platform}`,
    ...(options.after?.[place] === undefined ? [] : [options.after[place]]),
  ])
  const plain = Buffer.from(`${lines.join('\n')}\nend\n`)
  const archive = options.gzip === true ? gzipSync(plain) : plain
  const name = `images.tar${options.gzip === true ? '.gz' : ''}`
  const rows = images.map(({ source, target, id, platform = 'linux/amd64' }) =>
    [source, '-', target, '-', platform, contentOf(id, platform)].join('\t'),
  )
  const manifest = `${[HEADER, ...rows.sort()].join('\n')}\n`
  const parts = options.parts === undefined ? [[name, archive] as const] : split(name, archive, options.parts)
  writeSet(folder, [...parts, ['manifest.tsv', Buffer.from(manifest)]])
}

/** Writes files, and the sums of all of them. */
export function writeSet(folder: string, files: readonly (readonly [name: string, content: Buffer])[]): void {
  for (const [name, content] of files) writeFileSync(join(folder, name), content)
  const sums = files.map(([name, content]) => `${sumOf(content)}  ${name}\n`)
  writeFileSync(
    join(folder, 'SHA256SUMS'),
    sums.sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1)).join(''),
  )
}

/** What lib/content.bash says of an image of the fake engine. */
export function contentOf(id: string, platform = 'linux/amd64'): string {
  const layers = `layers-of-${id.replace(/~.*/, '')}`
  const text = `${platform} ${layers} entrypoint command environment "SECRET=hunter2"\n`
  return `sha256:${sumOf(Buffer.from(text))}`
}

export function sumOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

function split(name: string, archive: Buffer, count: number): [string, Buffer][] {
  const size = Math.ceil(archive.length / count)
  return Array.from({ length: count }, (_, place) => [
    `${name}.${String(place + 1).padStart(3, '0')}`,
    archive.subarray(place * size, (place + 1) * size),
  ])
}
