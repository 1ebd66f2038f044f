import { loadPage } from '#lib/server/page.ts'
import { boards } from '#lib/server/sql/boards.ts'
import type { PageServerLoad } from './$types'

/** The boards the caller sees. */
export const load: PageServerLoad = (event) =>
  loadPage(event, 'sql', async ({ caller }) => ({ boards: await boards(caller) }))
