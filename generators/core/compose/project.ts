import type { Location, Problem } from '../problem.ts'
import type { ComposeFile } from './document.ts'
import type { ProjectFiles } from './files.ts'
import type { MapNode, ScalarNode } from './node.ts'

/** A Compose project, as far as a relay needs it. */
export interface ComposeProject {
  readonly name: string
  /** The project directory, absolute: where relative names of the compose file begin. */
  readonly directory: string
  /** What Compose would be given by -f, in that order. */
  readonly files: readonly [ComposeFile, ...ComposeFile[]]
  /** Every compose file that the model is made of: the above, then what they include and extend. */
  readonly sources: readonly ComposeFile[]
  /** All files as one. */
  readonly model: MapNode
  /** What the files had become after each document, those that are included among them. */
  readonly stages: readonly MapNode[]
  /** Every document as it was read, before anything was laid over anything. */
  readonly documents: readonly MapNode[]
  /** All services, in the order of the model. */
  readonly services: readonly Service[]
  /** The files of variables that somebody has named, absolute; null where the .env beside the compose file counts. */
  readonly envFiles: readonly string[] | null
  /** The profiles that Compose runs where nobody names one: those of COMPOSE_PROFILES. */
  readonly profiles: readonly string[]
  /** What a user may want to know about the choice of files. */
  readonly notices: readonly Problem[]
  /** Required variables without value, where a relay can do without. */
  readonly warnings: readonly Problem[]
  /** Its files, each read once. */
  readonly disk: ProjectFiles
  /**
   * The project as it is with other texts in some of its files, by their paths, and with `files` for those that
   * Compose is given. Reads nothing anew from the disk.
   */
  reread(texts: ReadonlyMap<string, string>, files?: readonly string[]): ComposeProject
}

export interface Service {
  readonly name: string
  /** Whether one of the chosen profiles has it. */
  readonly enabled: boolean
  readonly image: ImageValue | null
  /** Other images that it needs to run. */
  readonly others: readonly ImageValue[]
  /** Whether Compose would build it. */
  readonly builds: boolean
  /** null where the service names none. */
  readonly platform: string | null
  readonly at: Location
}

/** Where an image is named: by the service itself, a volume, a hook before its start, or a context of its build. */
export type ImageKind = 'service' | 'volume' | 'pre_start' | 'context'

/** A string that names an image. */
export interface ImageValue {
  readonly kind: ImageKind
  /** The image, with variables filled in. */
  readonly value: string
  readonly node: ScalarNode
  /** What stands before the image in its string, such as `docker-image://`. */
  readonly prefix: string
  /** Its path in the model. */
  readonly where: string
  readonly at: Location
}
