import { fieldsIn } from '#lib/server/body.ts'
import { askedOf } from '#lib/server/sql/ask.ts'
import { isFileKind } from '#lib/server/sql/download.ts'
import { answerKept } from '#lib/server/sql/respond.ts'
import { BadInput } from '#lib/server/sql/saved.ts'
import { giveTicket } from '#lib/server/sql/tickets.ts'
import type { RequestHandler } from './$types'

/** Asks for the whole result of a statement as a file; the answer says where it is, for a minute and once. */
export const POST: RequestHandler = (event) =>
  answerKept(
    event,
    async (caller) => {
      const { as, name, ...asked } = await fieldsIn(event.request)
      if (typeof as !== 'string' || !isFileKind(as))
        throw new BadInput('as', 'A file is csv, json or parquet.')
      const wanted = { asked: askedOf(asked), kind: as, name: String(name ?? 'result') }
      return { href: `/api/sql/download/${giveTicket(caller, wanted, Date.now())}` }
    },
    201,
  )
