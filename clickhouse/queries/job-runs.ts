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
