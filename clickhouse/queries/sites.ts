/** The site registry. */
import type { ClickHouse } from '../client.ts'

export interface SiteRow {
  readonly site_id: string
  readonly name: string
  readonly domains: readonly string[]
  readonly time_zone: string
  readonly takes_all: boolean
  readonly key_hashes: readonly string[]
  /** What the site has chosen, as JSON. */
  readonly settings: string
}

/** Every registered site, by its key. */
export function registeredSites(clickhouse: ClickHouse): Promise<SiteRow[]> {
  return clickhouse.rows<SiteRow>(
    'SELECT site_id, name, domains, time_zone, takes_all, key_hashes, settings FROM sites ORDER BY site_id',
  )
}

/** Lets servers with this key send events of the site; does nothing when they already may. @param keyHash SHA-256 in hex */
export async function addServerKey(clickhouse: ClickHouse, siteId: string, keyHash: string): Promise<void> {
  await clickhouse.command(
    `INSERT INTO sites_log (site_id, name, domains, time_zone, takes_all, settings, key_hashes)
     SELECT site_id, name, domains, time_zone, takes_all, settings, arrayPushBack(key_hashes, {keyHash:String})
     FROM sites WHERE site_id = {siteId:String} AND NOT has(key_hashes, {keyHash:String})`,
    { siteId, keyHash },
  )
}

/** Writes a site anew; the newest version counts. */
export async function writeSite(clickhouse: ClickHouse, site: SiteRow): Promise<void> {
  const { site_id, name, domains, time_zone, takes_all, settings, key_hashes } = site
  const row = { site_id, name, domains, time_zone, takes_all, settings, key_hashes }
  await clickhouse.insertLines('sites_log', [JSON.stringify(row)])
}

/** Whether a site ever had this key, those that are gone included. */
export async function siteKeyTaken(clickhouse: ClickHouse, siteId: string): Promise<boolean> {
  const sql = 'SELECT 1 AS found FROM sites_log WHERE site_id = {siteId:String} LIMIT 1'
  return (await clickhouse.rows(sql, { siteId })).length > 0
}
