/** How ClickHouse is, and what in it keeps numbers from being right or fresh. Every check stands alone: one that cannot look says so. */
import type { ClickHouse } from '../client.ts'
import { CLUSTER_PROFILE, PROFILE } from '../profile.ts'
import {
  consumerErrors,
  diskFacts,
  lastCanaries,
  partCounts,
  serverFacts,
  settingValues,
  viewErrors,
} from '../queries/health.ts'
import { jobSummaries } from '../queries/job-runs.ts'
import { type Check, checkOf, reasonOf } from './check.ts'
import { clockCheck } from './clock.ts'
import { LIMITS } from './limits.ts'
import { sizeText } from './size.ts'

export interface ClickHouseChecks {
  /** Name of the cluster; empty: one server. */
  readonly cluster?: string
  /** The clock of this process, milliseconds since 1970. */
  readonly now?: () => number
}

/** Every check of a ClickHouse with the schema of rtpx. Never throws. */
export async function checkClickHouse(
  clickhouse: ClickHouse,
  { cluster = '', now = Date.now }: ClickHouseChecks = {},
): Promise<Check[]> {
  const answers = checkOf('clickhouse_answers', 'ClickHouse')
  try {
    const askedAt = now()
    const { version, now: itsNow, uptime_s } = await serverFacts(clickhouse)
    const skewMs = itsNow - (askedAt + now()) / 2
    const wrongVersion = Number(version.split('.')[0]) < OLDEST_RELEASE
    const rest = await Promise.all([
      looked('clickhouse_settings', 'Settings of ClickHouse', () => settingsCheck(clickhouse, cluster)),
      looked('clickhouse_disk', 'Disk of ClickHouse', () => diskCheck(clickhouse)),
      looked('clickhouse_parts', 'Parts', () => partsCheck(clickhouse)),
      looked('views', 'Views', () => viewsCheck(clickhouse)),
      looked('queue_reading', 'Reading from Kafka', () => readingCheck(clickhouse)),
      looked('jobs', 'Jobs', () => jobsCheck(clickhouse, itsNow)),
      looked('freshness', 'Freshness', () => freshnessCheck(clickhouse, itsNow)),
    ])
    const about = `${version}, up for ${Math.floor(uptime_s / 60)} min`
    return [
      wrongVersion
        ? answers.warn(
            `${about}: older than what rtpx is tested with`,
            `use ClickHouse ${OLDEST_RELEASE} or newer`,
          )
        : answers.ok(about),
      clockCheck('ClickHouse', skewMs),
      ...rest,
    ]
  } catch (error) {
    return [
      answers.bad(
        `does not answer (${reasonOf(error)})`,
        'start it, or correct CLICKHOUSE_URL, CLICKHOUSE_USER and CLICKHOUSE_PASSWORD; events wait in Kafka or the spool meanwhile',
      ),
    ]
  }
}

/** The first release the schema is tested with. */
const OLDEST_RELEASE = 26

/** A check, or that it could not be made. */
async function looked(id: string, title: string, look: () => Promise<Check>): Promise<Check> {
  return look().catch((error: unknown) =>
    checkOf(id, title).unknown(
      `could not be looked at (${reasonOf(error)})`,
      'the migrations may not have run, or CLICKHOUSE_USER may not read system tables',
    ),
  )
}

async function settingsCheck(clickhouse: ClickHouse, cluster: string): Promise<Check> {
  const { ok, bad } = checkOf('clickhouse_settings', 'Settings of ClickHouse')
  const wanted = Object.entries({ ...PROFILE, ...(cluster === '' ? {} : CLUSTER_PROFILE) })
  const values = await settingValues(
    clickhouse,
    wanted.map(([name]) => name),
  )
  const wrong = wanted.filter(([name, value]) => values.get(name) !== value)
  if (wrong.length === 0) return ok(`${wanted.length} settings are as the views need them`)
  return bad(
    wrong.map(([name, value]) => `${name} is ${values.get(name) ?? 'not known'}, not ${value}`).join('; '),
    'put clickhouse/users.d/rtpx.xml into /etc/clickhouse-server/users.d/ of every server, and see that the user has the profile default',
  )
}

