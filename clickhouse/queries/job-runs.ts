/** The aggregator's diary. */
import type { ClickHouse } from '../client.ts'

export interface JobRun {
  readonly job: string
  /** Milliseconds since 1970, as all times here. */
  readonly startedAt: number
  readonly finishedAt: number
  readonly watermark: number
  readonly rows: number
  /** Why it failed; empty when it did not. */
  readonly error: string
}

/** Up to when the job's work is done; 0 before its first run. */
export async function watermarkOf(clickhouse: ClickHouse, job: string): Promise<number> {
  const [row] = await clickhouse.rows<{ watermark: number }>(
    `SELECT toUnixTimestamp64Milli(max(watermark)) AS watermark FROM job_runs WHERE job = {job:String} AND error = ''`,
    { job },
  )
  return row?.watermark ?? 0
}

/** Notes a run. */
export async function recordRun(clickhouse: ClickHouse, run: JobRun): Promise<void> {
  await clickhouse.command(
    `INSERT INTO job_runs SELECT {job:String}, fromUnixTimestamp64Milli({startedAt:Int64}, 'UTC'),
       fromUnixTimestamp64Milli({finishedAt:Int64}, 'UTC'), fromUnixTimestamp64Milli({watermark:Int64}, 'UTC'),
       {rows:UInt64}, {error:String}`,
    { ...run },
  )
}

/** How a job has been doing. */
export interface JobSummary {
  readonly job: string
  /** The last run; milliseconds since 1970. */
  readonly last_started_at: number
  readonly last_finished_at: number
  readonly last_rows: number
  /** Why the last run failed; empty when it did not. */
  readonly last_error: string
  /** Up to when the work is done; milliseconds since 1970. */
  readonly watermark: number
  /** The last run that failed, and why; null when none did. */
  readonly failed_at: number | null
  readonly failure: string
  /** Runs of the last 24 hours, those that failed, and how long the slowest took. */
  readonly runs_24h: number
  readonly failures_24h: number
  readonly slowest_ms_24h: number
}

/** Each job that ran in the last eight days, by name. @param now milliseconds since 1970 */
export const jobSummaries = (clickhouse: ClickHouse, now: number) =>
  clickhouse.rows<JobSummary>(
    `WITH finished_at >= fromUnixTimestamp64Milli({now:Int64}, 'UTC') - INTERVAL 24 HOUR AS is_recent
    SELECT
      job,
      toUnixTimestamp64Milli(argMax(started_at, r.finished_at)) AS last_started_at,
      toUnixTimestamp64Milli(max(r.finished_at)) AS last_finished_at,
      argMax(r.rows, r.finished_at) AS last_rows,
      argMax(r.error, r.finished_at) AS last_error,
      toUnixTimestamp64Milli(maxIf(r.watermark, r.error = '')) AS watermark,
      toUnixTimestamp64Milli(maxOrNullIf(r.finished_at, r.error != '')) AS failed_at,
      argMaxIf(r.error, r.finished_at, r.error != '') AS failure,
      countIf(is_recent) AS runs_24h,
      countIf(is_recent AND r.error != '') AS failures_24h,
      maxIf(dateDiff('millisecond', started_at, finished_at), is_recent) AS slowest_ms_24h
    FROM job_runs AS r
    WHERE finished_at >= fromUnixTimestamp64Milli({now:Int64}, 'UTC') - INTERVAL 8 DAY
    GROUP BY job
    ORDER BY job`,
    { now },
  )

/** The newest runs of a job, newest first. @param limit at most so many */
export const recentRuns = (clickhouse: ClickHouse, job: string, limit: number) =>
  clickhouse.rows<JobRun>(
    `SELECT job, toUnixTimestamp64Milli(r.started_at) AS startedAt, toUnixTimestamp64Milli(r.finished_at) AS finishedAt,
       toUnixTimestamp64Milli(r.watermark) AS watermark, rows, error
     FROM job_runs AS r WHERE job = {job:String} ORDER BY r.finished_at DESC LIMIT {limit:UInt32}`,
    { job, limit },
  )
