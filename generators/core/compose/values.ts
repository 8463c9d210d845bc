import { isMap, isScalar, isSeq, type Scalar } from 'yaml'
import { InputError, type Problem } from '../problem.ts'
import { type ComposeDocument, keyName } from './document.ts'
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
          this.#missing.set(scalar, this.#problem(scalar, where, error, 0))
        else if (error instanceof InvalidTemplate)
          problems.push(this.#problem(scalar, where, error, error.offset))
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

  #problem(
    scalar: Scalar,
    where: string,
    { what, cure }: InvalidTemplate | MissingVariable,
    offset: number,
  ): Problem {
    const at = this.document.locate(scalar, offset)
    return { at, where, what, cure: cure ?? 'set it in the environment or in .env' }
  }
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
