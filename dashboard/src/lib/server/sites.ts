/** Which site a request is about. */
import { allSites } from '@rtpx/clickhouse/queries/metrics'
import type { Site } from '#lib/overview.ts'
import { type Caller, maySeeSite } from './caller.ts'
import type { Services } from './clickhouse.ts'
import { UnknownSite } from './trouble.ts'

/** Sites change rarely: how old the shared list may be, in ms. */
export const SITES_MS = 10_000
/** And where a site is asked for that it does not have, for it may have been added just now. */
const SITES_AGAIN_MS = 1_000

/**
 * The site of a key, or the caller's first one without; and all the caller has.
 * @throws UnknownSite also for a site that is not the caller's, or what the ClickHouse client throws
 */
export async function findSite({ clickhouse, share }: Services, caller: Caller, site_id: string | null) {
  const theirs = async (maxAge: number): Promise<Site[]> =>
    (await share('sites', maxAge, () => allSites(clickhouse))).filter((site) =>
      maySeeSite(caller, site.site_id),
    )
  const named = (sites: readonly Site[]) =>
    site_id === null ? sites[0] : sites.find((site) => site.site_id === site_id)
  let sites = await theirs(SITES_MS)
  if (!named(sites)) sites = await theirs(SITES_AGAIN_MS)
  const site = named(sites)
  if (!site) throw new UnknownSite(site_id ?? '')
  return { site, sites }
}
