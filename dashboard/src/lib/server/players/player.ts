/** One player: everything its page shows. */
import { erasuresOf } from '@rtpx/clickhouse/privacy/ledger'
import {
  playerExists,
  playerFindings,
  playerLifecycle,
  playerPayments,
  playerSessions,
  playerTouches,
  playerVisitors,
} from '@rtpx/clickhouse/queries/player-page'
import { playerTimeline, type TimelineCursor } from '@rtpx/clickhouse/queries/player-timeline'
import { roleMay } from '#lib/permission.ts'
import type { PlayerReport } from '#lib/players/player.ts'
import type { Opened } from '../page.ts'
import { BadParameter } from './ask.ts'

const PAGE_EVENTS = 50

/** Nobody of that id was ever seen on the site. */
export class UnknownPlayer extends Error {}

/** The player a route names: `.` and `..` come as a parameter. */
export const playerOf = (url: URL, params: { readonly player_id: string }) =>
  url.searchParams.get('player_id') ?? params.player_id

/** @throws UnknownPlayer (also for one who was erased: the report says so then), BadParameter */
export async function readPlayer(opened: Opened, player_id: string): Promise<PlayerReport> {
  const { clickhouse } = opened.services
  const { site, today, caller } = opened
  if (player_id === '' || player_id.length > 1_024 || !player_id.isWellFormed()) throw new UnknownPlayer()
  const key = { site_id: site.site_id, player_id }
  // The page calls it `before`: its events go back in time.
  const before = readBefore(opened.ask('after') ?? opened.ask('before'))
  const [lifecycle, exists, visitors, payments, erasures] = await Promise.all([
    playerLifecycle(clickhouse, key),
    playerExists(clickhouse, key),
    playerVisitors(clickhouse, key),
    playerPayments(clickhouse, key),
    erasuresOf(clickhouse, key),
  ])
  if (!lifecycle && !exists && erasures.length === 0) throw new UnknownPlayer()
  const owned = visitors.filter(({ is_owned }) => is_owned).map(({ visitor_id }) => visitor_id)
  const [touches, sessions, findings, events] = await Promise.all([
    playerTouches(clickhouse, key, owned),
    playerSessions(clickhouse, key),
    playerFindings(clickhouse, key, {
      visitors: owned,
      payments: payments.map(({ payment_id }) => payment_id),
    }),
    playerTimeline(clickhouse, { ...key, visitors: owned, limit: PAGE_EVENTS + 1, before }),
  ])
  const shown = events.slice(0, PAGE_EVENTS)
  const last = events.length > PAGE_EVENTS ? shown.at(-1) : undefined
  return {
    site,
    today,
    player_id,
    lifecycle: lifecycle ?? null,
    visitors,
    touches,
    payments,
    sessions,
    findings,
    events: shown,
    next: last ? `${last.occurred_at}:${last.event_id}` : null,
    is_first_page: before === undefined,
    erasures,
    may_manage: roleMay(caller.role, 'manage'),
  }
}

function readBefore(text: string | null): TimelineCursor | undefined {
  if (text === null) return undefined
  const [, at, event_id] = /^(\d{1,14}):([0-9a-f-]{36})$/.exec(text) ?? []
  if (at === undefined || event_id === undefined)
    throw new BadParameter('invalid_cursor', 'after', 'after is what an answer called next')
  return { occurred_at: Number(at), event_id }
}
