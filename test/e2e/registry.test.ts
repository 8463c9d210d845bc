import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Result } from './command.ts'
import { type FaultLab, startFaultLab } from './fault-lab.ts'
import type { Match } from './fault-proxy.ts'

const CLI = resolve('dist/cli.js')
const NAMES = ['alpine', 'busybox', 'nginx']
const PASSWORD = 'Passw0rd'
const UPLOAD: Match = { method: 'POST', kind: 'upload', agent: /^curl/ }

/** What check-registry.sh --json says of one registry. */
interface Verdict {
  readonly registry: string
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

  const results: readonly [string, string, Record<string, string>, string, string, string, RegExp][] = [
    ['closed port', 'closed', {}, 'tcp', 'ynuuuuu', 'network', /onnect/],
    ['no such name', 'unknown', {}, 'dns', 'nuuuuuu', 'dns', /resolve/],
    ['plain HTTP at an https address', 'plain', {}, 'tls', 'yynuuuu', 'plain-http', /./],
    ['a certificate that nobody vouches for', 'signed', {}, 'tls', 'yynuuuu', 'certificate', /self.signed/],
    ['401 without a login', 'target', {}, 'login', 'yyyynuu', 'login', /not logged in.*LAB_USERNAME/],
    ['401 with a wrong login', 'target', as('robot', 'wrong'), 'login', 'yyyynuu', 'login', /refuses/],
    [
      'half a login',
      'target',
      as('robot', ''),
      'login',
      'yyyynuu',
      'login',
      /no credentials.*LAB_PASSWORD is empty/,
    ],
    ['no right to push', 'target', as('reader'), 'push', 'yyyyyyn', 'denied', /denied|requested access|401/i],
  ]
  test.each(results)('%s', async (_, registry, env, failed, expected, kind, detail) => {
    const verdict = await check(registry, env)
    expect(verdict).toMatchObject({ holds: false, failed, class: kind })
    expect(answers(verdict)).toBe(expected)
    expect(verdict.rows.find(({ step }) => step === failed)?.detail).toMatch(detail)
  })
})
