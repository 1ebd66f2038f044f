import { loadPage } from '#lib/server/page.ts'
import { readPages } from '#lib/server/pages.ts'
import type { PageServerLoad } from './$types'

/** Page analytics of what the URL asks for, or why there is none; the page follows it by itself. */
export const load: PageServerLoad = (event) => loadPage(event, 'players', readPages)
