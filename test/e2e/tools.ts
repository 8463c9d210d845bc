import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

/** The system's own folders; /usr/local stands last, for what lies there may be someone else's docker. */
export const SYSTEM_PATH = '/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin'

const TOOLS = [
  'dockerd',
  'docker',
  'containerd',
  'docker-registry',
  'htpasswd',
  'openssl',
  'script',
  'setpriv',
  'unshare',
  'podman',
  'skopeo',
  'docker-compose',
  'skopeo',
]
const INSTALL =
  'apt-get install -y docker.io docker-compose podman docker-registry apache2-utils skopeo openssl bsdutils'

/** Absolute path of a program of the system, or null. */
export function findTool(name: string, path: string = SYSTEM_PATH): string | null {
  for (const folder of path.split(':')) {
    const file = join(folder, name)
    try {
      accessSync(file, constants.X_OK)
      return file
    } catch {
      // not in this folder
    }
  }
  return null
}

/** Throws unless this machine can hold a laboratory. Never a reason to skip: the error says what to install. */
export function requireTools(path: string = SYSTEM_PATH): void {
  const missing = TOOLS.filter(name => findTool(name, path) === null)
  if (missing.length > 0)
    throw new Error(`the e2e laboratory misses ${missing.join(', ')}; install with: ${INSTALL}`)
  if (process.getuid?.() !== 0)
    throw new Error(`the e2e laboratory starts a Docker engine and needs root; tools come from: ${INSTALL}`)
  const tried = spawnSync('unshare', ['--mount', 'true'], { encoding: 'utf8', env: { PATH: path } })
  if (tried.status !== 0)
    throw new Error(`the e2e laboratory needs "unshare --mount" as root (${INSTALL}): ${tried.stderr.trim()}`)
}

/** The folder with the engines of Debian sid, which is made if there is none; that needs the network. */
export function sidRoot(): string {
  const made = spawnSync('bash', ['test/e2e/sid-root.sh'], { encoding: 'utf8' })
  if (made.status !== 0)
    throw new Error(`the e2e laboratory has no engines of Debian sid: ${made.stderr.trim()}`)
  return made.stdout.trim()
}
