/** What every answer carries unless its route says otherwise, and how an unforeseen error leaves the process: logged in full, shown in a sentence. */
import { SettingsError } from '@rtpx/clickhouse/settings'
import type { RequestEvent } from '@sveltejs/kit'
import type { Handle, HandleServerError, ServerInit } from '@sveltejs/kit/hooks'
import { admit } from '#lib/server/accounts/gate.ts'
import { getAccounts, startAccounts } from '#lib/server/accounts/index.ts'
import { openToKeys, preflightOf } from '#lib/server/api/cors.ts'
import { judgeBody, judgeQuery, operationOf } from '#lib/server/api/judge.ts'
import type { Operation } from '#lib/server/api/operation.ts'
import { asProblem, isApi } from '#lib/server/api/problems.ts'
import { jsonBody } from '#lib/server/body.ts'
import { callerMay } from '#lib/server/caller.ts'
import { getServices } from '#lib/server/clickhouse.ts'
import { compressed } from '#lib/server/compress.ts'
import { logger } from '#lib/server/log.ts'
import { isProblem, problemResponse } from '#lib/server/problem.ts'
import { observeRequest } from '#lib/server/process-metrics.ts'
import { startMendingLogins } from '#lib/server/sql/login-scopes.ts'
import { getStore, startStore } from '#lib/server/store/index.ts'

const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // Addresses that hold a secret go to no other site. Under `no-referrer` a form's answer would come from nowhere (`Origin: null`).
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=()',
}

/** Behind TLS a browser comes back by TLS alone, for a year. */
const HSTS = 'max-age=31536000'

/** A bad setting stops the process here, before it takes a request. */
export const init: ServerInit = async () => {
  try {
    await startStore(getServices().config, Date.now())
    await startAccounts()
    startMendingLogins(getServices(), getStore().db, getAccounts().registered)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    console.error(`dashboard: ${error.message.replaceAll('\n', '\ndashboard: ')}`)
    process.exit(1)
  }
}

export const handle: Handle = async ({ event, resolve }) => {
  const since = performance.now()
  const answer =
    preflightOf(event.request) ??
    (await admit(event, Date.now())) ??
    (await refusalOf(event)) ??
    (await resolve(event, { preload: ({ type }) => type === 'js' || type === 'css' || type === 'font' }))
  const isForPrograms = isApi(event.url.pathname)
  const response = compressed(event.request, isForPrograms ? asProblem(answer) : answer)
  if (isForPrograms) openToKeys(event.request, response)
  for (const cookie of event.locals.set_cookies ?? []) response.headers.append('set-cookie', cookie)
  observeRequest(event.route.id, response.status, performance.now() - since)
  for (const [name, value] of Object.entries(SECURITY_HEADERS))
    if (!response.headers.has(name)) response.headers.set(name, value)
  if (event.locals.frame_ancestors) letBeFramed(response, event.locals.frame_ancestors)
  if (getAccounts().secure) response.headers.set('strict-transport-security', HSTS)
  return response
}

/** Why a documented call is not made: its parameters or its body mean nothing. Who may not make it is told that first, by its route. */
async function refusalOf({ locals, request, route, url }: RequestEvent): Promise<Response | undefined> {
  const operation = operationOf(request.method, route.id)
  locals.operation = operation
  if (!operation || !locals.caller || !callerMay(locals.caller, operation.permission)) return undefined
  const asked = new URLSearchParams(url.searchParams)
  // What a shared link fixes belongs to its page: where the page's own call does not take it, the page does not narrow by it either.
  for (const name of locals.fixed) if (!Object.hasOwn(operation.query ?? {}, name)) asked.delete(name)
  const problem = judgeQuery(operation, asked) ?? judgeBody(operation, await jsonOf(request, operation))
  return problem && problemResponse(problem)
}

/** The JSON of a documented body; undefined where it has none or is not what its route reads: the route says so then. */
async function jsonOf(request: Request, { body }: Operation): Promise<unknown> {
  if (!body || body.judged_by_route) return undefined
  const json = await jsonBody(request, Number.MAX_SAFE_INTEGER)
  return isProblem(json) ? undefined : json.value
}

/** A shared link that may stand in frames of other sites; nothing else may. */
function letBeFramed({ headers }: Response, ancestors: string): void {
  headers.delete('x-frame-options')
  const policy = headers.get('content-security-policy')
  if (policy)
    headers.set(
      'content-security-policy',
      policy.replace("frame-ancestors 'none'", `frame-ancestors ${ancestors}`),
    )
}

export const handleError: HandleServerError = ({ kind, error, event }) => {
  if (kind === 'unknown') logger.error({ err: error, path: event.url.pathname }, 'unforeseen error')
}
