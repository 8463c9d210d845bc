/**
 * The first versions that read layers compressed by zstd: moby/moby#41759 and the release notes of containerd 1.5. Of
 * Podman no version is known that does not.
 */
const READS_ZSTD: Readonly<Record<string, readonly [major: number, minor: number]>> = {
  docker: [23, 0],
  containerd: [1, 5],
}

/** Whether an engine such as `docker 20.10` cannot read all that publishers push today. */
export function isOld(engine: string): boolean {
  const [name = '', version = ''] = engine.split(' ')
  const first = READS_ZSTD[name]
  if (first === undefined) return false
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major < first[0] || (major === first[0] && minor < first[1])
}
