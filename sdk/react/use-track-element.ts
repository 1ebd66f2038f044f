/** Clicks and hovers of one element. */
import { useEffect, useRef } from 'react'
import { eventOf, type Told, watch } from '../page/watch.ts'
import { useTracker } from './provider.ts'

export interface TrackElementOptions {
  /** Count clicks: with these fields, or `true` for none. */
  readonly click?: Told | boolean | undefined
  /** Count a pointer that rests on it for half a second. */
  readonly hover?: Told | boolean | undefined
}

const ACTIONS = ['click', 'hover'] as const

/**
 * Counts what happens to the element of a ref. Options are read when it happens, so that they may change with each render; the
 * element may, too.
 */
export function useTrackElement(
  ref: { readonly current: Element | null },
  options: TrackElementOptions = { click: true },
): void {
  const tracker = useTracker()
  const latest = useRef({ options, tracker })
  const watched = useRef<{ readonly element: Element | null; stop(): void }>(undefined)

  // After each render, for the element behind a ref changes without a word; mostly there is nothing to do.
  useEffect(() => {
    latest.current = { options, tracker }
    const element = ref.current
    if (watched.current?.element === element) return
    watched.current?.stop()
    const stops = element
      ? ACTIONS.map((action) =>
          watch(element, action, () => {
            const told = latest.current.options[action]
            if (told) latest.current.tracker.emit(...eventOf(action, told === true ? undefined : told))
          }),
        )
      : []
    watched.current = { element, stop: () => stops.forEach((stop) => void stop()) }
  })
  useEffect(
    () => () => {
      watched.current?.stop()
      watched.current = undefined
    },
    [],
  )
}
