/**
 * The client of a server: events go into a bounded queue and leave in batches, until the edge has judged them.
 *
 * - Every event has its event_id before it is sent; a retry carries the same, so it counts once.
 * - One batch is under way at a time: events stay in order.
 * - What the edge refuses is told to `onRejected`, what never reached it to `onDropped`; nothing else is lost while the process lives.
 */
import { randomUUID } from 'node:crypto'
import type { EventType } from '../tracker/fields.ts'
import type { SentEvent, ServerFields } from './event.ts'
import { post, type Rejected } from './post.ts'
import { Queue, type Queued } from './queue.ts'

export interface ClientOptions {
  /** Address of the edge, such as https://edge.example. */
  readonly url: string
  /** The site's server key. */
  readonly key: string
  /** How long events gather for a batch, ms; 50 when absent. */
  readonly lingerMs?: number
  /** Events of one request, at most 1,000; 500 when absent. */
  readonly maxBatchEvents?: number
  /** Events that may wait; 10,000 when absent. What comes after is dropped. */
  readonly maxQueuedEvents?: number
  /** Bytes that may wait; 32 MiB when absent. */
  readonly maxQueuedBytes?: number
  /** Requests from so many bytes on are sent as gzip; 4,096 when absent. */
  readonly gzipFromBytes?: number
  /** How long one request may take, ms; 10,000 when absent. */
  readonly timeoutMs?: number
  /** The edge refused an event for good. */
  readonly onRejected?: (event: SentEvent, why: Rejected) => void
  /** An event never reached the edge: the queue was full, it was told after `close`, or it cannot be written as JSON of 64 KiB. */
  readonly onDropped?: (event: SentEvent, why: Dropped) => void
  /** Another fetch, for a proxy. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
}

export type Dropped = 'queue_full' | 'closed' | 'unsendable'

export interface Client {
  /** Takes an event. Never throws and never waits. @returns its event_id, or undefined when it was dropped */
  emit(type: EventType, fields?: ServerFields & Record<string, unknown>): string | undefined
  /** Sends what waits now. Resolves when the edge has judged it all, however long it is away. */
  flush(): Promise<void>
  /**
   * Takes nothing more and sends the rest. @param timeoutMs how long that may take; 10,000 when absent
   * @returns how many events could not be sent
   */
  close(timeoutMs?: number): Promise<number>
  /** Events that the edge has not judged yet. */
  readonly pending: number
}

const EVENT_MAX_BYTES = 65_536
const LONGEST_WAIT_MS = 30_000

/** @throws TypeError when the address is none or the key is missing */
export function createClient(options: ClientOptions): Client {
  const { lingerMs = 50, gzipFromBytes = 4_096, timeoutMs = 10_000 } = options
  const maxBatchEvents = Math.min(options.maxBatchEvents ?? 500, 1_000)
  const { key, onRejected, onDropped, fetch: send = fetch } = options
  const url = new URL('api/events', options.url.replace(/\/*$/, '/')).href
  if (!key) throw new TypeError('rtpx: a server key is needed')
  const queue = new Queue(options.maxQueuedEvents ?? 10_000, options.maxQueuedBytes ?? 33_554_432)
  const stopped = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: Promise<void> | undefined
  let closing: Promise<number> | undefined

  function emit(type: EventType, fields: ServerFields & Record<string, unknown> = {}): string | undefined {
    const event = {
      occurred_at: Date.now(),
      ...fields,
      event_id: fields.event_id ?? randomUUID(),
      event_type: type,
    }
    const line = lineOf(event)
    const why = closing
      ? 'closed'
      : !line
        ? 'unsendable'
        : queue.add({ event, ...line })
          ? undefined
          : 'queue_full'
    if (why) return tell(onDropped, event, why)
    if (queue.length >= maxBatchEvents) run()
    else if (!running) timer ??= setTimeout(run, lingerMs)
    return event.event_id
  }

  function run(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    running ??= drain().finally(() => {
      running = undefined
    })
    return running
  }

  /** Sends batch after batch until nothing waits, or the client is stopped. */
  async function drain(): Promise<void> {
    for (let failures = 0; queue.length > 0 && !stopped.signal.aborted; ) {
      const batch = queue.first(maxBatchEvents)
      const timeout = AbortSignal.any([stopped.signal, AbortSignal.timeout(timeoutMs)])
      const verdict = await post(batch, { url, key, gzipFromBytes, send, signal: timeout })
      const kept = new Set(verdict.again)
      queue.settle(batch, kept)
      for (const [{ event }, why] of verdict.rejected) tell(onRejected, event, why)
      failures = kept.size === 0 ? 0 : kept.size < batch.length ? 1 : failures + 1
      if (failures > 0) await pause(Math.max(waitAfter(failures), verdict.afterMs), stopped.signal)
    }
  }

  async function end(waitMs: number): Promise<number> {
    const deadline = setTimeout(() => stopped.abort(), waitMs)
    // A batch under way may end just before the last event came.
    while (queue.length > 0 && !stopped.signal.aborted) await run()
    clearTimeout(deadline)
    stopped.abort()
    const left = queue.first(Number.POSITIVE_INFINITY)
    for (const { event } of left) tell(onDropped, event, 'closed')
    return left.length
  }

  return {
    emit,
    flush: async () => {
      const last = queue.last()
      while (last && queue.has(last) && !stopped.signal.aborted) await run()
    },
    close: (waitMs = 10_000) => {
      closing ??= end(waitMs)
      return closing
    },
    get pending() {
      return queue.length
    },
  }
}

/** The event as JSON; undefined when it has none that may be sent. */
function lineOf(event: SentEvent): Omit<Queued, 'event'> | undefined {
  try {
    const line = JSON.stringify(event, (_, value) => (typeof value === 'bigint' ? `${value}` : value))
    const bytes = Buffer.byteLength(line)
    return bytes <= EVENT_MAX_BYTES ? { line, bytes } : undefined
  } catch {
    return undefined
  }
}

/** In a turn of its own: what a callback throws is the caller's to see, and stops no batch. */
function tell<Why>(
  callback: ((event: SentEvent, why: Why) => void) | undefined,
  event: SentEvent,
  why: Why,
): undefined {
  if (callback) queueMicrotask(() => callback(event, why))
}

/** How long to wait after so many failures in a row, ms: longer each time, and not all clients at once. */
const waitAfter = (failures: number) =>
  Math.min(100 * 2 ** failures, LONGEST_WAIT_MS) * (0.5 + Math.random() / 2)

/** Waits, but not when the client is stopped. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
  })
}
