import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FaultLab, startFaultLab } from './fault-lab.ts'
import { type Direction, Relay } from './relay.ts'
import { beginOnTerminal, CTRL_C } from './terminal.ts'

const NAMES = ['alpine', 'busybox', 'nginx']
const STATUS = { INT: 130, TERM: 143 } as const
type Signal = keyof typeof STATUS

/** Each signal comes so often, about half of the times to a pull and else to a push. */
const TIMES = 25
const TRIES = Array.from({ length: TIMES }, (_, number): [number, Signal, Direction][] => [
  [number, 'INT', number % 2 === 0 ? 'pull' : 'push'],
  [number, 'TERM', number % 2 === 0 ? 'push' : 'pull'],
]).flat()

/** Seconds that a script has to end in. */
const LIMIT = 2

/** TEST_SEED draws the same moments once more. */
const SEED = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 32))

/** A run that was sent a signal. */
interface Interrupted {
  readonly status: number
  readonly stdout: string
  /** Seconds from the signal to the end. */
  readonly seconds: number
  /** What ran on then. */
  readonly strays: readonly string[]
}

describe(`at random moments (TEST_SEED=${SEED})`, () => {
  const random = generator(SEED)
  const took: Record<Signal, number[]> = { INT: [], TERM: [] }
  /** Milliseconds that a whole run takes on slow lines. */
  const whole: Record<Direction, number> = { pull: 0, push: 0 }
  let lab: FaultLab
  let relay: Relay

  beforeAll(async () => {
    lab = await startFaultLab()
    relay = await Relay.generate(lab, NAMES)
    await lab.login()
    for (const direction of ['pull', 'push'] as const) {
      await prepare(direction)
      const begun = performance.now()
      const run = await beginSlowly(direction)
      expect(await run.done).toBe(0)
      whole[direction] = performance.now() - begun
      await run.close()
    }
  })
  afterAll(async () => {
    for (const [signal, seconds] of Object.entries(took)) console.log(`${signal}: ${figures(seconds)}`)
    await lab.stop()
  })

  /** Lets there be something to do, on fast lines. */
  async function prepare(direction: Direction): Promise<void> {
    for (const proxy of [lab.front.internet, lab.front.target]) proxy.clear()
    await relay.renew(direction, 30_000)
  }

  /** Begins a run on lines so slow that it takes seconds, with two images at once. */
  async function beginSlowly(direction: Direction) {
    const slow = { do: 'slow', rate: 80_000 } as const
    lab.front.internet.add({ match: { kind: 'blob' }, action: slow })
    lab.front.target.add({ match: { kind: 'upload' }, action: slow })
    for (const proxy of [lab.front.internet, lab.front.target])
      proxy.add({ match: { kind: 'manifest' }, action: { do: 'delay', ms: 100 } })
    return await beginOnTerminal(lab, relay.command(direction, '--jobs', '2'), {
      cwd: relay.out,
    })
  }

  /** Interrupts a run at a random moment. One that was over before is none, so another moment is drawn. */
  async function interrupt(direction: Direction, signal: Signal): Promise<Interrupted> {
    await prepare(direction)
    const run = await beginSlowly(direction)
    await Promise.race([run.done, sleep(random() * whole[direction])])
    const finished = isOver(run.shown())
    const sent = performance.now()
    if (signal === 'INT') run.type(CTRL_C)
    else run.terminate()
    const status = await run.done
    const seconds = (performance.now() - sent) / 1000
    const strays = lab.strays()
    await run.close()
    if (finished && status === 0) return interrupt(direction, signal)
    return { status, stdout: run.shown(), seconds, strays }
  }

  /** Expects that nothing is left of a run but whole rows for what it finished. */
  function expectNothingLeft({ stdout, strays }: Interrupted): void {
    expect(strays).toEqual([])
    expect(readdirSync(lab.engine.env['TMPDIR'] ?? '')).toEqual([])
    expect(readdirSync(relay.out).filter(name => /^relay-lock\.tsv./.test(name))).toEqual([])
    expectRows(doneIn(stdout))
  }

  /** Runs a script again, now to its end: it does what is left, and all of it is there and written down. */
  async function complete(direction: Direction, before: Interrupted): Promise<void> {
    for (const proxy of [lab.front.internet, lab.front.target]) proxy.clear()
    const completed = await relay.run(direction)
    expect(completed).toMatchObject({ status: 0 })
    expect(completed.stdout).toContain(`${NAMES.length} of ${NAMES.length} images done, 0 failed`)
    expect(await relay.localIds()).not.toContain('')
    const done = [...doneIn(before.stdout), ...doneIn(completed.stdout)]
    expect(done).toHaveLength(new Set(done).size)
    // What had just come when its pull was ended has no row, and is not pulled once more for that.
    expectRows(direction === 'pull' ? done : NAMES.map(name => `${name}:1`))
    if (direction === 'push')
      expect(relay.lock().map(row => row.targetDigest)).toEqual(await relay.targetDigests())
  }

  function expectRows(sources: string[]): void {
    expect(relay.lock().map(({ source }) => source)).toEqual(expect.arrayContaining(sources))
  }

  test.each(TRIES)('%i. %s in the middle of a %s', async (_, signal, direction) => {
    const interrupted = await interrupt(direction, signal)
    took[signal].push(interrupted.seconds)
    expect(interrupted).toMatchObject({ status: STATUS[signal] })
    expect(interrupted.seconds).toBeLessThan(LIMIT)
    expectNothingLeft(interrupted)
    await complete(direction, interrupted)
  })
})

function figures(seconds: readonly number[]): string {
  const sorted = seconds.toSorted((a, b) => a - b)
  const [median, most] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].map(value =>
    value?.toFixed(2),
  )
  return `${sorted.length} times, seconds to the end: median ${median}, most ${most}`
}

/** The images that a script has said to be done. */
function doneIn(stdout: string): string[] {
  return [...stdout.matchAll(/\] done: (\S+)/g)].map(([, source = '']) => source)
}

/** Whether a script has printed its summary. */
function isOver(shown: string): boolean {
  return /images done, .* not finished/.test(shown)
}

/** Numbers from 0 to 1 that depend on the seed alone (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
