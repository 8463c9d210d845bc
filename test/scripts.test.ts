import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import {
  BASHES,
  composeOf,
  type Ended,
  type EngineName,
  FakeEngine,
  generate,
  laboratory,
  pathOf,
  type ScriptOptions,
  screen,
} from './fake-engine.ts'
import { FakeRegistry } from './fake-registry.ts'
import { DIGEST, FULL, IMAGES, PINNED, TEAM } from './relayed.ts'

vi.setConfig({ maxConcurrency: 12 })

const TARGETS = [
  `${TEAM}/busybox:1.36`,
  `${TEAM}/acme-tool:2.0`,
  `${TEAM}/langgenius-dify-api:2.0.0-beta.2`,
  `${TEAM}/nginx:1.27`,
  `${TEAM}/minio-minio:R1`,
  `${TEAM}/redis:latest`,
]
const LOGIN = '{"auths": {"registry.example.com": {"auth": "cm9ib3Q6c2VjcmV0"}}}\n'

/** What a push says that cannot read anything back: these machines have no curl. */
const UNPROVEN =
  'the registry registry.example.com cannot be asked anything by this script (that takes curl): the right to push is not known, and pushes will not be proven\n'

/** What a push says of no login, after the command that makes one. */
const NO_LOGIN =
  '    no-login: the engine holds no login for this registry\n' +
  '    cure: log in to exactly this host, as the user who runs this script: with sudo that is root\n'

/** What Docker says: FACTS.md 2.1. */
const MISSING =
  'err Error response from daemon: manifest for nginx:1.27 not found: manifest unknown: manifest unknown'
const NO_TERMINAL = 'err Error: Cannot perform an interactive login from a non TTY device'
const STOPPED =
  'err Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?'
const FORBIDDEN =
  'err permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%%2Fvar%%2Frun%%2Fdocker.sock/v1.24/containers/json": dial unix /var/run/docker.sock: connect: permission denied'

const lab = laboratory('scripts')
let english = ''
let chinese = ''

beforeAll(async () => {
  const compose = composeOf(['redis', ...IMAGES.slice(0, -1)])
  english = await generate(join(lab, 'en'), compose, { registry: TEAM })
  chinese = await generate(join(lab, 'zh'), compose, { registry: TEAM, lang: 'zh' })
})

