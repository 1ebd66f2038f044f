/** Signing in with a password, and what the audit log says of it. */
import type { RequestEvent } from '@sveltejs/kit'
import { recordPerson } from './audit-people.ts'
import { getAccounts } from './index.ts'
import { personOf } from './people.ts'
import { type AuthAnswer, askAuth } from './session.ts'

export type SignInOutcome =
  | { readonly kind: 'signed_in' | 'second_factor' }
  | { readonly kind: 'refused'; readonly status: number; readonly fault: string }

/** Signs in; the session's cookie goes with the answer. The words of a refusal never say which of the two was wrong. */
export async function signIn(event: RequestEvent, email: string, password: string): Promise<SignInOutcome> {
  const answer = await askAuth(event, '/sign-in/email', { email, password })
  if (answer.status === 200) {
    const second = answer.body.twoFactorRedirect === true
    if (!second) await recordFor(event, email, 'session.signed_in')
    return { kind: second ? 'second_factor' : 'signed_in' }
  }
  await recordFor(event, email, 'session.refused')
  return { kind: 'refused', ...refusalOf(answer) }
}

/** Why better-auth refused, for people. */
export function refusalOf({ status, code }: AuthAnswer): { readonly status: number; readonly fault: string } {
  if (status === 429) return { status, fault: 'Too many tries. Wait a minute, then try again.' }
  if (/LOCKED/.test(code))
    return { status: 429, fault: 'Too many wrong codes. Wait some minutes, then try again.' }
  if (/CODE|TOTP/.test(code)) return { status: 400, fault: 'This code is not right, or no longer.' }
  if (/COOKIE|SESSION|TOKEN/.test(code)) return { status: 400, fault: 'This took too long. Start again.' }
  return { status: 400, fault: 'The e-mail address or the password is not right.' }
}

/** Notes what happened to an account, in the log of each organization it belongs to. */
export async function recordFor(event: RequestEvent, email: string, action: string): Promise<void> {
  const { store } = getAccounts()
  const person = await personOf(store.db, email)
  if (person) await recordPerson(store.db, person, event.getClientAddress(), { action }, Date.now())
}
