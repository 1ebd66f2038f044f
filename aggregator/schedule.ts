/**
 * Runs jobs at their times. A run that fails is told and simply due again at the job's next time; while a run still
 * works its next times pass.
 */
import { Cron } from 'croner'
import type { RunReport } from './job.ts'

export interface Scheduled {
  readonly name: string
  /** Cron with seconds. */
  readonly schedule: string
  /** Runs once; a failure is in the report. */
  run(): Promise<RunReport>
}

/**
 * @param told hears of every run
 * @returns a function that takes no new runs and waits for those under way
 */
export function startSchedule(
  jobs: readonly Scheduled[],
  told: (report: RunReport) => void,
): () => Promise<void> {
  const running = new Set<Promise<void>>()
  const crons = jobs.map(
    ({ schedule, run }) =>
      new Cron(schedule, { protect: true }, async () => {
        const done = run().then(told)
        running.add(done)
        await done.finally(() => running.delete(done))
      }),
  )
  return async () => {
    for (const cron of crons) cron.stop()
    await Promise.all(running)
  }
}
