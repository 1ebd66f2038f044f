/** Which Kafka a command talks to: that of the running system, else what the environment names. */
import { kafkaClient } from '@rtpx/kafka/client'
import { kafkaConnection } from '@rtpx/kafka/config'
import { readUpSettings, type UpSettings } from './config.ts'
import { StartError } from './start-error.ts'
import { runningSystem } from './state.ts'

export interface KafkaTarget {
  readonly settings: UpSettings
  readonly brokers: readonly string[]
}

/** @throws StartError when the running system has no Kafka */
export function kafkaTarget(): KafkaTarget {
  const settings = readUpSettings(process.env)
  const running = runningSystem(settings.RTPX_DATA)
  if (running?.queue === 'direct')
    throw new StartError('rtpx runs without Kafka: events go straight into ClickHouse (see `db`)')
  const named = running?.brokers?.split(',') ?? settings.KAFKA_BROKERS
  return { settings, brokers: named.length > 0 ? named : [`127.0.0.1:${settings.KAFKA_PORT}`] }
}

/** Works with a client of that Kafka. @throws StartError in a line when Kafka does not answer */
export async function withKafka<Result>(
  { settings, brokers }: KafkaTarget,
  work: (kafka: ReturnType<typeof kafkaClient>) => Promise<Result>,
): Promise<Result> {
  const kafka = kafkaClient({
    ...kafkaConnection(settings),
    brokers,
    clientId: 'rtpx-cli',
    connectionTimeout: 2_000,
    retry: { retries: 2 },
  })
  try {
    return await work(kafka)
  } catch (error) {
    if (error instanceof StartError) throw error
    throw new StartError(`Kafka at ${brokers.join(',')}: ${(error as Error).message}`)
  }
}
