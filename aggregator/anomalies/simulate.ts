/**
 * The whole judgement without ClickHouse, for tests and for measuring: weeks of counts go in, minute after minute is judged as
 * the job would, findings come out.
 */
import type { Finding, SeriesKey } from '@rtpx/clickhouse/queries/anomalies'
import type { Forecast } from '@rtpx/clickhouse/queries/traffic'
import { clusteringOf } from './clustering.ts'
import { decideSite } from './decide.ts'
import { judgingRank, nameOf } from './finding.ts'
import { forecastHour, HOUR_SLOTS, type HourSeen, knownWeeks, SLOT_MS } from './forecast.ts'
import { LONGEST, type Timeline } from './judge.ts'
import { isSeenBefore } from './old-news.ts'
import { thresholdFor } from './score.ts'
import { weeksBefore } from './week-ago.ts'

const MINUTE_MS = 60_000

export interface Count {
  readonly minute: number
  readonly event_type: string
  readonly banner_tag: string
  readonly count: number
}

/** One series of the simulation, with sums that grow as it is judged. */
class Series implements Timeline {
  knownSince = 0
  dispersion = 0
  clustering = 1
  level = 1
  weeks = 0
  readonly hours = new Map<number, HourSeen>()
  readonly counts: Float64Array
  private readonly seenSums: Float64Array
  private readonly expectedSums: Float64Array
  private readonly lasts: Int32Array
  firstSlot = Number.POSITIVE_INFINITY

  constructor(
    readonly key: SeriesKey,
    readonly start: number,
    readonly minutes: number,
  ) {
    this.counts = new Float64Array(minutes)
    this.seenSums = new Float64Array(minutes + 1)
    this.expectedSums = new Float64Array(minutes + 1)
    this.lasts = new Int32Array(minutes + 1).fill(-1)
  }
  finish() {
    for (let at = 0; at < this.minutes; at += 1) {
      const count = this.counts[at] ?? 0
      this.seenSums[at + 1] = (this.seenSums[at] ?? 0) + count
      this.lasts[at + 1] = count > 0 ? at : (this.lasts[at] ?? -1)
      if (count > 0) this.firstSlot = Math.min(this.firstSlot, Math.floor((this.start + at) / 5))
    }
  }
  slot = (slot: number) => this.seen(slot * 5, slot * 5 + 5)
  seen(from: number, to: number) {
    return this.between(this.seenSums, from, to)
  }
  expected(from: number, to: number) {
    return this.between(this.expectedSums, from, to)
  }
  lastSeen(to: number) {
    const last = this.lasts[Math.max(0, to - this.start)] ?? -1
    return last < 0 || to - this.start - last > LONGEST + 120 ? undefined : this.start + last
  }
  expect(hourStart: number, forecast: Forecast | undefined) {
    if (!forecast) this.knownSince = hourStart + 60
    for (let at = 0; at < 60; at += 1) {
      const place = hourStart + at - this.start
      const slot = forecast?.expected[Math.floor(at / 5)] ?? 0
      this.expectedSums[place + 1] = (this.expectedSums[place] ?? 0) + slot / 5
    }
  }
  private between(sums: Float64Array, from: number, to: number) {
    const place = (minute: number) => Math.min(this.minutes, Math.max(0, minute - this.start))
    return Math.max(0, (sums[place(to)] ?? 0) - (sums[place(from)] ?? 0))
  }
}

/**
 * @param from, to minutes since 1970, whole hours: judged from four weeks after `from` (or `judgeFrom`)
 * @param every judges only each so many minutes
 */
