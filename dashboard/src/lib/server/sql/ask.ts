/** What a request of the SQL page asks. */
import type { SqlAsked } from '#lib/sql/answer.ts'
import { fieldsIn } from '../body.ts'
import { type Caller, requireCaller } from '../caller.ts'
import { getServices, type Services } from '../clickhouse.ts'
import { keptProblem } from './respond.ts'
import { BadInput } from './saved.ts'

const MAX_PLACES = 100

/** A statement with the values of its places, from anything. @throws BadInput */
export function askedOf(body: unknown): SqlAsked {
  const { sql, values = {} } = (body ?? {}) as { sql?: unknown; values?: unknown }
  const pairs = typeof values === 'object' && values !== null ? Object.entries(values) : []
  const isGood = typeof sql === 'string' && sql.trim() !== '' && pairs.length <= MAX_PLACES
  if (!isGood) throw new BadInput('sql', 'A statement is needed.')
  if (pairs.some(([name, value]) => !/^\w{1,64}$/.test(name) || typeof value !== 'string'))
    throw new BadInput('values', 'The values of its places are texts, each by the name of its place.')
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
    return await answer(getServices(), caller, askedOf(await fieldsIn(event.request)))
  } catch (thrown) {
    return keptProblem(thrown)
  }
}
