import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { onTestFinished } from 'vitest'
import { loadProject, type ProjectSource } from '../generators/core/compose/load.ts'
import type { ComposeProject } from '../generators/core/compose/project.ts'
import { parseIgnoreFile } from '../generators/core/ignore.ts'
import { type PlanInput, planRelay, type RelayPlan } from '../generators/core/plan.ts'
import { formatProblem, InputError } from '../generators/core/problem.ts'
import { parseReference, withDefaultTag } from '../generators/core/reference.ts'
import { registryOfAddress } from '../generators/core/registry.ts'
import { type Selection, selectImages } from '../generators/core/select.ts'
import { thrownBy } from './shared.ts'

export type Files = Readonly<Record<string, string>>

/** A new folder with these files; it goes when the test is over. */
export function folderWith(files: Files = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'compose-relay-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFiles(folder, files)
  return folder
}

export function writeFiles(folder: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
}

/** Reads a project of these files. Without `file`, Compose's names are looked for. */
export function loadFiles(files: Files, options: Partial<ProjectSource> = {}): ComposeProject {
  const directory = folderWith(files)
  return loadProject({
    files: [],
    directory,
    projectDirectory: null,
    envFiles: null,
    profiles: null,
    environment: {},
    show: path => relative(directory, path),
    ...options,
  })
}

/** Reads a compose file of this text. */
export function load(text: string, environment: Files = {}): ComposeProject {
  return loadFiles({ 'compose.yaml': text }, { environment })
}

/** A compose file with these images, one service for each: s0, s1, … */
export function composeWith(images: readonly string[]): string {
  return `services:\n${images.map((image, index) => `  s${index}:\n    image: ${JSON.stringify(image)}\n`).join('')}`
}

export interface Choices extends Partial<Omit<PlanInput, 'project' | 'selection'>> {
  readonly ignore?: string
  readonly environment?: Files
}

export const TARGET = 'registry.example.com/team'

export function select(text: string, ignore = '', platform = 'linux/amd64'): Selection {
  return selectImages(load(text), parseIgnoreFile(ignore, 'ignore-images.txt'), platform)
}

/** What a plan is made of where nobody says more. */
export const USUAL_PLAN: Omit<PlanInput, 'project' | 'selection'> = {
  registry: registryOfAddress(TARGET),
  registries: [],
  images: new Map(),
  built: 'keep',
  platform: 'linux/amd64',
  language: 'en',
  merged: false,
  via: [],
  deployEngine: null,
  accelerators: [],
  alias: {
    harbor: registryOfAddress(TARGET),
    shortNames: new Map(),
    networkVariable: 'AI_INFRA_NETWORK_ENV',
    probe: [],
  },
  bases: [],
  outputs: [],
  out: '/nowhere/out',
}

/** The plan of a compose file. Its target is registry.example.com/team. */
export function plan(text: string, choices: Choices = {}): RelayPlan {
  const { ignore = '', platform = 'linux/amd64', environment = {} } = choices
  const project = load(text, environment)
  return planRelay({
    project,
    selection: selectImages(project, parseIgnoreFile(ignore, 'ignore-images.txt'), platform),
    ...USUAL_PLAN,
    platform,
    ...choices,
  })
}

/** An image as a plan has it. */
export function image(text: string) {
  return withDefaultTag(parseReference(text))
}

/** The lines that the command line prints where something is refused. */
export function refusalsOf(run: () => unknown): string[] {
  return linesOf(thrownBy(run))
}

export function linesOf(error: unknown): string[] {
  if (error instanceof InputError) return error.problems.map(formatProblem)
  throw new Error('not refused', { cause: error })
}
