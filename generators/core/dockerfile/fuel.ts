/** What filling in variables may cost in one file: far more than anyone needs, done in well under a second. */
const STEPS = 2_000_000

/** Counts steps, so that a hostile file comes to an end. */
export class Fuel {
  private left = STEPS

  /** Whether that much was left. */
  spend(steps: number): boolean {
    this.left -= steps
    return this.left >= 0
  }
}
