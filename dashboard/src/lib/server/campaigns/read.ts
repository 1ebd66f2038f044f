/** The campaigns a URL asks for: the page's `load`, the open page and `GET /api/analytics/campaigns` all ask here. */
import { campaignSeries } from '@rtpx/clickhouse/queries/campaigns'
import { type CampaignRow, type Plotted, plottedBy } from '#lib/campaigns/figures.ts'
import type { Campaigns } from '#lib/campaigns/report.ts'
import { type DayRange, lengthOf } from '#lib/day.ts'
import { roleMay } from '#lib/permission.ts'
import { previousOf } from '#lib/range.ts'
import { clockAt } from '#lib/time-zone.ts'
import type { Caller } from '../caller.ts'
import type { Opened } from '../page.ts'
import { readPayback } from './payback.ts'
import {
  byEffort,
  type CampaignContext,
  readCosts,
  readPlayers,
  readSums,
  readSumsUntil,
  sameMoment,
  shared,
  spanOf,
} from './periods.ts'
import type { CampaignQuestion } from './question.ts'
import { billsOf, cutRows, type Reach, type Readings, rowOf } from './rows.ts'

/** What is paid for banners is not for partners: a cost of several banners would tell one about the others. */
export const seesCosts = ({ role, banner_prefixes }: Caller) =>
  roleMay(role, 'players') && banner_prefixes === null

/** @throws what the ClickHouse client throws */
export async function readCampaigns(
  { services, caller, site, today, range, now }: Opened,
  question: CampaignQuestion,
): Promise<Campaigns> {
  const { grouping, with_bots } = question
  const view = { grouping, banner_prefixes: caller.banner_prefixes, with_bots }
  const context: CampaignContext = {
    clickhouse: services.clickhouse,
    share: services.share,
    site,
    today,
    view,
  }
  const previous = previousOf(range)
  const until = range.to === today ? sameMoment(context, previous.to, now) : null
  const showsCosts = seesCosts(caller)
  const [sums, before, players, costs] = await Promise.all([
    readSums(context, range),
    until === null ? readSums(context, previous) : readSumsUntil(context, previous, until),
    readPlayers(context, range, null),
    showsCosts ? readCosts(context, range, 'all') : [],
  ])
  const readings: Readings = { now: sums, before, reach: reachOf(players), bills: billsOf(costs) }
  const currencies = currenciesOf(readings)
  const currency = question.currency ?? currencies[0] ?? ''
  const { names, shown, rest, total } = cutRows(readings, { ...question, currency })
  const plotted = plottedBy(question.sorting.key)
  const days_per_point = daysPerPoint(range)
  const compared = question.compared.map((name) => rowOf(readings, name))
  const series = await readSeries(context, range, { plotted, currency, days_per_point }, [
    ...shown,
    ...compared,
  ])
  return {
    site,
    today,
    range,
    previous,
    until: until === null ? null : clockAt(now, site.time_zone),
    group: question.group,
    wanted: question.wanted,
    with_bots,
    currency,
    currencies: currencies.includes(currency) || currency === '' ? currencies : [...currencies, currency],
    plotted,
    days_per_point,
    rows: shown.map(series),
    rest: await withPlayers(context, range, rest, shown, question.wanted),
    total,
    names,
    compared: compared.map(series),
    shows_costs: showsCosts,
    edits_costs: showsCosts && roleMay(caller.role, 'edit'),
    payback:
      showsCosts && question.payback ? await readPayback(context, range, currency, question.payback) : null,
  }
}

const reachOf = (rows: Awaited<ReturnType<typeof readPlayers>>): Reach | null =>
  rows && new Map(rows.map((row) => [row.name, row]))

/** Of deposits by how many there were, then of costs. */
function currenciesOf({ now, bills }: Readings): string[] {
  const paid = [...(now.get(null)?.amounts ?? [])].sort(([, a], [, b]) => b.payments - a.payments)
  return [...new Set([...paid.map(([currency]) => currency), ...(bills.get(null)?.keys() ?? [])])]
}

/** Series stay short enough to be read in a cell. */
function daysPerPoint(range: DayRange): number {
  const days = lengthOf(range)
  return days <= 92 ? 1 : days <= 644 ? 7 : 30
}

/** Draws each row's series; read for the rows on show alone. */
async function readSeries(
  context: CampaignContext,
  range: DayRange,
  { plotted, currency, days_per_point }: { plotted: Plotted; currency: string; days_per_point: number },
  rows: readonly CampaignRow[],
): Promise<(row: CampaignRow) => CampaignRow> {
  const length = Math.floor(lengthOf(range) / days_per_point)
  const names = [...new Set(rows.map(({ name }) => name))].sort()
  if (names.length === 0) return (row) => row
  const question = {
    ...range,
    ...spanOf(context, range),
    time_zone: context.site.time_zone,
    metric: plotted,
    currency,
    names,
    days_per_point,
  }
  const series = await shared(context, 'series', question, byEffort, () =>
    campaignSeries(context.clickhouse, question, context.view),
  )
  const byName = new Map(series.map(({ name, points }) => [name, new Map(points)]))
  return (row) => {
    const points = byName.get(row.name)
    return { ...row, points: Array.from({ length }, (_, index) => points?.get(length - 1 - index) ?? 0) }
  }
}

/** The distinct players of the rows beyond the limit: no difference would tell them. */
async function withPlayers(
  context: CampaignContext,
  range: DayRange,
  rest: readonly CampaignRow[],
  shown: readonly CampaignRow[],
  wanted: string,
): Promise<CampaignRow[]> {
  if (wanted !== '' || !rest.some(({ kind }) => kind === 'rest')) return [...rest]
  const rows = await readPlayers(
    context,
    range,
    shown.map(({ name }) => name),
  )
  const others = rows?.find(({ name }) => name === '')
  return rest.map((row) =>
    row.kind === 'rest' && others ? { ...row, players: others.players, banners: others.banners } : row,
  )
}
