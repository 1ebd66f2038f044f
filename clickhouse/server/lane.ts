/**
 * A lane: one worker thread that runs one statement at a time on the engine. It promises: one reply per request, and a
 * connection it opened is closed when its statement is over, unless the request asked to keep it.
 */
import { confineThread } from './confine.ts'
import { enter } from './lane-place.ts'
import type { Done, LaneReply, LaneRequest } from './lane-protocol.ts'
import * as chdb from './libchdb.ts'

declare const self: Worker

let insert: { stream: chdb.InsertStream; leave: () => chdb.Connection | undefined } | undefined

function endInsert(end: (stream: chdb.InsertStream) => chdb.Outcome): Done {
  const open = insert
  insert = undefined
  if (!open) throw new Error('no insert is open')
  const outcome = end(open.stream)
  return { kind: 'done', outcome, connection: open.leave() }
}

function cancelled(stream: chdb.InsertStream): chdb.Outcome {
  chdb.insertCancel(stream)
  return { ok: false, error: 'Code: 394. DB::Exception: Query was cancelled. (QUERY_WAS_CANCELLED)' }
}

function answer(request: LaneRequest): LaneReply {
  switch (request.op) {
    case 'confine':
      chdb.load()
      return { kind: 'confined', confined: confineThread(request.owned) }
    case 'boot':
      return { kind: 'booted', connection: chdb.connect(request.args) }
    case 'query': {
      const { connection, error, leave } = enter(request.place)
      if (error) return { kind: 'done', outcome: { ok: false, error }, early: true, connection: leave() }
      const outcome = chdb.query(connection, request.sql, request.format, request.params)
      return { kind: 'done', outcome, connection: leave() }
    }
    case 'insert': {
      const { connection, error, leave } = enter(request.place)
      if (error) return { kind: 'done', outcome: { ok: false, error }, early: true, connection: leave() }
      const opened = chdb.insertOpen(connection, request.sql, request.format, request.params)
      if (!opened.ok) return { kind: 'done', outcome: opened, connection: leave() }
      insert = { stream: opened.stream, leave }
      const taken = chdb.insertAppend(opened.stream, request.data)
      return request.last || !taken ? endInsert(chdb.insertDone) : { kind: 'more' }
    }
    case 'append': {
      const taken = insert ? chdb.insertAppend(insert.stream, request.data) : false
      return request.last || !taken ? endInsert(chdb.insertDone) : { kind: 'more' }
    }
    case 'cancel':
      return endInsert(cancelled)
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
