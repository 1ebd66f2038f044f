/** Ends the session; only by a form, so that no link of another page signs anyone out. */
import { redirect } from '@sveltejs/kit'
import { askAuth } from '#lib/server/accounts/session.ts'
import type { RequestHandler } from './$types'

export const POST: RequestHandler = async (event) => {
  await askAuth(event, '/sign-out', {})
  redirect(303, '/')
}
