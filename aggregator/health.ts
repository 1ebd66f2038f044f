/**
 * What the aggregator looks at for the alarms, every few seconds: views that throw, the lag of the queue, disks, parts. What could not be
 * looked at counts as down; nothing here throws.
 */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { type QueueClient, queueLag } from '@rtpx/clickhouse/health/queue'
import {
  consumerErrors,
  consumerFacts,
  type DiskFacts,
  diskFacts,
  type PartCount,
  partCounts,
  type ViewError,
  viewErrors,
} from '@rtpx/clickhouse/queries/health'

export interface HealthSample {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly isClickHouseUp: boolean
  /** Absent when the queue is not Kafka. */
  readonly isKafkaUp?: boolean
  /** Messages not read yet, by topic. */
  readonly lag: ReadonlyMap<string, number>
  readonly viewErrors: readonly ViewError[]
  /** Tables that cannot read from the queue. */
  readonly readErrors: readonly string[]
  readonly disks: readonly DiskFacts[]
  readonly parts: readonly PartCount[]
  /** Partitions that ClickHouse reads, by table. */
  readonly partitions: ReadonlyMap<string, number>
}

/** How long an error of a view is told after it was last seen; it comes again every second while it lasts. */
const ERROR_S = 15

/** @param kafka absent when the queue is not Kafka */
export async function sampleHealth(
  clickhouse: ClickHouse,
  kafka: QueueClient | undefined,
  now: () => number,
): Promise<HealthSample> {
  const [queue, database] = await Promise.all([sampleQueue(kafka), sampleClickHouse(clickhouse)])
  return { at: now(), ...queue, ...database }
}

async function sampleQueue(kafka: QueueClient | undefined) {
  if (!kafka) return { lag: new Map<string, number>() }
  try {
    return { isKafkaUp: true, lag: await queueLag(kafka) }
  } catch {
    return { isKafkaUp: false, lag: new Map<string, number>() }
  }
}

async function sampleClickHouse(clickhouse: ClickHouse) {
  try {
    const [errors, readErrors, disks, parts, consumers] = await Promise.all([
      viewErrors(clickhouse, ERROR_S),
      consumerErrors(clickhouse, ERROR_S),
      diskFacts(clickhouse),
      partCounts(clickhouse),
      consumerFacts(clickhouse),
    ])
    return {
      isClickHouseUp: true,
      viewErrors: errors,
      readErrors: readErrors.map(({ table }) => table),
      disks,
      parts,
      partitions: new Map(consumers.map(({ table, partitions }) => [table, partitions])),
    }
  } catch {
    return {
      isClickHouseUp: false,
      viewErrors: [],
      readErrors: [],
      disks: [],
      parts: [],
      partitions: new Map<string, number>(),
    }
  }
}
