/**
 * What the questions of page analytics read: closed days from their folds, days not yet folded from the events themselves, each day
 * from exactly one of the two.
 */
import type { ClickHouse, Params } from '../client.ts'
import { watermarkOf } from './job-runs.ts'
import { type EventsFrom, type SessionColumn, sessionRows } from './session-rows.ts'

/** Only what passes every filter given counts. An empty text asks for what is unknown or absent. */
export interface PageFilters {
  /** Host name of the page: only views of it, and sessions and visitors that have one. */
  readonly domain?: string
  /** Path of the page, without query: likewise. */
  readonly page?: string
  /** The rest filter by session. `source` is a source's name, `channel` campaign, search, social, referral or direct. */
  readonly source?: string
  readonly channel?: string
  readonly country?: string
  readonly device?: string
  readonly browser?: string
  readonly os?: string
  readonly banner?: string
}

export interface PageQuestion {
  readonly site_id: string
  /**
   * Days in the time zone of the site, both included; or so many minutes, the present one the last, at most 1,440.
   */
  readonly range: { readonly from: string; readonly to: string } | { readonly last_minutes: number }
  readonly filters?: PageFilters
  /** Whether known bots count too; without it they don't. */
  readonly with_bots?: boolean
  /** The asker's clock, milliseconds since 1970. */
  readonly now: number
}

const SESSION_FILTERS = {
  source: 'source',
  channel: 'channel',
  country: 'country',
  device: 'device',
  browser: 'browser',
  os: 'os',
  banner: 'banner_tag',
} as const satisfies Partial<Record<keyof PageFilters, SessionColumn>>

/** The range as SQL reads it. */
export interface Reading {
  readonly params: Params
  /** Days to compute from events; they are left out of the folds. */
  readonly liveDays: readonly string[]
  readonly from: EventsFrom
  /** Whether the range is a window of minutes. */
  readonly isWindow: boolean
  readonly filters: PageFilters
  readonly withBots: boolean
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** While the pages job ran at most so long ago, page_events has whole every day that is not folded. */
const JOB_IS_LATE_MS = 24 * HOUR_MS

const readings = new WeakMap<PageQuestion, Promise<Reading>>()

/**
 * Looks up which days of the range are folded, once for all that is asked with the same question.
 * @throws RangeError when a window is not of 1 to 1,440 minutes
 */
export function readingOf(clickhouse: ClickHouse, question: PageQuestion): Promise<Reading> {
  const known = readings.get(question)
  if (known) return known
  const reading = lookUp(clickhouse, question)
  readings.set(question, reading)
  return reading
}

async function lookUp(clickhouse: ClickHouse, question: PageQuestion): Promise<Reading> {
  const { site_id, range, filters = {}, with_bots = false, now } = question
  const common = { filters, withBots: with_bots }
  const filterParams = Object.fromEntries(
    Object.entries(filters).map(([name, value]) => [`filter_${name}`, value]),
  )
  if ('last_minutes' in range) {
    const minutes = range.last_minutes
    if (!Number.isInteger(minutes) || minutes < 1 || minutes > 1_440)
      throw new RangeError(`not a window of 1 to 1440 minutes: ${minutes}`)
    const since = Math.floor(now / MINUTE_MS) * 60 - (minutes - 1) * 60
    // The days that any zone may have within the window.
    const liveDays = [-36, -12, 12].map((hours) => dayOf(now + hours * HOUR_MS))
    const params = { ...filterParams, site_id, since, bucket_s: 60, live_days: liveDays }
    return { ...common, params, liveDays, from: 'recent', isWindow: true }
  }
  const from: EventsFrom = now - (await watermarkOf(clickhouse, 'pages')) < JOB_IS_LATE_MS ? 'recent' : 'log'
  const days = await clickhouse.rows<{ event_date: string }>(
    `SELECT DISTINCT event_date FROM ${from === 'recent' ? 'page_events' : 'events_log'}
     WHERE site_id = {site_id:String} AND event_date BETWEEN {from:Date} AND {to:Date}
       AND event_date NOT IN (SELECT event_date FROM page_folds WHERE site_id = {site_id:String})
     ORDER BY event_date`,
    { site_id, ...range },
  )
  const liveDays = days.map(({ event_date }) => event_date)
  const params = { ...filterParams, site_id, ...range, bucket_s: 3_600, live_days: liveDays }
  return { ...common, params, liveDays, from, isWindow: false }
}

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)

/** Condition on folded rows: those of the range that are read. */
export const FOLDED = `site_id = {site_id:String} AND event_date BETWEEN {from:Date} AND {to:Date}
  AND event_date NOT IN {live_days:Array(Date)}
  AND (event_date, fold) IN (SELECT event_date, fold FROM page_folds FINAL WHERE site_id = {site_id:String})`

/** Whether the folds' own breakdowns answer: they are of whole sessions and pages, unfiltered. */
export const isUnfiltered = ({ filters }: Reading) =>
  Object.values(filters).every((value) => value === undefined)

/**
 * SELECTs of sessions that pass the filters, with the columns asked for and `kept_at`, `kept_domains`, `kept_paths`: those of their
 * page views that pass; none without one.
 * @param withFolded false: only the days that are not folded
 */
export function filteredSessions(
  reading: Reading,
  columns: readonly SessionColumn[],
  withFolded: boolean,
): string[] {
  const { filters, withBots, isWindow } = reading
  const given = (Object.keys(SESSION_FILTERS) as (keyof typeof SESSION_FILTERS)[]).filter(
    (name) => filters[name] !== undefined,
  )
  const conditions = given.map((name) => `${SESSION_FILTERS[name]} = {filter_${name}:String}`)
  if (!withBots) conditions.push('NOT is_bot')
  const ofView = [
    isWindow && "at >= toDateTime({since:UInt32}, 'UTC')",
    filters.domain !== undefined && 'domain = {filter_domain:String}',
    filters.page !== undefined && 'path = {filter_page:String}',
  ].filter(Boolean)
  const needed: SessionColumn[] = [
    ...new Set<SessionColumn>([
      ...columns,
      'is_bot',
      ...given.map((name) => SESSION_FILTERS[name]),
      ...(ofView.length > 0 ? (['seen_at', 'seen_domains', 'seen_paths'] as const) : []),
    ]),
  ]
  const sources: string[] = []
  if (withFolded && !isWindow)
    sources.push(`SELECT event_date, ${needed.join(', ')} FROM sessions_log WHERE ${FOLDED}`)
  if (reading.liveDays.length > 0)
    sources.push(sessionRows(reading.from, 'event_date IN {live_days:Array(Date)}', needed))
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
  return sources.map((source) => {
    if (ofView.length === 0)
      return needed.includes('seen_at')
        ? `SELECT *, seen_at AS kept_at, seen_domains AS kept_domains, seen_paths AS kept_paths FROM (${source}) ${where}`
        : `SELECT * FROM (${source}) ${where}`
    const kept = `arrayFilter((i, at, domain, path) -> ${ofView.join(' AND ')}, arrayEnumerate(seen_at), seen_at, seen_domains, seen_paths)`
    return `SELECT *, arrayMap(i -> seen_at[i], kept) AS kept_at, arrayMap(i -> seen_domains[i], kept) AS kept_domains,
        arrayMap(i -> seen_paths[i], kept) AS kept_paths
      FROM (SELECT *, ${kept} AS kept FROM (${source}) ${where}) WHERE notEmpty(kept)`
  })
}

/** Whether filters choose among the page views of a session. */
export const choosesViews = ({ filters, isWindow }: Reading) =>
  isWindow || filters.domain !== undefined || filters.page !== undefined
