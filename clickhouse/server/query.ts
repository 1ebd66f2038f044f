/**
 * Statements on the engine: where they run, and what comes back. It promises: settings, database and parameters of one
 * request never reach another one; a lane is given back exactly once, and only when nothing runs on it.
 */
import type { Engine, Lane } from './engine.ts'
import { type Report, reportOfEngine } from './exceptions.ts'
import type { Place } from './lane-protocol.ts'
import type { Outcome, Stats } from './libchdb.ts'
import type { QueryRequest } from './request.ts'
import { openPipe } from './result-pipe.ts'
import type { Source } from './result-stream.ts'
import { identifier, literal, type Statement } from './sql.ts'

const READ_ONLY_METHODS = new Set(['GET', 'HEAD'])
const NO_STATS: Stats = {
  readRows: 0,
  readBytes: 0,
  resultRows: 0,
  resultBytes: 0,
  writtenRows: 0,
  writtenBytes: 0,
}

/** The place of a request's statement: a connection of its own with the request's settings. */
export function placeOf(engine: Engine, request: QueryRequest): Place {
  const args = [`--log_comment=${request.queryId}`]
  if (READ_ONLY_METHODS.has(request.method)) args.push('--readonly=2')
  const setup: string[] = []
  if (request.roles.length > 0) setup.push(`SET ROLE ${request.roles.map(identifier).join(', ')}`)
  if (request.database) setup.push(`USE ${identifier(request.database)}`)
  if (request.settings.length > 0)
    setup.push(
      `SET ${request.settings.map(([name, value]) => `${identifier(name)} = ${literal(value)}`).join(', ')}`,
    )
  return { args: engine.connectArgs(args), setup: setup.join('; '), keep: false }
}

/** A SELECT under way. */
export interface Running extends Source {
  /** What it did; complete when it has ended. */
  stats(): Stats
}

/** Starts a SELECT whose result comes through the lane's pipe, in the engine's own output format. */
export function startSelect(
  engine: Engine,
  lane: Lane,
  request: QueryRequest,
  place: Place,
  sql: Buffer,
  statement: Extract<Statement, { kind: 'select' }>,
  format: string,
): Running {
  const pipe = openPipe(lane.pipePath)
  const output = ` INTO OUTFILE ${literal(lane.pipePath)} APPEND ${statement.format ? '' : `FORMAT ${format} `}`
  const text = Buffer.concat([
    sql.subarray(0, statement.outputAt),
    Buffer.from(output),
    sql.subarray(statement.outputAt, statement.end),
  ])
  let stats = NO_STATS
  let over = false
  let killing: Promise<unknown> | undefined
  const ended: Promise<Outcome> = lane.query(place, text, 'Null', request.params).then(
    ({ outcome }) => outcome,
    (error: unknown) => ({
      ok: false as const,
      error: error instanceof Error ? error.message : String(error),
    }),
  )
  const finished = ended.then(async (outcome) => {
    over = true
    if (outcome.ok) stats = outcome.stats
    pipe.finish()
    // The KILL names this lane's pipe: wait for it, or it could hit the lane's next statement.
    await killing
    return outcome
  })
  const released = finished.then(() => engine.release(lane))
  let stopped = false
  return {
    read: async () => (stopped ? undefined : pipe.read()),
    stats: () => stats,
    failure: async () => {
      const outcome = await finished
      return outcome.ok ? undefined : reportOfEngine(outcome.error, engine.version)
    },
    stop: async () => {
      if (stopped) return
      stopped = true
      await pipe.close()
      if (!over) killing = engine.kill(lane)
      await released
    },
  }
}

/** The outcome of a statement, as an exception or what it gave. */
export function checked(
  outcome: Outcome,
  version: string,
): { bytes: Uint8Array; stats: Stats; report?: Report } {
  if (outcome.ok) return outcome
  return { bytes: new Uint8Array(), stats: NO_STATS, report: reportOfEngine(outcome.error, version) }
}
