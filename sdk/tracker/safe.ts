/** What keeps our troubles ours: nothing that goes wrong here reaches the host page. */
import { tag } from './tag.ts'

/** The function, but one that answers undefined where it would throw. */
export const guard =
  <Args extends unknown[], Result>(run: (...args: Args) => Result) =>
  (...args: Args): Result | undefined => {
    try {
      return run(...args)
    } catch {}
  }

/** Runs it now, or, on a page that is prerendered, when the visitor gets to see it. */
export const whenShown = (run: () => void, safe = guard(run)) =>
  document.prerendering ? addEventListener('prerenderingchange', safe, true) : safe()

type Kept = Record<string, string>

/** The browser's storage; where it is blocked or missing, the page's memory. */
export let local: Kept
export let tab: Kept

/**
 * Whether this browser must not be tracked: somebody opted out here, or the browser wishes so and the site obeys it.
 *
 * Opens the storage, when it is first needed: the first touch waits for another process, which a page that loads need not do.
 */
export const isSilent = () => {
  local ||= (guard(() => localStorage)() ?? {}) as Kept
  tab ||= (guard(() => sessionStorage)() ?? {}) as Kept
  return (
    local.rtpx_optout ||
    ('respectPrivacy' in tag.dataset && (navigator.globalPrivacyControl || +(navigator.doNotTrack as string)))
  )
}

/** Writes where there is room. @returns what is now kept */
export const keep = guard((storage: Kept, key: string, value: string) => (storage[key] = value))
