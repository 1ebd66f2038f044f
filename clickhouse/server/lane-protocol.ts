/** What the engine and a lane say to each other: one request at a time, each answered by exactly one reply. */
import type { Bound, Connection, Outcome } from './libchdb.ts'

/** Where a statement runs: a connection kept open, or arguments for a new one, and what to run on it first. */
export interface Place {
  /** A session's connection; absent: a new one with `args`, closed afterwards unless `keep`. */
  connection?: Connection | undefined
  args: readonly string[]
  /** `SET …; USE …` run before the statement; empty for none. */
  setup: string
  /** Run after `setup`, each with one value: temporary tables made of data. */
  tables: readonly { sql: string; param: Bound[number] }[]
  /** Names of the settings in `setup`, and whether it changes the database: what a kept connection gets back. */
  settings: readonly string[]
  setsDatabase: boolean
  keep: boolean
}

export type LaneRequest =
  /** The first request of every lane: what its thread may touch. */
  | { op: 'confine'; owned: readonly string[] }
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

/** A statement that is over. */
export interface Done {
  kind: 'done'
  outcome: Outcome
  /** The connection, when it was kept. */
  connection?: Connection | undefined
  /** True when not even its settings could be taken. */
  early?: boolean
}

export type LaneReply =
  | { kind: 'confined'; confined: boolean }
  | { kind: 'booted'; connection: Connection }
  | { kind: 'refused'; message: string }
  /** The insert took its piece and waits for the next one; or a connection was closed. */
  | { kind: 'more' }
  | Done
