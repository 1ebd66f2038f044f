import { fail } from '@sveltejs/kit'
import { renderSVG } from 'uqr'
import { textOf } from '#lib/server/accounts/forms.ts'
import { managing } from '#lib/server/accounts/manage.ts'
import { chooseOrganization, membershipsOf } from '#lib/server/accounts/members.ts'
import {
  changePassword,
  codesOf,
  enableTwoFactor,
  endSession,
  sessionsOf,
} from '#lib/server/accounts/own-account.ts'
import { passwordFault } from '#lib/server/accounts/password.ts'
import { askAuth } from '#lib/server/accounts/session.ts'
import { refusalOf } from '#lib/server/accounts/sign-in.ts'
import type { Actions, PageServerLoad } from './$types'

const NOTHING = { fault: null, done: null, setup: null, codes: null }

export const load: PageServerLoad = async (event) => {
  const { caller, store } = managing(event, 'read')
  const { person } = event.locals
  if (!person)
    return { person: null, sessions: [], organizations: [], organization_id: caller.organization_id }
  const [sessions, memberships] = await Promise.all([
    sessionsOf(store.db, person.id),
    membershipsOf(store.db, person.id),
  ])
  return {
    person: { name: person.name, email: person.email, two_factor: person.two_factor },
    sessions: sessions.map((session) => ({ ...session, current: session.id === person.session_id })),
    organizations: memberships.map(({ organization_id, organization, role }) => ({
      organization_id,
      organization,
      role,
    })),
    organization_id: caller.organization_id,
  }
}

export const actions: Actions = {
  password: async (event) => {
    const { caller, note } = managing(event, 'read')
    const form = await event.request.formData()
    const newPassword = textOf(form, 'new_password')
    const weak = passwordFault(newPassword, caller.email)
    if (weak) return fail(400, { ...NOTHING, fault: weak })
    const answer = await changePassword(event, textOf(form, 'password'), newPassword)
    if (answer.status !== 200) return fail(400, { ...NOTHING, fault: refused(answer) })
    await note({ action: 'password.changed', target: caller.email })
    return { ...NOTHING, done: 'The password is changed; every other session has ended.' }
  },
  enable: async (event) => {
    const { caller, note } = managing(event, 'read')
    const answer = await enableTwoFactor(event, textOf(await event.request.formData(), 'password'))
    if (answer.status !== 200) return fail(400, { ...NOTHING, fault: refused(answer) })
    const uri = String(answer.body.totpURI)
    await note({ action: 'two_factor.begun', target: caller.email })
    const setup = { qr: renderSVG(uri), secret: new URL(uri).searchParams.get('secret') ?? '' }
    return { ...NOTHING, setup, codes: codesOf(answer) }
  },
  confirm: async (event) => {
    const { caller, note } = managing(event, 'read')
    const code = textOf(await event.request.formData(), 'code').replace(/\s/g, '')
    const answer = await askAuth(event, '/two-factor/verify-totp', { code })
    if (answer.status !== 200)
      return fail(400, { ...NOTHING, fault: 'This code is not right. Scan again and use a fresh one.' })
    await note({ action: 'two_factor.enabled', target: caller.email })
    return { ...NOTHING, done: 'The second factor is on.' }
  },
  disable: async (event) => {
    const { caller, note } = managing(event, 'read')
    const password = textOf(await event.request.formData(), 'password')
    const answer = await askAuth(event, '/two-factor/disable', { password })
    if (answer.status !== 200) return fail(400, { ...NOTHING, fault: refused(answer) })
    await note({ action: 'two_factor.disabled', target: caller.email })
    return { ...NOTHING, done: 'The second factor is off.' }
  },
  codes: async (event) => {
    const { caller, note } = managing(event, 'read')
    const password = textOf(await event.request.formData(), 'password')
    const answer = await askAuth(event, '/two-factor/generate-backup-codes', { password })
    if (answer.status !== 200) return fail(400, { ...NOTHING, fault: refused(answer) })
    await note({ action: 'two_factor.new_codes', target: caller.email })
    return { ...NOTHING, done: 'These replace the codes you had.', codes: codesOf(answer) }
  },
  end: async (event) => {
    const { caller, store, note } = managing(event, 'read')
    const id = textOf(await event.request.formData(), 'id')
    await endSession(store.db, caller.user_id, id)
    await note({ action: 'session.ended', target: caller.email })
    return { ...NOTHING, done: 'The session has ended.' }
  },
  organization: async (event) => {
    const { caller, store, now } = managing(event, 'read')
    const id = textOf(await event.request.formData(), 'organization_id')
    await chooseOrganization(store.db, caller.user_id, id, now)
    return { ...NOTHING, done: 'You look at this organization now.' }
  },
}

const refused = (answer: Parameters<typeof refusalOf>[0]) =>
  answer.status === 429 ? refusalOf(answer).fault : 'Your password is not right.'
