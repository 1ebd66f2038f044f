/** The sites at one moment: which site an event belongs to, and who may send for it as a server. Immutable. */
import { timingSafeEqual } from 'node:crypto'
import type { Site } from './site.ts'

export class Directory {
  private readonly byKey = new Map<string, Site>()
  private readonly byDomain = new Map<string, Site>()
  private readonly byParentDomain = new Map<string, Site>()
  private readonly catchAll: Site | undefined

  constructor(readonly sites: readonly Site[]) {
    for (const site of sites) {
      this.byKey.set(site.site_id, site)
      for (const domain of site.domains) {
        if (domain.startsWith('*.')) this.byParentDomain.set(domain.slice(2), site)
        else this.byDomain.set(domain, site)
      }
    }
    this.catchAll = sites.find((site) => site.takes_all)
  }

  /**
   * The site of an event: by its key, else by the first of its domains that is registered, else the one that takes all.
   * A key that is given but unknown is never replaced by a domain's site.
   */
  find(key: string | undefined, domains: readonly (string | undefined)[]): Site | undefined {
    if (key !== undefined) return this.byKey.get(key) ?? this.catchAll
    if (this.byDomain.size + this.byParentDomain.size > 0) {
      for (const domain of domains) {
        const site = domain && this.siteOfDomain(domain)
        if (site) return site
      }
    }
    return this.catchAll
  }

  /** The site whose server key this is, compared in constant time; none when no site has it. */
  siteOfServerKey(key: string): Site | undefined {
    const hash = hashOf(key)
    let found: Site | undefined
    for (const site of this.sites)
      for (const candidate of site.key_hashes) if (sameText(candidate, hash)) found = site
    return found
  }

  private siteOfDomain(domain: string): Site | undefined {
    const exact = this.byDomain.get(domain)
    if (exact) return exact
    for (let dot = domain.indexOf('.'); dot >= 0; dot = domain.indexOf('.', dot + 1)) {
      const site = this.byParentDomain.get(domain.slice(dot + 1))
      if (site) return site
    }
    return undefined
  }
}

/** What the registry keeps of a server key: SHA-256 in hex. */
export function hashOf(key: string): string {
  return new Bun.CryptoHasher('sha256').update(key).digest('hex')
}

function sameText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
