/** The sink of an edge as its settings want it: the queue or ClickHouse, else the spool, and the loop that empties the spool. */
import { readdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { connectClickHouse } from '@rtpx/clickhouse/client'
import { type ClickHouseVariables, clickhouseConnection } from '@rtpx/clickhouse/config'
import { type KafkaVariables, kafkaConnection } from '@rtpx/kafka/config'
import { startProducer } from '@rtpx/kafka/producer'
import { EVENTS_QUEUE, EVENTS_REJECTED } from '@rtpx/kafka/topics'
import type { Logger } from 'pino'
import { systemClock } from '../spool/clock.ts'
import type { DrainOptions } from '../spool/drain.ts'
import { DEFAULT_LIMITS } from '../spool/limits.ts'
import { Spool } from '../spool/spool.ts'
import { keepDraining, spoolSink } from '../spool/spool-sink.ts'
import { clickhouseSink } from './clickhouse-sink.ts'
import { fallbackSink } from './fallback-sink.ts'
import { kafkaSink } from './kafka-sink.ts'
import type { Sink } from './sink.ts'

export interface DurableSettings extends ClickHouseVariables, KafkaVariables {
  readonly QUEUE: 'kafka' | 'direct'
  readonly QUEUE_TIMEOUT_MS: number
  readonly KAFKA_RECONNECT_MS: number
  readonly RTPX_DATA: string
  readonly EDGE_WORKERS: number
  readonly SPOOL_MAX_BYTES: number
  readonly SPOOL_DRAIN_BYTES_PER_S: number
}

export interface DurableSink {
  readonly sink: Sink
  readonly spool: Spool
  /** Whether the queue itself takes batches, as far as is known. */
  isQueueReady(): boolean
  /** Sends what the edge refused, as lines of JSON; best effort, one try. */
  sendRejected(lines: readonly string[]): Promise<void>
  /** Stops emptying the spool, then closes both sinks; what is left in the spool is sent at the next start. */
  close(): Promise<void>
}

/** @param worker index of the worker, which has a spool of its own */
export async function openDurableSink(
  settings: DurableSettings,
  worker: number,
  log: Logger,
): Promise<DurableSink> {
  const spool = await openSpool(settings, worker)
  const { queue, sendRejected } = openQueue(settings, log)
  const stopping = new AbortController()
  const drain = {
    sink: queue,
    bytesPerSecond: settings.SPOOL_DRAIN_BYTES_PER_S,
    maxInFlightBytes: DEFAULT_LIMITS.maxRecordBytes,
    signal: stopping.signal,
    clock: systemClock,
    onRefusal: (error: unknown) => log.debug({ error: String(error) }, 'the spool waits for the queue'),
  }
  const onError = (error: unknown) => log.error({ error: String(error) }, 'the spool could not be read')
  const draining = [keepDraining(spool, drain, onError)]
  if (worker === 0) draining.push(drainLeftovers(settings, drain).catch(onError))
  const sink = fallbackSink(queue, spoolSink(spool))
  return {
    sink,
    spool,
    sendRejected,
    isQueueReady: () => queue.ready,
    async close() {
      stopping.abort()
      await Promise.all(draining)
      await sink.close()
    },
  }
}

function openSpool(settings: DurableSettings, worker: number): Promise<Spool> {
  const limits = { ...DEFAULT_LIMITS, maxBytes: settings.SPOOL_MAX_BYTES }
  return Spool.open(resolve(settings.RTPX_DATA, `edge/worker-${worker}/spool`), limits, systemClock)
}

/** Empties the spools of workers that no longer exist, because there are fewer workers than last time. */
async function drainLeftovers(settings: DurableSettings, options: DrainOptions): Promise<void> {
  const folders = await readdir(resolve(settings.RTPX_DATA, 'edge'))
  for (const folder of folders) {
    const worker = Number(/^worker-(\d+)$/.exec(folder)?.[1])
    if (!(worker >= settings.EDGE_WORKERS)) continue
    const spool = await openSpool(settings, worker)
    await spool.drain(options)
    await spool.close()
  }
}

/** The queue, or ClickHouse in its place: where events go, and where refusals do. */
function openQueue(
  settings: DurableSettings,
  log: Logger,
): { queue: Sink } & Pick<DurableSink, 'sendRejected'> {
  if (settings.QUEUE === 'direct') {
    const connection = { ...clickhouseConnection(settings), requestTimeoutMs: settings.QUEUE_TIMEOUT_MS }
    const clickhouse = connectClickHouse(connection)
    return {
      queue: clickhouseSink(clickhouse),
      sendRejected: (lines) => clickhouse.insertLines('rejected_events_log', lines),
    }
  }
  const producer = startProducer({
    ...kafkaConnection(settings),
    clientId: 'rtpx-edge',
    topics: [EVENTS_QUEUE, EVENTS_REJECTED],
    logger: log.child({ part: 'kafka' }),
    sendTimeoutMs: settings.QUEUE_TIMEOUT_MS,
    reconnectMs: settings.KAFKA_RECONNECT_MS,
  })
  return {
    queue: kafkaSink(producer),
    sendRejected: (lines) =>
      producer.send(EVENTS_REJECTED, [{ partition: 0, value: Buffer.from(lines.join('\n')) }]),
  }
}
