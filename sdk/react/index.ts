/**
 * `@rtpx/react`: clicks, hovers and your own events out of React, in batches, by way of `rtpx.js`.
 *
 * - Renders nothing of its own, on a server too; StrictMode's second mount counts nothing twice.
 * - React 18 and 19.
 */
export type { ScriptOptions } from '../page/load.ts'
export type { Told } from '../page/watch.ts'
export type { EventFields, EventType, KnownFields } from '../tracker/fields.ts'
export type { Rtpx } from '../tracker/types.ts'
export { EventTracker, type EventTrackerProps } from './event-tracker.ts'
export { RtpxProvider, type RtpxProviderProps, useTracker } from './provider.ts'
export { type TrackElementOptions, useTrackElement } from './use-track-element.ts'
