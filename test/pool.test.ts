import { fileURLToPath } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import { BASHES, type Ended, FakeEngine, laboratory } from './fake-engine.ts'

vi.setConfig({ maxConcurrency: 12 })

const lab = laboratory('pool')
const POOL = fileURLToPath(new URL('../templates/lib/pool.bash', import.meta.url))

/** What the pool needs of other parts, and what it calls: each end is a line. */
const HARNESS = `
set -u -o pipefail
MSG_NO_WORKDIR=''
WORK=$TMPDIR/work
SCRATCH=''
TICKS=0
mkdir "$WORK"
say() { printf '%s\\n' "$*"; }
die() { say "died: $*" && exit "$1"; }
end_child() { kill -KILL "$!"; }
wait_long() { "$REAL_SLEEP" 20 & wait "$!"; }
close_workdir() { rm -rf "$WORK"; }
on_end() { say "end $1 \${STATES[$1]}"; }
on_slow() { say slow; }
on_done() { [ -z "\${LEFT:-}" ] || work_off "$1" $LEFT; }
on_tick() { TICKS=$((TICKS + 1)); }
trap close_workdir EXIT
source "$POOL"
`

/** The process of a job, from inside: $$ is the script's. */
const KILL_JOB = `bash -c 'kill -KILL "$PPID"'`

