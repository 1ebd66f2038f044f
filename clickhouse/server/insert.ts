/**
 * An INSERT with data. It promises: data goes to the engine in pieces of at most `PIECE_BYTES`, each only when the last
 * was taken, so that an upload of any size and format needs bounded memory; the answer comes when all is committed; a
 * sender that goes away half-way ends the insert, and blocks already written stay, as in a server.
 */
import type { Body } from './body.ts'
import type { Engine } from './engine.ts'
import type { Place } from './lane-protocol.ts'
import type { Bound, Outcome } from './libchdb.ts'

const PIECE_BYTES = 1 << 20

/** Runs the insert to its end. `head` is the statement without FORMAT and data. @throws what reading the body throws */
export async function runInsert(
  engine: Engine,
  place: Place,
  insert: { head: string; format: string },
  params: Bound,
  body: Body,
): Promise<Outcome> {
  // The first piece is read before a lane is taken: a slow sender holds none, and a small insert is one call.
  let piece = await body.take(PIECE_BYTES)
  const lane = await engine.acquire()
  let open = false
  try {
    const sql = Buffer.from(insert.head, 'latin1')
    const first = {
      op: 'insert' as const,
      place,
      sql,
      format: insert.format,
      params,
      data: piece.bytes,
      last: piece.ended,
    }
    let reply = await lane.call(first)
    while (reply.kind === 'more') {
      open = true
      piece = await body.take(PIECE_BYTES)
      reply = await lane.call({ op: 'append', data: piece.bytes, last: piece.ended })
    }
    open = false
    if (reply.kind !== 'done') throw new Error(`an insert answered ${reply.kind}`)
    return reply.outcome
  } finally {
    if (open) await lane.call({ op: 'cancel' })
    engine.release(lane)
  }
}
