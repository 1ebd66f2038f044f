import { fail } from '@sveltejs/kit'
import { textOf } from '#lib/server/accounts/forms.ts'
import { createKey, keysOf, PERMISSIONS, revokeKey } from '#lib/server/accounts/keys.ts'
import { managing } from '#lib/server/accounts/manage.ts'
import { listOf } from '#lib/server/accounts/members.ts'
import { namesOf } from '#lib/server/accounts/scope-form.ts'
import { callerMay, maySeeSite } from '#lib/server/caller.ts'
import type { Actions, PageServerLoad } from './$types'

const DAY_MS = 86_400_000

export const load: PageServerLoad = async (event) => {
  const { caller, store } = managing(event, 'manage')
  const keys = await keysOf(store.db, caller.organization_id)
  return {
    permissions: PERMISSIONS,
    keys: keys.map(({ id, name, prefix, expires_at, last_used_at, requests_per_minute, ...key }) => ({
      id,
      name,
      prefix,
      expires_at,
      last_used_at,
      requests_per_minute,
      permissions: (listOf(key.permissions) ?? []).join(', '),
      site_ids: listOf(key.site_ids)?.join(', ') ?? 'all sites',
    })),
  }
}

export const actions: Actions = {
  create: async (event) => {
    const { caller, store, now, note } = managing(event, 'manage')
    const form = await event.request.formData()
    const wrong = (fault: string) => fail(400, { fault, done: null, key: null })
    const permissions = PERMISSIONS.filter((one) => form.getAll('permission').includes(one))
    const site_ids = namesOf(textOf(form, 'site_ids'))
    const days = Number(textOf(form, 'days'))
    const rate = Number(textOf(form, 'requests_per_minute'))
    const name = textOf(form, 'name').trim().slice(0, 100)
    if (name === '') return wrong('Say what the key is for.')
    if (permissions.length === 0) return wrong('Choose what the key may do.')
    if (permissions.some((one) => !callerMay(caller, one)))
      return wrong('You may give no more than you have.')
    if (site_ids?.some((site_id) => !maySeeSite(caller, site_id)))
      return wrong('One of these sites is not yours.')
    if (!Number.isInteger(days) || days < 0) return wrong('The days are a whole number; 0 is for ever.')
    if (!Number.isInteger(rate) || rate < 1) return wrong('The requests a minute are a whole number from 1.')
    const made = {
      organization_id: caller.organization_id,
      created_by: caller.user_id,
      name,
      permissions,
      site_ids,
      banner_prefixes: namesOf(textOf(form, 'banner_prefixes')),
      requests_per_minute: rate,
      expires_at: days === 0 ? null : now + days * DAY_MS,
    }
    const { key } = await createKey(store.db, made, now)
    await note({ action: 'key.created', target: name, detail: { permissions, site_ids, days } })
    return { fault: null, done: 'This is the key. It is shown once.', key }
  },
  revoke: async (event) => {
    const { caller, store, now, note } = managing(event, 'manage')
    const id = textOf(await event.request.formData(), 'id')
    const name = await revokeKey(store.db, caller.organization_id, id, now)
    if (name === undefined) return fail(404, { fault: 'There is no such key.', done: null, key: null })
    await note({ action: 'key.revoked', target: name })
    return { fault: null, done: `${name} is revoked.`, key: null }
  },
}
