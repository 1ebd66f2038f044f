/**
 * What a load needs: pure arithmetic over measured figures of one core and one event. What could not be measured here is among ASSUMED, by name
 * and with its reason; nothing else is assumed.
 */
import type { Measured } from './measured.ts'

export interface Load {
  /** On average over a day. */
  readonly eventsPerSecond: number
  /** The busiest minute over the average. */
  readonly peak: number
  /** Days that raw events are kept. */
  readonly retentionDays: number
  readonly replication: number
  readonly replicas: number
  readonly coresPerNode: number
  /** Disk of one server of ClickHouse. */
  readonly tibPerNode: number
}

export interface Needs {
  readonly peakPerSecond: number
  readonly edge: {
    readonly nodes: number
    readonly cores: number
    readonly memoryGib: number
    readonly spoolGib: number
  }
  readonly kafka: {
    readonly partitions: number
    readonly brokers: number
    readonly diskGib: number
    readonly inMibS: number
  }
  readonly clickhouse: {
    readonly shards: number
    readonly servers: number
    readonly coresPerServer: number
    readonly consumersPerServer: number
    readonly memoryGibPerServer: number
    readonly diskGibPerServer: number
  }
  /** Busiest minute. */
  readonly network: {
    readonly toEdgesMibS: number
    readonly toKafkaMibS: number
    readonly betweenBrokersMibS: number
    readonly toClickHouseMibS: number
  }
}

/** What is not measured, with why it is believed. */
export const ASSUMED = {
  /** A core is planned to be this busy at the peak: merges, jobs and questions share it, and a lost node's load has to go somewhere. */
  busy: {
    value: 0.5,
    why: 'cores are planned half busy at the peak: merges, jobs, questions, and the load of a node that is lost',
  },
  /** A replica merges what another inserted. */
  replicaCores: {
    value: 0.5,
    why: 'a further replica of a shard fetches and merges: half the cores of the one that inserts',
  },
  requestBytes: { value: 700, why: 'bytes of a pixel with its headers, as browsers send it' },
  brokerMibS: { value: 50, why: 'MiB/s that one broker writes, copies included: a modest disk' },
  kafkaDays: { value: 7, why: 'days the topics keep messages (kafka/topics.ts)' },
  mergeRoom: { value: 1.4, why: 'room on a disk beside the data: merges, and growth until somebody acts' },
  gibPerCore: { value: 4, why: 'GiB of memory a core of ClickHouse: 75 % of it may be one question' },
  spoolMinutes: { value: 60, why: 'minutes of a lost Kafka that the spools carry at the average rate' },
} as const

const GIB = 1024 ** 3
const MIB = 1024 ** 2
const DAY_S = 86_400
/** Days that may still change (CLOSE_DAYS_AFTER_HOURS), and today. */
const OPEN_DAYS = 9

/** @throws RangeError for a load that is none */
export function needsOf(load: Load, measured: Measured): Needs {
  for (const [name, value] of Object.entries(load))
    if (!(value > 0 && Number.isFinite(value))) throw new RangeError(`${name} must be more than 0`)
  const { eventsPerSecond, replication, replicas, coresPerNode, retentionDays } = load
  const peakPerSecond = eventsPerSecond * load.peak
  const busy = ASSUMED.busy.value
  const edgeCores = Math.ceil(peakPerSecond / (measured.edgePerCore.value * busy))
  // One more than is needed: any may be lost or upgraded.
  const edges = Math.max(2, Math.ceil(edgeCores / coresPerNode) + 1)

  // Derived rows of closed days are folded into few; an open day's stand for the week and more until days close.
  const derived =
    eventsPerSecond *
    DAY_S *
    Math.min(retentionDays, OPEN_DAYS) *
    (measured.tableBytes.value - measured.logBytes.value)
  const raw = eventsPerSecond * DAY_S * retentionDays * measured.logBytes.value
  const disk = (raw + derived) * ASSUMED.mergeRoom.value

  const insertCores = peakPerSecond / (measured.clickhousePerCore.value * busy)
  const cores = insertCores * (1 + ASSUMED.replicaCores.value * (replicas - 1))
  const shards = Math.max(
    1,
    Math.ceil(cores / coresPerNode),
    Math.ceil(disk / (load.tibPerNode * 1024 * GIB)),
  )
  const coresPerServer = Math.max(2, Math.ceil(cores / shards))
  const servers = shards * replicas
  const consumers = Math.max(1, Math.ceil(peakPerSecond / (measured.consumerRate.value * busy)))
  const consumersPerServer = Math.max(1, Math.ceil(consumers / servers))
  // As many for each consumer, and room to grow to twice as many without moving players between partitions.
  const partitions = Math.max(4, 2 * consumersPerServer * servers)

  const topicMibS = (peakPerSecond * measured.topicBytes.value) / MIB
  const brokers = Math.max(replication, Math.ceil((topicMibS * replication) / ASSUMED.brokerMibS.value))
  const keptOnTopic =
    eventsPerSecond * DAY_S * ASSUMED.kafkaDays.value * measured.topicBytes.value * replication
  return {
    peakPerSecond,
    edge: {
      nodes: edges,
      cores: edgeCores,
      memoryGib: Math.ceil(((edgeCores * measured.edgeMemoryMib.value) / 1024) * 4) / 4,
      spoolGib: Math.ceil(
        (eventsPerSecond * 60 * ASSUMED.spoolMinutes.value * measured.topicBytes.value) / GIB / edges,
      ),
    },
    kafka: {
      partitions,
      brokers,
      diskGib: Math.ceil((keptOnTopic * ASSUMED.mergeRoom.value) / GIB / brokers),
      inMibS: topicMibS * replication,
    },
    clickhouse: {
      shards,
      servers,
      coresPerServer,
      consumersPerServer,
      memoryGibPerServer: Math.max(8, coresPerServer * ASSUMED.gibPerCore.value),
      diskGibPerServer: Math.ceil(disk / GIB / shards),
    },
    network: {
      toEdgesMibS: (peakPerSecond * ASSUMED.requestBytes.value) / MIB,
      toKafkaMibS: topicMibS,
      betweenBrokersMibS: topicMibS * (replication - 1),
      toClickHouseMibS: topicMibS,
    },
  }
}
