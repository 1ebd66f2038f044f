/** Members of organizations and what each may see. An organization always keeps an owner. */
import type { Kysely } from 'kysely'
import type { Role } from '#lib/permission.ts'
import type { Store } from '../store/database.ts'
import type { Tables } from '../store/tables.ts'

/** What a member, an invitation or a key may see, as the tables keep it. */
export interface MemberScope {
  readonly role: Role
  /** JSON list; null: every site of the organization. */
  readonly site_ids: string | null
  /** JSON list; null: every banner. */
  readonly banner_prefixes: string | null
}

export const scopeColumns = ({ role, site_ids, banner_prefixes }: MemberScope): MemberScope => ({
  role,
  site_ids,
  banner_prefixes,
})

/** A list as the tables keep it; null stands for everything. */
export const listColumn = (list: readonly string[] | null) => (list === null ? null : JSON.stringify(list))

/** The list of a column. @throws SyntaxError for what this code never wrote */
export const listOf = (column: string | null): readonly string[] | null =>
  column === null ? null : JSON.parse(column)

interface NewMember extends MemberScope {
  readonly organization_id: string
  readonly user_id: string
}

/** Adds a member, or gives the one there is this scope; the organization becomes the one they look at. */
export async function addMember(db: Kysely<Tables>, member: NewMember, now: number): Promise<void> {
  const { organization_id, user_id } = member
  await db
    .insertInto('members')
    .values({ organization_id, user_id, created_at: now, chosen_at: now, ...scopeColumns(member) })
    .onConflict((conflict) => conflict.columns(['organization_id', 'user_id']).doNothing())
    .execute()
}

export function membersOf(db: Kysely<Tables>, organization_id: string) {
  return db
    .selectFrom('members')
    .innerJoin('users', 'users.id', 'members.user_id')
    .select(['users.id as user_id', 'users.name', 'users.email', 'users.two_factor_enabled'])
    .select(['members.role', 'members.site_ids', 'members.banner_prefixes', 'members.created_at'])
    .where('members.organization_id', '=', organization_id)
    .orderBy('members.created_at')
    .execute()
}

/** The organizations of a person, the one they chose last first. */
export function membershipsOf(db: Kysely<Tables>, user_id: string) {
  return db
    .selectFrom('members')
    .innerJoin('organizations', 'organizations.id', 'members.organization_id')
    .selectAll('members')
    .select('organizations.name as organization')
    .where('user_id', '=', user_id)
    .orderBy('chosen_at', 'desc')
    .orderBy('members.organization_id')
    .execute()
}

/** Looks at another of one's organizations from now on. */
export async function chooseOrganization(
  db: Kysely<Tables>,
  user_id: string,
  organization_id: string,
  now: number,
): Promise<void> {
  await db
    .updateTable('members')
    .set({ chosen_at: now })
    .where('user_id', '=', user_id)
    .where('organization_id', '=', organization_id)
    .execute()
}

type MemberChange = 'changed' | 'no_such_member' | 'last_owner'

/** Gives a member another scope, or removes them with null. */
export function changeMember(
  { db, engine }: Store,
  organization_id: string,
  user_id: string,
  scope: MemberScope | null,
): Promise<MemberChange> {
  return db.transaction().execute(async (transaction) => {
    const owners = await transaction
      .selectFrom('members')
      .select(['user_id'])
      .where('organization_id', '=', organization_id)
      .where('role', '=', 'owner')
      // Two owners who remove each other at once: the second waits and sees the first's deed.
      .$if(engine === 'postgres', (query) => query.forUpdate())
      .execute()
    const keepsOwner = scope?.role === 'owner' || owners.some((owner) => owner.user_id !== user_id)
    if (!keepsOwner) return 'last_owner'
    const member = { organization_id, user_id }
    const { count } =
      scope === null
        ? await transaction
            .deleteFrom('members')
            .where((is) => is.and(member))
            .executeTakeFirst()
            .then(({ numDeletedRows }) => ({ count: numDeletedRows }))
        : await transaction
            .updateTable('members')
            .set(scopeColumns(scope))
            .where((is) => is.and(member))
            .executeTakeFirst()
            .then(({ numUpdatedRows }) => ({ count: numUpdatedRows }))
    return count === 1n ? 'changed' : 'no_such_member'
  })
}
