import { formatted } from '#lib/server/sql/about.ts'
import { answerSql } from '#lib/server/sql/ask.ts'
import type { RequestHandler } from './$types'

/** A statement as ClickHouse lays it out. */
export const POST: RequestHandler = (event) =>
  answerSql(event, async (services, caller, asked) =>
    Response.json({ sql: await formatted(services, caller, asked) }),
  )
