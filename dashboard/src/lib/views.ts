/** A view of a page that somebody keeps: an address under a name. What it shows is decided when it is opened, by who opens it. */
export interface SavedView {
  readonly id: string
  readonly name: string
  /** Where it leads: always a path of this dashboard. */
  readonly href: string
  readonly shared: boolean
  /** Whether the asker may change it. */
  readonly mine: boolean
}

export const MAX_VIEW_NAME = 120
