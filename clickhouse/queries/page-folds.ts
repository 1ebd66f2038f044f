/**
 * Folding a closed day of page analytics into plain rows.
 *
 * - A fold writes all rows of a site's day under an id of its own and then records it: readers see the old fold or the new one,
 *   whole, and never one that was killed. What no longer exists is simply not in the new fold.
 * - A day is folded from the raw events, and never once retention has taken any of them. Nor is a folded day folded again once a
 *   player was erased who had events on it: what the player was counted for stays.
 */
import type { ClickHouse } from '../client.ts'
import { SESSION_COLUMNS, sessionRows } from './session-rows.ts'

/** A site's day that may have to be folded. */
export interface PageDay {
  readonly site_id: string
  /** In the time zone of the site. */
  readonly event_date: string
}

/** How long after it was stamped a row may become visible, in ms. */
const SETTLING_MS = 60_000
/** The same when the times are the edge's, which may have kept events in its spool. */
const SPOOLED_MS = 3 * 86_400_000

/** Large days go through the disk. */
const SETTINGS =
  'SETTINGS max_bytes_before_external_group_by = 1000000000, max_bytes_before_external_sort = 1000000000'

/**
 * Days that got events since they were folded, or never were, oldest first; open ones too. Days that retention has cut are not among them.
 * @param isRecent whether everything that arrived since the last run is still in page_events; else the whole log is asked
 */
export function touchedDays(
  clickhouse: ClickHouse,
  isRecent: boolean,
): Promise<(PageDay & { readonly time_zone: string })[]> {
  const arrivals = isRecent
    ? 'SELECT site_id, event_date, max(arrived_at) AS last_at FROM page_events GROUP BY site_id, event_date'
    : `SELECT site_id, event_date, max(created_at) AS last_at FROM events_log
       WHERE event_type = 'page_view' OR session_id != '' GROUP BY site_id, event_date`
  return clickhouse.rows(
    `SELECT toString(site_id) AS site_id, event_date, if(sites.time_zone = '', 'UTC', sites.time_zone) AS time_zone
     FROM (${arrivals}) AS arrivals
     LEFT JOIN (SELECT site_id, event_date, folded_at FROM page_folds FINAL) AS folds USING (site_id, event_date)
     LEFT JOIN sites USING (site_id)
     WHERE last_at > subtractMilliseconds(folds.folded_at, {slack:UInt64})
       AND (site_id, event_date) NOT IN (SELECT site_id, event_date FROM retention_cuts WHERE subject = 'events')
       AND (folds.folded_at = toDateTime64(0, 3, 'UTC') OR (site_id, event_date) NOT IN (SELECT site_id, event_date FROM erased_counts))
     ORDER BY event_date, site_id`,
    { slack: isRecent ? SETTLING_MS : SPOOLED_MS },
  )
}

/** What tells one state of a day's events from another, and whether the recorded fold was made of it. */
interface DayState {
  readonly events: number
  readonly checksum: string
  /** The recorded fold; empty when there is none. */
  readonly fold: string
  readonly isFolded: boolean
}

async function stateOf(clickhouse: ClickHouse, day: PageDay): Promise<DayState> {
  const [state] = await clickhouse.rows<DayState>(
    `SELECT now.events AS events, toString(now.checksum) AS checksum, if(folds.events > 0, toString(folds.fold), '') AS fold,
       now.events = folds.events AND now.checksum = folds.checksum AS isFolded
     FROM (
       SELECT count() AS events, groupBitXor(cityHash64(*)) AS checksum FROM page_events_of_log
       WHERE site_id = {site_id:String} AND event_date = {event_date:Date}) AS now
     LEFT JOIN (
       SELECT fold, events, checksum FROM page_folds FINAL
       WHERE site_id = {site_id:String} AND event_date = {event_date:Date}) AS folds ON true`,
    { ...day },
  )
  if (!state) throw new Error('a count has no row')
  return { ...state, isFolded: Boolean(state.isFolded) }
}

/**
 * Folds a day when its events are not those of its fold.
 * @param fold a fresh UUIDv7
 * @param nowMs ClickHouse's clock
 * @returns rows written; 0 when the day is already so, or when retention has taken events of it meanwhile
 */
export async function foldDay(
  clickhouse: ClickHouse,
  day: PageDay,
  fold: string,
  nowMs: number,
): Promise<number> {
  const state = await stateOf(clickhouse, day)
  if (state.isFolded) {
    await record(clickhouse, day, { ...state, folded_at: nowMs })
    return 0
  }
  const params = { ...day, fold, bucket_s: 3_600 }
  for (const sql of [WRITE_SESSIONS, WRITE_HOURS, WRITE_SESSION_TOTALS, WRITE_PAGE_TOTALS])
    await clickhouse.command(`${sql} ${SETTINGS}`, params)
  // Retention notes a day before it deletes: a day that is not noted now was read whole.
  if (await isCut(clickhouse, day)) return 0
  await record(clickhouse, day, { ...state, fold, folded_at: nowMs })
  return rowsOf(clickhouse, params)
}

