import { getServices } from '#lib/server/clickhouse.ts'
import { downloadResponse } from '#lib/server/sql/download.ts'
import { answerKept } from '#lib/server/sql/respond.ts'
import { NotThere } from '#lib/server/sql/saved.ts'
import { takeTicket } from '#lib/server/sql/tickets.ts'
import type { RequestHandler } from './$types'

/** The file that was asked for. */
export const GET: RequestHandler = (event) =>
  answerKept(event, async (caller) => {
    const wanted = takeTicket(caller, event.params.ticket, Date.now())
    if (!wanted) throw new NotThere('download')
    return downloadResponse(getServices(), caller, wanted.asked, wanted.kind, wanted.name)
  })
