import { basename } from 'node:path'
import { comment } from './bash.ts'
import { STDIN } from './compose/files.ts'
import type { Config } from './config.ts'
import type { OutputFile } from './output.ts'
import type { RelayPlan } from './plan.ts'
import { render, type View } from './template.ts'

/** One output: its name on the command line, what it is, and the files that it makes of a plan. */
export interface Generator {
  readonly name: string
  readonly summary: string
  /** Whether it is written without being named: always, never, or where relay.yaml has what it is made of. */
  readonly usual: boolean | ((config: Config) => boolean)
  files(plan: RelayPlan): readonly OutputFile[]
}

/** What a script is called, what its header says of it, and the template that it comes from. */
export interface ScriptName {
  readonly path: string
  readonly template: string
  readonly summary: string
}

/** An executable bash script. Its header's fields come from here, the others from `view`. */
export function script(plan: RelayPlan, { path, template, summary }: ScriptName, view: View): OutputFile {
  const header = { file: comment(path), summary: comment(summary), input: comment(inputName(plan)) }
  return { path, content: render(template, { ...header, ...view }, plan.language), executable: true }
}

/** The name of the first compose file, wherever it stands. */
export function inputName({ project }: RelayPlan): string {
  const [{ path }] = project.files
  return path === STDIN ? 'compose.yaml' : basename(path)
}
