import { dirname, relative } from 'node:path'
import { type Words, word, words } from '../bash.ts'
import { STDIN } from './files.ts'
import { find, itemsOf, textOf } from './node.ts'
import type { ComposeProject } from './project.ts'

/** How Compose is told of a project by somebody who stands in its folder. */
export function composeFlags({ name, directory, files, envFiles }: ComposeProject): Words {
  const [first] = files
  const elsewhere = first.path !== STDIN && dirname(first.path) !== directory
  return words(
    ...(elsewhere ? [word('--project-directory'), word('.')] : []),
    word('-p'),
    word(name),
    ...(envFiles ?? []).flatMap(path => [word('--env-file'), word(relative(directory, path))]),
    ...files.flatMap(({ path }) => [word('-f'), word(nameIn(directory, path))]),
  )
}

/** A file as it is called from a folder. What came from the standard input would stand there under a usual name. */
export function nameIn(directory: string, path: string): string {
  return path === STDIN ? 'compose.yaml' : relative(directory, path) || '.'
}

/** All profiles of the chosen services, sorted, as the variable that Compose reads has them. */
export function profilesOf({ model, services }: ComposeProject): string {
  const chosen = services.filter(({ enabled }) => enabled)
  const profiles = chosen.flatMap(({ name }) =>
    itemsOf(find(model, 'services', name, 'profiles')).flatMap(node => textOf(node) ?? []),
  )
  return [...new Set(profiles)].sort().join(',')
}
