/**
 * What people ask about pages and sessions. All numbers are exact and the same after any redelivery.
 *
 * - A page view is a distinct event; a session is described in `session-rows.ts`.
 * - In a range of days a visitor counts once a day, as a player does, so that days add up; in a window of minutes, once.
 *   `distinctVisitors` counts each once over the whole range.
 * - Bounced is a session with one page view and no other event that shows interest (visit, session_start and hover show none).
 *   Bounce rate is bounces ÷ entries; a mean duration is duration_ms ÷ sessions.
 */
import type { ClickHouse } from '../client.ts'
import {
  choosesViews,
  FOLDED,
  filteredSessions,
  isUnfiltered,
  type PageQuestion,
  type Reading,
  readingOf,
} from './page-source.ts'
import type { SessionColumn } from './session-rows.ts'

export type { PageFilters, PageQuestion } from './page-source.ts'

export interface PageNumbers {
  readonly views: number
  readonly visitors: number
  /** Sessions with such a page view. */
  readonly sessions: number
  /** Of the sessions, those that began so: on this page, in this hour; all of them where a session has only one such value. */
  readonly entries: number
  /** Of the entries, those that bounced. */
  readonly bounces: number
  /** Durations of the sessions, added up; ms. */
  readonly duration_ms: number
}

/** The rows of a breakdown, largest first, and what the limit left out. */
export interface Breakdown<Name> {
  readonly rows: readonly (Name & PageNumbers)[]
  /**
   * How many names were left out and their numbers added up (who is under two names counts twice in visitors); null for none.
   */
  readonly other: (PageNumbers & { readonly names: number }) | null
}

export interface BreakdownOptions {
  /** Rows at most; 1 to 10,000. */
  readonly limit: number
  /** The number to order by; visitors by default. */
  readonly by?: keyof PageNumbers
}

interface Dimension {
  /** Names of the result's columns, each with the session's column it is. */
  readonly names: Readonly<Record<string, SessionColumn>>
  /** How the folds call it. */
  readonly breakdown: string
}

const DIMENSIONS = {
  entry: { breakdown: 'entry', names: { domain: 'entry_domain', path: 'entry_path' } },
  exit: { breakdown: 'exit', names: { domain: 'exit_domain', path: 'exit_path' } },
  source: { breakdown: 'source', names: { channel: 'channel', source: 'source' } },
  referrer: { breakdown: 'referrer', names: { referrer_host: 'referrer_host' } },
  campaign: {
    breakdown: 'campaign',
    names: { utm_source: 'utm_source', utm_medium: 'utm_medium', utm_campaign: 'utm_campaign' },
  },
  device: { breakdown: 'device', names: { device: 'device' } },
  browser: { breakdown: 'browser', names: { browser: 'browser' } },
  os: { breakdown: 'os', names: { os: 'os' } },
  country: { breakdown: 'country', names: { country: 'country' } },
  banner: { breakdown: 'banner', names: { banner_tag: 'banner_tag' } },
  total: { breakdown: 'total', names: {} },
} as const satisfies Record<string, Dimension>

const NUMBERS = ['views', 'visitors', 'sessions', 'entries', 'bounces', 'duration_ms'] as const

type Asked<Name> = (
  clickhouse: ClickHouse,
  question: PageQuestion,
  options: BreakdownOptions,
) => Promise<Breakdown<Name>>

/** Pages by path; `sessions` are those that saw the page, `entries` and `bounces` those that began on it. */
export const topPages: Asked<{ domain: string; path: string }> = async (clickhouse, question, options) => {
  const reading = await readingOf(clickhouse, question)
  return ranked(clickhouse, reading, ['domain', 'path'], piecesByPage(reading, ['domain', 'path']), options)
}

/** Host names of pages. */
export const topDomains: Asked<{ domain: string }> = async (clickhouse, question, options) => {
  const reading = await readingOf(clickhouse, question)
  return ranked(clickhouse, reading, ['domain'], piecesByPage(reading, ['domain']), options)
}

