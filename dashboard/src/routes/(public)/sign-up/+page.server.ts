import { error, fail, redirect } from '@sveltejs/kit'
import { personFrom } from '#lib/server/accounts/forms.ts'
import { getAccounts } from '#lib/server/accounts/index.ts'
import { hasOwner, signUp } from '#lib/server/accounts/people.ts'
import { signIn } from '#lib/server/accounts/sign-in.ts'
import type { Actions, PageServerLoad } from './$types'

/** @throws 404 where accounts are by invitation, redirects before there is an owner */
async function requireOpen(): Promise<void> {
  const { config, store } = getAccounts()
  if (!(await hasOwner(store.db))) redirect(303, '/setup')
  if (config.SIGN_UP !== 'open') error(404, 'Accounts are given by invitation here')
}

export const load: PageServerLoad = requireOpen

export const actions: Actions = {
  default: async (event) => {
    await requireOpen()
    const { person, faults, values } = personFrom(await event.request.formData())
    if (!person) return fail(400, { faults, values })
    if (!(await signUp(getAccounts().store, person, Date.now())))
      return fail(409, { faults: { email: 'There is an account with this address: sign in.' }, values })
    await signIn(event, person.email, person.password)
    redirect(303, '/')
  },
}
