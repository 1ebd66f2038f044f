import { answerSql } from '#lib/server/sql/ask.ts'
import { answerLines } from '#lib/server/sql/run.ts'
import { sqlScopeOf } from '#lib/server/sql/scope.ts'
import type { RequestHandler } from './$types'

/** Runs a statement: its rows as lines of JSON while they come. */
export const POST: RequestHandler = (event) =>
  answerSql(event, (services, caller, asked) => {
    sqlScopeOf(caller)
    return new Response(
      answerLines(services, caller, asked, () => performance.now()),
      {
        headers: {
          'content-type': 'application/x-ndjson',
          'cache-control': 'no-store',
          'x-accel-buffering': 'no',
        },
      },
    )
  })
