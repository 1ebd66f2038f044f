/** The embedded ClickHouse as a part; or waiting for one of the owner's. */
import { join } from 'node:path'
import { ROOT } from '../config.ts'
import type { Plan } from '../plan.ts'
import { StartError } from '../start-error.ts'
import { answers, type Part } from './part.ts'

export const clickhousePart = ({ urls, env }: Plan): Part => ({
  name: 'clickhouse',
  title: 'ClickHouse',
  address: urls.clickhouse,
  readyTimeoutMs: 60_000,
  stopTimeoutMs: 20_000,
  command: async () => ({
    argv: [process.execPath, join(ROOT, 'clickhouse/server/main.ts')],
    cwd: ROOT,
    env,
    ready: () => answers(`${urls.clickhouse}/ping`),
  }),
})

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