describe.concurrent.each(BASHES)('%s', bash => {
  const run = (script: string): Promise<Ended> =>
    new FakeEngine(lab, bash, []).run(['-c', HARNESS + script], { env: { POOL } })

  test('runs nothing when there is nothing', async () => {
    expect(await run('run_pool job 0 4; say "$TICKS ${#STATES[@]}"')).toMatchObject({
      status: 0,
      stdout: '0 0\n',
      stderr: '',
    })
  })

  test('starts in order, and keeps to the limit', async () => {
    const { stdout } = await run(`
      job() { say "begin $1" >&8; sleep 0.1; say "over" >&8; }
      run_pool job 7 3
    `)
    const begun = [...stdout.matchAll(/^begin (\d)$/gm)].map(([, number]) => Number(number))
    // Three begin at once, so their first words may come in any order.
    expect(begun.slice(0, 3).sort()).toEqual([0, 1, 2])
    expect(begun.slice(3).sort()).toEqual([3, 4, 5, 6])
    let [now, most] = [0, 0]
    for (const line of stdout.split('\n')) {
      if (line.startsWith('begin')) most = Math.max(most, ++now)
      if (line === 'over') now -= 1
    }
    expect(most).toBe(3)
  })

  test('one at a time is strictly in order', async () => {
    const { stdout } = await run('job() { say "begin $1" >&8; }; run_pool job 4 1')
    expect(stdout).toBe([0, 1, 2, 3].map(number => `begin ${number}\nend ${number} done\n`).join(''))
  })

  test('a status says how it ended', async () => {
    const { stdout, stderr, status } = await run(`
      job() {
        case $1 in
          0) return 0 ;;
          1) return 10 ;;
          2) return 1 ;;
          3) exit 0 ;;
          4) exit 143 ;;
          5) ${KILL_JOB}; sleep 5 ;;
          6) return 130 ;;
          7) exit 10 ;;
        esac
      }
      run_pool job 8 8 2>/dev/null
      say "$? \${STATES[*]}"
    `)
    expect(stdout.split('\n').at(-2)).toBe('0 done skipped failed done failed failed failed skipped')
    expect(stdout.match(/^end /gm)).toHaveLength(8)
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  })

  test('a lost worker is noticed while others run on, and its place is taken', async () => {
    const { stdout } = await run(`
      job() { case $1 in 0) ${KILL_JOB} ;; 1) sleep 1.6 ;; esac; }
      run_pool job 3 2 2>/dev/null
    `)
    expect(stdout).toMatch(/^end 0 failed\n(end 2 done\nend 1 done\n|end 1 done\nend 2 done\n)$/)
  })

  test('what a job prints goes to its log, what it says on 8 to the output; each has a scratch file', async () => {
    const { stdout } = await run(`
      job() { say "log $1"; say "error $1" >&2; say "said $1" >&8; say "$1" >"$SCRATCH"; }
      run_pool job 2 1
      cat "$WORK/0.log" "$WORK/1.log" "$WORK/0.scratch" "$WORK/1.scratch"
    `)
    expect(stdout).toBe('said 0\nend 0 done\nsaid 1\nend 1 done\nlog 0\nerror 0\nlog 1\nerror 1\n0\n1\n')
  })

  test('ticks at least once a second', async () => {
    const { stdout } = await run('job() { sleep 1.4; }; run_pool job 1 1; say "ticks $TICKS"')
    expect(Number(/ticks (\d+)/.exec(stdout)?.[1])).toBeGreaterThanOrEqual(2)
  })

  test.each([
    ['INT', 130],
    ['TERM', 143],
    ['HUP', 129],
  ])(
    '%s stops it: what ended counts, what ran is stopped, what waited never begins',
    async (signal, stop) => {
      const { stdout, seconds } = await run(`
      job() { [ "$1" -eq 0 ] || wait_long; }
      on_end() { say "end $1 \${STATES[$1]}"; kill -${signal} $$; }
      run_pool job 9 2
      say "$STOP \${STATES[*]} \${#PIDS[@]}"
    `)
      expect(stdout.replace('0 done\n', '')).toBe(`end ${stop} done stopped 0\n`)
      expect(seconds).toBeLessThan(10)
    },
  )

  test('an empty line is a tick, and no end', async () => {
    const { stdout } = await run(`
      job() { printf '\\n' >&9; printf '\\n' >&9; }
      run_pool job 1 1
      say "ticks $TICKS"
    `)
    expect(stdout).toBe('end 0 done\nticks 3\n')
  })

  test('a job that fails because it is being stopped has not failed', async () => {
    const { stdout } = await run(`
      job() { trap 'exit 1' TERM; while :; do sleep 0.05; done; }
      on_tick() { STOP=130; }
      run_pool job 2 2
      say "\${STATES[*]}"
    `)
    expect(stdout).toBe('stopped stopped\n')
  })

  test('a job that does not listen gets more than one signal', async () => {
    const { stdout } = await run(`
      job() { GOT=0; trap 'GOT=$((GOT + 1)); [ "$GOT" -lt 3 ] || exit 143' TERM; while :; do sleep 0.05; done; }
      on_tick() { STOP=143; }
      run_pool job 1 1
      say "\${STATES[*]}"
    `)
    expect(stdout).toBe('stopped\n')
  })

  test('a job that does not listen at all is killed', async () => {
    const { stdout } = await run(`
      job() { trap '' TERM; while :; do sleep 0.05; done; }
      on_tick() { STOP=143; }
      run_pool job 2 2 2>/dev/null
      say "\${STATES[*]}"
    `)
    expect(stdout).toBe('stopped stopped\n')
  })

  test('an exit in the middle ends what runs', async () => {
    const { stdout, status } = await run(`
      job() { [ "$1" -eq 0 ] || wait_long; }
      on_end() { say "end $1"; exit 7; }
      run_pool job 3 3
    `)
    expect({ stdout, status }).toEqual({ stdout: 'end 0\n', status: 7 })
  })

  test('300 jobs, all counted', async () => {
    const { stdout, status } = await run(`
      job() { [ $(($1 % 7)) -ne 0 ] || return 10; [ $(($1 % 5)) -ne 0 ]; }
      run_pool job 300 40
      say "\${#STATES[@]} \${#PIDS[@]}"
    `)
    const count = (state: string) => stdout.split('\n').filter(line => line.endsWith(` ${state}`)).length
    expect([status, count('skipped'), count('failed'), count('done')]).toEqual([0, 43, 51, 206])
    expect(stdout.split('\n').at(-2)).toBe('300 0')
  })

  test('no room for the channel', async () => {
    expect(await run('rm -rf "$WORK"; run_pool job 1 1')).toMatchObject({
      status: 3,
      stdout: expect.stringContaining('died: 3'),
    })
  })
})
