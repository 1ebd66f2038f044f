import { loadPage } from '#lib/server/page.ts'
import { readSchema } from '#lib/server/sql/about.ts'
import { boards } from '#lib/server/sql/boards.ts'
import { savedQueries } from '#lib/server/sql/saved.ts'
import type { PageServerLoad } from './$types'

/** The tables, and what the caller and their organization keep. */
export const load: PageServerLoad = (event) =>
  loadPage(event, 'sql', async ({ services, caller, ask }) => {
    const [schema, saved, own] = await Promise.all([
      readSchema(services),
      savedQueries(caller),
      boards(caller),
    ])
    return { schema, saved, boards: own, asked: saved.find(({ id }) => id === ask('query')) ?? null }
  })
