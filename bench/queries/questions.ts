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

/**
 * Of the overview: the bar holds for these. Days before yesterday are read without what is not counted yet, as the page does.
 * @param now the clock, ms since 1970
 * @param since from when on arrivals may not be counted yet
 */
export function overviewQuestions(now: number, since: string): Question[] {
  const day = (back: number) => new Date(now - back * DAY_MS).toISOString().slice(0, 10)
  const days = (from: number, to: number) => ({ site_id, from: day(from), to: day(to) })
  const starts_at = Date.parse(`${day(0)}T00:00:00Z`)
  const byDay = (
    name: string,
    from: number,
    to: number,
    banner: string | null,
    uncounted: string | null,
  ) => ({
    name,
    ask: (clickhouse: ClickHouse) => countsByDayAndBanner(clickhouse, days(from, to), banner, uncounted),
  })
  return [
    {
      name: 'today by hour and banner',
      ask: (clickhouse) =>
        countsByHourAndBanner(clickhouse, { site_id, day: day(0), starts_at, hours: 24 }, null, since),
    },
    {
      name: 'yesterday up to now',
      ask: (clickhouse) => countsUntil(clickhouse, { site_id, day: day(1), until: now - DAY_MS }, null, null),
    },
    byDay('the last two days by day and banner', 1, 0, null, since),
    byDay('the 30 days before by day and banner', 31, 2, null, null),
    byDay('the 30 days before, of one banner', 31, 2, 'b7', null),
    byDay('the year before by day and banner', 366, 2, null, null),
    {
      name: 'a year by day, for the API',
      ask: (clickhouse) => dailyCounts(clickhouse, days(365, 0), since),
    },
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
