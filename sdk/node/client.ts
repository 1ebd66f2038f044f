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
import type { Client, ClientOptions } from './options.ts'
import { post } from './post.ts'
import { Queue, type Queued } from './queue.ts'
import { pause, waitAfter, within } from './time.ts'

const EVENT_MAX_BYTES = 65_536

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
      const verdict = await within(timeoutMs, stopped.signal, (signal) =>
        post(batch, { url, key, gzipFromBytes, send, signal }),
      )
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
