import { fieldsIn } from '#lib/server/body.ts'
import { getServices } from '#lib/server/clickhouse.ts'
import { isFileKind } from '#lib/server/sql/download.ts'
import { queryResult } from '#lib/server/sql/endpoint.ts'
import { answerKept } from '#lib/server/sql/respond.ts'
import { BadInput, changeQuery, queryInputOf, removeQuery, savedQuery } from '#lib/server/sql/saved.ts'
import type { RequestHandler } from './$types'

/** Runs a kept statement: its places are parameters of the address, `as` is json (default), csv or parquet. */
export const GET: RequestHandler = (event) =>
  answerKept(event, async (caller) => {
    const query = await savedQuery(caller, event.params.id)
    const { as, ...values } = Object.fromEntries(event.url.searchParams)
    if (as !== undefined && !isFileKind(as)) throw new BadInput('as', 'A file is csv, json or parquet.')
    return queryResult(getServices(), caller, query, values, as ?? 'rows')
  })

/** Changes a kept statement. */
export const PUT: RequestHandler = (event) =>
  answerKept(event, async (caller) =>
    changeQuery(caller, event.params.id, queryInputOf(await fieldsIn(event.request)), Date.now()),
  )

export const DELETE: RequestHandler = (event) =>
  answerKept(event, (caller) => removeQuery(caller, event.params.id))
