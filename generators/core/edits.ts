/** A range of a text and what is to stand there. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The text with other words in some of its ranges, none of which overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const parts: string[] = []
  let at = 0
  for (const { start, end, text: replacement } of inOrder(edits)) {
    parts.push(text.slice(at, start), replacement)
    at = end
  }
  return [...parts, text.slice(at)].join('')
}

/** Where an offset that lies in no edited range, or at the beginning of one, is after the edits. */
export function movedOffset(offset: number, edits: readonly Edit[]): number {
  return edits
    .filter(({ end, start }) => end <= offset && start < offset)
    .reduce((at, { start, end, text }) => at + text.length - (end - start), offset)
}

function inOrder(edits: readonly Edit[]): readonly Edit[] {
  return edits.toSorted((a, b) => a.start - b.start)
}
