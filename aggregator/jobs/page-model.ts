/** Page analytics in plain TypeScript, from the distinct events: what every table and answer is compared with in tests. */

import type { PageFilters, PageNumbers } from '@rtpx/clickhouse/queries/pages'

/** An event as the edge puts it on the topic: what page analytics reads of it. */
interface Event {
  readonly event_id: string
  readonly event_type: string
  readonly event_date: string
  readonly occurred_at: number
  readonly player_id?: string
  readonly visitor_id?: string
  readonly session_id?: string
  readonly source_ip?: string
  readonly user_agent?: string
  readonly domain?: string
  readonly path?: string
  readonly referrer?: string
  readonly banner_tag?: string
  readonly device?: string
  readonly country?: string
  readonly is_bot?: boolean
}

const PAUSE_MS = 1_800_000
const QUIET = ['page_view', 'visit', 'session_start', 'hover']

interface View {
  readonly at: number
  readonly domain: string
  readonly path: string
}

/** A session as the model has it; times in ms since 1970. */
export interface ModelSession {
  readonly event_date: string
  readonly session_id: string
  readonly visitor: string
  readonly player_id: string
  readonly started_at: number
  readonly duration_ms: number
  readonly entry: View
  readonly exit: View
  /** Its page views; after filtering, those that pass. */
  readonly views: readonly View[]
  readonly engagements: number
  readonly is_bounce: boolean
  readonly channel: string
  readonly source: string
  readonly referrer_host: string
  readonly utm_source: string
  readonly banner_tag: string
  readonly device: string
  readonly country: string
  readonly is_bot: boolean
}

/** The sources the tests' events name. */
const KNOWN: Readonly<Record<string, readonly [channel: string, source: string]>> = {
  'www.google.co.uk': ['search', 'Google'],
  't.co': ['social', 'X'],
  'mail.google.com': ['referral', 'mail.google.com'],
}

export function modelSessions(events: readonly Event[]): ModelSession[] {
  const groups = new Map<string, Event[]>()
  const inOrder = [...events].sort((a, b) => a.occurred_at - b.occurred_at)
  const latest = new Map<string, { key: string; at: number }>()
  for (const event of inOrder) {
    if (event.event_type !== 'page_view' && !event.session_id) continue
    const who = `${event.event_date} ${event.session_id ? `session ${event.session_id}` : visitorOf(event)}`
    const before = latest.get(who)
    const isNew = !event.session_id && (!before || event.occurred_at - before.at > PAUSE_MS)
    const key = isNew ? `${who} ${event.occurred_at}` : (before?.key ?? who)
    latest.set(who, { key, at: event.occurred_at })
    groups.set(key, [...(groups.get(key) ?? []), event])
  }
  return [...groups.values()].flatMap((group) => sessionOf(group) ?? [])
}

function visitorOf(event: Event): string {
  if (event.visitor_id) return `visitor ${event.visitor_id}`
  if (event.player_id) return `player ${event.player_id}`
  if (event.source_ip || event.user_agent)
    return `client ${event.event_date} ${event.source_ip} ${event.user_agent}`
  return `event ${event.event_id}`
}

function sessionOf(events: readonly Event[]): ModelSession | undefined {
  const first = events[0]
  const last = events.at(-1)
  const pages = events.filter(({ event_type }) => event_type === 'page_view')
  const page = pages[0]
  if (!first || !last || !page) return undefined
  const engagements = events.filter(({ event_type }) => !QUIET.includes(event_type)).length
  const host = first.referrer ? new URL(first.referrer).hostname : ''
  const referrer_host = host.endsWith('shop.example') ? '' : host
  const utm_source = new URLSearchParams((first.path ?? '').split('?')[1]).get('utm_source') ?? ''
  const [channel, source] = utm_source
    ? ['campaign', utm_source]
    : referrer_host === ''
      ? ['direct', '']
      : (KNOWN[referrer_host] ?? ['referral', referrer_host.replace(/^www\./, '')])
  const views = pages.map(({ occurred_at: at, domain = '', path = '' }) => ({
    at,
    domain,
    path: path.replace(/[?#].*$/s, ''),
  }))
  const [entry, exit] = [views[0], views.at(-1)]
  if (!entry || !exit) return undefined
  return {
    event_date: first.event_date,
    session_id: first.session_id ?? '',
    visitor: visitorOf(page),
    player_id: events.find(({ player_id }) => player_id)?.player_id ?? '',
    started_at: first.occurred_at,
    duration_ms: last.occurred_at - first.occurred_at,
    entry,
    exit,
    views,
    engagements,
    is_bounce: pages.length === 1 && engagements === 0,
    channel: channel ?? '',
    source: source ?? '',
    referrer_host,
    utm_source,
    banner_tag: events.find(({ banner_tag }) => banner_tag)?.banner_tag ?? '',
    device: page.device ?? '',
    country: page.country ?? '',
    is_bot: events.some(({ is_bot }) => is_bot),
  }
}

/** Sessions that pass the filters, with the views that do. */
export function modelFiltered(
  sessions: readonly ModelSession[],
  filters: PageFilters,
  withBots: boolean,
): ModelSession[] {
  const passes = (filter: string | undefined, value: string) => filter === undefined || filter === value
  return sessions
    .filter((session) => withBots || !session.is_bot)
    .filter((session) => passes(filters.source, session.source) && passes(filters.channel, session.channel))
    .filter((session) => passes(filters.country, session.country) && passes(filters.device, session.device))
    .filter((session) => passes(filters.banner, session.banner_tag))
    .map((session) => ({ ...session, views: session.views.filter(keeps) }))
    .filter(({ views }) => views.length > 0)

  function keeps({ domain, path }: View) {
    return passes(filters.domain, domain) && passes(filters.page, path)
  }
}

/**
 * Numbers by key, largest key first in the order of text.
 * @param keysOf the key of a view of its session
 * @param isEntry whether a session that has the key began so
 */
export function modelNumbers(
  sessions: readonly ModelSession[],
  keyOf: (session: ModelSession, view: View) => readonly unknown[],
  isEntry: (session: ModelSession, key: string) => boolean = () => true,
): Record<string, PageNumbers> {
  const found = new Map<string, { views: number; visitors: Set<string>; sessions: Set<ModelSession> }>()
  for (const session of sessions)
    for (const view of session.views) {
      const key = JSON.stringify(keyOf(session, view))
      const group = found.get(key) ?? {
        views: 0,
        visitors: new Set<string>(),
        sessions: new Set<ModelSession>(),
      }
      found.set(key, group)
      group.views += 1
      group.visitors.add(`${session.event_date} ${session.is_bot} ${session.visitor}`)
      group.sessions.add(session)
    }
  return Object.fromEntries(
    [...found]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, group]) => {
        const entries = [...group.sessions].filter((session) => isEntry(session, key))
        return [
          key,
          {
            views: group.views,
            visitors: group.visitors.size,
            sessions: group.sessions.size,
            entries: entries.length,
            bounces: entries.filter(({ is_bounce }) => is_bounce).length,
            duration_ms: [...group.sessions].reduce((sum, { duration_ms }) => sum + duration_ms, 0),
          },
        ]
      }),
  )
}
