/**
 * Anomalies: each minute, whether the traffic of each site, type and banner is as expected.
 *
 * - Folds minutes into slots, forecasts the hours that have no forecast yet, then judges (`../anomalies/`).
 * - Every write is idempotent: counts only grow to what they are, a forecast follows from what was known before its hour, a finding's
 *   identity from the finding before it. Run twice, at once, or again after being killed, the tables are the same.
 * - Nothing is judged beyond the newest arrival, so a queue that lags is no drop; a site that is being filled with its past
 *   is left alone until that is done.
 * - Cost: it reads the last day's slots and the last hour's minutes, never raw events; once an hour the last week's slots and an hour
 *   of each of four weeks. 1,100 series: half a second of this process a minute, two seconds more each hour; their 29 days of slots
 *   take 23 MB. The view behind the door takes 0.65 µs an event when every block holds thousands of banners.
 * - Memory: sites are worked off in shares of bounded size; a single site is never split.
 */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import {
  countingGaps,
  type Finding,
  lastRunAt,
  latestFindings,
  writeFindings,
} from '@rtpx/clickhouse/queries/anomalies'
import { clickhouseNow } from '@rtpx/clickhouse/queries/players'
import { registeredSites } from '@rtpx/clickhouse/queries/sites'
import {
  expectedOfSites,
  firstMinuteAfter,
  firstSlots,
  foldDay,
  importingSites,
  lastForecasts,
  newestArrival,
  touchedDays,
} from '@rtpx/clickhouse/queries/traffic'
import { decideSite } from '../anomalies/decide.ts'
import { nameOf } from '../anomalies/finding.ts'
import { HOUR_SLOTS, SLOT_MS } from '../anomalies/forecast.ts'
import { decideIngestion, decideNotRunning } from '../anomalies/ingestion.ts'
import { type Gaps, makeForecasts, type Site } from '../anomalies/make-forecasts.ts'
import { oldNewsOf } from '../anomalies/past-counts.ts'
import { thresholdFor } from '../anomalies/score.ts'
import { watchedSeries } from '../anomalies/watch.ts'
import type { Job, JobResult } from '../job.ts'
import { afterFacts } from './facts.ts'

const NAME = 'anomalies'
/** The name of what is found about all sites. */
const ALL_SITES = nameOf({ site_id: '', event_type: '', banner_tag: '' })
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
/** A row is stamped when its block is made and visible when it is written: so much is folded again. */
const OVERLAP_MS = 10_000
/** An event is on its way for so long at most, when nothing lags. */
const ARRIVAL_MS = 10_000
/** How far back forecasts are made for a site that has none. */
const BACK_HOURS = 30 * 24
const WEEK_HOURS = 7 * 24
/** Series judged or forecast at once. */
const SHARE = 500

export interface AnomaliesOptions {
  /** The clock, milliseconds since 1970. */
  now(): number
  /** A site's past counts as arrived when none of it has come for so long; milliseconds. */
  readonly importQuietMs?: number
}

export function anomaliesJob({ now: clock, importQuietMs = 15 * MINUTE_MS }: AnomaliesOptions): Job {
  return afterFacts({
    name: NAME,
    async run(clickhouse: ClickHouse, watermark: number): Promise<JobResult> {
      const serverNow = await clickhouseNow(clickhouse)
      const now = clock()
      const since = Math.max(0, watermark - OVERLAP_MS)
      for (const day of await touchedDays(clickhouse, since)) await foldDay(clickhouse, day, since)
      const importing = new Set(
        await importingSites(clickhouse, Math.floor((now - DAY_MS) / 1000), serverNow - importQuietMs),
      )
      const sites = (await registeredSites(clickhouse)).filter(({ site_id }) => !importing.has(site_id))
      const gaps = await countingGaps(clickhouse, now - 36 * DAY_MS)
      const forecast = await forecastMissing(clickhouse, sites, gaps, now)
      const changed = await judgeAll(clickhouse, sites, now)
      await writeFindings(clickhouse, changed)
      return { watermark: serverNow, rows: forecast + changed.length }
    },
  })
}

