/** Talks to better-auth in the name of a request, and carries its cookies back to the browser. */
import type { RequestEvent } from '@sveltejs/kit'
import { ADDRESS_HEADER } from './auth.ts'
import { getAccounts } from './index.ts'

type Asked = Pick<RequestEvent, 'request' | 'locals' | 'getClientAddress'>

export interface AuthAnswer {
  readonly status: number
  /** better-auth's code of what went wrong. */
  readonly code: string
  readonly body: Readonly<Record<string, unknown>>
}

/** Who a session belongs to. */
export interface Person {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly session_id: string
  readonly session_token: string
  readonly two_factor: boolean
}

function headersFor({ request, getClientAddress }: Asked, origin: string): Headers {
  const headers = new Headers({ origin, [ADDRESS_HEADER]: getClientAddress() })
  for (const name of ['cookie', 'user-agent']) {
    const value = request.headers.get(name)
    if (value) headers.set(name, value)
  }
  return headers
}

/**
 * Calls a route of better-auth, with its limits of tries. The request's own origin was checked before.
 * @param path below /api/auth
 */
export async function askAuth(event: Asked, path: string, body?: object): Promise<AuthAnswer> {
  const { auth, origin } = getAccounts()
  const headers = headersFor(event, origin)
  if (body) headers.set('content-type', 'application/json')
  const request = new Request(`${origin}/api/auth${path}`, {
    method: body ? 'POST' : 'GET',
    headers,
    ...(body && { body: JSON.stringify(body) }),
  })
  const response = await auth.handler(request)
  event.locals.set_cookies.push(...response.headers.getSetCookie())
  const text = await response.text()
  const answer = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : null
  return { status: response.status, code: String(answer?.code ?? answer?.message ?? ''), body: answer ?? {} }
}

/** The person whose session the request carries. */
export async function personOfRequest(event: Asked): Promise<Person | null> {
  const { auth, origin } = getAccounts()
  if (!event.request.headers.get('cookie')?.includes('rtpx.session_token')) return null
  const { headers, response } = await auth.api.getSession({
    headers: headersFor(event, origin),
    returnHeaders: true,
  })
  event.locals.set_cookies.push(...headers.getSetCookie())
  if (!response) return null
  const { user, session } = response
  return {
    id: user.id,
    name: user.name,
    email: user.email,
    session_id: session.id,
    session_token: session.token,
    two_factor: Boolean(user.twoFactorEnabled),
  }
}
