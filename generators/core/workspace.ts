import { dirname, join, relative, resolve } from 'node:path'
import { type BaseImage, readBaseImages } from './base-images.ts'
import { STDIN } from './compose/files.ts'
import { loadProject } from './compose/load.ts'
import type { ComposeProject } from './compose/project.ts'
import { type Config, defaultConfig, findHarbor, findRegistry, parseConfig } from './config.ts'
import { type IgnoreLine, parseIgnoreFile } from './ignore.ts'
import { LOCK_FILE, type LockRow, type LockSource, parseLock } from './lock.ts'
import type { Language } from './messages.ts'
import { pinPlan, planRelay, type RelayPlan } from './plan.ts'
import { InputError, Invalid, type Problem } from './problem.ts'
import type { Registry } from './registry.ts'
import { type Selection, selectImages } from './select.ts'
import { isFile, readText } from './text.ts'

/** What the command line says; undefined where it says nothing. Paths are relative to the current directory. */
export interface Flags {
  readonly file?: readonly string[]
  readonly envFile?: readonly string[]
  readonly profile?: readonly string[]
  readonly projectDirectory?: string
  readonly config?: string
  readonly out?: string
  readonly registry?: string
  readonly lang?: Language
  readonly merged?: boolean
  readonly strict?: boolean
  readonly pin?: boolean
}

