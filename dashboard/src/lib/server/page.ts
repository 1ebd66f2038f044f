/**
 * What every page and every route of the API begins with: who asks, about which site, over which range. The answer is a
 * report, or the trouble in words that keeps it from coming; the open page asks again by itself.
 */
import type { Site, Trouble } from '#lib/overview.ts'
import type { Permission } from '#lib/permission.ts'
import { type ChosenRange, rangeOf } from '#lib/range.ts'
import { dayAt } from '#lib/time-zone.ts'
import type { Operation } from './api/operation.ts'
import { type Caller, requireCaller } from './caller.ts'
import { getServices, type Services } from './clickhouse.ts'
import { logger } from './log.ts'
import { exactRangeOf } from './metrics-query.ts'
import { partOfAnswer } from './part.ts'
import { isProblem, problemResponse } from './problem.ts'
import { jsonResponse, troubleResponse } from './respond.ts'
import { findSite } from './sites.ts'
import { isExpected, troubleOf } from './trouble.ts'

/** The part of SvelteKit's event that decides. */
export interface PageEvent {
  readonly url: URL
  readonly locals: {
    readonly caller: Caller | null
    /** The documented call it is; pages have none. */
    readonly operation?: Operation | undefined
  }
}

/** Reads one parameter of the URL. */
export type Ask = (name: string) => string | null

export interface Opened {
  readonly services: Services
  readonly caller: Caller
  readonly site: Site
  /** The caller's sites. */
  readonly sites: readonly Site[]
  /** Today in the site's time zone. */
  readonly today: string
  readonly range: ChosenRange
  readonly ask: Ask
  /** All of the URL's parameters. */
  readonly params: URLSearchParams
  /** ms since 1970 */
  readonly now: number
}

/**
 * Opens the site and the range a URL names, for a caller.
 * @throws SignedOut, Forbidden, UnknownSite (also for a site of someone else), or what the ClickHouse client throws
 */
export async function openPage(event: PageEvent, permission: Permission, now = Date.now()): Promise<Opened> {
  const caller = requireCaller(event.locals.caller, permission)
  const services = getServices()
  const params = event.url.searchParams
  const ask: Ask = (name) => params.get(name)
  const { site, sites } = await findSite(services, caller, ask('site'))
  const today = dayAt(now, site.time_zone)
  return { services, caller, site, sites, today, range: rangeOf(ask, today), ask, params, now }
}

export type Report<T> =
  | { readonly report: T; readonly trouble: null }
  | { readonly report: null; readonly trouble: Trouble }

/** A page's `load`: what `read` answers, or the trouble in words. A redirect or an error of SvelteKit's own goes on. */
export async function loadPage<T>(
  event: PageEvent,
  permission: Permission,
  read: (opened: Opened) => Promise<T>,
): Promise<Report<T>> {
  try {
    return { report: await read(await openPage(event, permission)), trouble: null }
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'status' in error) throw error
    const trouble = troubleOf(error)
    if (!isExpected(trouble)) logger.warn({ err: error }, trouble.title)
    return { report: null, trouble }
  }
}

/**
 * A route of the API: what `read` answers as JSON with an ETag, 304 when the asker has it, problem details otherwise. A documented
 * call's days are exactly those asked for, and its lists come in parts.
 */
export async function respondJson<T>(
  event: PageEvent & { readonly request: Request },
  permission: Permission,
  read: (opened: Opened) => Promise<T | Response>,
): Promise<Response> {
  try {
    const opened = await openPage(event, permission)
    const takes = event.locals.operation?.query ?? {}
    const range = 'range' in takes ? exactRangeOf(opened.params, opened.today) : opened.range
    if ('status' in range) return problemResponse(range)
    const answer = await read({ ...opened, range })
    if (answer instanceof Response) return answer
    const part = 'after' in takes ? partOfAnswer(answer, opened.params, event.url) : { answer, headers: {} }
    return isProblem(part) ? problemResponse(part) : jsonResponse(event.request, part.answer, part.headers)
  } catch (error) {
    return troubleResponse(error)
  }
}
