/**
 * What happens on a site now: one statement answers everything a watcher sees, of the last 30 minutes by the edge's clock.
 * Read from the log as it is, for `FINAL` over a busy day costs more than a second has: each event_id counts once by sets.
 * Known bots are left out unless they are asked for, of the counts or of the stream, where they are marked. What happened long before it arrived, as an import does or a phone that
 * was offline, is not now: it is in the stream only.
 */
import type { ClickHouse } from '../client.ts'
import { inView } from './banner-groups.ts'

/** Only what passes every filter given counts; an empty text asks for what is unknown or absent. */
export interface RealtimeFilters {
  readonly type?: string
  readonly banner?: string
  readonly domain?: string
  readonly country?: string
}

export interface RealtimeQuestion {
  readonly site_id: string
  readonly filters: RealtimeFilters
  /** Only banners that begin so; null for all. */
  readonly banner_prefixes: readonly string[] | null
  /** Whether known bots count too, and stand in the stream; without it they don't. */
  readonly with_bots?: boolean
  /** Whether the stream has them even where they don't count. */
  readonly streams_bots?: boolean
  /** The asker's clock, milliseconds since 1970. */
  readonly now: number
  /** Events of the stream, and names of each list, at most. */
  readonly limit: number
}

/** An event as it came. */
export interface StreamEvent {
  readonly id: string
  /** When the edge took it; milliseconds since 1970. */
  readonly at: number
  readonly event_type: string
  readonly player_id: string
  readonly banner_tag: string
  readonly domain: string
  readonly path: string
  readonly country: string
  readonly device: string
  /** Exact decimal; null when none was sent. */
  readonly amount: string | null
  readonly currency: string
  readonly is_bot: boolean
}

/** A name with its events of 30 minutes and its people of the last five. */
export interface NowCount<Name> {
  readonly name: Name
  readonly people: number
  readonly events: number
}

export interface RealtimeNow {
  /** People of the last five minutes: distinct by visitor, else player, else address and agent. */
  readonly people: number
  readonly events: number
  /** Counts by minute (seconds since 1970) and type. */
  readonly minutes: readonly {
    readonly minute: number
    readonly event_type: string
    readonly events: number
  }[]
  readonly countries: readonly NowCount<string>[]
  readonly pages: readonly NowCount<{ readonly domain: string; readonly path: string }>[]
  readonly banners: readonly NowCount<string>[]
  /** The newest first. */
  readonly stream: readonly StreamEvent[]
}

const FILTERED = {
  type: 'event_type = {filter_type:String}',
  banner: 'banner_tag = {filter_banner:String}',
  domain: 'domain = {filter_domain:String}',
  country: 'country = {filter_country:String}',
} as const satisfies Record<keyof RealtimeFilters, string>

export const REALTIME_FILTERS = Object.keys(FILTERED) as (keyof RealtimeFilters)[]

const MINUTES = 30
const PEOPLE_MINUTES = 5
/** How long before it arrived an event may have happened to count as now; browsers' clocks err, too. */
const NOW_MINUTES = MINUTES

interface Row {
  readonly what: 'minute' | 'country' | 'page' | 'banner' | 'all' | 'event'
  readonly body: string
}

