/** Puts the realtime page together: one statement a second for a site and its filters, however many watch. */
import { type RealtimeNow, realtimeNow } from '@rtpx/clickhouse/queries/realtime'
import { nowFiltersOf, OTHER_TYPES, type RealtimeReport, SHOWN_TYPES } from '#lib/realtime.ts'
import { clockAt } from '#lib/time-zone.ts'
import type { Opened } from './page.ts'

const SHARED_MS = 700
/** Events of the stream, and names of a list. */
const LIMIT = 100

/** What a URL asks for. A partner sees its banners' events, and nothing of players. @throws what the ClickHouse client throws */
export async function readRealtime(
  opened: Opened,
  { limit = LIMIT, streams_bots = false } = {},
): Promise<RealtimeReport> {
  const { services, caller, site, ask, now } = opened
  const filters = nowFiltersOf(ask)
  const { banner_prefixes } = caller
  const with_bots = ask('bots') === '1'
  const question = { site_id: site.site_id, filters, banner_prefixes, with_bots, streams_bots, limit }
  const { minutes, stream, ...counts } = await services.share(
    `realtime ${JSON.stringify(question)}`,
    SHARED_MS,
    () => realtimeNow(services.clickhouse, { ...question, now }),
  )
  const last = Math.floor(now / 60_000) * 60
  const starts = Array.from({ length: 30 }, (_, index) => last - (29 - index) * 60)
  return {
    ...counts,
    site,
    filters,
    with_bots,
    minutes: starts.map((start) => clockAt(start * 1000, site.time_zone)),
    types: byType(minutes, starts),
    stream: banner_prefixes === null ? stream : stream.map((event) => ({ ...event, player_id: '' })),
  }
}

function byType(minutes: RealtimeNow['minutes'], starts: readonly number[]): RealtimeReport['types'] {
  const place = new Map(starts.map((start, index) => [start, index]))
  const types = Object.fromEntries(
    [...SHOWN_TYPES, OTHER_TYPES].map((type) => [type, starts.map(() => 0)]),
  ) as Record<string, number[]>
  for (const { minute, event_type, events } of minutes) {
    const index = place.get(minute)
    const isShown = SHOWN_TYPES.some((type) => type === event_type)
    const values = types[isShown ? event_type : OTHER_TYPES]
    if (index !== undefined && values) values[index] = (values[index] ?? 0) + events
  }
  return types
}