const askedBy =
  <Name>({ breakdown, names }: Dimension): Asked<Name> =>
  async (clickhouse, question, options) => {
    const reading = await readingOf(clickhouse, question)
    const pieces = piecesBySession(reading, { breakdown, names })
    return ranked(clickhouse, reading, Object.keys(names), pieces, options)
  }

/** Pages that sessions began on. */
export const entryPages = askedBy<{ domain: string; path: string }>(DIMENSIONS.entry)
/** Pages that sessions ended on. */
export const exitPages = askedBy<{ domain: string; path: string }>(DIMENSIONS.exit)
/** Channels and sources that sessions came from; source is empty for direct. */
export const topSources = askedBy<{ channel: string; source: string }>(DIMENSIONS.source)
/** Hosts that sessions came from; empty when none led there. */
export const topReferrers = askedBy<{ referrer_host: string }>(DIMENSIONS.referrer)
/** Campaigns by their utm_ names; all empty for sessions without. */
export const topCampaigns = askedBy<{ utm_source: string; utm_medium: string; utm_campaign: string }>(
  DIMENSIONS.campaign,
)
/** Kinds of devices; empty unknown, as in the next three. */
export const topDevices = askedBy<{ device: string }>(DIMENSIONS.device)
export const topBrowsers = askedBy<{ browser: string }>(DIMENSIONS.browser)
export const topSystems = askedBy<{ os: string }>(DIMENSIONS.os)
/** Countries, ISO 3166. */
export const topCountries = askedBy<{ country: string }>(DIMENSIONS.country)
/** Banners: the first one any event of the session carried. */
export const topBanners = askedBy<{ banner_tag: string }>(DIMENSIONS.banner)

/** The numbers of the whole range. */
export async function pageTotals(clickhouse: ClickHouse, question: PageQuestion): Promise<PageNumbers> {
  const reading = await readingOf(clickhouse, question)
  const pieces = piecesBySession(reading, DIMENSIONS.total)
  const { rows } = await ranked(clickhouse, reading, [], pieces, { limit: 1 })
  return rows[0] ?? NOTHING
}

/** Visitors of the range, each once over all its days. Reaches back as far as sessions are kept. */
export async function distinctVisitors(clickhouse: ClickHouse, question: PageQuestion): Promise<number> {
  const reading = await readingOf(clickhouse, question)
  const sessions = filteredSessions(reading, ['visitor_key'], true)
  if (sessions.length === 0) return 0
  const [row] = await clickhouse.rows<{ visitors: number }>(
    `SELECT uniqExact(visitor_key) AS visitors FROM (${sessions.map((sql) => `SELECT visitor_key FROM (${sql})`).join(' UNION ALL ')})`,
    reading.params,
  )
  return row?.visitors ?? 0
}

/** The numbers day by day, for a range of days; days without any are absent. `day` is the site's. */
export async function numbersByDay(
  clickhouse: ClickHouse,
  question: PageQuestion,
): Promise<(PageNumbers & { readonly day: string })[]> {
  const reading = await readingOf(clickhouse, question)
  const pieces = piecesBySession(reading, { breakdown: 'total', names: {} }, ['event_date'])
  return inOrder(clickhouse, reading, 'event_date AS day', pieces)
}

/**
 * The numbers hour by hour; hours without any are absent. `hour` is its first instant, in seconds since 1970, UTC. A visitor and a
 * session count in each hour they have a page view in. Whole days reach back as far as hours are kept.
 */
export async function numbersByHour(
  clickhouse: ClickHouse,
  question: PageQuestion,
): Promise<(PageNumbers & { readonly hour: number })[]> {
  const reading = await readingOf(clickhouse, question)
  const hours = `toUnixTimestamp(toStartOfHour(at)) AS hour`
  return inOrder(clickhouse, reading, hours, piecesByTime(reading, 3_600))
}

