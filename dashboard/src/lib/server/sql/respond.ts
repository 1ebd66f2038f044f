/** Routes about what people keep: opens them for their caller; what goes wrong is problem details. */
import type { Permission } from '#lib/permission.ts'
import { Unreadable } from '../body.ts'
import { type Caller, requireCaller } from '../caller.ts'
import { problemResponse } from '../problem.ts'
import { jsonResponse } from '../respond.ts'
import { BadInput, NotThere } from './saved.ts'
import { sqlTroubleResponse } from './trouble.ts'

interface KeptEvent {
  readonly request: Request
  readonly locals: { readonly caller: Caller | null }
}

export async function answerKept(
  event: KeptEvent,
  answer: (caller: Caller) => Promise<unknown>,
  status = 200,
  permission: Permission = 'sql',
): Promise<Response> {
  try {
    const said = await answer(requireCaller(event.locals.caller, permission))
    if (said instanceof Response) return said
    if (said === undefined) return new Response(null, { status: 204 })
    if (['GET', 'HEAD'].includes(event.request.method)) return jsonResponse(event.request, said)
    return Response.json(said, { status, headers: { 'cache-control': 'private, no-cache' } })
  } catch (error) {
    return keptProblem(error)
  }
}

/** What keeps a route about SQL from answering. @throws what is SvelteKit's own */
export function keptProblem(error: unknown): Response {
  if (error instanceof Unreadable) return problemResponse(error.problem)
  if (error instanceof NotThere)
    return problemResponse({
      status: 404,
      code: 'not_found',
      title: 'It is not there',
      detail: `There is no such ${error.what}.`,
    })
  if (error instanceof BadInput)
    return problemResponse({
      status: 400,
      code: 'bad_input',
      title: 'This cannot be taken so',
      detail: error.message,
      field: error.field,
    })
  if (typeof error === 'object' && error !== null && 'status' in error) throw error
  return sqlTroubleResponse(error)
}
