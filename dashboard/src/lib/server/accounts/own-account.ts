/** What people do to their own account: password, second factor, sessions. */
import type { RequestEvent } from '@sveltejs/kit'
import type { Kysely } from 'kysely'
import type { Tables } from '../store/tables.ts'
import { type AuthAnswer, askAuth } from './session.ts'

/** Ends every other session with it. */
export const changePassword = (event: RequestEvent, currentPassword: string, newPassword: string) =>
  askAuth(event, '/change-password', { currentPassword, newPassword, revokeOtherSessions: true })

/** Begins the second factor; it counts once a code of it was given. */
export const enableTwoFactor = (event: RequestEvent, password: string) =>
  askAuth(event, '/two-factor/enable', { password })

/** The backup codes of an answer. */
export const codesOf = ({ body }: AuthAnswer): readonly string[] =>
  Array.isArray(body.backupCodes) ? body.backupCodes.map(String) : []

/** A person's sessions, the newest first; without their secrets. */
export async function sessionsOf(db: Kysely<Tables>, user_id: string) {
  const sessions = await db
    .selectFrom('sessions')
    .select(['id', 'ip_address', 'user_agent', 'created_at'])
    .where('user_id', '=', user_id)
    .orderBy('created_at', 'desc')
    .execute()
  return sessions.map((session) => ({ ...session, created_at: new Date(session.created_at).getTime() }))
}

/** Ends a session of a person's own. */
export async function endSession(db: Kysely<Tables>, user_id: string, id: string): Promise<void> {
  await db.deleteFrom('sessions').where('id', '=', id).where('user_id', '=', user_id).execute()
}
