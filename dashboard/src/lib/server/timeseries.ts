/** Numbers by bucket: hours of one day, days of more, or with `range=24h` the last 24 hours up to now. */
import { overviewFilters } from '#lib/breakdowns.ts'
import { addDays } from '#lib/day.ts'
import { clockAt, hourStarts } from '#lib/time-zone.ts'
import { bannersOf } from './caller.ts'
import { readOverview } from './overview.ts'
import type { Opened } from './page.ts'
import { pageQuestion, readSeries } from './pages.ts'
import { readPeriod } from './periods.ts'

export interface Timeseries {
  readonly site_id: string
  readonly unit: 'hour' | 'day'
  /** Days, or the start of each hour in the site's time zone: `2026-11-21T14:00`. */
  readonly buckets: readonly string[]
  /** Index of the bucket in progress; null when all are over. */
  readonly unfinished: number | null
  readonly page_views: readonly number[]
  readonly visitors: readonly number[]
  /** By event type: players, each once a day (and in the hour of the day's first event). */
  readonly events: Readonly<Record<string, readonly number[]>>
}

const LAST_DAY = '24h'
const HOURS = 24

/** What a URL asks for. */
export async function readTimeseries(opened: Opened): Promise<Timeseries> {
  if (opened.ask('range') === LAST_DAY) return readLastDay(opened)
  const { site, range } = opened
  const [overview, pages] = await Promise.all([
    readOverview(opened),
    readSeries(opened.services.clickhouse, pageQuestion(opened), opened),
  ])
  return {
    site_id: site.site_id,
    unit: overview.unit,
    buckets:
      overview.unit === 'hour' ? overview.buckets.map((hour) => `${range.from}T${hour}`) : overview.buckets,
    unfinished: overview.unfinished,
    page_views: pages.views,
    visitors: pages.visitors,
    events: Object.fromEntries(Object.entries(overview.now).filter(([type]) => !type.includes('.'))),
  }
}

interface Hour {
  readonly name: string
  readonly start: number
  readonly views: number
  readonly visitors: number
  readonly events: Readonly<Record<string, number>>
}

async function readLastDay(opened: Opened): Promise<Timeseries> {
  const { site, today, now } = opened
  const hours = (await Promise.all([addDays(today, -1), today].map((day) => hoursOf(opened, day)))).flat()
  const last = hours.filter(({ start }) => start <= now).slice(-HOURS)
  const types = [...new Set(last.flatMap(({ events }) => Object.keys(events)))].sort()
  return {
    site_id: site.site_id,
    unit: 'hour',
    buckets: last.map(({ name }) => name),
    unfinished: last.length - 1,
    page_views: last.map(({ views }) => views),
    visitors: last.map(({ visitors }) => visitors),
    events: Object.fromEntries(types.map((type) => [type, last.map(({ events }) => events[type] ?? 0)])),
  }
}

async function hoursOf(opened: Opened, day: string): Promise<Hour[]> {
  const { services, caller, site, today, ask } = opened
  const { banner = null, ...values } = overviewFilters(ask)
  const range = { preset: 'custom', from: day, to: day }
  const ofDay = { ...opened, range }
  const filters = { banners: bannersOf(caller, banner), values, with_bots: ask('bots') !== '0' }
  const [period, pages] = await Promise.all([
    readPeriod({ clickhouse: services.clickhouse, share: services.share, site, filters }, range, today),
    readSeries(services.clickhouse, pageQuestion(ofDay), ofDay),
  ])
  return hourStarts(day, site.time_zone).map((start, index) => ({
    name: `${day}T${clockAt(start, site.time_zone)}`,
    start,
    views: pages.views[index] ?? 0,
    visitors: pages.visitors[index] ?? 0,
    events: Object.fromEntries(
      Object.entries(period.series).map(([type, counts]) => [type, counts[index] ?? 0]),
    ),
  }))
}
