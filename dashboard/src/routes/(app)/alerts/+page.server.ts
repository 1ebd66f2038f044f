import { readAlerts } from '#lib/server/alerts/report.ts'
import { loadPage } from '#lib/server/page.ts'
import type { PageServerLoad } from './$types'

/** The site's alerts, or why they are not there; the page follows them by itself. */
export const load: PageServerLoad = (event) => loadPage(event, 'players', readAlerts)
