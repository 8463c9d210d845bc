import { dirname, extname, join, relative } from 'node:path'
import { STDIN } from './core/compose/files.ts'
import type { ComposeProject } from './core/compose/project.ts'
import { mergedFile, mirrorFiles } from './core/compose/proof.ts'
import { type Generator, heading, inputName } from './core/generator.ts'
import type { RelayPlan } from './core/plan.ts'
import { addedByPlan, renameByPlan } from './core/rename.ts'

export const mirrorCompose: Generator = {
  name: 'mirror',
  summary: 'the compose files with the images of the registry',
  usual: true,
  files: plan => {
    const { folder, paths } = mirrorLayout(plan)
    const texts = plan.merged
      ? oneFile(plan)
      : mirrorFiles(plan.project, renameByPlan(plan), addedByPlan(plan))
    return [...paths].map(([source, path]) => ({
      path: join(folder ?? '', path),
      content: texts.get(source) ?? '',
      executable: false,
    }))
  },
}

function oneFile(plan: RelayPlan): ReadonlyMap<string, string> {
  const { project } = plan
  const text = mergedFile(project, renameByPlan(plan), heading(plan, MERGED), addedByPlan(plan))
  return new Map([[project.files[0].path, text]])
}

const MERGED = 'All files of the project as one, with the images of the registry.'

/** How the mirror stands to its project. */
export interface MirrorLayout {
  /** The folder of the mirror of a set of files; null where there is only one, which has a name of its own. */
  readonly folder: string | null
  /** Where the files of the mirror stand beside those of the project, absolute. */
  readonly root: string
  /** What each compose file is called in the folder. */
  readonly paths: ReadonlyMap<string, string>
  /** The same for the files that Compose is given by -f, and for the project directory. */
  readonly files: readonly string[]
  readonly projectDirectory: string
}

/**
 * One file becomes docker-compose-mirror.yaml. The files of a set name each other, so they keep their names below
 * the folder that they have in common.
 */
export function mirrorLayout(plan: RelayPlan): MirrorLayout {
  const { project } = plan
  const [first, ...others] = project.sources.map(file => pathOf(file, project))
  if (first === undefined || others.length === 0 || plan.merged) {
    const path = mirrorFile(plan)
    return {
      folder: null,
      root: project.directory,
      paths: new Map([[project.files[0].path, path]]),
      files: [path],
      projectDirectory: '.',
    }
  }
  const root = others.reduce((folder, path) => commonFolder(folder, dirname(path)), dirname(first))
  const name = (file: { readonly path: string }) => relative(root, pathOf(file, project))
  return {
    folder: 'mirror',
    root,
    paths: new Map(project.sources.map(file => [file.path, name(file)])),
    files: project.files.map(name),
    projectDirectory: relative(root, project.directory) || '.',
  }
}

/** What comes from the standard input would stand in the project. */
function pathOf({ path }: { readonly path: string }, { directory }: ComposeProject): string {
  return path === STDIN ? join(directory, 'compose.yaml') : path
}

function commonFolder(a: string, b: string): string {
  let folder = a
  while (folder !== dirname(folder) && b !== folder && relative(folder, b).startsWith('..'))
    folder = dirname(folder)
  return folder
}

/** docker-compose.yaml becomes docker-compose-mirror.yaml. */
export function mirrorFile(plan: RelayPlan): string {
  const name = inputName(plan)
  const extension = extname(name)
  return `${name.slice(0, name.length - extension.length)}-mirror${extension}`
}
