import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeFiles } from '../project.ts'
import type { Result } from './command.ts'
import { type Host, type HostLab, said, startHostLab } from './hosts.ts'

const CLI = resolve('dist/cli.js')

/** Version 1 of Compose reads it, too. */
const COMPOSE = `
services:
  web:
    image: acme/web:1
    command: ["sleep", "100000"]
    depends_on: [db]
    env_file: [web.env]
    stop_grace_period: 1s
    volumes:
      - "./conf d:/conf:ro"
      - "./it's site.conf:/site.conf"
      - ./uploads:/uploads
    healthcheck: { test: ["CMD", "grep", "ok", "/conf/state"], interval: 1s, retries: 2 }
  db:
    image: acme/db:1
    command: ["sleep", "100000"]
    stop_grace_period: 1s
    volumes: ["data:/var/lib/db"]
  old:
    image: acme/old:1
    profiles: [old]
volumes:
  data: {}
`
const FILES = {
  'docker-compose.yaml': COMPOSE,
  'ignore-images.txt': 'acme/old\n',
  '.env': 'SECRET_TOKEN=do-not-print-me\n',
  'web.env': 'PASSWORD=do-not-print-me\n',
  'conf d/state': 'ok\n',
  "it's site.conf": 'one\n',
  'uploads/first': 'seed\n',
}

let lab: HostLab
let project: string
let out: string
let alpha: Host
let beta: Host

/** One story, told in order. */
beforeAll(async () => {
  lab = await startHostLab()
  ;({ alpha, beta } = lab.hosts)
  project = join(lab.dir, "the shop's")
  writeFiles(project, FILES)
  out = join(project, 'out')
  await lab.image('acme/web:1', 'web')
  await lab.image('acme/db:1', 'db')
  await lab.login()
  const registry = `${lab.target.address}/mirror`
  const outputs = ['push', 'mirror', 'alias', 'deploy']
  const flags = ['--registry', registry, '--out', 'out']
  const made = await lab.run([process.execPath, CLI, 'generate', ...outputs, ...flags], { cwd: project })
  expect(made).toMatchObject({ status: 0, stderr: '' })
  const pushed = await lab.run([join(out, 'push-to-target-registry.sh')])
  expect(pushed.status, said(pushed)).toBe(0)
})

afterAll(async () => {
  await lab.stop()
})

async function deploy(...words: string[]): Promise<Result> {
  const bash = process.env['TEST_BASH']
  const flags = words.includes('-F') ? [] : ['-F', lab.config]
  const command = [join(out, 'deploy-to-host.sh'), ...flags, ...words]
  const result = await lab.run(command, { cwd: lab.dir, ...(bash === undefined ? {} : { bash }) })
  expect(said(result)).not.toContain('do-not-print-me')
  expect(lab.strays()).toEqual([])
  return result
}

const there = (host: Host, path: string) => join(host.home, 'theshops', path)
const read = (host: Host, path: string) => readFileSync(there(host, path), 'utf8')

/** What runs on a host: the service, the container and its start. */
async function running(host: Host): Promise<string[]> {
  const format =
    '{{index .Config.Labels "com.docker.compose.service"}} {{.Id}} {{.State.StartedAt}} {{.Image}}'
  const ids = (await host.engine.docker(['ps', '-q'])).stdout.split('\n').filter(id => id !== '')
  if (ids.length === 0) return []
  return (await host.engine.docker(['inspect', '--format', format, ...ids])).stdout.trim().split('\n').sort()
}

function row(name: string, { stdout }: Result): string {
  return stdout.split('\n').findLast(line => line.startsWith(`${name} `)) ?? ''
}

test('what is not relayed and not on the host stops it before anything is copied', async () => {
  await alpha.login()
  const result = await deploy('--profile', 'old', 'alpha')
  expect(result.status).toBe(3)
  expect(result.stderr).toContain('not on alpha: the image of old: acme/old:1 (ignored, not relayed)')
  expect(readdirSync(alpha.home)).toEqual([])
})

test('two hosts, one without login: the other one runs the project', async () => {
  await beta.login('wrong')
  const result = await deploy('beta', 'alpha')
  expect(result.status, said(result)).toBe(1)
  expect(row('beta', result)).toMatch(/^beta +failed +login +.*refuses the stored login/)
  expect(row('alpha', result)).toMatch(/^alpha +ok/)
  expect(readdirSync(beta.home)).toEqual([])
  const containers = await running(alpha)
  expect(containers.map(line => line.split(' ')[0])).toEqual(['db', 'web'])
  expect(result.stdout).toContain('by the digest of the lock file: 2 images')
  expect(result.stdout).toContain('✓ alpha runs the project')
})

