/** Who asks: every page, route and query is answered within what its caller may see. */
import { type Permission, type Role, roleMay } from '#lib/permission.ts'

export interface Caller {
  readonly user_id: string
  readonly name: string
  readonly email: string
  readonly organization_id: string
  readonly role: Role
  /** A key's: what it was made for, of what its role grants; absent: everything. */
  readonly permissions?: readonly Permission[]
  /** The sites of the caller's organization. */
  readonly site_ids: readonly string[] | 'all'
  /** A partner's: only banners that begin with one of them count; null for everyone else. */
  readonly banner_prefixes: readonly string[] | null
}

/** What the caller asked for is not theirs to see or do. */
export class Forbidden extends Error {
  constructor(readonly permission: Permission) {
    super(`this needs the permission ${permission}`)
  }
}

/** Nobody is signed in. */
export class SignedOut extends Error {}

/** Whether a caller has a permission. */
export const callerMay = ({ role, permissions }: Caller, permission: Permission) =>
  roleMay(role, permission) && (permissions?.includes(permission) ?? true)

/** @throws SignedOut without a caller, Forbidden when its role does not grant the permission */
export function requireCaller(caller: Caller | null, permission: Permission): Caller {
  if (!caller) throw new SignedOut('sign in first')
  if (!callerMay(caller, permission)) throw new Forbidden(permission)
  return caller
}

export const maySeeSite = ({ site_ids }: Caller, site_id: string) =>
  site_ids === 'all' || site_ids.includes(site_id)

/**
 * Whose counts a caller gets who asks for a banner, or for all with null: a partner's are narrowed to its prefixes, and
 * those of a banner that is not its own are nobody's.
 */
export function bannersOf(
  { banner_prefixes }: Caller,
  banner: string | null,
): string | readonly string[] | null {
  if (banner_prefixes === null) return banner
  if (banner === null) return banner_prefixes
  return banner_prefixes.some((prefix) => banner.startsWith(prefix)) ? banner : []
}
