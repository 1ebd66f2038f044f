import { fail, redirect } from '@sveltejs/kit'
import { textOf } from '#lib/server/accounts/forms.ts'
import { nextPage } from '#lib/server/accounts/next-page.ts'
import { askAuth } from '#lib/server/accounts/session.ts'
import { recordFor, refusalOf } from '#lib/server/accounts/sign-in.ts'
import type { Actions } from './$types'

export const actions: Actions = {
  default: async (event) => {
    const form = await event.request.formData()
    const code = textOf(form, 'code').replace(/\s/g, '')
    const isTotp = /^\d{6}$/.test(code)
    const path = isTotp ? '/two-factor/verify-totp' : '/two-factor/verify-backup-code'
    const answer = await askAuth(event, path, { code })
    const user = answer.body.user as { email?: string } | undefined
    if (answer.status !== 200) {
      const { status, fault } = refusalOf(answer)
      return fail(status, { fault })
    }
    await recordFor(event, user?.email ?? '', isTotp ? 'session.signed_in' : 'session.backup_code_used')
    redirect(303, nextPage(event.url.searchParams.get('next')))
  },
}
