import { fail } from '@sveltejs/kit'
import { textOf } from '#lib/server/accounts/forms.ts'
import { getAccounts } from '#lib/server/accounts/index.ts'
import { managing } from '#lib/server/accounts/manage.ts'
import { newLinkFrom } from '#lib/server/accounts/shared-link-form.ts'
import { createLink, fixedBy, linksOf, revokeLink, SHAREABLE } from '#lib/server/accounts/shared-links.ts'
import { sitesOf } from '#lib/server/accounts/sites.ts'
import { getServices } from '#lib/server/clickhouse.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const { caller, store, now } = managing(event, 'edit')
  const [links, sites] = await Promise.all([
    linksOf(store.db, caller.organization_id, now),
    sitesOf(getServices().clickhouse, caller),
  ])
  return {
    pages: SHAREABLE.map(({ href, label }) => [href, label] as const),
    choices: sites.map(({ site_id, name }) => [site_id, name || site_id] as const),
    links: links.map(({ id, name, site_id, page, locked, embed, expires_at, password_hash }) => ({
      id,
      name,
      site_id,
      page,
      locked: fixedBy({ locked })
        .map((pair) => pair.join('='))
        .join(', '),
      embed: embed === 1,
      expires_at,
      has_password: password_hash !== null,
    })),
  }
}

export const actions: Actions = {
  create: async (event) => {
    const { caller, store, now, note } = managing(event, 'edit')
    const judged = newLinkFrom(await event.request.formData(), caller, now)
    if ('fault' in judged) return fail(400, { fault: judged.fault, done: null, link: null, frame: null })
    const { link } = judged
    const secret = await createLink(store.db, link, now)
    const { name, site_id, page, locked, embed, expires_at } = link
    await note({ action: 'link.created', target: name, detail: { site_id, page, locked, embed, expires_at } })
    const address = `${getAccounts().origin}/shared/${secret}`
    const frame = embed ? `<iframe src="${address}" width="100%" height="800" loading="lazy"></iframe>` : null
    return { fault: null, done: 'This is the link. It is shown once.', link: address, frame }
  },
  revoke: async (event) => {
    const { caller, store, now, note } = managing(event, 'edit')
    const id = textOf(await event.request.formData(), 'id')
    const name = await revokeLink(store.db, caller.organization_id, id, now)
    if (name === undefined)
      return fail(404, { fault: 'There is no such link.', done: null, link: null, frame: null })
    await note({ action: 'link.revoked', target: name })
    return { fault: null, done: `${name} is over.`, link: null, frame: null }
  },
}
