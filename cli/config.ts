/**
 * The settings of `up` and of the commands beside it: every part's own, read and judged here first, so that a bad value
 * of any part is one line before anything starts.
 */
import { resolve } from 'node:path'
import { aggregatorVariables } from '@rtpx/aggregator/config'
import { edgeNodesVariables } from '@rtpx/clickhouse/health/config'
import { migrateVariables } from '@rtpx/clickhouse/migrate'
import { readServerSettings, variables as serverVariables } from '@rtpx/clickhouse/server/config'
import { edgeVariables } from '@rtpx/edge/config'
import { kafkaConnection } from '@rtpx/kafka/config'
import { readSettings, SettingsError } from '@rtpx/kafka/settings'
import { makeValidator, port, str } from 'envalid'

export type Environment = Readonly<Record<string, string | undefined>>

/** The folder of the checkout: the parts' files are found from here, whatever folder a command runs in. */
export const ROOT = resolve(import.meta.dir, '..')

const DEFAULT_DATA = resolve(ROOT, '.data')

const wholeNumber = (least: number) =>
  makeValidator<number>((text) => {
    const value = Number(text)
    if (!Number.isInteger(value) || value < least)
      throw new Error(`"${text}" is no whole number from ${least}`)
    return value
  })
const count = wholeNumber(1)

const queueChoice = makeValidator<'' | 'kafka' | 'direct'>((text) => {
  if (text === '' || text === 'kafka' || text === 'direct') return text
  throw new Error(`"${text}" is neither kafka nor direct`)
})

/** A URL, or empty for "none of the owner's". */
const optionalUrl = makeValidator<string>((text) => {
  if (text === '' || URL.canParse(text)) return text.replace(/\/$/, '')
  throw new Error(`"${text}" is no URL`)
})

/** What `up` reads, with meanings and defaults; the parts' own variables included. */
export const upVariables = {
  ...migrateVariables,
  ...serverVariables,
  ...aggregatorVariables,
  ...edgeVariables,
  ...edgeNodesVariables,
  RTPX_DATA: str({
    default: DEFAULT_DATA,
    desc: 'Folder for everything rtpx keeps on this machine; a relative one is seen from the current folder',
  }),
  QUEUE: queueChoice({
    default: '',
    desc: 'kafka or direct forces the way of an event; empty: Kafka where it can run, else direct',
  }),
  KAFKA_PORT: port({ default: 9092, desc: 'Port of the local Kafka broker, on 127.0.0.1' }),
  KAFKA_PARTITIONS: count({ default: 4, desc: 'Partitions events_queue is made with' }),
  KAFKA_REPLICATION: count({ default: 1, desc: 'Copies of each partition the topics are made with' }),
  KAFKA_HEAP_MIB: wholeNumber(128)({ default: 512, desc: 'Largest Java heap of the local broker, in MiB' }),
  CLICKHOUSE_URL: optionalUrl({
    default: '',
    desc: "Address of a ClickHouse of the owner's; empty: the embedded one",
  }),
  EDGE_URL: optionalUrl({
    default: '',
    desc: "Public address of the edge, as pixels name it; empty: the edge's own on this machine",
  }),
  DASHBOARD_HOST: str({ default: '127.0.0.1', desc: 'Address the dashboard listens on' }),
  DASHBOARD_PORT: port({ default: 3000, desc: 'Port the dashboard listens on' }),
  MIN_FREE_MIB: wholeNumber(0)({
    default: 512,
    desc: 'Free space below which `up` refuses to start, in MiB of the disk of RTPX_DATA',
  }),
}

export type UpSettings = ReturnType<typeof readUpSettings>

/** Reads what `up` needs. An empty variable counts as absent. @throws SettingsError with a line for each bad value */
export function readUpSettings(environment: Environment) {
  const given = withoutEmpty(environment)
  const settings = readSettings(given, upVariables)
  if (!settings.CLICKHOUSE_URL) readServerSettings(given)
  try {
    kafkaConnection(settings)
  } catch (error) {
    throw new SettingsError((error as Error).message)
  }
  return { ...settings, RTPX_DATA: resolve(settings.RTPX_DATA) }
}

/** The data folder alone, for commands that need nothing else to be right. */
export function dataFolder(environment: Environment): string {
  return resolve(environment.RTPX_DATA || DEFAULT_DATA)
}

function withoutEmpty(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1])),
  )
}
