import { word } from './core/bash.ts'
import { accessOf, hostRefusal, planFile, type Share, sharesOf } from './core/engine-plan.ts'
import type { Generator } from './core/generator.ts'
import { sentence } from './core/messages.ts'
import { lastStep } from './core/naming.ts'
import type { Relay, RelayPlan } from './core/plan.ts'
import { InputError, type Problem } from './core/problem.ts'
import { familiarReference, formatReference, repositoryName } from './core/reference.ts'
import { addressOf, type Registry } from './core/registry.ts'

/** The source of `skopeo sync --src yaml`: https://github.com/containers/skopeo/blob/main/docs/skopeo-sync.1.md. */
export const skopeoSync: Generator = {
  name: 'skopeo-sync',
  summary: 'a plan for skopeo sync, where the registry is named by its rules',
  usual: false,
  files: plan => {
    const problems = plan.relays.flatMap(
      relay => hostRefusal(relay, 'skopeo sync', 'take regsync') ?? renamed(plan, relay) ?? [],
    )
    if (problems.length > 0) throw new InputError(problems)
    return sharesOf(plan, 'skopeo-sync').map(share => {
      const access = accessOf(plan, share.relays)
      const holes = [share.platform, command(plan, share), access.map(login).join('\n  ')]
      const text = sentence('MSG_PLAN_SKOPEO_SYNC', plan.language, ...holes)
      return planFile(plan, share.path, [text], sourcesOf(share, access))
    })
  },
}

/** What skopeo is told of a source. */
interface Source {
  readonly images: Map<string, string[]>
  readonly 'tls-verify'?: false
}

/** By host, repository and tag. An empty list of tags would be all of them. */
function sourcesOf({ relays }: Share, access: readonly Registry[]): ReadonlyMap<string, Source> {
  const sources = new Map<string, Source>()
  for (const { registry, repository, tag } of relays.map(({ from }) => from)) {
    const unverified = access.some(({ host, insecure }) => insecure && host === registry)
    const empty: Source = { ...(unverified ? { 'tls-verify': false } : {}), images: new Map() }
    const { images } = sources.get(registry) ?? empty
    images.set(repository, [...(images.get(repository) ?? []), tag ?? ''])
    sources.set(registry, { ...empty, images })
  }
  return sources
}

/** --preserve-digests: what arrives is what the source has, or skopeo fails. */
function command({ registry }: RelayPlan, { path, platform }: Share): string {
  const [os = '', arch = '', variant] = platform.split('/')
  const chosen = ['--override-os', os, '--override-arch', arch]
  return [
    'skopeo',
    ...chosen,
    ...(variant === undefined ? [] : ['--override-variant', variant]),
    ...['sync', '--src', 'yaml', '--dest', 'docker'],
    ...(registry.insecure ? ['--dest-tls-verify=false'] : []),
    ...['--preserve-digests', '--keep-going', '--retry-times', '3', path, addressOf(registry)],
  ]
    .map(word)
    .join(' ')
}

function login({ host, login: variables, insecure }: Registry): string {
  const flag = insecure ? '--tls-verify=false ' : ''
  if (variables === null) return `skopeo login ${flag}${word(host)}`
  const { username, password } = variables
  return `skopeo login ${flag}--username "$${username}" --password-stdin ${word(host)} <<<"$${password}"`
}

/** Why skopeo sync would not make of an image what the plan says, or null. */
function renamed(plan: RelayPlan, { from, to, use }: Relay): Problem | null {
  const { at, where } = use
  const version = from.digest === null ? `:${from.tag}` : `@${from.digest}`
  const written = `${addressOf(plan.registry)}/${lastStep(from.repository)}${version}`
  const planned = formatReference(to)
  if (written === planned) return null
  const what = `skopeo sync would write "${familiarReference(from)}" to ${written}, and not to ${planned}`
  return { at, where, what, cure: from.digest === null ? cureOf(plan, from) : `take ${OTHERS}` }
}

/** It cannot rename. Each image keeps the last step of its repository, unless `images:` says otherwise. */
function cureOf({ images, registry }: RelayPlan, from: Relay['from']): string {
  const repository = repositoryName(from)
  if (images.has(repository) && registry.naming === 'basename')
    return `take "${repository}" out of "images:" in relay.yaml, or take ${OTHERS}`
  return `write "naming: basename" for the registry in relay.yaml, or take ${OTHERS}`
}

const OTHERS = 'image-syncer, regsync or relay-images.sh, which rename'
