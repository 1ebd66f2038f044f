/** How much room an event takes: on the topic, in the log of events, and in every table together, after merging. What the capacity model rests on. */

import { takeUpFacts } from '@rtpx/clickhouse/queries/facts'
import { startMigrated } from '@rtpx/clickhouse/testing'
import { EVENT_FIELDS } from '@rtpx/kafka/event'
import type { Bench, Context } from '../bench.ts'
import { generatedDay, POPULATION } from '../generate/events.ts'
import { type Row, row } from '../measure/row.ts'

const LARGEST = 8

export const storageBench: Bench = {
  name: 'storage',
  about: 'bytes an event takes, on the topic and in the tables',
  bars: [],
  run,
}

async function run(context: Context): Promise<{ rows: Row[]; notes: string[] }> {
  const events = context.quick ? 50_000 : 2_000_000
  const { clickhouse, stop } = await context.cleanup.hold(
    () => startMigrated({ requestTimeoutMs: 600_000 }),
    (started) => started.stop(),
  )
  void stop
  const day = new Date().toISOString().slice(0, 10)
  // A busy day, of which this is a part: players come back within it.
  const params = { day, first: 0, count: events, per_day: 10 * events, offset: 0 }
  context.say(`  inserting ${events.toLocaleString('en')} events`)
  await clickhouse.command(
    `INSERT INTO events_incoming (${EVENT_FIELDS.join(', ')}) ${generatedDay(POPULATION)} SETTINGS max_insert_block_size = 65536, min_insert_block_size_rows = 65536`,
    params,
  )
  await takeUpFacts(clickhouse)
  const wire = await clickhouse.rows<{ bytes: number }>(
    `SELECT avg(length(formatRowNoNewline('JSONEachRow', *)) + 1) AS bytes FROM (${generatedDay(POPULATION, 'wire')} LIMIT 20000)`,
    params,
  )
  const tables = await clickhouse.rows<{ table: string }>(
    `SELECT DISTINCT table FROM system.parts WHERE active AND database = currentDatabase() AND rows > 1000`,
  )
  context.say('  merging')
  for (const { table } of tables) await clickhouse.command(`OPTIMIZE TABLE ${table} FINAL`)
  const sizes = await clickhouse.rows<{ table: string; bytes: number }>(
    `SELECT table, sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table ORDER BY bytes DESC`,
  )
  const log = sizes.find(({ table }) => table === 'events_log')?.bytes ?? 0
  const all = sizes.reduce((sum, { bytes }) => sum + bytes, 0)
  return {
    rows: [
      row('storage', 'on the topic, uncompressed', wire[0]?.bytes ?? 0, 'bytes/event'),
      row('storage', 'log of events', log / events, 'bytes/event'),
      row('storage', 'every table, one open day', all / events, 'bytes/event'),
      ...sizes
        .slice(0, LARGEST)
        .map(({ table, bytes }) => row('storage', table, bytes / events, 'bytes/event')),
    ],
    notes: [`${events.toLocaleString('en')} events, merged; of the tables the ${LARGEST} largest`],
  }
}
