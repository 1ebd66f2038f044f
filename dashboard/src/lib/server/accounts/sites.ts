/**
 * Registering and changing sites. A site's key is never used again, a domain is one site's, and the time zone of a site
 * with events stays: its days are counted already.
 */

import type { ClickHouse } from '@rtpx/clickhouse/client'
import { hasEvents } from '@rtpx/clickhouse/queries/metrics'
import { registeredSites, type SiteRow, siteKeyTaken, writeSite } from '@rtpx/clickhouse/queries/sites'
import type { Kysely } from 'kysely'
import type { SiteChange } from '#lib/site-settings.ts'
import { type Caller, maySeeSite } from '../caller.ts'
import type { Tables } from '../store/tables.ts'

export type SiteOutcome = 'saved' | 'key_taken' | 'domain_taken' | 'no_such_site' | 'time_zone_kept'

/** The sites a caller manages, as registered. */
export const sitesOf = async (clickhouse: ClickHouse, caller: Caller): Promise<readonly SiteRow[]> =>
  (await registeredSites(clickhouse)).filter(({ site_id }) => maySeeSite(caller, site_id))

/** @throws what the databases throw; then the site may be the organization's without being registered, and can be tried again */
export async function addSite(
  db: Kysely<Tables>,
  clickhouse: ClickHouse,
  organization_id: string,
  site_id: string,
  change: SiteChange,
  now: number,
): Promise<SiteOutcome> {
  // rtpx's own, as the canary's.
  if (site_id.startsWith('_')) return 'key_taken'
  if (await isTaken(clickhouse, site_id, change.domains)) return 'domain_taken'
  if (await siteKeyTaken(clickhouse, site_id)) return 'key_taken'
  // Whose it is is settled before anyone sees it.
  await db
    .insertInto('organization_sites')
    .values({ site_id, organization_id, created_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const owner = await db
    .selectFrom('organization_sites')
    .select('organization_id')
    .where('site_id', '=', site_id)
    .executeTakeFirst()
  if (owner?.organization_id !== organization_id) return 'key_taken'
  await writeSite(clickhouse, {
    site_id,
    name: change.name,
    domains: change.domains,
    time_zone: change.time_zone,
    takes_all: false,
    key_hashes: [],
    settings: JSON.stringify(change.settings),
  })
  return 'saved'
}

/** Changes a site of the caller's. */
export async function changeSite(
  clickhouse: ClickHouse,
  caller: Caller,
  site_id: string,
  change: SiteChange,
): Promise<SiteOutcome> {
  const site = (await sitesOf(clickhouse, caller)).find((one) => one.site_id === site_id)
  if (!site) return 'no_such_site'
  if (await isTaken(clickhouse, site_id, change.domains)) return 'domain_taken'
  if (site.time_zone !== change.time_zone && (await hasEvents(clickhouse, site_id))) return 'time_zone_kept'
  const { name, domains, time_zone } = change
  const settings = JSON.stringify({ ...parsed(site.settings), ...change.settings })
  await writeSite(clickhouse, { ...site, name, domains, time_zone, settings })
  return 'saved'
}

/** Whether another site, of whomever, has one of the domains. */
async function isTaken(
  clickhouse: ClickHouse,
  site_id: string,
  domains: readonly string[],
): Promise<boolean> {
  const others = (await registeredSites(clickhouse)).filter((site) => site.site_id !== site_id)
  return others.some((site) => site.domains.some((domain) => domains.includes(domain)))
}

/** The chosen settings; nothing for a text that never was any. */
export function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
