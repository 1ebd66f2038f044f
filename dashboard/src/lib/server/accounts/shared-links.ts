/**
 * Shared links: one page of one site for whoever has the address, read-only, with fixed parameters. Opening one sets a
 * signed cookie; with it the page, what it asks, and nothing else is open, as for a partner: no players, only the link's
 * banners. A link ends by its date, by being revoked, and with its password.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Kysely } from 'kysely'
import { NAV } from '#lib/nav.ts'
import type { Caller } from '../caller.ts'
import type { Tables } from '../store/tables.ts'
import { listColumn, listOf } from './members.ts'
import { hashPassword, verifyPassword } from './password.ts'
import { newSecret, secretHash } from './secrets.ts'

/** The pages that show nothing of single players. */
export const SHAREABLE = NAV.filter(({ permission }) => permission === 'read')

export const LINK_COOKIE = 'rtpx-link'

export interface NewLink {
  readonly organization_id: string
  readonly created_by: string
  readonly name: string
  readonly site_id: string
  readonly page: string
  /** Parameters of the URL that stay as they are, each with its values: a funnel's filter may stand several times. */
  readonly locked: Readonly<Record<string, readonly string[]>>
  /** Empty for none. */
  readonly password: string
  readonly embed: boolean
  /** Origins that may frame it; empty: any. */
  readonly frame_ancestors: readonly string[]
  readonly banner_prefixes: readonly string[] | null
  readonly expires_at: number | null
}

/** @returns the secret of its address, which is kept nowhere */
export async function createLink(db: Kysely<Tables>, link: NewLink, now: number): Promise<string> {
  const secret = newSecret()
  const { password, embed, frame_ancestors, banner_prefixes, locked, ...rest } = link
  await db
    .insertInto('shared_links')
    .values({
      ...rest,
      id: crypto.randomUUID(),
      token_hash: secretHash(secret),
      password_hash: password === '' ? null : await hashPassword(password),
      locked: JSON.stringify({ ...locked, site: link.site_id }),
      embed: embed ? 1 : 0,
      frame_ancestors: JSON.stringify(frame_ancestors),
      // A fixed banner narrows what the link may read as well, whatever it asks.
      banner_prefixes: listColumn(locked.banner ?? banner_prefixes),
      created_at: now,
    })
    .execute()
  return secret
}

const alive = (db: Kysely<Tables>, now: number) =>
  db
    .selectFrom('shared_links')
    .selectAll()
    .where('revoked_at', 'is', null)
    .where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', now)]))

export type SharedLink = NonNullable<Awaited<ReturnType<typeof linkOf>>>

/** The link of an address. */
export const linkOf = (db: Kysely<Tables>, secret: string, now: number) =>
  alive(db, now).where('token_hash', '=', secretHash(secret)).executeTakeFirst()

export const linksOf = (db: Kysely<Tables>, organization_id: string, now: number) =>
  alive(db, now).where('organization_id', '=', organization_id).orderBy('created_at', 'desc').execute()

/** @returns the link's name, or undefined when there is none */
export async function revokeLink(db: Kysely<Tables>, organization_id: string, id: string, now: number) {
  const link = await db
    .updateTable('shared_links')
    .set({ revoked_at: now })
    .where((is) => is.and({ id, organization_id }))
    .where('revoked_at', 'is', null)
    .returning('name')
    .executeTakeFirst()
  return link?.name
}

export const opensWith = async ({ password_hash }: SharedLink, password: string) =>
  password_hash === null || (await verifyPassword(password, password_hash))

/** Signed with the password's hash as well: another password ends it. */
const signature = (link: SharedLink, secret: string) =>
  createHmac('sha256', secret)
    .update(`link ${link.id} ${link.password_hash ?? ''}`)
    .digest('base64url')

/** The cookie's value with which a link is open. */
export const openedLink = (link: SharedLink, secret: string) => `${link.id}.${signature(link, secret)}`

/** The link that a cookie's value opens. */
export async function linkOfCookie(db: Kysely<Tables>, value: string, secret: string, now: number) {
  const [id = '', given = ''] = value.split('.')
  const link = await alive(db, now).where('id', '=', id).executeTakeFirst()
  if (!link) return undefined
  const right = Buffer.from(signature(link, secret))
  const isRight = given.length === right.length && timingSafeEqual(Buffer.from(given), right)
  return isRight ? link : undefined
}

export const callerOfLink = (link: SharedLink): Caller => ({
  user_id: `link:${link.id}`,
  name: link.name,
  email: '',
  organization_id: link.organization_id,
  role: 'partner',
  permissions: ['read'],
  site_ids: [link.site_id],
  banner_prefixes: listOf(link.banner_prefixes),
})

/** The parameters a link fixes, in order, a name once for each of its values. */
export const fixedBy = ({ locked }: Pick<SharedLink, 'locked'>): [name: string, value: string][] =>
  // Links of before kept one value of each, as a text.
  Object.entries(JSON.parse(locked) as Record<string, string | string[]>).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  )

/** Where an open link leads. */
export const addressOf = (link: SharedLink) => `${link.page}?${new URLSearchParams(fixedBy(link))}`

export type LinkVerdict = 'open' | 'closed' | 'other_parameters'

/** Whether a link opens what is asked: its page and what that asks, with its parameters as they are fixed. */
export function verdictOf(link: SharedLink, { pathname, searchParams }: URL): LinkVerdict {
  const { page } = link
  const name = page === '/' ? '/overview' : page
  const isPage = pathname === page
  const isAsked = pathname === `/api${name}` || pathname === `/api/analytics${name}` || pathname === '/live'
  if (!isPage && !isAsked) return 'closed'
  // A line names its questions later; its caller's scope holds there.
  if (pathname === '/live') return 'open'
  // All its values and no other: one more or less would widen what is shown.
  const fixed = fixedBy(link)
  const names = new Set(fixed.map(([name]) => name))
  const asked = [...searchParams].filter(([name]) => names.has(name))
  return JSON.stringify(asked.toSorted()) === JSON.stringify(fixed.toSorted()) ? 'open' : 'other_parameters'
}

/** `frame-ancestors` of a link's answers. */
export function ancestorsOf({ embed, frame_ancestors }: SharedLink): string | null {
  if (!embed) return null
  const origins = listOf(frame_ancestors) ?? []
  return origins.length > 0 ? origins.join(' ') : '*'
}
