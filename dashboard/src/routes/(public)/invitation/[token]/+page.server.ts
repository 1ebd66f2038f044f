import { error, fail, redirect } from '@sveltejs/kit'
import { personFrom } from '#lib/server/accounts/forms.ts'
import { getAccounts } from '#lib/server/accounts/index.ts'
import { accept, acceptAsNew, invitationOf } from '#lib/server/accounts/invitations.ts'
import { personOf } from '#lib/server/accounts/people.ts'
import { recordFor, signIn } from '#lib/server/accounts/sign-in.ts'
import type { Actions, PageServerLoad } from './$types'

async function requireInvitation(token: string) {
  const { store } = getAccounts()
  const invitation = await invitationOf(store.db, token, Date.now())
  if (!invitation) error(404, 'This invitation was used, withdrawn or is over. Ask for another one.')
  return { store, invitation }
}

export const load: PageServerLoad = async ({ params, locals }) => {
  const { store, invitation } = await requireInvitation(params.token)
  const { email, organization, role } = invitation
  const isTheirs = locals.person?.email === email
  const known = (await personOf(store.db, email)) !== undefined
  return {
    email,
    organization,
    role,
    known,
    is_theirs: isTheirs,
    other: isTheirs ? null : (locals.person?.email ?? null),
  }
}

export const actions: Actions = {
  join: async ({ params, locals, ...event }) => {
    const { store, invitation } = await requireInvitation(params.token)
    if (locals.person?.email !== invitation.email) error(403, `This invitation is for ${invitation.email}.`)
    await accept(store.db, invitation, locals.person.id, Date.now())
    await recordFor({ params, locals, ...event }, invitation.email, 'member.joined')
    redirect(303, '/')
  },
  create: async (event) => {
    const { store, invitation } = await requireInvitation(event.params.token)
    const { person, faults, values } = personFrom(await event.request.formData())
    if (!person) return fail(400, { faults, values })
    const id = await acceptAsNew(store, invitation, person, Date.now())
    if (!id)
      return fail(409, { faults: { email: 'There is an account with this address: sign in.' }, values })
    await recordFor(event, invitation.email, 'member.joined')
    await signIn(event, invitation.email, person.password)
    redirect(303, '/')
  },
}
