import { error, fail, type RequestEvent, redirect } from '@sveltejs/kit'
import { textOf } from '#lib/server/accounts/forms.ts'
import { getAccounts } from '#lib/server/accounts/index.ts'
import { createRateLimit } from '#lib/server/accounts/rate-limit.ts'
import {
  addressOf,
  ancestorsOf,
  LINK_COOKIE,
  linkOf,
  openedLink,
  opensWith,
  type SharedLink,
} from '#lib/server/accounts/shared-links.ts'
import type { Actions, PageServerLoad } from './$types'

const DAY_S = 86_400
/** Wrong passwords a minute and link. */
const TRIES = 20
const limit = createRateLimit()

async function requireLink(event: RequestEvent<{ secret: string }>): Promise<SharedLink> {
  const link = await linkOf(getAccounts().store.db, event.params.secret, Date.now())
  if (!link) error(404, 'This link is over, or never was.')
  event.locals.frame_ancestors = ancestorsOf(link)
  return link
}

function open({ cookies }: RequestEvent, link: SharedLink): never {
  const { secret, secure } = getAccounts()
  // In a frame of another site a cookie is kept for that site alone.
  const framed = { sameSite: 'none', secure: true, partitioned: true } as const
  const plain = { sameSite: 'lax', secure } as const
  cookies.set(LINK_COOKIE, openedLink(link, secret), {
    path: '/',
    httpOnly: true,
    maxAge: DAY_S,
    ...(link.embed ? framed : plain),
  })
  redirect(303, addressOf(link))
}

export const load: PageServerLoad = async (event) => {
  const link = await requireLink(event)
  if (link.password_hash === null) open(event, link)
  return { name: link.name }
}

export const actions: Actions = {
  default: async (event) => {
    const link = await requireLink(event)
    if (limit(link.id, TRIES, Date.now()) > 0) return fail(429, { fault: 'Too many tries. Wait a minute.' })
    const password = textOf(await event.request.formData(), 'password')
    if (!(await opensWith(link, password))) return fail(400, { fault: 'This is not its password.' })
    return open(event, link)
  },
}
