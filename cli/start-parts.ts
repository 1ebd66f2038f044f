/** The start's order: Kafka, ClickHouse and the dashboard's build side by side, then the schema, then who needs it. */
import { clickhouseConnection } from '@rtpx/clickhouse/config'
import { ensureSchema } from '@rtpx/clickhouse/schema'
import { jarsPresent } from '@rtpx/kafka/broker/jars'
import type { Fleet } from './fleet.ts'
import { aggregatorPart } from './parts/aggregator.ts'
import { awaitClickHouse, clickhousePart } from './parts/clickhouse.ts'
import { dashboardPart } from './parts/dashboard.ts'
import { buildDashboard, isBuilt } from './parts/dashboard-build.ts'
import { edgePart } from './parts/edge.ts'
import { kafkaPart, makeTopics } from './parts/kafka.ts'
import type { Part } from './parts/part.ts'
import type { Plan } from './plan.ts'
import type { Progress } from './progress.ts'
import { StartError } from './start-error.ts'

/** Starts every part of the plan. When one fails the fleet is stopped, and the first failure thrown. */
export async function startParts(plan: Plan, fleet: Fleet, progress: Progress): Promise<void> {
  const start = async (part: Part) => {
    const since = performance.now()
    await fleet.start(part)
    progress.done(part.title, `ready on ${part.address}`, since)
  }
  const built = buildIfNeeded(fleet.signal, progress)
  // Not side by side: ClickHouse, which is up in half a second, asks a broker that is not there again only after seconds.
  const store = startKafka(plan, fleet, progress, start).then(() =>
    startClickHouse(plan, fleet, progress, start),
  )
  const served = store.then(async () => {
    await makeSchema(plan, progress)
    await together(fleet, [start(edgePart(plan)), start(aggregatorPart(plan))])
  })
  const shown = Promise.all([built, store])
    .then(() => served)
    .then(() => start(dashboardPart(plan)))
  await together(fleet, [built, served, shown])
}

/** Waits for all; the first failure stops the fleet, and is thrown once the others have ended. */
async function together(fleet: Fleet, tasks: readonly Promise<void>[]): Promise<void> {
  let first: { error: unknown } | undefined
  await Promise.all(
    tasks.map((task) =>
      task.catch((error: unknown) => {
        first ??= { error }
        return fleet.stop()
      }),
    ),
  )
  if (first) throw first.error
}

async function startKafka(
  plan: Plan,
  fleet: Fleet,
  progress: Progress,
  start: (part: Part) => Promise<void>,
): Promise<void> {
  const { queue, ownBrokers, env, settings } = plan
  if (queue === 'direct') return
  const since = performance.now()
  if (ownBrokers.length === 0) {
    if (!jarsPresent()) progress.begun('Kafka', 'fetching its jars with Maven, once')
    await start(kafkaPart(plan, fleet.signal))
  }
  const brokers = (env.KAFKA_BROKERS ?? '').split(',')
  const partitions = await makeTopics(settings, brokers)
  if (ownBrokers.length > 0) progress.done('Kafka', `reached at ${brokers.join(',')}`, since)
  if (partitions !== settings.KAFKA_PARTITIONS)
    progress.note(
      `events_queue was made with ${partitions} partitions and keeps them; KAFKA_PARTITIONS is ignored`,
    )
  env.KAFKA_PARTITIONS = String(partitions)
}

async function startClickHouse(
  plan: Plan,
  fleet: Fleet,
  progress: Progress,
  start: (part: Part) => Promise<void>,
): Promise<void> {
  const url = plan.settings.CLICKHOUSE_URL
  if (!url) return start(clickhousePart(plan))
  const since = performance.now()
  await awaitClickHouse(url, fleet.signal)
  progress.done('ClickHouse', `reached at ${url}`, since)
}

async function makeSchema({ settings, env, queue }: Plan, progress: Progress): Promise<void> {
  const since = performance.now()
  const connection = clickhouseConnection({ ...settings, CLICKHOUSE_URL: env.CLICKHOUSE_URL ?? '' })
  const brokers = queue === 'kafka' ? (env.KAFKA_BROKERS ?? '').split(',') : []
  try {
    const { ran } = await ensureSchema(
      connection,
      { brokers, consumers: settings.KAFKA_CONSUMERS },
      settings.RTPX_DATA,
    )
    progress.done('Migrations', ran.length > 0 ? `${ran.length} ran` : 'nothing to do', since)
  } catch (error) {
    throw new StartError(`the schema could not be made: ${(error as Error).message}`)
  }
}

async function buildIfNeeded(signal: AbortSignal, progress: Progress): Promise<void> {
  if (isBuilt()) return
  const since = performance.now()
  progress.begun('Dashboard', 'building')
  await buildDashboard(signal)
  progress.done('Dashboard', 'built', since)
}
