import { parse } from 'yaml'
import { type Schema, validate } from '../generators/core/schema.ts'

/** A name with its host in full, and a tag or a digest or both. */
const NAME = '[A-Za-z0-9.:-]+(?:/[a-z0-9._-]+)+'
const TAG = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}'
const DIGEST = '(?:sha256|sha384|sha512):[a-f0-9]{64,128}'
const SOURCE = `^${NAME}(?::${TAG})?(?:@${DIGEST})?$`
const TARGET = `^${NAME}:${TAG}$`

const mapping = (properties: Record<string, Schema>, required: readonly string[]): Schema => ({
  type: 'object',
  additionalProperties: false,
  required: [...required],
  properties,
})

/**
 * Rules as https://github.com/AliyunContainerService/image-syncer#image-sync-configuration-file has them, of one tag
 * each: a key without tag would be all tags, one with a comma several.
 */
const IMAGE_SYNCER: Schema = {
  type: 'object',
  propertyNames: { pattern: SOURCE },
  additionalProperties: { type: 'string', pattern: TARGET },
}

/** Of https://regclient.org/usage/regsync/ what a plan may have. regsync does not read a key that it does not know. */
const REGSYNC: Schema = mapping(
  {
    version: { type: 'integer', enum: [1] },
    creds: {
      type: 'array',
      items: mapping(
        {
          registry: { type: 'string', pattern: '^[A-Za-z0-9.:-]+$' },
          user: { type: 'string', pattern: '^\\{\\{env "[A-Za-z_][A-Za-z0-9_]*"\\}\\}$' },
          pass: { type: 'string', pattern: '^\\{\\{env "[A-Za-z_][A-Za-z0-9_]*"\\}\\}$' },
          tls: { enum: ['enabled', 'insecure', 'disabled'] },
        },
        ['registry'],
      ),
    },
    defaults: mapping(
      { parallel: { type: 'integer', minimum: 1 }, interval: { type: 'string', pattern: '^[0-9]+[smh]$' } },
      ['parallel', 'interval'],
    ),
    sync: {
      type: 'array',
      items: mapping(
        {
          source: { type: 'string', pattern: SOURCE },
          target: { type: 'string', pattern: TARGET },
          type: { enum: ['image'] },
          platform: { type: 'string', pattern: '^[a-z0-9]+/[a-z0-9_]+(/v[0-9]+)?$' },
        },
        ['source', 'target', 'type', 'platform'],
      ),
    },
  },
  ['version', 'defaults', 'sync'],
)

/**
 * Hosts of https://github.com/containers/skopeo/blob/main/docs/skopeo-sync.1.md. No list of tags is
 * empty, which would be all of them, and no digest stands in one, which would have no tag at the target.
 */
const SKOPEO_SYNC: Schema = {
  type: 'object',
  propertyNames: { pattern: '^(localhost|[A-Za-z0-9-]*[.:][A-Za-z0-9.:-]*)$' },
  additionalProperties: mapping(
    {
      images: {
        type: 'object',
        propertyNames: { pattern: '^[a-z0-9._-]+(/[a-z0-9._-]+)*$' },
        additionalProperties: { type: 'array', minItems: 1, items: { type: 'string', pattern: `^${TAG}$` } },
      },
      'tls-verify': { enum: [false] },
    },
    ['images'],
  ),
}

/** What an engine copies, and to where. */
export type Copies = ReadonlyMap<string, string>

/** The content of a plan to every reader of YAML. Throws where readers of YAML 1.1 and 1.2 differ, or it has another form. */
function read(text: string, schema: Schema): unknown {
  const [now, once] = ['1.2', '1.1'].map(version => parse(text, { version: version as '1.1' | '1.2' }))
  if (JSON.stringify(now) !== JSON.stringify(once)) throw new Error(`two meanings: ${text}`)
  const [violation] = validate(now, schema)
  if (violation !== undefined) throw new Error(`not of the form: ${JSON.stringify(violation)}\n${text}`)
  return now
}

/** What image-syncer makes of a plan. */
export function imageSyncerCopies(text: string): Copies {
  return new Map(Object.entries(read(text, IMAGE_SYNCER) as Record<string, string>))
}

export interface RegsyncPlan {
  readonly creds?: readonly Readonly<Record<string, string>>[]
  readonly sync: readonly Readonly<Record<'source' | 'target' | 'platform', string>>[]
}

export function regsyncPlan(text: string): RegsyncPlan {
  return read(text, REGSYNC) as RegsyncPlan
}

export type SkopeoPlan = Readonly<
  Record<
    string,
    { readonly images: Readonly<Record<string, readonly string[]>>; readonly 'tls-verify'?: false }
  >
>

export function skopeoPlan(text: string): SkopeoPlan {
  return read(text, SKOPEO_SYNC) as SkopeoPlan
}

/** What skopeo sync makes of a plan: its targets have the last step of the source, with its tag. */
export function skopeoCopies(text: string, destination: string): Copies {
  const entries = Object.entries(skopeoPlan(text)).flatMap(([host, { images }]) =>
    Object.entries(images).flatMap(([repository, tags]) =>
      tags.map(tag => {
        const source = `${host}/${repository}:${tag}`
        return [source, `${destination}/${source.split('/').at(-1)}`] as const
      }),
    ),
  )
  return new Map(entries)
}
