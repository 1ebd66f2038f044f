/**
 * A lane: one worker thread that runs one statement at a time on the engine. It promises: one reply per request, and a
 * connection it opened is closed when its statement is over, unless the request asked to keep it.
 */
import type { LaneReply, LaneRequest, Place } from './lane-protocol.ts'
import * as chdb from './libchdb.ts'

declare const self: Worker

const utf8 = new TextEncoder()
let insert: { stream: chdb.InsertStream; finish: () => chdb.Connection | undefined } | undefined

/** Opens (or takes) the connection and prepares it; then `finish` closes it or says which one was kept. */
function enter(place: Place): {
  connection: chdb.Connection
  error?: string
  finish: () => chdb.Connection | undefined
} {
  const connection = place.connection ?? chdb.connect(place.args)
  const finish = () => {
    if (place.keep) return connection
    chdb.close(connection)
    return undefined
  }
  if (!place.setup) return { connection, finish }
  const prepared = chdb.query(connection, utf8.encode(place.setup), 'Null', [])
  return prepared.ok ? { connection, finish } : { connection, finish, error: prepared.error }
}

function endInsert(): LaneReply {
  const open = insert
  insert = undefined
  if (!open) return { kind: 'refused', message: 'no insert is open' }
  const outcome = chdb.insertDone(open.stream)
  return { kind: 'done', outcome, connection: open.finish() }
}

function answer(request: LaneRequest): LaneReply {
  switch (request.op) {
    case 'boot':
      return { kind: 'booted', connection: chdb.connect(request.args) }
    case 'query': {
      const { connection, error, finish } = enter(request.place)
      const outcome = error
        ? { ok: false as const, error }
        : chdb.query(connection, request.sql, request.format, request.params)
      return { kind: 'done', outcome, connection: finish() }
    }
    case 'insert': {
      const { connection, error, finish } = enter(request.place)
      if (error) return { kind: 'done', outcome: { ok: false, error }, connection: finish() }
      const opened = chdb.insertOpen(connection, request.sql, request.format, request.params)
      if (!opened.ok) return { kind: 'done', outcome: opened, connection: finish() }
      insert = { stream: opened.stream, finish }
      const taken = chdb.insertAppend(opened.stream, request.data)
      return request.last || !taken ? endInsert() : { kind: 'more' }
    }
    case 'append': {
      const taken = insert ? chdb.insertAppend(insert.stream, request.data) : false
      return request.last || !taken ? endInsert() : { kind: 'more' }
    }
    case 'cancel': {
      const open = insert
      insert = undefined
      if (open) chdb.insertCancel(open.stream)
      return { kind: 'more', connection: open?.finish() }
    }
    case 'close':
      chdb.close(request.connection)
      return { kind: 'more' }
  }
}

self.onmessage = (event: MessageEvent<LaneRequest>) => {
  let reply: LaneReply
  try {
    reply = answer(event.data)
  } catch (error) {
    reply = { kind: 'refused', message: error instanceof Error ? error.message : String(error) }
  }
  const transfer = reply.kind === 'done' && reply.outcome.ok ? [reply.outcome.bytes.buffer] : []
  self.postMessage(reply, transfer)
}
