/** Every derived table that can be recounted from the events, one file each. */
import type { RecountCheck } from './check.ts'
import { eventSummaryCheck } from './event-summary.ts'
import { pageDaysCheck, pageHoursCheck, sessionsCheck } from './pages.ts'

export const recountChecks: readonly RecountCheck[] = [
  eventSummaryCheck,
  sessionsCheck,
  pageHoursCheck,
  pageDaysCheck,
]
