/** A site's week beside the week before it: what the printed report and the e-mail say. Days are the site's. */
import type { ClickHouse } from '../client.ts'
import { addDays } from '../weeks.ts'
import { type Finding, findings } from './anomalies.ts'

export interface ReportSite {
  readonly site_id: string
  readonly name: string
  readonly time_zone: string
}

export interface Pair {
  readonly now: number
  readonly before: number
}

export interface AmountPair {
  readonly currency: string
  /** Exact decimals. */
  readonly now: string
  readonly before: string
  readonly deposits: Pair
}

export interface ReportBanner {
  readonly banner_tag: string
  readonly visit: Pair
  readonly registration: Pair
  readonly deposit: Pair
}

export interface WeeklyReport {
  readonly site: ReportSite
  /** Monday and Sunday. */
  readonly from: string
  readonly to: string
  /** Players of each type, each once a day; always visit, registration and deposit, then the others by number. */
  readonly counts: readonly ({ readonly event_type: string } & Pair)[]
  /** The three main types by day, Monday first. */
  readonly days: readonly { readonly day: string; readonly visit: Pair; readonly deposit: Pair }[]
  readonly first_deposits: Pair
  readonly amounts: readonly AmountPair[]
  /** Those with the most visits, then registrations. */
  readonly banners: readonly ReportBanner[]
  /** Banners beyond those listed. */
  readonly more_banners: number
  readonly integrity: readonly { readonly kind: string; readonly count: number }[]
  readonly anomalies: readonly Finding[]
  readonly alerts: readonly {
    readonly rule_name: string
    readonly subject: string
    readonly words: string
    readonly opened_at: number
    readonly resolved_at: number | null
  }[]
  /** Alerts of the week, those beyond the list included. */
  readonly alert_count: number
}

const MAIN = ['visit', 'registration', 'deposit'] as const
const MAX_BANNERS = 10
const MAX_ALERTS = 6

/** @param monday the week's first day */
export async function readWeeklyReport(
  clickhouse: ClickHouse,
  site: ReportSite,
  monday: string,
): Promise<WeeklyReport> {
  const to = addDays(monday, 6)
  const week = { site_id: site.site_id, from: monday, to, before: addDays(monday, -7), zone: site.time_zone }
  const [byDay, amounts, banners, firsts, integrity, alerts] = await Promise.all([
    countsByDay(clickhouse, week),
    amountPairs(clickhouse, week),
    bannerPairs(clickhouse, week),
    firstDeposits(clickhouse, week),
    integrityFindings(clickhouse, week),
    alertsOfWeek(clickhouse, week),
  ])
  const instants = await instantsOf(clickhouse, week)
  const opened = await findings(clickhouse, { site_id: site.site_id, state: 'all', ...instants })
  const countOf = (event_type: string, from: string) =>
    byDay
      .filter(
        (row) =>
          row.event_type === event_type && row.event_date >= from && row.event_date <= addDays(from, 6),
      )
      .reduce((sum, { count }) => sum + count, 0)
  const onDay = (event_type: string, day: string) =>
    byDay.find((row) => row.event_type === event_type && row.event_date === day)?.count ?? 0
  const pair = (event_type: string) => ({
    event_type,
    now: countOf(event_type, week.from),
    before: countOf(event_type, week.before),
  })
  const others = [...new Set(byDay.map(({ event_type }) => event_type))]
    .filter((type) => !(MAIN as readonly string[]).includes(type))
    .map(pair)
    .sort((a, b) => b.now - a.now)
  return {
    site,
    from: monday,
    to,
    counts: [...MAIN.map(pair), ...others],
    days: Array.from({ length: 7 }, (_, index) => {
      const day = addDays(monday, index)
      const dayPair = (type: string) => ({ now: onDay(type, day), before: onDay(type, addDays(day, -7)) })
      return { day, visit: dayPair('visit'), deposit: dayPair('deposit') }
    }),
    first_deposits: firsts,
    amounts,
    banners: banners.slice(0, MAX_BANNERS),
    more_banners: Math.max(0, banners.length - MAX_BANNERS),
    integrity,
    anomalies: opened.filter(({ opened_at }) => opened_at >= instants.from && opened_at < instants.to),
    alerts: alerts.slice(0, MAX_ALERTS),
    alert_count: alerts.length,
  }
}

interface Week {
  readonly site_id: string
  readonly from: string
  readonly to: string
  /** Monday of the week before. */
  readonly before: string
  readonly zone: string
}

const BOTH_WEEKS = 'site_id = {site_id:String} AND event_date BETWEEN {before:Date} AND {to:Date}'
const params = (week: Week) => ({ ...week })

