import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Running } from './command.ts'
import { type FaultLab, startFaultLab } from './fault-lab.ts'
import type { Action, FaultProxy, Match, Rule } from './fault-proxy.ts'
import {
  answer,
  denied,
  nginx,
  noProject,
  plainRateLimit,
  portal,
  rateLimit,
  registryError,
  STORE_ANOTHER,
  unauthorized,
  unknownManifest,
} from './faults.ts'
import { killAll, mountsBelow, processesWith } from './leftovers.ts'

const NO_DIGEST = `sha256:${'0'.repeat(64)}`
const HUB_LIMIT =
  'toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit'

describe('a laboratory with faults', () => {
  let lab: FaultLab

  beforeAll(async () => {
    const daemon = { 'max-concurrent-downloads': 20, 'max-concurrent-uploads': 20 }
    lab = await startFaultLab({ bearer: ['target'], daemon })
    await lab.login()
  })
  afterAll(() => lab.stop())

  const docker = (...args: string[]) => lab.engine.docker(args)
  const addTo = (proxy: FaultProxy, match: Match, action: Action, times?: number) =>
    proxy.add({ match, action, ...(times === undefined ? {} : { times }) })

  /** Stores an image at the internet, and gives the rule for its repository to the proxy there. */
  async function faulty(name: string, rule: Rule, bytes?: number): Promise<string> {
    const reference = `ghcr.io/fault/${name}:1`
    await lab.internet.put({ reference, ...(bytes === undefined ? {} : { bytes }) })
    addTo(lab.front.internet, { repository: `fault/${name}`, ...rule.match }, rule.action, rule.times)
    return reference
  }

  /** Has an image at hand under a name of the target, with a rule for the upload. */
  async function outgoing(name: string, rule: Rule, bytes?: number): Promise<string> {
    const reference = `ghcr.io/push/${name}:1`
    const copy = `${lab.target.address}/push/${name}:1`
    await lab.internet.put({ reference, ...(bytes === undefined ? {} : { bytes }) })
    await docker('pull', reference)
    await docker('tag', reference, copy)
    addTo(lab.front.target, { repository: `push/${name}`, ...rule.match }, rule.action, rule.times)
    return copy
  }

  const asked = (proxy: FaultProxy, match: Match) => {
    const totals = [...proxy.totals(match)]
    return Object.fromEntries(totals.map(([key, { requests }]) => [key, requests]))
  }

  describe.concurrent('pulling', () => {
    const anything: Match = {}
    test.concurrent.each<[string, Action, string]>([
      ['hub-429', rateLimit(3), `Error response from daemon: ${HUB_LIMIT}\n`],
      ['plain-429', plainRateLimit(), 'error parsing HTTP 429 response body: invalid character'],
      ['401', unauthorized(), 'Error response from daemon: unauthorized\n'],
      ['403', denied(), 'Error response from daemon: denied\n'],
      [
        '404',
        unknownManifest(),
        'manifest for ghcr.io/fault/404:1 not found: manifest unknown: manifest unknown\n',
      ],
      [
        '500',
        nginx(500, 'Internal Server Error'),
        'received unexpected HTTP status: 500 Internal Server Error\n',
      ],
      ['502', nginx(502, 'Bad Gateway'), 'received unexpected HTTP status: 502 Bad Gateway\n'],
      [
        '503',
        nginx(503, 'Service Unavailable'),
        'received unexpected HTTP status: 503 Service Unavailable\n',
      ],
      [
        'portal',
        portal(),
        "error unmarshalling content: invalid character '<' looking for beginning of value\n",
      ],
    ])('a manifest that is answered by %s fails at once', async (name, action, stderr) => {
      const reference = await faulty(name, { match: anything, action })
      expect(await docker('pull', reference)).toMatchObject({
        status: 1,
        stderr: expect.stringContaining(stderr),
      })
      expect(asked(lab.front.internet, { repository: `fault/${name}` })).toEqual({
        [`HEAD manifest fault/${name}`]: 1,
        [`GET manifest fault/${name}`]: 1,
      })
    })

    test.concurrent.each<[string, Action]>([
      ['reset', { do: 'reset' }],
      ['lose', { do: 'lose' }],
    ])('%s tears the connection down', async (name, action) => {
      const reference = await faulty(name, { match: anything, action })
      expect((await docker('pull', reference)).stderr).toMatch(
        /Head "https:.*: read: connection reset by peer\n$/,
      )
      expect(lab.front.internet.total({ repository: `fault/${name}` })).toMatchObject({
        requests: 1,
        sent: 0,
      })
    })

    test.concurrent.each<[string, Action]>([
      ['cut-blob', { do: 'cut', after: 50_000 }],
      ['reset-blob', { do: 'reset', after: 50_000 }],
    ])('%s breaks off inside a layer, and the engine goes on where it was', async (name, action) => {
      const reference = `ghcr.io/fault/${name}:1`
      const { platforms } = await lab.internet.put({ reference, bytes: 100_000 })
      const [layer] = platforms.flatMap(({ layers }) => layers)
      const match: Match = { method: 'GET', path: new RegExp(`/fault/${name}/blobs/${layer}$`) }
      addTo(lab.front.internet, match, action, 1)
      const pulled = await docker('pull', reference)
      expect(pulled).toMatchObject({ status: 0, stdout: expect.stringMatching(/Retrying in [45] seconds/) })
      const [broken, rest] = lab.front.internet.exchanges(match)
      expect(broken).toMatchObject({ faults: [action.do], status: 200, sent: 50_000 })
      expect(rest).toMatchObject({ faults: [], status: 206 })
      const { requests, sent } = lab.front.internet.total(match)
      expect(requests).toBe(2)
      expect(sent).toBeLessThan(101_000)
    })

    test.concurrent('a manifest that is cut short', async () => {
      const match: Match = { method: 'GET', kind: 'manifest' }
      const reference = await faulty('cut', { match, action: { do: 'cut', after: 50 } })
      expect((await docker('pull', reference)).stderr).toBe('Error response from daemon: unexpected EOF\n')
    })

    test.concurrent('a first request without answer ends after 15 seconds', async () => {
      const match: Match = { kind: 'ping', host: 'registry-1.docker.io' }
      await lab.internet.put({ reference: 'stalled/hub:1' })
      const remove = addTo(lab.front.internet, match, { do: 'stall' })
      const begun = Date.now()
      expect((await docker('pull', 'stalled/hub:1')).stderr).toMatch(
        /Get "https:\/\/registry-1\.docker\.io\/v2\/": (context deadline exceeded|net\/http: request canceled)/,
      )
      expect(Date.now() - begun).toBeGreaterThan(14_000)
      remove()
      expect((await docker('pull', 'stalled/hub:1')).status).toBe(0)
    })

    test.concurrent('any later request without answer never ends', async () => {
      const reference = await faulty('stall', { match: { kind: 'manifest' }, action: { do: 'stall' } })
      const pulling = lab.begin(['docker', 'pull', reference])
      const late = await Promise.race([
        pulling.done,
        new Promise(resolve => setTimeout(resolve, 18_000, 'late')),
      ])
      expect(late).toBe('late')
      pulling.kill('SIGTERM', 'group')
      await pulling.done
    })

    test.concurrent('slow and delay take their time, and go together with other rules', async () => {
      const reference = await faulty(
        'slow',
        { match: { kind: 'blob' }, action: { do: 'slow', rate: 100_000 } },
        200_000,
      )
      const match: Match = { repository: 'fault/slow', method: 'HEAD' }
      addTo(lab.front.internet, match, { do: 'delay', ms: 700 })
      addTo(lab.front.internet, match, nginx(503, 'Service Unavailable'), 1)
      const begun = Date.now()
      expect((await docker('pull', reference)).status).toBe(0)
      expect(Date.now() - begun).toBeGreaterThan(2600)
      expect(lab.front.internet.exchanges(match)).toMatchObject([
        { faults: ['delay', 'answer'], status: 503 },
      ])
    })
  })

  describe.concurrent('pushing', () => {
    const upload: Match = { kind: 'upload' }
    const quota =
      'adding 1.0 GiB of storage resource, which when updated to current usage of 5.0 GiB will exceed the configured upper limit of 5.0 GiB.'
    const immutable = "Failed to process request due to 'app:1' configured as immutable."
    const foreign = 'unauthorized to access repository: p/i, action: push'
    const put: Match = { kind: 'manifest', method: 'PUT' }
    test.concurrent.each<[string, Match, Action, string]>([
      ['hub-429', upload, rateLimit(), `${HUB_LIMIT}\n`],
      ['no-project', upload, noProject('nosuch'), 'name unknown: project nosuch not found\n'],
      ['foreign', upload, registryError(401, 'UNAUTHORIZED', foreign), `unauthorized: ${foreign}\n`],
      [
        '413',
        { ...upload, method: 'PATCH' },
        nginx(413, 'Request Entity Too Large'),
        '413 Request Entity Too Large',
      ],
      ['quota', put, registryError(403, 'DENIED', quota), `denied: ${quota}\n`],
      ['immutable', put, registryError(412, 'PRECONDITION', immutable), `unknown: ${immutable}\n`],
      [
        '503-at-the-end',
        put,
        nginx(503, 'Service Unavailable'),
        'unexpected HTTP status: 503 Service Unavailable\n',
      ],
    ])('that is answered by %s fails at once', async (name, match, action, stderr) => {
      const copy = await outgoing(name, { match, action })
      expect(await docker('push', copy)).toMatchObject({ status: 1, stderr: expect.stringContaining(stderr) })
      expect(await lab.target.manifest(`push/${name}:1`)).toBeNull()
      const refused = lab.front.target.exchanges({ repository: `push/${name}`, ...match })
      expect(refused.filter(({ faults }) => faults.length > 0)).toHaveLength(1)
    })

    test.concurrent.each<[string, Match, Action]>([
      ['503', upload, nginx(503, 'Service Unavailable')],
      ['denied', upload, denied()],
      ['harbor', upload, noProject('nosuch', 'NOT_FOUND')],
      ['portal', upload, portal()],
      ['reset', { ...upload, method: 'PATCH' }, { do: 'reset', after: 50_000 }],
    ])('that meets %s once is tried again by the engine after 5 seconds', async (name, match, action) => {
      const copy = await outgoing(`once-${name}`, { match, action, times: 1 }, 100_000)
      const pushed = await docker('push', copy)
      expect(pushed).toMatchObject({ status: 0, stdout: expect.stringMatching(/Retrying in [45] seconds/) })
      const { digest } = (await lab.target.manifest(`push/once-${name}:1`)) ?? {}
      expect(pushed.stdout).toContain(`1: digest: ${digest}`)
    })

    test.concurrent('is counted: each blob goes up once, and nothing the second time', async () => {
      const copy = await outgoing('counted', { match: {}, action: { do: 'delay', ms: 0 } }, 100_000)
      const sent: Match = { repository: 'push/counted', method: ['PATCH', 'PUT', 'POST'] }
      expect((await docker('push', copy)).status).toBe(0)
      const requests = { upload: { requests: 2 }, manifest: { requests: 1 } }
      expect(Object.fromEntries(lab.front.target.totals(sent))).toMatchObject({
        'POST upload push/counted': requests.upload,
        'PATCH upload push/counted': requests.upload,
        'PUT upload push/counted': requests.upload,
        'PUT manifest push/counted': requests.manifest,
      })
      const { received } = lab.front.target.total({ ...sent, method: 'PATCH' })
      expect(received).toBeGreaterThan(100_000)
      expect(received).toBeLessThan(102_000)
      expect((await docker('push', copy)).status).toBe(0)
      expect(lab.front.target.total({ ...sent, kind: 'upload' })).toMatchObject({ requests: 6, received })
    })

    test.concurrent('to a registry that stores something else looks like success', async () => {
      const copy = await outgoing('altered', { match: put, action: STORE_ANOTHER })
      const pushed = await docker('push', copy)
      expect(pushed.status).toBe(0)
      const { digest } = (await lab.target.manifest('push/altered:1')) ?? {}
      expect(digest).toMatch(/^sha256:/)
      expect(pushed.stdout).toMatch(/1: digest: sha256:/)
      expect(pushed.stdout).not.toContain(digest)
    })

    test.concurrent('may be done though the answer is lost', async () => {
      const copy = await outgoing('lost', { match: put, action: { do: 'lose' }, times: 1 })
      expect((await docker('push', copy)).stderr).toContain('read: connection reset by peer')
      expect(await lab.target.manifest('push/lost:1')).not.toBeNull()
    })
  })

  describe('curl', () => {
    const curl = (path: string, ...more: string[]) => {
      const args = ['curl', '-sS', '-m', '2', '--cacert', lab.certificate, ...more, `https://quay.io${path}`]
      return lab.run(lab.engine.inside(args))
    }

    test('sees headers and bodies as they are set', async () => {
      addTo(lab.front.internet, { path: /^\/v2\/limited/ }, rateLimit(7))
      const limited = await curl('/v2/limited/tags/list', '-i')
      expect(limited.stdout).toContain('HTTP/1.1 429 Too Many Requests\r\n')
      expect(limited.stdout).toContain('retry-after: 7\r\n')
      expect(limited.stdout).toContain('{"errors":[{"code":"TOOMANYREQUESTS"')
      expect(lab.front.internet.exchanges({ path: /^\/v2\/limited/ })).toMatchObject([
        { method: 'GET', kind: 'tags', repository: 'limited', host: 'quay.io', status: 429 },
      ])
    })

    test('meets cut, reset and stalled connections', async () => {
      const { digest, id } = await lab.internet.put({ reference: 'quay.io/curl/a:1' })
      const blob = `/v2/curl/a/blobs/${id}`
      const match: Match = { path: new RegExp(id) }
      addTo(lab.front.internet, match, { do: 'cut', after: 5 }, 1)
      addTo(lab.front.internet, match, { do: 'stall', after: 5 }, 1)
      addTo(lab.front.internet, match, { do: 'reset' }, 1)
      addTo(lab.front.internet, match, { do: 'stall' }, 1)
      expect(await curl(blob)).toMatchObject({ status: 18, stdout: expect.stringMatching(/^.{5}$/) })
      expect(await curl(blob)).toMatchObject({ status: 28, stdout: expect.stringMatching(/^.{5}$/) })
      expect(await curl(blob)).toMatchObject({ status: 56, stdout: '' })
      expect(await curl(blob)).toMatchObject({ status: 28, stdout: '' })
      expect(await curl(blob)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\{.*\}$/) })
      expect(digest).not.toBe(id)
    })

    test('gets a body whole that ends before the fault, which waits for another', async () => {
      const { id, platforms } = await lab.internet.put({ reference: 'quay.io/curl/c:1', bytes: 100_000 })
      addTo(lab.front.internet, { repository: 'curl/c' }, { do: 'reset', after: 50_000 }, 1)
      const statuses = []
      for (const blob of [id, platforms[0]?.layers[0], id, platforms[0]?.layers[0]])
        statuses.push((await curl(`/v2/curl/c/blobs/${blob}`, '-o', '/dev/null')).status)
      expect(statuses).toEqual([0, 56, 0, 0])
      const faults = lab.front.internet.exchanges({ repository: 'curl/c' }).map(exchange => exchange.faults)
      expect(faults).toEqual([[], ['reset'], [], []])
    })

    test('is told another digest than the content has', async () => {
      const { digest } = await lab.internet.put({ reference: 'quay.io/curl/b:1' })
      const accept = ['-H', 'Accept: application/vnd.docker.distribution.manifest.v2+json']
      const remove = addTo(lab.front.internet, { repository: 'curl/b' }, { do: 'misname', digest: NO_DIGEST })
      expect((await curl('/v2/curl/b/manifests/1', '-I', ...accept)).stdout).toContain(NO_DIGEST)
      remove()
      expect((await curl('/v2/curl/b/manifests/1', '-I', ...accept)).stdout).toContain(digest)
    })

    test('finds rules gone and counts forgotten', async () => {
      addTo(lab.front.internet, {}, answer(418))
      expect((await curl('/v2/', '-o', '/dev/null', '-w', '%{http_code}')).stdout).toBe('418')
      lab.front.internet.clear()
      expect((await curl('/v2/', '-o', '/dev/null', '-w', '%{http_code}')).stdout).toBe('200')
      lab.front.internet.forget()
      expect(lab.front.internet.total()).toEqual({ requests: 0, received: 0, sent: 0 })
    })
  })

  describe('Bearer login', () => {
    const at = (name: string) => `${lab.target.address}/${name}`
    const DENIED = 'denied: requested access to the resource is denied\n'

    beforeAll(async () => {
      await lab.target.seed(['readonly/a:1', 'team/a:1'])
      await lab.internet.put({ reference: 'fresh:1' })
      await docker('pull', 'fresh:1')
      for (const name of ['readonly/new:1', 'team/new:1', 'other/new:1'])
        await docker('tag', 'fresh:1', at(name))
    })

    test('lets strangers in as far as everyone may', async () => {
      await lab.logout()
      expect((await docker('pull', at('readonly/a:1'))).stderr).toBe(
        `Error response from daemon: pull access denied for ${at('readonly/a')}, repository does not exist or may require 'docker login': ${DENIED}`,
      )
      expect(await docker('push', at('team/new:1'))).toMatchObject({ status: 1, stderr: DENIED })
      lab.tokens.setAnonymous({ 'readonly/*': ['pull'] })
      expect((await docker('pull', at('readonly/a:1'))).status).toBe(0)
      expect((await docker('pull', at('team/a:1'))).status).toBe(1)
      lab.tokens.setAnonymous({})
    })

    test('refuses wrong passwords, and those that are wrong by now', async () => {
      lab.tokens.setUser('alice', 'secret', { 'team/*': ['pull', 'push'] })
      await expect(lab.loginAs('alice', 'wrong')).rejects.toThrow(
        'unauthorized: incorrect username or password',
      )
      await lab.loginAs('alice', 'secret')
      lab.tokens.setUser('alice', 'changed', { 'team/*': ['pull', 'push'] })
      const refused = 'unauthorized: incorrect username or password\n'
      expect((await docker('pull', at('team/a:1'))).stderr).toContain(`/team/a/manifests/1": ${refused}`)
      expect((await docker('push', at('team/new:1'))).stderr).toBe(refused)
      expect((await docker('login', lab.target.address)).stderr).toContain(
        'Stored credentials invalid or expired',
      )
      expect(lab.tokens.requests().at(-1)).toMatchObject({ user: 'alice', given: null })
    })

    test('gives each user the rights of the table', async () => {
      lab.tokens.setUser('bob', 'secret', { 'team/*': ['pull', 'push'], 'readonly/*': ['pull'] })
      await lab.loginAs('bob', 'secret')
      expect((await docker('pull', at('readonly/a:1'))).status).toBe(0)
      expect(await docker('push', at('readonly/new:1'))).toMatchObject({ status: 1, stderr: DENIED })
      expect(await docker('push', at('other/new:1'))).toMatchObject({ status: 1, stderr: DENIED })
      expect(await docker('push', at('team/new:1'))).toMatchObject({ status: 0, stderr: '' })
      expect(lab.tokens.requests()).toContainEqual({
        user: 'bob',
        asked: [{ type: 'repository', name: 'readonly/new', actions: ['push', 'pull'] }],
        given: [{ type: 'repository', name: 'readonly/new', actions: ['pull'] }],
      })
      expect((await docker('pull', at('team/missing:1'))).stderr).toContain(
        'manifest unknown: manifest unknown',
      )
      expect((await docker('pull', at('other/missing:1'))).stderr).toContain('pull access denied')
      expect(await lab.target.tags('readonly/new')).toEqual([])
      lab.tokens.removeUser('bob')
      await expect(lab.loginAs('bob', 'secret')).rejects.toThrow('incorrect username or password')
    })

    test('can lose its token server', async () => {
      await lab.front.tokens.stop()
      expect((await docker('pull', at('team/a:1'))).stderr).toMatch(
        /Get "http:.*\/token.*connection refused\n$/,
      )
      await lab.front.tokens.start()
      addTo(lab.front.tokens, { kind: 'token' }, nginx(503, 'Service Unavailable'), 1)
      expect((await docker('pull', at('team/a:1'))).stderr).toContain('503 Service Unavailable')
    })
  })

  describe('crashes and a small disk', () => {
    const match: Match = { repository: 'big/a', kind: 'blob', method: 'GET' }
    const reference = 'quay.io/big/a:1'

    test('the engine is killed in the middle of a pull and comes back', async () => {
      await lab.internet.put({ reference, bytes: 1_000_000 })
      await docker('pull', 'fresh:1')
      const remove = addTo(lab.front.internet, match, { do: 'slow', rate: 500_000 })
      const pulling = lab.begin(['docker', 'pull', reference])
      await lab.front.internet.until(match, ({ sent }) => sent > 200_000)
      await lab.kill('engine')
      expect(await pulling.done).toMatchObject({ status: 1, stderr: expect.stringContaining('EOF') })
      remove()
      await lab.revive('engine')
      expect((await docker('image', 'inspect', 'fresh:1')).status).toBe(0)
      expect((await docker('pull', reference)).status).toBe(0)
    })

    test('a registry is killed in the middle of a pull and comes back', async () => {
      await docker('rmi', reference)
      lab.front.internet.forget()
      const remove = addTo(lab.front.internet, match, { do: 'slow', rate: 500_000 })
      const pulling = lab.begin(['docker', 'pull', reference])
      await lab.front.internet.until(match, ({ sent }) => sent > 200_000)
      await lab.kill('internet')
      expect((await docker('pull', 'hello-world:1')).stderr).toMatch(
        /127\.0\.0\.1:443: connect: connection refused\n$/,
      )
      remove()
      await lab.revive('internet')
      expect((await pulling.done).status).toBe(0)
    })

    test('the target is killed in the middle of a push and comes back with what it had', async () => {
      await lab.login()
      const copy = `${lab.target.address}/team/big:1`
      const sent: Match = { repository: 'team/big', method: 'PATCH' }
      await docker('tag', reference, copy)
      const remove = addTo(lab.front.target, sent, { do: 'slow', rate: 500_000 })
      const pushing = lab.begin(['docker', 'push', copy])
      await lab.front.target.until(sent, ({ received }) => received > 200_000)
      await lab.kill('target')
      pushing.kill('SIGTERM', 'group')
      await pushing.done
      remove()
      await lab.revive('target')
      expect(await lab.target.tags('team/new')).toEqual(['1'])
      expect((await docker('push', copy)).status).toBe(0)
    })

    test('the disk is full until it is emptied', async () => {
      await lab.internet.put({ reference: 'quay.io/big/b:1', bytes: 1_000_000 })
      lab.disk.fill(100_000)
      expect(lab.disk.available).toBeLessThanOrEqual(100_000)
      expect(await docker('pull', 'quay.io/big/b:1')).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/^write .*\/data\/tmp\/GetImageBlob\d+: no space left on device\n$/),
      })
      lab.disk.fill()
      expect(lab.disk.available).toBe(0)
      lab.disk.empty()
      expect((await docker('pull', 'quay.io/big/b:1')).status).toBe(0)
    })
  })
})

