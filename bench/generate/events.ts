/**
 * Events made by ClickHouse itself, a hundred times faster than a client could send them: for measuring at sizes that no traffic model
 * in TypeScript reaches. Their proportions are those of a brand with affiliates; which player does what is drawn from a hash of the event's
 * number, so the same numbers give the same events, but for their ids.
 */

/** How many there are of what. */
export interface Population {
  readonly players: number
  readonly banners: number
}

export const POPULATION: Population = { players: 5_000_000, banners: 200 }

const AGENTS = [
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0',
    'desktop',
    'Firefox',
    'Windows',
  ],
  [
    'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36',
    'mobile',
    'Mobile Chrome',
    'Android',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Version/18.6 Mobile/15E148 Safari/604.1',
    'mobile',
    'Mobile Safari',
    'iOS',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36',
    'desktop',
    'Chrome',
    'macOS',
  ],
  [
    'Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Version/18.6 Mobile/15E148 Safari/604.1',
    'tablet',
    'Mobile Safari',
    'iPadOS',
  ],
] as const

const texts = (list: readonly string[]) => `[${list.map((text) => `'${text}'`).join(', ')}]`
const agentPart = (part: 0 | 1 | 2 | 3) => texts(AGENTS.map((agent) => agent[part]))

/** Events of one visit to the site: a visit, page views, a click, and a registration or a deposit when all goes well. */
const SESSION_EVENTS = 5

/** A whole number from 0 to below `below`, drawn anew for each session (or event) and name. */
const draw = (name: string, below: number | string, of: 'session' | 'number' = 'session') =>
  `cityHash64(${of}, '${name}') % ${below}`

/**
 * A SELECT of the fields of the contract for one day's events, in the order they happen. Parameters: {day:Date}, {first:UInt64} (the number
 * of the first event), {count:UInt64}, {per_day:UInt64} (events of the whole day) and {offset:UInt64} (how many of them come before).
 * @param times `clickhouse`: as DateTime64; `wire`: as whole milliseconds, as on the topic
 */
export function generatedDay(
  { players, banners }: Population,
  times: 'clickhouse' | 'wire' = 'clickhouse',
): string {
  const instant = (column: string) => (times === 'wire' ? `toUnixTimestamp64Milli(${column})` : column)
  return `
    SELECT
      dateTimeToUUIDv7(toDateTime(made_at, 'UTC')) AS event_id,
      'default' AS site_id,
      multiIf(step = 0, 'visit', step = 4 AND outcome < 15, 'registration', step = 4 AND outcome < 30, 'deposit', step = 3, 'click', 'page_view') AS event_type,
      concat('p', toString(player)) AS player_id,
      concat('b', toString(if(${draw('other banner', 10)} = 0, ${draw('banner', banners)}, cityHash64(player, 'banner') % ${banners}))) AS banner_tag,
      lower(hex(cityHash64(player, 'visitor'))) AS visitor_id,
      lower(hex(cityHash64(session, {day:Date}))) AS session_id,
      ${instant('happened_at')} AS occurred_at,
      ${instant('made_at')} AS created_at,
      {day:Date} AS event_date,
      'brand.example' AS domain,
      concat('/', ['offer', 'games', 'sports', 'help'][1 + page % 4], '/', toString(page), if(step = 0 AND page % 7 = 0, '?utm_source=mail', '')) AS path,
      if(step > 0, 'https://brand.example/', ['', '', 'https://www.google.com/', 'https://news.example/top', 'https://t.co/x'][1 + ${draw('referrer', 5)}]) AS referrer,
      toUInt16([1920, 412, 390, 1440, 820][agent]) AS viewport_width,
      toUInt16([1080, 915, 844, 900, 1180][agent]) AS viewport_height,
      if(event_type = 'deposit', toDecimal128(500 + ${draw('amount', 20_000)}, 8) / 100, NULL) AS amount,
      if(event_type = 'deposit', ['EUR', 'USD'][1 + player % 2], '') AS currency,
      if(event_type = 'deposit', concat('t', toString(number)), '') AS transaction_id,
      '' AS metadata,
      concat('198.', toString(18 + player % 2), '.', toString(intDiv(player, 2) % 256), '.', toString(intDiv(player, 512) % 256)) AS source_ip,
      ${agentPart(0)}[agent] AS user_agent,
      ['DE', 'FI', 'CA', 'NZ', 'BR', 'IN'][1 + player % 6] AS country,
      ${agentPart(1)}[agent] AS device,
      ${agentPart(2)}[agent] AS browser,
      ${agentPart(3)}[agent] AS os,
      false AS is_bot
    FROM
    (
      SELECT
        number,
        intDiv(number, ${SESSION_EVENTS}) AS session,
        number % ${SESSION_EVENTS} AS step,
        ${draw('outcome', 100)} AS outcome,
        toUInt64(${players} * pow(${draw('player', 1_000_000_007)} / 1000000007, 1.3)) AS player,
        toInt64(86_000_000 * ((number - {first:UInt64} + {offset:UInt64}) / {per_day:UInt64})) + step * 15_000 AS at,
        addMilliseconds(toDateTime64({day:Date}, 3, 'UTC'), at) AS happened_at,
        addMilliseconds(happened_at, 20 + ${draw('delay', 800, 'number')}) AS made_at,
        toUInt8(1 + player % ${AGENTS.length}) AS agent,
        ${draw('page', 200, 'number')} AS page
      FROM numbers({first:UInt64}, {count:UInt64})
    )`
}