/** The numbers minute by minute, for a window of minutes; minutes without any are absent. Seconds since 1970. */
export async function numbersByMinute(
  clickhouse: ClickHouse,
  question: PageQuestion,
): Promise<(PageNumbers & { readonly minute: number })[]> {
  if (!('last_minutes' in question.range)) throw new RangeError('minutes are kept of the last 24 hours only')
  const reading = await readingOf(clickhouse, question)
  return inOrder(clickhouse, reading, 'toUnixTimestamp(at) AS minute', piecesByTime(reading, 60))
}

export interface Realtime {
  /** Visitors of the last 5 minutes, the present one included. */
  readonly visitors: number
  /** The last 30 minutes, the present one last; `minute` in seconds since 1970. */
  readonly graph: readonly { readonly minute: number; readonly views: number; readonly visitors: number }[]
}

/**
 * People on the site now. Filters by what a page view itself tells (page, domain, country, device, browser, os) are cheap; those by
 * what its session tells (source, channel, banner) look at today's sessions.
 */
export async function realtime(
  clickhouse: ClickHouse,
  question: Omit<PageQuestion, 'range'>,
): Promise<Realtime> {
  const { source, channel, banner } = question.filters ?? {}
  const ofSession = [source, channel, banner].some((value) => value !== undefined)
  const { visitors, minutes } = await (ofSession ? sessionsNow : viewsNow)(clickhouse, question)
  const last = Math.floor(question.now / 60_000) * 60
  const graph = Array.from({ length: 30 }, (_, index) => {
    const minute = last - (29 - index) * 60
    const found = minutes.find((row) => row.minute === minute)
    return { minute, views: found?.views ?? 0, visitors: found?.visitors ?? 0 }
  })
  return { visitors, graph }
}

interface Now {
  readonly visitors: number
  readonly minutes: readonly { minute: number; views: number; visitors: number }[]
}

async function sessionsNow(clickhouse: ClickHouse, question: Omit<PageQuestion, 'range'>): Promise<Now> {
  const [now, minutes] = await Promise.all([
    pageTotals(clickhouse, { ...question, range: { last_minutes: 5 } }),
    numbersByMinute(clickhouse, { ...question, range: { last_minutes: 30 } }),
  ])
  return { visitors: now.visitors, minutes }
}

/** Columns of page_events that filters name. */
const OF_VIEW = {
  domain: 'domain',
  page: 'page_path',
  country: 'country',
  device: 'device',
  browser: 'browser',
  os: 'os',
} as const

async function viewsNow(clickhouse: ClickHouse, question: Omit<PageQuestion, 'range'>): Promise<Now> {
  const reading = await readingOf(clickhouse, { ...question, range: { last_minutes: 30 } })
  const given = (Object.keys(OF_VIEW) as (keyof typeof OF_VIEW)[]).filter(
    (name) => reading.filters[name] !== undefined,
  )
  const filters = given.map((name) => `AND ${OF_VIEW[name]} = {filter_${name}:String}`).join(' ')
  const rows = await clickhouse.rows<{ minute: number; views: number; visitors: number; now: number }>(
    `SELECT toUnixTimestamp(toStartOfMinute(occurred_at)) AS minute, uniqExact(event_id) AS views, uniqExact(visitor_key) AS visitors,
       uniqExactIf(visitor_key, minute > {last:UInt32} - 300) AS now
     FROM page_events
     WHERE site_id = {site_id:String} AND event_date IN {live_days:Array(Date)} AND event_type = 'page_view'
       AND occurred_at >= toDateTime({since:UInt32}, 'UTC') AND occurred_at < toDateTime({last:UInt32} + 60, 'UTC')
       ${filters} ${noBots(reading)}
     GROUP BY GROUPING SETS ((minute), ())`,
    { ...reading.params, last: Math.floor(question.now / 60_000) * 60 },
  )
  // The row of all minutes has none of its own.
  return {
    visitors: rows.find(({ minute }) => minute === 0)?.now ?? 0,
    minutes: rows.filter(({ minute }) => minute > 0),
  }
}

