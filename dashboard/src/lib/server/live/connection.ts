/**
 * One watcher's line: what it asks, what it is told. A line that does not keep up is told nothing until it has, and then the
 * newest, so that what waits for it is bounded; one that stays behind, or asks on without reading, is closed. Time and the socket are passed in.
 */
import { CLOSED, type ClientMessage, type ServerMessage } from '#lib/live/protocol.ts'
import type { Trouble } from '#lib/overview.ts'
import type { Hub, Question, Subscription, Update } from './hub.ts'

/** What a line needs of a WebSocket. */
export interface LiveSocket {
  /** Bytes that the other side has not taken yet. */
  readonly bufferedAmount: number
  send(text: string): void
  close(code: number, reason: string): void
  terminate(): void
  onMessage(listener: (text: string) => void): void
  onClose(listener: () => void): void
}

export interface LineOptions {
  readonly socket: LiveSocket
  readonly hub: Hub
  /** The question a name and a page's parameters ask. @throws what `troubleOf` has words for */
  readonly questionOf: (name: string, search: string) => Question
  readonly troubleOf: (error: unknown) => Trouble
  readonly clock: () => number
  /** Runs something later; returns how to call it off. */
  readonly later: (run: () => void, delayMs: number) => () => void
  /** Whether the caller may ask one more question at this time; what it took must be given back. */
  readonly take: (key: string) => boolean
  readonly giveBack: (key: string) => void
}

/** Bytes that may wait for a line before it counts as behind. */
const WAITING_BYTES = 256 * 1024
const LOOK_AGAIN_MS = 250
const TOO_SLOW_MS = 30_000
const MAX_ASKED = 16
const MESSAGES_PER_10_S = 100

interface Asked {
  readonly key: string
  subscription: Subscription | undefined
  /** The version the other side holds. */
  held: number
  isBehind: boolean
}

export function openLine(options: LineOptions): { readonly close: (code: number, reason: string) => void } {
  const { socket, hub, questionOf, troubleOf, clock, later, take, giveBack } = options
  const asked = new Map<number, Asked>()
  let cancel: (() => void) | undefined
  let behindSince = 0
  let window = { from: clock(), messages: 0 }

  /** Who asks on and on without reading would be answered into memory. */
  const say = (message: ServerMessage) => {
    if (socket.bufferedAmount > WAITING_BYTES) socket.terminate()
    else socket.send(JSON.stringify(message))
  }

  function tell(id: number, one: Asked, update: Update) {
    if (socket.bufferedAmount > WAITING_BYTES) return fallBehind(one)
    const knowsLast = !one.isBehind && one.held === update.version - 1
    socket.send(`{"id":${id},${(knowsLast && update.change) || update.whole}}`)
    one.held = update.version
    one.isBehind = false
  }

  function fallBehind(one: Asked) {
    one.isBehind = true
    if (cancel) return
    behindSince = clock()
    cancel = later(catchUp, LOOK_AGAIN_MS)
  }

  function catchUp() {
    cancel = undefined
    if (socket.bufferedAmount > 0) {
      if (clock() - behindSince > TOO_SLOW_MS) return socket.terminate()
      cancel = later(catchUp, LOOK_AGAIN_MS)
      return
    }
    for (const [id, one] of asked) {
      const newest = one.isBehind && one.subscription?.newest()
      if (newest) tell(id, one, newest)
    }
  }

  function ask(name: string, id: number, search: string) {
    drop(id)
    let question: Question
    try {
      question = questionOf(name, search)
    } catch (error) {
      return say({ id, refused: troubleOf(error) })
    }
    if (asked.size >= MAX_ASKED || !take(question.key)) return say({ id, refused: TOO_MANY })
    const one: Asked = { key: question.key, subscription: undefined, held: 0, isBehind: false }
    asked.set(id, one)
    one.subscription = hub.watch(question, {
      onUpdate: (update) => tell(id, one, update),
      onTrouble: (trouble) => say({ id, trouble }),
    })
  }

  function drop(id: number) {
    const one = asked.get(id)
    if (!one) return
    asked.delete(id)
    one.subscription?.stop()
    giveBack(one.key)
  }

  socket.onMessage((text) => {
    const now = clock()
    if (now - window.from > 10_000) window = { from: now, messages: 0 }
    window.messages += 1
    if (window.messages > MESSAGES_PER_10_S) return socket.close(CLOSED.too_many, 'too many messages')
    const message = messageOf(text)
    if (!message) return socket.close(CLOSED.not_understood, 'not a message of this protocol')
    if ('unsubscribe' in message) drop(message.unsubscribe)
    else ask(message.subscribe, message.id, message.search ?? '')
  })
  socket.onClose(() => {
    cancel?.()
    for (const id of [...asked.keys()]) drop(id)
  })
  return { close: (code, reason) => socket.close(code, reason) }
}

const TOO_MANY: Trouble = {
  code: 'too_many_questions',
  title: 'Too many questions at a time',
  detail: 'Unsubscribe from some, or ask fewer different ones.',
}

function messageOf(text: string): ClientMessage | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { subscribe, id, search = '', unsubscribe } = value as Record<string, unknown>
  if (Number.isSafeInteger(unsubscribe)) return { unsubscribe: unsubscribe as number }
  const isAsking = typeof subscribe === 'string' && Number.isSafeInteger(id) && typeof search === 'string'
  return isAsking ? { subscribe, id: id as number, search } : undefined
}
