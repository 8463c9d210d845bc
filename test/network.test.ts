import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { parseDotenv } from '../generators/core/compose/dotenv.ts'
import { BASHES, composeOf, FakeEngine, generate, laboratory, type ScriptOptions } from './fake-engine.ts'

vi.setConfig({ maxConcurrency: 8 })

const CURL = fileURLToPath(new URL('fake-engine/curl.sh', import.meta.url))
const NAME = 'AI_INFRA_NETWORK_ENV'
const OVERRIDE = `${NAME}_OVERRIDE`
const [HUB, OTHER, HARBOR] = ['registry-1.docker.io', 'docker.m.daocloud.io', 'harbor.example.com']

const VERSION = 'Docker-Distribution-Api-Version: registry/2.0'
const REGISTRY = ['401 Unauthorized', 'www-authenticate: Bearer realm="https://auth.example.com/token"']

/** What nobody has answered. */
const SILENCE = `[WARNING] network: internal (by probe: no answer from ${HARBOR}, ${HUB}, ${OTHER}; --network or ${NAME} can say otherwise)\n`

const lab = laboratory('network')
const script = (out: string) => join(out, 'tag-image-smart.sh')
let usual = ''
let chinese = ''

let count = 0
const project = (alias: string, keys = '', lang = 'en') => {
  const folder = join(lab, `project-${++count}`)
  mkdirSync(folder)
  const registries = `registries: { r: { host: "${HARBOR}", namespace: ai, type: harbor ${keys} } }`
  writeFileSync(
    join(folder, 'relay.yaml'),
    `registry: r\nlang: ${lang}\n${registries}\nalias: { ${alias} }\n`,
  )
  return generate(folder, composeOf(['nginx:1.27']), {})
}

beforeAll(async () => {
  usual = await project('')
  chinese = await project('', '', 'zh')
})

