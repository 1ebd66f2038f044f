/**
 * Judges again what an edge once refused, by the same rules, as of the moment it came. Pure, and idempotent by its ids:
 * an event that named none gets the id of its refusal, so judging and counting it again changes nothing.
 */
import { BODY_NAMES, QUERY_NAMES } from '../intake/fields.ts'
import { PIXELS } from '../intake/pixels.ts'
import { sentQuery } from '../intake/query.ts'
import { type Judge, type Judged, readEvent } from '../intake/read-event.ts'
import { Refusal } from '../intake/refusal.ts'
import { sentObject } from '../intake/sent.ts'
import type { Site } from '../sites/site.ts'
import { MAX_RAW } from './reporter.ts'
import { readSender } from './sender-text.ts'

/** What a report tells; the columns of `rejected_events`. */
export interface Report {
  readonly rejected_id: string
  /** Milliseconds since 1970. */
  readonly rejected_at: number
  readonly raw: string
  readonly sender: string
}

/** @returns the event, why it is refused still, or `incomplete` when too little of it was kept to tell */
export function judgeAgain(report: Report, judge: Judge): Judged | Refusal | 'incomplete' {
  const { raw } = report
  const siteOf = (siteId: string): Site | undefined => {
    const site = judge.findSite(siteId, [])
    return site?.site_id === siteId ? site : undefined
  }
  const sender = readSender(report.sender, siteOf)
  const then: Judge = { ...judge, now: () => report.rejected_at, newId: () => report.rejected_id }
  if (raw.startsWith('/')) {
    // A query that was cut would be read as another one.
    if (raw.length >= MAX_RAW) return 'incomplete'
    const pixel = PIXELS.get(raw.split('?', 1)[0] ?? '')
    if (!pixel) return 'incomplete'
    const sent = sentQuery(raw)
    return sent instanceof Refusal ? sent : readEvent(sent, QUERY_NAMES, sender, then, pixel.type)
  }
  const element = objectOf(raw)
  return element ? readEvent(sentObject(element), BODY_NAMES, sender, then) : 'incomplete'
}

function objectOf(raw: string): object | undefined {
  try {
    const value: unknown = JSON.parse(raw)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