/** What happens now. */
export async function realtimeNow(clickhouse: ClickHouse, question: RealtimeQuestion): Promise<RealtimeNow> {
  const { site_id, filters, banner_prefixes, with_bots = false, now, limit } = question
  const streamed = with_bots || question.streams_bots ? '' : 'AND NOT is_bot'
  const last = Math.floor(now / 60_000) * 60
  const given = REALTIME_FILTERS.filter((name) => filters[name] !== undefined)
  const where = `site_id = {site_id:String} AND event_date BETWEEN {from:Date} AND {to:Date}
    AND created_at >= toDateTime64({since:UInt32}, 3, 'UTC') AND created_at < toDateTime64({last:UInt32} + 60, 3, 'UTC')
    ${given.map((name) => `AND ${FILTERED[name]}`).join(' ')} ${inView({ banner_prefixes })}`
  const rows = await clickhouse.rows<Row>(
    `SELECT multiIf(by_minute, 'minute', by_country, 'country', by_page, 'page', by_banner, 'banner', 'all') AS what,
       toJSONString(map('minute', toString(toUnixTimestamp(minute)), 'event_type', type, 'country', country, 'domain', host, 'path', page,
         'banner', banner, 'people', toString(people), 'events', toString(events))) AS body
     FROM (
       SELECT minute, type, country, host, page, banner, uniqExactIf(who, is_now) AS people, uniqExact(event_id) AS events,
         grouping(minute) = 0 AS by_minute, grouping(country) = 0 AS by_country, grouping(page) = 0 AS by_page, grouping(banner) = 0 AS by_banner
       FROM (
         SELECT event_id, toStartOfMinute(created_at) AS minute, toString(event_type) AS type, toString(country) AS country,
           toString(domain) AS host, if(type = 'page_view', leftUTF8(cutQueryStringAndFragment(path), 512), '') AS page,
           toString(banner_tag) AS banner, created_at >= toDateTime64({people_since:UInt32}, 3, 'UTC') AS is_now,
           multiIf(visitor_id != '', cityHash64('visitor', visitor_id), player_id != '', cityHash64('player', player_id),
             source_ip != '' OR user_agent != '', cityHash64('client', source_ip, user_agent), cityHash64('event', event_id)) AS who
         FROM events_log WHERE ${where} ${with_bots ? '' : 'AND NOT is_bot'} AND occurred_at > created_at - INTERVAL ${NOW_MINUTES} MINUTE)
       GROUP BY GROUPING SETS ((minute, type), (country), (host, page), (banner), ())
       ORDER BY people DESC, events DESC, country, host, page, banner
       LIMIT 1000 BY by_minute, by_country, by_page, by_banner)
     UNION ALL
     SELECT 'event' AS what, toJSONString(tuple(id, at, type, player, banner, host, page, country, device, amount, currency, is_bot)) AS body
     FROM (
       SELECT toString(event_id) AS id, toUnixTimestamp64Milli(created_at) AS at, toString(event_type) AS type, player_id AS player,
         toString(banner_tag) AS banner, toString(domain) AS host, leftUTF8(path, 512) AS page, toString(country) AS country,
         toString(device) AS device, toString(amount) AS amount, toString(currency) AS currency, is_bot
       FROM events_log WHERE ${where} ${streamed}
       ORDER BY created_at DESC, event_id LIMIT 1 BY event_id LIMIT {limit:UInt32})
     SETTINGS max_execution_time = 5`,
    {
      ...Object.fromEntries(given.map((name) => [`filter_${name}`, filters[name]])),
      site_id,
      banner_prefixes: banner_prefixes ?? [],
      last,
      since: last - (MINUTES - 1) * 60,
      people_since: last - (PEOPLE_MINUTES - 1) * 60,
      // The days that any zone may have within the window; what happened longer ago and arrives now is not news.
      from: dayOf(now - 36 * 3_600_000),
      to: dayOf(now + 14 * 3_600_000),
      limit,
    },
  )
  const bodies = (what: Row['what']) =>
    rows.filter((row) => row.what === what).map(({ body }) => JSON.parse(body))
  const counts = <Name>(what: Row['what'], nameOf: (row: Record<string, string>) => Name): NowCount<Name>[] =>
    bodies(what)
      .slice(0, limit)
      .map((row) => ({ name: nameOf(row), people: Number(row.people), events: Number(row.events) }))
  const all = bodies('all')[0] ?? { people: 0, events: 0 }
  return {
    people: Number(all.people),
    events: Number(all.events),
    minutes: bodies('minute').map(({ minute, event_type, events }) => ({
      minute: Number(minute),
      event_type,
      events: Number(events),
    })),
    countries: counts('country', ({ country = '' }) => country),
    pages: counts('page', ({ domain = '', path = '' }) => ({ domain, path })).filter(
      ({ name }) => name.path !== '',
    ),
    banners: counts('banner', ({ banner = '' }) => banner).filter(({ name }) => name !== ''),
    stream: bodies('event')
      .map(eventOf)
      .sort((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1)),
  }
}

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)

/** As the statement lists an event's columns. */
type EventCells = readonly [
  id: string,
  at: number,
  event_type: string,
  player_id: string,
  banner_tag: string,
  domain: string,
  path: string,
  country: string,
  device: string,
  amount: string | null,
  currency: string,
  is_bot: boolean,
]

const eventOf = (cells: EventCells): StreamEvent => {
  const [id, at, event_type, player_id, banner_tag, domain, path, country, device, amount, currency, is_bot] =
    cells
  return {
    id,
    at: Number(at),
    event_type,
    player_id,
    banner_tag,
    domain,
    path,
    country,
    device,
    amount,
    currency,
    is_bot: Boolean(is_bot),
  }
}
