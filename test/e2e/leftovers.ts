import { readdirSync, readFileSync, readlinkSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** The mount namespace that a process lives in. */
function mountNamespace(pid: number): string {
  return readlinkSync(`/proc/${pid}/ns/mnt`)
}

/** The mount namespace of a process, or null while it still shares this process's. */
export function ownNamespace(pid: number | undefined): string | null {
  const namespace = pid === undefined ? null : attempt(() => mountNamespace(pid))
  return namespace === mountNamespace(process.pid) ? null : namespace
}

/** The processes of a mount namespace, with their descendants: containers have namespaces of their own. */
export function processesOf(namespace: string): readonly number[] {
  if (namespace === mountNamespace(process.pid)) throw new Error('these are all processes of this machine')
  const all = pids()
  const found = new Set(all.filter(pid => attempt(() => mountNamespace(pid)) === namespace))
  for (let before = -1; before !== found.size; ) {
    before = found.size
    for (const pid of all) if (found.has(parentOf(pid))) found.add(pid)
  }
  return [...found]
}

/** Sends KILL and returns when the processes are gone. */
export async function killAll(processes: readonly number[]): Promise<void> {
  for (const pid of processes) attempt(() => process.kill(pid, 'SIGKILL'))
  const end = Date.now() + 5000
  while (processes.some(alive)) {
    if (Date.now() > end) throw new Error(`processes survived KILL: ${processes.filter(alive).join(' ')}`)
    await sleep(20)
  }
}

/** Whether a process lives; one that is dead and only waits for its parent (a zombie) does not. */
export function alive(pid: number): boolean {
  const status = attempt(() => readFileSync(`/proc/${pid}/status`, 'utf8'))
  return status !== null && !/^State:\s+[ZX]/m.test(status)
}

/**
 * The live processes whose environment holds a text: children inherit it, so it tells who started them. Whether one
 * lives is asked last: what ends while it is looked at has no command line any more.
 */
export function processesWith(text: string): readonly { readonly pid: number; readonly command: string }[] {
  const read = (pid: number, file: string) =>
    attempt(() => readFileSync(`/proc/${pid}/${file}`, 'utf8')) ?? ''
  return pids()
    .filter(pid => pid !== process.pid && read(pid, 'environ').includes(text))
    .map(pid => ({ pid, command: read(pid, 'cmdline').replaceAll('\0', ' ').trim() }))
    .filter(({ pid, command }) => command !== '' && alive(pid))
}

/** The mount points of this process's namespace that lie below a folder, innermost first. */
export function mountsBelow(dir: string): readonly string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map(line => line.split(' ')[1] ?? '')
    .filter(point => point.startsWith(`${dir}/`))
    .reverse()
}

/** Removes a control group, and those of dead containers in it, from every hierarchy (the only one of version 2 too). */
export function removeControlGroup(name: string): void {
  const root = '/sys/fs/cgroup'
  for (const hierarchy of ['.', ...readdirSync(root)]) removeGroups(join(root, hierarchy, name))
}

function removeGroups(dir: string): void {
  const entries = attempt(() => readdirSync(dir, { withFileTypes: true })) ?? []
  for (const entry of entries) if (entry.isDirectory()) removeGroups(join(dir, entry.name))
  attempt(() => rmdirSync(dir)) // its files are the kernel's and go with it
}

function pids(): readonly number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
}

function parentOf(pid: number): number {
  const status = attempt(() => readFileSync(`/proc/${pid}/status`, 'utf8')) ?? ''
  return Number(/^PPid:\s+(\d+)/m.exec(status)?.[1] ?? -1)
}

/** Processes come and go while one looks at them; what is gone gives null. */
function attempt<Value>(look: () => Value): Value | null {
  try {
    return look()
  } catch {
    return null
  }
}
