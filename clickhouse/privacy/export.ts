/** The export of one player: one JSON text with every row of every table that is theirs, in pieces, so that memory stays bounded. */
import type { ClickHouse } from '../client.ts'
import { takeUpFacts } from '../queries/facts.ts'
import { findBelongings, type PlayerKey, statementsOf } from './belongings.ts'
import { HOLDINGS } from './holdings.ts'

/** Rows read at once. */
const PAGE_ROWS = 10_000
/** What the export leaves out, and why; written into it. */
const NOTES = [
  'player_days and player_day_arrivals count by a one-way hash and name nobody.',
  'What passes through Kafka (topics events_queue and events_rejected) and the edges’ spools stands in these tables as well.',
]

/**
 * The pieces of the export.
 * @param exportedAt milliseconds since 1970
 */
export async function* exportPlayer(
  clickhouse: ClickHouse,
  key: PlayerKey,
  exportedAt: number,
): AsyncGenerator<string> {
  await takeUpFacts(clickhouse)
  const belongings = await findBelongings(clickhouse, key)
  const [player = null] = await clickhouse.rows<Record<string, unknown>>(
    'SELECT * FROM players WHERE site_id = {site_id:String} AND player_id = {player_id:String}',
    { ...key },
  )
  const head = { format: 'rtpx player export 1', exported_at: new Date(exportedAt).toISOString(), ...key }
  const { visitors, sessions, payments } = belongings
  yield `${JSON.stringify({ ...head, notes: NOTES, player, visitors, sessions, payments }).slice(0, -1)},"tables":{`
  let isFirstTable = true
  for (const { table, parts } of HOLDINGS) {
    let isFirstRow = true
    for (const { where, params } of parts.flatMap((part) => statementsOf(part, belongings))) {
      for await (const rows of pages(clickhouse, table, where, params)) {
        const before = isFirstRow ? `${isFirstTable ? '' : ','}\n${JSON.stringify(table)}:[\n` : ',\n'
        yield before + rows.map((row) => JSON.stringify(row)).join(',\n')
        isFirstTable = isFirstRow = false
      }
    }
    if (!isFirstRow) yield ']'
  }
  yield '}}\n'
}

async function* pages(
  clickhouse: ClickHouse,
  table: string,
  where: string,
  params: Readonly<Record<string, unknown>>,
): AsyncGenerator<object[]> {
  for (let offset = 0; ; offset += PAGE_ROWS) {
    const rows = await clickhouse.rows<object>(
      `SELECT * FROM ${table} WHERE ${where} ORDER BY ALL LIMIT {limit:UInt32} OFFSET {offset:UInt64}`,
      { ...params, limit: PAGE_ROWS, offset },
    )
    if (rows.length > 0) yield rows
    if (rows.length < PAGE_ROWS) return
  }
}
