/** What a URL asks of players: `q`, `segment`, `bots`, `sort`, `after`, `limit`. Anything else about them is a Problem. */
import { type Cursor, PLAYER_ORDERS, type PlayerOrder } from '@rtpx/clickhouse/queries/player-list'
import { type Calendar, compileSegment } from '@rtpx/clickhouse/segments/compile'
import { EVERYBODY, type Group, readSegment, SegmentError } from '@rtpx/clickhouse/segments/segment'
import { dayStart } from '#lib/time-zone.ts'
import type { Opened } from '../page.ts'
import type { Problem } from '../problem.ts'

export interface PlayersAsked {
  readonly search: string
  readonly segment: Group
  readonly with_bots: boolean
  readonly order: PlayerOrder
  readonly descending: boolean
  readonly after: Cursor | undefined
  readonly limit: number
}

const PAGE_ROWS = 50
const MAX_ROWS = 1_000
const MAX_SEARCH = 512

/** A parameter that cannot be read. */
export class BadParameter extends Error {
  constructor(
    readonly code: string,
    readonly field: string,
    message: string,
  ) {
    super(message)
  }

  get problem(): Problem {
    const { code, field, message: detail } = this
    return { status: 400, code, field, title: 'The request could not be understood', detail }
  }
}

/** @throws BadParameter */
export function readAsked(params: URLSearchParams): PlayersAsked {
  const search = params.get('q') ?? ''
  if (search.length > MAX_SEARCH || !search.isWellFormed())
    throw new BadParameter('invalid_search', 'q', `q may have ${MAX_SEARCH} characters`)
  const sort = params.get('sort') ?? '-last_event_at'
  const order = PLAYER_ORDERS.find((name) => name === sort.replace(/^-/, ''))
  if (!order)
    throw new BadParameter('invalid_sort', 'sort', `sort is one of ${PLAYER_ORDERS.join(', ')}, or - and one`)
  const limit = params.get('limit') ?? String(PAGE_ROWS)
  if (!/^\d{1,4}$/.test(limit) || Number(limit) > MAX_ROWS)
    throw new BadParameter('invalid_limit', 'limit', `limit is a whole number up to ${MAX_ROWS}`)
  const after = params.get('after')
  return {
    search,
    segment: segmentOf(params.get('segment')),
    with_bots: params.get('bots') !== '0',
    order,
    descending: sort.startsWith('-'),
    after: after === null ? undefined : readCursor(after),
    limit: Number(limit),
  }
}

function segmentOf(text: string | null): Group {
  if (text === null || text === '') return EVERYBODY
  try {
    return readSegment(text)
  } catch (error) {
    if (!(error instanceof SegmentError)) throw error
    throw new BadParameter('invalid_segment', 'segment', refusal(error))
  }
}

/** What is wrong with a segment, with the place. */
export const refusal = ({ at, message }: SegmentError) => (at === '' ? message : `${at}: ${message}`)

const readCursor = (text: string): Cursor => {
  const [, key, player_id] = /^(-?\d{1,16}):([\s\S]{0,1024})$/.exec(text) ?? []
  if (key === undefined || !player_id?.isWellFormed())
    throw new BadParameter('invalid_cursor', 'after', 'after is what an answer called next')
  return { key: Number(key), player_id }
}

/** The place after a row, as the URL has it. */
export const cursorText = ({ key, player_id }: Cursor) => `${key}:${player_id}`

/** When it is for the site. */
const calendarOf = ({ today, site }: Pick<Opened, 'today' | 'site'>): Calendar => ({
  today,
  startOf: (day) => dayStart(day, site.time_zone),
})

/** The question of a URL, for ClickHouse. */
export const questionOf = (
  opened: Pick<Opened, 'today' | 'site'>,
  { search, segment, with_bots }: Pick<PlayersAsked, 'search' | 'segment' | 'with_bots'>,
) => ({
  site_id: opened.site.site_id,
  search,
  segment: compileSegment(segment, calendarOf(opened)),
  with_bots,
})
