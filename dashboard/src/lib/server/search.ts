/**
 * What a caller finds by name: banners, players, segments, statements, boards; each only where the caller may see it at all, a few of a
 * kind. A kind that can't be looked through in time is said to be missing; the others come all the same.
 */
import { bannerNames } from '@rtpx/clickhouse/queries/banner-names'
import { listPlayers } from '@rtpx/clickhouse/queries/player-list'
import { EVERYBODY } from '@rtpx/clickhouse/segments/segment'
import { addDays } from '#lib/day.ts'
import type { Found, Hit, HitKind } from '#lib/palette/hits.ts'
import { matches } from '#lib/palette/match.ts'
import type { Permission } from '#lib/permission.ts'
import { callerMay } from './caller.ts'
import { logger } from './log.ts'
import type { Opened } from './page.ts'
import { BadParameter, questionOf } from './players/ask.ts'
import { savedSegments } from './players/segments.ts'
import { boards } from './sql/boards.ts'
import { savedQueries } from './sql/saved.ts'
import { savedViews } from './views.ts'

/** Of a kind, at most. */
const MOST = 6
const LONGEST = 128
/** Banners of this many days are looked through. */
const DAYS = 90
/** Typing asks the same again and again. */
const SHARED_MS = 5_000

interface Kind {
  readonly kind: HitKind
  readonly permission: Permission
  readonly find: (opened: Opened, text: string) => Promise<readonly Omit<Hit, 'kind'>[]>
}

const KINDS: readonly Kind[] = [
  {
    kind: 'view',
    permission: 'read',
    find: async ({ caller }, text) =>
      (await savedViews(caller))
        .filter(({ name }) => matches(name, text))
        .map(({ id, name, href, mine }) => ({ id, name, href, about: mine ? 'yours' : 'shared' })),
  },
  { kind: 'banner', permission: 'read', find: findBanners },
  { kind: 'player', permission: 'players', find: findPlayers },
  {
    kind: 'segment',
    permission: 'players',
    find: async ({ caller, site }, text) =>
      (await savedSegments(caller.organization_id, site.site_id))
        .filter(({ name }) => matches(name, text))
        .map(({ id, name, definition }) => ({ id, name, definition, about: 'players' })),
  },
  {
    kind: 'statement',
    permission: 'sql',
    find: async ({ caller }, text) =>
      (await savedQueries(caller))
        .filter(({ name }) => matches(name, text))
        .map(({ id, name, mine }) => ({ id, name, about: mine ? 'yours' : 'shared' })),
  },
  {
    kind: 'board',
    permission: 'sql',
    find: async ({ caller }, text) =>
      (await boards(caller))
        .filter(({ name }) => matches(name, text))
        .map(({ id, name, mine }) => ({ id, name, about: mine ? 'yours' : 'shared' })),
  },
]

async function findBanners({ services, caller, site, today }: Opened, text: string) {
  const question = {
    site_id: site.site_id,
    from: addDays(today, -DAYS),
    text,
    banner_prefixes: caller.banner_prefixes,
    limit: MOST,
  }
  const found = await services.share(`banner names ${JSON.stringify(question)}`, SHARED_MS, () =>
    bannerNames(services.clickhouse, question),
  )
  return found.map(({ banner_tag }) => ({ id: banner_tag, name: banner_tag, about: `last ${DAYS} days` }))
}

async function findPlayers(opened: Opened, text: string) {
  const question = questionOf(opened, { search: text, segment: EVERYBODY, with_bots: true })
  const rows = await opened.services.share(`players by name ${JSON.stringify(question)}`, SHARED_MS, () =>
    listPlayers(opened.services.clickhouse, question, {
      order: 'last_event_at',
      descending: true,
      limit: MOST,
    }),
  )
  return rows.map(({ player_id, stage }) => ({ id: player_id, name: player_id, about: stage }))
}

/** Looks for `q` among what the caller may see. @throws BadParameter */
export async function search(opened: Opened): Promise<Found> {
  const text = opened.ask('q')?.trim() ?? ''
  if (text.length > LONGEST || !text.isWellFormed())
    throw new BadParameter('invalid_search', 'q', `q may have ${LONGEST} characters`)
  if (text === '') return { hits: [], missing: [] }
  const asked = KINDS.filter(({ permission }) => callerMay(opened.caller, permission))
  const found = await Promise.all(
    asked.map(async ({ kind, find }) => {
      try {
        return { kind, hits: (await find(opened, text)).slice(0, MOST) }
      } catch (error) {
        logger.warn({ err: error }, `${kind}s could not be looked through`)
        return { kind, hits: null }
      }
    }),
  )
  return {
    hits: found.flatMap(({ kind, hits }) => (hits ?? []).map((hit) => ({ kind, ...hit }))),
    missing: found.filter(({ hits }) => hits === null).map(({ kind }) => kind),
  }
}
