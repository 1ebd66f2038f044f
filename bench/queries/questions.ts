/** The questions the dashboard's pages ask, each as the page asks it. */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { dailyAmounts } from '@rtpx/clickhouse/queries/deposits'
import {
  countsByDayAndBanner,
  countsByHourAndBanner,
  countsUntil,
  dailyCounts,
} from '@rtpx/clickhouse/queries/metrics'
import { numbersByDay, topPages, topSources } from '@rtpx/clickhouse/queries/pages'

const DAY_MS = 86_400_000
const site_id = 'default'

export interface Question {
  readonly name: string
  ask(clickhouse: ClickHouse): Promise<unknown>
}

/** Of the overview: the bar holds for these. @param now the clock, ms since 1970 */
export function overviewQuestions(now: number): Question[] {
  const day = (back: number) => new Date(now - back * DAY_MS).toISOString().slice(0, 10)
  const last = (days: number) => ({ site_id, from: day(days - 1), to: day(0) })
  const starts_at = Date.parse(`${day(0)}T00:00:00Z`)
  return [
    {
      name: 'today by hour and banner',
      ask: (clickhouse) =>
        countsByHourAndBanner(clickhouse, { site_id, day: day(0), starts_at, hours: 24 }, null),
    },
    {
      name: 'yesterday up to now',
      ask: (clickhouse) => countsUntil(clickhouse, { site_id, day: day(1), until: now - DAY_MS }, null),
    },
    {
      name: '30 days by day and banner',
      ask: (clickhouse) => countsByDayAndBanner(clickhouse, last(30), null),
    },
    { name: '30 days of one banner', ask: (clickhouse) => countsByDayAndBanner(clickhouse, last(30), 'b7') },
    {
      name: 'a year by day and banner',
      ask: (clickhouse) => countsByDayAndBanner(clickhouse, last(365), null),
    },
    { name: 'a year by day', ask: (clickhouse) => dailyCounts(clickhouse, last(365)) },
  ]
}

/** Of other pages. */
export function otherQuestions(now: number): Question[] {
  const day = (back: number) => new Date(now - back * DAY_MS).toISOString().slice(0, 10)
  const range = { from: day(30), to: day(1) }
  const question = { site_id, range, now }
  return [
    {
      name: 'amounts of a year',
      ask: (clickhouse) => dailyAmounts(clickhouse, { site_id, from: day(364), to: day(0) }),
    },
    { name: 'top pages of 30 days', ask: (clickhouse) => topPages(clickhouse, question, { limit: 10 }) },
    { name: 'top sources of 30 days', ask: (clickhouse) => topSources(clickhouse, question, { limit: 10 }) },
    { name: 'page views of 30 days by day', ask: (clickhouse) => numbersByDay(clickhouse, question) },
    {
      name: 'players by stage',
      ask: (clickhouse) =>
        clickhouse.rows(
          "SELECT stage, count() AS players FROM players WHERE site_id = 'default' GROUP BY stage",
        ),
    },
  ]
}
