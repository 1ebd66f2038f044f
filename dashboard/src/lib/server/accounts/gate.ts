/**
 * What stands before every route. Nothing is open but what is listed here: whoever is not signed in is led to the sign-in
 * page, a program gets 401. What a role may do is the routes' own to say (`openPage`).
 */
import { error, type RequestEvent, redirect } from '@sveltejs/kit'
import { problemResponse } from '../problem.ts'
import { callerOfKey, callerOfPerson } from './access.ts'
import { getAccounts } from './index.ts'
import { hasOwner } from './people.ts'
import { createRateLimit } from './rate-limit.ts'
import { isCrossSite } from './request-origin.ts'
import { personOfRequest } from './session.ts'
import {
  addressOf,
  ancestorsOf,
  callerOfLink,
  fixedBy,
  LINK_COOKIE,
  linkOfCookie,
  verdictOf,
} from './shared-links.ts'

/** Routes for everyone; a name that ends in `/` opens what is below it. */
const OPEN = ['/health', '/metrics', '/api/auth/[...path]', '/(public)/', '/docs/api', '/api/openapi.json']
/** The landing page for who is not signed in. */
const FRONT = '/(app)'
const PROGRAMS = /^\/(api|analytics|live|metrics)(\/|$)/

const limit = createRateLimit()

const isOpen = (route: string) =>
  OPEN.some((open) => (open.endsWith('/') ? route.startsWith(open) : route === open))

/** @returns an answer that ends the request, or nothing when it goes on with `locals` set. @throws redirects of SvelteKit */
export async function admit(event: RequestEvent, now: number): Promise<Response | undefined> {
  const { request, locals, route, url } = event
  locals.person = null
  locals.caller = null
  locals.set_cookies = []
  locals.frame_ancestors = null
  locals.fixed = []
  if (route.id === '/health') return undefined
  const { store, config, registered } = getAccounts()

  const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  if (bearer !== undefined) {
    const key = await callerOfKey(store.db, bearer, registered, now)
    if (!key) return refused(401, 'invalid_key', 'This key is not valid', 'It is unknown, over or revoked.')
    const wait = limit(key.id, key.requests_per_minute, now)
    if (wait > 0) {
      const detail = `The key may ask ${key.requests_per_minute} times a minute; again in ${wait} s.`
      const response = refused(429, 'rate_limited', 'Too many requests', detail)
      response.headers.set('retry-after', String(wait))
      return response
    }
    locals.caller = key.caller
    return undefined
  }

  if (isCrossSite(request, config.ORIGIN))
    return refused(
      403,
      'cross_site',
      'Another site sent this',
      'Changes are taken from pages of this dashboard only.',
    )
  locals.person = await personOfRequest(event)
  if (locals.person) locals.caller = await callerOfPerson(store.db, locals.person, registered)
  if (locals.caller || route.id === null || isOpen(route.id)) return undefined
  if (!locals.person) await openLink(event, now)
  if (locals.caller) return undefined
  if (PROGRAMS.test(url.pathname))
    return refused(401, 'signed_out', 'Sign in first', 'Sign in, or send a key: Authorization: Bearer rtpx_…')
  if (request.method !== 'GET' && request.method !== 'HEAD') error(401, 'Sign in first')
  if (!(await hasOwner(store.db))) redirect(303, '/setup')
  if (route.id === FRONT && !locals.person) return await event.fetch('/welcome')
  redirect(303, `/sign-in?${new URLSearchParams({ next: url.pathname + url.search })}`)
}

/** Lets in whoever has opened a shared link, to what it shows. */
async function openLink({ cookies, locals, request, url }: RequestEvent, now: number): Promise<void> {
  const value = cookies.get(LINK_COOKIE)
  if (value === undefined || request.method !== 'GET') return
  const { store, secret } = getAccounts()
  const link = await linkOfCookie(store.db, value, secret, now)
  const verdict = link ? verdictOf(link, url) : 'closed'
  if (!link || verdict === 'closed') return
  if (verdict === 'other_parameters') {
    if (PROGRAMS.test(url.pathname)) return
    const fixed = new URL(addressOf(link), url)
    for (const [name, text] of url.searchParams)
      if (!fixed.searchParams.has(name)) fixed.searchParams.append(name, text)
    redirect(303, fixed.pathname + fixed.search)
  }
  locals.caller = callerOfLink(link)
  locals.fixed = fixedBy(link).map(([name]) => name)
  locals.frame_ancestors = ancestorsOf(link)
}

const refused = (status: number, code: string, title: string, detail: string) =>
  problemResponse({ status, code, title, detail })
