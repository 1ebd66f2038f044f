/** The jobs as lines of text: when each is due, and how it has been doing. */
import type { JobSummary } from '@rtpx/clickhouse/queries/job-runs'
import type { ScheduledJob } from './jobs/index.ts'

/** @param now milliseconds since 1970 */
export function jobLines(
  jobs: readonly ScheduledJob[],
  summaries: readonly JobSummary[],
  now: number,
): string[] {
  const known = new Map(summaries.map((summary) => [summary.job, summary]))
  const rows = jobs.map(({ job, schedule }) => {
    const summary = known.get(job.name)
    if (!summary) return [job.name, schedule, 'never ran', '', '', '']
    const { last_started_at, last_finished_at, last_rows, last_error, runs_24h, failures_24h, watermark } =
      summary
    return [
      job.name,
      schedule,
      `${ago(now - last_finished_at)} ago, ${last_finished_at - last_started_at} ms, ${last_rows} rows`,
      watermark > 0 ? `done up to ${ago(now - watermark)} ago` : 'never done',
      `24 h: ${runs_24h} runs, ${failures_24h} failed`,
      last_error === '' ? '' : `failed: ${last_error.split('\n', 1)[0]?.slice(0, 120)}`,
    ]
  })
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** A span of time in its largest fitting unit. */
function ago(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
  ] as const
  const [unit, size] = units.find(([, least]) => ms >= 2 * least) ?? ['s', 1_000]
  return `${Math.max(0, Math.round(ms / size))} ${unit}`
}
