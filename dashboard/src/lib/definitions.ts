/**
 * What each figure means and the SQL that gives it, for "what is this?". The SQL is complete: pasted into a prompt of
 * this ClickHouse it answers the number on the page.
 */
import { metricOf } from './metric.ts'
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

type Narrowed = Pick<Overview, 'site' | 'range' | 'banner'>

const source = ({ banner }: Narrowed) => (banner === null ? 'daily_metrics' : 'event_summary')

function where({ site, range, banner }: Narrowed): string {
  const conditions = [
    `site_id = ${sqlText(site.site_id)}`,
    `event_date >= ${sqlText(range.from)}`,
    `event_date <= ${sqlText(range.to)}`,
    ...(banner === null ? [] : [`banner_tag = ${sqlText(banner)}`]),
  ]
  return `WHERE ${conditions.join('\n  AND ')}`
}

/** The definition of one card. */
export function defineMetric(key: string, overview: Narrowed): Definition {
  const metric = metricOf(key)
  const figure = metric.rate
    ? `sumIf(count, event_type = ${sqlText(metric.rate.of)})\n  / sumIf(count, event_type = ${sqlText(metric.rate.by)})`
    : `sumIf(count, event_type = ${sqlText(key)})`
  return {
    title: metric.label,
    text:
      TEXTS[key] ??
      `Events of type ${key}. ${ONCE} An event without player counts for its visitor, else by itself.`,
    sql: `SELECT ${figure}\nFROM ${source(overview)}\n${where(overview)}`,
  }
}

export const defineBanners = (overview: Narrowed): Definition => ({
  title: 'By banner',
  text: `A player's one count of a day goes to the banner of that day's first event, so the rows add up to the cards.`,
  sql: `SELECT banner_tag,
  sumIf(count, event_type = 'visit') AS visits,
  sumIf(count, event_type = 'registration') AS registrations,
  sumIf(count, event_type = 'deposit') AS deposits
FROM event_summary
${where(overview)}
GROUP BY banner_tag
ORDER BY visits DESC`,
})

export const defineOthers = (overview: Narrowed): Definition => ({
  title: 'Other events',
  text: `Every other event type of the range. ${ONCE} An event without player counts for its visitor, else by itself.`,
  sql: `SELECT event_type, sum(count) AS count
FROM ${source(overview)}
${where(overview)}
  AND event_type NOT IN ('visit', 'registration', 'deposit')
GROUP BY event_type
ORDER BY count DESC`,
})
