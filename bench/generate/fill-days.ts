/** Days of events in ClickHouse, up to today, folded and closed by the aggregator's own jobs as if it had run all along. */

import { aggregatorVariables } from '@rtpx/aggregator/config'
import { runJob } from '@rtpx/aggregator/job'
import { scheduledJobs } from '@rtpx/aggregator/jobs/index'
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { readSettings } from '@rtpx/clickhouse/settings'
import { EVENT_FIELDS } from '@rtpx/kafka/event'
import { insertCountedDay } from './counted-day.ts'
import { generatedDay, type Population } from './events.ts'

const DAY_MS = 86_400_000
/** Events of one INSERT. */
const INSERT_EVENTS = 1_000_000
/** Events that come before the next fold: a fold costs as much for a handful. */
const FOLD_EVENTS = 250_000
/** What has to be folded before the questions are asked, after the days are counted: each list in its order, the lists beside each other. */
const JOBS = [['close-days'], ['deposits', 'players'], ['pages']] as const
/** Days that the aggregator would not have closed yet, today included. */
const OPEN_DAYS = 9

/** So many days up to today, UTC, oldest first. */
const daysUpTo = (now: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) =>
    new Date(now - (count - 1 - index) * DAY_MS).toISOString().slice(0, 10),
  )

/** Runs a job by its name, as the aggregator runs it. @throws when it fails */
export function jobRunner(clickhouse: ClickHouse, now: () => number): (name: string) => Promise<void> {
  const jobs = new Map(
    scheduledJobs({ ...readSettings({}, aggregatorVariables) }).map(({ job }) => [job.name, job]),
  )
  return async (name) => {
    const job = jobs.get(name)
    if (!job) throw new Error(`there is no job ${name}`)
    const { error } = await runJob(job, clickhouse, now)
    if (error) throw new Error(`${name} failed: ${error}`)
  }
}

/**
 * Fills a fresh database.
 * @param events of all days, spread over them
 * @param onDay told of each day that is filled
 * @throws when a job fails
 */
export async function fillDays(
  clickhouse: ClickHouse,
  options: {
    readonly events: number
    readonly dayCount: number
    readonly population: Population
    readonly now: () => number
    /** Closed days get their counts alone, no events: as much for questions that ask for counts, in a fraction of the time. */
    readonly countsAlone?: boolean
  },
  onDay: (day: string) => void = () => {},
): Promise<void> {
  const { events, dayCount, population, now, countsAlone = false } = options
  const run = jobRunner(clickhouse, now)
  const days = daysUpTo(now(), dayCount)
  const perDay = Math.ceil(events / days.length)
  let first = 0
  let folded = 0
  for (const [index, day] of days.entries()) {
    if (countsAlone && index < days.length - OPEN_DAYS) {
      const wholeDay = { day, first, count: perDay, per_day: perDay, offset: 0 }
      await clickhouse.command(insertCountedDay(population), wholeDay)
      first += perDay
      folded = first
      onDay(day)
      continue
    }
    for (let offset = 0; offset < perDay; offset += INSERT_EVENTS) {
      const count = Math.min(perDay - offset, INSERT_EVENTS)
      await clickhouse.command(
        `INSERT INTO events_incoming (${EVENT_FIELDS.join(', ')}) ${generatedDay(population)}`,
        { day, first, count, per_day: perDay, offset },
      )
      first += count
    }
    if (first - folded >= FOLD_EVENTS) {
      await run('count-days')
      folded = first
    }
    onDay(day)
  }
  await run('count-days')
  if (countsAlone) return
  await Promise.all(
    JOBS.map(async (names) => {
      for (const name of names) await run(name)
    }),
  )
}
