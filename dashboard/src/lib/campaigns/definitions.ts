/** What each figure of the campaigns means and the SQL that gives it, complete: pasted into a prompt it answers the numbers of the table. */
import { groupOf, viewParams } from '@rtpx/clickhouse/queries/banner-groups'
import { type Definition, sqlText } from '#lib/definitions.ts'
import { groupingOf } from './grouping.ts'
import type { Campaigns } from './report.ts'

type Asked = Pick<Campaigns, 'site' | 'range' | 'group' | 'currency'>
type Defined = 'visits' | 'players' | 'first_deposits' | 'amount' | 'cost' | 'return_on_spend' | 'payback'

const ONCE =
  'Each player counts once a day, however often the event came, for the banner of the day’s first event.'

/** The row's name as SQL with its values in place. */
function nameSql({ group }: Asked): string {
  const grouping = groupingOf(group) ?? { by: 'banner' as const }
  if (grouping.by === 'banner') return 'banner_tag'
  const values: Record<string, unknown> = viewParams({ grouping, banner_prefixes: null })
  return groupOf(grouping).replace(/\{(\w+):(\w+)\}/g, (_, name: string, type: string) =>
    type === 'String' ? sqlText(String(values[name])) : String(values[name]),
  )
}

function days({ site, range }: Asked): string {
  return `WHERE site_id = ${sqlText(site.site_id)}
  AND event_date BETWEEN ${sqlText(range.from)} AND ${sqlText(range.to)}`
}

const TEXTS: Readonly<Record<Defined, (asked: Asked) => Definition>> = {
  visits: (asked) => ({
    title: 'Visits, registrations and deposits',
    text: `Players who visited, registered or deposited. ${ONCE} So rows add up to the total, and the total is that of the overview.`,
    sql: `SELECT ${nameSql(asked)} AS name,
  sumIf(count, event_type = 'visit') AS visits,
  sumIf(count, event_type = 'registration') AS registrations,
  sumIf(count, event_type = 'deposit') AS deposits
FROM event_summary
${days(asked)}
GROUP BY name
ORDER BY visits DESC`,
  }),
  players: (asked) => ({
    title: 'Players',
    text: 'Distinct players with an event of the banner in the range. Who met two banners is in both rows, and once in the total. Visitors without a player id are not among them.',
    sql: `SELECT ${nameSql(asked)} AS name, uniqExact(player_id) AS players
FROM player_touches
${days(asked)}
  AND player_id != ''
GROUP BY name WITH ROLLUP
ORDER BY players DESC`,
  }),
  first_deposits: (asked) => ({
    title: 'First deposits',
    text: 'Players whose first deposit ever came in the range, for the banner that acquired them: that of the first event of theirs that carried one, whatever banner the deposit itself came with. Each player counts once, for one banner. New ones appear within seconds, when the aggregator has looked at the player.',
    sql: `SELECT ${nameSql(asked)} AS name, count() AS first_deposits
FROM players
WHERE site_id = ${sqlText(asked.site.site_id)}
  AND toDate(deposit_at, ${sqlText(asked.site.time_zone)}) BETWEEN ${sqlText(asked.range.from)} AND ${sqlText(asked.range.to)}
GROUP BY name
ORDER BY first_deposits DESC`,
  }),
  amount: (asked) => ({
    title: 'Deposited',
    text: 'What was deposited in the range, exact, each transaction once, for the banner the payment came with. Earnings per visit divide it by the visits; amounts of other currencies are not converted.',
    sql: `SELECT ${nameSql(asked)} AS name, currency, sum(amount) AS deposited, sum(count) AS payments
FROM daily_amounts
${days(asked)}
  AND event_type = 'deposit'
GROUP BY name, currency
ORDER BY deposited DESC`,
  }),
  cost: (asked) => ({
    title: 'Cost',
    text: 'What of the costs you entered falls to the days of the range: a cost is spread evenly over its days, to the last cent. A cost of all banners with a beginning is divided among them by the visits of each day.',
    sql: `SELECT banner_tag, is_prefix, currency, sum(amount) AS cost
FROM daily_costs
${days(asked)}
GROUP BY banner_tag, is_prefix, currency
ORDER BY cost DESC`,
  }),
  return_on_spend: (asked) => ({
    title: 'Return',
    text: `Deposited for every hundred spent, both in ${asked.currency || 'the same currency'} and of the days of the range: 100% is as much as it cost. Players acquired earlier deposit in it too; the payback below follows each week’s players on their own.`,
    sql: `SELECT
  (SELECT sum(amount) FROM daily_amounts
  ${days(asked).replaceAll('\n', '\n  ')}
    AND event_type = 'deposit' AND currency = ${sqlText(asked.currency)})
  / (SELECT sum(amount) FROM daily_costs
  ${days(asked).replaceAll('\n', '\n  ')}
    AND currency = ${sqlText(asked.currency)}) AS return_on_spend`,
  }),
  payback: (asked) => ({
    title: 'Payback',
    text: 'A cohort is the players that the banner acquired in a week or month. Its day of payback is the first day of the players’ age, counted from the day each was first seen as day 0, through which all their deposits together reach what the banner cost in that week or month. Until then: how much of the cost they have deposited so far.',
    sql: `SELECT toMonday(toDate(first_seen, ${sqlText(asked.site.time_zone)})) AS cohort, ${nameSql(asked)} AS name,
  count() AS players, sum(amounts[${sqlText(asked.currency)}]) AS deposited
FROM players
WHERE site_id = ${sqlText(asked.site.site_id)}
GROUP BY cohort, name
ORDER BY cohort DESC`,
  }),
}

/** The definition of a figure, for the range and the groups on show. */
export const defineCampaign = (key: Defined, asked: Asked): Definition => TEXTS[key](asked)
