/**
 * Judges one event: names and values from a client become a record of the contract, or a refusal with its reason.
 *
 * - Pure: clock, ids, sites and the sender are passed in; the same input gives the same answer.
 * - Whatever is accepted satisfies the contract's schema; nothing is dropped in silence: unknown names go to metadata.
 */
import { BUILT_IN_TYPES, type Event, type EventField } from '@rtpx/kafka/event'
import type { AddressPolicy } from '../clients/privacy.ts'
import type { Site } from '../sites/site.ts'
import { SERVER_FIELDS } from './fields.ts'
import { emptyMetadata, type Metadata, metadataText } from './metadata.ts'
import { pageOf } from './page.ts'
import { Refusal } from './refusal.ts'
import type { Sender } from './sender.ts'
import type { Sent } from './sent.ts'
import { clampTime, timeOfUuid } from './time-window.ts'
import { READ_FIELD } from './values.ts'

/** What judging needs from its surroundings. */
export interface Judge {
  /** The site of a key and candidate domains, most telling first. */
  findSite(key: string | undefined, domains: readonly (string | undefined)[]): Site | undefined
  /** Local day of an instant for the site. */
  dayOf(site: Site, ms: number): string
  /** What the user agent tells; fields it does not tell are absent. */
  describe(userAgent: string): Pick<Event, 'device' | 'browser' | 'os' | 'is_bot'>
  /** ISO 3166 code of an address's country, where it is known. */
  countryOf(address: string): string | undefined
  /** What the site's policy keeps of an address. */
  keepAddress(policy: AddressPolicy, address: string, day: string): string
  /** The edge's clock, milliseconds since 1970. */
  now(): number
  /** A fresh UUIDv7. */
  newId(): string
}

/** An event that was accepted. */
export interface Judged {
  readonly event: Event
  /** The client gave the event its id, so it may send it again. */
  readonly isNamed: boolean
}

type Draft = { [Field in EventField]?: Event[Field] | undefined }

/**
 * @param sent names and values as the client sent them
 * @param names which field each name means: QUERY_NAMES or BODY_NAMES
 * @param sender who sent it and what their request's headers tell
 * @param type the event type the route stands for, if it does
 */
export function readEvent(
  sent: Sent,
  names: ReadonlyMap<string, EventField>,
  sender: Sender,
  judge: Judge,
  type?: string,
): Judged | Refusal {
  const draft: Draft = type === undefined ? {} : { event_type: type }
  const metadata = emptyMetadata()
  const refusal = collect(sent, names, sender, draft, metadata)
  if (refusal) return refusal
  // A body with a page but no type is a page view: simple trackers name none.
  if (draft.event_type === undefined && draft.path !== undefined) draft.event_type = 'page_view'
  draft.domain ??= sender.page?.domain
  draft.path ??= sender.page?.path
  return complete(draft, metadata, sender, judge)
}

/** Sorts what was sent into fields and metadata. */
function collect(
  sent: Sent,
  names: ReadonlyMap<string, EventField>,
  sender: Sender,
  draft: Draft,
  metadata: Metadata,
): Refusal | undefined {
  for (let at = 0; at < sent.names.length; at += 1) {
    const name = sent.names[at] ?? ''
    const value = sent.values[at]
    const field = names.get(name)
    if (field !== undefined && (sender.isServer || !SERVER_FIELDS.has(field))) {
      const refusal = set(draft, field, value)
      if (refusal) return refusal
    } else if (name === 'page_url' || name === 'viewport') {
      const refusal = setParts(draft, name, value)
      if (refusal) return refusal
    } else if (name === 'metadata' && typeof value === 'object') {
      if (Array.isArray(value)) return new Refusal('bad_metadata', 'metadata', 'metadata must be an object')
      Object.assign(metadata, value)
    } else if (value !== undefined) {
      metadata[name] = value
    }
  }
  return undefined
}

function set(draft: Draft, field: EventField, raw: unknown): Refusal | undefined {
  const value = raw === null ? undefined : READ_FIELD[field]?.(raw)
  if (value === undefined) return undefined
  if (value instanceof Refusal) return value
  const present = draft[field]
  if (present !== undefined && present !== value)
    return new Refusal('duplicate_field', field, `${field} is given twice with different values`)
    // READ_FIELD gives each field a value of its type.
  ;(draft as Record<EventField, unknown>)[field] = value
  return undefined
}

