import { timingSafeEqual } from 'node:crypto'
import { fail, redirect } from '@sveltejs/kit'
import { record } from '#lib/server/accounts/audit.ts'
import { type Faults, personFrom } from '#lib/server/accounts/forms.ts'
import { getAccounts } from '#lib/server/accounts/index.ts'
import { createOwner, hasOwner } from '#lib/server/accounts/people.ts'
import { isLocal } from '#lib/server/accounts/request-origin.ts'
import { secretHash } from '#lib/server/accounts/secrets.ts'
import { askAuth } from '#lib/server/accounts/session.ts'
import type { Actions, PageServerLoad } from './$types'

const needsCode = (request: Request) =>
  !isLocal(request, process.env.HOST || '0.0.0.0', getAccounts().config.ORIGIN)

const isCode = (given: string, code: string) =>
  timingSafeEqual(Buffer.from(secretHash(given)), Buffer.from(secretHash(code)))

const NONE: Faults = {}
const withoutCode = (faults: Faults): Faults => ({
  ...faults,
  code: 'This is not the code of this install.',
})

export const load: PageServerLoad = async ({ request }) => {
  if (await hasOwner(getAccounts().store.db)) redirect(303, '/')
  return { needs_code: needsCode(request) }
}

export const actions: Actions = {
  default: async (event) => {
    const { store, setupCode } = getAccounts()
    const form = await event.request.formData()
    const { person, values, ...judged } = personFrom(form)
    const faults: Faults = judged.faults
    const organization =
      String(form.get('organization') ?? '')
        .trim()
        .slice(0, 100) || 'My organization'
    const back = { values: { ...values, organization } }
    if (needsCode(event.request) && !isCode(String(form.get('code') ?? '').trim(), setupCode))
      return fail(400, {
        ...back,
        faults: withoutCode(faults),
        fault: null,
      })
    if (!person) return fail(400, { ...back, faults, fault: null })
    const id = await createOwner(store, person, organization, Date.now())
    if (!id)
      return fail(409, {
        ...back,
        faults: NONE,
        fault: 'This install has its owner by now; ask them for an invitation.',
      })
    const actor = {
      user_id: id,
      name: person.email,
      organization_id: null,
      ip_address: event.getClientAddress(),
    }
    const member = await store.db
      .selectFrom('members')
      .select('organization_id')
      .where('user_id', '=', id)
      .executeTakeFirst()
    const deed = { action: 'owner.created', target: person.email, detail: { organization } }
    await record(store.db, { ...actor, organization_id: member?.organization_id ?? null }, deed, Date.now())
    await askAuth(event, '/sign-in/email', { email: person.email, password: person.password })
    redirect(303, '/install')
  },
}
