/** The sink of an edge as its settings want it: the queue or ClickHouse, else the spool, and the loop that empties the spool. */
import { resolve } from 'node:path'
import { connectClickHouse } from '@rtpx/clickhouse/client'
import { type ClickHouseVariables, clickhouseConnection } from '@rtpx/clickhouse/config'
import { type KafkaVariables, kafkaConnection } from '@rtpx/kafka/config'
import { startProducer } from '@rtpx/kafka/producer'
import type { Logger } from 'pino'
import { systemClock } from '../spool/clock.ts'
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
  readonly SPOOL_MAX_BYTES: number
  readonly SPOOL_DRAIN_BYTES_PER_S: number
}

export interface DurableSink {
  readonly sink: Sink
  readonly spool: Spool
  /** Stops emptying the spool, then closes both sinks; what is left in the spool is sent at the next start. */
  close(): Promise<void>
}

/** @param name the worker, which has a spool of its own */
export async function openDurableSink(
  settings: DurableSettings,
  name: string,
  log: Logger,
): Promise<DurableSink> {
  const spool = await Spool.open(
    resolve(settings.RTPX_DATA, 'edge', name, 'spool'),
    { ...DEFAULT_LIMITS, maxBytes: settings.SPOOL_MAX_BYTES },
    systemClock,
  )
  const queue = queueSink(settings, log)
  const stopping = new AbortController()
  const draining = keepDraining(
    spool,
    {
      sink: queue,
      bytesPerSecond: settings.SPOOL_DRAIN_BYTES_PER_S,
      maxInFlightBytes: DEFAULT_LIMITS.maxRecordBytes,
      signal: stopping.signal,
      clock: systemClock,
      onRefusal: (error) => log.debug({ error: String(error) }, 'the spool waits for the queue'),
    },
    (error) => log.error({ error: String(error) }, 'the spool could not be read'),
  )
  const sink = fallbackSink(queue, spoolSink(spool))
  return {
    sink,
    spool,
    async close() {
      stopping.abort()
      await draining
      await sink.close()
    },
  }
}

function queueSink(settings: DurableSettings, log: Logger): Sink {
  if (settings.QUEUE === 'direct') {
    const connection = { ...clickhouseConnection(settings), requestTimeoutMs: settings.QUEUE_TIMEOUT_MS }
    return clickhouseSink(connectClickHouse(connection))
  }
  return kafkaSink(
    startProducer({
      ...kafkaConnection(settings),
      clientId: 'rtpx-edge',
      logger: log.child({ part: 'kafka' }),
      sendTimeoutMs: settings.QUEUE_TIMEOUT_MS,
      reconnectMs: settings.KAFKA_RECONNECT_MS,
    }),
  )
}
