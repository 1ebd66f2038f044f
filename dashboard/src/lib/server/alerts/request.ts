/** A request that changes alerts: who may, what it says, and its problems with stable codes. */
import { checked, InvalidInput } from '@rtpx/clickhouse/alerts/rule'
import { type Static, type TObject, type TProperties, Type } from '@sinclair/typebox'
import { jsonBody } from '../body.ts'
import { type Opened, openPage, type PageEvent } from '../page.ts'
import { isProblem, problemResponse } from '../problem.ts'
import { troubleResponse } from '../respond.ts'

/** What is asked for is not there, or not of this site. */
export class NotFound extends Error {
  constructor(readonly what: 'rule' | 'alert' | 'channel' | 'delivery' | 'subscription') {
    super(`there is no such ${what}`)
  }
}

/** It cannot be done as things are. */
export class Conflict extends Error {}

/** Characters of a body. */
const MAX_BODY = 65_536

type Asked = PageEvent & { readonly request: Request }

/**
 * Does what a request with a JSON body asks, for those who may edit.
 * @param act gets the body as it was sent; returns what is answered, undefined for nothing
 */
export async function change(
  event: Asked,
  act: (opened: Opened, body: unknown) => Promise<object | undefined>,
  status = 200,
): Promise<Response> {
  try {
    const opened = await openPage(event, 'edit')
    const hasBody = event.request.method !== 'DELETE'
    const body = hasBody ? await jsonBody(event.request, MAX_BODY) : { value: undefined }
    if (isProblem(body)) return problemResponse(body)
    const answer = await act(opened, body.value)
    const headers = { 'cache-control': 'no-store' }
    return answer === undefined
      ? new Response(null, { status: 204, headers })
      : Response.json(answer, { status, headers })
  } catch (error) {
    return changeProblem(error)
  }
}

function changeProblem(error: unknown): Response {
  if (error instanceof InvalidInput) {
    const { field, message } = error
    return problemResponse({
      status: 422,
      code: 'invalid_input',
      title: 'This cannot be saved',
      detail: message,
      field,
    })
  }
  if (error instanceof NotFound) {
    const { what, message } = error
    return problemResponse({ status: 404, code: `unknown_${what}`, title: 'Not found', detail: message })
  }
  if (error instanceof Conflict)
    return problemResponse({ status: 409, code: 'conflict', title: 'Not now', detail: error.message })
  return troubleResponse(error)
}

/** The fields of a body. @throws InvalidInput */
export const fieldsOf = <Fields extends TProperties>(
  fields: Fields,
  body: unknown,
): Static<TObject<Fields>> => checked(Type.Object(fields, { additionalProperties: false }), body)

export const Uuid = Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' })

/** The `id` of the URL. @throws InvalidInput when it is no UUID */
export function idOf({ ask }: Opened): string {
  return checked(Uuid, ask('id') ?? '', '/id') as string
}