async function diskCheck(clickhouse: ClickHouse): Promise<Check> {
  const disks = await diskFacts(clickhouse)
  const fullest = disks.toSorted((a, b) => a.free_bytes / a.total_bytes - b.free_bytes / b.total_bytes)[0]
  const { ok, warn, bad, unknown } = checkOf('clickhouse_disk', 'Disk of ClickHouse')
  if (!fullest) return unknown('keeps its data on no local disk')
  const { name, free_bytes, total_bytes } = fullest
  const share = free_bytes / total_bytes
  const words = `${sizeText(free_bytes)} of ${sizeText(total_bytes)} free on the disk ${name}`
  const advice = 'make room or add a disk; RETENTION_EVENTS_DAYS says how long raw events are kept'
  if (share < LIMITS.diskBadShare && free_bytes < LIMITS.diskBadBytes * 10) return bad(words, advice)
  if (free_bytes < LIMITS.diskBadBytes) return bad(words, advice)
  return share < LIMITS.diskWarnShare && free_bytes < LIMITS.diskWarnBytes ? warn(words, advice) : ok(words)
}

async function partsCheck(clickhouse: ClickHouse): Promise<Check> {
  const [most] = await partCounts(clickhouse)
  const { ok, warn, bad } = checkOf('clickhouse_parts', 'Parts')
  if (!most) return ok('no table has any')
  const words = `at most ${most.parts} in a partition (${most.table})`
  const advice =
    'merging does not keep up: give ClickHouse more cores or faster disks, and see that edges insert in batches'
  if (most.parts >= LIMITS.partsBad) return bad(words, advice)
  return most.parts >= LIMITS.partsWarn ? warn(words, advice) : ok(words)
}

async function viewsCheck(clickhouse: ClickHouse): Promise<Check> {
  const errors = await viewErrors(clickhouse, LIMITS.viewErrorS)
  const { ok, bad } = checkOf('views', 'Views')
  if (errors.length === 0) return ok('none throws')
  return bad(
    errors.map(({ view, message }) => `${view} throws: ${reasonOf(message)}`).join('; '),
    'events wait, none is lost: correct or drop that view; what came with rtpx never throws, so look first at views of your own on its tables',
  )
}

async function readingCheck(clickhouse: ClickHouse): Promise<Check> {
  const errors = await consumerErrors(clickhouse, LIMITS.viewErrorS)
  const { ok, bad } = checkOf('queue_reading', 'Reading from Kafka')
  if (errors.length === 0) return ok('without errors')
  return bad(
    errors.map(({ table, message }) => `${table}: ${reasonOf(message)}`).join('; '),
    'see that ClickHouse reaches the brokers under the names they advertise, and may read the topics and the groups rtpx_events and rtpx_rejected',
  )
}

async function jobsCheck(clickhouse: ClickHouse, now: number): Promise<Check> {
  const jobs = await jobSummaries(clickhouse, now)
  const { ok, warn, bad } = checkOf('jobs', 'Jobs')
  const last = Math.max(0, ...jobs.map(({ last_finished_at }) => last_finished_at))
  if (jobs.length === 0) return warn('none has run yet', 'start the aggregator')
  if (now - last > LIMITS.canaryAgeMs)
    return bad(
      `none has run for ${Math.round((now - last) / 60_000)} min`,
      'start the aggregator, or look at its log',
    )
  const failing = jobs.filter(({ last_error }) => last_error !== '')
  if (failing.length === 0) return ok(`${jobs.length} run without failing`)
  return bad(
    failing.map(({ job, last_error }) => `${job} fails: ${reasonOf(last_error)}`).join('; '),
    `each is tried again at its next time; \`bun run job ${failing[0]?.job}\` runs it by hand and shows its error`,
  )
}

async function freshnessCheck(clickhouse: ClickHouse, now: number): Promise<Check> {
  const canaries = await lastCanaries(clickhouse)
  const { ok, warn, bad } = checkOf('freshness', 'Freshness')
  const newest = canaries[0]
  if (!newest || now - newest.arrived_at > LIMITS.canaryAgeMs)
    return warn(
      newest
        ? `the last canary arrived ${Math.round((now - newest.arrived_at) / 60_000)} min ago`
        : 'no canary has arrived in the last hour',
      'the aggregator sends one a minute through each edge (CANARY_SCHEDULE, EDGE_NODES): see that it runs and reaches the edges',
    )
  const slowest = canaries.toSorted((a, b) => delay(b) - delay(a))[0] ?? newest
  const words = `an event takes ${(delay(slowest) / 1000).toFixed(2)} s from ${slowest.edge || 'the edge'} into ClickHouse`
  const advice =
    'look at the lag of the queue, the views and the load of ClickHouse; clocks that differ show here as well'
  if (delay(slowest) >= LIMITS.freshnessBadMs) return bad(words, advice)
  return delay(slowest) >= LIMITS.freshnessWarnMs ? warn(words, advice) : ok(words)
}

const delay = ({ created_at, arrived_at }: { created_at: number; arrived_at: number }) =>
  Math.max(0, arrived_at - created_at)
