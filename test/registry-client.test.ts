import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { BASHES, FakeEngine, laboratory, pathOf } from './fake-engine.ts'
import { DIGEST, FakeRegistry, type FakeRegistryOptions, LOGIN, PASSWORD, TOKEN } from './fake-registry.ts'

vi.setConfig({ maxConcurrency: 12 })

const lab = laboratory('registry-client')
const LIB = fileURLToPath(new URL('../templates/lib', import.meta.url))

/** The parts as they stand in a script; `look REFERENCE...` tells of each what became known. */
const HARNESS = `
set -u -o pipefail
MSG_NO_WORKDIR=no-workdir MSG_ENGINE_STOPPED=stopped
for part in say last-line child within workdir engine failure login digest detail copy-config client-config json-values json containers-files engine-logins credentials variables request answer fault challenge knock engine-trust registry token ask-digest remote-digest; do source "$LIB/$part.bash"; done
ENGINE=docker ENGINE_KIND=\${KIND:-docker} INSECURE='' USERNAME_ENV=''
failures() { failure unknown no '' '' '*'; }
look() {
  local reference
  for reference in "$@"; do
    REPLY=before
    remote_digest "$reference"
    say '%s %s' "$?" "\${REPLY:0:71}"
  done
}
tell_login() {
  stored_login "$1"
  say '%s %s' "$?" "$REPLY"
}
open_workdir
`

/** Writes down how it is called and what its environment is; then it is curl. */
const CURL = `#!/bin/sh
{ printf '%s\\n' "$@"; export -p; } >>"$FAKE_ENGINE/curl"
exec ${pathOf('curl')} "$@" --connect-to ::127.0.0.1:
`

/** A credential helper that knows what the files beside it say. */
const HELPER = `#!/usr/bin/env bash
read -r host
printf '%s %s\\n' "$*" "$host" >>"$FAKE_ENGINE/helper"
case $host in
  broken*) echo 'no pass' && exit 1 ;;
  token*) echo '{"ServerURL":"x","Username":"<token>","Secret":"abc"}' ;;
  half*) printf '%s' '{"Username":"a","Secret":"\\ud83d\\ude00"}' ;;
  known* | https://index.docker.io/v1/) cat "$FAKE_ENGINE/answer" ;;
  *) echo 'credentials not found in native keychain' && exit 1 ;;
esac
`

const servers: FakeRegistry[] = []
const start = async (options: FakeRegistryOptions = {}) => {
  const server = await FakeRegistry.start(options)
  servers.push(server)
  return server
}
afterAll(() => {
  for (const server of servers) server.stop()
})

const tls = { cert: join(lab, 'lab.crt'), key: join(lab, 'lab.key') }
beforeAll(() => {
  const make =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=registry.test'
  execFileSync(
    'openssl',
    [...make.split(' '), '-addext', 'subjectAltName=DNS:registry.test', '-keyout', tls.key, '-out', tls.cert],
    { stdio: 'ignore' },
  )
})

const auths = (entries: Readonly<Record<string, unknown>>) => JSON.stringify({ auths: entries })
const config = (host: string) => auths({ [host]: { auth: LOGIN } })