describe.each(BASHES)('%s', bash => {
  const engine = (...engines: readonly EngineName[]) =>
    new FakeEngine(lab, bash, engines.length === 0 ? ['docker'] : engines)
  const withoutEngine = () => new FakeEngine(lab, bash, [])
  const pullScript = () => join(english, 'pull-all-images-linux-amd64.sh')
  const pushScript = () => join(english, 'push-to-target-registry.sh')
  const pull = (host: FakeEngine, args: readonly string[] = [], options: ScriptOptions = {}) =>
    host.run([pullScript(), ...args], options)
  const tagScript = () => join(english, 'tag-image-smart.sh')
  const tag = (host: FakeEngine, args: readonly string[] = [], options: ScriptOptions = {}) =>
    host.run([tagScript(), 'tag-localhost', ...args], options)
  const push = (host: FakeEngine, args: readonly string[] = [], options: ScriptOptions = {}) =>
    host.run([pushScript(), ...args], options)

  /** An engine that has every image, and a login. */
  const ready = () => {
    const host = engine()
    for (const image of FULL) host.image(image)
    host.homeFile('.docker/config.json', LOGIN)
    return host
  }

  /** Runs the command that a script printed for what is left. */
  const retry = (host: FakeEngine, { stdout }: Ended) =>
    host.run([pathOf('env'), 'bash', '-c', retryCommand(stdout)], { bare: true })

  /** A copy of a script whose limits are shorter. */
  const impatient = (host: FakeEngine, script: string, limit = 1) => {
    const copy = join(host.dir, 'impatient.sh')
    writeFileSync(copy, readFileSync(script, 'utf8').replace(/within [0-9]+ /g, `within ${limit} `))
    return copy
  }

  describe.concurrent('the command line', () => {
    test('--help', async () => {
      const host = withoutEngine()
      const flags: readonly (readonly [string, RegExp])[] = [
        [pullScript(), /--always.*--jobs N.*--only PATTERN.*--list.*--dry-run.*--help.*CONTAINER_ENGINE/s],
        [pushScript(), /registry\.example\.com\/team.*--jobs N.*--only PATTERN.*--list.*--dry-run.*--help/s],
        [tagScript(), /--network.*--harbor.*--prefer.*--only PATTERN.*--list.*--dry-run.*--help/s],
      ]
      for (const [script, text] of flags) {
        for (const flag of ['--help', '-h']) {
          expect(await host.run([script, flag])).toMatchObject({
            status: 0,
            stdout: expect.stringMatching(text),
            stderr: '',
          })
        }
      }
    })

    test('--list', async () => {
      const host = engine()
      expect(await pull(host, ['--list'])).toMatchObject({ status: 0, stdout: lines(IMAGES), stderr: '' })
      const pairs = IMAGES.map((image, index) => `${image}\t${TARGETS[index]}`)
      expect(await push(host, ['--list'])).toMatchObject({ status: 0, stdout: lines(pairs), stderr: '' })
      const some = ['ghcr.io/acme/tool:2.0', 'nginx:1.27']
      expect(await pull(host, ['--list', '--only', 'nginx', '--only', 'ghcr.io/*'])).toMatchObject({
        status: 0,
        stdout: lines(some),
      })
      expect(host.calls()).toEqual([])
    })

    test('--dry-run prints the exact commands', async () => {
      const host = engine()
      const pulls = IMAGES.map(image => `+ docker pull --platform linux/amd64 ${image}`)
      pulls.splice(1, 0, `+ docker tag ${PINNED} busybox:1.36`)
      expect(await pull(host, ['--dry-run'])).toMatchObject({ status: 0, stdout: lines(pulls), stderr: '' })
      const pushes = IMAGES.map(
        (image, index) => `+ docker tag ${image} ${TARGETS[index]}\n+ docker push ${TARGETS[index]}`,
      )
      expect(await push(host, ['--dry-run'])).toMatchObject({ status: 0, stdout: lines(pushes), stderr: '' })
      expect(host.calls().flat()).toEqual(['--version', '--version'])
    })

    test('--dry-run needs no engine', async () => {
      const host = withoutEngine()
      const dry = await pull(host, ['--dry-run', '--only', 'nginx'])
      expect(dry).toMatchObject({
        status: 0,
        stdout: '+ docker pull --platform linux/amd64 nginx:1.27\n',
        stderr: '',
      })
      const other = await pull(host, ['--dry-run', '--only', 'nginx'], {
        env: { CONTAINER_ENGINE: 'nerdctl' },
      })
      expect(other.stdout).toBe('+ nerdctl pull --platform linux/amd64 nginx:1.27\n')
    })

    test('--dry-run qualifies names for Podman', async () => {
      const dry = await pull(engine('podman'), ['--dry-run', '--only', 'nginx'])
      expect(dry.stdout).toBe('+ podman pull --platform linux/amd64 docker.io/library/nginx:1.27\n')
    })

    test.each(['0', '00', '01', '-1', 'x', '', '1000', '1.5', '4 ', '4;id'])(
      '--jobs %j is refused',
      async jobs => {
        const host = engine()
        const refused = await pull(host, ['--jobs', jobs])
        expect(refused).toMatchObject({ status: 2, stdout: '' })
        expect(refused.stderr).toContain(`not "${jobs}"`)
        expect(host.calls()).toEqual([])
      },
    )

    test('unknown flags and missing values are refused', async () => {
      const host = engine()
      const bad = [
        ['--bogus'],
        ['-x'],
        ['nginx'],
        [''],
        ['--dry-run=yes'],
        ['--always=no'],
        ['--only'],
        ['--jobs'],
        ['--only', 'nginx', '--jobs'],
      ]
      for (const args of bad) {
        for (const run of [pull, push, tag]) {
          if (run === tag && args.length === 1 && ['nginx', '', '--dry-run=yes'].includes(args[0] ?? ''))
            continue
          const refused = await run(host, args)
          expect([args, refused.status, refused.stdout]).toEqual([args, 2, ''])
          expect(refused.stderr).not.toBe('')
        }
      }
      expect(host.calls()).toEqual([])
    })

    test('--flag=value', async () => {
      const host = engine()
      expect((await pull(host, ['--list', '--jobs=2', '--only=nginx', '--only=redis'])).stdout).toBe(
        'nginx:1.27\nredis:latest\n',
      )
      expect(await pull(host, ['--jobs='])).toMatchObject({ status: 2 })
      expect(await pull(host, ['--only='])).toMatchObject({ status: 2 })
    })

    const selections: readonly (readonly [patterns: readonly string[], found: readonly string[]])[] = [
      [['nginx:1.27'], ['nginx:1.27']],
      [['nginx'], ['nginx:1.27']],
      [['library/nginx'], ['nginx:1.27']],
      [['docker.io/nginx:1.27'], ['nginx:1.27']],
      [['docker.io/library/nginx'], ['nginx:1.27']],
      [['index.docker.io/library/nginx:1.27'], ['nginx:1.27']],
      [['redis'], ['redis:latest']],
      [['*dify*'], ['langgenius/dify-api:2.0.0-beta.2']],
      [['ngin?:*'], ['nginx:1.27']],
      [
        ['ghcr.io/*', '*:R1'],
        ['ghcr.io/acme/tool:2.0', 'quay.io/minio/minio:R1'],
      ],
      [['docker.io/*'], [PINNED, 'langgenius/dify-api:2.0.0-beta.2', 'nginx:1.27', 'redis:latest']],
      [['busybox'], [PINNED]],
      [['busybox:1.36'], [PINNED]],
      [[PINNED], [PINNED]],
      [['nginx:1.26'], []],
      [['nginx', 'redis:6'], []],
      [['ngin'], []],
      [['minio/minio'], []],
      [['tool'], []],
      [[`busybox:1.36@sha256:${'f'.repeat(64)}`], []],
    ]
    test('--only takes what an ignore file takes', async () => {
      const host = engine()
      for (const [patterns, found] of selections) {
        const listed = await pull(host, ['--list', ...patterns.flatMap(pattern => ['--only', pattern])])
        expect([patterns, listed.status, listed.stdout]).toEqual([
          patterns,
          found.length === 0 ? 2 : 0,
          lines(found),
        ])
        if (found.length === 0) expect(listed.stderr).toContain(`--only ${patterns.at(-1)} matches no image`)
      }
    })

    test('--only takes the target, too, where there is one', async () => {
      const host = engine()
      for (const pattern of [
        `${TEAM}/acme-tool:2.0`,
        `${TEAM}/acme-tool`,
        '*/acme-tool:*',
        'ghcr.io/acme/tool',
      ]) {
        const listed = await push(host, ['--list', '--only', pattern])
        expect([pattern, listed.stdout]).toEqual([pattern, `ghcr.io/acme/tool:2.0\t${TEAM}/acme-tool:2.0\n`])
      }
      expect((await push(host, ['--list', '--only', 'acme-tool'])).status).toBe(2)
    })

    test('--only refuses what is no pattern', async () => {
      const host = engine()
      const bad = [
        '',
        ' ',
        'a b',
        '$(touch x)',
        '`touch x`',
        '[a-z]*',
        "'",
        '"',
        '\\',
        'a;b',
        'a\nb',
        '{a,b}',
        '!',
        '~',
        '$HOME',
      ]
      for (const pattern of bad) {
        const refused = await pull(host, ['--list', '--only', pattern])
        expect([pattern, refused.status, refused.stdout]).toEqual([pattern, 2, ''])
      }
    })
  })

  describe.concurrent('the engine', () => {
    test('missing, stopped and forbidden are three messages, and nothing starts', async () => {
      const stopped = engine()
      stopped.rule('ps', STOPPED, 'exit 1')
      const forbidden = engine()
      forbidden.rule('ps', FORBIDDEN, 'exit 1')
      for (const [host, text] of [
        [withoutEngine(), /^docker is not installed; install /m],
        [stopped, /does not answer.*Cannot connect to the Docker daemon at unix/],
        [forbidden, /may not use docker.*permission denied/],
      ] as const) {
        for (const run of [pull, push, tag]) {
          const refused = await run(host)
          expect(refused).toMatchObject({ status: 3, stderr: expect.stringMatching(text) })
          expect(refused.stderr).not.toMatch(/not found|No such image|not here/)
        }
        expect(host.calls().every(([verb]) => verb === 'ps')).toBe(true)
      }
    })

    test('CONTAINER_ENGINE chooses', async () => {
      const host = engine('docker', 'podman', 'nerdctl')
      const choose = (name: string) => ({ env: { CONTAINER_ENGINE: name } })
      for (const name of ['docker', 'podman', 'nerdctl']) {
        const done = await pull(host, ['--only', 'ghcr.io/*', '--always'], choose(name))
        expect(done).toMatchObject({
          status: 0,
          stdout: expect.stringContaining(`+ ${name} pull --platform linux/amd64 ghcr.io/acme/tool:2.0`),
        })
      }
      for (const name of ['crictl', 'docker podman', '/usr/bin/docker', '$(touch x)'])
        expect(await pull(host, [], choose(name))).toMatchObject({
          status: 2,
          stderr: expect.stringContaining(`CONTAINER_ENGINE is "${name}"`),
        })
      expect(await pull(engine('docker'), [], choose('podman'))).toMatchObject({
        status: 3,
        stderr: expect.stringContaining('podman is not installed'),
      })
    })

    test.each(['ps', '--version', 'info'])('one that hangs at %s does not hang the script', async call => {
      const host = engine()
      host.rule(call.replace('--', ''), 'hang')
      const { status, seconds } = await host.run([impatient(host, pullScript()), '--only', 'nginx'])
      expect(status).toBe(call === 'info' ? 0 : 3)
      expect(seconds).toBeLessThan(10)
    })

    test('one that hangs while images move is a failure', async () => {
      const host = engine()
      host.rule('inspect@docker.io/library/nginx:1.27', 'hang')
      const { status, stdout } = await host.run([impatient(host, pullScript(), 4)])
      expect(status).toBe(1)
      expect(stdout).toMatch(/5 of 6 images done, 1 failed/)
      expect(stdout).toMatch(/FAILED: nginx:1\.27: docker is installed, but its daemon does not answer/)
    })

    test.each(['inspect', 'login'])('one that hangs at %s does not hang push', async call => {
      const host = ready()
      host.rule(call, 'hang')
      const { status, seconds } = await host.run([impatient(host, pushScript()), '--only', 'nginx'])
      expect(status).toBe(3)
      expect(seconds).toBeLessThan(10)
      expect(host.writes()).toEqual([])
    })

    test('low disk is a warning', async () => {
      const host = engine()
      host.rule('info', `out ${host.dir}`, 'exit 0')
      const df = join(host.dir, 'bin/df')
      writeFileSync(
        df,
        '#!/bin/sh\necho "Filesystem 1024-blocks Used Available Capacity Mounted on"\necho "/dev/x 9 9 2097152 1% /"\n',
        {
          mode: 0o755,
        },
      )
      const warned = await pull(host, ['--only', 'nginx'])
      expect(warned).toMatchObject({
        status: 0,
        stderr: expect.stringContaining(`${host.dir} has only 2 GiB left`),
      })
    })
  })

  describe.concurrent('pull', () => {
    test('pulls everything, proves it, and repeats nothing', async () => {
      const host = engine()
      const first = await pull(host)
      expect(first).toMatchObject({ status: 0, stderr: '' })
      expect(host.named('pull')).toEqual([...IMAGES].sort())
      expect(first.stdout).toMatch(/^\+ docker pull --platform linux\/amd64 nginx:1\.27$/m)
      expect(first.stdout).toMatch(/^\[6\/6\] done: /m)
      expect(first.stdout).toMatch(/6 of 6 images done, 0 failed, 0 not finished/)
      expect(first.stdout).not.toMatch(/\x1b/)
      expect(first.stdout).not.toContain('to run what is left')
      const second = await pull(host)
      expect(second).toMatchObject({ status: 0, stderr: '' })
      expect(second.stdout).toMatch(/nothing to do: nginx:1\.27/)
      expect(host.calls('pull')).toHaveLength(6)
      await pull(host, ['--always', '--only', 'nginx'])
      expect(host.calls('pull')).toHaveLength(7)
    })

    test('goes on after failures, and prints the command that completes them', async () => {
      const host = engine()
      host.rule('pull@docker.io/library/nginx:1.27', MISSING, 'exit 1')
      host.rule(`pull@docker.io/library/${PINNED}`, 'err connection reset by peer', 'exit 1')
      const partly = await pull(host, ['--jobs', '2', '--always'])
      expect(partly.status).toBe(1)
      expect(partly.stdout).toMatch(/4 of 6 images done, 2 failed, 0 not finished/)
      expect(partly.stdout).toMatch(/FAILED: nginx:1\.27: .*manifest unknown: manifest unknown$/m)
      expect(partly.stdout).toMatch(/^ {2}failed: nginx:1\.27: .*manifest unknown$/m)
      expect(partly.stdout).toMatch(/^ {2}failed: busybox:1\.36@sha256:\S+: connection reset by peer$/m)
      expect(retryCommand(partly.stdout)).toMatch(/ --jobs 2 --always --only busybox\S+ --only nginx:1\.27$/)
      host.forget('pull@docker.io/library/nginx:1.27')
      host.forget(`pull@docker.io/library/${PINNED}`)
      const before = host.calls('pull').length
      expect(await retry(host, partly)).toMatchObject({ status: 0 })
      expect(
        host
          .calls('pull')
          .slice(before)
          .map(call => call.at(-1))
          .sort(),
      ).toEqual([PINNED, 'nginx:1.27'])
    })

    test('the command for what is left works however the script was called', async () => {
      const host = engine('docker', 'podman')
      const folder = join(host.dir, 'it\'s a "dir" $(touch canary) 目录')
      mkdirSync(folder)
      copyFileSync(pullScript(), join(folder, 'pull.sh'))
      host.rule('pull@docker.io/library/nginx:1.27', MISSING, 'exit 1')
      const failed = await host.run(['pull.sh', '--only', 'nginx'], {
        cwd: folder,
        env: { CONTAINER_ENGINE: 'podman' },
      })
      expect(failed.status).toBe(1)
      host.forget('pull@docker.io/library/nginx:1.27')
      const again = await host.run([pathOf('env'), 'bash', '-c', retryCommand(failed.stdout)], {
        bare: true,
        cwd: folder,
      })
      expect(again).toMatchObject({ status: 0, stdout: expect.stringContaining('+ podman pull') })
    })

    test('what comes for another platform failed', async () => {
      const host = engine()
      host.rule('pull@docker.io/library/nginx:1.27', 'platform linux/arm64')
      host.rule('pull@docker.io/library/redis:latest', 'platform /')
      const partly = await pull(host)
      expect(partly.status).toBe(1)
      expect(partly.stdout).toMatch(/FAILED: nginx:1\.27: .*linux\/arm64.*linux\/amd64/)
      expect(partly.stdout).toMatch(/FAILED: redis:latest: /)
      expect(partly.stdout).not.toMatch(/done: (nginx|redis)/)
    })

    test('what is here for another platform is pulled again', async () => {
      const host = engine()
      host.image('docker.io/library/nginx:1.27', { platform: 'linux/arm64' })
      expect(await pull(host, ['--only', 'nginx'])).toMatchObject({ status: 0 })
      expect(host.calls('pull')).toHaveLength(1)
    })

    test('never works on more images at once than it may, and on as many', async () => {
      const host = engine()
      host.rule('pull', 'sleep 0.2')
      expect(await pull(host, ['--jobs', '3'])).toMatchObject({ status: 0 })
      expect(host.atOnce('pull')).toEqual({ now: 0, most: 3 })
      host.rule('pull', 'sleep 0.05')
      const one = engine()
      one.rule('pull', 'sleep 0.05')
      expect(await pull(one, ['--jobs', '1'])).toMatchObject({ status: 0 })
      expect(one.atOnce('pull')).toEqual({ now: 0, most: 1 })
    })

    test('a worker that is killed has failed, and the others go on', async () => {
      const host = engine()
      host.rule('pull@docker.io/library/nginx:1.27', 'orphan')
      const partly = await pull(host)
      expect(partly.status).toBe(1)
      expect(partly.stdout).toMatch(/5 of 6 images done, 1 failed/)
      expect(partly.stdout).toMatch(/^ {2}failed: nginx:1\.27: /m)
    })

    test('an engine that a signal ends has failed', async () => {
      const host = engine()
      host.rule('pull@docker.io/library/nginx:1.27', 'kill KILL')
      host.rule('pull@docker.io/library/redis:latest', 'kill TERM')
      const partly = await pull(host)
      expect(partly.status).toBe(1)
      expect(partly.stdout).toMatch(/4 of 6 images done, 2 failed/)
    })

    test('errors are shown without colours and control characters', async () => {
      const host = engine()
      host.rule('pull', 'err first', 'err \\033[31mred\\033[0m\\a \\033[1;2Hend\\r', 'err \\033[0m', 'exit 1')
      const failed = await pull(host, ['--only', 'nginx'])
      expect(failed.stdout).toContain('FAILED: nginx:1.27: red end\n')
    })

    test('a platform of three parts', async () => {
      const compose =
        'services:\n  a:\n    image: nginx:1\n    platform: linux/arm64/v8\n  b:\n    image: redis:7\n    platform: linux/arm/v7\n'
      const out = await generate(join(lab, `variants-${BASHES.indexOf(bash)}`), compose, { registry: TEAM })
      for (const name of ['docker', 'podman'] as const) {
        const host = engine(name)
        expect(await host.run([join(out, 'pull-all-images-linux-amd64.sh')])).toMatchObject({ status: 0 })
        expect(
          host
            .calls('pull')
            .map(call => call[2])
            .sort(),
        ).toEqual(['linux/arm/v7', 'linux/arm64/v8'])
        host.image('docker.io/library/nginx:1', { platform: 'linux/arm64' })
        host.image('docker.io/library/redis:7', { platform: 'linux/amd64' })
        await host.run([join(out, 'pull-all-images-linux-amd64.sh')])
        expect(host.calls('pull')).toHaveLength(3)
      }
    })

    test('Podman gets full names, also under the name of docker', async () => {
      const podman = engine('podman')
      expect(await pull(podman)).toMatchObject({ status: 0 })
      expect(podman.named('pull')).toEqual([...FULL].sort())
      const docker = engine('docker')
      docker.play('podman')
      expect(await pull(docker)).toMatchObject({ status: 0 })
      expect(docker.named('pull')).toEqual([...FULL].sort())
    })

    test('two runs at once do each other no harm', async () => {
      const hosts = [engine(), engine()]
      const shared = join(lab, `shared-${BASHES.indexOf(bash)}`)
      mkdirSync(shared)
      for (const host of hosts) host.rule('pull', 'sleep 0.1')
      const runs = await Promise.all(hosts.map(host => pull(host, [], { env: { TMPDIR: shared } })))
      expect(runs.map(({ status, stderr }) => [status, stderr])).toEqual([
        [0, ''],
        [0, ''],
      ])
      for (const host of hosts) expect(host.named('pull')).toEqual([...IMAGES].sort())
      expect(readdirSync(shared)).toEqual([])
    })

    test('from a path and with a temporary folder of strange names', async () => {
      const host = engine()
      const folder = join(host.dir, 'a b\'c"d $HOME $(touch canary) *')
      mkdirSync(join(folder, 'tmp'), { recursive: true })
      copyFileSync(pullScript(), join(folder, 'pull it.sh'))
      host.rule('pull@docker.io/library/nginx:1.27', MISSING, 'exit 1')
      const options = { cwd: '/', env: { TMPDIR: join(folder, 'tmp') } }
      const failed = await host.run([join(folder, 'pull it.sh')], options)
      expect(failed).toMatchObject({ status: 1, stderr: '' })
      host.forget('pull@docker.io/library/nginx:1.27')
      expect(await retry(host, failed)).toMatchObject({ status: 0 })
    })

    test('without an output, and in POSIX mode', async () => {
      const host = engine()
      expect(await host.run(['-c', 'exec bash "$0" --jobs 2 >&-', pullScript()])).toMatchObject({
        status: 0,
        stdout: '',
      })
      expect(host.calls('pull')).toHaveLength(6)
      expect(await pull(engine(), [], { env: { POSIXLY_CORRECT: '1' } })).toMatchObject({
        status: 0,
        stderr: '',
      })
    })

    test('no room for temporary files: not ready', async () => {
      const host = engine()
      const refused = await pull(host, [], { env: { TMPDIR: '/nonexistent' } })
      expect(refused).toMatchObject({ status: 3, stderr: expect.stringContaining('/nonexistent') })
      expect(host.writes()).toEqual([])
    })

    test('in Chinese, in any locale', async () => {
      for (const locale of ['C', 'zh_CN.UTF-8']) {
        const host = engine()
        host.rule('pull@docker.io/library/nginx:1.27', 'err 拉取失败', 'exit 1')
        const env = { LC_ALL: locale }
        const partly = await host.run([join(chinese, 'pull-all-images-linux-amd64.sh')], { env })
        expect(partly.status).toBe(1)
        expect(partly.stdout).toMatch(/^\[\d\/6\] 失败：nginx:1\.27：拉取失败$/m)
        expect(partly.stdout).toMatch(/^\[\d\/6\] 完成：redis:latest（\d+s）$/m)
        expect((await pull(host, ['--list', '--only', 'é'], { env })).status).toBe(2)
        const help = await host.run([join(chinese, 'pull-all-images-linux-amd64.sh'), '--help'], { env })
        expect(help.stdout).toContain('同时处理的镜像数')
      }
    })

    test('a lock file that cannot be written in the end: not all is done', async () => {
      const host = engine()
      host.rule('pull', `out Digest: ${DIGEST}`)
      writeFileSync(join(host.dir, 'bin/mv'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
      const { status, stdout, stderr } = await pull(host, ['--lock', 'lock.tsv'])
      expect([status, stderr]).toEqual([1, 'cannot write lock.tsv; name another file by --lock\n'])
      expect(stdout).toContain('6 of 6 images done, 0 failed')
      expect(readdirSync(host.dir).filter(name => name.startsWith('lock.tsv'))).toEqual([])
    })

    test('200 images at once lose no result', async () => {
      const images = Array.from({ length: 200 }, (_, index) => `team/image-${index}:1`)
      const out = await generate(join(lab, `many-${BASHES.indexOf(bash)}`), composeOf(images), {
        registry: TEAM,
      })
      const host = withoutEngine()
      // Small, for it is started 600 times: every tenth image is not to be had, every tenth is slow.
      const digest = `sha256:${'0'.repeat(64)}`
      const docker = `#!/bin/sh
case "$1 $*" in
  image*) echo linux/amd64 ;;
  pull*0:1) echo 'manifest unknown' >&2 && exit 1 ;;
  pull*5:1) sleep 0.3 && echo 'Digest: ${digest}' ;;
  pull*) echo 'Digest: ${digest}' ;;
esac
`
      writeFileSync(join(host.dir, 'bin/docker'), docker, { mode: 0o755 })
      const [result, lock] = [join(host.dir, 'result'), join(host.dir, 'lock.tsv')]
      const files = ['--result', result, '--lock', lock]
      const script = join(out, 'pull-all-images-linux-amd64.sh')
      const all = await host.run([script, '--jobs', '16', '--always', ...files])
      expect(all.status).toBe(1)
      expect(all.stdout).toContain('180 of 200 images done, 20 failed, 0 not finished')
      const ended = all.stdout.match(/^\[\d+\/200\] \w+: [^\s:]+:1/gm) ?? []
      expect(new Set(ended.map(line => line.split(' ')[2])).size).toBe(200)
      expect(retryCommand(all.stdout).match(/--only team\/image-\d*0:1/g)).toHaveLength(20)

      const rows = linesIn(result).map(line => JSON.parse(line))
      const fails = (image: string) => image.endsWith('0:1')
      expect(rows.map(({ source, state, class: kind, tries }) => [source, state, kind, tries])).toEqual(
        [...images]
          .sort()
          .map(image => [image, fails(image) ? 'failed' : 'done', fails(image) ? 'not-found' : null, 1]),
      )
      const locked = linesIn(lock).slice(1)
      expect(locked).toEqual(
        [...images]
          .filter(image => !fails(image))
          .sort()
          .map(image => [image, digest, '-', '-', 'linux/amd64'].join('\t')),
      )
    })
  })

  describe.concurrent('signals', () => {
    const statuses = [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const
    const receivers = ['command', 'group'] as const
    const cases = statuses.flatMap(([signal, status]) => receivers.map(to => [signal, to, status] as const))

    test.each(cases)('%s to the %s while images move', async (signal, to, status) => {
      const host = engine()
      host.image('docker.io/library/redis:latest')
      host.rule('pull', 'hang')
      const script = host.start([pullScript(), '--jobs', '3'])
      await script.until(() => host.atOnce('pull').now === 3)
      const sent = Date.now()
      script.running.kill(signal, to)
      const ended = await script.done
      expect(ended.status).toBe(status)
      expect(Date.now() - sent).toBeLessThan(8000)
      expect(ended.stdout).toMatch(/of 6 images done, 0 failed, [56] not finished/)
      expect(ended.stdout).toContain('to run what is left:')
      expect(ended.stderr).toBe('interrupted\n')
      expect(host.calls('pull')).toHaveLength(3)
    })

    test.each(cases)('%s to the %s before anything starts', async (signal, to, status) => {
      const host = engine()
      host.rule('ps', 'hang')
      const script = host.start([pullScript()])
      await script.until(() => host.atOnce('ps').now === 1)
      const sent = Date.now()
      script.running.kill(signal, to)
      const ended = await script.done
      expect(ended).toMatchObject({ status, stderr: '' })
      expect(Date.now() - sent).toBeLessThan(8000)
      expect(host.writes()).toEqual([])
    })

    test.each(['version', 'inspect', 'login'])('TERM while push asks for %s', async call => {
      const host = ready()
      host.rule(call, 'hang')
      const script = host.start([pushScript()])
      await script.until(() => host.atOnce(call).now === 1)
      const sent = Date.now()
      script.running.kill('SIGTERM')
      expect((await script.done).status).toBe(143)
      expect(Date.now() - sent).toBeLessThan(8000)
      expect(host.writes()).toEqual([])
    })

    test.each(['ps', 'version', 'ls'])('INT while aliases wait for %s', async call => {
      const host = engine()
      host.rule(call, 'hang')
      const script = host.start([tagScript(), 'tag-localhost', '--network', 'external'])
      await script.until(() => host.atOnce(call).now === 1)
      script.running.kill('SIGINT')
      expect((await script.done).status).toBe(130)
    })

    test('an engine that ignores TERM is killed', async () => {
      const host = engine()
      host.rule('pull', 'deaf', 'hang')
      const script = host.start([pullScript()])
      await script.until(() => host.atOnce('pull').now === 4)
      script.running.kill('SIGTERM')
      const { status, stderr } = await script.done
      expect([status, stderr]).toEqual([143, 'interrupted\n'])
    })

    test('Ctrl-C again and again changes nothing', async () => {
      const host = engine()
      host.rule('pull', 'deaf', 'hang')
      const script = host.start([pullScript()])
      await script.until(() => host.atOnce('pull').now === 4)
      const timer = setInterval(() => script.running.kill('SIGINT', 'group'), 60)
      const ended = await script.done.finally(() => clearInterval(timer))
      expect(ended.status).toBe(130)
      expect(ended.stdout).toMatch(/0 of 6 images done, 0 failed, 6 not finished/)
    })

    test('what was done before counts, and the command for what is left leaves it alone', async () => {
      const host = engine()
      host.rule('pull@docker.io/library/redis:latest', 'hang')
      const script = host.start([pullScript()])
      await script.until(() => script.running.stdout.includes('[5/6]'))
      script.running.kill('SIGINT', 'group')
      const ended = await script.done
      expect(ended.status).toBe(130)
      expect(retryCommand(ended.stdout)).toMatch(/ --only redis:latest$/)
    })

    test.each(receivers)('INT to the %s while the lock file is written: it is whole', async to => {
      const host = engine()
      host.rule('pull', `out Digest: ${DIGEST}`)
      const wait = `: >"${host.dir}/sorting"; until [ -e "${host.dir}/go" ]; do "$REAL_SLEEP" 0.02; done`
      const sort = `#!/bin/sh\n${wait}\nexec ${pathOf('sort')} "$@"\n`
      writeFileSync(join(host.dir, 'bin/sort'), sort, { mode: 0o755 })
      const script = host.start([pullScript(), '--lock', 'lock.tsv'])
      await script.until(() => existsSync(join(host.dir, 'sorting')))
      script.running.kill('SIGINT', to)
      writeFileSync(join(host.dir, 'go'), '')
      expect(await script.done).toMatchObject({ status: 130, stderr: 'interrupted\n' })
      expect(readFileSync(join(host.dir, 'lock.tsv'), 'utf8').match(/\n/g)).toHaveLength(7)
      expect(readdirSync(host.dir).filter(name => name.startsWith('lock.tsv'))).toEqual(['lock.tsv'])
    })

    test('a run that is being stopped does not wait for the lock file of another', async () => {
      const host = engine()
      host.rule('pull', `out Digest: ${DIGEST}`)
      host.rule('pull@docker.io/library/redis:latest', 'hang')
      mkdirSync(join(host.dir, 'lock.tsv.lock'))
      const script = host.start([pullScript(), '--lock', 'lock.tsv'])
      await script.until(() => script.running.stdout.includes('[5/6]'))
      const sent = Date.now()
      script.running.kill('SIGINT', 'group')
      const { status, stderr } = await script.done
      expect([status, stderr]).toEqual([130, expect.stringContaining('cannot write lock.tsv')])
      expect(Date.now() - sent).toBeLessThan(8000)
    })

    test('output that is closed early leaves nothing behind', async () => {
      const host = engine()
      host.rule('pull', 'sleep 0.3')
      const line = 'bash "$1" | head -n 1'
      const ended = await host.run([pathOf('env'), 'bash', '-c', line, 'bash', pullScript()], { bare: true })
      expect(ended.stdout).toMatch(/^\+ docker pull [^\n]*\n$/)
    })
  })

  describe.concurrent('push', () => {
    test('tags and pushes everything to the registry', async () => {
      const host = ready()
      const config = host.homeFile('.docker/config.json', LOGIN)
      const all = await push(host)
      expect(all).toMatchObject({ status: 0, stderr: UNPROVEN })
      expect(all.stdout).toMatch(/^destination: registry\.example\.com\/team\n/)
      expect(host.pushed()).toEqual([...TARGETS].sort())
      expect(all.stdout).toContain('6 of 6 images done')
      expect(readFileSync(config, 'utf8')).toBe(LOGIN)
      for (const [index, image] of IMAGES.entries())
        expect(host.calls()).toContainEqual(['tag', image, TARGETS[index]])
    })

    test('asks once whether all images are here', async () => {
      const host = ready()
      expect((await push(host)).status).toBe(0)
      const platforms = host.calls('image').filter(call => call[3]?.includes('{{.Os}}'))
      const [all = [], ...rest] = platforms.map(call => call.slice(4))
      expect([...all].sort()).toEqual([...IMAGES, ...TARGETS].sort())
      // What is pinned is not told by that name: before the run, and by its job.
      expect(rest).toEqual([[PINNED], [PINNED]])
    })

    test('names all images that are not here, before anything', async () => {
      const host = ready()
      host.image('docker.io/library/nginx:1.27', { platform: 'linux/arm64' })
      host.rule('inspect@ghcr.io/acme/tool:2.0', 'err Error: No such image: ghcr.io/acme/tool:2.0', 'exit 1')
      host.rule('inspect@docker.io/library/redis:latest', 'err Error: No such image: redis:latest', 'exit 1')
      const refused = await push(host)
      expect(refused.status).toBe(3)
      expect(refused.stderr).toBe(
        'not here: ghcr.io/acme/tool:2.0 (linux/amd64); pull it first\n' +
          'wrong platform: nginx:1.27 is here for linux/arm64, not for linux/amd64; pull it again\n' +
          'not here: redis:latest (linux/amd64); pull it first\n' +
          'nothing was pushed\n',
      )
      expect(host.writes()).toEqual([])
    })

    test('not logged in: the exact command, and nothing moves', async () => {
      const host = ready()
      host.homeFile('.docker/config.json', '{"auths": {"other.example.com": {"auth": "YTpi"}}}\n')
      const refused = await push(host)
      expect(refused.status).toBe(3)
      expect(refused.stderr).toBe(
        '❌ login: not logged in to registry.example.com; run: docker login registry.example.com\n' +
          NO_LOGIN +
          'nothing was pushed\n',
      )
      expect(host.writes()).toEqual([])
    })

    const refusals: readonly (readonly [name: string, text: RegExp, steps: readonly string[]])[] = [
      [
        'a wrong password is stored (28)',
        /registry\.example\.com refuses the stored login.*docker login registry\.example\.com/,
        [
          'err Authenticating with existing credentials... [Username: a]',
          'err Stored credentials invalid or expired',
          NO_TERMINAL,
          'exit 1',
        ],
      ],
      [
        'a wrong password is stored (20.10)',
        /registry\.example\.com refuses the stored login; run again: docker login registry\.example\.com/,
        [
          'out Authenticating with existing credentials...',
          'err Login did not succeed, error: Error response from daemon: login attempt to https://registry.example.com/v2/ failed with status: 401 Unauthorized',
          NO_TERMINAL,
          'exit 1',
        ],
      ],
      [
        'a wrong password is stored (token)',
        /refuses the stored login/,
        [
          'err Login did not succeed, error: Error response from daemon: Get "https://registry.example.com/v2/": unauthorized: incorrect username or password',
          'err error: cannot perform an interactive login from a non-TTY device',
          'exit 1',
        ],
      ],
      [
        'the registry cannot be reached',
        /the registry registry\.example\.com cannot be used: .*connection refused/,
        [
          'out Authenticating with existing credentials...',
          'err Login did not succeed, error: Error response from daemon: Get "https://registry.example.com/v2/": dial tcp 127.0.0.1:401: connect: connection refused',
          NO_TERMINAL,
          'exit 1',
        ],
      ],
      [
        'the certificate is not trusted',
        /cannot be used: .*x509: certificate signed by unknown authority/,
        [
          'err Login did not succeed, error: Error response from daemon: Get "https://registry.example.com/v2/": x509: certificate signed by unknown authority',
          NO_TERMINAL,
          'exit 1',
        ],
      ],
    ]
    test('nerdctl', async () => {
      const host = engine('nerdctl')
      for (const image of FULL) host.image(image)
      host.rule(
        'login',
        'err FATA[0000] stdin is not a terminal (Hint: use `nerdctl login --username=USERNAME --password-stdin`)',
        'exit 1',
      )
      expect(await push(host)).toMatchObject({
        status: 3,
        stderr:
          '❌ login: not logged in to registry.example.com; run: nerdctl login registry.example.com\n' +
          NO_LOGIN +
          'nothing was pushed\n',
      })
      host.rule(
        'login',
        'err level=error msg="failed to call tryLoginWithRegHost" error="too many 401 (probably)" i=0',
        'exit 1',
      )
      expect(await push(host)).toMatchObject({
        status: 3,
        stderr: expect.stringContaining('refuses the stored login'),
      })
      expect(host.writes()).toEqual([])
      host.rule('login', 'out Login Succeeded', 'exit 0')
      expect(await push(host)).toMatchObject({ status: 0 })
      expect(host.pushed()).toEqual([...TARGETS].sort())
    })

    test.each(refusals)('%s', async (_, text, steps) => {
      const host = ready()
      host.rule('login', ...steps)
      const refused = await push(host)
      expect(refused).toMatchObject({ status: 3, stderr: expect.stringMatching(text) })
      expect(refused.stderr).not.toContain('not logged in')
      expect(host.writes()).toEqual([])
    })

    test('a token in place of a password can only be proven by a push', async () => {
      const host = ready()
      const config = '{"auths": {"registry.example.com": {"identitytoken": "x"}}}\n'
      const file = host.homeFile('.docker/config.json', config)
      const all = await push(host)
      expect(all).toMatchObject({
        status: 0,
        stderr: expect.stringContaining('token that only a push can prove'),
      })
      expect(readFileSync(file, 'utf8')).toBe(config)
    })

    test('a registry that asks for no login gets the images', async () => {
      const server = await FakeRegistry.start()
      const registry = `127.0.0.1:${server.port}/open`
      const out = await generate(join(lab, `open-${server.port}`), composeOf(['nginx:1.27']), { registry })
      const host = engine('docker', 'podman')
      host.image('docker.io/library/nginx:1.27')
      symlinkSync(pathOf('curl'), join(host.dir, 'bin/curl'))
      for (const name of ['docker', 'podman']) {
        const env = { CONTAINER_ENGINE: name }
        const all = await host.run([join(out, 'push-to-target-registry.sh')], { env })
        expect(all).toMatchObject({
          status: 0,
          stderr: expect.stringMatching(/^(?:not proven: 1 images [^\n]*\n)?$/),
        })
        expect(host.pushed()).toEqual([`${registry}/nginx:1.27`])
      }
      server.stop()
      rmSync(join(host.dir, 'bin/curl'))
      expect(await host.run([join(out, 'push-to-target-registry.sh')])).toMatchObject({ status: 3 })
    })

    test.each(['', './config', '/'])(
      "the client's settings, contexts included, are kept and not written",
      async at => {
        const host = ready()
        const config = `{"currentContext": "far", ${LOGIN.slice(1)}`
        const file = host.homeFile('.docker/config.json', config)
        const meta = host.homeFile('.docker/contexts/meta/x/meta.json', '{}')
        const env =
          at === ''
            ? {}
            : { DOCKER_CONFIG: at === '/' ? join(host.home, '.docker') : '.docker', HOME: undefined }
        expect(await push(host, [], { env, cwd: host.home })).toMatchObject({ status: 0, stderr: UNPROVEN })
        expect(readFileSync(file, 'utf8')).toBe(config)
        expect(readFileSync(meta, 'utf8')).toBe('{}')
      },
    )

    test('without HOME and without a configuration', async () => {
      const host = ready()
      const refused = await push(host, [], { env: { HOME: undefined } })
      expect(refused).toMatchObject({
        status: 3,
        stderr: expect.stringMatching(/^❌ login: not logged in .*\n(?: .*\n){2}nothing was pushed\n$/),
      })
    })

    test('a push that went elsewhere failed', async () => {
      const host = ready()
      const push1 = 'out The push refers to repository [docker.io/team/nginx]'
      host.rule(`push@${TEAM}/nginx:1.27`, push1, 'out 1.27: digest: sha256:0 size: 1', 'exit 0')
      host.rule(
        `push@${TEAM}/redis:latest`,
        'out The push refers to repository [registry.example.com/teams/redis]',
        'exit 0',
      )
      const partly = await push(host)
      expect(partly.status).toBe(1)
      expect(partly.stdout).toMatch(/FAILED: nginx:1\.27: .*docker\.io\/team\/nginx/)
      expect(partly.stdout).toMatch(/FAILED: redis:latest: .*teams\/redis/)
      expect(partly.stdout).toContain('4 of 6 images done, 2 failed')
    })

    test('goes on after failures, and prints the command that completes them', async () => {
      const host = ready()
      host.rule(`push@${TEAM}/nginx:1.27`, 'err denied: requested access to the resource is denied', 'exit 1')
      host.rule('tag@docker.io/library/redis:latest', 'exit 1')
      const partly = await push(host)
      expect(partly.status).toBe(1)
      expect(partly.stdout).toMatch(
        /^ {2}failed: nginx:1\.27: denied: requested access to the resource is denied$/m,
      )
      host.forget(`push@${TEAM}/nginx:1.27`)
      const before = host.calls('push').length
      expect(await retry(host, partly)).toMatchObject({ status: 0 })
      expect(host.calls('push').slice(before)).toEqual([['push', `${TEAM}/nginx:1.27`]])
    })

    test('Podman', async () => {
      const host = engine('podman')
      for (const image of FULL) host.image(image)
      const refused = await push(host)
      expect(refused).toMatchObject({
        status: 3,
        stderr:
          '❌ login: not logged in to registry.example.com; run: podman login registry.example.com\n' +
          NO_LOGIN +
          'nothing was pushed\n',
      })
      host.podmanLogin('registry.example.com')
      const untried =
        '❓ login: the engine holds a login; whether it is accepted, a push will tell; going on\n'
      expect(await push(host)).toMatchObject({ status: 0, stderr: `${untried}${UNPROVEN}` })
      expect(host.calls('login').at(-1)).toEqual(['login', '--get-login', 'registry.example.com'])
      expect(host.pushed()).toEqual([...TARGETS].sort())
      expect(host.calls()).toContainEqual(['tag', 'docker.io/library/nginx:1.27', `${TEAM}/nginx:1.27`])
    })

    test.each(['SIGINT', 'SIGTERM'] as const)('%s while images move', async signal => {
      const host = ready()
      host.rule('push', 'hang')
      const script = host.start([pushScript(), '--jobs', '2'])
      await script.until(() => host.atOnce('push').now === 2)
      script.running.kill(signal, 'group')
      expect(await script.done).toMatchObject({
        status: signal === 'SIGINT' ? 130 : 143,
        stderr: `${UNPROVEN}interrupted\n`,
      })
    })

    test('in Chinese', async () => {
      const host = engine()
      const refused = await host.run([join(chinese, 'push-to-target-registry.sh'), '--only', 'nginx'], {
        env: { LC_ALL: 'C' },
      })
      expect(refused.stdout).toBe('目标仓库：registry.example.com/team\n')
      expect(refused.stderr).toBe(
        '本机没有：nginx:1.27（linux/amd64）；请先拉取\n❌ login：尚未登录 registry.example.com；请执行：docker login registry.example.com\n    no-login：引擎中没有这个仓库的登录信息\n    办法：请用运行本脚本的用户登录这个主机；使用 sudo 时即为 root\n没有推送任何镜像\n',
      )
    })
  })

  describe.concurrent('on a terminal', () => {
    test('a live line, erased in the end', async () => {
      const host = engine()
      host.rule('pull', 'sleep 0.1')
      host.rule('pull@docker.io/library/nginx:1.27', 'sleep 0.3', MISSING, 'exit 1')
      const { stdout, status } = await host.runOnTerminal([pullScript()])
      expect(status).toBe(1)
      expect(stdout).toMatch(
        /\r\x1b\[K\x1b\[\?7l\d done, \d failed, \d running of 6, \ds: [^\n]*nginx:1\.27 \ds/,
      )
      expect(stdout).toMatch(/\x1b\[32m\[\d\/6\] done: redis:latest/)
      expect(stdout).toMatch(/\x1b\[31m\[\d\/6\] FAILED: nginx/)
      const shown = screen(stdout)
      expect(shown).not.toMatch(/running of/)
      expect(shown).toContain('5 of 6 images done, 1 failed')
    })

    test('Ctrl-C', async () => {
      const host = engine()
      host.rule('pull@docker.io/library/redis:latest', 'hang')
      const alone = (output: string) => output.includes('[5/6]')
      const { stdout, status, seconds } = await host.runOnTerminal([pullScript()], {}, alone)
      expect(status).toBe(130)
      expect(seconds).toBeLessThan(10)
      const shown = screen(stdout)
      expect(shown).toContain('5 of 6 images done, 0 failed, 1 not finished')
      expect(shown).toContain('interrupted')
      expect(shown).not.toMatch(/running of/)
      expect(stdout.lastIndexOf('\x1b[?7h')).toBeGreaterThan(stdout.lastIndexOf('\x1b[?7l'))
    })

    test('NO_COLOR and a dumb terminal', async () => {
      const plain = await engine().runOnTerminal([pullScript()], { NO_COLOR: '1' })
      expect(plain.stdout).not.toMatch(/\x1b\[3[12]m/)
      expect(plain.stdout).toMatch(/running of 6/)
      const dumb = await engine().runOnTerminal([pullScript()], { TERM: 'dumb' })
      expect(dumb.stdout).not.toMatch(/\x1b/)
      expect(dumb.stdout).not.toMatch(/running of 6/)
    })
  })
})

function lines(texts: readonly string[]): string {
  return texts.map(text => `${text}\n`).join('')
}

function linesIn(file: string): readonly string[] {
  return readFileSync(file, 'utf8').trimEnd().split('\n')
}

/** The command that a script printed for what is left. */
function retryCommand(stdout: string): string {
  return /^to run what is left:\n {2}(.*)$/m.exec(stdout)?.[1] ?? ''
}
