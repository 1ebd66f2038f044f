/** The anomalies job against the real ClickHouse, minute by minute around what breaks. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { expectedAndSeen, type Finding, findings, wouldHaveFired } from '@rtpx/clickhouse/queries/anomalies'
import { startMigrated, type TestClickHouse } from '@rtpx/clickhouse/testing'
import { BANNERS } from '../../bench/traffic/model/banners.ts'
import { type MinuteCount, minuteCounts } from '../../bench/traffic/model/minutes.ts'
import { runJob } from '../job.ts'
import { anomaliesJob } from './anomalies.ts'

const MINUTE_MS = 60_000
const DAY = 1_440
/** 17:00 of the last Wednesday: what is older than some weeks would be forgotten. */
const WEDNESDAY = 6 * DAY
const EVENING =
  Math.floor((Date.now() / MINUTE_MS - WEDNESDAY - 22 * 60) / (7 * DAY)) * 7 * DAY + WEDNESDAY + 17 * 60
const SITES = { shop: 50_000, blog: 5_000 }
const FIRST_BANNER = BANNERS[0].tag

let started: TestClickHouse
let clickhouse: ClickHouse
let now = EVENING
const job = anomaliesJob({ now: () => now * MINUTE_MS + 15_000, importQuietMs: 0 })

