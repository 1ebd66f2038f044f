/**
 * Page analytics of a folded day: its sessions, hours and pages, told another way than the fold does it: every event is put in its
 * place by window functions, sessions are looked at as sorted lists, and sources are joined instead of looked up.
 * Days that are not folded have no rows; what retention has taken is not expected.
 */
import type { RecountCheck } from './check.ts'

const OF_DAY = 'site_id = {site_id:String} AND event_date = {event_date:Date}'
const STANDS = (subject: string) => `
  AND (site_id, event_date) IN (SELECT site_id, event_date FROM page_folds)
  AND (site_id, event_date) NOT IN (SELECT site_id, event_date FROM retention_cuts WHERE subject = '${subject}')`

const PLACE =
  "OVER (PARTITION BY who, session_id = '' ORDER BY occurred_at, cityHash64(event_id) ROWS BETWEEN"

/** Sessions with the list of their page views. @param where more conditions on site_id and event_date */
const sessions = (where: string) => `
  SELECT
    (who, session_id, pause) AS session,
    session_id,
    tupleElement(events[1], 'occurred_at') AS started_at,
    toUInt64(dateDiff('millisecond', started_at, tupleElement(events[-1], 'occurred_at'))) AS duration_ms,
    arrayFilter(event -> tupleElement(event, 'event_type') = 'page_view', events) AS seen,
    tupleElement(seen[1], 'visitor_key') AS visitor_key,
    tupleElement(arrayFirst(event -> tupleElement(event, 'player_id') != '', events), 'player_id') AS player_id,
    tupleElement(arrayFirst(event -> tupleElement(event, 'banner_tag') != '', events), 'banner_tag') AS banner_tag,
    tupleElement(events[1], 'referrer_host') AS referrer_host,
    tupleElement(events[1], 'utm_source') AS utm_source,
    tupleElement(seen[1], 'device') AS device,
    tupleElement(seen[1], 'browser') AS browser,
    tupleElement(seen[1], 'os') AS os,
    tupleElement(seen[1], 'country') AS country,
    toBool(arrayExists(event -> tupleElement(event, 'is_bot'), events)) AS is_bot,
    arrayCount(event -> tupleElement(event, 'event_type') NOT IN ('page_view', 'visit', 'session_start', 'hover'), events) AS engagements,
    toBool(length(seen) = 1 AND engagements = 0) AS is_bounce
  FROM (
    SELECT who, session_id, pause,
      arraySort(event -> (tupleElement(event, 'occurred_at'), tupleElement(event, 'tie')), groupArray(CAST(
        (occurred_at, cityHash64(event_id), event_type, visitor_key, player_id, banner_tag, referrer_host, utm_source, device, browser,
          os, country, is_bot, domain, page_path),
        'Tuple(occurred_at DateTime64(3, \\'UTC\\'), tie UInt64, event_type String, visitor_key UInt64, player_id String, banner_tag String, referrer_host String, utm_source String, device String, browser String, os String, country String, is_bot Bool, domain String, path String)'))) AS events
    FROM (
      SELECT *, sum(is_after_pause) ${PLACE} UNBOUNDED PRECEDING AND CURRENT ROW) AS pause
      FROM (
        SELECT *, session_id = '' AND dateDiff('millisecond',
          lagInFrame(occurred_at, 1, occurred_at) ${PLACE} 1 PRECEDING AND CURRENT ROW), occurred_at) > 1800000 AS is_after_pause
        FROM page_events_of_log WHERE ${OF_DAY} ${where}))
    GROUP BY who, session_id, pause)
  WHERE notEmpty(seen)`

/** The same with the channel and source that referrer_sources gives them. */
const withSources = (where: string) => `
  SELECT told.*,
    multiIf(utm_source != '', 'campaign', referrer_host = '', 'direct', hosts.channel != '', toString(hosts.channel),
      sites.channel != '', toString(sites.channel), 'referral') AS channel,
    multiIf(utm_source != '', utm_source, referrer_host = '', '', hosts.channel != '', hosts.source,
      sites.channel != '', sites.source, replaceRegexpOne(referrer_host, '^www\\\\.', '')) AS source
  FROM (SELECT *, firstSignificantSubdomain(referrer_host) AS referrer_site FROM (${sessions(where)})) AS told
  LEFT ANY JOIN (SELECT referrer, channel, source FROM referrer_sources FINAL) AS hosts ON hosts.referrer = told.referrer_host
  LEFT ANY JOIN (SELECT referrer, channel, source FROM referrer_sources FINAL) AS sites ON sites.referrer = told.referrer_site`

const SESSION = `session_id, visitor_key, player_id, started_at, duration_ms, entry_domain, entry_path, exit_domain, exit_path, views,
  engagements, is_bounce, channel, source, referrer_host, utm_source, banner_tag, device, browser, os, country, is_bot`

export const sessionsCheck: RecountCheck = {
  table: 'sessions',
  key: ['session_id', 'visitor_key', 'started_at'],
  expected: `
    SELECT ${SESSION}, arraySort(arrayMap(view -> tupleElement(view, 'path'), seen)) AS paths FROM (
      SELECT *, tupleElement(seen[1], 'domain') AS entry_domain, tupleElement(seen[1], 'path') AS entry_path,
        tupleElement(seen[-1], 'domain') AS exit_domain, tupleElement(seen[-1], 'path') AS exit_path, length(seen) AS views
      FROM (${withSources(STANDS('sessions'))}))`,
  stored: `SELECT ${SESSION}, arraySort(seen_paths) AS paths FROM sessions WHERE ${OF_DAY}`,
}

const PAGE = 'domain, path, channel, source, device, browser, os, country, is_bot'
const NUMBERS = 'views, visitors, sessions, entries, bounces, duration_ms'

/** Rows by page, and by hour where `hour` is asked for. */
const byPage = (hour: string, where: string) => `
  SELECT ${hour} ${PAGE}, count() AS views, uniqExact(visitor_key) AS visitors, uniqExact(session) AS sessions,
    uniqExactIf(session, is_first) AS entries, uniqExactIf(session, is_first AND is_bounce) AS bounces,
    arraySum(tupleElement(groupUniqArray((session, duration_ms)), 2)) AS duration_ms
  FROM (
    SELECT *, toStartOfHour(tupleElement(view, 'occurred_at')) AS hour, tupleElement(view, 'domain') AS domain, tupleElement(view, 'path') AS path,
      domain = tupleElement(seen[1], 'domain') AND path = tupleElement(seen[1], 'path')
        AND hour = toStartOfHour(tupleElement(seen[1], 'occurred_at')) AS is_first
    FROM (${withSources(where)}) ARRAY JOIN seen AS view)
  GROUP BY ${hour} ${PAGE}`

export const pageHoursCheck: RecountCheck = {
  table: 'page_hours',
  key: ['hour', ...PAGE.split(', ')],
  expected: byPage('hour,', STANDS('page_hours')),
  stored: `SELECT hour, ${PAGE}, ${NUMBERS} FROM page_hours WHERE ${OF_DAY}`,
}

export const pageDaysCheck: RecountCheck = {
  table: 'page_days',
  key: PAGE.split(', '),
  expected: byPage('', STANDS('events')),
  stored: `
    SELECT ${PAGE}, ${NUMBERS} FROM page_days
    WHERE ${OF_DAY} AND (site_id, event_date) NOT IN (SELECT site_id, event_date FROM retention_cuts WHERE subject = 'events')`,
}
