/** What each figure of page analytics means and the SQL that gives it for days that are over. */
import type { Definition } from './definitions.ts'
import { sqlText } from './definitions.ts'
import type { PageReport } from './pages.ts'

const TEXTS = {
  visitors:
    'People who saw a page: each counts once a day, by its visitor id, else its player, else its address and browser.',
  views: 'Pages shown. The same page twice counts twice; the same event sent twice counts once.',
  sessions:
    'Visits of the site: what carries one session id on one day, or a visitor’s views without a pause of 30 minutes.',
  bounce:
    'Of the sessions that began here, those with a single page view and no other event that shows interest.',
  duration:
    'Time between the first and the last event of a session, on average over all sessions; a session with one event lasts no time.',
  depth: 'Page views for each session.',
} as const

const FIGURES: Readonly<Record<keyof typeof TEXTS, string>> = {
  visitors: 'sum(visitors)',
  views: 'sum(views)',
  sessions: 'sum(sessions)',
  bounce: 'sum(bounces) / sum(entries)',
  duration: 'sum(duration_ms) / sum(sessions) / 1000',
  depth: 'sum(views) / sum(sessions)',
}

/** @param key of the figure */
export function definePageFigure(key: keyof typeof TEXTS, title: string, report: PageReport): Definition {
  const { site, range, filters, with_bots } = report
  const isNarrowed = Object.keys(filters).length > 0
  return {
    title,
    text: `${TEXTS[key]}${with_bots ? ' Known bots are counted too.' : ' Known bots are left out.'}${
      isNarrowed ? ' With filters, only sessions that pass them count; the SQL below is without filters.' : ''
    } Days that are not over are worked out from the events of the day.`,
    sql: `SELECT ${FIGURES[key]}
FROM page_day_totals
WHERE breakdown = 'total'
  AND site_id = ${sqlText(site.site_id)}
  AND event_date BETWEEN ${sqlText(range.from)} AND ${sqlText(range.to)}${with_bots ? '' : '\n  AND NOT is_bot'}`,
  }
}
