/**
 * Looks at every part, by the checks that `bun run doctor` makes, once for all who ask within some seconds. Who does not run the install sees what
 * it means for numbers and events, without addresses and advice.
 */
import { type Check, type Status, worstOf } from '@rtpx/clickhouse/health/check'
import { checkClickHouse } from '@rtpx/clickhouse/health/clickhouse'
import { checkEdge } from '@rtpx/clickhouse/health/edge'
import { checkQueue, healthClient } from '@rtpx/clickhouse/health/queue'
import { roleMay } from '#lib/permission.ts'
import type { StatusGroup, StatusReport } from '#lib/status.ts'
import type { Caller } from './caller.ts'
import type { Services } from './clickhouse.ts'

const SHARED_MS = 5_000

interface Group {
  readonly title: string
  readonly ids: readonly string[]
  readonly meaning: Readonly<Record<Status, string>>
}

const well = (ok: string, warn: string, bad: string) => ({
  ok,
  warn,
  bad,
  unknown: 'It could not be looked at.',
})

const GROUPS: readonly Group[] = [
  {
    title: 'Taking events',
    ids: ['edge_answers', 'edge_queue', 'edge_spool', 'edge_spool_damage', 'edge_disk'],
    meaning: well(
      'Pixels are answered, and what is answered is kept.',
      'Pixels are answered and kept; what arrives now may show later.',
      'Some pixels are not answered. What was answered is kept.',
    ),
  },
  {
    title: 'The queue',
    ids: ['broker_answers', 'topic_settings', 'partitions', 'queue_lag', 'queue_reading'],
    meaning: well(
      'Events pass through it as they come.',
      'Events pass, but not as they should.',
      'Events wait, and numbers stand still. Nothing is lost meanwhile.',
    ),
  },
  {
    title: 'The database',
    ids: ['clickhouse_answers', 'clickhouse_settings', 'clickhouse_disk', 'clickhouse_parts', 'views'],
    meaning: well(
      'It takes events and answers questions.',
      'It works, and needs a look soon.',
      'Numbers may be missing or stand still. Events wait and are not lost.',
    ),
  },
  {
    title: 'The numbers',
    ids: ['jobs', 'freshness', 'clock'],
    meaning: well(
      'They are made and fresh.',
      'Some may be late.',
      'Some stand still until this is mended; they will be right then.',
    ),
  },
]

/** Never throws: what does not answer is what the page is about. */
export async function readStatus(services: Services, caller: Caller, now: number): Promise<StatusReport> {
  const checks = await services.share('status', SHARED_MS, () => lookAtAll(services))
  return reportOf(checks, roleMay(caller.role, 'manage'), now)
}

async function lookAtAll({ config, clickhouse }: Services): Promise<Check[]> {
  const edges =
    config.EDGE_NODES.length > 0 ? config.EDGE_NODES : [config.EDGE_INTERNAL_URL || config.EDGE_URL]
  const found = await Promise.all([
    ...edges.map((edge) => checkEdge(edge.replace(/\/+$/, ''))),
    config.KAFKA_BROKERS.length > 0
      ? checkQueue(healthClient(config), { partitions: 1, replication: 1 })
      : [],
    checkClickHouse(clickhouse, { cluster: config.CLICKHOUSE_CLUSTER }),
  ])
  return found.flat()
}

/** The checks as a caller may see them. Pure. */
export function reportOf(checks: readonly Check[], isDetailed: boolean, looked_at: number): StatusReport {
  const groups = GROUPS.flatMap(({ title, ids, meaning }): StatusGroup[] => {
    const own = checks.filter(({ id }) => ids.includes(id))
    if (own.length === 0) return []
    const status = worstOf(own)
    const lines = isDetailed
      ? own.map(({ title, status, words, advice }) => ({ title, status, words, advice }))
      : []
    return [{ title, status, meaning: meaning[status], lines }]
  })
  const status = worstOf(checks)
  const bad = groups.filter((group) => group.status === 'bad').length
  const headline =
    bad > 0
      ? `${bad === 1 ? 'One thing does' : `${bad} things do`} not work`
      : status === 'ok'
        ? 'Everything works'
        : 'Everything works; something needs a look'
  return { status, headline, groups, isDetailed, looked_at }
}
