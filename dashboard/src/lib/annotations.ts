/** A note to a day of a site: what happened that the numbers may show. */
export interface Annotation {
  readonly id: string
  /** `2026-11-21`, in the site's time zone. */
  readonly day: string
  readonly text: string
  readonly author: string
  /** ms since 1970 */
  readonly created_at: number
  /** Whether shared links show it too. */
  readonly on_links: boolean
  /** Whether the asker may change it. */
  readonly mine: boolean
}

/** What a page shows of them. */
export interface Annotations {
  readonly list: readonly Annotation[]
  /** Whether the asker may add to them. */
  readonly may_add: boolean
}

export const MAX_ANNOTATION = 280
