import { loadPage } from '#lib/server/page.ts'
import { readQuality } from '#lib/server/quality.ts'
import type { PageServerLoad } from './$types'

/** What keeps the numbers of the URL's range from being what they seem; the page follows it by itself. */
export const load: PageServerLoad = (event) => loadPage(event, 'players', readQuality)
