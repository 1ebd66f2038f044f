/**
 * Accounts come to be here and nowhere else: the owner of a new install, the invited, and, where the settings open it,
 * anyone. Each in one transaction, so that there is no person without what belongs to them.
 */
import type { Kysely, Transaction } from 'kysely'
import type { Engine } from '../store/columns.ts'
import type { Store } from '../store/database.ts'
import type { Tables } from '../store/tables.ts'
import { hashPassword } from './password.ts'

export interface NewPerson {
  readonly name: string
  readonly email: string
  readonly password: string
}

/** better-auth's name for a password among the ways to sign in. */
const PASSWORD_PROVIDER = 'credential'

export const normalEmail = (email: string) => email.trim().toLowerCase()

/** Whether the install has its owner. */
export async function hasOwner(db: Kysely<Tables>): Promise<boolean> {
  return (await db.selectFrom('installation').select('id').executeTakeFirst()) !== undefined
}

/**
 * Creates the owner and the first organization; of any number who try at once, one succeeds.
 * @returns the owner's id, or undefined when there is one already
 */
export async function createOwner(
  { db, engine }: Store,
  person: NewPerson,
  organization: string,
  now: number,
): Promise<string | undefined> {
  const password = await hashPassword(person.password)
  const id = crypto.randomUUID()
  return db.transaction().execute(async (transaction) => {
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('installation')
      .values({ id: 1, owner_id: id, created_at: now })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow()
    if (numInsertedOrUpdatedRows !== 1n) return undefined
    await insertPerson(transaction, engine, { ...person, id, password, verified: true }, now)
    await foundOrganization(transaction, organization, id, now)
    return id
  })
}

/**
 * Inserts a person with a password's hash.
 * @param person `verified`: whether the address is known to be theirs
 */
export async function insertPerson(
  db: Transaction<Tables>,
  engine: Engine,
  person: NewPerson & { readonly id: string; readonly verified: boolean },
  now: number,
): Promise<void> {
  const moment = new Date(now).toISOString()
  const dated = { created_at: moment, updated_at: moment }
  const email_verified = engine === 'sqlite' ? (person.verified ? 1 : 0) : person.verified
  await db
    .insertInto('users')
    .values({ id: person.id, name: person.name, email: normalEmail(person.email), email_verified, ...dated })
    .execute()
  const credential = { provider_id: PASSWORD_PROVIDER, account_id: person.id, password: person.password }
  await db
    .insertInto('credentials')
    .values({ id: crypto.randomUUID(), user_id: person.id, ...credential, ...dated })
    .execute()
}

/** An organization with its owner. */
export async function foundOrganization(
  db: Kysely<Tables>,
  name: string,
  user_id: string,
  now: number,
): Promise<string> {
  const organization_id = crypto.randomUUID()
  await db.insertInto('organizations').values({ id: organization_id, name, created_at: now }).execute()
  await db
    .insertInto('members')
    .values({ organization_id, user_id, role: 'owner', created_at: now, chosen_at: now })
    .execute()
  return organization_id
}

/** An account with an organization of its own, where anyone may have one. @returns undefined when the address has one */
export async function signUp(
  { db, engine }: Store,
  person: NewPerson,
  now: number,
): Promise<string | undefined> {
  const password = await hashPassword(person.password)
  return db.transaction().execute(async (transaction) => {
    if (await personOf(transaction, person.email)) return undefined
    const id = crypto.randomUUID()
    await insertPerson(transaction, engine, { ...person, id, password, verified: false }, now)
    await foundOrganization(transaction, person.name, id, now)
    return id
  })
}

/** The organization the install began with. @throws Error before there is an owner */
export async function firstOrganization(db: Kysely<Tables>): Promise<string> {
  const query = db.selectFrom('organizations').select('id').orderBy('created_at').orderBy('id')
  return (await query.executeTakeFirstOrThrow()).id
}

/** An account that belongs to nothing yet. @returns its id */
export async function createPerson({ db, engine }: Store, person: NewPerson, now: number): Promise<string> {
  const password = await hashPassword(person.password)
  const id = crypto.randomUUID()
  await db
    .transaction()
    .execute((transaction) =>
      insertPerson(transaction, engine, { ...person, id, password, verified: true }, now),
    )
  return id
}

/** The person of an address. */
export function personOf(db: Kysely<Tables>, email: string) {
  return db
    .selectFrom('users')
    .select(['id', 'name', 'email'])
    .where('email', '=', normalEmail(email))
    .executeTakeFirst()
}

/** Sets a person's password and ends every session and second factor of theirs: for who is locked out. */
export async function resetPerson(
  { db, engine }: Store,
  user_id: string,
  password: string,
  now: number,
): Promise<void> {
  const hash = await hashPassword(password)
  const updated_at = new Date(now).toISOString()
  await db.transaction().execute(async (transaction) => {
    const changed = await transaction
      .updateTable('credentials')
      .set({ password: hash, updated_at })
      .where('user_id', '=', user_id)
      .where('provider_id', '=', PASSWORD_PROVIDER)
      .executeTakeFirst()
    if (changed.numUpdatedRows === 0n)
      await transaction
        .insertInto('credentials')
        .values({
          id: crypto.randomUUID(),
          user_id,
          provider_id: PASSWORD_PROVIDER,
          account_id: user_id,
          password: hash,
          created_at: updated_at,
          updated_at,
        })
        .execute()
    await transaction.deleteFrom('sessions').where('user_id', '=', user_id).execute()
    await transaction.deleteFrom('two_factors').where('user_id', '=', user_id).execute()
    await transaction
      .updateTable('users')
      .set({ two_factor_enabled: engine === 'sqlite' ? 0 : false })
      .where('id', '=', user_id)
      .execute()
  })
}
