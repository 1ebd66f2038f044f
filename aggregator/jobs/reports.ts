/**
 * Reports: puts each subscription's weekly report among the deliveries when its hour has come. A subscription and a week make one message,
 * whoever finds it due and however often; after an outage it is sent late, the last one only.
 */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { enqueue } from '@rtpx/clickhouse/queries/alert-deliveries'
import { reportSubscriptions, type Subscription } from '@rtpx/clickhouse/queries/report-subscriptions'
import { registeredSites } from '@rtpx/clickhouse/queries/sites'
import { addDays, mondayOf, weekdayOf } from '@rtpx/clickhouse/weeks'
import { reportMessage } from '../alerts/payload.ts'
import type { Job, JobResult } from '../job.ts'
import { localDay } from './pages.ts'

/** @param now the clock, ms */
export function reportsJob(now: () => number): Job {
  return {
    name: 'reports',
    async run(clickhouse: ClickHouse): Promise<JobResult> {
      const instant = now()
      const zones = new Map(
        (await registeredSites(clickhouse)).map(({ site_id, time_zone }) => [site_id, time_zone]),
      )
      const due = (await reportSubscriptions(clickhouse, null)).flatMap((subscription) => {
        const zone = zones.get(subscription.site_id)
        const week = zone === undefined ? undefined : dueWeek(subscription, zone, instant)
        return week === undefined ? [] : [reportMessage(subscription, week)]
      })
      return { watermark: instant, rows: await enqueue(clickhouse, due, instant) }
    },
  }
}

/**
 * The week whose report is due, by its Monday: the last one that was over at the last time to send. Pure.
 * @returns undefined when that time was before the subscription
 */
export function dueWeek(
  { weekday, hour, created_at }: Pick<Subscription, 'weekday' | 'hour' | 'created_at'>,
  timeZone: string,
  now: number,
): string | undefined {
  const [day, hourNow] = localHour(now, timeZone)
  const back = (weekdayOf(day) - weekday + 7) % 7
  const isLater = back === 0 && hourNow < hour
  const sendDay = addDays(day, -(isLater ? 7 : back))
  const [madeDay, madeHour] = localHour(created_at, timeZone)
  if (madeDay > sendDay || (madeDay === sendDay && madeHour >= hour)) return undefined
  return addDays(mondayOf(sendDay), -7)
}

/** Day and hour of an instant in a time zone; in UTC when there is no such zone. */
function localHour(instant: number, timeZone: string): readonly [day: string, hour: number] {
  const day = localDay(timeZone, instant)
  const hourIn = (zone: string) =>
    Number(
      new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', hour: '2-digit' }).format(instant),
    )
  try {
    return [day, hourIn(timeZone)]
  } catch {
    return [day, hourIn('UTC')]
  }
}
