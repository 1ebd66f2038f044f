/**
 * Invitations: a link with a secret, for one address, for a week, for one organization with one role. Who has an account
 * joins with it; who has none makes one, or comes by a provider that vouches for the address.
 */
import { APIError } from 'better-auth/api'
import type { Kysely } from 'kysely'
import type { Store } from '../store/database.ts'
import type { Tables } from '../store/tables.ts'
import type { MemberScope } from './members.ts'
import { addMember, scopeColumns } from './members.ts'
import { hashPassword } from './password.ts'
import { foundOrganization, hasOwner, insertPerson, type NewPerson, normalEmail, personOf } from './people.ts'
import { newSecret, secretHash } from './secrets.ts'

const WEEK_MS = 7 * 86_400_000

interface NewInvitation extends MemberScope {
  readonly organization_id: string
  readonly email: string
  readonly invited_by: string
}

/** @returns its id, and the secret of its link, which is kept nowhere */
export async function invite(db: Kysely<Tables>, invitation: NewInvitation, now: number) {
  const id = crypto.randomUUID()
  const secret = newSecret()
  await db
    .insertInto('invitations')
    .values({
      id,
      token_hash: secretHash(secret),
      organization_id: invitation.organization_id,
      email: normalEmail(invitation.email),
      invited_by: invitation.invited_by,
      created_at: now,
      expires_at: now + WEEK_MS,
      ...scopeColumns(invitation),
    })
    .execute()
  return { id, secret }
}

const open = (db: Kysely<Tables>, now: number) =>
  db
    .selectFrom('invitations')
    .innerJoin('organizations', 'organizations.id', 'invitations.organization_id')
    .selectAll('invitations')
    .select('organizations.name as organization')
    .where('accepted_at', 'is', null)
    .where('expires_at', '>', now)

/** The invitation of a link; undefined when it is used, expired, withdrawn or never was. */
export const invitationOf = (db: Kysely<Tables>, secret: string, now: number) =>
  open(db, now).where('token_hash', '=', secretHash(secret)).executeTakeFirst()

/** The open invitations of an organization. */
export const openInvitations = (db: Kysely<Tables>, organization_id: string, now: number) =>
  open(db, now).where('organization_id', '=', organization_id).orderBy('invitations.created_at').execute()

export async function withdrawInvitation(
  db: Kysely<Tables>,
  organization_id: string,
  id: string,
): Promise<void> {
  await db
    .deleteFrom('invitations')
    .where('id', '=', id)
    .where('organization_id', '=', organization_id)
    .where('accepted_at', 'is', null)
    .execute()
}

type Invitation = NonNullable<Awaited<ReturnType<typeof invitationOf>>>

/** Makes a person a member; of two who use a link at once, one does. @returns whether it was still open */
export async function accept(
  db: Kysely<Tables>,
  invitation: Invitation,
  user_id: string,
  now: number,
): Promise<boolean> {
  const taken = await db
    .updateTable('invitations')
    .set({ accepted_at: now })
    .where('id', '=', invitation.id)
    .where('accepted_at', 'is', null)
    .executeTakeFirst()
  if (taken.numUpdatedRows !== 1n) return false
  await addMember(db, { ...invitation, user_id }, now)
  return true
}

/** An account for the invited address, and its membership. @returns undefined when the link or the address was taken meanwhile */
export async function acceptAsNew(
  { db, engine }: Store,
  invitation: Invitation,
  person: Omit<NewPerson, 'email'>,
  now: number,
): Promise<string | undefined> {
  const password = await hashPassword(person.password)
  return db.transaction().execute(async (transaction) => {
    if (await personOf(transaction, invitation.email)) return undefined
    const id = crypto.randomUUID()
    const whole = { id, name: person.name, email: invitation.email, password, verified: true }
    await insertPerson(transaction, engine, whole, now)
    if (await accept(transaction, invitation, id, now)) return id
    throw new InvitationUsed()
  })
}

class InvitationUsed extends Error {}

interface Vouched {
  readonly id?: string
  readonly name: string
  readonly email: string
  readonly emailVerified: boolean
}

/** Lets in whom a provider vouches for when they are invited or anyone may come. @throws APIError, shown on the sign-in page */
export async function admittedByProvider(
  db: Kysely<Tables>,
  signUp: string,
  user: Vouched,
  now: number,
): Promise<void> {
  if (!(await hasOwner(db))) throw new APIError('FORBIDDEN', { message: 'no_owner_yet' })
  if (signUp === 'open') return
  const invitation = await open(db, now).where('email', '=', normalEmail(user.email)).executeTakeFirst()
  if (!invitation || !user.emailVerified) throw new APIError('FORBIDDEN', { message: 'not_invited' })
}

/** What awaits a person that a provider brought: the organizations that invited them, or one of their own. */
export async function welcomeFromProvider(
  db: Kysely<Tables>,
  signUp: string,
  user: Vouched & { readonly id: string },
  now: number,
): Promise<void> {
  const invitations = user.emailVerified
    ? await open(db, now).where('email', '=', normalEmail(user.email)).execute()
    : []
  for (const invitation of invitations) await accept(db, invitation, user.id, now)
  if (invitations.length === 0 && signUp === 'open') await foundOrganization(db, user.name, user.id, now)
}
