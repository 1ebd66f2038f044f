/** Every job with its schedule. */

import type { Flight } from '@rtpx/clickhouse/health/canary'
import { senderOf } from '../alerts/sender.ts'
import type { AggregatorSettings } from '../config.ts'
import type { Job } from '../job.ts'
import { alertsJob } from './alerts.ts'
import { anomaliesJob } from './anomalies.ts'
import { brokenLinesJob } from './broken-lines.ts'
import { canaryJob } from './canary.ts'
import { closeDaysJob } from './close-days.ts'
import { countDaysJob } from './count-days.ts'
import { deliveriesJob } from './deliveries.ts'
import { depositsJob } from './deposits.ts'
import { erasuresJob } from './erasures.ts'
import { factsJob } from './facts.ts'
import { integrityJob } from './integrity.ts'
import { pagesJob } from './pages.ts'
import { playersJob } from './players.ts'
import { recountJob } from './recount.ts'
import { reportsJob } from './reports.ts'
import { retentionJob } from './retention.ts'

export interface ScheduledJob {
  readonly job: Job
  /** Cron with seconds. */
  readonly schedule: string
}

/** @param settings `repair` lets the job recount correct what differs; `onFlight` hears of each canary */
export function scheduledJobs(
  settings: AggregatorSettings & { repair?: boolean; onFlight?: (flight: Flight) => void },
): ScheduledJob[] {
  const countDays = countDaysJob()
  const closeDays = closeDaysJob(settings.CLOSE_DAYS_AFTER_HOURS)
  const pages = pagesJob()
  const facts = factsJob(Date.now)
  const { RECOUNT_DAYS: days, repair = false } = settings
  const recount = recountJob({ days, repair, before: [facts, countDays, closeDays, pages] })
  return [
    { job: facts, schedule: settings.FACTS_SCHEDULE },
    { job: countDays, schedule: settings.COUNT_DAYS_SCHEDULE },
    { job: closeDays, schedule: settings.CLOSE_DAYS_SCHEDULE },
    { job: recount, schedule: settings.RECOUNT_SCHEDULE },
    { job: brokenLinesJob(), schedule: settings.BROKEN_LINES_SCHEDULE },
    { job: playersJob(settings.DORMANT_AFTER_DAYS), schedule: settings.PLAYERS_SCHEDULE },
    { job: pages, schedule: settings.PAGES_SCHEDULE },
    { job: retentionJob(retentionDefaults(settings)), schedule: settings.RETENTION_SCHEDULE },
    { job: depositsJob(), schedule: settings.DEPOSITS_SCHEDULE },
    { job: erasuresJob(), schedule: settings.ERASURES_SCHEDULE },
    { job: integrityJob(), schedule: settings.INTEGRITY_SCHEDULE },
    ...(settings.EDGE_NODES.length > 0
      ? [{ job: canaryJob(settings.EDGE_NODES, settings.onFlight), schedule: settings.CANARY_SCHEDULE }]
      : []),
    { job: anomaliesJob({ now: Date.now }), schedule: settings.ANOMALIES_SCHEDULE },
    {
      job: alertsJob({ now: Date.now, database: settings.CLICKHOUSE_DATABASE }),
      schedule: settings.ALERTS_SCHEDULE,
    },
    { job: reportsJob(Date.now), schedule: settings.REPORTS_SCHEDULE },
    {
      job: deliveriesJob({ now: Date.now, send: senderOf(settings, Date.now) }),
      schedule: settings.DELIVERIES_SCHEDULE,
    },
  ]
}

/** What a site keeps that chose nothing. */
const retentionDefaults = (settings: AggregatorSettings) => ({
  events_days: settings.RETENTION_EVENTS_DAYS,
  page_minutes_hours: settings.RETENTION_PAGE_MINUTES_HOURS,
  page_hours_days: settings.RETENTION_PAGE_HOURS_DAYS,
  sessions_days: settings.RETENTION_SESSIONS_DAYS,
  rejected_days: settings.RETENTION_REJECTED_DAYS,
})
