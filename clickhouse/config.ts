/** How a process reaches ClickHouse, read from the environment: the variables to spread into a process's settings. */
import { makeValidator, str, url } from 'envalid'
import type { ClickHouseOptions } from './client.ts'

/** A cluster's name in `remote_servers`, or empty. */
const clusterName = makeValidator<string>((text) => {
  if (/^[\w.-]{0,64}$/.test(text)) return text
  throw new Error('must be letters, digits, _, - and .')
})

/** The variables of a ClickHouse connection. */
export const clickhouseVariables = {
  CLICKHOUSE_URL: url({ default: 'http://127.0.0.1:8123', desc: "Address of ClickHouse's HTTP interface" }),
  CLICKHOUSE_USER: str({ default: 'default', desc: 'User that the parts of rtpx connect as' }),
  CLICKHOUSE_PASSWORD: str({ default: '', desc: 'Password of that user' }),
  CLICKHOUSE_DATABASE: str({ default: 'rtpx', desc: 'Database that holds the tables of rtpx' }),
  CLICKHOUSE_CLUSTER: clusterName({
    default: '',
    desc: 'Cluster of ClickHouse that the tables are made on, replicated and distributed; empty: one server',
  }),
}

export interface ClickHouseVariables {
  readonly CLICKHOUSE_URL: string
  readonly CLICKHOUSE_USER: string
  readonly CLICKHOUSE_PASSWORD: string
  readonly CLICKHOUSE_DATABASE: string
  readonly CLICKHOUSE_CLUSTER?: string
}

/** The connection those variables describe. */
export function clickhouseConnection(settings: ClickHouseVariables): ClickHouseOptions {
  return {
    url: settings.CLICKHOUSE_URL,
    username: settings.CLICKHOUSE_USER,
    password: settings.CLICKHOUSE_PASSWORD,
    database: settings.CLICKHOUSE_DATABASE,
    cluster: settings.CLICKHOUSE_CLUSTER ?? '',
  }
}
