/**
 * The findings of one site at one minute: which open, go on, close. Pure but for the question whether a deviation is old news.
 *
 * - A finding opens when its series deviates and nothing that explains it does: of a silent site, a broken type and its hundred
 *   banners, one finding tells.
 * - It keeps its identity while it lasts. What lies before the end of a finding, its own or an explaining one's, is not
 *   looked at again, so a recovery is no news.
 */
import type { Finding, SeriesKey } from '@rtpx/clickhouse/queries/anomalies'
import { directionOf, explainers, findingId, inWords, isConversion, judgingRank, nameOf } from './finding.ts'
import { isOver, judge, LONGEST, scoreIn, spreadOf, type Timeline, type Verdict } from './judge.ts'

const MINUTE_MS = 60_000

/** A series with enough traffic to be judged. */
export interface Watched {
  readonly key: SeriesKey
  readonly timeline: Timeline
}

export interface SiteNow {
  /** Series with enough traffic, by `nameOf`. */
  readonly series: ReadonlyMap<string, Watched>
  /** The latest finding of each series, by `nameOf`. */
  readonly latest: ReadonlyMap<string, Finding>
  /** First minute that is not over or not known yet. */
  readonly to: number
  /** Nothing before this minute is looked at. */
  readonly notBefore: number
  /** The clock, milliseconds since 1970. */
  readonly now: number
  readonly thresholds: { readonly totals: number; readonly banners: number }
  /** Whether earlier weeks had the same at the same time. */
  isOldNews(key: SeriesKey, verdict: Verdict): Promise<boolean>
}

/** @returns the findings that opened, went on or closed */
export async function decideSite(site: SiteNow): Promise<Finding[]> {
  const { series, latest, to } = site
  const current = new Map(latest)
  const changed: Finding[] = []
  const note = (finding: Finding) => {
    current.set(nameOf(finding), finding)
    changed.push(finding)
  }
  const watched = [...series].sort(([, a], [, b]) => judgingRank(a.key) - judgingRank(b.key))
  // An open finding whose series is no longer watched has nothing to be judged by.
  for (const finding of latest.values())
    if (finding.closed_at === null && !series.has(nameOf(finding)))
      note({
        ...finding,
        updated_at: site.now,
        closed_at: site.now,
        judged: `${finding.judged}; no longer expected`,
      })
  for (const [name, { key, timeline }] of watched) {
    const own = current.get(name)
    if (own?.closed_at === null) {
      note(goneOn(own, timeline, site))
      continue
    }
    const causes =
      current.size === 0 ? [] : explainers(key).flatMap((cause) => current.get(nameOf(cause)) ?? [])
    const notBefore = Math.max(site.notBefore, ...[own, ...causes].map(endMinute))
    const threshold = key.banner_tag === '' ? site.thresholds.totals : site.thresholds.banners
    const verdict = judge(timeline, to, notBefore, threshold)
    // Of a whole site only silence is told: which of its types deviates says more than that their sum does.
    if (!verdict || (key.event_type === '' && verdict.seen > 0)) continue
    if (causes.some((cause) => cause.closed_at === null && directionOf(cause) === verdict.direction)) continue
    if (await site.isOldNews(key, verdict)) continue
    const whole = silentSite(key, verdict, site)
    if (whole && current.get(nameOf(whole))?.closed_at === null) continue
    note(opened(whole ?? key, verdict, threshold, whole ? current.get(nameOf(whole)) : own, site))
  }
  return changed
}

/** The site, when a type that stopped did so with everything else: its visits may tell before its clustered page views do. */
function silentSite(key: SeriesKey, { seen, from }: Verdict, { series, to }: SiteNow): SeriesKey | undefined {
  if (key.event_type === '' || key.banner_tag !== '' || seen > 0) return undefined
  const site = { ...key, event_type: '' }
  const isSilent = series.get(nameOf(site))?.timeline.seen(from + 2, to) === 0
  return isSilent && to - from > 3 ? site : undefined
}

function endMinute(finding: Finding | undefined): number {
  return finding?.closed_at ? Math.ceil(finding.closed_at / MINUTE_MS) : 0
}

function opened(
  key: SeriesKey,
  verdict: Verdict,
  threshold: number,
  previous: Finding | undefined,
  site: SiteNow,
): Finding {
  return {
    finding_id: findingId(key, previous),
    kind: kindOf(key, verdict, site),
    ...key,
    since: verdict.from * MINUTE_MS,
    opened_at: site.now,
    updated_at: site.now,
    closed_at: null,
    expected: verdict.expected,
    seen: Math.round(verdict.seen),
    score: verdict.score,
    threshold,
    judged: inWords(verdict, site.to, threshold),
  }
}

function kindOf(key: SeriesKey, { direction, seen, from }: Verdict, { series, to }: SiteNow): string {
  if (direction === 'spike') return 'spike'
  if (key.event_type === '') return 'silence'
  if (!isConversion(key.event_type) || seen > 0) return 'drop'
  const visits = series.get(nameOf({ ...key, event_type: 'visit' }))?.timeline
  const areNormal = visits !== undefined && visits.seen(from, to) > visits.expected(from, to) / 2
  return areNormal ? 'broken_pixel' : 'drop'
}

function goneOn(finding: Finding, timeline: Timeline, { to, now }: SiteNow): Finding {
  const since = Math.floor(finding.since / MINUTE_MS)
  const direction = directionOf(finding)
  if (isOver(timeline, { direction, since }, to)) return { ...finding, updated_at: now, closed_at: now }
  const from = Math.max(since, to - LONGEST)
  const expected = timeline.expected(from, to)
  const seen = Math.round(timeline.seen(from, to))
  if (expected === 0) return { ...finding, updated_at: now }
  const score = scoreIn(timeline, seen, expected, spreadOf(timeline, from, to))
  return { ...finding, updated_at: now, expected, seen, score: Math.max(finding.score, score) }
}
