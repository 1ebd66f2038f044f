/** A ClickHouse for tests: the real engine on a free port, migrated, with its data in a folder that goes with it. */
import { type ClickHouse, connectClickHouse } from './client.ts'
import { placePayments } from './queries/deposits.ts'
import { takeUpFacts } from './queries/facts.ts'
import {
  clickhouseNow,
  forgetWork,
  listStalePlayers,
  nextShare,
  runNumber,
  writeLifecycles,
} from './queries/players.ts'
import { ensureSchema } from './schema.ts'
import { spawnClickHouse } from './server/spawn.ts'

export interface TestClickHouse {
  readonly clickhouse: ClickHouse
  readonly url: string
  /** Holds the install's keys as well. */
  readonly dataDir: string
  stop(): Promise<void>
}

/** @param options `brokers`: where the doors to the queue lead, none closes them; `requestTimeoutMs` as of the client */
export async function startMigrated(
  options: { readonly brokers?: readonly string[]; readonly requestTimeoutMs?: number } = {},
): Promise<TestClickHouse> {
  const { brokers = [], ...timeout } = options
  const server = await spawnClickHouse()
  const connection = { url: server.url, username: 'default', password: '', database: 'rtpx', ...timeout }
  try {
    await ensureSchema(connection, { brokers, consumers: 1 }, server.dataDirectory)
  } catch (error) {
    await server.stop()
    throw error
  }
  const clickhouse = connectClickHouse(connection)
  return {
    clickhouse,
    url: server.url,
    dataDir: server.dataDirectory,
    async stop() {
      await clickhouse.close()
      await server.stop()
    },
  }
}

/** Does at once what the aggregator's jobs do for facts, payments and players; every player is looked at. */
export async function settlePlayers(clickhouse: ClickHouse): Promise<void> {
  await takeUpFacts(clickhouse)
  await placePayments(clickhouse, null)
  const writtenAt = await clickhouseNow(clickhouse)
  const run = runNumber(writtenAt, Math.random)
  await listStalePlayers(clickhouse, run, null)
  for (let share = await nextShare(clickhouse, run); share; share = await nextShare(clickhouse, run, share))
    await writeLifecycles(clickhouse, share, { dormant_after_days: 30, writtenAt })
  await forgetWork(clickhouse, run)
}
