/** What a site's form says, judged: a change, or what is wrong with each field. */

/** How long each kind of row is kept: its setting, its name for people, the least that may be chosen. */
export const RETENTIONS = [
  // Browsers may send what happened up to 7 days before.
  ['events_days', 'Events, days', 8],
  ['page_minutes_hours', 'Page views by minute, hours', 1],
  ['page_hours_days', 'Page views by hour, days', 1],
  ['sessions_days', 'Sessions, days', 1],
  ['rejected_days', 'Rejected events, days', 1],
] as const

export const ADDRESS_POLICIES = [
  ['full', 'Whole'],
  ['truncated', 'Without its last part'],
  ['hashed', 'As a hash'],
] as const

export interface SiteChange {
  readonly name: string
  readonly domains: readonly string[]
  readonly time_zone: string
  readonly settings: {
    readonly source_ip: string
    readonly honours_opt_out: boolean
    readonly retention: Readonly<Record<string, number>>
  }
}

type Ask = (name: string) => string

export const DOMAIN = /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$|^localhost$/
export const DOMAINS_MAX = 200
export const SITE_KEY = /^[a-z0-9][a-z0-9_-]{0,63}$/

/** @param ask a field's text; empty for one that is not there */
export function siteChangeFrom(ask: Ask): {
  readonly change: SiteChange
  readonly faults: Partial<Record<string, string>>
} {
  const name = ask('name').trim().slice(0, 100)
  const domains = [
    ...new Set(
      ask('domains')
        .toLowerCase()
        .split(/[\s,]+/)
        .filter(Boolean),
    ),
  ]
  const bad = domains.find((domain) => !DOMAIN.test(domain))
  const time_zone = ask('time_zone')
  const source_ip = ask('source_ip')
  const faults: Partial<Record<string, string>> = {}
  if (name === '') faults.name = 'Say what to call it.'
  if (bad) faults.domains = `“${bad}” is no host name, as brand.com or *.brand.com.`
  if (domains.length > DOMAINS_MAX)
    faults.domains = `These are ${domains.length}; ${DOMAINS_MAX} are the most.`
  if (!isTimeZone(time_zone)) faults.time_zone = 'There is no such time zone.'
  if (!ADDRESS_POLICIES.some(([policy]) => policy === source_ip)) faults.source_ip = 'Choose one.'
  const retention: Record<string, number> = {}
  for (const [field, , least] of RETENTIONS) {
    const text = ask(field).trim()
    const value = Number(text)
    if (text === '') continue
    if (Number.isInteger(value) && (value === 0 || value >= least) && value <= 36_500)
      retention[field] = value
    else faults[field] = `A whole number from ${least}; 0 is for ever, nothing is as the install.`
  }
  const settings = { source_ip, honours_opt_out: ask('honours_opt_out') === 'on', retention }
  return { change: { name, domains, time_zone, settings }, faults }
}

function isTimeZone(name: string): boolean {
  try {
    return name !== '' && new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== ''
  } catch {
    return false
  }
}
