/** Without known bots: a campaign's numbers are those of other events, and players are left out whom only bots' events name. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { ClickHouse } from '../client.ts'
import { settlePlayers, startMigrated, type TestClickHouse } from '../testing.ts'
import {
  campaignAmounts,
  campaignCounts,
  campaignFirstDeposits,
  campaignPlayers,
  campaignSeries,
} from './campaigns.ts'
import { cohortCounts } from './cohorts.ts'
import { listPlayers } from './player-list.ts'

const DAY_MS = 86_400_000
/** Noon of yesterday. */
const AT = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS / 2
const DAY = new Date(AT).toISOString().slice(0, 10)

/** Player, type, banner, amount, whether of a bot; a minute apart. */
const EVENTS: readonly (readonly [string, string, string, string | null, boolean])[] = [
  ['mixed', 'visit', 'a', null, true],
  ['mixed', 'visit', 'b', null, false],
  ['mixed', 'deposit', 'b', '3', true],
  ['bot', 'visit', 'a', null, true],
  ['bot', 'registration', 'a', null, true],
  ['bot', 'deposit', 'a', '10', true],
  ['ann', 'visit', 'a', null, false],
  ['ann', 'registration', 'a', null, false],
  ['ann', 'deposit', 'a', '5', false],
]

let started: TestClickHouse
let clickhouse: ClickHouse

beforeAll(async () => {
  started = await startMigrated()
  clickhouse = started.clickhouse
  const lines = EVENTS.map(([player_id, event_type, banner_tag, amount, is_bot], minute) =>
    JSON.stringify({
      event_id: Bun.randomUUIDv7(),
      site_id: 'default',
      player_id,
      event_type,
      banner_tag,
      is_bot,
      event_date: DAY,
      occurred_at: AT + minute * 60_000,
      created_at: AT + minute * 60_000,
      ...(amount !== null && { amount, currency: 'EUR', transaction_id: `t-${minute}` }),
    }),
  )
  await clickhouse.insertLines('events_incoming', lines)
  // Delivered once more.
  await clickhouse.insertLines('events_incoming', lines)
  await settlePlayers(clickhouse)
}, 180_000)
afterAll(() => started?.stop())

const days = { site_id: 'default', from: DAY, to: DAY }
const span = { site_id: 'default', from_at: AT - DAY_MS, until_at: AT + DAY_MS }

test.each([
  [
    true,
    {
      counts: { a: [3, 2, 2], b: [0, 0, 1], '': [3, 2, 3] },
      amounts: { a: 15, b: 3, '': 18 },
      first: { a: 3, '': 3 },
      players: { a: 3, b: 1, '': 3 },
      series: [3],
    },
  ],
  [
    false,
    {
      counts: { a: [1, 1, 1], b: [1, 0, 0], '': [2, 1, 1] },
      amounts: { a: 5, '': 5 },
      first: { a: 2, '': 2 },
      players: { a: 1, b: 1, '': 2 },
      series: [1],
    },
  ],
])('campaigns, with bots: %p', async (with_bots, expected) => {
  const view = { grouping: { by: 'banner' as const }, banner_prefixes: null, with_bots }
  const named = <Row extends { name: string | null }, Value>(
    rows: readonly Row[],
    value: (row: Row) => Value,
  ) => Object.fromEntries(rows.map((row) => [row.name ?? '', value(row)]))
  const question = { ...days, ...span, time_zone: 'UTC', currency: 'EUR', names: ['a'], days_per_point: 1 }
  const series = await campaignSeries(clickhouse, { ...question, metric: 'visits' }, view)
  const counts = await campaignCounts(clickhouse, days, view, true)
  const deposited = await campaignSeries(clickhouse, { ...question, metric: 'amount' }, view)
  expect({
    counts: named(counts, ({ visits, registrations, deposits }) => [visits, registrations, deposits]),
    amounts: named(await campaignAmounts(clickhouse, days, view), ({ amount }) => Number(amount)),
    first: named(await campaignFirstDeposits(clickhouse, span, view), ({ first_deposits }) => first_deposits),
    players: named(await campaignPlayers(clickhouse, days, view, null), ({ players }) => players),
    series: series.flatMap(({ points }) => points.map(([, value]) => value)),
  }).toEqual(expected as never)
  expect(deposited.flatMap(({ points }) => points.map(([, value]) => value))).toEqual([
    expected.amounts.a ?? 0,
  ])
})

test('players and cohorts leave out whom only bots’ events name', async () => {
  const everybody = { where: 'true', params: {} }
  const listed = async (with_bots: boolean) => {
    const question = { site_id: 'default', search: '', segment: everybody, with_bots }
    const page = { order: 'player_id' as const, descending: false, limit: 10 }
    return (await listPlayers(clickhouse, question, page)).map(({ player_id }) => player_id)
  }
  expect(await listed(true)).toEqual(['ann', 'bot', 'mixed'])
  expect(await listed(false)).toEqual(['ann', 'mixed'])
  const begun = async (with_bots: boolean) => {
    const counts = await cohortCounts(
      clickhouse,
      {
        ...days,
        period: 'day',
        start: 'visit',
        measure: { returns: 'any' },
        banner_tag: null,
        banner_prefixes: null,
        today: DAY,
        with_bots,
      },
      false,
    )
    return counts.find(({ age }) => age === -1)?.players
  }
  expect([await begun(true), await begun(false)]).toEqual([3, 2])
})
