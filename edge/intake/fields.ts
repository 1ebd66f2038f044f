/** Which field of the contract a name means: built once from the contract's aliases, case as written. */
import { columnOf, EDGE_FIELDS, EVENT_FIELDS, type EventField } from '@rtpx/kafka/event'

/** Fields the edge fills in for a browser, but a server with a key may set for its visitors. */
export const SERVER_FIELDS: ReadonlySet<EventField> = new Set(['source_ip', 'user_agent'])

const NEVER_SENT: ReadonlySet<EventField> = new Set(EDGE_FIELDS.filter((field) => !SERVER_FIELDS.has(field)))
const SENT = EVENT_FIELDS.filter((field) => !NEVER_SENT.has(field) && field !== 'metadata')

function namesOf(aliases: (field: EventField) => readonly string[]): ReadonlyMap<string, EventField> {
  return new Map(SENT.flatMap((field) => [field, ...aliases(field)].map((name) => [name, field] as const)))
}

/** Names a query may use, each with its field. */
export const QUERY_NAMES = namesOf((field) => columnOf(field).aliases)

/** Names a body may use, each with its field. */
export const BODY_NAMES = namesOf((field) => [...columnOf(field).aliases, ...columnOf(field).bodyAliases])