describe.concurrent.each(BASHES)('%s', bash => {
  /** A machine without engine, on which nobody answers curl but those who are given. */
  const machine = (answers: Readonly<Record<string, readonly string[]>> = {}) => {
    const host = new FakeEngine(lab, bash, [])
    symlinkSync(CURL, join(host.dir, 'bin/curl'))
    const folder = join(host.env['FAKE_ENGINE'] ?? '', 'answers')
    mkdirSync(folder)
    for (const [url, lines] of Object.entries(answers))
      writeFileSync(join(folder, `${url}/v2/`.replaceAll('/', '%')), lines.map(line => `${line}\n`).join(''))
    return host
  }
  const asked = (host: FakeEngine) => {
    const file = join(host.env['FAKE_ENGINE'] ?? '', 'asked')
    const calls = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
    return calls.map(words => words.split(' ').at(-1)).sort()
  }
  const detect = (host: FakeEngine, args: readonly string[] = [], options: ScriptOptions = {}, out = usual) =>
    host.run([script(out), 'detect-network', ...args], options)

  describe('what decides', () => {
    interface Row {
      readonly args?: readonly string[]
      readonly env?: Readonly<Record<string, string>>
      readonly file?: string
      readonly is: string
    }
    const [E, I] = ['external', 'internal']
    const rows: readonly Row[] = [
      {
        args: ['--network', E],
        env: { [OVERRIDE]: I, [NAME]: I },
        file: `${NAME}=${I}`,
        is: `${E} --network`,
      },
      { args: ['--network=internal'], env: { [OVERRIDE]: E }, is: `${I} --network` },
      { env: { [OVERRIDE]: I, [NAME]: E }, file: `${OVERRIDE}=${E}`, is: `${I} ${OVERRIDE}` },
      { args: ['--network', 'auto'], env: { [OVERRIDE]: E, [NAME]: I }, is: `${E} ${OVERRIDE}` },
      { args: ['--network', ''], env: { [NAME]: E }, is: `${E} ${NAME}` },
      { env: { [OVERRIDE]: '', [NAME]: I }, file: `${NAME}=${E}`, is: `${I} ${NAME}` },
      { env: { [OVERRIDE]: 'auto', [NAME]: E }, file: `${OVERRIDE}=${I}`, is: `${E} ${NAME}` },
      { file: `${NAME}=${E}\n${OVERRIDE}=${I}\n`, is: `${I} ${OVERRIDE} in .env` },
      { file: `${OVERRIDE}=${E}\n${NAME}=${I}\n`, is: `${E} ${OVERRIDE} in .env` },
      { env: { [OVERRIDE]: '', [NAME]: 'auto' }, file: `${NAME}=${E}\n`, is: `${E} ${NAME} in .env` },
      { file: `${OVERRIDE}=\n${NAME}=${E}\n`, is: `${E} ${NAME} in .env` },
      { file: `${OVERRIDE}=auto\n${NAME}=${I}\n`, is: `${I} ${NAME} in .env` },
      { file: `${NAME}=auto\n`, is: `${E} probe: ${HUB} answers` },
      { file: 'OTHER=internal\n', is: `${E} probe: ${HUB} answers` },
      { is: `${E} probe: ${HUB} answers` },
      { env: { [NAME]: E, [OVERRIDE]: 'both' }, is: `2 ${OVERRIDE} is "both"` },
      { env: { [NAME]: 'EXTERNAL' }, file: `${NAME}=${I}`, is: `2 ${NAME} is "EXTERNAL"` },
      { args: ['--network', 'external '], is: '2 --network is "external "' },
      { file: `${NAME}=lan\n`, is: `2 ${NAME} in .env is "lan"` },
      { file: `${NAME}=${E}\n${OVERRIDE}=lan\n`, is: `2 ${OVERRIDE} in .env is "lan"` },
    ]

    test.each(rows)('$args $env $file: $is', async ({ args = [], env = {}, file, is }) => {
      const host = machine({ [`https://${HUB}`]: REGISTRY })
      if (file !== undefined) writeFileSync(join(host.dir, '.env'), file)
      const { status, stdout, stderr } = await detect(host, args, { env })
      const [first = '', ...rest] = is.split(' ')
      const reason = rest.join(' ')
      if (first === '2') {
        expect({ status, stdout, stderr }).toEqual({
          status: 2,
          stdout: '',
          stderr: `${reason}; write external, internal or auto\n`,
        })
        expect(asked(host)).toEqual([])
        return
      }
      expect({ status, stdout, stderr }).toEqual({
        status: 0,
        stdout: `${first}\n`,
        stderr: `[INFO] network: ${first} (by ${reason})\n`,
      })
      if (!reason.startsWith('probe')) expect(asked(host)).toEqual([])
    })

    test('the other commands have the reason in their output', async () => {
      const host = new FakeEngine(lab, bash)
      const env = { [NAME]: 'external' }
      const { stdout } = await host.run([script(usual), 'tag-localhost', 'nginx:1'], { env })
      expect(stdout).toMatch(/^\[INFO\] network: external \(by AI_INFRA_NETWORK_ENV\)\n/)
    })

    test('another name of the variable, and the usual one means nothing', async () => {
      const out = await project('network-variable: SITE_NET, probe: []')
      const host = machine({ [`https://${HARBOR}`]: REGISTRY })
      const env = { SITE_NET: 'external', [NAME]: 'internal' }
      expect((await detect(host, [], { env }, out)).stderr).toBe('[INFO] network: external (by SITE_NET)\n')
      const over = { ...env, SITE_NET_OVERRIDE: 'internal', [OVERRIDE]: 'external' }
      expect((await detect(host, [], { env: over }, out)).stderr).toContain('internal (by SITE_NET_OVERRIDE)')
      writeFileSync(join(host.dir, '.env'), `${NAME}=external\n`)
      expect((await detect(host, [], {}, out)).stderr).toContain(
        `internal (by probe: only ${HARBOR} answers)`,
      )
      const help = await host.run([script(out), '--help'])
      expect(help.stdout).toContain('SITE_NET_OVERRIDE')
      expect(help.stdout).not.toContain(NAME)
    })

    test('in Chinese', async () => {
      const host = machine()
      expect((await detect(host, [], {}, chinese)).stderr).toContain(
        `internal（依据 探测：${HARBOR}、${HUB}`.replaceAll('、', ', '),
      )
      const answers = { [`https://${HARBOR}`]: REGISTRY }
      expect((await detect(machine(answers), [], {}, chinese)).stderr).toBe(
        `[INFO] 网络环境: internal（依据 探测：仅 ${HARBOR} 有应答）\n`,
      )
      writeFileSync(join(host.dir, '.env'), `${NAME}=external`)
      expect((await detect(host, [], {}, chinese)).stderr).toBe(
        `[INFO] 网络环境: external（依据 ${NAME}（见 .env））\n`,
      )
    })
  })

  describe('.env', () => {
    const texts = [
      'external',
      'external\r',
      '  external  ',
      '"external"',
      "'internal'",
      '"external" # why',
      'external # why',
      'internal #why',
      '',
      '""',
      "''",
      'auto',
    ].map(value => `${NAME}=${value}`)
    const files: readonly string[] = [
      ...texts,
      `export ${NAME}=external`,
      `export\t  ${NAME}=external\n`,
      `  ${NAME} = external\n`,
      `\t${NAME}\t=\t'external'\n`,
      `${NAME}: internal\n`,
      `\ufeff${NAME}=external\r\n`,
      `A=1\r\n${NAME}=internal\r\nB=2\r\n`,
      `${NAME}=internal\n${NAME}=external\n`,
      `${NAME}=internal\n${NAME}=\n`,
      `${NAME}=external\n# ${NAME}=internal\n`,
      `#${NAME}=external\n`,
      `MY_${NAME}=external\n`,
      `${NAME}_2=external\n`,
      `X=${NAME}=external\n`,
      `${NAME}=external\n${NAME}\n`,
      `\n\n   \n${NAME}=external`,
    ]
    test.each(files)('%j means what it means to Compose', async text => {
      const host = machine()
      writeFileSync(join(host.dir, '.env'), text)
      const value = parseDotenv(text, () => undefined).get(NAME) ?? ''
      const { stdout, stderr } = await detect(host)
      const decided = value === 'external' || value === 'internal'
      expect(decided || value === '' || value === 'auto').toBe(true)
      expect(stdout).toBe(decided ? `${value}\n` : 'internal\n')
      expect(stderr).toBe(decided ? `[INFO] network: ${value} (by ${NAME} in .env)\n` : SILENCE)
    })

    test('stays as it is, and the one beside the script, too', async () => {
      const host = machine()
      const out = join(host.dir, 'a b')
      mkdirSync(out)
      copyFileSync(script(usual), script(out))
      const files = [join(host.dir, '.env'), join(out, '.env')]
      const secret = `export TOKEN='s3cret'\r\n${NAME}=internal`
      for (const file of files) {
        writeFileSync(file, secret, { mode: 0o400 })
        utimesSync(file, 1e9, 1e9)
      }
      const before = files.map(file => statSync(file))
      for (const args of [[], ['--env-file', files[1] ?? ''], ['--env-file=.env']]) {
        const { status, stderr } = await detect(host, args, {}, out)
        expect(status).toBe(0)
        expect(stderr).toBe(
          `[INFO] network: internal (by ${NAME} in ${args.at(-1)?.split('=').at(-1) ?? '.env'})\n`,
        )
      }
      for (const [index, file] of files.entries()) {
        const { mtimeMs, ctimeMs, ino } = statSync(file)
        expect({ mtimeMs, ctimeMs, ino }).toEqual({
          mtimeMs: before[index]?.mtimeMs,
          ctimeMs: before[index]?.ctimeMs,
          ino: before[index]?.ino,
        })
        expect(readFileSync(file, 'utf8')).toBe(secret)
      }
      expect(readdirSync(out).sort()).toEqual(['.env', 'tag-image-smart.sh'])
    })

    test('that of --env-file, else the one here, else the one beside the script', async () => {
      const host = machine()
      const out = join(host.dir, 'a b')
      mkdirSync(out)
      copyFileSync(script(usual), script(out))
      writeFileSync(join(out, '.env'), `${NAME}=external\n`)
      const reason = async (...args: readonly string[]) => (await detect(host, args, {}, out)).stderr
      expect(await reason()).toBe(`[INFO] network: external (by ${NAME} in ${out}/.env)\n`)
      const bare = { cwd: out }
      expect((await host.run(['tag-image-smart.sh', 'detect-network'], bare)).stderr).toContain('in .env)')
      writeFileSync(join(host.dir, '.env'), `${NAME}=internal\n`)
      expect(await reason()).toBe(`[INFO] network: internal (by ${NAME} in .env)\n`)
      writeFileSync(join(host.dir, '-site *.env'), `${OVERRIDE}=external\n`)
      expect(await reason('--env-file', '-site *.env')).toContain(`external (by ${OVERRIDE} in -site *.env)`)
      // What that one does not say is not looked for elsewhere.
      writeFileSync(join(host.dir, 'empty.env'), '')
      expect(await reason('--env-file', 'empty.env')).toBe(SILENCE)
    })

    test('one that is none: named it ends with 2, found it is passed over', async () => {
      const host = machine()
      const out = join(host.dir, 'out')
      mkdirSync(join(host.dir, '.env'))
      mkdirSync(out)
      copyFileSync(script(usual), script(out))
      writeFileSync(join(out, '.env'), `${NAME}=external\n`)
      for (const name of ['missing', '', '.env', '/dev/null']) {
        expect(await detect(host, ['--env-file', name], {}, out)).toMatchObject({
          status: 2,
          stdout: '',
          stderr: `--env-file is "${name}", which is no file that can be read; name a .env\n`,
        })
        // Also where it would not be needed.
        expect((await detect(host, ['--network=external', '--env-file', name], {}, out)).status).toBe(2)
      }
      expect(await detect(host, [], {}, out)).toMatchObject({
        status: 0,
        stdout: 'external\n',
        stderr: `.env cannot be read, so going on without it\n[INFO] network: external (by ${NAME} in ${out}/.env)\n`,
      })
      const options = { cwd: join(host.dir, 'out') }
      mkdirSync(join(out, 'x'))
      expect((await detect(host, [], options, out)).stderr).not.toContain('cannot be read')
    })

    test('nothing in it is executed, and no other value is shown', async () => {
      const host = machine()
      const bad = [
        '$(touch hit)',
        '`touch hit`',
        '"$(touch hit)"',
        'x;touch hit',
        "'; touch hit; '",
        '*',
        '~',
        '${HOME}',
        '$((a[$(touch hit)]))',
      ]
      for (const value of bad) {
        const lines = [
          `PASSWORD=s3cret`,
          `touch hit`,
          `$(touch hit)=1`,
          `a[$(touch hit)]=2`,
          `${NAME}=${value}`,
        ]
        writeFileSync(join(host.dir, '.env'), `${lines.join('\n')}\n`)
        const { status, stdout, stderr } = await detect(host)
        expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
        expect(stderr).toContain(`${NAME} in .env is "${value.replace(/^(["'])(.*?)\1.*/, '$2')}`)
        expect(stderr).not.toContain('s3cret')
      }
      writeFileSync(join(host.dir, '.env'), `${NAME}=\x1b[2J\x07${'x'.repeat(5000)}\n`)
      const { stderr } = await detect(host)
      expect(stderr).toMatch(/ is "\?\[2J\?x{75}"; write /)
      expect(existsSync(join(host.dir, 'hit'))).toBe(false)
    })

    test('a large one', async () => {
      const host = machine()
      const line = `SETTING_${'x'.repeat(80)}='some "value" of it' # ${NAME[0]}\n`
      const long = `LONG=${'y'.repeat(2_000_000)}\n`
      writeFileSync(join(host.dir, '.env'), `${line.repeat(50_000)}${long}${NAME}=external`)
      const { stdout, seconds } = await detect(host)
      expect(stdout).toBe('external\n')
      expect(seconds).toBeLessThan(15)
    })
  })

  describe('the probe', () => {
    const PUBLIC = `https://${HUB}`
    const SECOND = `https://${OTHER}`
    const PRIVATE = `https://${HARBOR}`
    const says = async (
      answers: Readonly<Record<string, readonly string[]>>,
      expected: string,
      out = usual,
    ) => {
      const host = machine(answers)
      const { status, stdout, stderr, seconds } = await detect(host, [], {}, out)
      expect({ status, stderr }).toEqual({ status: 0, stderr: `${expected}\n` })
      expect(stdout).toBe(expected.includes('external') ? 'external\n' : 'internal\n')
      return { host, seconds }
    }
    const external = (host: string) => `[INFO] network: external (by probe: ${host} answers)`
    const internal = `[INFO] network: internal (by probe: only ${HARBOR} answers)`

    test('a public one answers, and so does Harbor', async () => {
      const { host } = await says({ [PUBLIC]: REGISTRY, [PRIVATE]: REGISTRY }, external(HUB))
      expect(asked(host)).toEqual([`${SECOND}/v2/`, `${PRIVATE}/v2/`, `${PUBLIC}/v2/`])
    })

    test('any public one will do, in whatever case it writes its headers', async () => {
      await says({ [SECOND]: ['200 OK', VERSION.toLowerCase()] }, external(OTHER))
      await says({ [SECOND]: ['401', VERSION.toUpperCase()] }, external(OTHER))
    })

    test('only Harbor', async () => {
      const { seconds } = await says({ [PRIVATE]: REGISTRY }, internal)
      expect(seconds).toBeLessThan(2.5)
      await says({ [PRIVATE]: ['200 OK', VERSION] }, internal)
    })

    test('nobody', async () => {
      await says({}, SILENCE.trimEnd())
    })

    test.each<readonly [string, readonly string[]]>([
      ['a portal with a page', ['200 OK', 'Content-Type: text/html']],
      ['a portal that sends elsewhere', ['302 Found', 'Location: http://portal.example.com/', VERSION]],
      ['a 401 without header', ['401 Unauthorized', 'Content-Type: text/html']],
      ['a proxy that wants a login', ['407 Proxy Authentication Required', 'WWW-Authenticate: Basic']],
      ['a gateway', ['503 Service Unavailable', VERSION]],
      ['a page that talks of it', ['200 OK', `X-Text: ${VERSION}`]],
    ])('%s is no registry', async (_, answer) => {
      const everybody = { [PUBLIC]: answer, [SECOND]: answer }
      await says({ ...everybody, [PRIVATE]: REGISTRY }, internal)
      await says({ ...everybody, [PRIVATE]: answer }, SILENCE.trimEnd())
    })

    test('who never answers is not waited for once another one has', async () => {
      const { seconds } = await says(
        { [PUBLIC]: ['hang'], [SECOND]: REGISTRY, [PRIVATE]: ['hang'] },
        external(OTHER),
      )
      expect(seconds).toBeLessThan(2.5)
    })

    test('all are black holes', async () => {
      const { seconds } = await says(
        { [PUBLIC]: ['hang'], [SECOND]: ['hang'], [PRIVATE]: ['hang'] },
        SILENCE.trimEnd(),
      )
      console.info(`${bash}: nobody answers: ${seconds} s`)
      expect(seconds).toBeGreaterThan(2)
      expect(seconds).toBeLessThan(8)
    })

    test('Harbor has answered, the public ones are black holes', async () => {
      const { seconds } = await says(
        { [PUBLIC]: ['hang'], [SECOND]: ['hang'], [PRIVATE]: REGISTRY },
        internal,
      )
      expect(seconds).toBeLessThan(8)
    })

    test('by plain HTTP only where the registry may be insecure', async () => {
      const plain = { [`http://${HARBOR}`]: REGISTRY }
      const { host } = await says(plain, SILENCE.trimEnd())
      expect(asked(host)).not.toContain(`http://${HARBOR}/v2/`)
      const { host: other } = await says(plain, internal, await project('', ', insecure: true'))
      expect(asked(other)).toContain(`http://${HARBOR}/v2/`)
    })

    test('certificates: any for Harbor, none but good ones for the public', async () => {
      const { host } = await says({ [PUBLIC]: REGISTRY }, external(HUB))
      const calls = readFileSync(join(host.env['FAKE_ENGINE'] ?? '', 'asked'), 'utf8')
        .trimEnd()
        .split('\n')
      const trusting = calls.filter(words => / -k /.test(words)).map(words => words.split(' ').at(-1))
      expect(trusting).toEqual([`${PRIVATE}/v2/`])
      for (const words of calls) expect(words).not.toMatch(/ (-L|--location|-u|-H)\b/)
    })

    test('Harbor is the host of --harbor', async () => {
      const host = machine({ 'https://[fe80::1]:8443': REGISTRY })
      expect((await detect(host, ['--harbor', '[fe80::1]:8443/ai/x'])).stderr).toContain(
        'only [fe80::1]:8443 answers',
      )
      for (const odd of ['$(touch hit)/x', '-K x', 'a@b/c', '/x', '"']) {
        const other = machine()
        expect(await detect(other, ['--harbor', odd])).toMatchObject({ status: 2, stdout: '' })
        expect(asked(other)).toEqual([])
      }
      expect(existsSync(join(host.dir, 'hit'))).toBe(false)
    })

    test('without public hosts it is internal, whoever answers', async () => {
      const out = await project('probe: []')
      await says({ [PRIVATE]: REGISTRY }, internal, out)
      const silence = `[WARNING] network: internal (by probe: no answer from ${HARBOR}; --network or ${NAME} can say otherwise)`
      await says({}, silence, out)
      const host = machine()
      const nobody = await project('probe: [], harbor: none')
      const { stdout, stderr } = await detect(host, [], {}, nobody)
      expect({ stdout, stderr }).toEqual({
        stdout: 'internal\n',
        stderr: `[WARNING] network: internal (nothing says otherwise, and there is no host to probe; --network or ${NAME} decide)\n`,
      })
      expect(asked(host)).toEqual([])
    })

    test('without curl a connection is all that is known, and the reason says so', async () => {
      const server = createServer(socket => socket.on('error', () => {}))
      const port = await new Promise<number>(resolve => {
        server.listen(0, '127.0.0.1', () => {
          const address = server.address()
          resolve(typeof address === 'object' ? (address?.port ?? 0) : 0)
        })
      })
      try {
        const bare = (...args: readonly string[]) => new FakeEngine(lab, bash, []).run(args)
        const open = script(await project(`probe: ["127.0.0.1:1", "127.0.0.1:${port}"]`))
        expect(await bare(open, 'detect-network', '--harbor', '127.0.0.1:1/x')).toMatchObject({
          status: 0,
          stdout: 'external\n',
          stderr: `[INFO] network: external (by probe: connection to 127.0.0.1:${port})\n`,
        })
        const closed = script(await project('probe: ["127.0.0.1:1", "[::1]:1"]'))
        expect(await bare(closed, 'detect-network', '--harbor', `127.0.0.1:${port}/x`)).toMatchObject({
          status: 0,
          stdout: 'internal\n',
          stderr: `[INFO] network: internal (by probe: only connection to 127.0.0.1:${port})\n`,
        })
        expect(await bare(closed, 'detect-network', '--harbor', '127.0.0.1:2')).toMatchObject({
          status: 0,
          stdout: 'internal\n',
          stderr: expect.stringContaining('no answer from 127.0.0.1:2, 127.0.0.1:1, [::1]:1;'),
        })
      } finally {
        server.close()
      }
    })

    // That nothing is left is what the machine looks for after each run.
    test.each([
      ['SIGINT', 'group', 130],
      ['SIGTERM', 'command', 143],
      ['SIGHUP', 'group', 129],
    ] as const)('%s to the %s leaves nothing', async (signal, to, status) => {
      const host = machine({ [PUBLIC]: ['hang'], [SECOND]: ['hang'], [PRIVATE]: ['hang'] })
      const { running, until, done } = host.start([script(usual), 'detect-network'])
      await until(() => asked(host).length === 3)
      running.kill(signal, to)
      const ended = await done
      expect(ended).toMatchObject({ status, stdout: '' })
      expect(ended.stderr).not.toContain('curl')
      expect(ended.seconds).toBeLessThan(5)
    })
  })

  test('usage', async () => {
    const host = machine()
    expect(await detect(host, ['nginx:1.27'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('unknown argument: nginx:1.27'),
    })
    expect((await detect(host, ['--env-file'])).status).toBe(2)
    const { stdout } = await host.run([script(usual), '--help'])
    for (const text of ['detect-network', '--env-file FILE', `${OVERRIDE}, then ${NAME}`])
      expect(stdout).toContain(text)
    expect(asked(host)).toEqual([])
  })
})