const NOTHING: PageNumbers = { views: 0, visitors: 0, sessions: 0, entries: 0, bounces: 0, duration_ms: 0 }

const IS_BOUNCE = '(s.views = 1 AND s.engagements = 0)'
const BASE: readonly SessionColumn[] = ['visitor_key', 'views', 'engagements', 'duration_ms']
const VIEWS: readonly SessionColumn[] = [
  'entry_domain',
  'entry_path',
  'seen_at',
  'seen_domains',
  'seen_paths',
]

/** Who a visitor is within the range: once a day, or once in a window. */
const visitors = ({ isWindow }: Reading) =>
  `uniqExact(cityHash64(${isWindow ? '' : 's.event_date, '}s.is_bot, s.visitor_key)) AS visitors`

const noBots = ({ withBots }: Reading) => (withBots ? '' : 'AND NOT is_bot')

/** The numbers of views, each with `nth`, 1 for the first of its session in its group. */
const ofViews = (
  reading: Reading,
  isEntry: string,
) => `count() AS views, ${visitors(reading)}, countIf(nth = 1) AS sessions,
  countIf(nth = 1 AND ${isEntry}) AS entries, countIf(nth = 1 AND ${isEntry} AND ${IS_BOUNCE}) AS bounces,
  sumIf(toUInt64(s.duration_ms), nth = 1) AS duration_ms`

/** SELECTs whose rows of equal names add up: by what is the same for a whole session. */
function piecesBySession(
  reading: Reading,
  { breakdown, names }: Dimension,
  more: readonly string[] = [],
): string[] {
  const folded = isUnfiltered(reading)
  const columns = Object.entries(names).map(([name, column]) => `s.${column} AS ${name}`)
  const list = [...more, ...columns].map((column) => `${column}, `).join('')
  const views = choosesViews(reading) ? 'length(s.kept_at)' : 's.views'
  const group = [...more, ...Object.keys(names)]
  const live = filteredSessions(reading, [...BASE, ...Object.values(names)], !folded).map(
    (sessions) => `
      SELECT ${list}sum(${views}) AS views, ${visitors(reading)}, count() AS sessions, sessions AS entries,
        countIf(${IS_BOUNCE}) AS bounces, sum(toUInt64(s.duration_ms)) AS duration_ms
      FROM (${sessions}) AS s ${group.length > 0 ? `GROUP BY ${group.join(', ')}` : ''}`,
  )
  return folded && !reading.isWindow ? [foldedDays(reading, breakdown, group), ...live] : live
}

/** The same by page or by its domain, which a session has several of. */
function piecesByPage(reading: Reading, names: readonly ('domain' | 'path')[]): string[] {
  const folded = isUnfiltered(reading)
  const isPage = names.includes('path')
  const isEntry = isPage ? '(domain = s.entry_domain AND path = s.entry_path)' : 'domain = s.entry_domain'
  const live = filteredSessions(reading, [...BASE, ...VIEWS], !folded).map(
    (sessions) => `
      SELECT ${names.join(', ')}, ${ofViews(reading, isEntry)}
      FROM (${sessions}) AS s
      ARRAY JOIN kept_domains AS domain, kept_paths AS path, arrayEnumerateUniq(kept_domains${isPage ? ', kept_paths' : ''}) AS nth
      GROUP BY ${names.join(', ')}`,
  )
  return folded && !reading.isWindow
    ? [foldedDays(reading, isPage ? 'page' : 'domain', names), ...live]
    : live
}

