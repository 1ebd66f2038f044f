/**
 * Keys for programs: `rtpx_` and 256 random bits, shown once, kept as a hash. A key has permissions, sites, banners, an
 * end and a number of requests a minute; it belongs to the organization and outlives who made it.
 */
import type { Kysely } from 'kysely'
import { type Permission, ROLES, type Role, roleMay } from '#lib/permission.ts'
import type { Tables } from '../store/tables.ts'
import { listColumn } from './members.ts'
import { newSecret, secretHash } from './secrets.ts'

const KEY_PREFIX = 'rtpx_'
/** How much of a key is kept readable, to tell keys apart. */
const SHOWN = KEY_PREFIX.length + 6
/** How exact "last used" is, in ms: a busy key must not write at every request. */
const USE_MS = 60_000

/** What keys can be made for. */
export const PERMISSIONS: readonly Permission[] = ['read', 'players', 'sql', 'edit', 'manage']

interface NewKey {
  readonly organization_id: string
  readonly created_by: string
  readonly name: string
  readonly permissions: readonly Permission[]
  readonly site_ids: readonly string[] | null
  readonly banner_prefixes: readonly string[] | null
  readonly requests_per_minute: number
  readonly expires_at: number | null
}

/** The least role that may do all of it. */
const roleFor = (permissions: readonly Permission[]): Role =>
  ROLES.findLast(
    (role) => role !== 'owner' && permissions.every((permission) => roleMay(role, permission)),
  ) ?? 'admin'

/** Makes a key. @returns its id and the key itself, which is kept nowhere */
export async function createKey(db: Kysely<Tables>, key: NewKey, now: number) {
  const id = crypto.randomUUID()
  const secret = `${KEY_PREFIX}${newSecret()}`
  await db
    .insertInto('api_keys')
    .values({
      ...key,
      id,
      key_hash: secretHash(secret),
      prefix: secret.slice(0, SHOWN),
      role: roleFor(key.permissions),
      permissions: JSON.stringify(key.permissions),
      site_ids: listColumn(key.site_ids),
      banner_prefixes: listColumn(key.banner_prefixes),
      created_at: now,
    })
    .execute()
  return { id, key: secret }
}

/** A key that is neither revoked nor over; notes that it was used. */
export async function keyOf(db: Kysely<Tables>, secret: string, now: number) {
  const key = await db
    .selectFrom('api_keys')
    .selectAll()
    .where('key_hash', '=', secretHash(secret))
    .where('revoked_at', 'is', null)
    .where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', now)]))
    .executeTakeFirst()
  if (key && now - (key.last_used_at ?? 0) >= USE_MS)
    await db.updateTable('api_keys').set({ last_used_at: now }).where('id', '=', key.id).execute()
  return key
}

export const keysOf = (db: Kysely<Tables>, organization_id: string) =>
  db
    .selectFrom('api_keys')
    .selectAll()
    .where('organization_id', '=', organization_id)
    .where('revoked_at', 'is', null)
    .orderBy('created_at', 'desc')
    .execute()

/** @returns the revoked key's name, or undefined when there is none */
export async function revokeKey(db: Kysely<Tables>, organization_id: string, id: string, now: number) {
  const key = await db
    .updateTable('api_keys')
    .set({ revoked_at: now })
    .where('id', '=', id)
    .where('organization_id', '=', organization_id)
    .where('revoked_at', 'is', null)
    .returning('name')
    .executeTakeFirst()
  return key?.name
}
