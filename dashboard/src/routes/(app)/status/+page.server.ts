import { requireCaller } from '#lib/server/caller.ts'
import { getServices } from '#lib/server/clickhouse.ts'
import { readStatus } from '#lib/server/status.ts'
import { troubleOf } from '#lib/server/trouble.ts'
import type { PageServerLoad } from './$types'

/** Not by way of a site: this page is for when the database is gone. */
export const load: PageServerLoad = async ({ locals, depends }) => {
  depends('rtpx:status')
  try {
    const caller = requireCaller(locals.caller, 'read')
    return { report: await readStatus(getServices(), caller, Date.now()), trouble: null }
  } catch (error) {
    return { report: null, trouble: troubleOf(error) }
  }
}
