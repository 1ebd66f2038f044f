/** The topics of rtpx and how they are made. A topic that exists is left as its owner configured it. */

export interface Topic {
  readonly name: string
  readonly partitions: number
  /** Topic configuration in Kafka's own names and units. */
  readonly config: Readonly<Record<string, string>>
}

/** The largest message a topic takes, in bytes: the producer cuts below it. */
export const MAX_MESSAGE_BYTES = 1_048_576

const DAY_MS = 86_400_000

/**
 * `events_queue` carries accepted events, `events_rejected` what the edge refused; `rtpx_clock` tells the brokers' time, which stamp
 * what is written to it.
 * @param partitions how many partitions `events_queue` has; a player stays on one as long as it is not changed
 * @param replication copies of each partition; with 2 or more, a write needs two of them
 */
export function topics(partitions: number, replication: number): Topic[] {
  const durable = replication > 1 ? { 'min.insync.replicas': '2' } : {}
  const config = { 'max.message.bytes': String(MAX_MESSAGE_BYTES), ...durable }
  return [
    { name: EVENTS_QUEUE, partitions, config: { ...config, 'retention.ms': String(7 * DAY_MS) } },
    { name: EVENTS_REJECTED, partitions: 1, config: { ...config, 'retention.ms': String(7 * DAY_MS) } },
    {
      name: CLOCK_TOPIC,
      partitions: 1,
      config: { 'message.timestamp.type': 'LogAppendTime', 'retention.ms': String(DAY_MS / 24) },
    },
  ]
}

export const EVENTS_QUEUE = 'events_queue'
export const EVENTS_REJECTED = 'events_rejected'
export const CLOCK_TOPIC = 'rtpx_clock'