/** The two names that carry two fields each: a page's address, and a viewport's width and height. */
function setParts(draft: Draft, name: 'page_url' | 'viewport', value: unknown): Refusal | undefined {
  if (name === 'page_url') {
    const page = typeof value === 'string' ? pageOf(value) : undefined
    if (!page) return new Refusal('bad_field', 'path', 'page_url must be an address or a path')
    return (page.domain ? set(draft, 'domain', page.domain) : undefined) ?? set(draft, 'path', page.path)
  }
  const [width, height] =
    typeof value === 'string'
      ? value.split('x')
      : [(value as { width?: unknown } | null)?.width, (value as { height?: unknown } | null)?.height]
  return set(draft, 'viewport_width', width ?? null) ?? set(draft, 'viewport_height', height ?? null)
}

/** Gives a draft its site, times and derived fields, and checks that nothing its type needs is missing. */
function complete(draft: Draft, metadata: Metadata, sender: Sender, judge: Judge): Judged | Refusal {
  if (draft.event_type === undefined) return missing('event_type')
  const needed = Object.hasOwn(BUILT_IN_TYPES, draft.event_type)
    ? BUILT_IN_TYPES[draft.event_type as keyof typeof BUILT_IN_TYPES]
    : []
  for (const field of needed) if (draft[field] === undefined) return missing(field)

  const site =
    sender.site ?? judge.findSite(draft.site_id, [draft.domain, sender.originDomain, sender.page?.domain])
  if (!site) return new Refusal('unknown_site', 'site_id', 'no registered site has this key or domain')
  if (sender.site && draft.site_id !== undefined && draft.site_id !== sender.site.site_id)
    return new Refusal('bad_key', 'site_id', 'the key belongs to another site')

  const created_at = judge.now()
  // A retry carries the same UUIDv7: its time keeps the event on one day, whenever the retry comes.
  const claimed = draft.occurred_at ?? (draft.event_id === undefined ? undefined : timeOfUuid(draft.event_id))
  const occurred_at = clampTime(claimed, created_at, sender.isServer)
  if (draft.occurred_at !== undefined && draft.occurred_at !== occurred_at)
    metadata.client_occurred_at = draft.occurred_at
  const text = isEmpty(metadata) ? undefined : metadataText(metadata)
  if (text instanceof Refusal) return text

  const event_date = judge.dayOf(site, occurred_at)
  const isAnonymous = site.settings.honours_opt_out && sender.optsOut === true
  const address = draft.source_ip ?? sender.sourceIp
  const userAgent = draft.user_agent ?? sender.userAgent
  const client = userAgent === undefined ? undefined : judge.describe(userAgent)
  const event: Draft = {
    event_id: draft.event_id ?? judge.newId(),
    site_id: site.site_id,
    event_type: draft.event_type,
    player_id: draft.player_id,
    banner_tag: draft.banner_tag,
    visitor_id: isAnonymous ? undefined : draft.visitor_id,
    session_id: isAnonymous ? undefined : draft.session_id,
    occurred_at,
    created_at,
    event_date,
    domain: draft.domain,
    path: draft.path,
    referrer: draft.referrer,
    viewport_width: draft.viewport_width,
    viewport_height: draft.viewport_height,
    amount: draft.amount,
    currency: draft.currency,
    transaction_id: draft.transaction_id,
    metadata: text,
    source_ip:
      address && !isAnonymous ? judge.keepAddress(site.settings.source_ip, address, event_date) : undefined,
    user_agent: isAnonymous ? undefined : userAgent,
    country: address && judge.countryOf(address),
    device: client?.device,
    browser: client?.browser,
    os: client?.os,
    is_bot: client?.is_bot,
  }
  return { event: event as Event, isNamed: draft.event_id !== undefined }
}

function missing(field: EventField): Refusal {
  return new Refusal('missing_field', field, `${field} is needed`)
}

function isEmpty(metadata: Metadata): boolean {
  for (const _ in metadata) return false
  return true
}
