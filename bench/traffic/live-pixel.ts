/** A live event as a browser sends it: a pixel's address and the headers that come with it. */
import type { TrafficEvent } from './model/event.ts'

const OWN_PATHS: ReadonlySet<string> = new Set(['visit', 'registration', 'deposit'])

/** What a browser does not say in the query: its headers and the edge's clock tell it. */
const NOT_IN_QUERY: ReadonlySet<string> = new Set([
  'event_type',
  'occurred_at',
  'source_ip',
  'user_agent',
  'metadata',
])

/** `GET` this. The address is believed only by an edge that trusts this machine as a proxy. */
export function livePixel(edgeUrl: string, event: TrafficEvent): { url: string; headers: Headers } {
  const query = new URLSearchParams()
  if (!OWN_PATHS.has(event.event_type)) query.set('event_type', event.event_type)
  for (const [name, value] of Object.entries(event))
    if (!NOT_IN_QUERY.has(name)) query.set(name, String(value))
  for (const [name, value] of Object.entries(event.metadata ?? {})) query.set(name, value)
  const path = OWN_PATHS.has(event.event_type) ? event.event_type : 'pixel.gif'
  return {
    url: `${edgeUrl}/${path}?${query}`,
    headers: new Headers({
      'user-agent': event.user_agent,
      referer: `https://${event.domain}${event.path}`,
      'x-forwarded-for': event.source_ip,
      accept: 'image/avif,image/webp,image/*,*/*;q=0.8',
    }),
  }
}
