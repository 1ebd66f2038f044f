/** What an event may say of itself, as the event contract names it; a test holds the two together. */

/** What an event may say of itself; unknown names are kept as metadata. */
export interface KnownFields {
  /** A UUID of your own; the same id counts once. One is made when absent. */
  event_id?: string
  /** Another site than the script's. */
  site_id?: string
  /** The player as you know them; also set for all later events by `identify`. */
  player_id?: string | number
  /** The campaign or affiliate tag that gets the credit. */
  banner_tag?: string | number
  visitor_id?: string
  session_id?: string
  /** Milliseconds since 1970, or ISO 8601 with a zone; now when absent. */
  occurred_at?: number | string | Date
  domain?: string
  path?: string
  referrer?: string
  viewport_width?: number
  viewport_height?: number
  /** Not negative; as text when it has to be exact beyond a number's digits. */
  amount?: number | string | bigint
  /** ISO 4217, such as EUR. */
  currency?: string
  /** Your id of the payment; one transaction counts once. */
  transaction_id?: string | number
  metadata?: Record<string, unknown>
}

export type EventFields = KnownFields & Record<string, unknown>

export type EventType =
  | 'visit'
  | 'registration'
  | 'deposit'
  | 'page_view'
  | 'click'
  | 'hover'
  | 'button_click'
  | 'session_start'
  | 'purchase'
  /** Any name of yours: a lower-case letter, then up to 63 letters, digits and underscores. */
  | (string & {})
