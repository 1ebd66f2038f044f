import { loadPage } from '#lib/server/page.ts'
import { readRealtime } from '#lib/server/realtime.ts'
import type { PageServerLoad } from './$types'

/** What happens now on the site of the URL, or why that can't be said; the page follows it by itself. */
export const load: PageServerLoad = (event) => loadPage(event, 'read', (opened) => readRealtime(opened))