export async function simulate(
  counts: Iterable<Count>,
  options: {
    from: number
    to: number
    timeZone: string
    judgeFrom?: number
    forecastFrom?: number
    every?: number
  },
): Promise<{ findings: Finding[]; series: number }> {
  const { from, to, timeZone, judgeFrom = from + 28 * 1_440, every = 1 } = options
  const { forecastFrom = judgeFrom - 8 * 1_440 } = options
  const all = new Map<string, Series>()
  const site_id = 'site'
  const names = new Map<string, Series[]>()
  for (const { minute, event_type, banner_tag, count } of counts) {
    const short = `${event_type} ${banner_tag}`
    let into = names.get(short)
    if (!into) {
      const own = { site_id, event_type, banner_tag }
      const keys = [
        { ...own, banner_tag: '' },
        { site_id, event_type: '', banner_tag: '' },
      ]
      if (banner_tag !== '') keys.push(own)
      into = keys.map((key) => {
        const series = all.get(nameOf(key)) ?? new Series(key, from, to - from)
        all.set(nameOf(key), series)
        return series
      })
      names.set(short, into)
    }
    for (const series of into) series.counts[minute - from] = (series.counts[minute - from] ?? 0) + count
  }
  for (const series of all.values()) series.finish()

  const inOrder = [...all].sort(([, a], [, b]) => judgingRank(a.key) - judgingRank(b.key))
  const latest = new Map<string, Finding>()
  const opened = new Map<string, Finding>()
  let watched = new Map<string, { key: SeriesKey; timeline: Series }>()
  for (let minute = forecastFrom; minute < to; minute += 1) {
    if (minute % 60 === 0) {
      watched = new Map()
      for (const [name, series] of inOrder) {
        const forecast = forecastOf(series, minute, timeZone)
        series.expect(minute, forecast)
        if (!forecast || series.expected(minute - LONGEST, minute + 60) < 24) continue
        Object.assign(series, {
          dispersion: forecast.dispersion,
          level: forecast.level,
          weeks: forecast.weeks,
        })
        watched.set(name, { key: series.key, timeline: series })
      }
    }
    if (minute < judgeFrom || minute % every !== 0) continue
    const banners = [...watched.values()].filter(({ key }) => key.banner_tag !== '').length
    const changed = await decideSite({
      series: watched,
      latest,
      to: minute,
      notBefore: 0,
      now: minute * MINUTE_MS + 15_000,
      thresholds: { totals: thresholdFor(watched.size - banners), banners: thresholdFor(banners) },
      isOldNews: async (key, verdict) => {
        const series = all.get(nameOf(key))
        const known = [1, 2, 3, 4].filter((week) => week <= (series?.weeks ?? 0))
        return isSeenBefore(
          verdict,
          series?.clustering ?? 1,
          minute,
          known,
          (week, at) => series?.slot(Math.floor(weeksBefore(timeZone, at * MINUTE_MS, week) / SLOT_MS)) ?? 0,
        )
      },
    })
    for (const finding of changed) {
      latest.set(nameOf(finding), finding)
      opened.set(finding.finding_id, finding)
    }
  }
  return { findings: [...opened.values()], series: watched.size }
}

function forecastOf(series: Series, minute: number, timeZone: string): Forecast | undefined {
  const starts = [1, 2, 3, 4].map((week) =>
    Math.floor(weeksBefore(timeZone, minute * MINUTE_MS, week) / SLOT_MS),
  )
  const weeks = knownWeeks(series.slot, starts, series.firstSlot, () => false)
  const hour = minute / 60
  const past = (hours: number, skip: number) =>
    Array.from({ length: hours }, (_, at) => series.hours.get(hour - hours - skip + at)).filter(
      (known) => known !== undefined,
    )
  // Once a day is enough for a simulation.
  if (hour % 24 === 0 || series.hours.size === 0)
    series.clustering = clusteringOf(series.slot, (hour - 168) * HOUR_SLOTS, hour * HOUR_SLOTS)
  const forecast = forecastHour(weeks, past(24, 1), past(168, 1), series.clustering)
  if (forecast)
    series.hours.set(hour, {
      base: forecast.base,
      expected: forecast.expected.reduce((sum, count) => sum + count, 0),
      seen: series.seen(minute, minute + HOUR_SLOTS * 5),
    })
  return forecast
}
