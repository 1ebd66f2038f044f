import { fail } from '@sveltejs/kit'
import { emailOf } from '#lib/server/accounts/email.ts'
import { textOf } from '#lib/server/accounts/forms.ts'
import { getAccounts } from '#lib/server/accounts/index.ts'
import { invite, openInvitations, withdrawInvitation } from '#lib/server/accounts/invitations.ts'
import { managing } from '#lib/server/accounts/manage.ts'
import { changeMember, listOf, type MemberScope, membersOf } from '#lib/server/accounts/members.ts'
import { scopeFrom } from '#lib/server/accounts/scope-form.ts'
import type { Actions, PageServerLoad } from './$types'

const shown = ({ role, site_ids, banner_prefixes }: MemberScope) => ({
  role,
  site_ids: listOf(site_ids)?.join(', ') ?? '',
  banner_prefixes: listOf(banner_prefixes)?.join(', ') ?? '',
})

export const load: PageServerLoad = async (event) => {
  const { caller, store, now } = managing(event, 'manage')
  const [members, invitations] = await Promise.all([
    membersOf(store.db, caller.organization_id),
    openInvitations(store.db, caller.organization_id, now),
  ])
  return {
    own_id: caller.user_id,
    may_make_owners: caller.role === 'owner',
    sends: getAccounts().mailer.sends,
    members: members.map((member) => ({
      user_id: member.user_id,
      name: member.name,
      email: member.email,
      two_factor: Boolean(member.two_factor_enabled),
      ...shown(member),
    })),
    invitations: invitations.map(({ id, email, expires_at, ...scope }) => ({
      id,
      email,
      expires_at,
      ...shown(scope),
    })),
  }
}

export const actions: Actions = {
  invite: async (event) => {
    const { caller, store, now, note } = managing(event, 'manage')
    const form = await event.request.formData()
    const email = emailOf(textOf(form, 'email'))
    if (!email) return fail(400, { fault: 'This is no e-mail address.', done: null, link: null })
    const judged = scopeFrom(form, caller)
    if ('fault' in judged) return fail(400, { fault: judged.fault, done: null, link: null })
    const { organization_id, user_id } = caller
    const { secret } = await invite(
      store.db,
      { ...judged.scope, organization_id, email, invited_by: user_id },
      now,
    )
    await note({ action: 'member.invited', target: email, detail: { ...judged.scope } })
    const { mailer, origin } = getAccounts()
    const link = `${origin}/invitation/${secret}`
    const subject = 'You are invited to rtpx'
    const text = `${caller.name} invites you. The link is for you alone and works for a week.`
    const sent = await mailer.send({ to: email, subject, text, link }).then(
      () => mailer.sends,
      () => false,
    )
    const done = sent
      ? `The invitation is on its way to ${email}.`
      : `Give this link to ${email}; it is shown once.`
    return { fault: null, done, link: sent ? null : link }
  },
  withdraw: async (event) => {
    const { caller, store, note } = managing(event, 'manage')
    const id = textOf(await event.request.formData(), 'id')
    await withdrawInvitation(store.db, caller.organization_id, id)
    await note({ action: 'member.invitation_withdrawn', target: id })
    return { fault: null, done: 'The invitation is withdrawn.', link: null }
  },
  change: async (event) => {
    const { caller, store, note } = managing(event, 'manage')
    const form = await event.request.formData()
    const user_id = textOf(form, 'user_id')
    const judged = textOf(form, 'remove') ? { scope: null } : scopeFrom(form, caller)
    if ('fault' in judged) return fail(400, { fault: judged.fault, done: null, link: null })
    const member = (await membersOf(store.db, caller.organization_id)).find((one) => one.user_id === user_id)
    if (member?.role === 'owner' && caller.role !== 'owner')
      return fail(403, { fault: 'Only an owner changes owners.', done: null, link: null })
    const outcome = await changeMember(store, caller.organization_id, user_id, judged.scope)
    if (outcome === 'last_owner')
      return fail(409, { fault: 'The organization would have no owner.', done: null, link: null })
    if (outcome === 'no_such_member')
      return fail(404, { fault: 'There is no such member.', done: null, link: null })
    const action = judged.scope ? 'member.changed' : 'member.removed'
    await note({ action, target: member?.email ?? user_id, detail: { ...judged.scope } })
    return {
      fault: null,
      done: judged.scope ? 'Saved; it holds from now on.' : 'They are a member no more.',
      link: null,
    }
  },
}
