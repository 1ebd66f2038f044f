import { loadPage } from '#lib/server/page.ts'
import { readPlayers } from '#lib/server/players/list.ts'
import type { PageServerLoad } from './$types'

/** The players the URL asks for. */
export const load: PageServerLoad = (event) =>
  loadPage(event, 'players', (opened) => readPlayers(opened, event.url.searchParams))
