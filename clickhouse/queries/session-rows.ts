/**
 * Sessions, computed from the rows of page events.
 *
 * - A session is what carries one session_id on one day of the site. Page views without a session_id belong to sessions of their
 *   visitor, which end after 30 minutes without one. A session has at least one page view.
 * - Its visitor, device, browser, system and country are those of its first page view; its source is that of its first event,
 *   whatever type. Of events in the same millisecond a hash of event_id tells the first.
 * - Idempotent: the same events in any order, and those that page_events holds twice, give the same sessions.
 */

const PAUSE_MS = 1_800_000

/** Where events are read from: the last two days (`recent`), or the whole log. */
export type EventsFrom = 'recent' | 'log'

const TABLES: Readonly<Record<EventsFrom, string>> = {
  recent: 'page_events FINAL',
  log: 'page_events_of_log',
}

const IS_VIEW = "event_type = 'page_view'"
const ofFirstView = (column: string) => `argMinIf(${column}, at, ${IS_VIEW})`
const ofFirst = (column: string) => `argMin(${column}, at)`

/**
 * What each column is of the session's events. The last three list its page views; session_id and player_id are in the whole log only.
 */
const COLUMNS = {
  session_id: 'any(session_id)',
  visitor_key: ofFirstView('visitor_key'),
  player_id: "argMinIf(player_id, at, player_id != '')",
  started_at: 'min(occurred_at)',
  duration_ms: "toUInt32(least(dateDiff('millisecond', min(occurred_at), max(occurred_at)), 4294967295))",
  entry_domain: ofFirstView('domain'),
  entry_path: ofFirstView('page_path'),
  exit_domain: `argMaxIf(domain, at, ${IS_VIEW})`,
  exit_path: `argMaxIf(page_path, at, ${IS_VIEW})`,
  views: `toUInt32(countIf(${IS_VIEW}))`,
  engagements: "toUInt32(countIf(event_type NOT IN ('page_view', 'visit', 'session_start', 'hover')))",
  utm_source: ofFirst('utm_source'),
  utm_medium: ofFirst('utm_medium'),
  utm_campaign: ofFirst('utm_campaign'),
  banner_tag: "argMinIf(banner_tag, at, banner_tag != '')",
  device: ofFirstView('device'),
  browser: ofFirstView('browser'),
  os: ofFirstView('os'),
  country: ofFirstView('country'),
  is_bot: 'max(is_bot)',
  seen_at: `groupArrayIf(toDateTime(intDiv(toUnixTimestamp64Second(occurred_at), {bucket_s:UInt32}) * {bucket_s:UInt32}, 'UTC'), ${IS_VIEW})`,
  seen_domains: `groupArrayIf(domain, ${IS_VIEW})`,
  seen_paths: `groupArrayIf(page_path, ${IS_VIEW})`,
} as const
const TOLD = ['channel', 'source', 'referrer_host'] as const

export type SessionColumn = keyof typeof COLUMNS | (typeof TOLD)[number]

/** Every column of a session, in the order of its table. */
export const SESSION_COLUMNS: readonly SessionColumn[] = [
  'session_id',
  'visitor_key',
  'player_id',
  'started_at',
  'duration_ms',
  'entry_domain',
  'entry_path',
  'exit_domain',
  'exit_path',
  'views',
  'engagements',
  'channel',
  'source',
  'referrer_host',
  'utm_source',
  'utm_medium',
  'utm_campaign',
  'banner_tag',
  'device',
  'browser',
  'os',
  'country',
  'is_bot',
  'seen_at',
  'seen_domains',
  'seen_paths',
]

const isTold = (column: SessionColumn): column is (typeof TOLD)[number] =>
  (TOLD as readonly SessionColumn[]).includes(column)

/**
 * A SELECT of sessions: site_id, event_date, session_key and the columns asked for.
 * Its places: `{site_id:String}`; `{bucket_s:UInt32}`, the grain of seen_at in seconds; and those of `where`.
 * @param where which days, on event_date
 */
export function sessionRows(from: EventsFrom, where: string, columns: readonly SessionColumn[]): string {
  const source = `FROM ${TABLES[from]} WHERE site_id = {site_id:String} AND (${where})`
  const plain = columns.filter((column) => !isTold(column)) as (keyof typeof COLUMNS)[]
  const asked = columns.length > plain.length
  const grouped = [...new Set([...plain, ...(asked ? (['utm_source'] as const) : [])])]
  const sessions = `
    SELECT site_id, event_date, session_key${grouped.map((column) => `, ${COLUMNS[column]} AS s_${column}`).join('')}
      ${asked ? `, toLowCardinality(${ofFirst('referrer_host')}) AS referrer_host` : ''}
    FROM (${eventsWithSession(source)})
    GROUP BY site_id, event_date, session_key
    HAVING countIf(${IS_VIEW}) > 0`
  const names = columns.map((column) => (isTold(column) ? column : `s_${column} AS ${column}`))
  return `SELECT site_id, event_date, session_key${names.map((name) => `, ${name}`).join('')} FROM (${asked ? withSource(sessions) : sessions})`
}

/** Events with the key of their session and `at`, their place in time. */
function eventsWithSession(source: string): string {
  const at =
    'bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Milli(occurred_at)), 64), toUInt128(cityHash64(event_id)))'
  const window = 'OVER (PARTITION BY event_date, who ORDER BY at ROWS BETWEEN'
  return `
    SELECT *, ${at} AS at, who AS session_key ${source} AND has_session
    UNION ALL
    SELECT * EXCEPT (ms, begins_at, began_at), cityHash64('pause', who, began_at) AS session_key FROM (
      SELECT *, max(begins_at) ${window} UNBOUNDED PRECEDING AND CURRENT ROW) AS began_at FROM (
        SELECT *, if(ms - lagInFrame(ms, 1, -${PAUSE_MS} - 1) ${window} 1 PRECEDING AND CURRENT ROW) > ${PAUSE_MS}, ms, 0) AS begins_at
        FROM (SELECT *, ${at} AS at, toUnixTimestamp64Milli(occurred_at) AS ms ${source} AND NOT has_session)))`
}

/** Adds where sessions came from: `referrer_sources` names the hosts that people know by another name. */
function withSource(sessions: string): string {
  const list = (column: string) =>
    `(SELECT groupArray(${column}) FROM (SELECT * FROM referrer_sources FINAL ORDER BY referrer))`
  const known = (text: string) =>
    `transform(${text}, ${list('referrer')}, ${list("concat(channel, ' ', source)")}, '')`
  return `
    SELECT *,
      multiIf(s_utm_source != '', 'campaign', referrer_host = '', 'direct', known != '', substring(known, 1, position(known, ' ') - 1), 'referral') AS channel,
      multiIf(s_utm_source != '', s_utm_source, referrer_host = '', '', known != '', substring(known, position(known, ' ') + 1),
        startsWith(referrer_host, 'www.'), substring(referrer_host, 5), referrer_host) AS source
    FROM (
      SELECT *, ${known('referrer_host')} AS known_host,
        if(known_host != '', known_host, ${known('firstSignificantSubdomain(referrer_host)')}) AS known
      FROM (${sessions}))`
}
