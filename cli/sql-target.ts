/** Which ClickHouse a command asks. */
import { readUpSettings } from './config.ts'
import type { SqlTarget } from './sql.ts'
import { runningSystem } from './state.ts'

/** The ClickHouse of the running system, else what the environment names. */
export function sqlTarget(): SqlTarget {
  const settings = readUpSettings(process.env)
  const own = settings.CLICKHOUSE_URL || `http://127.0.0.1:${settings.CLICKHOUSE_PORT}`
  return {
    url: runningSystem(settings.RTPX_DATA)?.urls.clickhouse ?? own,
    user: settings.CLICKHOUSE_USER,
    password: settings.CLICKHOUSE_PASSWORD,
    database: settings.CLICKHOUSE_DATABASE,
  }
}
