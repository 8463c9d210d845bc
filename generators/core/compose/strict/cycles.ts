import type { Context, Model } from './context.ts'
import type { Need } from './needs.ts'
import type { Report } from './report.ts'

/** No service waits for itself. Every chain of needs is walked once, and left at the first circle in it. */
export function checkCycles({ enabled }: Model, report: Report): void {
  const walk = new Walk(enabled, report)
  for (const service of enabled.values()) walk.from(service)
}

/** A service on the way, and what it needs that was not followed yet, the next one last. */
interface Step {
  readonly service: Context
  readonly rest: Need[]
}

/** A walk down the needs, without recursion: hostile chains may be long. */
class Walk {
  readonly #enabled: Model['enabled']
  readonly #report: Report
  readonly #path: Step[] = []
  readonly #done = new Set<string>()

  constructor(enabled: Model['enabled'], report: Report) {
    this.#enabled = enabled
    this.#report = report
  }

  from(start: Context): void {
    this.#enter(start)
    for (let step = this.#path.at(-1); step !== undefined; step = this.#path.at(-1)) {
      const need = step.rest.pop()
      if (need === undefined) this.#leave(-1)
      else this.#follow(need)
    }
  }

  #enter(service: Context): void {
    if (!this.#done.has(service.name)) this.#path.push({ service, rest: [...service.needs].reverse() })
  }

  #follow({ name, node, where }: Need): void {
    const next = this.#enabled.get(name)
    if (next === undefined) return
    const from = this.#path.findIndex(({ service }) => service === next)
    if (from === -1) {
      this.#enter(next)
      return
    }
    const chain = [...this.#path.slice(from).map(({ service }) => service.name), name].join(' needs ')
    this.#report(node, where, `the services wait for each other: ${chain}`, 'take one of them away')
    this.#leave(0)
  }

  #leave(from: number): void {
    for (const { service } of this.#path.splice(from)) this.#done.add(service.name)
  }
}
