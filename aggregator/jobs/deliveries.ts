/**
 * Deliveries: sends what waits to be sent, each message once.
 *
 * - An attempt is noted before it is made and its outcome after it. A process that dies between the two leaves a message that counts as
 *   dead after `LEASE_MS` and is sent again, with the same identity: nothing is lost, and only such a death can send twice.
 * - One process sends at a time (a lock); what fails is tried again, ever more seldom, and is given up in the end, which the page shows.
 */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { withLock } from '@rtpx/clickhouse/lock'
import { type Delivery, dueDeliveries, writeDeliveries } from '@rtpx/clickhouse/queries/alert-deliveries'
import { type Attempt, afterAttempt } from '../alerts/attempt.ts'
import type { Job, JobResult } from '../job.ts'

const LOCK = 'alert_deliveries_lock'
/** Longer than an attempt may take. */
export const LEASE_MS = 60_000
const AT_ONCE = 10
const A_RUN = 200

export interface DeliveriesOptions {
  /** The clock, ms. */
  now(): number
  send(clickhouse: ClickHouse, delivery: Delivery): Promise<Attempt>
}

export function deliveriesJob({ now, send }: DeliveriesOptions): Job {
  return {
    name: 'deliveries',
    async run(clickhouse: ClickHouse): Promise<JobResult> {
      const started = now()
      // Asked twice, so that an idle system takes no lock.
      if ((await dueDeliveries(clickhouse, started, 1)).length === 0) return { watermark: started, rows: 0 }
      const rows = await withLock(clickhouse, LOCK, async () => {
        const due = await dueDeliveries(clickhouse, now(), A_RUN)
        for (let start = 0; start < due.length; start += AT_ONCE)
          await Promise.all(
            due.slice(start, start + AT_ONCE).map((delivery) => attempt(clickhouse, delivery, { now, send })),
          )
        return due.length
      })
      return { watermark: started, rows }
    },
  }
}

async function attempt(clickhouse: ClickHouse, delivery: Delivery, { now, send }: DeliveriesOptions) {
  const claimed: Delivery = {
    ...delivery,
    status: 'sending',
    attempts: delivery.attempts + 1,
    next_at: now() + LEASE_MS,
    updated_at: now(),
    version: delivery.version + 1,
  }
  await writeDeliveries(clickhouse, [claimed])
  const outcome = await send(clickhouse, claimed)
  await writeDeliveries(clickhouse, [
    {
      ...claimed,
      ...afterAttempt(outcome, claimed.attempts, now()),
      updated_at: now(),
      version: claimed.version + 1,
    },
  ])
}