test('it has the named volumes and the bind mounts of the project', async () => {
  const format = '{{range .Mounts}}{{.Type}} {{.Name}} {{.Destination}} {{.RW}}\n{{end}}'
  const mounts = async (service: string) => {
    const [id = ''] = (await alpha.engine.docker(['ps', '-q', '--filter', `name=${service}`])).stdout.split(
      '\n',
    )
    return (await alpha.engine.docker(['inspect', '--format', format, id])).stdout.trim().split('\n').sort()
  }
  expect(await mounts('theshops_db')).toEqual(['volume theshops_data /var/lib/db true'])
  expect(await mounts('theshops_web')).toEqual([
    'bind  /conf false',
    'bind  /site.conf true',
    'bind  /uploads true',
  ])
  const inside = await alpha.engine.docker([
    'exec',
    'theshops_web_1',
    'cat',
    '/conf/state',
    '/site.conf',
    '/uploads/first',
  ])
  expect(inside.stdout).toBe('ok\none\nseed\n')
  expect(statSync(there(alpha, '.env')).mode & 0o777).toBe(0o600)
  expect(statSync(there(alpha, 'web.env')).mode & 0o777).toBe(0o600)
  const aliases = await alpha.engine.docker([
    'image',
    'inspect',
    '--format',
    '{{.Id}}',
    'acme/web:1',
    'localhost/acme/web:1',
  ])
  expect(aliases.status).toBe(0)
})

test('a second run changes nothing', async () => {
  const before = await running(alpha)
  const result = await deploy('alpha')
  expect(result.status, said(result)).toBe(0)
  expect(result.stdout).toContain('nothing to copy')
  expect(result.stdout).not.toContain('files copied')
  expect(await running(alpha)).toEqual(before)
})

test('configuration is replaced and seen; what containers have written is left alone', async () => {
  const before = await running(alpha)
  writeFileSync(there(alpha, 'uploads/second'), 'theirs\n')
  writeFileSync(there(alpha, 'uploads/first'), 'changed by a container\n')
  writeFiles(project, {
    'conf d/state': 'ok, too\n',
    'uploads/first': 'another seed\n',
    "it's site.conf": 'two\n',
  })
  const result = await deploy('alpha')
  expect(result.status, said(result)).toBe(0)
  expect(read(alpha, 'conf d/state')).toBe('ok, too\n')
  expect(read(alpha, '.deploy-to-host/before/conf d/state')).toBe('ok\n')
  // Nobody has touched it there since it came.
  expect(read(alpha, "it's site.conf")).toBe('two\n')
  expect(read(alpha, 'uploads/first')).toBe('changed by a container\n')
  expect(read(alpha, 'uploads/second')).toBe('theirs\n')
  expect(result.stdout).toContain(
    'left alone, for containers may have written there: uploads (files that differ: 1)',
  )
  const after = await running(alpha)
  expect(after[0]).toBe(before[0])
  expect(after[1]?.split(' ')[1]).toBe(before[1]?.split(' ')[1])
  expect(after[1]?.split(' ')[2]).not.toBe(before[1]?.split(' ')[2])
  const inside = await alpha.engine.docker(['exec', 'theshops_web_1', 'cat', '/site.conf'])
  expect(inside.stdout).toBe('two\n')
})

test('what somebody has changed on the host is theirs, unless --overwrite says otherwise', async () => {
  writeFileSync(there(alpha, "it's site.conf"), 'by hand\n')
  const result = await deploy('alpha')
  expect(result.status, said(result)).toBe(0)
  expect(read(alpha, "it's site.conf")).toBe('by hand\n')
  const forced = await deploy('--overwrite', "it's site.conf", 'alpha')
  expect(forced.status, said(forced)).toBe(0)
  expect(read(alpha, "it's site.conf")).toBe('two\n')
  expect(read(alpha, ".deploy-to-host/before/it's site.conf")).toBe('by hand\n')
})

test('a dry run asks, and changes nothing', async () => {
  await beta.login()
  const result = await deploy('--dry-run', 'beta')
  expect(result.status, said(result)).toBe(0)
  expect(result.stdout).toMatch(/to copy: conf d \(files: 1, 8 B\)/)
  expect(result.stdout).toMatch(/\+ docker-compose .* up -d --no-build db web/)
  expect(readdirSync(beta.home)).toEqual([])
  expect(await running(beta)).toEqual([])
})

