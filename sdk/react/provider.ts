/** The provider, and the tracker it hands to everything below it. */
import {
  createContext,
  createElement,
  type ReactNode,
  useContext,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
} from 'react'
import { load, type ScriptOptions } from '../page/load.ts'
import { tracker } from '../page/tracker.ts'
import type { EventFields } from '../tracker/fields.ts'
import type { Rtpx } from '../tracker/types.ts'

export interface RtpxProviderProps extends Partial<ScriptOptions> {
  /** Who plays, on all events from now on; null for nobody. */
  readonly playerId?: string | number | null | undefined
  /** Fields of every event below, such as a banner_tag; an event's own go before them. */
  readonly fields?: EventFields | undefined
  readonly children?: ReactNode
}

const Context = createContext<Rtpx>(tracker)

/** React 18 warns of a layout effect on a server, where neither runs. */
const useEarlyEffect = typeof window === 'undefined' ? useEffect : useLayoutEffect

/** Loads the script, when `src` and `site` are given, and says who plays. What is loaded stays as it was at first. */
export function RtpxProvider({ playerId, fields, children, ...script }: RtpxProviderProps) {
  const latest = useRef(fields)
  // Before the effects below it, which may emit.
  useEarlyEffect(() => {
    latest.current = fields
    if (playerId !== undefined) tracker.identify(playerId)
  }, [playerId, fields])
  const { src, site } = script
  // biome-ignore lint/correctness/useExhaustiveDependencies: a script that runs cannot be told otherwise
  useEffect(() => {
    if (src && site) load({ ...script, src, site })
  }, [src, site])
  const value = useMemo<Rtpx>(
    () => ({
      ...tracker,
      emit: (type, own) => tracker.emit(type, latest.current ? { ...latest.current, ...own } : own),
    }),
    [],
  )
  return createElement(Context.Provider, { value }, children)
}

/** The tracker, the same object at each render. Without a provider, the page's own tag sends what it emits. */
export const useTracker = (): Rtpx => useContext(Context)
