/** Players that match a URL: the API's page of them, the dashboard's, and all of them as CSV. */
import {
  countPlayers,
  everyPlayer,
  listPlayers,
  type PlayerRow,
  suggestBanners,
  suggestTraits,
} from '@rtpx/clickhouse/queries/player-list'
import { EVERYBODY } from '@rtpx/clickhouse/segments/segment'
import { csvFile, csvLines } from '#lib/csv.ts'
import { roleMay } from '#lib/permission.ts'
import type { PlayerPage, PlayersReport, Suggestions } from '#lib/players/list.ts'
import { logger } from '../log.ts'
import type { Opened } from '../page.ts'
import { BadParameter, cursorText, type PlayersAsked, questionOf, readAsked } from './ask.ts'
import { savedSegments } from './segments.ts'

/** How old the lists that the builder suggests from may be, ms. */
const SUGGESTIONS_MS = 60_000
/** Typing asks the same again and again. */
const COUNT_MS = 2_000

/** A page of players and how many there are. */
export async function readPage(opened: Opened, asked: PlayersAsked): Promise<PlayerPage> {
  const { clickhouse, share } = opened.services
  const question = questionOf(opened, asked)
  const { order, descending, after, limit } = asked
  const [stages, rows] = await Promise.all([
    share(`players ${JSON.stringify(question)}`, COUNT_MS, () => countPlayers(clickhouse, question)),
    limit === 0 ? [] : listPlayers(clickhouse, question, { order, descending, after, limit: limit + 1 }),
  ])
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return {
    total: Object.values(stages).reduce((sum, count) => sum + count, 0),
    stages,
    players: shown.map(({ order_key: _, ...player }) => player),
    next: last ? cursorText({ key: last.order_key, player_id: last.player_id }) : null,
  }
}

/** The players of a page's URL as they change, for whoever has the page open. */
export const watchPlayers = (opened: Opened): Promise<PlayerPage> =>
  readPage(opened, askedOrEverybody(opened.params).asked)

/** What the page shows. A link whose parameters cannot be read shows everybody and says so. */
export async function readPlayers(opened: Opened, params: URLSearchParams): Promise<PlayersReport> {
  const { asked, refused } = askedOrEverybody(params)
  const { site, today, caller } = opened
  const [page, suggestions, saved] = await Promise.all([
    readPage(opened, asked),
    suggest(opened),
    savedSegments(caller.organization_id, site.site_id),
  ])
  return {
    ...page,
    site,
    today,
    search: asked.search,
    segment: asked.segment,
    with_bots: asked.with_bots,
    refused,
    order: asked.order,
    descending: asked.descending,
    is_first_page: asked.after === undefined,
    suggestions,
    saved,
    may_edit: roleMay(caller.role, 'edit'),
  }
}

function askedOrEverybody(params: URLSearchParams): { asked: PlayersAsked; refused: string | null } {
  try {
    return { asked: readAsked(params), refused: null }
  } catch (error) {
    if (!(error instanceof BadParameter)) throw error
    return { asked: { ...readAsked(new URLSearchParams()), segment: EVERYBODY }, refused: error.message }
  }
}

async function suggest({ services, site }: Opened): Promise<Suggestions> {
  const { clickhouse, share } = services
  return share(`suggestions ${site.site_id}`, SUGGESTIONS_MS, async () => {
    const [banners, traits] = await Promise.all([
      suggestBanners(clickhouse, site.site_id),
      suggestTraits(clickhouse, site.site_id),
    ])
    return { banners: banners.map(({ banner_tag }) => banner_tag), ...traits }
  })
}

const CSV_HEAD = [
  'player_id',
  'stage',
  'acquiring_banner',
  'converting_banner',
  'first_seen',
  'last_event_at',
  'registration_at',
  'deposit_at',
  'total_deposits',
  'amounts',
]
const iso = (ms: number | null) => (ms === null ? '' : new Date(ms).toISOString())
const csvRow = (player: PlayerRow) => [
  player.player_id,
  player.stage,
  player.banner_tag,
  player.converting_banner_tag,
  iso(player.first_seen),
  iso(player.last_event_at),
  iso(player.registration_at),
  iso(player.deposit_at),
  player.total_deposits,
  Object.entries(player.amounts)
    .map(([currency, amount]) => `${amount} ${currency}`.trim())
    .join('; '),
]

/** Every matching player as CSV, streamed by id: a file that ends early fails as a download, it is never quietly short. */
export function playersCsv(opened: Opened, asked: PlayersAsked): Response {
  const rows = everyPlayer(opened.services.clickhouse, questionOf(opened, asked))
  const encoder = new TextEncoder()
  let isFirst = true
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        if (isFirst) {
          isFirst = false
          return controller.enqueue(encoder.encode(csvFile([CSV_HEAD])))
        }
        const { value, done } = await rows.next()
        if (done) controller.close()
        else controller.enqueue(encoder.encode(csvLines(value.map(csvRow))))
      } catch (error) {
        logger.warn({ err: error }, 'a download of players ended early')
        controller.error(error)
      }
    },
    cancel: () => void rows.return(undefined),
  })
  const name = `players_${opened.site.site_id.replace(/[^\w-]/g, '_')}_${opened.today}.csv`
  return new Response(body, {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${name}"`,
      'cache-control': 'no-store',
    },
  })
}
