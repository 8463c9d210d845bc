import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Result } from './command.ts'
import { type FaultLab, startFaultLab } from './fault-lab.ts'
import type { Action, Match } from './fault-proxy.ts'
import { noProject, portal, registryError } from './faults.ts'
import { type Lab, startPodmanLab } from './lab.ts'
import type { Podman } from './podman.ts'

const CLI = resolve('dist/cli.js')
const NAMES = ['alpine', 'busybox', 'nginx']
const PASSWORD = 'Passw0rd'
const UPLOAD: Match = { method: 'POST', kind: 'upload', agent: /^curl/ }

/** What check-registry.sh --json says of one registry. */
interface Verdict {
  readonly registry: string
  readonly host: string
  readonly holds: boolean
  readonly failed: string | null
  readonly class: string | null
  readonly cause: string | null
  readonly cure: string | null
  readonly rows: readonly { readonly step: string; readonly answer: string; readonly detail: string | null }[]
}

describe('the registry, step by step', () => {
  let lab: FaultLab
  let project: string
  let out: string
  let config: string

  beforeAll(async () => {
    const hosts = ['plain.registry.test', 'signed.registry.test', 'closed.registry.test']
    lab = await startFaultLab({ bearer: ['target'], hosts })
    lab.tokens.setUser('robot', PASSWORD, { 'team/*': ['pull', 'push'] })
    lab.tokens.setUser('reader', PASSWORD, { 'team/*': ['pull'] })
    await lab.internet.seed(NAMES.map(name => ({ reference: `${name}:1` })))
    config = join(lab.engine.clientConfig, 'config.json')
    project = join(lab.dir, 'project')
    out = join(project, 'out')
    mkdirSync(project)
    const services = NAMES.map(name => `  ${name}: { image: "${name}:1" }\n`)
    writeFileSync(join(project, 'compose.yaml'), `services:\n${services.join('')}`)
    const port = lab.target.address.split(':')[1]
    const login = 'username-env: LAB_USERNAME, password-env: LAB_PASSWORD'
    writeFileSync(
      join(project, 'relay.yaml'),
      [
        'registry: target',
        'outputs: [check-registry]',
        'registries:',
        `  target: { host: "${lab.target.address}", namespace: team, id: 5, ${login}, vpc-host: "localhost:${port}" }`,
        `  missing: { host: "${lab.target.address}", namespace: nowhere }`,
        `  harbor: { host: "${lab.target.address}", namespace: team, type: harbor, ${login} }`,
        '  closed: { host: "closed.registry.test:1", namespace: team }',
        '  unknown: { host: "unknown.registry.test", namespace: team }',
        `  plain: { host: "plain.registry.test:${port}", namespace: team }`,
        `  allowed: { host: "plain.registry.test:${port}", namespace: team, insecure: true, ${login} }`,
        '  signed: { host: signed.registry.test, namespace: team }',
        '  trusted: { host: signed.registry.test, namespace: team, insecure: true }',
        '',
      ].join('\n'),
    )
    expect(await lab.run([process.execPath, CLI, 'generate'], { cwd: project })).toMatchObject({ status: 0 })
    expect(await script(['pull-all-images-linux-amd64.sh'])).toMatchObject({ status: 0 })
  })
  afterAll(() => lab.stop())
  beforeEach(() => {
    rmSync(config, { force: true })
    for (const proxy of Object.values(lab.front)) proxy.forget()
  })
  afterEach(() => {
    for (const proxy of Object.values(lab.front)) proxy.clear()
  })

  const inside = ([name = '', ...args]: readonly string[]) => {
    const bash = process.env['TEST_BASH']
    return lab.engine.inside([...(bash === undefined ? [] : [bash]), join(out, name), ...args], out)
  }
  const script = (command: readonly string[], env: Record<string, string> = {}): Promise<Result> =>
    lab.run(inside(command), { env })
  const check = async (registry: string, env: Record<string, string> = {}, ...args: readonly string[]) => {
    const command = ['check-registry.sh', '--json', '--registry', registry, ...args]
    const { status, stdout, stderr } = await script(command, env)
    expect(stderr).toBe('')
    const verdict: Verdict = JSON.parse(stdout)
    expect(status).toBe(verdict.holds ? 0 : 1)
    return verdict
  }
  const push = (env: Record<string, string> = {}, ...args: readonly string[]) =>
    script(['push-to-target-registry.sh', ...args], env)
  const store = (user: string, password: string, host = lab.target.address) => {
    const auth = Buffer.from(`${user}:${password}`).toString('base64')
    const text = `${JSON.stringify({ auths: { [host]: { auth } } })}\n`
    writeFileSync(config, text)
    return text
  }
  const fail = (match: Match, action: Action) => lab.front.target.add({ match, action })
  /** What moved: requests that begin an upload, but for the one that only asks. */
  const moved = () => lab.front.target.total({ kind: ['blob', 'upload'], agent: /docker/ }).requests
  const as = (user: string, password = PASSWORD) => ({ LAB_USERNAME: user, LAB_PASSWORD: password })
  /** The answers, a letter each: yes, no, unknown. */
  const answers = ({ rows }: Verdict) => rows.map(({ answer }) => answer[0]).join('')

  const healthy = as('robot')

  test('healthy: every step, and an upload that began and was left', async () => {
    const verdict = await check('target', healthy)
    expect(verdict).toMatchObject({ holds: true, failed: null, class: null })
    expect(verdict.rows.map(({ step }) => step)).toEqual([
      'dns',
      'tcp',
      'tls',
      'ping',
      'login',
      'pull',
      'push',
    ])
    expect(answers(verdict)).toBe('yyyyyyy')
    expect(lab.front.target.total(UPLOAD).requests).toBe(1)
    expect(await lab.target.repositories()).toEqual([])
  })

  const missing = registryError(404, 'NAME_UNKNOWN', 'repository name not known to registry')
  const results: readonly (readonly [
    name: string,
    registry: string,
    env: Record<string, string>,
    rule: readonly [Match, Action] | null,
    failed: string,
    expected: string,
    kind: string,
    says: RegExp,
  ])[] = [
    ['no such name', 'unknown', {}, null, 'dns', 'nuuuuuu', 'dns', /Could not resolve/],
    ['a closed port', 'closed', {}, null, 'tcp', 'ynuuuuu', 'refused', /onnect/],
    [
      'plain HTTP at an https address',
      'plain',
      {},
      null,
      'tls',
      'yynuuuu',
      'plain-http',
      /insecure-registries/,
    ],
    ['a certificate nobody vouches for', 'signed', {}, null, 'tls', 'yynuuuu', 'certificate', /self.signed/],
    [
      '401 without a login',
      'target',
      {},
      null,
      'login',
      'yyyynuu',
      'no-login',
      /not logged in.*LAB_USERNAME/,
    ],
    [
      '401 with a wrong login',
      'target',
      as('robot', 'no'),
      null,
      'login',
      'yyyynuu',
      'login',
      /refuses the login/,
    ],
    [
      'half a login',
      'target',
      as('robot', ''),
      null,
      'login',
      'yyyynuu',
      'no-login',
      /no credentials.*LAB_PASSWORD is empty/,
    ],
    [
      'no right to push',
      'target',
      as('reader'),
      null,
      'push',
      'yyyyyyn',
      'denied',
      /the login is accepted.*in this order/,
    ],
    [
      'no namespace',
      'target',
      healthy,
      [UPLOAD, noProject('team')],
      'push',
      'yyyyyyn',
      'no-namespace',
      /no namespace \(project\) team/,
    ],
    [
      'no repository',
      'target',
      healthy,
      [UPLOAD, missing],
      'push',
      'yyyyyyn',
      'no-namespace',
      /does not make it by itself/,
    ],
    [
      'a portal',
      'target',
      healthy,
      [{ kind: 'ping' }, portal()],
      'ping',
      'yyynuuu',
      'not-a-registry',
      /200 OK/,
    ],
    [
      'trouble',
      'target',
      healthy,
      [{ kind: 'ping' }, registryError(503, 'UNAVAILABLE', 'later')],
      'ping',
      'yyynuuu',
      'server',
      /503/,
    ],
  ]
  test.each(results)('%s', async (_, registry, env, rule, failed, expected, kind, says) => {
    if (rule !== null) fail(...rule)
    const verdict = await check(registry, env)
    expect(verdict).toMatchObject({ holds: false, failed, class: kind })
    expect(answers(verdict)).toBe(expected)
    const detail = verdict.rows.find(({ step }) => step === failed)?.detail
    expect(`${detail} ${verdict.cause} ${verdict.cure}`).toMatch(says)
  })

  test('a repository that is there, and no right to push to it', async () => {
    await lab.target.put({ reference: 'team/alpine:0' })
    const verdict = await check('target', as('reader'))
    expect(verdict).toMatchObject({ failed: 'push', class: 'denied' })
    expect(verdict.cure).toBe(
      'the repository team/alpine is there, so give this user the right to push to it',
    )
    expect(await check('target', as('reader'), '--for', 'pull')).toMatchObject({ holds: true })
    expect(await check('target', as('reader'), '--for=login')).toMatchObject({ holds: true })
    await lab.target.hide('team/alpine:0')
  })

  test('a login that the engine holds, by its own store', async () => {
    const text = store('robot', PASSWORD)
    expect(await check('missing')).toMatchObject({ holds: false, failed: 'pull', class: 'denied' })
    expect(await check('target')).toMatchObject({ holds: true })
    store('robot', 'wrong')
    expect(await check('target')).toMatchObject({ failed: 'login', class: 'login' })
    expect(readFileSync(config, 'utf8')).not.toBe(text)
  })

  test('where plain HTTP or any certificate is allowed', async () => {
    expect((await check('trusted')).rows.slice(0, 4).map(({ answer }) => answer)).toEqual([
      'yes',
      'yes',
      'yes',
      'yes',
    ])
    expect(await check('allowed', healthy)).toMatchObject({ holds: true })
  })

  test('inside the cloud, and the health of Harbor', async () => {
    expect(await check('target', healthy, '--vpc')).toMatchObject({
      holds: true,
      host: expect.stringMatching(/^localhost:/),
    })
    const none = await script(['check-registry.sh', '--vpc', '--registry', 'plain'])
    expect(none).toMatchObject({ status: 1, stderr: expect.stringContaining('vpc-host') })
    const health = (state: string) =>
      JSON.stringify({
        status: state,
        components: [
          { name: 'core', status: 'healthy' },
          { name: 'database', status: state },
        ],
      })
    const path = { path: /^\/api\/v2\.0\/health$/ }
    const say = (body: string): Action => ({ do: 'answer', status: 200, headers: {}, body })
    fail(path, say(health('healthy')))
    expect(answers(await check('harbor', healthy))).toBe('yyyyyyyy')
    lab.front.target.clear()
    fail(path, say(health('unhealthy')))
    const sick = await check('harbor', healthy)
    expect(sick).toMatchObject({ failed: 'health', class: 'server' })
    expect(sick.rows[4]?.detail).toBe('not healthy: database')
  })

  test('all registries, as text', async () => {
    const { status, stdout } = await script(['check-registry.sh', '--all'], healthy)
    expect(status).toBe(1)
    expect(stdout).toMatch(/^target: .*\n(?: {2}✅ .*\n){7}/)
    expect(stdout).toMatch(
      /^closed: .*\n {2}✅ dns\n {2}❌ tcp: .*\n {4}refused: .*\n {4}cure: .*\n(?: {2}❓ .*\n){5}/m,
    )
    const one = await script(['check-registry.sh', '--registry', '5', '--for', 'login'], healthy)
    expect(one).toMatchObject({ status: 0 })
    const none = await script(['check-registry.sh', '--registry', '6'])
    expect(none).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/unknown registry: "6"; known are target \(5\), /),
    })
  })

  test('--push-test pushes a tiny image, and reads its digest back', async () => {
    const images = async () => (await lab.engine.docker(['images', '-q'])).stdout.split('\n').sort()
    const before = await images()
    const { status, stdout, stderr } = await script(['check-registry.sh', '--push-test'], healthy)
    expect(stderr).toMatch(/^\+ docker push [^ ]*\/team\/alpine:compose-relay-test\n$/)
    expect(stdout).toMatch(/✅ test: .*\/team\/alpine:compose-relay-test arrived as sha256:[0-9a-f]{64}\n$/)
    expect(status).toBe(0)
    expect(await lab.target.tags('team/alpine')).toContain('compose-relay-test')
    expect(await images()).toEqual(before)
  })

  test('--checklist ticks what can be seen', async () => {
    const boxes = async (env: Record<string, string>) => {
      const { stdout } = await script(['check-registry.sh', '--checklist'], env)
      return [...stdout.matchAll(/^ {2}\[(.)\]/gm)].map(([, mark]) => mark).join('')
    }
    expect(await boxes(healthy)).toBe('xxxxxx?xx')
    expect(await boxes({})).toBe('????? ???')
  })

  test('a push says everything at once before its first upload', async () => {
    await lab.engine.docker(['rmi', 'nginx:1'])
    const { status, stderr } = await push(as('robot', 'wrong'))
    expect(status).toBe(3)
    expect(stderr).toMatch(
      /^not here: nginx:1 .*\n❌ login: .* refuses the login that LAB_USERNAME .*\n {4}login: .*\n {4}cure: .*\nnothing was pushed\n$/,
    )
    expect(await push(as('reader'))).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/❌ push: .*\n {4}denied: /),
    })
    expect(await push(as('robot', ''))).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('LAB_PASSWORD is empty'),
    })
    fail(UPLOAD, noProject('team'))
    expect(await push(healthy)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('no namespace (project) team'),
    })
    expect(moved()).toBe(0)
    await lab.engine.docker(['pull', 'nginx:1'])
  })

  test('a push goes on where only its first repository is refused, or trouble may pass', async () => {
    lab.tokens.setUser('robot', PASSWORD, { 'team/alpine': ['pull'], 'team/*': ['pull', 'push'] })
    const partly = await push(healthy)
    expect(partly.stderr).toMatch(/❌ push: .*[\s\S]*❓ team\/nginx takes uploads/)
    expect(partly.stdout).toContain('2 of 3 images done, 1 failed')
    expect(partly.status).toBe(1)
    lab.tokens.setUser('robot', PASSWORD, { 'team/*': ['pull', 'push'] })
    fail(UPLOAD, registryError(503, 'UNAVAILABLE', 'later'))
    expect(await push(healthy)).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/^❓ push: UNAVAILABLE: later: .*going on\n$/),
    })
  })

  test('the password is seen nowhere, and the settings of the engine stay as they are', async () => {
    const settings = `{"currentContext":"default","auths":{"other.test":{"auth":"eDp5"}}}\n`
    writeFileSync(config, settings)
    rmSync(join(out, 'relay-lock.tsv'))
    const before = lab.internet.requests().length
    const secrets = [PASSWORD, Buffer.from(`robot:${PASSWORD}`).toString('base64')]
    const running = lab.begin(inside(['push-to-target-registry.sh', '--result', join(out, 'result.json')]), {
      env: healthy,
    })
    let seen = 0
    const watch = setInterval(() => {
      seen += commandLines().filter(line => secrets.some(secret => line.includes(secret))).length
    }, 3)
    const { status, stdout, stderr } = await running.done
    clearInterval(watch)
    expect({ status, stderr, seen }).toEqual({ status: 0, stderr: '', seen: 0 })
    expect(stdout).not.toContain(PASSWORD)
    expect(readFileSync(config, 'utf8')).toBe(settings)
    for (const name of readdirSync(out))
      expect(readFileSync(join(out, name), 'utf8'), name).not.toContain(PASSWORD)
    for (const log of [lab.engine.log, lab.target.log, lab.target.accessLog])
      expect(readFileSync(log, 'utf8'), log).not.toContain(PASSWORD)
    expect(readdirSync(lab.engine.env['TMPDIR'] ?? '')).toEqual([])
    expect(lab.front.target.total({ method: 'PUT', kind: 'manifest' }).requests).toBe(NAMES.length)
    expect(lab.internet.requests()).toHaveLength(before)
  })

  test('a registry that is down when a push begins', async () => {
    await lab.kill('target')
    const { status, stderr } = await push(healthy)
    await lab.revive('target')
    expect(status).toBe(3)
    expect(stderr).toMatch(/^❌ tcp: .*\n {4}refused: .*\n {4}cure: .*\nnothing was pushed\n$/)
  })

  test('a healthy registry is asked a few times, and a second push moves nothing', async () => {
    const { status } = await push(healthy, '--only', 'alpine')
    expect(status).toBe(0)
    expect(moved()).toBe(0)
    const asked = [...lab.front.target.totals({ agent: /^curl/ })].map(
      ([key, { requests }]) => `${key} ${requests}`,
    )
    expect(asked.sort()).toEqual([
      'GET ping 1',
      'GET tags team/alpine 1',
      'HEAD manifest team/alpine 1',
      'POST upload team/alpine 1',
    ])
  })
})

