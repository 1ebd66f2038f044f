/** Every job with its schedule. */
import type { Job } from '../job.ts'
import { playersJob } from './players.ts'

export interface ScheduledJob {
  readonly job: Job
  /** Cron with seconds. */
  readonly schedule: string
}

export function scheduledJobs(settings: {
  PLAYERS_SCHEDULE: string
  DORMANT_AFTER_DAYS: number
}): ScheduledJob[] {
  return [{ job: playersJob(settings.DORMANT_AFTER_DAYS), schedule: settings.PLAYERS_SCHEDULE }]
}
