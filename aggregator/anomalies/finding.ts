/** What the job finds: the kinds, the key of a series, and identities that follow from what is already known. Pure. */
import type { Finding, SeriesKey } from '@rtpx/clickhouse/queries/anomalies'
import type { Verdict } from './judge.ts'

/** Types whose absence, while visits go on, means a broken pixel. */
const CONVERSIONS = ['registration', 'deposit', 'purchase']

export const isConversion = (event_type: string) => CONVERSIONS.includes(event_type)

export function nameOf({ site_id, event_type, banner_tag }: SeriesKey): string {
  return JSON.stringify([site_id, event_type, banner_tag])
}

/**
 * The identity of a new finding: two runs that find the same thing at once give it the same.
 * @param previous the last finding of the same series, if there ever was one
 */
export function findingId(key: SeriesKey, previous: Finding | undefined): string {
  const hex = new Bun.CryptoHasher('sha256')
    .update(JSON.stringify([nameOf(key), previous?.finding_id ?? '']))
    .digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** The series that may explain what another one does: the whole site, its type, and the visits it follows from. */
export function explainers({ site_id, event_type, banner_tag }: SeriesKey): SeriesKey[] {
  const keys: SeriesKey[] = []
  if (event_type !== '') keys.push({ site_id, event_type: '', banner_tag: '' })
  if (event_type !== '' && event_type !== 'visit') keys.push({ site_id, event_type: 'visit', banner_tag: '' })
  if (banner_tag !== '') keys.push({ site_id, event_type, banner_tag: '' })
  if (banner_tag !== '' && event_type !== 'visit') keys.push({ site_id, event_type: 'visit', banner_tag })
  return keys
}

/** The order series are judged in, small first: what explains others comes before them. */
export const judgingRank = ({ event_type, banner_tag }: SeriesKey): number =>
  (event_type === '' ? 0 : 2) + (banner_tag === '' ? 0 : 2) + (event_type === 'visit' ? 0 : 1)

export const directionOf = ({ kind }: Pick<Finding, 'kind'>): Verdict['direction'] =>
  kind === 'spike' ? 'spike' : 'drop'

/** How a finding was judged, for a person. */
export function inWords({ direction, from, expected, seen, score }: Verdict, to: number, threshold: number) {
  const span = to - from
  const time = span < 120 ? `${span} minutes` : `${(span / 60).toFixed(1)} hours`
  const usual = expected < 10 ? expected.toFixed(1) : Math.round(expected).toLocaleString('en')
  const what = direction === 'spike' ? 'many' : 'few'
  return (
    `${Math.round(seen).toLocaleString('en')} events in ${time}, ${usual} expected from the same time of earlier weeks and the last day's ` +
    `level; so ${what} by chance: e^-${score.toFixed(1)} (negative binomial; needed: e^-${threshold.toFixed(1)})`
  )
}
