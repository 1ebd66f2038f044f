/** What the pages of players ask of the API. */
import type { Group } from '@rtpx/clickhouse/segments/segment'
import { hrefWith } from '#lib/url.ts'
import type { CountedSegment, SavedSegment } from './list.ts'

/** What the API refused, in its words. */
export class Refused extends Error {}

async function send<T>(url: string, method: string, body?: unknown): Promise<T> {
  const response = await fetch(url, {
    method,
    // Said without a body too: what could be a form of another site is refused.
    headers: { 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new Refused('The dashboard does not answer. Try again.')
  })
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T
  const problem = (await response.json().catch(() => ({}))) as { detail?: string }
  throw new Refused(problem.detail ?? 'That did not work. Try again.')
}

const at = (site_id: string, id = '') =>
  `/api/segments${id && `/${encodeURIComponent(id)}`}?site=${encodeURIComponent(site_id)}`

/** The saved segments with how many players are in each. */
export const countSegments = (site_id: string) => send<CountedSegment[]>(at(site_id), 'GET')

export const saveSegment = (site_id: string, name: string, definition: Group) =>
  send<SavedSegment>(at(site_id), 'POST', { name, definition })

export const changeSegment = (
  site_id: string,
  id: string,
  change: Partial<Pick<SavedSegment, 'name' | 'definition'>>,
) => send<SavedSegment>(at(site_id, id), 'PATCH', change)

export const deleteSegment = (site_id: string, id: string) => send<void>(at(site_id, id), 'DELETE')

/** Where the API has a player: `.` and `..` cannot stand in a path. */
export const playerApi = (site_id: string, player_id: string, what = '') =>
  /^\.{1,2}$/.test(player_id)
    ? `/api/players/_${what}?site=${encodeURIComponent(site_id)}&player_id=${player_id}`
    : `/api/players/${encodeURIComponent(player_id)}${what}?site=${encodeURIComponent(site_id)}`

const OF_LIST = ['site', 'q', 'segment', 'bots', 'sort', 'after']

/** Of a page's query what `/api/players` takes: it refuses what it does not know. */
export const playersSearch = (search: string) =>
  `?${new URLSearchParams([...new URLSearchParams(search)].filter(([name]) => OF_LIST.includes(name)))}`

/** What a page of players shows, asked of `/api/players`. */
export const playersQuery = (
  { search }: { readonly search: string },
  { site, refused }: { readonly site: { readonly site_id: string }; readonly refused: string | null },
) => hrefWith({ search: refused ? '' : playersSearch(search) }, { site: site.site_id })

/** Asks for an erasure. @param confirm the id as it was typed again */
export const askErasure = (site_id: string, player_id: string, confirm: string) =>
  send<{ erasure_id: string }>(playerApi(site_id, player_id, '/erasure'), 'POST', { confirm })
