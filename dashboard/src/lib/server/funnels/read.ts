/** Puts a funnel's answer together: for the page, and the same for the API. */
import type { FunnelQuestion } from '@rtpx/clickhouse/queries/funnel-attempts'
import {
  eventsGoneBefore,
  funnelDropouts,
  funnelReport,
  funnelStatement,
} from '@rtpx/clickhouse/queries/funnels'
import { dailyCounts } from '@rtpx/clickhouse/queries/metrics'
import type { DayRange } from '#lib/day.ts'
import type { Dropouts, FunnelAnswer } from '#lib/funnels/report.ts'
import { DEFAULT_FUNNEL, type FunnelSpec, funnelOf, windowMs } from '#lib/funnels/spec.ts'
import { withLiterals } from '#lib/statement.ts'
import type { Opened } from '../page.ts'

type Asked = Pick<Opened, 'services' | 'caller' | 'site' | 'now'>

/** How old a shared answer may be, ms: a funnel reads every event of its range. */
const SHARED_MS = 5_000

const questionOf = ({ caller, site }: Asked, { from, to }: DayRange, spec: FunnelSpec): FunnelQuestion => ({
  site_id: site.site_id,
  from,
  to,
  steps: spec.steps,
  window_ms: windowMs(spec.window),
  order: spec.order,
  with_bots: spec.with_bots,
  banner_prefixes: caller.banner_prefixes,
})

/** The funnel of a range, within what the caller may see. @throws what the ClickHouse client throws */
export function readFunnel(asked: Asked, range: DayRange, spec: FunnelSpec): Promise<FunnelAnswer> {
  const { clickhouse, share } = asked.services
  const question = questionOf(asked, range, spec)
  return share(`funnel ${JSON.stringify([question, spec.by])}`, SHARED_MS, async () => {
    const [report, kept_from] = await Promise.all([
      funnelReport(clickhouse, question, spec.by, asked.now),
      eventsGoneBefore(clickhouse, question),
    ])
    const { sql, params } = funnelStatement(question, spec.by, asked.now)
    return { ...report, rest: restOf(report), kept_from, sql: withLiterals(sql, params) }
  })
}

/** The funnel of a page's URL, as the page shows it. @throws what the ClickHouse client throws */
export function watchFunnel(opened: Opened): Promise<FunnelAnswer> {
  const asked = funnelOf(opened.params)
  return readFunnel(opened, opened.range, 'detail' in asked ? DEFAULT_FUNNEL : asked)
}

function restOf({ total, values }: Pick<FunnelAnswer, 'total' | 'values'>): readonly number[] | null {
  if (values.length === 0) return null
  const rest = total.people.map(
    (people, at) => people - values.reduce((sum, { people }) => sum + (people[at] ?? 0), 0),
  )
  return rest.some((people) => people > 0) ? rest : null
}

/** Who stopped after a step. @throws what the ClickHouse client throws */
export async function readDropouts(
  asked: Asked,
  range: DayRange,
  spec: FunnelSpec,
  step: number,
): Promise<Dropouts> {
  return {
    step,
    people: await funnelDropouts(asked.services.clickhouse, questionOf(asked, range, spec), step),
  }
}

/** The types of a site's events in a range, the most frequent first: what a step can be. A partner is told of the usual ones alone. */
export async function readTypes(
  { services, site, caller }: Asked,
  range: DayRange,
): Promise<readonly string[]> {
  if (caller.banner_prefixes !== null) return []
  const { clickhouse, share } = services
  const days = { site_id: site.site_id, from: range.from, to: range.to }
  const counts = await share(`types ${JSON.stringify(days)}`, 60_000, async () =>
    dailyCounts(clickhouse, days, true),
  )
  const sums = new Map<string, number>()
  for (const { event_type, count } of counts) sums.set(event_type, (sums.get(event_type) ?? 0) + count)
  return [...sums].sort(([, a], [, b]) => b - a).map(([type]) => type)
}
