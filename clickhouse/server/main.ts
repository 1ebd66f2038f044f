/** The process: `bun clickhouse/server/main.ts`. One line when it serves, one line and exit code 1 when it cannot. */
import { SettingsError } from '../settings.ts'
import { readServerSettings } from './config.ts'
import { exitNow } from './posix.ts'
import { StartError, startClickHouse } from './start.ts'

/**
 * How long the engine may take to stop. Its Kafka consumers may never end when the broker goes at the same moment; nothing is lost by not
 * waiting for them, since what was acknowledged is on disk and offsets are committed after it.
 */
const STOP_MS = 10_000

async function main(): Promise<void> {
  const settings = readServerSettings(process.env)
  const server = await startClickHouse(settings)
  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    await Promise.race([server.stop(), Bun.sleep(STOP_MS)])
    console.log('clickhouse: stopped')
    exitNow(0)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  if (!server.confined)
    console.warn('clickhouse: no Landlock on this system: SQL may read what this user may read')
  console.log(`clickhouse: ${server.url}`)
}

main().catch((error: unknown) => {
  const known = error instanceof StartError || error instanceof SettingsError
  console.error(`clickhouse: ${known ? error.message : error instanceof Error ? error.stack : error}`)
  process.exit(1)
})
