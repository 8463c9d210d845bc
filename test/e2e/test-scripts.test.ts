import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Files, writeFiles } from '../project.ts'
import type { Result } from './command.ts'
import { type Lab, startLab } from './lab.ts'
import { findTool } from './tools.ts'

const CLI = resolve('dist/cli.js')
const BUILD = './test-docker-build.sh'
const DEPLOY = './test-deployment-config.sh'

/** Hands what docker is asked for on, writes down what Compose is asked for, and is Compose itself by the older one. */
const CLIENT = `#!/bin/bash
if [ "$1" = compose ]; then
  shift
  [ "\${NO_PLUGIN:-}" = '' ] || { echo "docker: 'compose' is not a docker command." >&2; exit 1; }
  if [ "$1" = version ]; then echo 'Docker Compose version v2.30.3'; exit; fi
  printf '%s\\n' "compose $*" >>"$RECORD"
  exec docker-compose "$@"
fi
case $1 in build) printf '%s\\n' build >>"$RECORD" ;; esac
exec REAL "$@"
`

const SECRET = 'hunter2-of-the-environment'
const PROJECT: Files = {
  'docker-compose.yaml': `
services:
  good:
    build: { context: ., dockerfile: good.Dockerfile, args: { TOKEN: '\${TOKEN}' } }
  other:
    image: shop/other:1
    build: { context: other, target: last }
  broken:
    build: broken
  pulled:
    image: nginx:1.27
`,
  '.env': `TOKEN=${SECRET}\n`,
  'good.Dockerfile': 'FROM base:1\nARG TOKEN\nLABEL token=${TOKEN}\nCOPY file /file\n',
  file: 'a file\n',
  'other/Dockerfile': 'FROM scratch AS first\nCOPY a /a\nFROM first AS last\nCOPY a /b\n',
  'other/a': 'a\n',
  'broken/Dockerfile': 'FROM pulled/base:2\nRUN ["/nonexistent"]\nCOPY nowhere /\n',
}

let lab: Lab
let record = ''
let project = ''
let out = ''

beforeAll(async () => {
  const found = findTool('docker-compose')
  if (found === null)
    throw new Error('the e2e laboratory misses docker-compose; install with: apt-get install -y docker-compose')
  lab = await startLab()
  record = join(lab.dir, 'record')
  const bin = join(lab.dir, 'engine/bin')
  const real = execFileSync('readlink', ['-f', join(bin, 'docker')], { encoding: 'utf8' }).trim()
  rmSync(join(bin, 'docker'))
  writeFileSync(join(bin, 'docker'), CLIENT.replace('REAL', real))
  chmodSync(join(bin, 'docker'), 0o755)
  project = join(lab.dir, 'a "project"')
  await make(project, PROJECT)
  out = join(project, 'out')
  await lab.internet.seed([{ reference: 'pulled/base:2' }, { reference: 'nginx:1.27' }])
})

afterAll(async () => {
  await lab?.stop()
})

beforeEach(() => writeFileSync(record, ''))

async function make(folder: string, files: Files): Promise<void> {
  mkdirSync(folder, { recursive: true })
  writeFiles(folder, {
    'relay.yaml': `registry: lab\noutputs: [test-build, test-deployment]\nregistries: { lab: { host: '${lab.target.address}', namespace: shop } }\n`,
    ...files,
  })
  const done = await lab.run([process.execPath, CLI, 'generate'], { cwd: folder })
  expect(done.status).toBe(0)
}

/** Runs an emitted script; TEST_BASH names another bash than the system's. */
function script(command: readonly string[], options: { cwd?: string; env?: Record<string, string> } = {}): Promise<Result> {
  const bash = process.env['TEST_BASH']
  const env = { RECORD: record, DOCKER_BUILDKIT: '0', COMPOSE_DOCKER_CLI_BUILD: '1', ...options.env }
  return lab.run(command, { cwd: out, ...options, env, ...(bash === undefined ? {} : { bash }) })
}

async function docker(...args: readonly string[]): Promise<string> {
  const done = await lab.engine.docker(args)
  expect(done).toMatchObject({ status: 0 })
  return done.stdout.trim()
}

/** Imports an image of one file. */
async function importImage(name: string): Promise<void> {
  const folder = join(lab.dir, 'import')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'name'), name)
  execFileSync('tar', ['-C', folder, '-cf', join(lab.dir, 'import.tar'), '.'])
  await docker('import', join(lab.dir, 'import.tar'), name)
}

async function state(): Promise<{ images: string[]; containers: string }> {
  const names = await docker('image', 'ls', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}')
  const images = names.split('\n').filter(line => line !== '' && !line.startsWith('<none>')).sort()
  return { images, containers: await docker('ps', '-aq') }
}

function records(): readonly string[] {
  return readFileSync(record, 'utf8').split('\n').filter(line => line !== '')
}

describe('test-docker-build.sh', () => {
  beforeEach(async () => {
    await lab.engine.wipe()
    await importImage('base:1')
  })

  test('three Dockerfiles, one of them broken', async () => {
    const ended = await script([BUILD])
    console.log(ended.stdout, ended.stderr)
    expect(ended.status).toBe(1)
    expect(ended.stdout).toMatch(/✅ good +\d+s {2}test-good\n/)
    expect(records()).toEqual([])
    expect(await state()).toEqual([])
  })
})
