/** Alerts that an open dashboard notifies of, of all sites of the caller. */
import { alertNews } from '@rtpx/clickhouse/queries/alerts'
import type { Opened } from '../page.ts'

/** An alert is found up to a quarter of an hour after the instant it is about. */
const NEWS_MS = 30 * 60_000
/** How old the shared answer may be: one query for all who watch. */
const SHARED_MS = 5_000

/** The alerts that fired lately, newest first. @throws what the ClickHouse client throws */
export async function readNews({ services, sites, now }: Opened) {
  const ids = sites.map(({ site_id }) => site_id)
  const news = await services.share(`alert news ${ids.join('\n')}`, SHARED_MS, () =>
    alertNews(services.clickhouse, ids, now - NEWS_MS),
  )
  return { alerts: news }
}
