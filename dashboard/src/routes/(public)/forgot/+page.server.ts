import { fail } from '@sveltejs/kit'
import { emailOf } from '#lib/server/accounts/email.ts'
import { textOf } from '#lib/server/accounts/forms.ts'
import { getAccounts } from '#lib/server/accounts/index.ts'
import { askAuth } from '#lib/server/accounts/session.ts'
import { recordFor } from '#lib/server/accounts/sign-in.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = () => ({ sends: getAccounts().mailer.sends })

export const actions: Actions = {
  default: async (event) => {
    const email = emailOf(textOf(await event.request.formData(), 'email'))
    if (!email) return fail(400, { fault: 'This is no e-mail address.', done: null })
    const { status } = await askAuth(event, '/request-password-reset', { email })
    if (status === 429)
      return fail(429, { fault: 'Too many tries. Wait a minute, then try again.', done: null })
    if (status !== 200)
      return fail(502, { fault: 'The mail could not be sent. Try again later.', done: null })
    await recordFor(event, email, 'password.reset_asked')
    // The same words whether there is such an account or not.
    return { fault: null, done: `If ${email} has an account, a link to a new password is on its way.` }
  },
}
