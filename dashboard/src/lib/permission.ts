/** Who may do what. A role is a set of permissions; a partner sees the numbers of its own banners and nothing of players. */

export const ROLES = ['owner', 'admin', 'analyst', 'viewer', 'partner'] as const
export type Role = (typeof ROLES)[number]

/**
 * - `read`: numbers, narrowed to the caller's banners where it has any
 * - `players`: single players, and whatever can't be narrowed to banners
 * - `sql`: queries of one's own
 * - `edit`: costs, alerts, annotations, segments
 * - `manage`: sites, members, keys, erasure, replay and recount
 */
export type Permission = 'read' | 'players' | 'sql' | 'edit' | 'manage'

const GRANTED: Readonly<Record<Role, readonly Permission[]>> = {
  owner: ['read', 'players', 'sql', 'edit', 'manage'],
  admin: ['read', 'players', 'sql', 'edit', 'manage'],
  analyst: ['read', 'players', 'sql', 'edit'],
  viewer: ['read', 'players'],
  partner: ['read'],
}

/** Whether a role grants a permission. */
export const roleMay = (role: Role, permission: Permission) => GRANTED[role].includes(permission)
