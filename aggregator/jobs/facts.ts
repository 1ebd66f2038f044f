/**
 * Facts: hands what has arrived on to the tables of facts (players, visitors, payments, clocks, traffic) in few large blocks, so that the
 * door of the events has few views. Jobs that read facts run it first themselves.
 */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { takeUpFacts } from '@rtpx/clickhouse/queries/facts'
import type { Job, JobResult } from '../job.ts'

/** @param now the clock, milliseconds since 1970 */
export function factsJob(now: () => number): Job {
  return {
    name: 'facts',
    async run(clickhouse: ClickHouse): Promise<JobResult> {
      const watermark = now()
      return { watermark, rows: await takeUpFacts(clickhouse) }
    },
  }
}

/** A job that needs the facts of everything that has arrived. */
export function afterFacts(job: Job): Job {
  return {
    name: job.name,
    async run(clickhouse, watermark) {
      await takeUpFacts(clickhouse)
      return job.run(clickhouse, watermark)
    },
  }
}