describe.concurrent.each(BASHES)('%s', bash => {
  const machine = (...programs: readonly string[]) => {
    const host = new FakeEngine(lab, bash)
    for (const name of ['base64', 'mv']) symlinkSync(pathOf(name), join(host.dir, 'bin', name))
    rmSync(join(host.dir, 'bin', 'sleep'))
    symlinkSync(pathOf('sleep'), join(host.dir, 'bin', 'sleep'))
    program(host, 'curl', CURL)
    for (const name of programs) program(host, `docker-credential-${name}`, HELPER)
    return host
  }
  const program = (host: FakeEngine, name: string, text: string) => {
    writeFileSync(join(host.dir, 'bin', name), text)
    chmodSync(join(host.dir, 'bin', name), 0o755)
  }
  const run = (host: FakeEngine, script: string, env: Readonly<Record<string, string>> = {}) =>
    host.run(['-c', HARNESS + script], { env: { LIB, ...env } })
  const noted = (host: FakeEngine, name: string) => {
    const path = join(host.env['FAKE_ENGINE'] ?? '', name)
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }
  const lines = (text: string) => text.split('\n').filter(line => line !== '')

  /** Logs in, opens a registry and looks for images there. */
  const visit = async (
    registry: FakeRegistry,
    script: string,
    { login = true, name = '127.0.0.1', env = {} } = {},
  ) => {
    const host = machine()
    const address = `${name}:${registry.port}`
    if (login) host.homeFile('.docker/config.json', config(address))
    const { stdout, stderr, status } = await run(
      host,
      `umask 000\nH=${address}\n${script}\n${pathOf('ls')} -l "$WORK" >"$FAKE_ENGINE/modes"`,
      env,
    )
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
    const words = noted(host, 'curl')
    for (const secret of [LOGIN, PASSWORD, TOKEN, 'Authorization']) expect(words).not.toContain(secret)
    const secrets = /\.(?:curl|body|head|token)$|^token\./
    const readable = lines(noted(host, 'modes')).filter(line => {
      const [mode = '', ...rest] = line.split(/\s+/)
      return secrets.test(rest.at(-1) ?? '') && mode !== '-rw-------'
    })
    expect(readable).toEqual([])
    return { output: lines(stdout), host }
  }

  describe('stored_login', () => {
    /** One script asks all of them. */
    const CASES: readonly (readonly [config: string, answer: string])[] = [
      [config('reg.test:5000'), `0 ${LOGIN}`],
      [config('https://reg.test:5000'), `0 ${LOGIN}`],
      [config('https://reg.test:5000/v1/'), `0 ${LOGIN}`],
      [config('https://reg.test:5000/v2/'), `0 ${LOGIN}`],
      [config('evil-reg.test:5000'), '0 '],
      [config('reg.test:5000.evil'), '0 '],
      [config('reg.test:50000'), '0 '],
      [config('reg.test'), '0 '],
      [config('regxtest:5000'), '0 '],
      [config('reg.test:5000/v1/evil'), '0 '],
      [config('https://evil/reg.test:5000'), '0 '],
      ['', '0 '],
      ['{}', '0 '],
      ['not json', '0 '],
      [auths({ 'reg.test:5000': {} }), '0 '],
      [auths({ 'reg.test:5000': { auth: '' } }), '0 '],
      [auths({ 'reg.test:5000': { auth: LOGIN, identitytoken: 'abc' } }), '1 '],
      [auths({ 'reg.test:5000': { auth: LOGIN, identitytoken: '' } }), `0 ${LOGIN}`],
      [auths({ 'reg.test:5000': { auth: 'a"\nurl = "http://evil' } }), '1 '],
      [
        auths({ 'https://reg.test:5000': { auth: 'b3RoZXI=' }, 'reg.test:5000': { auth: LOGIN } }),
        `0 ${LOGIN}`,
      ],
      [
        auths({ 'reg.test:5000': { auth: LOGIN }, 'https://reg.test:5000': { auth: 'b3RoZXI=' } }),
        `0 ${LOGIN}`,
      ],
      // Where it stands, and how it is written.
      [`{"x": {"auths": {"reg.test:5000": {"auth": "eA=="}}}}`, '0 '],
      [`{"x": "\\"auths\\": {\\"reg.test:5000\\": {\\"auth\\": \\"eA==\\"}}"}`, '0 '],
      [`{"auths": ["reg.test:5000", {"auth": "eA=="}]}`, '0 '],
      [
        `{"auths": {"a}{": {"auth": "eA==", "l": [[], {}, 1, "]"]}, "reg.test:5000": {"auth": "${LOGIN}"}}}`,
        `0 ${LOGIN}`,
      ],
      [
        `\r\n{\t"auths"\n:\r\n{ "reg.test:5000"  :\n {\n"email"\n: "a\\"}b",\n"auth"\n\t:\n"${LOGIN}"\n}\n}\n}`,
        `0 ${LOGIN}`,
      ],
      [
        `{"auths":{"https:\\/\\/reg.test:5000\\/v1\\/":{"auth":"${LOGIN.replaceAll('/', '\\/')}"}}}`,
        `0 ${LOGIN}`,
      ],
      [`{"auths":{"\\u0072eg.test:5000":{"auth":"${LOGIN}"}}}`, `0 ${LOGIN}`],
    ]

    test('in the file of Docker', async () => {
      const host = machine()
      for (const [index, [text]] of CASES.entries()) host.homeFile(`${index}/config.json`, text)
      const { stdout, stderr } = await run(
        host,
        `copy_config
        for ((i = 0; i < ${CASES.length}; i++)); do
          cat "$HOME/$i/config.json" >"$WORK/config/config.json"
          tell_login reg.test:5000
        done`,
      )
      expect(stderr).toBe('')
      const answers = stdout.split('\n').slice(0, -1)
      expect(CASES.map(([text], index) => [text, answers[index]])).toEqual(CASES)
    })

    test('Docker Hub, an address in brackets, no file at all', async () => {
      const host = machine()
      const text = auths({ 'https://index.docker.io/v1/': { auth: 'aHVi' }, '[::1]:5000': { auth: 'c2l4' } })
      host.homeFile('.docker/config.json', text)
      const { stdout, stderr } = await run(
        host,
        `tell_login docker.io; tell_login "[::1]:5000"; tell_login other
        rm -rf "$WORK/config"
        HOME=/nonexistent; tell_login docker.io`,
      )
      expect({ stdout, stderr }).toEqual({ stdout: '0 aHVi\n0 c2l4\n0 \n0 \n', stderr: '' })
    })

    test('programs that keep passwords', async () => {
      const host = machine('one', 'two')
      const credHelpers = { 'known-one': 'one', gone: 'absent', odd: '../one' }
      const settings = { auths: { 'known-two': {}, else: { auth: LOGIN } }, credHelpers, credsStore: 'two' }
      host.homeFile('.docker/config.json', JSON.stringify(settings, null, '\t'))
      // Go writes & < > as numbers, others everything that is not ASCII.
      const secret = 'a\\u003c\\u0026"\\\\n\\/\\u00e4\\u4e2d\\t%s $x'.replace('"', '\\"')
      writeFileSync(
        join(host.env['FAKE_ENGINE'] ?? '', 'answer'),
        `{ "ServerURL": "https://\\"Secret\\":", "Username" : "ro\\"bot",\n"Secret":"${secret}${'x'.repeat(200)}"}\n`,
      )
      const { stdout, stderr } = await run(
        host,
        `for name in known-one known-two docker.io else nobody broken token half gone odd; do tell_login "$name"; done
        cat "$WORK"/*secret* 2>/dev/null`,
      )
      const known = Buffer.from(`ro"bot:a<&"\\n/ä中\t%s $x${'x'.repeat(200)}`).toString('base64')
      expect(lines(stdout).slice(0, 10)).toEqual([
        `0 ${known}`,
        `0 ${known}`,
        `0 ${known}`,
        `0 ${LOGIN}`,
        '0 ',
        '1 ',
        '1 ',
        '1 ',
        '1 ',
        '1 ',
      ])
      expect(stderr).toBe('')
      expect(stdout).not.toContain('Username')
      expect(lines(noted(host, 'helper')).slice(0, 4)).toEqual([
        'get known-one',
        'get known-two',
        'get https://index.docker.io/v1/',
        'get else',
      ])
    })

    test('the files of Podman', async () => {
      const host = machine()
      const file = (name: string, login: string, ...names: readonly string[]) =>
        host.homeFile(
          name,
          auths(Object.fromEntries(names.map(key => [key, { auth: Buffer.from(login).toString('base64') }]))),
        )
      const given = file('given.json', 'given', 'a')
      file('run/containers/auth.json', 'run', 'a')
      file('.config/containers/auth.json', 'home', 'a', 'b')
      file('.docker/config.json', 'docker', 'a', 'b', 'c', 'https://index.docker.io/v1/')
      const env = { KIND: 'podman', XDG_RUNTIME_DIR: join(host.home, 'run') }
      const decode = (text: string) =>
        lines(text).map(line => Buffer.from(line.split(' ')[1] ?? '', 'base64').toString())
      const { stdout, stderr } = await run(
        host,
        `for name in a b c docker.io d; do tell_login "$name"; done
        REGISTRY_AUTH_FILE=${given}
        tell_login a; tell_login b
        [ ! -e "$WORK/config" ] || say 'a copy'`,
        env,
      )
      expect(stderr).toBe('')
      expect(decode(stdout)).toEqual(['run', 'home', 'docker', 'docker', '', 'given', ''])
    })
  })

  describe('remote_digest', () => {
    const found = `0 ${DIGEST}`
    const all = 'look "$H/team/app:1.0" "$H/a/b/c/d:x_Y-1"'

    test.each<[string, FakeRegistryOptions]>([
      ['nothing', {}],
      ['Basic', { asks: 'basic' }],
    ])('a registry that asks for %s: one request an image', async (_, options) => {
      const registry = await start(options)
      const { output } = await visit(registry, `open_registry "$H"; say "$? $REGISTRY_URL"; ${all}`)
      expect(output).toEqual([`0 http://127.0.0.1:${registry.port}`, found, found])
      expect(registry.requests[0]).toBe('GET /v2/')
      expect(registry.take()).toEqual(['HEAD /v2/team/app/manifests/1.0', 'HEAD /v2/a/b/c/d/manifests/x_Y-1'])
    })

    test('a registry that asks for tokens: two requests, one while the token holds, also for another job', async () => {
      const registry = await start({ asks: 'bearer', spell: name => name.toUpperCase() })
      const { output } = await visit(
        registry,
        `open_registry "$H"
        (SCRATCH=$WORK/0.scratch; look "$H/team/app:1")
        (SCRATCH=$WORK/1.scratch; look "$H/team/app:2x" "$H/team/b:404")
        cat "$WORK"/*.body 2>/dev/null`,
      )
      expect(output.slice(0, 3)).toEqual([found, found, '1 '])
      const [token, head] = ['GET /token', 'HEAD /v2/team/app/manifests/']
      expect(registry.take()).toEqual([
        token,
        `${head}1`,
        `${head}2x`,
        token,
        'HEAD /v2/team/b/manifests/404',
      ])
    })

    test('a token that is too old is fetched again', async () => {
      const registry = await start({ asks: 'bearer', lifetime: 5, spell: name => name.toLowerCase() })
      const { output } = await visit(registry, 'open_registry "$H"; look "$H/a/b:1x" "$H/a/b:2x"')
      expect(output).toEqual([found, found])
      const [token, head] = ['GET /token', 'HEAD /v2/a/b/manifests/']
      expect(registry.take()).toEqual([token, `${head}1x`, token, `${head}2x`])
    })

    test('many jobs at once', async () => {
      const registry = await start({ asks: 'bearer', lifetime: null })
      const { output } = await visit(
        registry,
        `open_registry "$H"
        for number in 1 2 3; do (SCRATCH=$WORK/$number.scratch; look "$H/team/app:x$number") & done
        wait`,
      )
      expect(output).toEqual(Array.from({ length: 3 }, () => found))
    })

    test('what is not known, and what is not there', async () => {
      const registry = await start()
      const tags = ['404', '403', '429', '503', 'html', 'short', 'odd']
      const { output } = await visit(
        registry,
        `open_registry "$H"
        look ${tags.map(tag => `"$H/team/app:${tag}"`).join(' ')}
        look "$H/app" "other/app:1" "$H/a b:1" "$H/a?b:1" "$H/app@${DIGEST}" "$H/a\\"b:1"
        REGISTRY_HIDDEN=yes
        look "$H/team/app:404"`,
      )
      expect(output.join('')).toBe(`1 ${'2 '.repeat(tags.length - 1 + 6 + 1)}`)
      expect(registry.take()).toHaveLength(tags.length + 1)
    })

    test.each(['basic', 'bearer'] as const)('%s without a login, or with a wrong one', async asks => {
      const registry = await start({ asks })
      const script = `look "$H/team/app:1"
        open_registry "$H"
        look "$H/team/app:1" "$H/public/app:1x" "$H/public/app:404"
        REGISTRY_LOGIN=d3Jvbmc6bm8=
        look "$H/private/app:1"`
      const { output } = await visit(registry, script, { login: false })
      expect(output.map(line => line.slice(0, 1))).toEqual(['2', '2', '0', '1', '2'])
    })

    test('on the sixth version of the internet, and over https', async () => {
      const six = await start({ address: '::1', asks: 'basic' })
      const host = machine()
      host.homeFile('.docker/config.json', config(`[::1]:${six.port}`))
      program(host, 'curl', CURL.replace(' --connect-to ::127.0.0.1:', ''))
      const { stdout } = await run(host, `H='[::1]:${six.port}'; open_registry "$H"; ${all}`)
      expect(lines(stdout)).toEqual([found, found])
      const registry = await start({ asks: 'basic', tls })
      const { output } = await visit(registry, `open_registry "$H"; ${all}; say "$REGISTRY_URL"`)
      expect(output).toEqual([found, found, `https://127.0.0.1:${registry.port}`])
    })
  })

  describe('open_registry', () => {
    const name = 'registry.test'
    const open = 'open_registry "$H"; say "$? $REGISTRY_URL"; look "$H/team/app:1"'

    test('plain http only where the engine was told so', async () => {
      const registry = await start()
      const { output } = await visit(
        registry,
        `${open}
        ask() { say "x$H\n$H.evil" >"$SCRATCH"; }
        ${open}
        ask() { say "docker.io\n$H" >"$SCRATCH"; }
        ${open}`,
        { name },
      )
      const known = `0 http://${name}:${registry.port}`
      expect(output).toEqual(['1 ', '2 ', '1 ', '2 ', known, `0 ${DIGEST}`])
      // Where https gets no answer, one look tells whether plain http would: nothing is asked of it.
      const [look, digest] = ['GET /v2/', 'HEAD /v2/team/app/manifests/1']
      expect(registry.requests).toEqual([look, look, look, digest])
    })

    test('a certificate of its own', async () => {
      const registry = await start({ tls })
      const address = `${name}:${registry.port}`
      mkdirSync(join(lab, 'certs', address), { recursive: true })
      symlinkSync(tls.cert, join(lab, 'certs', address, 'ca.crt'))
      const { output } = await visit(
        registry,
        `${open}
        CERTIFICATES=${join(lab, 'certs')}
        ${open}
        CERTIFICATES=/nonexistent
        ask() { say "$H" >"$SCRATCH"; }
        ${open}`,
        { name },
      )
      const known = [`0 https://${address}`, `0 ${DIGEST}`]
      expect(output).toEqual(['1 ', '2 ', ...known, ...known])
    })

    test('what is no registry that can be asked', async () => {
      const bearer = (challenge: string) => start({ asks: 'bearer', challenge })
      const registries = await Promise.all([
        start({ portal: 200 }),
        start({ portal: 503 }),
        bearer('Negotiate'),
        bearer('Bearer service="x"'),
        bearer('Bearer realm="file:///etc/passwd"'),
        bearer('Bearer realm="http://127.0.0.1:PORT/token\\",service="x"'),
        bearer('Bearer realm="https://127.0.0.1:PORT/token",service="lab & co"'),
      ])
      const { stdout } = await run(
        machine(),
        registries.map(({ port }) => `open_registry 127.0.0.1:${port}; say "$? $REGISTRY_URL"`).join('\n'),
      )
      const last = `0 http://127.0.0.1:${registries.at(-1)?.port}`
      expect(lines(stdout)).toEqual([...Array.from({ length: 6 }, () => '1 '), last])
    })

    test('no curl, no answer, no host', async () => {
      const { stdout } = await run(
        machine(),
        `for H in localhost:1 "" "a b" "a/b" 'a"b' "[::1]:1"; do open_registry "$H"; say "$? $REGISTRY_URL"; done
        PATH=/nonexistent; open_registry localhost:1; say "$? $REGISTRY_URL"
        PATH=/bin:/usr/bin`,
      )
      expect(stdout).toBe('1 \n'.repeat(7))
    })

    test('what is this machine', async () => {
      const yes = ['localhost', 'localhost:5000', '127.0.0.1', '127.9.9.9:1', '[::1]', '[::1]:5000']
      const no = [
        'localhost.evil',
        '127.0.0.1.evil:1',
        '127.evil.com.x',
        'xlocalhost',
        '[::2]:1',
        '1127.0.0.1',
        '127',
      ]
      const { stdout } = await run(
        machine(),
        [...yes, ...no].map(host => `is_loopback '${host}'; say "$?"`).join('\n'),
      )
      expect(lines(stdout).join('')).toBe('0'.repeat(yes.length) + '1'.repeat(no.length))
    })
  })
})
