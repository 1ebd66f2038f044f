/** What the frame around every page shows: who looks, at which of their sites. */
import type { Site } from './overview.ts'
import type { Role } from './permission.ts'

export interface Shell {
  readonly site: Site
  readonly sites: readonly Site[]
  /** Today in the site's time zone. */
  readonly today: string
  readonly role: Role
  readonly name: string
  /** A shared link: one page, nothing beside it. */
  readonly shared: boolean
  /** Parameters of the URL that the link fixes. */
  readonly fixed: readonly string[]
}