async function record(
  clickhouse: ClickHouse,
  day: PageDay,
  fold: { fold: string; folded_at: number; events: number; checksum: string },
): Promise<void> {
  await clickhouse.command(
    `INSERT INTO page_folds (site_id, event_date, fold, folded_at, events, checksum)
     SELECT {site_id:String}, {event_date:Date}, {fold:UUID}, fromUnixTimestamp64Milli({folded_at:Int64}, 'UTC'), {events:UInt64}, {checksum:UInt64}`,
    { ...day, ...fold },
  )
}

async function isCut(clickhouse: ClickHouse, day: PageDay): Promise<boolean> {
  const cuts = await clickhouse.rows(
    `SELECT 1 FROM retention_cuts
     WHERE subject = 'events' AND site_id = {site_id:String} AND event_date = {event_date:Date} LIMIT 1`,
    { ...day },
  )
  return cuts.length > 0
}

async function rowsOf(clickhouse: ClickHouse, params: PageDay & { readonly fold: string }): Promise<number> {
  const counts = FOLDED_TABLES.map(
    (table) =>
      `SELECT count() AS n FROM ${table} WHERE site_id = {site_id:String} AND event_date = {event_date:Date} AND fold = {fold:UUID}`,
  )
  const [row] = await clickhouse.rows<{ rows: number }>(
    `SELECT sum(n) AS rows FROM (${counts.join(' UNION ALL ')})`,
    { ...params },
  )
  return row?.rows ?? 0
}

/** The tables that hold rows of folds. */
export const FOLDED_TABLES = ['sessions_log', 'page_hours_log', 'page_days_log'] as const

const WRITE_SESSIONS = `
  INSERT INTO sessions_log (fold, site_id, event_date, ${SESSION_COLUMNS.join(', ')})
  SELECT {fold:UUID}, * EXCEPT (session_key) FROM (${sessionRows('log', 'event_date = {event_date:Date}', SESSION_COLUMNS)})`

const FOLD_SESSIONS = `FROM sessions_log
  WHERE site_id = {site_id:String} AND event_date = {event_date:Date} AND fold = {fold:UUID}`

const PAGE_KEY = 'domain, path, channel, source, device, browser, os, country'
const NUMBERS = 'views, visitors, sessions, entries, bounces, duration_ms'

/** The page views of the fold's sessions; nth_… is 1 for the first of its session in that group. */
const FOLD_VIEWS = `FROM (
    SELECT * EXCEPT (views, duration_ms), views = 1 AND engagements = 0 AS is_bounce, duration_ms AS session_ms,
      arrayMin(seen_at) AS began_in
    ${FOLD_SESSIONS})
  ARRAY JOIN seen_at AS hour, seen_domains AS domain, seen_paths AS path,
    arrayEnumerateUniq(seen_at) AS nth_in_hour,
    arrayEnumerateUniq(seen_at, seen_domains, seen_paths) AS nth_on_page_in_hour,
    arrayEnumerateUniq(seen_domains) AS nth_on_domain,
    arrayEnumerateUniq(seen_domains, seen_paths) AS nth_on_page`

/** The numbers of a group of page views. @param first whether the view is its session's first of the group */
const numbersOfViews = (first: string, isEntry: string) => `
    count() AS views,
    uniqExact(visitor_key) AS visitors,
    countIf(${first}) AS sessions,
    countIf(${first} AND ${isEntry}) AS entries,
    countIf(${first} AND ${isEntry} AND is_bounce) AS bounces,
    sumIf(toUInt64(session_ms), ${first}) AS duration_ms`

const WRITE_HOURS = `
  INSERT INTO page_hours_log (site_id, event_date, fold, breakdown, hour, is_bot, ${PAGE_KEY}, ${NUMBERS})
  SELECT {site_id:String}, {event_date:Date}, {fold:UUID}, if(is_total, 'total', 'every'), hour, is_bot, ${PAGE_KEY}, views, visitors,
    if(is_total, sessions_total, sessions), if(is_total, entries_total, entries),
    if(is_total, bounces_total, bounces), if(is_total, duration_ms_total, duration_ms)
  FROM (
    SELECT hour, is_bot, ${PAGE_KEY}, grouping(path) = 1 AS is_total,
      ${numbersOfViews('nth_on_page_in_hour = 1', '(hour = began_in AND domain = entry_domain AND path = entry_path)')},
      countIf(nth_in_hour = 1) AS sessions_total,
      countIf(nth_in_hour = 1 AND hour = began_in) AS entries_total,
      countIf(nth_in_hour = 1 AND hour = began_in AND is_bounce) AS bounces_total,
      sumIf(toUInt64(session_ms), nth_in_hour = 1) AS duration_ms_total
    ${FOLD_VIEWS}
    GROUP BY GROUPING SETS ((hour, is_bot), (hour, is_bot, ${PAGE_KEY})))`

