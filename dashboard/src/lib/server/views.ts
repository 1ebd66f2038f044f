/**
 * Views that people keep. A person sees their own, and those shared in the organization as far as they might open them:
 * of sites and pages that are theirs. An address tells the banners it is narrowed to, so whoever sees only some banners
 * is shown only what they kept themselves.
 */
import { NAV } from '#lib/nav.ts'
import type { Permission } from '#lib/permission.ts'
import { MAX_VIEW_NAME, type SavedView } from '#lib/views.ts'
import { type Caller, callerMay, maySeeSite } from './caller.ts'
import { BadInput, mayChange, NotThere } from './sql/saved.ts'
import { getStore } from './store/index.ts'
import type { Tables } from './store/tables.ts'

const MAX_ADDRESS = 4_000
/** Of one person. */
const MOST = 200

/** What a request wants to keep; of a change, what it names. */
export interface ViewInput {
  readonly name: string
  readonly shared: boolean
  readonly href: string
}

interface Place {
  readonly site_id: string
  readonly page: string
  readonly search: string
}

/** Who may open a page; undefined where there is none that can be kept. A player's page names a person, so it is not kept. */
function permissionOf(page: string): Permission | undefined {
  if (page === '/report') return 'players'
  if (page.startsWith('/players/')) return undefined
  return NAV.find(({ href }) => page === href || (href !== '/' && page.startsWith(`${href}/`)))?.permission
}

const isNarrowed = ({ role, banner_prefixes }: Caller) => role === 'partner' || banner_prefixes !== null

const mayOpen = (caller: Caller, { site_id, page }: Place) => {
  const permission = permissionOf(page)
  return permission !== undefined && callerMay(caller, permission) && maySeeSite(caller, site_id)
}

/** An address as it is kept: a page of this dashboard, whatever was sent. @throws BadInput */
function placeOf(href: string): Place {
  const base = 'http://here.invalid'
  const url = URL.canParse(href, base) ? new URL(href, base) : null
  if (!href.startsWith('/') || href.length > MAX_ADDRESS || url?.origin !== base)
    throw new BadInput('href', `A path of this dashboard of at most ${MAX_ADDRESS} characters is needed.`)
  if (permissionOf(url.pathname) === undefined)
    throw new BadInput('href', 'Views of this page cannot be kept.')
  const site_id = url.searchParams.get('site') ?? ''
  if (site_id === '') throw new BadInput('href', 'The address has to name its site.')
  url.searchParams.delete('site')
  return { site_id, page: url.pathname, search: url.searchParams.toString() }
}

/** Reads what a request wants. @throws BadInput */
export function viewInputOf(body: unknown): Partial<ViewInput> {
  const { name, shared, href } = (body ?? {}) as Record<string, unknown>
  const text = typeof name === 'string' && name.isWellFormed() ? name.trim() : ''
  if (name !== undefined && (text === '' || text.length > MAX_VIEW_NAME))
    throw new BadInput('name', `A name of 1 to ${MAX_VIEW_NAME} characters is needed.`)
  if (href !== undefined && typeof href !== 'string') throw new BadInput('href', 'The address is a text.')
  return {
    ...(name !== undefined && { name: text }),
    ...(href !== undefined && { href }),
    ...(shared !== undefined && { shared: shared === true }),
  }
}

const viewOf = (caller: Caller, row: Tables['saved_views']): SavedView => ({
  id: row.id,
  name: row.name,
  href: `${row.page}?${new URLSearchParams([['site', row.site_id], ...new URLSearchParams(row.search)])}`,
  shared: row.shared === 1,
  mine: mayChange(caller, row.created_by),
})

const visible = (caller: Caller) =>
  getStore()
    .db.selectFrom('saved_views')
    .selectAll()
    .where('organization_id', '=', caller.organization_id)
    .where(({ eb, or }) =>
      or([eb('created_by', '=', caller.user_id), ...(isNarrowed(caller) ? [] : [eb('shared', '=', 1)])]),
    )

/** What a caller sees and may open, by name. */
export async function savedViews(caller: Caller): Promise<SavedView[]> {
  const rows = await visible(caller).orderBy('name').orderBy('id').execute()
  return rows.filter((row) => mayOpen(caller, row)).map((row) => viewOf(caller, row))
}

/** @throws NotThere, also for one that is not the caller's to change */
async function ownView(caller: Caller, id: string): Promise<Tables['saved_views']> {
  const row = await visible(caller).where('id', '=', id).executeTakeFirst()
  if (!row || !mayOpen(caller, row) || !mayChange(caller, row.created_by)) throw new NotThere('view of yours')
  return row
}

/** A partner keeps for itself: what it called its views is no matter of the organization's. */
const sharedColumn = (caller: Caller, shared: boolean): 0 | 1 => (shared && !isNarrowed(caller) ? 1 : 0)

/** Keeps a view. @throws BadInput */
export async function addView(caller: Caller, input: Partial<ViewInput>, now: number): Promise<SavedView> {
  const { name, href, shared = false } = input
  if (name === undefined || href === undefined)
    throw new BadInput('name', 'A name and an address are needed.')
  const place = placeOf(href)
  if (!mayOpen(caller, place)) throw new BadInput('href', 'This page is not yours to see.')
  const own = await visible(caller).where('created_by', '=', caller.user_id).execute()
  if (own.length >= MOST) throw new BadInput('name', `A person keeps at most ${MOST} views.`)
  const row: Tables['saved_views'] = {
    id: crypto.randomUUID(),
    organization_id: caller.organization_id,
    created_by: caller.user_id,
    created_at: now,
    updated_at: now,
    name,
    shared: sharedColumn(caller, shared),
    ...place,
  }
  await getStore().db.insertInto('saved_views').values(row).execute()
  return viewOf(caller, row)
}

/** Renames a view, or shares it, or no more. @throws NotThere, BadInput */
export async function changeView(
  caller: Caller,
  id: string,
  { name, shared }: Partial<ViewInput>,
  now: number,
): Promise<SavedView> {
  const row = await ownView(caller, id)
  const changed: Partial<Tables['saved_views']> = {
    updated_at: now,
    ...(name !== undefined && { name }),
    ...(shared !== undefined && { shared: sharedColumn(caller, shared) }),
  }
  await getStore().db.updateTable('saved_views').set(changed).where('id', '=', id).execute()
  return viewOf(caller, { ...row, ...changed })
}

/** @throws NotThere */
export async function removeView(caller: Caller, id: string): Promise<void> {
  await ownView(caller, id)
  await getStore().db.deleteFrom('saved_views').where('id', '=', id).execute()
}