/** The same by `at`, the first instant of the hour or minute. */
function piecesByTime(reading: Reading, bucketS: 60 | 3_600): string[] {
  const folded = isUnfiltered(reading)
  const bucket = (at: string) => `toDateTime(intDiv(toUnixTimestamp(${at}), ${bucketS}) * ${bucketS}, 'UTC')`
  const live = filteredSessions(reading, [...BASE, ...VIEWS], !folded).map(
    (sessions) => `
      SELECT at, ${ofViews(reading, 'at = began_in')}
      FROM (SELECT *, arrayMap(seen -> ${bucket('seen')}, kept_at) AS buckets, arrayMin(buckets) AS began_in FROM (${sessions})) AS s
      ARRAY JOIN buckets AS at, arrayEnumerateUniq(buckets) AS nth
      GROUP BY at`,
  )
  const hours = `
    SELECT hour AS at, ${NUMBERS.join(', ')} FROM page_hours_log
    WHERE breakdown = 'total' AND ${FOLDED} ${noBots(reading)}`
  return folded && !reading.isWindow ? [hours, ...live] : live
}

const foldedDays = (reading: Reading, breakdown: string, names: readonly string[]) => `
  SELECT ${[...names, ...NUMBERS].join(', ')} FROM page_days_log
  WHERE breakdown = '${breakdown}' AND ${FOLDED} ${noBots(reading)}`

/** Adds the pieces up by name, largest first. */
async function ranked<Name>(
  clickhouse: ClickHouse,
  reading: Reading,
  names: readonly string[],
  pieces: readonly string[],
  { limit, by = 'visitors' }: BreakdownOptions,
): Promise<Breakdown<Name>> {
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
    throw new RangeError(`not a limit of 1 to 10000: ${limit}`)
  if (pieces.length === 0) return { rows: [], other: null }
  const all = NUMBERS.map((number) => `sum(n_${number}) OVER () AS all_${number}`).join(', ')
  const found = await clickhouse.rows<Record<string, number>>(
    `SELECT *, count() OVER () AS all_names, ${all}
     FROM (
       SELECT ${[...names, ...NUMBERS.map((number) => `sum(${number}) AS n_${number}`)].join(', ')}
       FROM (${pieces.join(' UNION ALL ')})
       ${names.length > 0 ? `GROUP BY ${names.join(', ')}` : ''}
       HAVING n_views > 0)
     ORDER BY ${[`n_${numberOf(by)} DESC`, 'n_views DESC', ...names].join(', ')}
     LIMIT {limit:UInt32}`,
    { ...reading.params, limit },
  )
  const rows = found.map((row) => ({
    ...Object.fromEntries(names.map((name) => [name, row[name]])),
    ...numbersFrom((number) => row[`n_${number}`]),
  })) as (Name & PageNumbers)[]
  const left = (found[0]?.all_names ?? 0) - rows.length
  const shown = (number: keyof PageNumbers) => rows.reduce((sum, row) => sum + row[number], 0)
  const other = {
    names: left,
    ...numbersFrom((number) => (found[0]?.[`all_${number}`] ?? 0) - shown(number)),
  }
  return { rows, other: left > 0 ? other : null }
}

const numberOf = (by: keyof PageNumbers) => NUMBERS.find((number) => number === by) ?? 'visitors'

const numbersFrom = (numberAt: (number: keyof PageNumbers) => number | undefined) =>
  Object.fromEntries(NUMBERS.map((number) => [number, numberAt(number) ?? 0])) as unknown as PageNumbers

/** Adds the pieces up by a bucket, in its order. @param bucket an expression with its name: `event_date AS day` */
async function inOrder<Row>(
  clickhouse: ClickHouse,
  reading: Reading,
  bucket: string,
  pieces: readonly string[],
): Promise<Row[]> {
  if (pieces.length === 0) return []
  const sums = NUMBERS.map((number) => `sum(${number}) AS n_${number}`).join(', ')
  const named = NUMBERS.map((number) => `n_${number} AS ${number}`).join(', ')
  return clickhouse.rows<Row>(
    `SELECT bucket AS ${bucket.split(' AS ')[1]}, ${named} FROM (
       SELECT ${bucket.split(' AS ')[0]} AS bucket, ${sums} FROM (${pieces.join(' UNION ALL ')}) GROUP BY bucket)
     ORDER BY bucket`,
    reading.params,
  )
}
