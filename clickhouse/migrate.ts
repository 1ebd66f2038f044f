/** The command that migrates: makes the topics and the schema, says what it did, and ends. */

import { ensureTopics } from '@rtpx/kafka/admin'
import { kafkaClient } from '@rtpx/kafka/client'
import { kafkaConnection, kafkaVariables } from '@rtpx/kafka/config'
import { readSettings, SettingsError } from '@rtpx/kafka/settings'
import { topics } from '@rtpx/kafka/topics'
import { num, str } from 'envalid'
import { clickhouseConnection, clickhouseVariables } from './config.ts'
import { MigrationError } from './migrator.ts'
import { ensureSchema } from './schema.ts'

/** The settings of the migrations. */
export const migrateVariables = {
  ...clickhouseVariables,
  ...kafkaVariables,
  QUEUE: str({
    choices: ['kafka', 'direct'],
    default: 'kafka',
    desc: 'kafka: events travel through Kafka; direct: edges insert',
  }),
  KAFKA_PARTITIONS: num({
    default: 4,
    desc: 'Partitions events_queue is made with; the same for every edge',
  }),
  KAFKA_REPLICATION: num({ default: 1, desc: 'Copies of each partition the topics are made with' }),
  RTPX_DATA: str({ default: '.data', desc: 'Folder for everything rtpx keeps on this machine' }),
  KAFKA_CONSUMERS: num({
    default: 1,
    desc: 'Consumers of this ClickHouse server, at most the partitions of events_queue',
  }),
}

if (import.meta.main) {
  try {
    const settings = readSettings(process.env, migrateVariables)
    const brokers = settings.QUEUE === 'kafka' ? settings.KAFKA_BROKERS : []
    if (settings.QUEUE === 'kafka' && brokers.length === 0)
      throw new SettingsError('KAFKA_BROKERS: needed with QUEUE=kafka')
    if (brokers.length > 0) {
      const { KAFKA_PARTITIONS: partitions, KAFKA_REPLICATION: replication } = settings
      const kafka = kafkaClient({ ...kafkaConnection(settings), clientId: 'rtpx-migrate' })
      await ensureTopics(kafka, topics(partitions, replication), replication)
    }
    const { ran, door, sql } = await ensureSchema(
      clickhouseConnection(settings),
      { brokers, consumers: settings.KAFKA_CONSUMERS },
      settings.RTPX_DATA,
    )
    for (const name of ran) console.log(`ran ${name}`)
    if (!sql.ready) console.warn(sql.reason)
    console.log(`schema ready; queue ${door}`)
  } catch (error) {
    if (!(error instanceof SettingsError || error instanceof MigrationError)) throw error
    console.error(error.message)
    process.exit(1)
  }
}