/** Where the program runs. */
export interface Surroundings {
  readonly directory: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** A project that has been read, and what is to become of it. */
export interface Workspace {
  readonly config: Config
  readonly project: ComposeProject
  readonly selection: Selection
  readonly ignore: readonly IgnoreLine[]
  /** null where neither the flags nor relay.yaml name one. */
  readonly registry: Registry | null
  /** What Dockerfiles name, ignored images included. */
  readonly bases: readonly BaseImage[]
  readonly warnings: readonly Problem[]
  /** Whether the mirror is to be one file. */
  readonly merged: boolean
  /** The lock that has the digests of the mirror; null where it names tags alone. */
  readonly lock: LockSource | null
}

/** Reads everything that the flags and relay.yaml name. Throws InputError. */
export async function openWorkspace(
  flags: Flags,
  { directory, environment }: Surroundings,
): Promise<Workspace> {
  const show = (path: string) => relative(directory, path) || '.'
  const config = await openConfig(flags, directory)
  const project = loadProject({
    files: config.compose,
    directory: config.directory,
    projectDirectory:
      flags.projectDirectory === undefined ? null : resolve(directory, flags.projectDirectory),
    envFiles: config.envFiles,
    profiles: config.profiles,
    environment,
    show,
  })
  if (flags.strict === true) {
    const { refuseStrictly } = await import('./compose/strict/strict.ts')
    refuseStrictly(project, config.profiles)
  }
  const ignore = readIgnored(config, show)
  const selection = selectImages(project, ignore, config.platform)
  const registry =
    config.registry === null ? null : flagged('--registry', () => findRegistry(config, config.registry ?? ''))
  const bases = readBaseImages(project, config.platform, show)
  const warnings = [...project.notices, ...project.warnings, ...selection.warnings, ...bases.problems]
  const lock = lockOf(config, flags, show)
  return {
    config,
    project,
    selection,
    ignore,
    registry,
    bases: bases.images,
    warnings,
    merged: flags.merged === true,
    lock,
  }
}

/** The plan of a workspace. Throws InputError without a registry, and for names that will not do. */
export function planWorkspace(
  workspace: Workspace,
  outputs: readonly string[] = workspace.config.outputs,
): RelayPlan {
  const { config, project, selection, registry, ignore, merged } = workspace
  if (registry === null) {
    const cure = 'write --registry HOST/NAMESPACE, or "registry:" in relay.yaml'
    throw new InputError([{ at: null, where: null, what: 'there is no target registry', cure }])
  }
  const { registries, images, built, platform, language, via, deployEngine, accelerators, out } = config
  const choices = { registries, images, built, platform, language, via, deployEngine, accelerators, out }
  const alias = { ...config.alias, harbor: findHarbor(config, registry) }
  const bases = workspace.bases.filter(({ reference }) => !ignore.some(line => line.matches(reference)))
  return planRelay({ project, selection, registry, alias, bases, outputs, merged, ...choices })
}

/** The plan with the digests that a workspace is to name. Throws InputError where the lock does not have them. */
export function pinWorkspace({ lock }: Workspace, plan: RelayPlan): RelayPlan {
  if (lock === null) return plan
  const { path, file, where, without } = lock
  const rows = readLock(path, file)
  if (rows !== null) return pinPlan(plan, rows, lock)
  // Where relay.yaml asks for digests, there has to be a way to the script that finds them.
  const cure = `run the push script ("compose-relay generate pull push" needs no lock), or ${without}`
  throw new InputError([{ at: { file, line: 1, column: 1 }, where, what: 'there is no such file', cure }])
}

/** The rows of a lock, or null where there is none. Throws InputError. */
export function readLock(path: string, file: string): LockRow[] | null {
  const text = readText(path, file)
  return text === null ? null : parseLock(text, file)
}

function lockOf({ out, pin }: Config, flags: Flags, show: (path: string) => string): LockSource | null {
  const path = join(out, LOCK_FILE)
  const lock = { path, file: show(path) }
  if (flags.pin === true) return { ...lock, where: '--pin', without: 'drop --pin' }
  return pin ? { ...lock, where: 'pin', without: 'take "pin" out of relay.yaml' } : null
}

/** What relay.yaml and the flags say. Throws InputError. */
export async function openConfig(flags: Flags, directory: string): Promise<Config> {
  const show = (path: string) => relative(directory, path) || '.'
  return applyFlags(await readConfig(flags, directory, show), flags, directory)
}

/** A relay.yaml in the current directory is taken without being named. */
async function readConfig(flags: Flags, directory: string, show: (path: string) => string): Promise<Config> {
  const path = resolve(directory, flags.config ?? 'relay.yaml')
  if (flags.config === undefined && !isFile(path)) return defaultConfig(directory)
  const text = readText(path, show(path))
  if (text !== null) return await parseConfig(text, path, show(path))
  const at = { file: show(path), line: 1, column: 1 }
  throw new InputError([
    { at, where: '--config', what: 'there is no such file', cure: 'name a relay.yaml that is there' },
  ])
}

function applyFlags(config: Config, flags: Flags, directory: string): Config {
  const path = (name: string) => resolve(directory, name)
  const files = flags.file?.map(name => (name === STDIN ? STDIN : path(name)))
  return {
    ...config,
    compose: files ?? config.compose,
    envFiles: flags.envFile?.map(path) ?? config.envFiles,
    profiles: flags.profile ?? config.profiles,
    ignore: ignoreFile(config, files?.find(file => file !== STDIN) ?? null, flags),
    language: flags.lang ?? config.language,
    out: flags.out === undefined ? config.out : path(flags.out),
    registry: flags.registry ?? config.registry,
  }
}

/** Without a relay.yaml, ignore-images.txt stands beside the compose file that the flags name. */
function ignoreFile({ ignore, directory }: Config, file: string | null, flags: Flags): Config['ignore'] {
  if (file === null || ignore.required || flags.config !== undefined) return ignore
  return isFile(ignore.path)
    ? ignore
    : { ...ignore, path: join(dirname(file) || directory, 'ignore-images.txt') }
}

function readIgnored({ ignore }: Config, show: (path: string) => string): IgnoreLine[] {
  const text = readText(ignore.path, show(ignore.path))
  if (text !== null) return parseIgnoreFile(text, show(ignore.path))
  if (!ignore.required) return []
  const at = { file: show(ignore.path), line: 1, column: 1 }
  throw new InputError([
    { at, where: 'ignore', what: 'there is no such file', cure: 'make it, or correct relay.yaml' },
  ])
}

function flagged<T>(flag: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    throw new InputError([{ at: null, where: flag, what: error.what, cure: error.cure }])
  }
}
