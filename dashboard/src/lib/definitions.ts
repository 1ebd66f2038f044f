/**
 * What each figure means and the SQL that gives it, for "what is this?". The SQL is complete: pasted into a prompt of
 * this ClickHouse it answers the number on the page.
 */
import { DIMENSIONS, type DimensionKey } from './breakdowns.ts'
import { AMOUNT, metricOf } from './metric.ts'
import { currencyName } from './money.ts'
import type { Overview } from './overview.ts'

export interface Definition {
  readonly title: string
  readonly text: string
  readonly sql: string
}

const ONCE = 'Each player counts once a day, however often the event came.'

const TEXTS: Record<string, string> = {
  visit: `Players who visited. ${ONCE}`,
  registration: `Players who registered. ${ONCE}`,
  deposit: `Players who deposited. ${ONCE} Further deposits of the same day do not add to it.`,
  visit_to_registration: 'Registrations for every hundred visits of the same range, by the counts beside it.',
  registration_to_deposit:
    'Deposits for every hundred registrations of the same range, by the counts beside it. Above 100% when players who registered earlier deposit now.',
}

/** Text as a ClickHouse string literal. */
export const sqlText = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

type Narrowed = Pick<Overview, 'site' | 'range' | 'filters' | 'with_bots' | 'amounts'>

const COLUMNS = {
  banner: 'banner_tag',
  domain: 'domain',
  page: 'cutQueryStringAndFragment(path)',
  referrer: 'lower(domain(referrer))',
  campaign: `leftUTF8(toValidUTF8(decodeURLFormComponent(extractURLParameter(path, 'utm_campaign'))), 128)`,
  country: 'country',
  device: 'device',
  browser: 'browser',
  os: 'os',
} as const satisfies Record<DimensionKey, string>

/** Whether only the raw events can answer. */
const isRaw = ({ filters, with_bots }: Narrowed) =>
  !with_bots || Object.keys(filters).some((name) => name !== 'banner')

const source = ({ filters }: Narrowed) => (filters.banner === undefined ? 'daily_metrics' : 'event_summary')

/** Who counts once a day, in the raw events. */
const WHO = `event_date, player_id, multiIf(player_id != '', '', visitor_id != '', visitor_id, toString(event_id))`

function where({ site, range, filters, with_bots }: Narrowed): string {
  const conditions = [
    `site_id = ${sqlText(site.site_id)}`,
    `event_date >= ${sqlText(range.from)}`,
    `event_date <= ${sqlText(range.to)}`,
    ...DIMENSIONS.flatMap(({ key }) => {
      const value = filters[key]
      return value === undefined ? [] : [`${COLUMNS[key]} = ${sqlText(value)}`]
    }),
    ...(with_bots ? [] : ['NOT is_bot']),
  ]
  return `WHERE ${conditions.join('\n  AND ')}`
}

/** The definition of one card. */
export function defineMetric(key: string, overview: Narrowed): Definition {
  const { currency } = overview.amounts[0] ?? {}
  if (key === AMOUNT) return defineAmount(currency ?? '', overview)
  const metric = metricOf(key)
  const count = (type: string) =>
    isRaw(overview)
      ? `uniqExactIf((${WHO}), event_type = ${sqlText(type)})`
      : `sumIf(count, event_type = ${sqlText(type)})`
  const figure = metric.rate ? `${count(metric.rate.of)}\n  / ${count(metric.rate.by)}` : count(key)
  return {
    title: metric.label,
    text:
      TEXTS[key] ??
      `Events of type ${key}. ${ONCE} An event without player counts for its visitor, else by itself.`,
    sql: `SELECT ${figure}\nFROM ${isRaw(overview) ? 'events' : source(overview)}\n${where(overview)}`,
  }
}

function defineAmount(currency: string, overview: Narrowed): Definition {
  const sum = isRaw(overview)
    ? `SELECT sum(amount)
FROM (
  SELECT argMin(ifNull(amount, 0), (created_at, event_id)) AS amount, argMin(currency, (created_at, event_id)) AS currency
  FROM events
  ${where(overview).replaceAll('\n', '\n  ')}
    AND event_type = 'deposit'
  GROUP BY event_date, if(transaction_id != '', transaction_id, toString(event_id)))
WHERE currency = ${sqlText(currency)}`
    : `SELECT sum(amount)\nFROM daily_amounts\n${where(overview)}\n  AND event_type = 'deposit'\n  AND currency = ${sqlText(currency)}`
  return {
    title: `Deposited, ${currencyName(currency)}`,
    text: 'The sum of all deposits of the range in the currency with the most of them, each transaction once. Other currencies are on hover; nothing is converted.',
    sql: sum,
  }
}

/** The definition of a breakdown's rows. */
export function defineBreakdown(by: DimensionKey, overview: Narrowed): Definition {
  const title = `By ${(DIMENSIONS.find(({ key }) => key === by)?.label ?? by).replace(/^[A-Z](?![A-Z_])/, (letter) => letter.toLowerCase())}`
  const text = `A player's one count of a day goes to what that day's first event says, so the rows add up to the cards.`
  const figures = (count: (type: string) => string) =>
    ['visit', 'registration', 'deposit'].map((type) => `  ${count(sqlText(type))} AS ${type}s`).join(',\n')
  if (by === 'banner' && !isRaw(overview))
    return {
      title,
      text,
      sql: `SELECT banner_tag,
${figures((type) => `sumIf(count, event_type = ${type})`)}
FROM event_summary
${where(overview)}
GROUP BY banner_tag
ORDER BY visits DESC`,
    }
  return {
    title,
    text,
    sql: `SELECT value,
${figures((type) => `countIf(event_type = ${type})`)}
FROM (
  SELECT event_type, argMin(${COLUMNS[by]}, (occurred_at, event_id)) AS value
  FROM events
  ${where(overview).replaceAll('\n', '\n  ')}
  GROUP BY event_type, ${WHO})
GROUP BY value
ORDER BY visits DESC`,
  }
}

export const defineOthers = (overview: Narrowed): Definition => ({
  title: 'Other events',
  text: `Every other event type of the range. ${ONCE} An event without player counts for its visitor, else by itself.`,
  sql: `SELECT event_type, ${isRaw(overview) ? `uniqExact(${WHO})` : 'sum(count)'} AS count
FROM ${isRaw(overview) ? 'events' : source(overview)}
${where(overview)}
  AND event_type NOT IN ('visit', 'registration', 'deposit')
GROUP BY event_type
ORDER BY count DESC`,
})
