import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { must } from './command.ts'
import { SYSTEM_PATH } from './tools.ts'

const ENVIRONMENT = { PATH: SYSTEM_PATH }
const MEBIBYTE = 1024 * 1024

/** A small file system in memory, which a test can make full, and empty again. */
export class Disk {
  readonly path: string

  /** Mounts it on a folder, which is made. A mount below a laboratory's folder goes with it, even after a crash. */
  static async mount(path: string, mebibytes: number): Promise<Disk> {
    mkdirSync(path, { recursive: true })
    await must(['mount', '-n', '-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'laboratory', path], ENVIRONMENT)
    return new Disk(path)
  }

  private constructor(path: string) {
    this.path = path
  }

  /** Bytes that are free. */
  get available(): number {
    const { bavail, bsize } = statfsSync(this.path)
    return bavail * bsize
  }

  /** Leaves only so many bytes free. */
  fill(leave: number = 0): void {
    const file = openSync(this.#ballast, 'a')
    try {
      for (let rest = this.available - leave; rest > 0; rest = this.available - leave)
        if (writeSync(file, Buffer.alloc(Math.min(rest, MEBIBYTE))) === 0) return
    } finally {
      closeSync(file)
    }
  }

  /** Takes back what fill() did. */
  empty(): void {
    rmSync(this.#ballast, { force: true })
  }

  async unmount(): Promise<void> {
    await must(['umount', '-n', '--lazy', this.path], ENVIRONMENT)
  }

  get #ballast(): string {
    return join(this.path, 'ballast')
  }
}
