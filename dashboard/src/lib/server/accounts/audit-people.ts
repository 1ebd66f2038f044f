/** What people do with their own accounts, in the audit log of each organization they belong to. */
import type { Kysely } from 'kysely'
import type { Tables } from '../store/tables.ts'
import { record } from './audit.ts'
import { membershipsOf } from './members.ts'

interface Somebody {
  readonly id: string
  readonly email: string
}

/** @param deed what was done with the account, as `session.signed_in` */
export async function recordPerson(
  db: Kysely<Tables>,
  { id, email }: Somebody,
  ip_address: string,
  deed: { readonly action: string; readonly detail?: Readonly<Record<string, unknown>> },
  now: number,
): Promise<void> {
  for (const { organization_id } of await membershipsOf(db, id))
    await record(
      db,
      { user_id: id, name: email, organization_id, ip_address },
      { ...deed, target: email },
      now,
    )
}

/** A session that a provider's word began. */
export async function recordProvider(
  db: Kysely<Tables>,
  session: { readonly userId: string; readonly ipAddress?: string | null | undefined },
  now: number,
): Promise<void> {
  const query = db.selectFrom('users').select(['id', 'email']).where('id', '=', session.userId)
  const person = await query.executeTakeFirst()
  const deed = { action: 'session.signed_in', detail: { by: 'provider' } }
  if (person) await recordPerson(db, person, session.ipAddress ?? '', deed, now)
}
