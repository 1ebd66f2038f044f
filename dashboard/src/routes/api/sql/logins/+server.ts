import { fieldsIn } from '#lib/server/body.ts'
import { getServices } from '#lib/server/clickhouse.ts'
import { makeLogin, visibleLogins } from '#lib/server/sql/logins.ts'
import { answerKept } from '#lib/server/sql/respond.ts'
import type { RequestHandler } from './$types'

/** The personal logins the caller sees. */
export const GET: RequestHandler = (event) =>
  answerKept(event, (caller) => visibleLogins(getServices(), caller))

/** Makes one: its password is in this answer and nowhere else. */
export const POST: RequestHandler = (event) =>
  answerKept(
    event,
    async (caller) => makeLogin(getServices(), caller, await fieldsIn(event.request), Date.now()),
    201,
  )
