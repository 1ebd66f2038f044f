/** Routes about what people keep: opens them for their caller; what goes wrong is problem details. */
import type { Permission } from '#lib/permission.ts'
import { type Caller, requireCaller } from '../caller.ts'
import { problemResponse } from '../problem.ts'
import { BadInput, NotThere } from './saved.ts'
import { sqlTroubleResponse } from './trouble.ts'

interface KeptEvent {
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
    return Response.json(said, { status, headers: { 'cache-control': 'private, no-cache' } })
  } catch (error) {
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
        title: 'This cannot be kept so',
        detail: error.message,
        field: error.field,
      })
    if (error instanceof SyntaxError)
      return problemResponse({
        status: 400,
        code: 'bad_json',
        title: 'This is no JSON',
        detail: 'The body must be one JSON object.',
      })
    if (typeof error === 'object' && error !== null && 'status' in error) throw error
    return sqlTroubleResponse(error)
  }
}
