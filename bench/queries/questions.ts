/** The questions the dashboard's pages ask, each as the page asks it. */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { campaignCounts } from '@rtpx/clickhouse/queries/campaigns'
import { cohortCounts } from '@rtpx/clickhouse/queries/cohorts'
import { dailyAmounts } from '@rtpx/clickhouse/queries/deposits'
import { funnelReport } from '@rtpx/clickhouse/queries/funnels'
import {
  countsByDayAndBanner,
  countsByHourAndBanner,
  countsUntil,
  dailyCounts,
} from '@rtpx/clickhouse/queries/metrics'
import { numbersByDay, topPages, topSources } from '@rtpx/clickhouse/queries/pages'
import { countPlayers, listPlayers } from '@rtpx/clickhouse/queries/player-list'

const DAY_MS = 86_400_000
const site_id = 'default'

export interface Question {
  readonly name: string
  ask(clickhouse: ClickHouse): Promise<unknown>
}

/**
 * Of the overview: the bar holds for these. Days before yesterday are read without what is not counted yet, as the page does.
 * @param now the clock, ms since 1970
 */
export function overviewQuestions(now: number): Question[] {
  const day = (back: number) => new Date(now - back * DAY_MS).toISOString().slice(0, 10)
  const days = (from: number, to: number) => ({ site_id, from: day(from), to: day(to) })
  const starts_at = Date.parse(`${day(0)}T00:00:00Z`)
  const byDay = (name: string, from: number, to: number, banner: string | null, uncounted: boolean) => ({
    name,
    ask: (clickhouse: ClickHouse) => countsByDayAndBanner(clickhouse, days(from, to), banner, uncounted),
  })
  return [
    {
      name: 'today by hour and banner',
      ask: (clickhouse) =>
        countsByHourAndBanner(clickhouse, { site_id, day: day(0), starts_at, hours: 24 }, null, true),
    },
    {
      name: 'yesterday up to now',
      ask: (clickhouse) =>
        countsUntil(clickhouse, { site_id, day: day(1), until: now - DAY_MS }, null, false),
    },
    byDay('the last two days by day and banner', 1, 0, null, true),
    byDay('the 30 days before by day and banner', 31, 2, null, false),
    byDay('the 30 days before, of one banner', 31, 2, 'b7', false),
    byDay('the year before by day and banner', 366, 2, null, false),
    {
      name: 'a year by day, for the API',
      ask: (clickhouse) => dailyCounts(clickhouse, days(365, 0), true),
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
    ...peopleQuestions(now, day),
  ]
}

/** Of campaigns, funnels, retention and players: those that read people, not counts. */
function peopleQuestions(now: number, day: (back: number) => string): Question[] {
  const everybody = { where: 'true', params: {} }
  const monday = (back: number) => day(back + ((new Date(now - back * DAY_MS).getUTCDay() + 6) % 7))
  return [
    {
      name: 'campaigns of 30 days',
      ask: (clickhouse) =>
        campaignCounts(
          clickhouse,
          { site_id, from: day(31), to: day(2) },
          { grouping: { by: 'banner' }, banner_prefixes: null },
          false,
        ),
    },
    {
      name: 'funnel of 7 days: visit, registration, deposit',
      ask: (clickhouse) =>
        funnelReport(
          clickhouse,
          {
            site_id,
            from: day(7),
            to: day(1),
            steps: ['visit', 'registration', 'deposit'].map((event_type) => ({ event_type, filters: [] })),
            window_ms: 7 * DAY_MS,
            order: 'loose',
            with_bots: false,
            banner_prefixes: null,
          },
          null,
          now,
        ),
    },
    {
      name: 'retention of 12 weeks',
      ask: (clickhouse) =>
        cohortCounts(
          clickhouse,
          {
            site_id,
            from: monday(84),
            to: day(0),
            period: 'week',
            start: 'visit',
            measure: { returns: 'any' },
            banner_tag: null,
            banner_prefixes: null,
            today: day(0),
          },
          false,
        ),
    },
    {
      name: 'players who came last',
      ask: (clickhouse) =>
        listPlayers(
          clickhouse,
          { site_id, search: '', segment: everybody },
          { order: 'last_event_at', descending: true, limit: 50 },
        ),
    },
    {
      name: 'players by stage',
      ask: (clickhouse) => countPlayers(clickhouse, { site_id, search: '', segment: everybody }),
    },
  ]
}