/** Starts a laboratory in a process of its own, as a program that then waits. */
async function elsewhere(): Promise<Running> {
  const dir = mkdtempSync(join(tmpdir(), 'fault-lab-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const contents = `
    import { startFaultLab } from './fault-lab.ts'
    const lab = await startFaultLab()
    console.log(lab.dir)
    setInterval(() => {}, 1000)`
  const outfile = join(dir, 'laboratory.mjs')
  const stdin = { contents, resolveDir: import.meta.dirname, loader: 'ts' as const }
  await build({ stdin, outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' })
  const running = new Running([process.execPath, outfile], process.env)
  onTestFinished(() => running.kill('SIGKILL'))
  return running
}

test('a laboratory with faults leaves nothing behind, nor does one whose process was killed', async () => {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
  const running = await elsewhere()
  await expect.poll(() => running.stdout, { timeout: 30_000 }).toMatch(/\n$/)
  const left = running.stdout.trim()
  await killAll([running.pid ?? 0])
  await running.done
  expect(mountsBelow(left)).toEqual([join(left, 'engine/data')])

  const lab = await startFaultLab({ bearer: ['internet'] })
  onTestFinished(() => lab.stop())
  expect(existsSync(left)).toBe(false)
  expect(processesWith(left)).toEqual([])
  await lab.internet.put({ reference: 'closed/a:1' })
  expect((await lab.engine.docker(['pull', 'closed/a:1'])).stderr).toContain(
    'pull access denied for closed/a',
  )
  lab.tokens.setAnonymous({ '*': ['pull'] })
  expect((await lab.engine.docker(['pull', 'closed/a:1'])).status).toBe(0)
  lab.front.internet.add({ match: {}, action: { do: 'stall' } })
  lab.begin(['docker', 'pull', 'closed/b:1'])
  await lab.front.internet.until({ kind: 'ping' }, ({ requests }) => requests > 1)
  await lab.stop()
  expect(existsSync(lab.dir)).toBe(false)
  expect(readFileSync('/proc/self/mounts', 'utf8')).toBe(mounts)
})
