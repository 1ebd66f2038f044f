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
  const hashes = await hashColumns(clickhouse)
  let isFirstTable = true
  for (const { table, parts } of HOLDINGS) {
    let isFirstRow = true
    for (const { where, params } of parts.flatMap((part) => statementsOf(part, belongings))) {
      for await (const rows of pages(clickhouse, exactRows(table, hashes.get(table)), where, params)) {
        const before = isFirstRow ? `${isFirstTable ? '' : ','}\n${JSON.stringify(table)}:[\n` : ',\n'
        yield before + rows.map((row) => JSON.stringify(row)).join(',\n')
        isFirstTable = isFirstRow = false
      }
    }
    if (!isFirstRow) yield ']'
  }
  yield '}}\n'
}

/** By table, its 64-bit hashes: a JSON number is exact to 53 bits only. */
async function hashColumns(clickhouse: ClickHouse): Promise<Map<string, string[]>> {
  const rows = await clickhouse.rows<{ table: string; name: string }>(
    `SELECT table, name FROM system.columns
     WHERE database = currentDatabase() AND type = 'UInt64' AND has({tables:Array(String)}, table) ORDER BY ALL`,
    { tables: HOLDINGS.map(({ table }) => table) },
  )
  const byTable = Map.groupBy(rows, ({ table }) => table)
  return new Map([...byTable].map(([table, columns]) => [table, columns.map(({ name }) => name)]))
}

/** What selects a table's rows, with its hashes as text. The rows are found inside, where these names are still numbers. */
const exactRows =
  (table: string, hashes: readonly string[] = []) =>
  (rows: string) =>
    hashes.length === 0
      ? `SELECT * FROM ${table} ${rows}`
      : `SELECT * REPLACE (${hashes.map((name) => `toString(\`${name}\`) AS \`${name}\``).join(', ')}) FROM (SELECT * FROM ${table} ${rows}) ORDER BY ALL`

async function* pages(
  clickhouse: ClickHouse,
  select: (rows: string) => string,
  where: string,
  params: Readonly<Record<string, unknown>>,
): AsyncGenerator<object[]> {
  for (let offset = 0; ; offset += PAGE_ROWS) {
    const rows = await clickhouse.rows<object>(
      select(`WHERE ${where} ORDER BY ALL LIMIT {limit:UInt32} OFFSET {offset:UInt64}`),
      { ...params, limit: PAGE_ROWS, offset },
    )
    if (rows.length > 0) yield rows
    if (rows.length < PAGE_ROWS) return
  }
}
