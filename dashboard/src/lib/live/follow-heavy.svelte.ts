/** A page whose numbers take a reading of every event follows too, but only every so often, and says so. */

import { hrefWith } from '#lib/url.ts'
import { page } from '$app/state'
import { followPage, type PageLive } from './follow-page.svelte.ts'
import { HEAVY_MS } from './protocol.ts'

export interface HeavyLive extends PageLive {
  /** How often it is counted again at most, in seconds. */
  readonly every: number
}

/**
 * To be called while a component is set up.
 * @param ignored parameters of the URL that the numbers do not depend on, or what is asked of the page's query
 */
export function followHeavy<Answer>(
  name: string,
  ignored: readonly string[] | ((search: string) => string),
  onAnswer: (answer: Answer) => void,
): HeavyLive {
  const search = $derived(
    typeof ignored === 'function'
      ? ignored(page.url.search)
      : hrefWith(page.url, Object.fromEntries(ignored.map((name) => [name, null]))),
  )
  const live = followPage(() => ({ name, search }), onAnswer)
  return Object.assign(live, { every: HEAVY_MS / 1000 })
}
