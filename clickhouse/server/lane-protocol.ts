/** What the engine and a lane say to each other: one request at a time, each answered by exactly one reply. */
import type { Bound, Connection, Outcome } from './libchdb.ts'

/** Where a statement runs: a connection kept open, or arguments for a new one, and what to run on it first. */
export interface Place {
  /** A session's connection; absent: a new one with `args`, closed afterwards unless `keep`. */
  connection?: Connection | undefined
  args: readonly string[]
  /** `SET …; USE …` run before the statement; empty for none. */
  setup: string
  keep: boolean
}

export type LaneRequest =
  | { op: 'boot'; args: readonly string[] }
  | { op: 'query'; place: Place; sql: Uint8Array; format: string; params: Bound }
  | {
      op: 'insert'
      place: Place
      sql: Uint8Array
      format: string
      params: Bound
      data: Uint8Array
      last: boolean
    }
  | { op: 'append'; data: Uint8Array; last: boolean }
  | { op: 'cancel' }
  | { op: 'close'; connection: Connection }

export type LaneReply =
  | { kind: 'booted'; connection: Connection }
  | { kind: 'refused'; message: string }
  /** The insert took its piece and waits for the next one. */
  | { kind: 'more'; connection?: Connection | undefined }
  | { kind: 'done'; outcome: Outcome; connection?: Connection | undefined }
