/** A heavy question is read again only when something has come for its site since; now and then all the same, for days pass too. */
import { newestArrival } from '@rtpx/clickhouse/queries/arrivals'
import type { Opened } from '#lib/server/page.ts'

/** However quiet it is, the answer is read again after so long; ms. */
const ALL_THE_SAME_MS = 300_000
/** How far back a first look for arrivals goes; ms. */
const LOOK_BACK_MS = 3_600_000

/**
 * @returns a reading that answers what it answered before while nothing comes. An answer may be one that others share, read before what has
 * just come was there: so what has come is taken to be in it only where it had been seen by the reading before, too.
 */
export function whileNews(
  open: () => Promise<Opened>,
  read: (opened: Opened) => Promise<unknown>,
): () => Promise<unknown> {
  let last:
    | {
        readonly answer: unknown
        /** The newest arrival there was, and the newest that is sure to be in the answer. */
        readonly newest: number
        readonly covered: number
        readonly readAt: number
      }
    | undefined
  return async () => {
    const opened = await open()
    const since = last?.newest || opened.now - LOOK_BACK_MS
    const newest = await newestArrival(opened.services.clickhouse, opened.site.site_id, since)
    const isOld = last === undefined || opened.now - last.readAt > ALL_THE_SAME_MS
    if (last && !isOld && newest <= last.covered) return last.answer
    const covered = last?.newest ?? 0
    last = { answer: await read(opened), newest, covered, readAt: opened.now }
    return last.answer
  }
}
