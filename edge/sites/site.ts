/** A registered site, as the edge needs it. */
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
}
