/** A page whose numbers take a reading of every event follows too, but only every so often, and says so. */

import type { Trouble } from '#lib/overview.ts'
import { hrefWith } from '#lib/url.ts'
import { page } from '$app/state'
import { followLive } from './follow-live.ts'
import { HEAVY_MS } from './protocol.ts'

export interface HeavyLive {
  readonly trouble: Trouble | null
  readonly since: string | null
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
  let trouble = $state.raw<Trouble | null>(null)
  let since = $state<string | null>(null)
  const question = $derived(
    typeof ignored === 'function'
      ? ignored(page.url.search)
      : hrefWith(page.url, Object.fromEntries(ignored.map((name) => [name, null]))),
  )
  $effect(() =>
    followLive<Answer>({
      name,
      search: question,
      onAnswer: (answer) => {
        if (answer) onAnswer(answer)
        trouble = null
        since = new Date().toTimeString().slice(0, 8)
      },
      onTrouble: (problem) => {
        trouble = problem
      },
    }),
  )
  return {
    get trouble() {
      return trouble
    },
    get since() {
      return since
    },
    every: HEAVY_MS / 1000,
  }
}
