import { isMap, isScalar, isSeq, type Scalar } from 'yaml'
import { InputError, type Problem } from '../problem.ts'
import { type ComposeDocument, keyName, rangeOf } from './document.ts'
import {
  type Interpolation,
  InvalidTemplate,
  interpolate,
  type Lookup,
  MissingVariable,
} from './interpolate.ts'

/**
 * The strings of a compose file with their variables filled in. Compose fills in all of them before it looks at any;
 * a required variable that is missing is an error only for the strings that somebody asks for.
 */
export class Values {
  readonly #filled = new Map<Scalar, Interpolation>()
  readonly #missing = new Map<Scalar, Problem>()

  /** Throws InputError with every string that has a `$` which Compose cannot read. */
  constructor(
    readonly document: ComposeDocument,
    lookup: Lookup,
  ) {
    const problems: Problem[] = []
    eachString(document.root, '', (scalar, where) => {
      try {
        this.#filled.set(scalar, interpolate(scalar.value, lookup))
      } catch (error) {
        if (error instanceof MissingVariable)
          this.#missing.set(scalar, this.#missingVariable(scalar, where, error))
        else if (error instanceof InvalidTemplate) problems.push(this.#invalid(scalar, where, error))
        else throw error
      }
    })
    if (problems.length > 0) throw new InputError(problems)
  }

  /** A string with its variables filled in. Throws InputError where a required one is missing. */
  read(scalar: Scalar<string>): Interpolation {
    const problem = this.#missing.get(scalar)
    if (problem !== undefined) throw new InputError([problem])
    return this.#filled.get(scalar) ?? { value: scalar.value, unset: [] }
  }

  /** What Compose would refuse, and a relay does not need. */
  warnings(): Problem[] {
    return [...this.#missing.values()]
  }

  #invalid(scalar: Scalar<string>, where: string, { what, cure, offset }: InvalidTemplate): Problem {
    return { at: this.document.locateOffset(sourceOffset(scalar, offset, this.document)), where, what, cure }
  }

  #missingVariable(scalar: Scalar, where: string, { variable, written }: MissingVariable): Problem {
    const what = `required variable ${variable} is missing a value` + (written === '' ? '' : `: ${written}`)
    return { at: this.document.locate(scalar), where, what, cure: 'set it in the environment or in .env' }
  }
}

/** Where the `$` at `offset` of a string stands in its file: quotes, escapes and indentation come between. */
function sourceOffset(scalar: Scalar<string>, offset: number, { text }: ComposeDocument): number {
  const [start = 0] = rangeOf(scalar) ?? []
  let at = text.indexOf('$', start)
  for (const char of scalar.value.slice(0, offset)) if (char === '$') at = text.indexOf('$', at + 1)
  return at
}

/** Every string value below a node, with its path. Keys are none, and what an alias names has its own place. */
function eachString(
  node: unknown,
  where: string,
  visit: (scalar: Scalar<string>, where: string) => void,
): void {
  if (isMap(node)) {
    const prefix = where === '' ? '' : `${where}.`
    for (const { key, value } of node.items) eachString(value, prefix + keyName(key), visit)
  } else if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) eachString(item, `${where}[${index}]`, visit)
  } else if (isString(node) && node.value.includes('$')) {
    visit(node, where)
  }
}

/** Whether a node is a string, in any of YAML's styles. */
export function isString(node: unknown): node is Scalar<string> {
  return isScalar(node) && typeof node.value === 'string'
}
