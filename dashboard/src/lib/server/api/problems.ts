/** What the API answers where no route of it does: problem details as everywhere, whatever SvelteKit itself would have said. */
import { problemResponse } from '../problem.ts'

/** Whether a path is the API's. The accounts' own answers are those of their library. */
export const isApi = (path: string) =>
  /^\/(api|analytics)(\/|$)/.test(path) && !/^\/api\/auth(\/|$)/.test(path)

type Words = readonly [code: string, title: string, detail: string]

const UNKNOWN: Words = ['unknown_route', 'There is no such call', 'The calls are listed at /docs/api.']
const WORDS: Readonly<Record<number, Words>> = {
  400: ['bad_request', 'The request could not be understood', 'Its address or body cannot be read.'],
  404: UNKNOWN,
  405: ['method_not_allowed', 'This method is not taken here', 'The header Allow names those that are.'],
  413: ['body_too_large', 'The body could not be read', 'It is longer than any may be.'],
  500: ['internal_error', 'Something went wrong', 'It is in the dashboard’s log; asking again may help.'],
}

/** An error as problem details; any other answer as it is. */
export function asProblem(response: Response): Response {
  const { status, headers } = response
  if (status < 400 || headers.get('content-type')?.startsWith('application/problem+json')) return response
  const [code, title, detail] = WORDS[status] ?? WORDS[status < 500 ? 400 : 500] ?? UNKNOWN
  const problem = problemResponse({ status, code, title, detail })
  for (const name of ['allow', 'retry-after']) {
    const value = headers.get(name)
    if (value !== null) problem.headers.set(name, value)
  }
  return problem
}