describe('Podman', () => {
  let lab: Lab<Podman>
  let out: string

  beforeAll(async () => {
    lab = await startPodmanLab()
    await lab.internet.seed(['alpine:1'])
    const project = join(lab.dir, 'project')
    out = join(project, 'out')
    mkdirSync(project)
    writeFileSync(join(project, 'compose.yaml'), 'services: { alpine: { image: "alpine:1" } }\n')
    const login = 'username-env: LAB_USERNAME, password-env: LAB_PASSWORD'
    writeFileSync(
      join(project, 'relay.yaml'),
      `registry: r\noutputs: [check-registry]\nregistries: { r: { host: "${lab.target.address}", ${login} } }\n`,
    )
    expect(await lab.run([process.execPath, CLI, 'generate'], { cwd: project })).toMatchObject({ status: 0 })
    expect(await script('pull-all-images-linux-amd64.sh')).toMatchObject({ status: 0 })
  })
  afterAll(() => lab.stop())

  const script = (name: string, env: Record<string, string> = {}, ...args: readonly string[]) => {
    const bash = process.env['TEST_BASH']
    return lab.run([join(out, name), ...args], bash === undefined ? { env } : { env, bash })
  }

  test('a login from the environment, which is kept nowhere', async () => {
    const env = { LAB_USERNAME: lab.target.user, LAB_PASSWORD: lab.target.password }
    const none = await script('push-to-r-registry.sh')
    expect(none).toMatchObject({ status: 3, stderr: expect.stringMatching(/^❌ login: .*LAB_USERNAME/) })
    const wrong = await script('push-to-r-registry.sh', { ...env, LAB_PASSWORD: 'wrong' })
    expect(wrong).toMatchObject({ status: 3, stderr: expect.stringMatching(/^❌ login: .*refuses/) })
    expect(await script('check-registry.sh', env, '--push-test')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('compose-relay-test arrived as sha256:'),
    })
    const pushed = await script('push-to-r-registry.sh', env)
    expect(pushed).toMatchObject({ status: 0, stderr: '' })
    expect(pushed.stdout).toContain('1 of 1 images done')
    expect(await lab.engine.docker(['login', '--get-login', lab.target.address])).toMatchObject({
      status: 125,
    })
  })
})

/** The command lines of all processes. */
function commandLines(): readonly string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(pid => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      } catch {
        return ''
      }
    })
}
