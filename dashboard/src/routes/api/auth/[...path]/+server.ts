/**
 * Where providers send people back to. Everything else of better-auth is asked by the pages' forms, on the server: no
 * other route of it is open.
 */
import { answerProvider } from '#lib/server/accounts/providers.ts'
import { problemResponse } from '#lib/server/problem.ts'
import type { RequestHandler } from './$types'

const OPEN = /^(callback|oauth2\/callback)\/[a-z]+$/

const answer: RequestHandler = (event) =>
  OPEN.test(event.params.path)
    ? answerProvider(event)
    : problemResponse({
        status: 404,
        code: 'not_found',
        title: 'There is nothing here',
        detail: 'Sign in on the page /sign-in.',
      })

export const GET = answer
export const POST = answer
