import { Document } from 'yaml'
import { heading } from './generator.ts'
import { sentence } from './messages.ts'
import { compare } from './order.ts'
import type { OutputFile } from './output.ts'
import type { Relay, RelayPlan } from './plan.ts'
import type { Problem } from './problem.ts'
import { familiarReference, formatReference } from './reference.ts'
import { addressOf, type Registry } from './registry.ts'

/** The images of one platform, and the file that has them. */
export interface Share {
  readonly path: string
  readonly platform: string
  readonly relays: readonly Relay[]
}

/**
 * A file for each platform, for engines that take one in a run. Images of the plan's own platform are in STEM.yaml,
 * which is always there, those of another one in STEM-OS-ARCH.yaml, so that a new platform changes no other file.
 */
export function sharesOf(plan: RelayPlan, stem: string): Share[] {
  const platforms = new Set(plan.relays.map(({ use }) => use.platform))
  platforms.delete(plan.platform)
  const share = (platform: string, path: string): Share => {
    const relays = plan.relays.filter(({ use }) => use.platform === platform)
    return { path, platform, relays: bySource(relays) }
  }
  const others = [...platforms].sort(compare)
  return [
    share(plan.platform, `${stem}.yaml`),
    ...others.map(platform => share(platform, `${stem}-${platform.replaceAll('/', '-')}.yaml`)),
  ]
}

/** Sorted by the source in full, as it stands in the files. */
export function bySource(relays: readonly Relay[]): Relay[] {
  return [...relays].sort((a, b) => compare(formatReference(a.from), formatReference(b.from)))
}

/**
 * What keeps engines that read names by the library containers/image from an image, or null: it knows no IPv6 address
 * and no host that is one by its upper case alone, as Docker does. skopeo sync ends with 0 without such an image:
 * https://github.com/containers/skopeo/blob/main/vendor/go.podman.io/image/v5/docker/reference/normalize.go.
 */
export function hostRefusal({ from, to, use }: Relay, engine: string, cure: string): Problem | null {
  const host = [from, to].map(({ registry }) => registry).find(name => !/^localhost$|^[^[]*[.:]/.test(name))
  if (host === undefined) return null
  const what = `"${familiarReference(from)}" is nothing that ${engine} can copy: it takes no host "${host}"`
  return { at: use.at, where: use.where, what, cure }
}

/** The target, then the sources of these images of which relay.yaml knows how to be let in. */
export function accessOf(
  { registry, registries }: RelayPlan,
  relays: readonly Relay[],
): readonly [Registry, ...Registry[]] {
  const target = addressOf(registry)
  const known = registries.filter(({ login, insecure }) => login !== null || insecure)
  const sources = known.filter(source => {
    const address = addressOf(source)
    return address !== target && relays.some(({ from }) => formatReference(from).startsWith(`${address}/`))
  })
  return [registry, ...sources.sort((a, b) => compare(addressOf(a), addressOf(b)))]
}

/**
 * A file of YAML below what there is to say of it. What readers of YAML 1.1 or 1.2 would not take for a string stands
 * in quotes.
 */
export function planFile(
  plan: RelayPlan,
  path: string,
  paragraphs: readonly string[],
  data: unknown,
): OutputFile {
  const document = new Document(data, { compat: 'yaml-1.1', aliasDuplicateObjects: false })
  const text = [...paragraphs, sentence('MSG_PLAN_LIMITS', plan.language)].join('\n\n')
  document.commentBefore = heading(plan, text)
  return { path, content: document.toString({ lineWidth: 0 }), executable: false }
}
