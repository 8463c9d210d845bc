import { accessOf, bySource, planFile } from './core/engine-plan.ts'
import type { Generator } from './core/generator.ts'
import { sentence } from './core/messages.ts'
import type { RelayPlan } from './core/plan.ts'
import { formatReference } from './core/reference.ts'
import type { Registry } from './core/registry.ts'

export const REGSYNC_PLAN = 'regsync.yml'

/** Version 1 of https://regclient.org/usage/regsync/. */
export const regsync: Generator = {
  name: 'regsync',
  summary: 'a plan for regsync, which copies from registry to registry',
  usual: false,
  files: plan => {
    const creds = credsOf(plan)
    const data = {
      version: 1,
      ...(creds.length === 0 ? {} : { creds }),
      defaults: { parallel: 4, interval: '12h' },
      sync: bySource(plan.relays).map(({ from, to, use }) => ({
        source: formatReference(from),
        target: formatReference(to),
        type: 'image',
        platform: use.platform,
      })),
    }
    return [planFile(plan, REGSYNC_PLAN, about(plan, creds), data)]
  },
}

/** What regsync has to know of a registry that the user's own settings do not say. */
interface Creds {
  readonly registry: string
  readonly user?: string
  readonly pass?: string
  readonly tls?: 'disabled'
}

/** One entry a host, as regsync has them: the first one counts, and the target comes first. */
function credsOf(plan: RelayPlan): Creds[] {
  const creds = accessOf(plan, plan.relays).flatMap(credsAt)
  return creds.filter(
    ({ registry }, index) => creds.findIndex(other => other.registry === registry) === index,
  )
}

/** Templates keep the secrets where they are: https://regclient.org/usage/regsync/. */
function credsAt({ host, login, insecure }: Registry): Creds[] {
  const access = login === null ? {} : { user: variable(login.username), pass: variable(login.password) }
  if (login === null && !insecure) return []
  return [{ registry: host, ...access, ...(insecure ? { tls: 'disabled' } : {}) }]
}

function variable(name: string): string {
  return `{{env "${name}"}}`
}

function about({ language }: RelayPlan, creds: readonly Creds[]): string[] {
  const text = sentence('MSG_PLAN_REGSYNC', language, REGSYNC_PLAN, REGSYNC_PLAN, REGSYNC_PLAN)
  if (!creds.some(({ tls }) => tls !== undefined)) return [text]
  const command = `sed 's/tls: disabled/tls: insecure/' ${REGSYNC_PLAN} | regsync once --config -`
  return [text, sentence('MSG_PLAN_REGSYNC_TLS', language, command)]
}
