/**
 * Where providers send people back to. Everything else of better-auth is asked by the pages' forms, on the server: no
 * other route of it is open.
 */
import { getAccounts } from '#lib/server/accounts/index.ts'
import { problemResponse } from '#lib/server/problem.ts'
import type { RequestHandler } from './$types'

const OPEN = /^(callback|oauth2\/callback)\/[a-z]+$/

const answer: RequestHandler = ({ params, request, url }) => {
  if (!OPEN.test(params.path))
    return problemResponse({
      status: 404,
      code: 'not_found',
      title: 'There is nothing here',
      detail: 'Sign in on the page /sign-in.',
    })
  const { auth, origin } = getAccounts()
  // The address people type, whatever the proxies in between call it.
  return auth.handler(new Request(`${origin}${url.pathname}${url.search}`, request))
}

export const GET = answer
export const POST = answer
