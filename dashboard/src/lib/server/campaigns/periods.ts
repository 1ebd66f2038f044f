/**
 * Reads what banners brought in a period. However many people watch, ClickHouse answers each question once per its freshness: counts of the
 * last two days every moment, money and first deposits every few seconds, since they come by the aggregator, everything older seldom.
 */
import type { BannerView } from '@rtpx/clickhouse/queries/banner-groups'
import {
  campaignAmounts,
  campaignAmountsUntil,
  campaignCounts,
  campaignCountsUntil,
  campaignFirstDeposits,
  campaignPlayers,
} from '@rtpx/clickhouse/queries/campaigns'
import { campaignCosts } from '@rtpx/clickhouse/queries/costs'
import { addDays, type DayRange, max, min } from '#lib/day.ts'
import type { Site } from '#lib/overview.ts'
import { dayStart } from '#lib/time-zone.ts'
import type { Services } from '../clickhouse.ts'
import { readUncounted } from '../counted.ts'
import { OPEN_MS, SETTLED_MS } from '../periods.ts'
import type { MaxAge } from '../share.ts'
import { type SumsByName, sumUp } from './sums.ts'

/** What the aggregator brings comes every few seconds; what reads every player or touch may take long, and is then asked seldom. */
export const byEffort: MaxAge = (tookMs) => Math.min(60_000, Math.max(1_000, 20 * tookMs))

/** Whose numbers, and how they stand together. */
export type CampaignContext = Pick<Services, 'clickhouse' | 'share'> & {
  readonly site: Site
  readonly today: string
  readonly view: BannerView
}

/** Asks once for all who ask the same. */
export const shared = <T>(
  { share, view }: CampaignContext,
  kind: string,
  question: object,
  maxAge: MaxAge,
  read: () => Promise<T>,
) => share(`campaigns ${kind} ${JSON.stringify([question, view])}`, maxAge, read)

/** The instants of a range of days: from the first until before the day after the last. */
export const spanOf = ({ site }: Pick<CampaignContext, 'site'>, { from, to }: DayRange) => ({
  site_id: site.site_id,
  from_at: dayStart(from, site.time_zone),
  until_at: dayStart(addDays(to, 1), site.time_zone),
})

function readCounts(context: CampaignContext, range: DayRange) {
  if (context.view.with_bots === false) {
    const question = { site_id: context.site.site_id, ...range }
    return shared(context, 'counts', question, byEffort, async () => [
      await campaignCounts(context.clickhouse, question, context.view, false),
    ])
  }
  const read = (days: DayRange, isOpen: boolean) => {
    if (days.from > days.to) return Promise.resolve([])
    const question = { site_id: context.site.site_id, ...days }
    return shared(context, 'counts', question, isOpen ? OPEN_MS : SETTLED_MS, async () =>
      campaignCounts(context.clickhouse, question, context.view, await readUncounted(context, isOpen)),
    )
  }
  const open = addDays(context.today, -1)
  return Promise.all([
    read({ from: range.from, to: min(range.to, addDays(open, -1)) }, false),
    read({ from: max(range.from, open), to: range.to }, true),
  ])
}

/** What a range of days brought, by name. */
export async function readSums(context: CampaignContext, range: DayRange): Promise<SumsByName> {
  if (range.from > range.to) return sumUp({ counts: [], amounts: [], first_deposits: [] })
  const { clickhouse, site, view } = context
  const days = { site_id: site.site_id, ...range }
  const span = spanOf(context, range)
  const [counts, amounts, first_deposits] = await Promise.all([
    readCounts(context, range),
    shared(context, 'amounts', days, byEffort, () => campaignAmounts(clickhouse, days, view)),
    shared(context, 'first', span, byEffort, () => campaignFirstDeposits(clickhouse, span, view)),
  ])
  return sumUp({ counts: counts.flat(), amounts, first_deposits })
}

/** What a range of days had brought up to an instant of its last day, by name; asked once a minute. */
export async function readSumsUntil(
  context: CampaignContext,
  range: DayRange,
  until: number,
): Promise<SumsByName> {
  const { clickhouse, site, view } = context
  const day = { site_id: site.site_id, day: range.to, until }
  const span = { ...spanOf(context, range), until_at: until }
  const days = { site_id: site.site_id, from: range.from, to: addDays(range.to, -1) }
  const [whole, counts, amounts, first_deposits] = await Promise.all([
    shared(context, 'before', days, SETTLED_MS, async () =>
      days.from > days.to
        ? { counts: [], amounts: [] }
        : {
            counts: await campaignCounts(clickhouse, days, view, await readUncounted(context, false)),
            amounts: await campaignAmounts(clickhouse, days, view),
          },
    ),
    shared(context, 'counts until', day, SETTLED_MS, () => campaignCountsUntil(clickhouse, day, view)),
    shared(context, 'amounts until', day, SETTLED_MS, () => campaignAmountsUntil(clickhouse, day, view)),
    shared(context, 'first', span, SETTLED_MS, () => campaignFirstDeposits(clickhouse, span, view)),
  ])
  return sumUp({
    counts: [...whole.counts, ...counts],
    amounts: [...whole.amounts, ...amounts],
    first_deposits,
  })
}

/** The instant of the previous period's last day that is as far into it as now is into today, on the minute. */
export const sameMoment = (
  { site, today }: Pick<CampaignContext, 'site' | 'today'>,
  day: string,
  now: number,
) => Math.floor((dayStart(day, site.time_zone) + now - dayStart(today, site.time_zone)) / 60_000) * 60_000

/** ClickHouse's errors for a question that is too much: time, memory, and the client that waited for long enough. */
const TOO_MUCH = /^(159|241|307|ECONNRESET)$|Timeout error/

/**
 * Distinct players and banners by name; null where counting them is too much for this machine, which must not keep all else from being seen.
 * @param kept as for campaignPlayers
 */
export function readPlayers(context: CampaignContext, range: DayRange, kept: readonly string[] | null) {
  const days = { site_id: context.site.site_id, ...range }
  const giveUp = (error: unknown) => {
    const { code = '', message = '' } = error as { code?: string; message?: string }
    if (TOO_MUCH.test(String(code)) || TOO_MUCH.test(message)) return null
    throw error
  }
  return shared(context, `players ${JSON.stringify(kept)}`, days, byEffort, () =>
    campaignPlayers(context.clickhouse, days, context.view, kept).catch(giveUp),
  )
}

/** How often this process has changed the costs of a site: who changes one sees it at once, others within their answer's age. */
const costChanges = new Map<string, number>()

/** To be called after costs of a site were written. */
export const costsChanged = (site_id: string) => costChanges.set(site_id, (costChanges.get(site_id) ?? 0) + 1)

/** Asks once for all who ask the same since the site's costs last changed. */
export const sharedCosts = <T>(
  context: CampaignContext,
  kind: string,
  question: { readonly site_id: string },
  read: () => Promise<T>,
) => shared(context, `${kind} ${costChanges.get(question.site_id) ?? 0}`, question, byEffort, read)

/** Costs by name, over all days or by week or month. */
export function readCosts(context: CampaignContext, range: DayRange, period: 'all' | 'week' | 'month') {
  const days = { site_id: context.site.site_id, ...range }
  return sharedCosts(context, `costs ${period}`, days, () =>
    campaignCosts(context.clickhouse, days, context.view, period),
  )
}