beforeAll(async () => {
  started = await startMigrated({ requestTimeoutMs: 120_000 })
  clickhouse = started.clickhouse
  // Weeks of events in seconds: through the door, but only the view that counts traffic stands behind it.
  const views = await clickhouse.rows<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = 'rtpx' AND engine = 'MaterializedView'
       AND match(as_select, 'events_incoming|facts_incoming') AND name != 'facts_incoming_to_traffic_minutes' AND name != 'events_incoming_to_fact_arrivals'`,
  )
  for (const { name } of views) await clickhouse.command(`DROP VIEW ${name}`)
  // The time of these tests is long ago, and idle runs are not kept for long.
  await clickhouse.command('ALTER TABLE job_runs REMOVE TTL')
  await clickhouse.command(
    `CREATE TABLE counts (minute UInt32, site_id String, event_type String, banner_tag String, count UInt32, delay UInt32) ENGINE = Null`,
  )
  await clickhouse.command(
    `CREATE MATERIALIZED VIEW counts_to_events TO events_incoming AS
     SELECT reinterpretAsUUID(sipHash128(site_id, minute, event_type, banner_tag, number)) AS event_id, site_id, event_type, banner_tag,
       fromUnixTimestamp64Milli(toInt64(minute) * 60000 + toInt64(sipHash64(event_id) % 60000), 'UTC') AS occurred_at,
       occurred_at + INTERVAL delay SECOND AS created_at, '' AS queue_error
     FROM counts ARRAY JOIN range(count) AS number`,
  )
  await clickhouse.insertLines(
    'sites_log',
    Object.keys(SITES).map((site_id) => JSON.stringify({ site_id, name: site_id, time_zone: 'UTC' })),
  )
}, 180_000)
afterAll(() => started?.stop())

type SiteCount = MinuteCount & { readonly site_id: string }

/** The ordinary traffic of minutes [from, to), changed by `change`, taken by the edge `delay` seconds late. */
async function arrive(
  from: number,
  to: number,
  change: (count: SiteCount) => number = ({ count }) => count,
  delay = 0,
) {
  const lines: string[] = []
  const send = async () => {
    if (lines.length > 0) await clickhouse.insertLines('counts', lines.splice(0))
  }
  for (const [site_id, visits] of Object.entries(SITES))
    for (const ordinary of minuteCounts({ seed: 5, visits, offsetAt: () => 0 }, from, to)) {
      const count = change({ ...ordinary, site_id })
      if (count > 0) lines.push(JSON.stringify({ ...ordinary, site_id, count, delay }))
      if (lines.length === 20_000) await send()
    }
  await send()
}

const run = async () => {
  const report = await runJob(job, clickhouse, () => now * MINUTE_MS + 15_000)
  expect(report.error).toBe('')
  return report
}

/** Lets minutes pass, the job running after each. */
async function pass(minutes: number, change?: (count: SiteCount) => number) {
  for (const end = now + minutes; now < end; ) {
    await arrive(now, now + 1, change)
    now += 1
    await run()
  }
}

const everything = { site_id: 'shop', from: 0, to: 4_000_000_000_000 }
const open = () => findings(clickhouse, { ...everything, state: 'open' })
const all = async () => [
  ...(await findings(clickhouse, { ...everything, state: 'all' })),
  ...(await findings(clickhouse, { ...everything, site_id: 'blog', state: 'all' })).filter(
    ({ site_id }) => site_id === 'blog',
  ),
]

/** Lets something break and waits at most five minutes for the one finding; then a little more, then heals it. */
async function breaks(change: (count: SiteCount) => number, site_id = 'shop'): Promise<Finding> {
  const before = (await all()).length
  const broke = now
  const openNow = () => findings(clickhouse, { ...everything, site_id, state: 'open' })
  do await pass(1, change)
  while ((await openNow()).length === 0 && now < broke + 5)
  const [found] = await openNow()
  expect(found).toBeDefined()
  await pass(1, change)
  expect((await openNow()).map(({ finding_id }) => finding_id)).toEqual([found?.finding_id ?? ''])
  // A little longer for a site of few events: it must not close for a single one.
  for (let minutes = 0; minutes < 10 && (await openNow()).length > 0; minutes += 1) await pass(1)
  await pass(2)
  expect(await openNow()).toEqual([])
  expect(await all()).toHaveLength(before + 1)
  return found as Finding
}

test('before the first event there is nothing to judge, and no failure', async () => {
  expect(await runJob(job, clickhouse, () => now * MINUTE_MS)).toMatchObject({ error: '', rows: 0 })
})

test('while a site is filled with its past nothing is judged', async () => {
  await arrive(EVENING - 9 * DAY, EVENING)
  const importing = anomaliesJob({ now: () => now * MINUTE_MS + 15_000 })
  expect(await runJob(importing, clickhouse, () => now * MINUTE_MS)).toMatchObject({ error: '', rows: 0 })
}, 180_000)

test('ordinary traffic, redelivered and late events are no finding', async () => {
  await Bun.sleep(1_100)
  expect((await run()).rows).toBeGreaterThan(500)
  expect((await run()).rows).toBe(0)
  await pass(3)
  const counted = () => clickhouse.rows('SELECT sum(count) AS n FROM traffic_slots FINAL')
  const before = await counted()
  await arrive(now - 60, now)
  await run()
  expect(await counted()).toEqual(before)
  await arrive(now - 40, now - 30, ({ count }) => Math.ceil(count / 10), 1_900)
  await pass(2)
  expect(await all()).toEqual([])
}, 180_000)

test('registrations stop: the pixel is broken, told within five minutes and once, whoever looks', async () => {
  const broke = now
  const found = await breaks((count) =>
    count.event_type === 'registration' && count.site_id === 'shop' ? 0 : count.count,
  )
  expect(found).toMatchObject({ kind: 'broken_pixel', event_type: 'registration', banner_tag: '', seen: 0 })
  expect(found.since).toBeWithin((broke - 2) * MINUTE_MS, (broke + 1) * MINUTE_MS)
  expect(found.score).toBeGreaterThan(found.threshold)
}, 180_000)

test("a banner's visits drop to zero: told within five minutes, its registrations not as well", async () => {
  const found = await breaks((count) =>
    count.banner_tag === FIRST_BANNER && count.site_id === 'shop' ? 0 : count.count,
  )
  expect(found).toMatchObject({ kind: 'drop', event_type: 'visit', banner_tag: FIRST_BANNER })
}, 180_000)

test('a site goes silent: one finding, not one for each of its types and banners', async () => {
  const found = await breaks((count) => (count.site_id === 'blog' ? 0 : count.count), 'blog')
  expect(found).toMatchObject({ kind: 'silence', site_id: 'blog', event_type: '' })
}, 180_000)

test('twice the traffic is a spike, also when two look at once', async () => {
  const double = (count: SiteCount) => (count.site_id === 'shop' ? count.count * 2 : count.count)
  await pass(4, double)
  await arrive(now, now + 1, double)
  now += 1
  await Promise.all([run(), run(), run()])
  const spikes = await open()
  expect(spikes.length).toBeGreaterThan(0)
  expect(spikes.every(({ kind }) => kind === 'spike')).toBe(true)
  const keys = spikes.map(({ event_type, banner_tag }) => `${event_type} ${banner_tag}`)
  expect(new Set(keys).size).toBe(keys.length)
  await pass(12)
  expect(await open()).toEqual([])
}, 180_000)

test('nothing of any site arrives: ingestion stopped, once; the backlog raises nothing', async () => {
  const before = (await all()).length
  const stopped = now
  await pass(5, () => 0)
  expect(await open()).toMatchObject([{ kind: 'ingestion_stopped', site_id: '', seen: 0 }])
  await arrive(stopped, now, undefined, 400)
  await pass(10)
  expect(await open()).toEqual([])
  expect(await all()).toHaveLength(before + 1)
}, 180_000)

test('rtpx was not running: noted, and not judged', async () => {
  const before = (await all()).length
  now += 100
  await pass(8)
  const [newest] = await findings(clickhouse, { ...everything, state: 'closed', kinds: ['not_running'] })
  expect(newest).toMatchObject({ site_id: '', seen: 0 })
  expect(await all()).toHaveLength(before + 1)
}, 180_000)

test('what was expected, what came, and when a rule would have fired', async () => {
  const series = { site_id: 'shop', event_type: 'registration', banner_tag: '' }
  const range = { from: (EVENING - 60) * MINUTE_MS, to: (EVENING + 60) * MINUTE_MS }
  const buckets = await expectedAndSeen(clickhouse, series, range, 5)
  expect(buckets).toHaveLength(24)
  expect(buckets.filter(({ seen, low, high }) => seen < low || seen > high).length).toBeLessThan(4)
  const rule = { minutes: 5, at_most: 0.2, at_least: 0, min_expected: 10 }
  const fired = await wouldHaveFired(clickhouse, series, range, rule)
  expect(fired.length).toBe(1)
  expect(fired[0]?.from).toBeWithin((EVENING + 5) * MINUTE_MS, (EVENING + 15) * MINUTE_MS)
})
