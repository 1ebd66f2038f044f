/** The newest arrivals of a site, read once a second for all who watch. */
import { latestArrivals } from '@rtpx/clickhouse/queries/arrivals'
import { hasEvents } from '@rtpx/clickhouse/queries/metrics'
import type { Arrivals } from '#lib/arrivals.ts'
import type { Opened } from './page.ts'

/** How far back "just now" reaches, and how many are shown. */
const WINDOW_MS = 3_600_000
const LIMIT = 12
const SHARED_MS = 700

/** @throws what the ClickHouse client throws */
export function readArrivals({
  services,
  site,
  now,
}: Pick<Opened, 'services' | 'site' | 'now'>): Promise<Arrivals> {
  const { clickhouse, share } = services
  const { site_id } = site
  return share(`arrivals ${site_id}`, SHARED_MS, async () => {
    const latest = await latestArrivals(clickhouse, site_id, now - WINDOW_MS, LIMIT)
    return {
      has_events: latest.some(({ reason }) => reason === '') || (await hasEvents(clickhouse, site_id)),
      latest,
    }
  })
}