const countsByDay = (clickhouse: ClickHouse, week: Week) =>
  clickhouse.rows<{ event_date: string; event_type: string; count: number }>(
    `SELECT event_date, event_type, d.count AS count FROM daily_metrics AS d WHERE ${BOTH_WEEKS}`,
    params(week),
  )

async function amountPairs(clickhouse: ClickHouse, week: Week): Promise<AmountPair[]> {
  const rows = await clickhouse.rows<{
    currency: string
    now: string
    before: string
    deposits: number
    deposits_before: number
  }>(
    `SELECT currency, toString(sumIf(d.amount, event_date >= {from:Date})) AS now, toString(sumIf(d.amount, event_date < {from:Date})) AS before,
       sumIf(d.count, event_date >= {from:Date}) AS deposits, sumIf(d.count, event_date < {from:Date}) AS deposits_before
     FROM daily_amounts AS d WHERE ${BOTH_WEEKS} AND event_type = 'deposit'
     GROUP BY currency ORDER BY deposits DESC, deposits_before DESC, currency LIMIT 8`,
    params(week),
  )
  return rows.map(({ deposits, deposits_before, ...amounts }) => ({
    ...amounts,
    deposits: { now: deposits, before: deposits_before },
  }))
}

async function bannerPairs(clickhouse: ClickHouse, week: Week): Promise<ReportBanner[]> {
  const sums = MAIN.flatMap((type) => [
    `sumIf(s.count, event_type = '${type}' AND event_date >= {from:Date}) AS ${type}`,
    `sumIf(s.count, event_type = '${type}' AND event_date < {from:Date}) AS ${type}_before`,
  ])
  const rows = await clickhouse.rows<{ banner_tag: string } & Record<string, number>>(
    `SELECT banner_tag, ${sums.join(', ')} FROM event_summary AS s
     WHERE ${BOTH_WEEKS} AND event_type IN ('visit', 'registration', 'deposit') AND banner_tag != ''
     GROUP BY banner_tag HAVING visit + registration + deposit > 0 ORDER BY visit DESC, registration DESC, banner_tag LIMIT 10000`,
    params(week),
  )
  const pair = (row: Readonly<Record<string, number>>, type: string) => ({
    now: row[type] ?? 0,
    before: row[`${type}_before`] ?? 0,
  })
  return rows.map((row) => ({
    banner_tag: row.banner_tag,
    visit: pair(row, 'visit'),
    registration: pair(row, 'registration'),
    deposit: pair(row, 'deposit'),
  }))
}

/** Players whose first deposit was in the week. */
async function firstDeposits(clickhouse: ClickHouse, week: Week): Promise<Pair> {
  const [row] = await clickhouse.rows<Pair>(
    `SELECT countIf(day BETWEEN {from:Date} AND {to:Date}) AS now, countIf(day >= {before:Date} AND day < {from:Date}) AS before
     FROM (SELECT toDate(assumeNotNull(deposit_at), {zone:String}) AS day FROM players WHERE site_id = {site_id:String} AND deposit_at IS NOT NULL)`,
    params(week),
  )
  return row ?? { now: 0, before: 0 }
}

const integrityFindings = (clickhouse: ClickHouse, week: Week) =>
  clickhouse.rows<{ kind: string; count: number }>(
    `SELECT kind, count() AS count FROM findings AS f
     WHERE site_id = {site_id:String} AND f.event_date BETWEEN {from:Date} AND {to:Date} AND f.status = 'open'
     GROUP BY kind ORDER BY count DESC, kind`,
    params(week),
  )

const alertsOfWeek = (clickhouse: ClickHouse, week: Week) =>
  clickhouse.rows<WeeklyReport['alerts'][number]>(
    `SELECT rule_name, subject, words, toUnixTimestamp64Milli(a.opened_at) AS opened_at, toUnixTimestamp64Milli(a.resolved_at) AS resolved_at
     FROM alerts AS a WHERE site_id = {site_id:String} AND toDate(a.opened_at, {zone:String}) BETWEEN {from:Date} AND {to:Date}
     ORDER BY a.opened_at DESC LIMIT 1000`,
    params(week),
  )

/** The first instants of the week and of the one after it; ms. */
async function instantsOf(clickhouse: ClickHouse, week: Week): Promise<{ from: number; to: number }> {
  const [row] = await clickhouse.rows<{ from: number; to: number }>(
    `SELECT toUnixTimestamp(toDateTime({from:String}, {zone:String})) * 1000 AS from, toUnixTimestamp(toDateTime({until:String}, {zone:String})) * 1000 AS to`,
    { from: `${week.from} 00:00:00`, until: `${addDays(week.to, 1)} 00:00:00`, zone: week.zone },
  )
  return row ?? { from: 0, to: 0 }
}
