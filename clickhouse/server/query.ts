/**
 * Statements on the engine: where they run, and how a SELECT runs. It promises: settings, database and parameters of one
 * request never reach another one; a lane is given back exactly once, and only when nothing runs on it.
 */
import type { Engine, Lane } from './engine.ts'
import { reportOfEngine } from './exceptions.ts'
import type { Done, Place } from './lane-protocol.ts'
import type { Connection, Stats } from './libchdb.ts'
import type { QueryRequest } from './request.ts'
import { openPipe } from './result-pipe.ts'
import type { Source } from './result-stream.ts'
import type { Statement } from './statement.ts'
import { identifier, literal } from './tokens.ts'

export const NO_STATS: Stats = {
  readRows: 0,
  readBytes: 0,
  resultRows: 0,
  resultBytes: 0,
  writtenRows: 0,
  writtenBytes: 0,
}

/** True for the methods that may only read. */
export const readsOnly = (request: QueryRequest) => request.method !== 'POST'

/**
 * The place of a request's statement.
 * @param session its session's connection, if it has a session: `null` when that is still to be opened
 */
export function placeOf(
  engine: Engine,
  request: QueryRequest,
  tables: Place['tables'],
  session?: Connection | null,
): Place {
  // The id is the query's comment in system.processes: the embedded engine makes ids of its own and takes none.
  const args = [`--log_comment=${request.queryId}`]
  const kept = session !== undefined
  if (request.protocolVersion > 0) args.push('--output_format_native_write_json_as_string=1')
  // A session's connection outlives the request; there a read-only request is held by the kind of its statement.
  if (readsOnly(request) && !kept && !request.scoped) args.push('--readonly=2')
  const setup: string[] = []
  if (request.roles.length > 0) setup.push(`SET ROLE ${request.roles.map(identifier).join(', ')}`)
  if (request.database) setup.push(`USE ${identifier(request.database)}`)
  const settings = request.settings.map(([name, value]) => `${identifier(name)} = ${literal(value)}`)
  if (settings.length > 0) setup.push(`SET ${settings.join(', ')}`)
  return {
    connection: session ?? undefined,
    args: engine.connectArgs(args),
    setup: setup.join('; '),
    tables,
    settings: request.settings.map(([name]) => name),
    setsDatabase: request.database !== '',
    keep: kept,
  }
}

const KILL_AGAIN_MS = 50

/** A SELECT under way. */
export interface Running extends Source {
  /** How it ended. */
  done: Promise<Done>
  /** What it did; complete when it has ended. */
  stats(): Stats
}

/** The SELECT with its output sent to the pipe: the clause stands where the grammar wants it. */
function withOutput(
  sql: Buffer,
  statement: Extract<Statement, { kind: 'select' }>,
  pipe: string,
  format: string,
): Buffer {
  const output = ` INTO OUTFILE ${literal(pipe)} APPEND ${statement.format ? '' : `FORMAT ${format} `}`
  const { outputAt, end } = statement
  return Buffer.concat([sql.subarray(0, outputAt), Buffer.from(output), sql.subarray(outputAt, end)])
}

/** Starts a SELECT whose result comes through the lane's pipe, in the engine's own output format; gives the lane back. */
export function startSelect(
  engine: Engine,
  lane: Lane,
  place: Place,
  params: QueryRequest['params'],
  query: { sql: Buffer; statement: Extract<Statement, { kind: 'select' }>; format: string },
): Running {
  const pipe = openPipe(lane.pipePath)
  const text = withOutput(query.sql, query.statement, lane.pipePath, query.format)
  let stats = NO_STATS
  let over = false
  let stopped: Promise<void> | undefined
  let killing: Promise<void> | undefined
  const done = lane.query(place, text, 'Null', params).then(async (reply) => {
    over = true
    if (reply.outcome.ok) stats = reply.outcome.stats
    pipe.finish()
    // The KILL names this lane's pipe, and what was not read is still in it: both would hit the lane's next statement.
    await killing
    await pipe.ended
    engine.release(lane)
    return reply
  })
  return {
    done,
    read: async () => (stopped ? undefined : pipe.read()),
    stats: () => stats,
    failure: async () => {
      const { outcome } = await done
      return outcome.ok ? undefined : reportOfEngine(outcome.error, engine.version)
    },
    stop: () => {
      stopped ??= (async () => {
        const drained = pipe.drain()
        // A statement that has only just been sent is not there to be killed yet.
        while (!over) {
          killing = engine.kill(lane)
          await killing
          await Promise.race([done, Bun.sleep(KILL_AGAIN_MS)])
        }
        await done
        await drained
      })()
      return stopped
    },
  }
}
