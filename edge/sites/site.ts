/** A registered site, as the edge needs it. */
import type { SiteRow } from '@rtpx/clickhouse/queries/sites'
import type { AddressPolicy } from '../clients/privacy.ts'

export interface Site {
  readonly site_id: string
  /** Host names whose events are the site's; `*.example.com` takes its subdomains. */
  readonly domains: readonly string[]
  /** IANA name of the time zone in which the site's days begin. */
  readonly time_zone: string
  /** Takes every event that names no registered site. */
  readonly takes_all: boolean
  /** SHA-256 in hex of the keys with which servers may send. */
  readonly key_hashes: readonly string[]
  readonly settings: SiteSettings
}

/** What a site has chosen. */
export interface SiteSettings {
  /** What is kept of a client's address. */
  readonly source_ip: AddressPolicy
  /** Whether a browser that sends `Sec-GPC: 1` or `DNT: 1` is kept anonymous: no address, agent, visitor or session. */
  readonly honours_opt_out: boolean
}

export const DEFAULT_SETTINGS: SiteSettings = { source_ip: 'full', honours_opt_out: false }

/** What to do when a site's choice can't be read: keep as little as any choice would. */
const STRICTEST: SiteSettings = { source_ip: 'hashed', honours_opt_out: true }

const ADDRESS_POLICIES: readonly unknown[] = ['full', 'truncated', 'hashed'] satisfies AddressPolicy[]

/** A row of the registry as a site. */
export const siteOfRow = (row: SiteRow): Site => ({ ...row, settings: readSiteSettings(row.settings) })

/** The settings of the registry's JSON text; absent ones have their default, unreadable ones the strictest value. */
export function readSiteSettings(text: string): SiteSettings {
  let chosen: Record<string, unknown>
  try {
    chosen = JSON.parse(text) as Record<string, unknown>
  } catch {
    return STRICTEST
  }
  if (typeof chosen !== 'object' || chosen === null) return STRICTEST
  const { source_ip = DEFAULT_SETTINGS.source_ip, honours_opt_out = DEFAULT_SETTINGS.honours_opt_out } =
    chosen
  return {
    source_ip: ADDRESS_POLICIES.includes(source_ip) ? (source_ip as AddressPolicy) : STRICTEST.source_ip,
    honours_opt_out: typeof honours_opt_out === 'boolean' ? honours_opt_out : STRICTEST.honours_opt_out,
  }
}
