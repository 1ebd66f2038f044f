/** Systems of their own for pages to be opened on: with a month of the demo's players, sent through the edge, or with a year of counts. */
import { join } from 'node:path'
import { type ClickHouse, connectClickHouse } from '@rtpx/clickhouse/client'
import type { Context } from '../bench.ts'
import { POPULATION } from '../generate/events.ts'
import { fillDays } from '../generate/fill-days.ts'
import { startChild } from '../measure/child.ts'
import { terminalProgress } from '../progress.ts'
import { ownSystem } from '../system.ts'

const DAYS = 30

/** @returns where its parts are. @throws when it does not start, or the month was not taken */
export async function monthOfDemo(
  context: Context,
  days = DAYS,
): Promise<{ edge: string; dashboard: string }> {
  context.say('  starting the system')
  const { edge, dashboard } = (await ownSystem(context, 'direct')).urls
  context.say(`  sending ${days} days of traffic`)
  const demo = startChild(
    {
      command: [
        process.execPath,
        join(import.meta.dir, '../traffic/demo.ts'),
        '--history-only',
        '--edge',
        edge,
        '--days',
        String(days),
      ],
      env: { RTPX_DATA: `${context.folder}/data` },
      logFile: join(context.folder, 'demo.log'),
    },
    context.cleanup,
  )
  if ((await demo.exited) !== 0) throw new Error(`the month was not taken: ${demo.output().slice(-1_000)}`)
  return { edge, dashboard }
}

const CAUGHT_UP_MS = 300_000
const YEAR = { dayCount: 365, population: POPULATION, now: Date.now, countsAlone: true } as const

/**
 * A system with so many events over a year: those of the last days, and of the days before what closing leaves of them, their counts.
 * @returns where its dashboard is, and its ClickHouse
 */
export async function yearOfCounts(
  context: Context,
  events: number,
): Promise<{ dashboard: string; clickhouse: ClickHouse }> {
  context.say('  starting the system')
  const { dashboard, clickhouse: url } = (await ownSystem(context, 'direct')).urls
  const clickhouse = connectClickHouse({
    url,
    username: 'default',
    password: '',
    database: 'rtpx',
    requestTimeoutMs: 600_000,
  })
  context.cleanup.add(() => clickhouse.close())
  const filled = terminalProgress(`  ${events.toLocaleString('en')} events`, 'days filled', YEAR.dayCount)
  let days = 0
  await fillDays(clickhouse, { ...YEAR, events }, (day) => {
    days += 1
    filled.update(days, day)
  })
  filled.end()
  // As an hour would have left it: counts merged, and nothing left for the aggregator to catch up with.
  await clickhouse.command('OPTIMIZE TABLE day_counts_log FINAL')
  context.say('  waiting for the aggregator')
  const deadline = performance.now() + CAUGHT_UP_MS
  for (let left = 1; left > 0 && performance.now() < deadline; await Bun.sleep(500)) {
    const [row] = await clickhouse.rows<{ left: number }>(
      'SELECT (SELECT count() FROM fact_arrivals) + (SELECT count() FROM system.merges) AS left',
    )
    left = row?.left ?? 0
  }
  return { dashboard, clickhouse }
}
