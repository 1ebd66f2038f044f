/**
 * The event contract: one TypeBox schema that is the validation, the TypeScript type and the ClickHouse columns.
 *
 * - A field's name is its column's name, everywhere. `clickhouse` is the column's type, `description` its COMMENT,
 *   `aliases` are the other names a client may send it under.
 * - An `Event` is what the edge puts on the topic: one flat record, absent where empty, times in whole milliseconds.
 */
import { FormatRegistry, type Static, type TSchema, Type } from '@sinclair/typebox'

/** What a column adds to a TypeBox field. */
interface Column {
  readonly clickhouse: string
  readonly description: string
  /** Other names the field may have in a query or a body. */
  readonly aliases?: readonly string[]
  /** Names it may have in a body only: too common to be taken from a query that others may add to. */
  readonly bodyAliases?: readonly string[]
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
FormatRegistry.Set('uuid', (text) => UUID.test(text))

const text = (maxLength: number, column: Column & { pattern?: string; minLength?: number }) =>
  Type.Optional(Type.String({ maxLength, ...column }))
const time = (column: Column) => Type.Integer({ minimum: 0, maximum: 4_102_444_800_000, ...column })
const pixels = (column: Column) => Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535, ...column }))

/** The longest `metadata`, in bytes of JSON. */
export const METADATA_MAX_BYTES = 4096

/** The pattern of an event type's name: a built-in one or any of the site's own. */
export const EVENT_TYPE_PATTERN = '^[a-z][a-z0-9_]{0,63}$'

export const EventSchema = Type.Object(
  {
    event_id: Type.String({
      format: 'uuid',
      clickhouse: 'UUID',
      description:
        "The event's identity: the client's UUID, or a UUIDv7 stamped by the edge; the same id counts once",
      aliases: ['eventId'],
      bodyAliases: ['id'],
    }),
    site_id: Type.String({
      minLength: 1,
      maxLength: 64,
      clickhouse: 'LowCardinality(String)',
      description: 'The registered site the event belongs to',
      aliases: ['site', 'siteId'],
    }),
    event_type: Type.String({
      pattern: EVENT_TYPE_PATTERN,
      clickhouse: 'LowCardinality(String)',
      description: 'visit, registration, deposit, page_view, click, hover, … or a name of the site’s own',
      aliases: ['eventType'],
      bodyAliases: ['type', 'event'],
    }),
    player_id: text(128, {
      clickhouse: 'String',
      description: 'The player or user, as the brand knows them; empty while anonymous',
      aliases: ['pid', 'playerId', 'user_id', 'userId'],
    }),
    banner_tag: text(128, {
      clickhouse: 'LowCardinality(String)',
      description: 'The campaign or affiliate tag that gets the credit',
      aliases: ['btag', 'bannerTag'],
    }),
    visitor_id: text(64, {
      clickhouse: 'String',
      description: 'The anonymous first-party visitor',
      aliases: ['visitorId'],
    }),
    session_id: text(64, {
      clickhouse: 'String',
      description: "The visitor's session",
      aliases: ['sessionId'],
    }),
    occurred_at: time({
      clickhouse: "DateTime64(3, 'UTC')",
      description: "When it happened by the client's clock, clamped to a window around the edge's; ms",
      aliases: ['occurredAt'],
      bodyAliases: ['timestamp'],
    }),
    created_at: time({
      clickhouse: "DateTime64(3, 'UTC')",
      description: 'When the edge took the event, by its clock; ms',
    }),
    event_date: Type.String({
      pattern: '^\\d{4}-\\d\\d-\\d\\d$',
      clickhouse: 'Date',
      description: "The day of occurred_at in the site's time zone",
    }),
    domain: text(253, {
      clickhouse: 'LowCardinality(String)',
      description: 'Host name of the page, lower case',
    }),
    path: text(2048, {
      clickhouse: 'String',
      description: 'Path of the page, with its query',
    }),
    referrer: text(2048, { clickhouse: 'String', description: 'The page that led here' }),
    viewport_width: pixels({
      clickhouse: 'UInt16',
      description: "Width of the page's viewport; CSS pixels, 0 unknown",
    }),
    viewport_height: pixels({
      clickhouse: 'UInt16',
      description: "Height of the page's viewport; CSS pixels, 0 unknown",
    }),
    amount: text(29, {
      pattern: '^\\d{1,20}(\\.\\d{1,8})?$',
      clickhouse: 'Nullable(Decimal(28, 8))',
      description: 'Amount of a deposit or purchase, exact, in currency; NULL when none was sent',
    }),
    currency: text(10, {
      pattern: '^[A-Z][A-Z0-9]{2,9}$',
      clickhouse: 'LowCardinality(String)',
      description: 'ISO 4217 code (or a coin’s ticker) of amount, upper case',
    }),
    transaction_id: text(128, {
      clickhouse: 'String',
      description: "The brand's id of the payment; one transaction counts once",
      aliases: ['transactionId'],
    }),
    metadata: text(METADATA_MAX_BYTES, {
      clickhouse: 'String',
      description: 'Everything else the client sent, as one bounded JSON object (for example s and b)',
    }),
    source_ip: text(45, {
      clickhouse: 'String',
      description: "Client address, as the site's policy keeps it: whole, truncated or hashed",
    }),
    user_agent: text(512, { clickhouse: 'String', description: "The client's User-Agent header" }),
    country: text(2, {
      clickhouse: 'LowCardinality(String)',
      description: 'ISO 3166 code from the address; empty unknown',
    }),
    device: text(16, {
      clickhouse: 'LowCardinality(String)',
      description: 'desktop, mobile, tablet, tv, … ; empty unknown',
    }),
    browser: text(64, {
      clickhouse: 'LowCardinality(String)',
      description: 'Browser family from user_agent',
    }),
    os: text(64, { clickhouse: 'LowCardinality(String)', description: 'Operating system from user_agent' }),
    is_bot: Type.Optional(
      Type.Boolean({
        clickhouse: 'Bool',
        description: 'The user agent is a known bot; marked, never dropped',
      }),
    ),
  },
  { additionalProperties: false },
)

/** One event as it travels on the topic; fields that are empty are absent. */
export type Event = Static<typeof EventSchema>
export type EventField = keyof Event

/** Every field of the contract in the order of the table's columns. */
export const EVENT_FIELDS = Object.keys(EventSchema.properties) as EventField[]

/** The column of a field: ClickHouse type, COMMENT and the other names a client may use. */
export function columnOf(field: EventField): Required<Column> {
  const {
    clickhouse,
    description = '',
    aliases = [],
    bodyAliases = [],
  }: TSchema = EventSchema.properties[field]
  return { clickhouse, description, aliases, bodyAliases }
}

/** Fields only the edge may set, whatever a browser sends. */
export const EDGE_FIELDS = [
  'created_at',
  'event_date',
  'source_ip',
  'user_agent',
  'country',
  'device',
  'browser',
  'os',
  'is_bot',
] as const satisfies readonly EventField[]

/** What each built-in type needs beyond the fields every event has. */
export const BUILT_IN_TYPES = {
  visit: ['player_id', 'banner_tag'],
  registration: ['player_id', 'banner_tag'],
  deposit: ['player_id', 'banner_tag'],
  page_view: ['path'],
  click: [],
  hover: [],
  button_click: [],
  session_start: [],
  purchase: [],
} as const satisfies Record<string, readonly EventField[]>

/**
 * Who an event is ordered by: all events of one player (else visitor, session, or the event alone) share a partition.
 */
export function orderingKey(event: Event): string {
  return event.player_id || event.visitor_id || event.session_id || event.event_id
}
