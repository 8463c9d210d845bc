import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'

export interface ImageSpec {
  /** As people write it: nginx:latest, ghcr.io/a/b:1. */
  readonly reference: string
  /** One platform gives a plain manifest, a list gives an index of several. linux/amd64 without it. */
  readonly platform?: string | readonly string[]
  readonly layers?: number
  /** Incompressible bytes in every layer, 1024 without it. */
  readonly bytes?: number
  /** Bytes of one more layer, the lowest, which all images have in common that have as many; none without it. */
  readonly base?: number
  readonly format?: 'docker' | 'oci'
  /** Whether the index also names a statement on each image's origin, as buildx adds it. For a list of platforms. */
  readonly attested?: boolean
  /** Anything: another value gives another image under the same reference, as when a tag moves. */
  readonly revision?: string
}

/** The images of a list in all the shapes that registries have them in. */
export function shape(reference: string, number: number): ImageSpec {
  const shapes: readonly Omit<ImageSpec, 'reference'>[] = [
    { format: 'docker', layers: 2 },
    { format: 'oci' },
    { format: 'docker', platform: ['linux/arm64', 'linux/amd64'] },
    { format: 'oci', platform: ['linux/amd64', 'linux/arm64'], layers: 3 },
    { format: 'oci', platform: ['linux/amd64'], attested: true },
  ]
  return { reference, ...shapes[number % shapes.length] }
}

/** A document of the registry, ready to be put. */
export interface Manifest {
  readonly mediaType: string
  readonly body: Buffer
  readonly digest: string
}

/** One platform of an image, and the blobs that must be there before it. */
export interface PlatformImage extends Manifest {
  readonly platform: string
  /** Digest of the config: what docker calls the image's id. */
  readonly id: string
  /** Digests of the layers as they are unpacked, lowest first. */
  readonly diffIds: readonly string[]
  readonly blobs: readonly Buffer[]
}

export interface Image {
  readonly platforms: readonly [PlatformImage, ...PlatformImage[]]
  /** The document over all platforms, or null if the only platform's manifest is what the tag names. */
  readonly index: Manifest | null
  /** What else the index names, with the blobs that must be there before it. */
  readonly attestations: readonly (Manifest & Pick<PlatformImage, 'blobs'>)[]
}

const MEDIA_TYPES = {
  docker: {
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  },
  oci: {
    index: 'application/vnd.oci.image.index.v1+json',
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  },
}

type MediaTypes = (typeof MEDIA_TYPES)['docker']

/** All manifest types, for the Accept header of those who want whatever is there. */
export const MANIFEST_TYPES = Object.values(MEDIA_TYPES).flatMap(types => [types.index, types.manifest])

const EPOCH = '1970-01-01T00:00:00Z'

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** Makes an image out of its description alone: the same description gives the same bytes on every machine. */
export function buildImage(spec: ImageSpec): Image {
  const types = MEDIA_TYPES[spec.format ?? 'docker']
  if (spec.platform === undefined || typeof spec.platform === 'string')
    return {
      platforms: [platformImage(spec, spec.platform ?? 'linux/amd64', types)],
      index: null,
      attestations: [],
    }
  const [first, ...rest] = spec.platform.map(platform => platformImage(spec, platform, types))
  if (first === undefined) throw new Error(`${spec.reference}: no platform`)
  const manifests = [first, ...rest].map(image => ({
    ...descriptor(image.mediaType, image.body),
    platform: platformFields(image.platform),
  }))
  const attested = spec.attested === true ? [first, ...rest] : []
  const attestations = attested.map(attestation)
  const statements = attestations.map(({ mediaType, body }, number) => ({
    ...descriptor(mediaType, body),
    platform: platformFields('unknown/unknown'),
    annotations: {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': attested[number]?.digest,
    },
  }))
  const index = document(types.index, { manifests: [...manifests, ...statements] })
  return { platforms: [first, ...rest], index, attestations }
}

/** A statement on the origin of an image, in the form of an image that is for no platform. */
function attestation({ digest }: PlatformImage): Image['attestations'][number] {
  const subject = [{ name: 'laboratory', digest: { sha256: digest.replace('sha256:', '') } }]
  const statement = json({ _type: 'https://in-toto.io/Statement/v0.1', subject })
  const rootfs = { type: 'layers', diff_ids: [digestOf(statement)] }
  const config = json({ ...platformFields('unknown/unknown'), rootfs })
  const manifest = document(MEDIA_TYPES.oci.manifest, {
    config: descriptor(MEDIA_TYPES.oci.config, config),
    layers: [descriptor('application/vnd.in-toto+json', statement)],
  })
  return { ...manifest, blobs: [statement, config] }
}

function platformImage(spec: ImageSpec, platform: string, types: MediaTypes): PlatformImage {
  const own = Array.from({ length: spec.layers ?? 1 }, (_, number) => layer(spec, platform, number))
  const tars = spec.base === undefined ? own : [layerOf('base', `base ${platform}`, spec.base), ...own]
  const layers = tars.map(tar => gzipSync(tar))
  const diffIds = tars.map(digestOf)
  const config = json({
    ...platformFields(platform),
    created: EPOCH,
    config: { Env: ['PATH=/bin'], Cmd: ['/bin/true'], Labels: { 'laboratory.reference': spec.reference } },
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: tars.map((_, number) => ({ created: EPOCH, created_by: `layer ${number}` })),
  })
  const manifest = document(types.manifest, {
    config: descriptor(types.config, config),
    layers: layers.map(bytes => descriptor(types.layer, bytes)),
  })
  return { ...manifest, platform, id: digestOf(config), diffIds, blobs: [...layers, config] }
}

function layer(spec: ImageSpec, platform: string, number: number): Buffer {
  const title = `${spec.reference} ${platform} layer ${number} ${spec.revision ?? ''}`.trimEnd()
  return layerOf(`layer-${number}`, title, spec.bytes ?? 1024)
}

/** A layer of one file, which tells whose it is, followed by noise that no other title has. */
function layerOf(file: string, title: string, bytes: number): Buffer {
  const noise = createHash('shake256', { outputLength: bytes }).update(title).digest()
  return tarOf(file, Buffer.concat([Buffer.from(`${title}\n`), noise]))
}

function platformFields(platform: string): { os: string; architecture: string; variant?: string } {
  const [os, architecture, variant] = platform.split('/')
  if (os === undefined || architecture === undefined) throw new Error(`not a platform: ${platform}`)
  return variant === undefined ? { os, architecture } : { os, architecture, variant }
}

function descriptor(mediaType: string, bytes: Buffer): { mediaType: string; size: number; digest: string } {
  return { mediaType, size: bytes.length, digest: digestOf(bytes) }
}

function document(mediaType: string, content: object): Manifest {
  const body = json({ schemaVersion: 2, mediaType, ...content })
  return { mediaType, body, digest: digestOf(body) }
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}

/** A tar archive (ustar) of one regular file that belongs to root and is as old as time. */
function tarOf(name: string, content: Buffer): Buffer {
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\0`
  const header = Buffer.alloc(512)
  const put = (text: string, offset: number) => header.write(text, offset, 'latin1')
  put(name, 0)
  put(octal(0o644, 8), 100) // mode
  put(octal(0, 8), 108) // owner
  put(octal(0, 8), 116) // group
  put(octal(content.length, 12), 124)
  put(octal(0, 12), 136) // time
  put(' '.repeat(8), 148) // the checksum counts as spaces while it is taken
  put('0', 156) // a regular file
  put('ustar\u000000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512)
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)])
}
