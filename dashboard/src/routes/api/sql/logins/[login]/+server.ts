import { getServices } from '#lib/server/clickhouse.ts'
import { takeBackLogin } from '#lib/server/sql/logins.ts'
import { answerKept } from '#lib/server/sql/respond.ts'
import type { RequestHandler } from './$types'

/** Takes a personal login back. */
export const DELETE: RequestHandler = (event) =>
  answerKept(event, (caller) => takeBackLogin(getServices(), caller, event.params.login))
