/** The process's one connection and its shared answers, made at the first question. */
import { type ClickHouse, connectClickHouse } from '@rtpx/clickhouse/client'
import { clickhouseConnection } from '@rtpx/clickhouse/config'
import { type Config, readConfig } from './config.ts'
import { createShare, type Share } from './share.ts'

export interface Services {
  readonly config: Config
  readonly clickhouse: ClickHouse
  readonly share: Share
}

/** How long the page waits for ClickHouse before it says so; less than a person waits. */
const REQUEST_TIMEOUT_MS = 10_000

let services: Services | undefined

export function getServices(): Services {
  if (!services) {
    const config = readConfig(process.env)
    const connection = { ...clickhouseConnection(config), requestTimeoutMs: REQUEST_TIMEOUT_MS }
    services = {
      config,
      clickhouse: connectClickHouse(connection),
      share: createShare(() => performance.now()),
    }
  }
  return services
}
