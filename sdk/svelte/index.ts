/**
 * `@rtpx/svelte`: `{@attach track('click', …)}`. Needs `rtpx.js` in the page: its tag, or `load`. On a server nothing happens.
 */
import { tracker } from '../page/tracker.ts'
import { type Action, eventOf, type Told, watch } from '../page/watch.ts'
import type { Rtpx } from '../tracker/types.ts'

export { load, type ScriptOptions } from '../page/load.ts'
export type { EventFields, EventType, KnownFields } from '../tracker/fields.ts'
export type { Action, Rtpx, Told }

/** Emits, identifies and opts out, at any time: what comes before the script is there waits for it. */
export const rtpx: Rtpx = tracker

/**
 * An attachment that counts what happens to its element.
 * @param action `click`, `hover` (a pointer that rests for half a second) or `submit`
 * @param told the event's fields, or a function asked for them when it happens; `event_type` names another type
 */
export const track =
  (action: Action, told?: Told | (() => Told | undefined)) =>
  (element: Element): (() => void) =>
    watch(element, action, () => {
      tracker.emit(...eventOf(action, typeof told === 'function' ? told() : told))
    })
