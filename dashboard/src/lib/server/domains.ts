/**
 * The domains of a caller's sites, for programs: what `settings/sites` shows as a form. A domain is one site's; edges know of a change
 * within seconds.
 */
import { registeredSites, writeSite } from '@rtpx/clickhouse/queries/sites'
import { DOMAIN, DOMAINS_MAX } from '#lib/site-settings.ts'
import { sitesOf } from './accounts/sites.ts'
import type { Caller } from './caller.ts'
import type { Services } from './clickhouse.ts'
import type { Problem } from './problem.ts'

export interface Domain {
  readonly domain: string
  readonly site_id: string
}

type Fields = Readonly<Record<string, unknown>>

const problem = (status: number, code: string, field: string, detail: string): Problem => ({
  status,
  code,
  field,
  title: 'The domain was not changed',
  detail,
})
const noSuchDomain = () => problem(404, 'unknown_domain', 'domain', 'None of your sites has this domain.')
const noSuchSite = () => problem(404, 'unknown_site', 'site_id', 'None of your sites has this key.')
const taken = () => problem(409, 'domain_taken', 'domain', 'The domain is another site’s.')

/** Every domain of the caller's sites, in order. */
export async function domainsOf({ clickhouse }: Services, caller: Caller): Promise<Domain[]> {
  return (await sitesOf(clickhouse, caller))
    .flatMap(({ site_id, domains }) => domains.map((domain) => ({ domain, site_id })))
    .sort((a, b) => (a.domain < b.domain ? -1 : 1))
}

/** Gives a site a domain: `{ domain, site_id }`. A second time changes nothing. */
export async function addDomain(
  services: Services,
  caller: Caller,
  fields: Fields,
): Promise<Domain | Problem> {
  const domain = domainIn(fields.domain)
  if (typeof domain !== 'string') return domain
  return inTurn(() => place(services, caller, domain, fields.site_id, undefined))
}

/** Renames a domain or gives it to another of the caller's sites: `{ domain, new_domain?, site_id? }`. */
export async function changeDomain(
  services: Services,
  caller: Caller,
  fields: Fields,
): Promise<Domain | Problem> {
  const domain = domainIn(fields.domain)
  if (typeof domain !== 'string') return domain
  const renamed = fields.new_domain === undefined ? domain : domainIn(fields.new_domain)
  if (typeof renamed !== 'string') return { ...renamed, field: 'new_domain' }
  return inTurn(async () => {
    const known = (await domainsOf(services, caller)).find((one) => one.domain === domain)
    return known ? place(services, caller, renamed, fields.site_id ?? known.site_id, known) : noSuchDomain()
  })
}

/** Takes a domain from its site. @returns whether it was there */
export const removeDomain = ({ clickhouse }: Services, caller: Caller, domain: string): Promise<boolean> =>
  inTurn(async () => {
    const site = (await sitesOf(clickhouse, caller)).find(({ domains }) => domains.includes(domain))
    if (!site) return false
    await writeSite(clickhouse, { ...site, domains: site.domains.filter((one) => one !== domain) })
    return true
  })

let latest: Promise<unknown> = Promise.resolve()

/** After every change begun before: a site is written whole, so of two at once the later would undo the earlier. */
function inTurn<T>(change: () => Promise<T>): Promise<T> {
  const mine = latest.then(change)
  latest = mine.catch(() => {})
  return mine
}

/** Puts a domain on a site of the caller's, and takes `old` from where it was. */
async function place(
  { clickhouse }: Services,
  caller: Caller,
  domain: string,
  site_id: unknown,
  old: Domain | undefined,
): Promise<Domain | Problem> {
  const all = await registeredSites(clickhouse)
  const mine = await sitesOf(clickhouse, caller)
  const site = mine.find((one) => one.site_id === site_id)
  if (!site) return noSuchSite()
  const owner = all.find(({ domains }) => domains.includes(domain))
  // The one that is moved is let go by its site; another name of that site stays its own.
  if (owner && owner.site_id !== site.site_id && domain !== old?.domain) return taken()
  const isMoved = old !== undefined && old.site_id !== site.site_id
  const domains = [...new Set([...site.domains.filter((one) => one !== old?.domain), domain])]
  if (domains.length > DOMAINS_MAX)
    return problem(400, 'too_many_domains', 'domain', `A site has ${DOMAINS_MAX} domains at most.`)
  const from = isMoved ? mine.find((one) => one.site_id === old.site_id) : undefined
  // Taken away first: for a moment it is nobody's rather than two sites'.
  if (from)
    await writeSite(clickhouse, { ...from, domains: from.domains.filter((one) => one !== old?.domain) })
  await writeSite(clickhouse, { ...site, domains })
  return { domain, site_id: site.site_id }
}

function domainIn(value: unknown): string | Problem {
  const text = typeof value === 'string' ? value.trim().toLowerCase() : ''
  return DOMAIN.test(text)
    ? text
    : problem(400, 'invalid_domain', 'domain', 'A domain is a host name, as brand.com or *.brand.com.')
}
