/** What the traffic model makes: events by the names of the contract, and how each is meant. */

export interface TrafficEvent {
  readonly event_id: string
  readonly event_type: 'visit' | 'registration' | 'deposit' | 'page_view' | 'click'
  /** Milliseconds since 1970. */
  readonly occurred_at: number
  readonly player_id?: string
  readonly banner_tag?: string
  readonly visitor_id?: string
  readonly session_id?: string
  readonly domain: string
  readonly path: string
  readonly referrer?: string
  readonly viewport_width?: number
  readonly viewport_height?: number
  readonly amount?: string
  readonly currency?: string
  readonly transaction_id?: string
  readonly metadata?: Readonly<Record<string, string>>
  readonly source_ip: string
  readonly user_agent: string
}

export interface Sending {
  /** When it is sent, milliseconds since 1970; a duplicate's `occurred_at` is earlier. */
  readonly at: number
  readonly event: TrafficEvent
  /** `duplicate`: the same event sent again. `bad`: the edge must refuse it. */
  readonly kind: 'good' | 'duplicate' | 'bad'
}
