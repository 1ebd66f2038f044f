/**
 * An INSERT with data. It promises: data goes to the engine in pieces of at most `PIECE_BYTES`, each only when the last
 * was taken, so that an upload of any size and format needs bounded memory; the answer comes when all is committed; a
 * sender that goes away half-way ends the insert, and blocks already written stay, as in a server.
 */
import type { Body } from './body.ts'
import type { Engine } from './engine.ts'
import { ServerException } from './exceptions.ts'
import type { InsertStatement } from './insert-statement.ts'
import type { Done, Place } from './lane-protocol.ts'
import type { Bound } from './libchdb.ts'
import { escaped } from './tokens.ts'

const PIECE_BYTES = 1 << 20

/** Runs the insert to its end. `head` is the statement without FORMAT and data. @throws what reading the body throws */
export async function runInsert(
  engine: Engine,
  place: Place,
  insert: InsertStatement,
  params: Bound,
  body: Body,
): Promise<Done> {
  if (insert.input) return insertFromInput(engine, place, insert, insert.input, params, body)
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
    return reply
  } finally {
    if (open) await lane.call({ op: 'cancel' })
    engine.release(lane)
  }
}

const DATA = 'rtpx_input_data'
const MAX_INPUT_BYTES = 64 << 20
/**
 * `INSERT … SELECT … FROM input('…') FORMAT X`: the embedded engine has no input of its own, so the data becomes an argument of
 * `format(X, '…', data)`, which reads it the same way. It is held in memory for that, so it has a limit.
 */
async function insertFromInput(
  engine: Engine,
  place: Place,
  insert: InsertStatement,
  input: NonNullable<InsertStatement['input']>,
  params: Bound,
  body: Body,
): Promise<Done> {
  const data = await body.take(MAX_INPUT_BYTES)
  if (!data.ended)
    throw new ServerException(
      229,
      'QUERY_IS_TOO_LARGE',
      `Data for input() is larger than ${MAX_INPUT_BYTES} bytes`,
    )
  const { head, format } = insert
  const call = `format(${format}, ${head.slice(input.argumentsAt, input.end)}, {${DATA}:String}`
  const sql = Buffer.from(head.slice(0, input.start) + call + head.slice(input.end), 'latin1')
  const lane = await engine.acquire()
  try {
    return await lane.query(place, sql, 'Null', [...params, [DATA, escaped(data.bytes)]])
  } finally {
    engine.release(lane)
  }
}
