/** What an open page says of the question it follows: since when its numbers are, and what is wrong. */

import type { Trouble } from '#lib/overview.ts'
import { followLive } from './follow-live.ts'

export interface PageLive {
  readonly trouble: Trouble | null
  /** The clock of the last answer. */
  readonly since: string | null
}

/** What a page follows. */
export interface Followed {
  /** The question's name at `/live`. */
  readonly name: string
  /** The page's query, which says what to ask for. */
  readonly search: string
  /** Where the API answers it, when that is not `/api/<name>`. */
  readonly path?: string
  /** How long the page must stand before it follows, ms. */
  readonly afterMs?: number
}

/**
 * To be called while a component is set up.
 * @param followed what to follow, null for nothing; begun anew whenever what it reads changes
 * @param onAnswer told of each answer that is not the one before
 * @param loaded what was wrong when the page was loaded; each load says it anew
 */
export function followPage<Answer>(
  followed: () => Followed | null,
  onAnswer: (answer: Answer) => void,
  loaded: () => Trouble | null = () => null,
): PageLive {
  let trouble = $derived(loaded())
  let since = $state<string | null>(null)
  $effect(() => {
    const asked = followed()
    if (asked === null) return
    const { afterMs = 0, ...question } = asked
    const begin = () =>
      followLive<Answer>({
        ...question,
        onAnswer: (answer) => {
          if (answer) onAnswer(answer)
          trouble = null
          since = new Date().toTimeString().slice(0, 8)
        },
        onTrouble: (problem) => {
          trouble = problem
        },
      })
    if (afterMs === 0) return begin()
    let stop: (() => void) | undefined
    const timer = setTimeout(() => {
      stop = begin()
    }, afterMs)
    return () => {
      clearTimeout(timer)
      stop?.()
    }
  })
  return {
    get trouble() {
      return trouble
    },
    get since() {
      return since
    },
  }
}
