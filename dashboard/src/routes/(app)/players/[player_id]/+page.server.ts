import { error } from '@sveltejs/kit'
import { loadPage } from '#lib/server/page.ts'
import { BadParameter } from '#lib/server/players/ask.ts'
import { playerOf, readPlayer, UnknownPlayer } from '#lib/server/players/player.ts'
import type { PageServerLoad } from './$types'

/** Everything known of one player. */
export const load: PageServerLoad = (event) =>
  loadPage(event, 'players', async (opened) => {
    try {
      return await readPlayer(opened, playerOf(event.url, event.params))
    } catch (cause) {
      if (cause instanceof UnknownPlayer) error(404, 'No event of this site names this player.')
      if (cause instanceof BadParameter) error(400, cause.message)
      throw cause
    }
  })
