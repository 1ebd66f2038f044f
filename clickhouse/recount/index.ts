/** Every derived table that can be recounted from the events, one file each. */
import type { RecountCheck } from './check.ts'
import { dailyAmountsCheck, paymentsCheck } from './deposits.ts'
import { eventQuartersCheck, eventTotalsCheck } from './event-totals.ts'
import { pageDaysCheck, pageHoursCheck, sessionsCheck } from './pages.ts'
import { playersCheck } from './players.ts'

export const recountChecks: readonly RecountCheck[] = [
  eventTotalsCheck,
  eventQuartersCheck,
  sessionsCheck,
  pageHoursCheck,
  pageDaysCheck,
  paymentsCheck,
  dailyAmountsCheck,
  playersCheck,
]
