import { loadPage } from '#lib/server/page.ts'
import { readReportPage } from '#lib/server/weekly-report.ts'
import type { PageServerLoad } from './$types'

/** The week the URL asks for, for printing. */
export const load: PageServerLoad = (event) => loadPage(event, 'players', readReportPage)