/** Forecasts every hour up to the present one that a site lacks. @returns rows written */
async function forecastMissing(clickhouse: ClickHouse, sites: readonly Site[], gaps: Gaps, now: number) {
  const hour = Math.floor(now / HOUR_MS)
  const done = await sizesOf(clickhouse)
  const fresh = sites.map(({ site_id }) => site_id).filter((site_id) => !done.has(site_id))
  const firsts = new Map((await firstSlots(clickhouse, fresh)).map(({ site_id, slot }) => [site_id, slot]))
  // A site is forecast from its second week on.
  const firstHour = (site_id: string) =>
    Math.max(hour - BACK_HOURS, Math.ceil((firsts.get(site_id) ?? Infinity) / HOUR_SLOTS) + WEEK_HOURS)
  const missing = Map.groupBy(sites, ({ site_id }) => {
    const last = done.get(site_id)
    return last ? Math.max(last.hour + 1, hour - BACK_HOURS) : firstHour(site_id)
  })
  let rows = 0
  for (const [first, lacking] of missing)
    for (const share of shares(lacking, done))
      for (let from = first; from <= hour; from += 24) {
        const to = Math.min(from + 24, hour + 1)
        rows += await makeForecasts(clickhouse, share, { from, to, gaps, now })
      }
  return rows
}

async function judgeAll(clickhouse: ClickHouse, sites: readonly Site[], now: number): Promise<Finding[]> {
  const latest = new Map((await latestFindings(clickhouse)).map((finding) => [nameOf(finding), finding]))
  const newest = await newestArrival(clickhouse)
  const ofAll = await judgeIngestion(clickhouse, sites, { now, newest, latest: latest.get(ALL_SITES) })
  if (ofAll?.closed_at === null) return [ofAll]
  const changed = ofAll ? [ofAll] : []
  // A fresh install, before its first event: there is no moment to judge up to.
  if (newest === 0) return changed
  const explained = ofAll?.closed_at ?? latest.get(ALL_SITES)?.closed_at ?? 0
  const to = Math.floor(Math.min(now - ARRIVAL_MS, newest + ARRIVAL_MS) / MINUTE_MS)
  const sizes = await sizesOf(clickhouse)
  const sum = (count: (size: Size) => number) =>
    [...sizes.values()].reduce((all, size) => all + count(size), 0)
  const thresholds = {
    totals: thresholdFor(sum(({ totals }) => totals)),
    banners: thresholdFor(sum(({ banners }) => banners)),
  }
  for (const share of shares(sites, sizes)) {
    const bySite = await watchedSeries(
      clickhouse,
      share.map(({ site_id }) => site_id),
      to,
    )
    for (const site of share) {
      const series = bySite.get(site.site_id) ?? new Map()
      changed.push(
        ...(await decideSite({
          series,
          latest: new Map([...latest].filter(([, finding]) => finding.site_id === site.site_id)),
          to,
          notBefore: Math.ceil(explained / MINUTE_MS),
          now,
          thresholds,
          isOldNews: oldNewsOf(clickhouse, site, series, to),
        })),
      )
    }
  }
  return changed
}

async function judgeIngestion(
  clickhouse: ClickHouse,
  sites: readonly Site[],
  { now, newest, latest }: { now: number; newest: number; latest: Finding | undefined },
): Promise<Finding | undefined> {
  const ids = sites.map(({ site_id }) => site_id)
  const slots = await expectedOfSites(
    clickhouse,
    ids,
    Math.floor((now - DAY_MS) / HOUR_MS),
    Math.floor(now / HOUR_MS) + 1,
  )
  const expected = (from: number, to: number) => {
    const sum = { events: 0, clusters: 0 }
    for (const { slot, events, clusters } of slots) {
      const part = (Math.min(to, (slot + 1) * SLOT_MS) - Math.max(from, slot * SLOT_MS)) / SLOT_MS
      if (part <= 0) continue
      sum.events += events * part
      sum.clusters += clusters * part
    }
    return sum
  }
  const until = now - ARRIVAL_MS
  const lastRun = await lastRunAt(clickhouse, NAME)
  const first = lastRun > 0 ? await firstMinuteAfter(clickhouse, Math.floor(lastRun / MINUTE_MS)) : undefined
  const ingestion = { now: until, expected, latest, newest }
  return (
    decideNotRunning(ingestion, lastRun, first === undefined ? undefined : first * MINUTE_MS) ??
    decideIngestion(ingestion)
  )
}

type Size = Awaited<ReturnType<typeof lastForecasts>>[number]

async function sizesOf(clickhouse: ClickHouse): Promise<Map<string, Size>> {
  return new Map((await lastForecasts(clickhouse)).map((size) => [size.site_id, size]))
}

/** The sites in shares of bounded size. */
function shares(sites: readonly Site[], sizes: ReadonlyMap<string, Size>): Site[][] {
  const all: Site[][] = []
  let room = 0
  for (const site of sites) {
    const size = sizes.get(site.site_id)
    const series = (size?.totals ?? 0) + (size?.banners ?? 0) + 1
    if (series > room) {
      all.push([])
      room = SHARE
    }
    all.at(-1)?.push(site)
    room -= series
  }
  return all
}
