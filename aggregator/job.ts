/**
 * A job and one run of it.
 *
 * - A job's work is idempotent: running it twice, at the same time, or again after being killed leaves the same tables.
 * - Its watermark moves only when a run has finished, so a killed run is simply done again.
 */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { recordRun, watermarkOf } from '@rtpx/clickhouse/queries/job-runs'

export interface JobResult {
  /** Up to when the work is now done; milliseconds since 1970. */
  readonly watermark: number
  /** Rows written. */
  readonly rows: number
  /** What there is to say to whoever runs the job by hand. */
  readonly lines?: readonly string[]
}

export interface Job {
  readonly name: string
  /** @param watermark up to when earlier runs have done the work; 0 at first. Milliseconds since 1970 */
  run(clickhouse: ClickHouse, watermark: number): Promise<JobResult>
}

/** What happened in one run. */
export interface RunReport {
  readonly job: string
  readonly rows: number
  readonly durationMs: number
  /** Up to when the job's work is done; where it was before, when the run failed. Milliseconds since 1970. */
  readonly watermark: number
  /** Why the run failed; empty when it did not. */
  readonly error: string
  /** What the job has to say. */
  readonly lines?: readonly string[]
}

/**
 * Runs a job from its watermark and notes the run; a failure is part of the report, not an exception.
 * @param since take this instant for the watermark; milliseconds since 1970
 * @param now the clock, milliseconds since 1970
 */
export async function runJob(
  job: Job,
  clickhouse: ClickHouse,
  now: () => number,
  since?: number,
): Promise<RunReport> {
  const startedAt = now()
  const run = { watermark: 0, rows: 0, error: '' }
  let lines: readonly string[] = []
  try {
    run.watermark = await watermarkOf(clickhouse, job.name)
    const result = await job.run(clickhouse, since ?? run.watermark)
    run.watermark = result.watermark
    run.rows = result.rows
    lines = result.lines ?? []
  } catch (error) {
    run.error = error instanceof Error ? error.message : String(error)
  }
  const finishedAt = now()
  const report = { job: job.name, durationMs: finishedAt - startedAt, lines, ...run }
  try {
    await recordRun(clickhouse, { job: job.name, startedAt, finishedAt, ...run })
  } catch (error) {
    return { ...report, error: report.error || `the run could not be noted: ${String(error)}` }
  }
  return report
}