const WRITE_PAGE_TOTALS = `
  INSERT INTO page_days_log (site_id, event_date, fold, breakdown, is_bot, ${PAGE_KEY}, ${NUMBERS})
  SELECT {site_id:String}, {event_date:Date}, {fold:UUID}, breakdown, is_bot, ${PAGE_KEY}, views, visitors,
    if(breakdown = 'domain', sessions_domain, sessions), if(breakdown = 'domain', entries_domain, entries),
    if(breakdown = 'domain', bounces_domain, bounces), if(breakdown = 'domain', duration_ms_domain, duration_ms)
  FROM (
    SELECT multiIf(grouping(channel) = 0, 'every', grouping(path) = 0, 'page', 'domain') AS breakdown, is_bot, ${PAGE_KEY},
      ${numbersOfViews('nth_on_page = 1', '(domain = entry_domain AND path = entry_path)')},
      countIf(nth_on_domain = 1) AS sessions_domain,
      countIf(nth_on_domain = 1 AND domain = entry_domain) AS entries_domain,
      countIf(nth_on_domain = 1 AND domain = entry_domain AND is_bounce) AS bounces_domain,
      sumIf(toUInt64(session_ms), nth_on_domain = 1) AS duration_ms_domain
    ${FOLD_VIEWS}
    GROUP BY GROUPING SETS ((is_bot, domain), (is_bot, domain, path), (is_bot, ${PAGE_KEY})))`

/** Breakdowns by what is the same for a whole session. */
const SESSION_SETS = {
  entry: ['entry_domain', 'entry_path'],
  exit: ['exit_domain', 'exit_path'],
  source: ['channel', 'source'],
  referrer: ['referrer_host'],
  campaign: ['utm_source', 'utm_medium', 'utm_campaign'],
  device: ['device'],
  browser: ['browser'],
  os: ['os'],
  country: ['country'],
  banner: ['banner_tag'],
} as const

const WRITE_SESSION_TOTALS = `
  INSERT INTO page_days_log (site_id, event_date, fold, breakdown, is_bot, domain, path, channel, source, referrer_host, utm_source,
    utm_medium, utm_campaign, device, browser, os, country, banner_tag, ${NUMBERS})
  SELECT {site_id:String}, {event_date:Date}, {fold:UUID},
    multiIf(${Object.entries(SESSION_SETS)
      .map(([name, [column]]) => `grouping(${column}) = 0, '${name}'`)
      .join(', ')}, 'total') AS breakdown,
    is_bot, concat(entry_domain, exit_domain), concat(entry_path, exit_path), channel, source, referrer_host, utm_source,
    utm_medium, utm_campaign, device, browser, os, country, banner_tag,
    sum(sessions_log.views), uniqExact(visitor_key), count(), count(), countIf(sessions_log.views = 1 AND engagements = 0),
    sum(toUInt64(sessions_log.duration_ms))
  ${FOLD_SESSIONS}
  GROUP BY GROUPING SETS ((is_bot), ${Object.values(SESSION_SETS)
    .map((columns) => `(is_bot, ${columns.join(', ')})`)
    .join(', ')})`

/** Folds that are no longer read, or never were because they were killed; none younger than an hour. */
export function staleFolds(
  clickhouse: ClickHouse,
): Promise<(PageDay & { readonly folded_table: string; readonly fold: string; readonly rows: number })[]> {
  const perTable = FOLDED_TABLES.map(
    (table) => `
      SELECT '${table}' AS folded_table, toString(site_id) AS site, event_date, toString(fold) AS fold_id, count() AS rows
      FROM ${table}
      WHERE UUIDv7ToDateTime(fold) < now64(3) - INTERVAL 1 HOUR
        AND (site_id, event_date, fold) NOT IN (SELECT site_id, event_date, fold FROM page_folds FINAL)
      GROUP BY site_id, event_date, fold`,
  )
  return clickhouse.rows(
    `SELECT folded_table, site AS site_id, event_date, fold_id AS fold, rows FROM (${perTable.join(' UNION ALL ')})
     ORDER BY event_date, site, fold_id, folded_table`,
  )
}

/** Deletes one table's rows of a fold. */
export async function dropFold(
  clickhouse: ClickHouse,
  {
    folded_table: table,
    site_id,
    event_date,
    fold,
  }: PageDay & { readonly folded_table: string; readonly fold: string },
): Promise<void> {
  if (!FOLDED_TABLES.some((name) => name === table)) throw new Error(`not a table of folds: ${table}`)
  await clickhouse.command(
    `DELETE FROM ${table} WHERE site_id = {site_id:String} AND event_date = {event_date:Date} AND fold = {fold:UUID}`,
    { site_id, event_date, fold },
  )
}
