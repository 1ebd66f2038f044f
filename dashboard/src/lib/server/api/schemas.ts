/** The shapes that answers of the API are made of; names are the tables' column names. Answers may gain fields, never lose them. */
import { type TSchema, Type } from '@sinclair/typebox'

export const Day = Type.String({ format: 'date', description: 'A day in the time zone of the site' })
const Millis = Type.Integer({ description: 'Milliseconds since 1970' })
const Count = Type.Integer({ minimum: 0 })
export const Exact = Type.String({ pattern: '^-?\\d+(\\.\\d+)?$', description: 'An exact decimal' })
export const Text = Type.String()
const orNull = (schema: TSchema) => Type.Union([schema, Type.Null()])
export const Next = orNull(
  Type.String({ description: 'What to give as `after` for the next part; null after the last' }),
)

export const Problem = Type.Object({
  type: Text,
  title: Text,
  status: Type.Integer(),
  code: Type.String({ description: 'Stable; programs decide by it' }),
  field: Type.Optional(Type.String({ description: 'The parameter or field to blame' })),
  detail: Text,
})

const pageKpis = {
  page_views: Count,
  visitors: Count,
  sessions: Count,
  bounce_rate: orNull(Type.Number()),
  session_ms: orNull(Type.Number()),
}
const campaignKpis = {
  visits: Count,
  registrations: Count,
  deposits: Count,
  visit_to_registration: orNull(Type.Number()),
  registration_to_deposit: orNull(Type.Number()),
  deposited: Type.Array(Type.Object({ currency: Text, amount: Exact })),
}
export const Kpis = Type.Object({
  site_id: Text,
  from: Day,
  to: Day,
  now: Type.Object({ ...pageKpis, ...campaignKpis }),
  before: Type.Object({ from: Day, to: Day, ...campaignKpis }),
})

const Counts = Type.Array(Count)
export const Timeseries = Type.Object({
  site_id: Text,
  unit: Type.Union([Type.Literal('hour'), Type.Literal('day')]),
  buckets: Type.Array(Text),
  unfinished: orNull(Type.Integer({ description: 'Index of the bucket in progress' })),
  page_views: Counts,
  visitors: Counts,
  events: Type.Record(Text, Counts),
})

export const PageRow = Type.Object({
  domain: Text,
  path: Text,
  views: Count,
  visitors: Count,
  sessions: Count,
  entries: Count,
  bounces: Count,
  duration_ms: Count,
})

export const RecentEvent = Type.Object({
  id: Type.String({ format: 'uuid' }),
  at: Millis,
  event_type: Text,
  player_id: Text,
  banner_tag: Text,
  domain: Text,
  path: Text,
  country: Text,
  device: Text,
  amount: orNull(Exact),
  currency: Text,
  is_bot: Type.Boolean(),
})

const Amounts = Type.Array(Type.Object({ currency: Text, amount: Exact, payments: Count }))
const campaign = {
  visits: Count,
  registrations: Count,
  first_deposits: Count,
  deposits: Count,
  amounts: Amounts,
  players: Count,
}
export const Campaigns = Type.Object({
  site_id: Text,
  from: Day,
  to: Day,
  currency: orNull(Text),
  currencies: Type.Array(Text),
  rows: Type.Array(Type.Object({ name: Text, ...campaign })),
  total: Type.Object(campaign),
  page: Type.Object({ offset: Count, limit: Count, of: Count }),
  next: Next,
})

export const Funnel = Type.Object({
  site_id: Text,
  from: Day,
  to: Day,
  window: Text,
  steps: Type.Array(
    Type.Object({
      event_type: Text,
      people: Count,
      of_first: orNull(Type.Number()),
      of_previous: orNull(Type.Number()),
      median_ms: orNull(Type.Number()),
      p90_ms: orNull(Type.Number()),
    }),
  ),
  conversion: orNull(Type.Number()),
})

export const Retention = Type.Object({
  site_id: Text,
  from: Day,
  to: Day,
  start: Text,
  period: Text,
  cohorts: Type.Array(
    Type.Object({
      from: Day,
      to: Day,
      size: Count,
      cells: Type.Array(Type.Object({ players: Count, amount: Exact, unfinished: Type.Boolean() })),
    }),
  ),
})

const stage = Type.Union(['visitor', 'registered', 'depositor', 'dormant'].map((name) => Type.Literal(name)))
const Player = Type.Object({
  player_id: Text,
  stage,
  banner_tag: Text,
  converting_banner_tag: Text,
  first_seen: Millis,
  last_event_at: Millis,
  registration_at: orNull(Millis),
  deposit_at: orNull(Millis),
  total_deposits: Count,
  amounts: Type.Record(Text, Exact),
})
export const Players = Type.Object({
  total: Count,
  stages: Type.Record(Text, Count),
  players: Type.Array(Player),
  next: Next,
})
export const PlayerPage = Type.Object({
  player_id: Text,
  lifecycle: orNull(Player),
  payments: Type.Array(
    Type.Object({ event_type: Text, payment_id: Text, currency: Text, amount: orNull(Exact) }),
  ),
  events: Type.Array(Type.Object({ event_id: Text, event_type: Text, occurred_at: Millis })),
  next: Next,
})

export const Segment = Type.Object({ id: Text, name: Text, definition: Type.Any() })
export const Note = Type.Object({ id: Text, day: Day, text: Text, author: Text, on_links: Type.Boolean() })
export const Domain = Type.Object({ domain: Text, site_id: Text })
export const Cost = Type.Object({
  cost_id: Text,
  banner_tag: Text,
  from_day: Day,
  to_day: Day,
  amount: Exact,
  currency: Text,
})
export const Rejected = Type.Object({ reason: Text, field: Text, raw: Text, rejected_at: Millis })
export const Recount = Type.Object({
  event_date: Day,
  recounted_at: Millis,
  tables: Type.Array(Text),
  differences: Type.Array(Type.Any()),
})
export const Replay = Type.Object({
  done: Type.Boolean(),
  reason: Text,
  taken: Count,
  stored: Count,
  changes: Type.Array(Type.Any()),
})
export const Alerts = Type.Object({
  rules: Type.Array(Type.Any()),
  alerts: Type.Array(Type.Any()),
  channels: Type.Array(Type.Any()),
})
export const MetricRow = Type.Object({ event_date: Day, event_type: Text, count: Count })
