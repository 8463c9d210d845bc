import type { OutputFile } from './output.ts'
import { InputError } from './problem.ts'
import type { Registry } from './registry.ts'

/** Variables that bash sets, or that decide what a script finds. */
const OF_BASH =
  /^(?:_|BASH\w*|CDPATH|COLUMNS|DIRSTACK|ENV|EUID|FUNCNAME|GROUPS|HOME|HOST\w+|IFS|LANG|LC_\w+|LINENO|LINES|MACHTYPE|OLDPWD|OPT\w+|OSTYPE|PATH|PIPESTATUS|POSIXLY_CORRECT|PPID|PS\d|PWD|RANDOM|REPLY|SECONDS|SHELL\w*|SHLVL|TMPDIR|UID)$/

/**
 * Throws InputError where the login of a registry is to stand in a variable that the script sets itself: it would never
 * see what the environment has. Returns the script.
 */
export function refuseOwnVariables(script: OutputFile, registries: readonly Registry[]): OutputFile {
  const code = script.content.replace(/^(?:MSG_| *#).*$/gm, '')
  const problems = registries.flatMap(({ name, login }) =>
    [login?.username ?? '', login?.password ?? '']
      .filter(variable => variable !== '' && isSet(variable, code))
      .map(variable => ({
        at: null,
        where: `registries.${name}`,
        what: `"${variable}" is a variable that the script sets itself`,
        cure: `choose another name, such as "${name.toUpperCase().replaceAll('-', '_')}_PASSWORD"`,
      })),
  )
  if (problems.length > 0) throw new InputError(problems)
  return script
}

function isSet(variable: string, code: string): boolean {
  const assigned = new RegExp(
    `(?<![\\w$])${variable}\\+?=|\\b(?:local|read|for|printf -v)\\b[^\\n]*(?<![\\w$])${variable}\\b`,
  )
  return OF_BASH.test(variable) || assigned.test(code)
}
