/**
 * The producer: messages to a topic with acks=all, each send bounded in time.
 *
 * - `send` resolves only after every in-sync replica has the messages; anything else rejects, and soon: a broker that is
 *   known to be gone rejects at once, a frozen one after `sendTimeoutMs`.
 * - Never idempotent, never retried here: an acknowledged message was lost in that mode with a frozen broker. What was
 *   refused may still arrive; whoever resends causes duplicates, which the tables absorb.
 * - kafkajs' own log is left out: it tells every attempt at a broker that is gone. Losing and finding it is told once each.
 * - After a failure a fresh connection is tried every `reconnectMs` until the broker answers.
 */
import type { KafkaOptions } from './client.ts'
import { Buffers } from './produce/buffers.ts'
import { ProduceConnection } from './produce/connection.ts'
import type { Message } from './produce/request.ts'

export interface QueueProducer {
  /**
   * @param messages at most one for each partition; their memory is the caller's again when the promise is there
   * @throws QueueError when the messages are not known to be on all in-sync replicas
   */
  send(topic: string, messages: readonly Message[]): Promise<void>
  /** Whether the broker answered the last time it was asked. */
  readonly connected: boolean
  /** Leaves the broker; sends under way are given up. */
  close(): Promise<void>
}

export interface ProducerOptions extends KafkaOptions {
  /** The topics that will be sent to. */
  readonly topics: readonly string[]
  /** How long one send may take, in milliseconds. */
  readonly sendTimeoutMs: number
  /** Pause between attempts to reach the broker again, in milliseconds. */
  readonly reconnectMs: number
}

/** The queue did not take the messages. `retriable` is false when it never will, such as for a message too large. */
export class QueueError extends Error {
  override readonly name = 'QueueError'
  constructor(
    message: string,
    readonly retriable: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** Starts to connect and returns at once: an edge may start before its broker. */
export function startProducer(options: ProducerOptions): QueueProducer {
  const { topics, sendTimeoutMs, reconnectMs, logger, ...client } = options
  const buffers = new Buffers()
  let current: ProduceConnection | undefined
  let closed = false
  void connect()

  async function connect(): Promise<void> {
    while (!closed) {
      const producer: ProduceConnection = new ProduceConnection(
        { connectionTimeout: 1_000, requestTimeout: sendTimeoutMs, ...client, retry: { retries: 0 } },
        buffers,
        (why) => fail(producer, why),
      )
      try {
        await within(sendTimeoutMs, producer.connect(topics))
        if (closed) await producer.disconnect()
        else {
          current = producer
          logger?.info({}, 'the broker answers')
        }
        return
      } catch {
        leave(producer)
        await Bun.sleep(reconnectMs)
      }
    }
  }

  /** Stops using a producer that failed or was left by its broker; only the first to notice starts the search for a new one. */
  function fail(producer: ProduceConnection, cause: unknown): void {
    if (current !== producer) return
    current = undefined
    logger?.warn({ error: String(cause) }, 'the broker does not take events; it is tried again until it does')
    leave(producer)
    void connect()
  }

  return {
    get connected() {
      return current !== undefined
    },
    async send(topic, messages) {
      const producer = current
      if (!producer) throw new QueueError('no broker answers', true)
      try {
        await within(sendTimeoutMs, producer.send(topic, messages, sendTimeoutMs))
      } catch (cause) {
        if (isTooLarge(cause))
          throw new QueueError('the broker refuses a message of this size', false, { cause })
        fail(producer, cause)
        throw new QueueError(cause instanceof Error ? cause.message : String(cause), true, { cause })
      }
    },
    async close() {
      closed = true
      const producer = current
      current = undefined
      if (producer) await within(sendTimeoutMs, producer.disconnect()).catch(() => {})
    },
  }
}

/** Lets go of a producer without waiting: its sockets may belong to a broker that never answers. */
function leave(producer: ProduceConnection): void {
  producer.disconnect().catch(() => {})
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'type' in error && error.type === 'MESSAGE_TOO_LARGE'
}

/** The promise's value. @throws when it is not there after `ms` milliseconds */
async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: Timer | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
