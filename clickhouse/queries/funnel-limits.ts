/** What a funnel may be, for whoever builds one and whoever answers it. */
import type { EventField } from './event-conditions.ts'

export const MIN_STEPS = 2
export const MAX_STEPS = 8
/** The longest window, in days. */
export const MAX_WINDOW_DAYS = 366

/** Persons that are listed by name. */
export const MAX_DROPOUTS = 1_000

/** What persons can be told apart by: a field of the event that they entered with, or its day. */
export const BREAKDOWNS = [
  'banner_tag',
  'country',
  'device',
  'browser',
  'os',
  'domain',
  'path',
  'referrer_host',
  'utm_source',
  'utm_campaign',
  'day',
] as const satisfies readonly (EventField | 'day')[]
export type Breakdown = (typeof BREAKDOWNS)[number]