test('Compose as a command of Docker, and a folder of another name', async () => {
  beta.have('v2')
  const result = await deploy('--to', "srv/the 2nd 'shop'", 'beta')
  expect(result.status, said(result)).toBe(0)
  expect(result.stdout).toContain('up -d --no-build --pull never db web')
  expect(readFileSync(join(beta.home, "srv/the 2nd 'shop'", 'conf d/state'), 'utf8')).toBe('ok, too\n')
  expect((await running(beta)).length).toBe(2)
  await beta.engine.wipe()
})

test('no engine, an engine that is stopped, no Compose: each is said before anything is copied', async () => {
  beta.have('v1', 'none')
  expect(row('beta', await deploy('beta'))).toMatch(/^beta +failed +engine /)
  beta.have('none')
  const bare = await deploy('beta')
  expect(bare.status).toBe(3)
  expect(row('beta', bare)).toMatch(/^beta +failed +compose /)
  beta.have('v1')
  await beta.engine.stop()
  expect(row('beta', await deploy('beta'))).toMatch(/^beta +failed +engine /)
  await beta.engine.start()
  expect(existsSync(there(beta, '.'))).toBe(false)
})

test('a host whose key nobody knows, and one that does not answer', async () => {
  const result = await deploy('-F', lab.strangers, 'beta')
  expect(result.status).toBe(3)
  expect(row('beta', result)).toMatch(/^beta +failed +connect +Host key verification failed/)
  await beta.cut()
  const refused = await deploy('alpha', 'beta')
  expect(refused.status, said(refused)).toBe(1)
  expect(row('beta', refused)).toMatch(/^beta +failed +connect +.*refused/)
  expect(row('alpha', refused)).toMatch(/^alpha +ok/)
  await beta.connect()
})

test('a full disk leaves what was there, and no success', async () => {
  mkdirSync(join(beta.small, 'shop'), { recursive: true })
  writeFiles(project, { 'conf d/large': 'x'.repeat(300_000) })
  const result = await deploy('--to', join(beta.small, 'shop'), 'beta')
  expect(result.status).toBe(1)
  expect(row('beta', result)).toMatch(/^beta +failed +copy /)
  expect(result.stdout).not.toMatch(/files copied|pulled|started|✓/)
  expect(readdirSync(join(beta.small, 'shop'))).toEqual(['.deploy-to-host'])
  expect(readdirSync(join(beta.small, 'shop/.deploy-to-host'))).toEqual([])
  writeFiles(project, { 'conf d/large': '' })
})

test('an image that is not what was pushed is not started', async () => {
  const lock = join(lab.dir, 'other-lock.tsv')
  const text = readFileSync(join(out, 'relay-lock.tsv'), 'utf8')
  const digest = /acme-web:1\t(sha256:[0-9a-f]+)/.exec(text)?.[1] ?? ''
  writeFileSync(lock, text.replaceAll(digest, `sha256:${'0'.repeat(64)}`))
  const result = await deploy('--lock', lock, 'beta')
  expect(result.status, said(result)).toBe(1)
  expect(row('beta', result)).toMatch(/^beta +failed +lock .*acme-web:1 is another image/)
  expect(result.stdout).not.toMatch(/services started|are healthy|✓/)
  expect(await running(beta)).toEqual([])
})

test('a service that does not become healthy, and then does', async () => {
  writeFiles(project, { 'conf d/state': 'bad\n' })
  const result = await deploy('--timeout', '4', 'beta')
  expect(result.status, said(result)).toBe(1)
  expect(row('beta', result)).toMatch(/^beta +failed +health +not healthy after 4 s: web unhealthy/)
  expect(result.stdout).not.toMatch(/✓|are healthy/)
  writeFiles(project, { 'conf d/state': 'ok\n' })
  expect((await deploy('beta')).status).toBe(0)
})

test('a login that has gone stops it, and what runs goes on', async () => {
  const before = await running(beta)
  await beta.logout()
  const denied = await deploy('beta')
  expect(denied.status).toBe(3)
  expect(row('beta', denied)).toMatch(/^beta +failed +login /)
  await beta.login()
  expect(await running(beta)).toEqual(before)
})

test('a connection that breaks is a failure at its step', async () => {
  const config = lab.begin([join(out, 'deploy-to-host.sh'), '-F', lab.config, '--timeout', '60', 'beta'], {
    cwd: lab.dir,
  })
  writeFiles(project, { 'conf d/state': 'ok\n' })
  while (!config.stdout.includes('services started')) await new Promise(done => setTimeout(done, 20))
  await beta.cut()
  const result = await config.done
  expect(result.status).toBe(1)
  expect(row('beta', result)).toMatch(/^beta +failed +health +.*connection/)
  expect(result.stdout).not.toContain('✓')
  await beta.connect()
})
