/** The local Kafka broker as a part, and the topics any broker must have. */
import { join } from 'node:path'
import { ensureTopics } from '@rtpx/kafka/admin'
import { prepareBroker } from '@rtpx/kafka/broker/prepare'
import { kafkaClient } from '@rtpx/kafka/client'
import { kafkaConnection } from '@rtpx/kafka/config'
import { EVENTS_QUEUE, topics } from '@rtpx/kafka/topics'
import type { UpSettings } from '../config.ts'
import type { Plan } from '../plan.ts'
import { StartError } from '../start-error.ts'
import type { Part } from './part.ts'

export const kafkaPart = ({ settings, env }: Plan, signal: AbortSignal): Part => ({
  name: 'kafka',
  title: 'Kafka',
  address: `127.0.0.1:${settings.KAFKA_PORT}`,
  readyTimeoutMs: 60_000,
  stopTimeoutMs: 15_000,
  async command() {
    const command = await prepareBroker({
      dataDir: join(settings.RTPX_DATA, 'kafka'),
      port: settings.KAFKA_PORT,
      heapMb: settings.KAFKA_HEAP_MIB,
      env,
      signal,
    })
    return { ...command, env }
  },
})

/**
 * Makes the topics on the brokers.
 * @returns how many partitions events_queue has
 * @throws StartError when no broker answers
 */
export async function makeTopics(settings: UpSettings, brokers: readonly string[]): Promise<number> {
  const kafka = kafkaClient({
    ...kafkaConnection(settings),
    brokers,
    clientId: 'rtpx-up',
    connectionTimeout: 3_000,
    retry: { retries: 3 },
  })
  const { KAFKA_PARTITIONS: partitions, KAFKA_REPLICATION: replication } = settings
  try {
    const made = await ensureTopics(kafka, topics(partitions, replication), replication)
    return made.get(EVENTS_QUEUE) ?? partitions
  } catch (error) {
    throw new StartError(`Kafka at ${brokers.join(',')} cannot be used: ${(error as Error).message}`)
  }
}
