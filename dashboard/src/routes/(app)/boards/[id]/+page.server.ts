import { error } from '@sveltejs/kit'
import { loadPage } from '#lib/server/page.ts'
import { board } from '#lib/server/sql/boards.ts'
import { NotThere } from '#lib/server/sql/saved.ts'
import type { PageServerLoad } from './$types'

/** A board with its tiles; their statements run in the page, as its reader. */
export const load: PageServerLoad = (event) =>
  loadPage(event, 'sql', async ({ caller }) => {
    try {
      return { board: await board(caller, event.params.id) }
    } catch (thrown) {
      if (thrown instanceof NotThere) error(404, 'There is no such board')
      throw thrown
    }
  })
