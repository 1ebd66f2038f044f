/**
 * `GET /api/domains?limit=&after=` → `{ domains: [{ domain, site_id }], next }`. `POST { domain, site_id }` gives a site a domain, `PATCH { domain,
 * new_domain?, site_id? }` renames it or gives it to another site, `DELETE ?domain=` takes it away.
 */
import { Type } from '@sinclair/typebox'
import { managing } from '#lib/server/accounts/manage.ts'
import { objectBody } from '#lib/server/body.ts'
import { addDomain, changeDomain, domainsOf, removeDomain } from '#lib/server/domains.ts'
import { respondJson } from '#lib/server/page.ts'
import { nextAfter, partAfter } from '#lib/server/part.ts'
import { answered, badParameter, isProblem } from '#lib/server/problem.ts'
import type { RequestHandler } from './$types'

const MAX_BODY = 2_000
/** A domain is one site's: its name is its place. */
const LastDomain = Type.Tuple([Type.String()])

export const GET: RequestHandler = (event) =>
  respondJson(event, 'manage', async ({ services, caller, params }) => {
    const part = partAfter(params, LastDomain, 1_000)
    if (isProblem(part)) return answered(part)
    const { limit, after } = part
    const rest = (await domainsOf(services, caller)).filter(({ domain }) => !after || domain > after[0])
    return { domains: rest.slice(0, limit), next: nextAfter(rest, limit, ({ domain }) => [domain]) }
  })

const changing =
  (change: typeof addDomain, action: string, status: number): RequestHandler =>
  (event) =>
    respondJson(event, 'manage', async ({ services, caller }) => {
      const body = await objectBody(event.request, MAX_BODY)
      if (isProblem(body)) return answered(body)
      const answer = await change(services, caller, body.fields)
      if (!isProblem(answer))
        await managing(event, 'manage').note({ action, target: answer.site_id, detail: { ...body.fields } })
      return answered(answer, status)
    })

export const POST = changing(addDomain, 'domain.added', 201)
export const PATCH = changing(changeDomain, 'domain.changed', 200)

export const DELETE: RequestHandler = (event) =>
  respondJson(event, 'manage', async ({ services, caller }) => {
    const domain = (event.url.searchParams.get('domain') ?? '').toLowerCase()
    if (!(await removeDomain(services, caller, domain)))
      return answered({
        ...badParameter('unknown_domain', 'domain', 'None of your sites has this domain.'),
        status: 404,
      })
    await managing(event, 'manage').note({ action: 'domain.removed', target: domain })
    return new Response(null, { status: 204 })
  })
