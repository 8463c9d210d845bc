// As https://github.com/containerd/platforms/blob/main/database.go writes them.
const ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ['x86_64', 'amd64'],
  ['x86-64', 'amd64'],
  ['aarch64', 'arm64'],
  ['i386', '386'],
])
const VARIANTS: ReadonlyMap<string, string> = new Map([
  ['amd64/v1', ''],
  ['arm64/v8', ''],
  ['arm64/8', ''],
  ['arm/', 'v7'],
  ['arm/7', 'v7'],
  ['arm/6', 'v6'],
])

/**
 * System, architecture and variant in the spelling of containerd, such as `linux/arm/v7`, or null. What a lone word
 * leaves open is as `build` has it.
 */
export function normalPlatform(text: string, build: string): string | null {
  const parts = text.toLowerCase().split('/')
  if (parts.length > 3 || !parts.every(part => /^[a-z0-9_.-]+$/.test(part))) return null
  const [system = '', architecture = '', variant = ''] = parts.length === 1 ? alone(text, build) : parts
  const known = ARCHITECTURES.get(architecture) ?? architecture
  const usual = VARIANTS.get(`${known}/${variant}`) ?? variant
  return [system, known, ...(usual === '' ? [] : [usual])].join('/')
}

/** A lone word is a system or an architecture. */
function alone(word: string, build: string): string[] {
  const [system = '', architecture = ''] = build.split('/')
  return ['linux', 'windows', 'darwin', 'freebsd'].includes(word) ? [word, architecture] : [system, word]
}
