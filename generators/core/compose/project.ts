import type { Location, Problem } from '../problem.ts'

/** A Compose project, as far as a relay needs it. */
export interface ComposeProject {
  readonly name: string
  /** The project directory, absolute: where relative names of the compose file begin. */
  readonly directory: string
  /** The compose file as the user named it, and what stands in it. */
  readonly file: string
  readonly text: string
  /** In the order of the file. */
  readonly services: readonly Service[]
  readonly warnings: readonly Problem[]
}

export interface Service {
  readonly name: string
  readonly image: ImageValue | null
  /** Whether Compose would build it. */
  readonly builds: boolean
  /** null where the service names none. */
  readonly platform: string | null
  readonly at: Location
}

/** The value of an `image:` key. */
export interface ImageValue {
  /** After interpolation. */
  readonly value: string
  /** Before interpolation, without YAML's quotes. */
  readonly template: string
  readonly scalar: Scalar
  readonly at: Location
}

/** Where a scalar stands in the text of its file. */
export interface Scalar {
  /** Offsets of its first character, quotes and block header included, and of the one after its last. */
  readonly start: number
  readonly end: number
  readonly style: 'plain' | 'single' | 'double' | 'block'
}
