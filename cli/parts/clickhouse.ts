/** The embedded ClickHouse as a part; or waiting for one of the owner's. */
import { hostname } from 'node:os'
import { join } from 'node:path'
import { CLICKHOUSE_GROUP } from '@rtpx/kafka/admin'
import { kafkaClient } from '@rtpx/kafka/client'
import { kafkaConnection } from '@rtpx/kafka/config'
import { evictMembers } from '@rtpx/kafka/group'
import { ROOT, type UpSettings } from '../config.ts'
import type { Plan } from '../plan.ts'
import { StartError } from '../start-error.ts'
import { answers, type Part } from './part.ts'

export const clickhousePart = ({ settings, queue, urls, env }: Plan): Part => ({
  name: 'clickhouse',
  title: 'ClickHouse',
  address: urls.clickhouse,
  readyTimeoutMs: 60_000,
  stopTimeoutMs: 20_000,
  async command() {
    if (queue === 'kafka') await forgetConsumers(settings, (env.KAFKA_BROKERS ?? '').split(','))
    return {
      argv: [process.execPath, join(ROOT, 'clickhouse/server/main.ts')],
      cwd: ROOT,
      env,
      ready: () => answers(`${urls.clickhouse}/ping`),
    }
  },
})

/**
 * ClickHouse does not leave its group when it stops, cleanly or not: without this the first event of a start waits 6 s
 * for the session of the last one to end. With no broker to ask it starts all the same.
 */
async function forgetConsumers(settings: UpSettings, brokers: readonly string[]): Promise<void> {
  const kafka = kafkaClient({
    ...kafkaConnection(settings),
    brokers,
    clientId: 'rtpx-up',
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    retry: { retries: 1 },
  })
  const prefix = `ClickHouse-${hostname()}-${settings.CLICKHOUSE_DATABASE}-`
  await evictMembers(kafka, CLICKHOUSE_GROUP, prefix).catch(() => {})
}

const PATIENCE_MS = 15_000

/** Waits until the owner's ClickHouse answers. @throws StartError when it does not */
export async function awaitClickHouse(url: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  while (!(await answers(`${url}/ping`))) {
    signal.throwIfAborted()
    if (performance.now() > deadline)
      throw new StartError(`ClickHouse at ${url} (CLICKHOUSE_URL) does not answer ${url}/ping`)
    await Bun.sleep(200)
  }
}
