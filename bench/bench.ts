/** What every bench is: a name, what it measures, and a run that gives rows. */
import type { Cleanup } from './measure/cleanup.ts'
import type { Bar, Row } from './measure/row.ts'

export interface Context {
  /** Short runs, to see that all is well; not to be quoted. */
  readonly quick: boolean
  /** A folder of this run's own, removed at its end. */
  readonly folder: string
  readonly cleanup: Cleanup
  /** Sizes that were asked for, ascending, for a bench that has sizes; absent: its own. */
  readonly events?: readonly number[]
  /** Days that are closed are wanted as their counts alone, from a bench that fills days. */
  readonly counts?: boolean
  /** Tells a person what is being done. */
  say(line: string): void
}

export interface Bench {
  readonly name: string
  readonly about: string
  readonly bars: readonly Bar[]
  /** @throws when it could not measure */
  run(context: Context): Promise<{ rows: Row[]; notes: string[] }>
}
