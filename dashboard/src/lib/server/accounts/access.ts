/**
 * From who knocks to what they may see: a session's member, a key, a shared link, each as a `Caller`. A site belongs to
 * the organization that `organization_sites` names, any other to the first organization of the install.
 */
import type { Kysely } from 'kysely'
import type { Permission } from '#lib/permission.ts'
import type { Caller } from '../caller.ts'
import type { Tables } from '../store/tables.ts'
import { keyOf } from './keys.ts'
import { listOf, membershipsOf } from './members.ts'

/** Every site there is; asked only where organizations share an install. */
export type RegisteredSites = () => Promise<readonly string[]>

/** The sites of an organization. */
export async function sitesOfOrganization(
  db: Kysely<Tables>,
  organization_id: string,
  registered: RegisteredSites,
): Promise<readonly string[] | 'all'> {
  const [rows, first] = await Promise.all([
    db.selectFrom('organization_sites').select(['site_id', 'organization_id']).execute(),
    db.selectFrom('organizations').select('id').orderBy('created_at').orderBy('id').executeTakeFirst(),
  ])
  const own = rows.filter((row) => row.organization_id === organization_id).map(({ site_id }) => site_id)
  if (first?.id !== organization_id) return own
  const others = rows.filter((row) => row.organization_id !== organization_id).map(({ site_id }) => site_id)
  if (others.length === 0) return 'all'
  const theirs = new Set(others)
  return [...new Set([...own, ...(await registered())])].filter((site_id) => !theirs.has(site_id))
}

/** What of an organization's sites a scope leaves. */
export const narrowed = (
  sites: readonly string[] | 'all',
  column: string | null,
): readonly string[] | 'all' => {
  const chosen = listOf(column)
  if (chosen === null) return sites
  return sites === 'all' ? chosen : chosen.filter((site_id) => sites.includes(site_id))
}

/** The caller of a session: the person as a member of the organization they chose last. @returns null for a member of none */
export async function callerOfPerson(
  db: Kysely<Tables>,
  person: { readonly id: string; readonly name: string; readonly email: string },
  registered: RegisteredSites,
): Promise<Caller | null> {
  const [member] = await membershipsOf(db, person.id)
  if (!member) return null
  const sites = await sitesOfOrganization(db, member.organization_id, registered)
  return {
    user_id: person.id,
    name: person.name,
    email: person.email,
    organization_id: member.organization_id,
    role: member.role,
    site_ids: narrowed(sites, member.site_ids),
    banner_prefixes: listOf(member.banner_prefixes),
  }
}

interface KeyCaller {
  readonly caller: Caller
  readonly id: string
  readonly requests_per_minute: number
}

/** The caller of a key; undefined for one that does not count (any more). */
export async function callerOfKey(
  db: Kysely<Tables>,
  secret: string,
  registered: RegisteredSites,
  now: number,
): Promise<KeyCaller | undefined> {
  const key = await keyOf(db, secret, now)
  if (!key) return undefined
  const sites = await sitesOfOrganization(db, key.organization_id, registered)
  const caller: Caller = {
    user_id: `key:${key.id}`,
    name: key.name,
    email: '',
    organization_id: key.organization_id,
    role: key.role,
    permissions: (listOf(key.permissions) ?? []) as readonly Permission[],
    site_ids: narrowed(sites, key.site_ids),
    banner_prefixes: listOf(key.banner_prefixes),
  }
  return { caller, id: key.id, requests_per_minute: key.requests_per_minute }
}
