/** Puts the quality page together: the cards of every tab, and what the chosen one shows. */
import { listFindings, openFindingCounts } from '@rtpx/clickhouse/queries/integrity'
import { countsAsOf } from '@rtpx/clickhouse/queries/metrics'
import {
  adjustments,
  botAgents,
  clocksOff,
  closedDays,
  type QualityDays,
  qualityByDay,
  recountNotes,
  refusals,
  refusedByDay,
} from '@rtpx/clickhouse/queries/quality'
import { addDays, eachDay } from '#lib/day.ts'
import { roleMay } from '#lib/permission.ts'
import { isTab, type QualityReport, type Refusal, type Tab } from '#lib/quality.ts'
import { dayStart } from '#lib/time-zone.ts'
import type { Opened } from './page.ts'

const SAMPLES = 50
const LISTED = 200
/** How old a shared answer may be, ms. These questions read whole days. */
const SHARED_MS = 2_000

/** The days of the chosen range as the queries take them. */
export const qualityDays = ({ site, range, caller }: Opened): QualityDays => ({
  site_id: site.site_id,
  from: range.from,
  to: range.to,
  starts_at: dayStart(range.from, site.time_zone),
  ends_at: dayStart(addDays(range.to, 1), site.time_zone),
  time_zone: site.time_zone,
  with_unnamed: caller.site_ids === 'all',
})

/** @throws what the ClickHouse client throws */
export async function readQuality(opened: Opened): Promise<QualityReport> {
  const { services, caller, site, range, today, ask } = opened
  const { clickhouse, share } = services
  const days = qualityDays(opened)
  const asked = ask('tab')
  const tab: Tab = isTab(asked) ? asked : 'refused'
  const reason = ask('reason') ?? ''
  const key = JSON.stringify(['quality', days])
  const shared = <T>(name: string, read: () => Promise<T>) => share(`${key} ${name}`, SHARED_MS, read)
  const [refused, quality, open_findings, own] = await Promise.all([
    shared('refused', () => refusedByDay(clickhouse, days)),
    shared('days', () => qualityByDay(clickhouse, days)),
    shared('findings', () => openFindingCounts(clickhouse, site.site_id)),
    shared(`${tab} ${reason} ${ask('status')} ${ask('as_of')}`, () => readTab(opened, days, tab)),
  ])
  return {
    site,
    today,
    range,
    tab,
    days: eachDay(range),
    unfinished: range.to === today ? eachDay(range).length - 1 : null,
    may_manage: roleMay(caller.role, 'manage'),
    may_edit: roleMay(caller.role, 'edit'),
    refused,
    quality,
    open_findings,
    reason,
    ...NOTHING,
    ...own,
  }
}

const NOTHING = {
  samples: [],
  agents: [],
  findings: [],
  clocks: [],
  closed: [],
  adjustments: [],
  as_of: '',
  counts_as_of: [],
  notes: [],
} as const satisfies Partial<QualityReport>

async function readTab(opened: Opened, days: QualityDays, tab: Tab): Promise<Partial<QualityReport>> {
  const { services, ask } = opened
  const { clickhouse } = services
  switch (tab) {
    case 'refused': {
      const asked = { reason: ask('reason') ?? '', limit: SAMPLES }
      return { samples: (await refusals(clickhouse, days, asked)).map(refusalOf) }
    }
    case 'bots':
      return { agents: await botAgents(clickhouse, days, LISTED) }
    case 'findings': {
      const status = ask('status')
      const statuses = status === 'resolved' || status === 'explained' ? [status] : ['open' as const]
      const asked = { statuses: statuses as ('open' | 'resolved' | 'explained')[], limit: LISTED }
      return { findings: await listFindings(clickhouse, days.site_id, asked) }
    }
    case 'clocks':
      return { clocks: await clocksOff(clickhouse, days, LISTED) }
    case 'days': {
      const [closed, changes, as_of] = await Promise.all([
        closedDays(clickhouse, days),
        adjustments(clickhouse, days, LISTED),
        readAsOf(opened),
      ])
      return { closed, adjustments: changes, ...as_of }
    }
    case 'recount':
      return { notes: await recountNotes(clickhouse, days, { limit: LISTED }) }
    default:
      return {}
  }
}

/** What a day's counts were as recorded up to the end of another day, beside what they are now. */
async function readAsOf({ services, site, range, ask, now }: Opened) {
  const as_of = ask('as_of') ?? ''
  if (!/^\d{4}-\d\d-\d\d$/.test(as_of) || Number.isNaN(Date.parse(as_of))) return {}
  const days = { site_id: site.site_id, from: range.from, to: range.to }
  const [then, today] = await Promise.all([
    countsAsOf(services.clickhouse, days, dayStart(addDays(as_of, 1), site.time_zone)),
    countsAsOf(services.clickhouse, days, now + 60_000),
  ])
  const sums = new Map<string, { event_date: string; event_type: string; count: number; now: number }>()
  for (const [rows, name] of [
    [then, 'count'],
    [today, 'now'],
  ] as const)
    for (const { event_date, event_type, count } of rows) {
      const key = `${event_date} ${event_type}`
      const known = sums.get(key) ?? { event_date, event_type, count: 0, now: 0 }
      sums.set(key, { ...known, [name]: known[name] + count })
    }
  return {
    as_of,
    counts_as_of: [...sums.values()].toSorted((a, b) => (a.event_date < b.event_date ? 1 : -1)),
  }
}

export const refusalOf = (row: Refusal): Refusal => ({
  rejected_id: row.rejected_id,
  rejected_at: row.rejected_at,
  source: row.source,
  reason: row.reason,
  site_id: row.site_id,
  field: row.field,
  message: row.message,
  raw: row.raw,
  status: row.status,
})
