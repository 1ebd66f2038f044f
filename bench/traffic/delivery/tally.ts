/** Counts what became of events: every one is accepted, rejected by a code, or undelivered. */
import type { Verdict } from './deliver.ts'

/** So many examples of each rejection are kept. */
const EXAMPLES = 5

export interface Rejections {
  count: number
  readonly message: string
  /** Which events, in the sender's words. */
  readonly examples: string[]
}

export class Tally {
  accepted = 0
  undelivered = 0
  readonly rejected = new Map<string, Rejections>()

  /** Everything counted. */
  get events(): number {
    let events = this.accepted + this.undelivered
    for (const { count } of this.rejected.values()) events += count
    return events
  }

  /** @param nameOf what the sender calls the event at an index, such as `line 12` */
  add(verdict: Verdict, nameOf: (index: number) => string): void {
    this.accepted += verdict.accepted
    for (const { index, code, message } of verdict.rejected) {
      const known = this.rejected.get(code)
      if (!known) this.rejected.set(code, { count: 1, message, examples: [nameOf(index)] })
      else {
        known.count += 1
        if (known.examples.length < EXAMPLES) known.examples.push(nameOf(index))
      }
    }
  }
}
