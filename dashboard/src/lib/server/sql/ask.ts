/** What a request of the SQL page asks. */
import { error } from '@sveltejs/kit'
import type { SqlAsked } from '#lib/sql/answer.ts'
import { jsonBody } from '../body.ts'
import { type Caller, requireCaller } from '../caller.ts'
import { getServices, type Services } from '../clickhouse.ts'
import { isProblem, problemResponse } from '../problem.ts'
import { sqlTroubleResponse } from './trouble.ts'

const MAX_PLACES = 100
/** Characters of a body: a statement with its values. */
const MAX_BODY = 1_000_000

/** A statement with the values of its places, from anything. @throws an error of SvelteKit's, 400 */
export function askedOf(body: unknown): SqlAsked {
  const { sql, values = {} } = (body ?? {}) as { sql?: unknown; values?: unknown }
  const pairs = typeof values === 'object' && values !== null ? Object.entries(values) : []
  const isGood = typeof sql === 'string' && sql.trim() !== '' && pairs.length <= MAX_PLACES
  if (!isGood || pairs.some(([name, value]) => !/^\w{1,64}$/.test(name) || typeof value !== 'string'))
    error(400, 'a statement and the texts of its places are needed')
  return { sql, values: Object.fromEntries(pairs) }
}

interface SqlEvent {
  readonly request: Request
  readonly locals: { readonly caller: Caller | null }
}

/** A route of the SQL page: opens it for its caller, and says in problem details why it has no answer. */
export async function answerSql(
  event: SqlEvent,
  answer: (services: Services, caller: Caller, asked: SqlAsked) => Promise<Response> | Response,
): Promise<Response> {
  try {
    const caller = requireCaller(event.locals.caller, 'sql')
    const body = await jsonBody(event.request, MAX_BODY)
    if (isProblem(body)) return problemResponse(body)
    return await answer(getServices(), caller, askedOf(body.value))
  } catch (thrown) {
    if (typeof thrown === 'object' && thrown !== null && 'status' in thrown) throw thrown
    return sqlTroubleResponse(thrown)
  }
}
