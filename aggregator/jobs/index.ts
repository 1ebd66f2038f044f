/** Every job with its schedule. */
import type { Job } from '../job.ts'
import { anomaliesJob } from './anomalies.ts'
import { depositsJob } from './deposits.ts'
import { playersJob } from './players.ts'

export interface ScheduledJob {
  readonly job: Job
  /** Cron with seconds. */
  readonly schedule: string
}

export function scheduledJobs(settings: {
  PLAYERS_SCHEDULE: string
  DORMANT_AFTER_DAYS: number
  DEPOSITS_SCHEDULE: string
  ANOMALIES_SCHEDULE: string
}): ScheduledJob[] {
  return [
    { job: playersJob(settings.DORMANT_AFTER_DAYS), schedule: settings.PLAYERS_SCHEDULE },
    { job: depositsJob(), schedule: settings.DEPOSITS_SCHEDULE },
    { job: anomaliesJob({ now: Date.now }), schedule: settings.ANOMALIES_SCHEDULE },
  ]
}
