import { fail, redirect } from '@sveltejs/kit'
import { textOf } from '#lib/server/accounts/forms.ts'
import { passwordFault } from '#lib/server/accounts/password.ts'
import { askAuth } from '#lib/server/accounts/session.ts'
import type { Actions } from './$types'

export const actions: Actions = {
  default: async (event) => {
    const newPassword = textOf(await event.request.formData(), 'password')
    const weak = passwordFault(newPassword, '')
    if (weak) return fail(400, { weak, fault: null })
    const { status } = await askAuth(event, '/reset-password', { newPassword, token: event.params.token })
    if (status !== 200)
      return fail(400, { weak: null, fault: 'This link was used or is over. Ask for another one.' })
    redirect(303, '/sign-in')
  },
}
