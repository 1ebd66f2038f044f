/** What banners bring, cost and bring back, against the real engine: every number is worked out again from the same events in plain code. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import type { ClickHouse } from '../client.ts'
import { settlePlayers, startMigrated, type TestClickHouse } from '../testing.ts'
import type { BannerView, Grouping } from './banner-groups.ts'
import {
  campaignAmounts,
  campaignAmountsUntil,
  campaignCounts,
  campaignCountsUntil,
  campaignFirstDeposits,
  campaignPlayers,
  campaignSeries,
} from './campaigns.ts'
import { type CostEntry, campaignCosts, listCosts, removeCosts, writeCosts } from './costs.ts'
import { cohortDeposits } from './payback.ts'

setDefaultTimeout(120_000)

const DAY_MS = 86_400_000
const START = Date.parse('2026-03-02T00:00:00Z')
const DAYS = 14
/** Berlin is an hour ahead until the clocks change on 29 March; the days of the site are its. */
const TIME_ZONE = 'Europe/Berlin'
const BANNERS = [
  'summer_tv',
  'summer_web_1',
  'summer_web_2',
  '_odd',
  'winter-mail',
  `O'Brien \\ "q"`,
  '=1+1',
  '夏の_x',
  '',
]

interface Sent {
  readonly event_id: string
  readonly event_type: string
  readonly player_id: string
  readonly banner_tag: string
  readonly occurred_at: number
  readonly created_at: number
  readonly event_date: string
  readonly site_id: string
  readonly amount: string | null
  readonly currency: string
  readonly transaction_id: string
}

let started: TestClickHouse
let clickhouse: ClickHouse
let events: Sent[]

const dayOf = (ms: number) => new Date(ms + DAY_MS / 24).toISOString().slice(0, 10)

/** Two weeks of odd events: few players, who come again with other banners; some payments are told twice, and differently. */
function makeEvents(): Sent[] {
  return Array.from({ length: 1_500 }, (_, index) => {
    const occurred_at = START + ((index * 7_919) % (DAYS * 1_440)) * 60_000 + index
    const event_type =
      ['visit', 'visit', 'visit', 'registration', 'deposit', 'page_view'][index % 6] ?? 'visit'
    const isDeposit = event_type === 'deposit'
    return {
      event_id: Bun.randomUUIDv7(),
      event_type,
      player_id: index % 40 === 0 ? '' : `p${(index * 31) % 211}`,
      banner_tag: BANNERS[(index * 13) % BANNERS.length] ?? '',
      occurred_at,
      created_at: occurred_at + 1_000,
      event_date: dayOf(occurred_at),
      site_id: index % 50 === 7 ? 'other' : 'default',
      amount:
        isDeposit && index % 5 > 0 ? `${index % 97}.${String(index % 100).padStart(2, '0')}000001` : null,
      currency: index % 4 === 0 ? 'USD' : 'EUR',
      transaction_id: isDeposit && index % 3 === 0 ? `t${index}` : '',
    }
  })
}

/** The same payments again, a little later, with another amount: the first one stays. */
const contradictions = () =>
  events
    .filter(({ transaction_id }) => transaction_id !== '')
    .map((event) => ({
      ...event,
      event_id: Bun.randomUUIDv7(),
      created_at: event.created_at + 1,
      amount: '1000000',
    }))

beforeAll(async () => {
  started = await startMigrated()
  clickhouse = started.clickhouse
  events = makeEvents()
  await clickhouse.insertLines(
    'events_incoming',
    events.map((event) => JSON.stringify(event)),
  )
  await clickhouse.insertLines(
    'events_incoming',
    contradictions().map((event) => JSON.stringify(event)),
  )
  await settlePlayers(clickhouse)
}, 180_000)
afterAll(() => started?.stop())

// The same in plain code.

const SCALE = 100_000_000n
function units(text: string): bigint {
  const [whole = '0', part = ''] = text.split('.')
  return BigInt(whole) * SCALE + BigInt(part.padEnd(8, '0'))
}

function groupName(banner: string, grouping: Grouping): string {
  if (grouping.by === 'banner') return banner
  if (grouping.by === 'characters') return [...banner].slice(0, grouping.characters).join('')
  if (banner.startsWith(grouping.separator)) return banner
  return banner.split(grouping.separator).slice(0, grouping.parts).join(grouping.separator)
}

const isSeen = (banner: string, { banner_prefixes }: BannerView) =>
  banner_prefixes === null || banner_prefixes.some((prefix) => prefix !== '' && banner.startsWith(prefix))

const ours = () => events.filter(({ site_id }) => site_id === 'default')
const within = (days: { from: string; to: string }) => (event: Sent) =>
  event.event_date >= days.from && event.event_date <= days.to

/** The first event of each day, type and player. */
function counted(): Sent[] {
  const first = new Map<string, Sent>()
  for (const event of ours()) {
    const key = JSON.stringify([event.event_date, event.event_type, event.player_id || event.event_id])
    const known = first.get(key)
    if (!known || event.occurred_at < known.occurred_at) first.set(key, event)
  }
  return [...first.values()]
}

interface Player {
  readonly player_id: string
  readonly first_seen: number
  readonly banner_tag: string
  readonly deposit_at: number | undefined
}

function players(): Player[] {
  const byPlayer = Map.groupBy(
    ours().filter(({ player_id }) => player_id !== ''),
    ({ player_id }) => player_id,
  )
  return [...byPlayer].map(([player_id, own]) => {
    const inOrder = own.toSorted((a, b) => a.occurred_at - b.occurred_at)
    return {
      player_id,
      first_seen: inOrder[0]?.occurred_at ?? 0,
      banner_tag: inOrder.find(({ banner_tag }) => banner_tag !== '')?.banner_tag ?? '',
      deposit_at: inOrder.find(({ event_type }) => event_type === 'deposit')?.occurred_at,
    }
  })
}

/** Sums of something by name, and over all as the name null. */
function sums<T>(items: readonly T[], nameOf: (item: T) => string, weigh: (item: T) => bigint = () => 1n) {
  const result = new Map<string | null, bigint>()
  for (const item of items)
    for (const name of [nameOf(item), null]) result.set(name, (result.get(name) ?? 0n) + weigh(item))
  return result
}

const plain = (map: ReadonlyMap<string | null, bigint>) =>
  Object.fromEntries(
    [...map]
      .filter(([, value]) => value !== 0n)
      .map(([name, value]) => [JSON.stringify(name), String(value)]),
  )
const answered = <Row extends { name: string | null }>(rows: readonly Row[], weigh: (row: Row) => bigint) =>
  plain(new Map(rows.map((row) => [row.name, weigh(row)])))

const VIEWS: readonly BannerView[] = [
  { grouping: { by: 'banner' }, banner_prefixes: null },
  { grouping: { by: 'separator', separator: '_', parts: 1 }, banner_prefixes: null },
  { grouping: { by: 'separator', separator: '_', parts: 2 }, banner_prefixes: null },
  { grouping: { by: 'separator', separator: '-', parts: 1 }, banner_prefixes: null },
  { grouping: { by: 'characters', characters: 2 }, banner_prefixes: null },
  { grouping: { by: 'banner' }, banner_prefixes: ['summer_', '夏'] },
  { grouping: { by: 'separator', separator: '_', parts: 1 }, banner_prefixes: ['summer_web', ''] },
  { grouping: { by: 'banner' }, banner_prefixes: [] },
]
const RANGES = [
  { from: '2026-03-02', to: '2026-03-15' },
  { from: '2026-03-05', to: '2026-03-05' },
  { from: '2026-03-04', to: '2026-03-11' },
]
const asked = (days: { from: string; to: string }) => ({ site_id: 'default', ...days })
const startOf = (day: string) => Date.parse(`${day}T00:00:00Z`) - DAY_MS / 24
const spanOf = ({ from, to }: { from: string; to: string }) => ({
  site_id: 'default',
  from_at: startOf(from),
  until_at: startOf(to) + DAY_MS,
})

describe('a row for each banner', () => {
  test.each(VIEWS)('adds up to the total and is what the events say: %j', async (view) => {
    const nameOf = ({ banner_tag }: { banner_tag: string }) => groupName(banner_tag, view.grouping)
    for (const days of RANGES) {
      const seen = counted().filter((event) => within(days)(event) && isSeen(event.banner_tag, view))
      const counts = await campaignCounts(clickhouse, asked(days), view, true)
      for (const [key, type] of [
        ['visits', 'visit'],
        ['registrations', 'registration'],
        ['deposits', 'deposit'],
      ] as const) {
        const expected = sums(
          seen.filter(({ event_type }) => event_type === type),
          nameOf,
        )
        expect(answered(counts, (row) => BigInt(row[key]))).toEqual(plain(expected))
        const [total, ...rows] = counts
        expect(rows.reduce((sum, row) => sum + row[key], 0)).toBe(total?.[key] ?? -1)
      }

      const paid = ours().filter(
        (event) => event.event_type === 'deposit' && within(days)(event) && isSeen(event.banner_tag, view),
      )
      const amounts = await campaignAmounts(clickhouse, asked(days), view)
      for (const currency of ['EUR', 'USD']) {
        const own = paid.filter((event) => event.currency === currency)
        const rows = amounts.filter((row) => row.currency === currency)
        expect(answered(rows, (row) => BigInt(row.payments))).toEqual(plain(sums(own, nameOf)))
        expect(answered(rows, (row) => units(row.amount))).toEqual(
          plain(sums(own, nameOf, ({ amount }) => units(amount ?? '0'))),
        )
      }

      const { from_at, until_at } = spanOf(days)
      const depositors = players().filter(
        ({ deposit_at = 0, banner_tag }) =>
          deposit_at >= from_at && deposit_at < until_at && isSeen(banner_tag, view),
      )
      const first = await campaignFirstDeposits(clickhouse, spanOf(days), view)
      expect(answered(first, (row) => BigInt(row.first_deposits))).toEqual(plain(sums(depositors, nameOf)))

      const met = ours().filter(
        (event) =>
          within(days)(event) &&
          event.player_id !== '' &&
          event.banner_tag !== '' &&
          isSeen(event.banner_tag, view),
      )
      const distinct = (of: readonly Sent[], key: 'player_id' | 'banner_tag') =>
        new Set(of.map((event) => event[key])).size
      const expected = Object.fromEntries(
        [...Map.groupBy(met, nameOf), [null, met] as const].map(([name, own]) => [
          JSON.stringify(name),
          [distinct(own, 'player_id'), distinct(own, 'banner_tag')],
        ]),
      )
      const answer = await campaignPlayers(clickhouse, asked(days), view, null)
      expect(
        Object.fromEntries(answer.map((row) => [JSON.stringify(row.name), [row.players, row.banners]])),
      ).toEqual(expected)
      if (met.length === 0) continue
      const kept = nameOf(met[0] as Sent)
      const others = met.filter((event) => nameOf(event) !== kept)
      const folded = await campaignPlayers(clickhouse, asked(days), view, [kept])
      expect(folded.find(({ name }) => name === '')?.players ?? 0).toBe(distinct(others, 'player_id'))
    }
  })

  test('of a day in progress is counted up to the same moment of the day before', async () => {
    const view = VIEWS[1] as BannerView
    const until = startOf('2026-03-09') + 13 * 3_600_000 + 7 * 60_000 + 13_000
    const day = { site_id: 'default', day: '2026-03-09', until }
    const nameOf = ({ banner_tag }: Sent) => groupName(banner_tag, view.grouping)
    const before = (event: Sent) => event.event_date === day.day && event.occurred_at < until
    const visits = counted().filter((event) => event.event_type === 'visit' && before(event))
    expect(visits.length).toBeGreaterThan(10)
    expect(answered(await campaignCountsUntil(clickhouse, day, view), (row) => BigInt(row.visits))).toEqual(
      plain(sums(visits, nameOf)),
    )
    const paid = ours().filter(
      (event) => event.event_type === 'deposit' && event.currency === 'EUR' && before(event),
    )
    const amounts = (await campaignAmountsUntil(clickhouse, day, view)).filter(
      ({ currency }) => currency === 'EUR',
    )
    expect(answered(amounts, (row) => units(row.amount))).toEqual(
      plain(sums(paid, nameOf, ({ amount }) => units(amount ?? '0'))),
    )
  })

  test('has a series that adds up to its number, by days and by weeks', async () => {
    const view = VIEWS[1] as BannerView
    const days = RANGES[0] ?? { from: '', to: '' }
    const names = ['summer', '_odd', '夏の']
    const counts = await campaignCounts(clickhouse, asked(days), view, true)
    const amounts = await campaignAmounts(clickhouse, asked(days), view)
    const first = await campaignFirstDeposits(clickhouse, spanOf(days), view)
    for (const metric of ['visits', 'registrations', 'deposits', 'first_deposits', 'amount'] as const)
      for (const days_per_point of [1, 7]) {
        const series = await campaignSeries(
          clickhouse,
          {
            ...asked(days),
            ...spanOf(days),
            time_zone: TIME_ZONE,
            metric,
            currency: 'EUR',
            names,
            days_per_point,
          },
          view,
        )
        for (const name of names) {
          const points = series.find((row) => row.name === name)?.points ?? []
          expect(points.every(([point]) => point >= 0 && point < DAYS / days_per_point)).toBe(true)
          const row = {
            ...counts.find((row) => row.name === name),
            ...first.find((row) => row.name === name),
            amount: Number(amounts.find((row) => row.name === name && row.currency === 'EUR')?.amount ?? 0),
          }
          expect(points.reduce((sum, [, value]) => sum + value, 0)).toBeCloseTo(row[metric] ?? 0, 6)
        }
      }
  })
})

describe('costs', () => {
  const entry = (more: Partial<CostEntry>) => ({
    cost_id: crypto.randomUUID() as string,
    banner_tag: 'summer_tv',
    is_prefix: false,
    from_day: '2026-03-02',
    to_day: '2026-03-15',
    amount: '100',
    currency: 'EUR',
    decimals: 2,
    note: '',
    ...more,
  })
  const by = { changed_by: 'ada@example.com', updated_at: START }
  /** The days of each cost of a site. */
  async function spread(site_id: string) {
    const rows = await clickhouse.rows<{ cost_id: string; event_date: string; amount: string }>(
      'SELECT cost_id, event_date, amount FROM daily_costs WHERE site_id = {site_id:String}',
      { site_id },
    )
    return Map.groupBy(rows, ({ cost_id }) => cost_id)
  }

  test('are spread evenly over their days, to the last cent', async () => {
    const made = Array.from({ length: 60 }, (_, index) => {
      const decimals = [0, 2, 3, 8][index % 4] ?? 2
      const whole = String((index * 7_919_317) % 100_003)
      const part = String((index * 104_729) % 10 ** decimals).padStart(decimals, '0')
      return entry({
        banner_tag: `spread ${index}`,
        amount: decimals === 0 ? whole : `${whole}.${part}`,
        decimals,
        to_day: new Date(START + ((index * 37) % 400) * DAY_MS).toISOString().slice(0, 10),
      })
    })
    const largest = entry({
      banner_tag: 'largest',
      amount: '99999999999999999999.12345678',
      decimals: 8,
      to_day: '2026-03-08',
    })
    await writeCosts(clickhouse, 'elsewhere', [...made, largest], by)
    const stored = await spread('elsewhere')
    for (const cost of [...made, largest]) {
      const parts = stored.get(cost.cost_id) ?? []
      const days = (Date.parse(cost.to_day) - Date.parse(cost.from_day)) / DAY_MS + 1
      expect(parts).toHaveLength(days)
      expect(parts.reduce((sum, { amount }) => sum + units(amount), 0n)).toBe(units(cost.amount))
      const cent = 10n ** BigInt(8 - cost.decimals)
      const amounts = parts.map(({ amount }) => units(amount)).toSorted((a, b) => (a < b ? -1 : 1))
      expect((amounts.at(-1) ?? 0n) - (amounts[0] ?? 0n)).toBeLessThanOrEqual(cent)
      expect(amounts.every((amount) => amount % cent === 0n)).toBe(true)
    }
  })

  test('can be changed and removed; the newest version counts', async () => {
    const [first, second] = [entry({ note: "it's" }), entry({ banner_tag: '=2', is_prefix: true })]
    await writeCosts(clickhouse, 'changing', [first, second], by)
    await writeCosts(clickhouse, 'changing', [{ ...first, amount: '70.5' }], {
      changed_by: 'bob',
      updated_at: START + 1,
    })
    expect(await listCosts(clickhouse, 'changing')).toEqual(
      expect.arrayContaining([
        { ...first, amount: '70.5', changed_by: 'bob', updated_at: START + 1 },
        { ...second, ...by },
      ]),
    )
    await removeCosts(clickhouse, 'elsewhere', [first.cost_id], { changed_by: 'bob', updated_at: START + 2 })
    expect(await listCosts(clickhouse, 'changing')).toHaveLength(2)
    await removeCosts(clickhouse, 'changing', [first.cost_id], { changed_by: 'bob', updated_at: START + 2 })
    expect(await listCosts(clickhouse, 'changing')).toEqual([{ ...second, ...by }])
    expect((await spread('changing')).has(first.cost_id)).toBe(false)
  })

  test('of a prefix are divided by the visits of each day, and rows and what is nobody’s add up to all', async () => {
    const costs = [
      entry({ amount: '333.33', from_day: '2026-03-01', to_day: '2026-03-20' }),
      entry({ banner_tag: 'summer_', is_prefix: true, amount: '1000.01' }),
      entry({
        banner_tag: 'summer_web',
        is_prefix: true,
        amount: '77',
        currency: 'USD',
        from_day: '2026-03-10',
      }),
      entry({ banner_tag: '', is_prefix: true, amount: '5', decimals: 2 }),
      entry({ banner_tag: 'unheard of', amount: '12' }),
      entry({ banner_tag: 'unheard', is_prefix: true, amount: '9.99' }),
    ]
    await writeCosts(clickhouse, 'default', costs, by)
    const stored = await spread('default')
    const parts = costs.flatMap((cost) =>
      (stored.get(cost.cost_id) ?? []).map((day) => ({ ...cost, ...day, parts: units(day.amount) })),
    )
    const visits = counted().filter(({ event_type }) => event_type === 'visit')
    const inOneGroup = (start: string, grouping: Grouping) =>
      grouping.by !== 'banner' && groupName(`${start}\u0001`, grouping) === groupName(start, grouping)

    for (const { grouping } of VIEWS.slice(0, 5))
      for (const days of RANGES.slice(1)) {
        const answer = await campaignCosts(clickhouse, asked(days), { grouping }, 'all')
        expect(answer.every(({ period }) => period === days.from)).toBe(true)
        for (const currency of ['EUR', 'USD']) {
          const own = parts.filter(
            (part) =>
              part.currency === currency && part.event_date >= days.from && part.event_date <= days.to,
          )
          const expected = new Map<string | null, number>()
          const add = (name: string | null, value: number) =>
            expected.set(name, (expected.get(name) ?? 0) + value)
          for (const part of own) {
            add(null, Number(part.parts))
            const sharing = visits.filter(
              (visit) => visit.event_date === part.event_date && visit.banner_tag.startsWith(part.banner_tag),
            )
            if (!part.is_prefix || inOneGroup(part.banner_tag, grouping))
              add(groupName(part.banner_tag, grouping), Number(part.parts))
            else
              for (const { banner_tag } of sharing)
                add(groupName(banner_tag, grouping), Number(part.parts) / sharing.length)
          }
          const rows = answer.filter((row) => row.currency === currency)
          const total = rows.find(({ name }) => name === null)
          expect(units(total?.amount ?? '0')).toBe(own.reduce((sum, part) => sum + part.parts, 0n))
          expect(rows.map(({ name }) => name).toSorted()).toEqual([...expected.keys()].toSorted())
          // Divided to a hundred-millionth: each day may round one down.
          for (const { name, amount } of rows)
            expect(Math.abs(Number(units(amount)) - (expected.get(name) ?? 0))).toBeLessThan(200)
          const given = rows.reduce(
            (sum, { name, amount }) => (name === null ? sum : sum + units(amount)),
            0n,
          )
          const nobodys = own
            .filter((part) => part.is_prefix && !inOneGroup(part.banner_tag, grouping))
            .filter(
              (part) =>
                !visits.some(
                  (visit) =>
                    visit.event_date === part.event_date && visit.banner_tag.startsWith(part.banner_tag),
                ),
            )
            .reduce((sum, part) => sum + part.parts, 0n)
          expect(units(total?.amount ?? '0') - given).toBe(nobodys)
        }
      }

    const weekly = await campaignCosts(
      clickhouse,
      asked(RANGES[0] ?? { from: '', to: '' }),
      { grouping: { by: 'banner' } },
      'week',
    )
    const tv = weekly.filter(({ name }) => name === 'summer_tv').map(({ period }) => period)
    expect(tv.toSorted()).toEqual(['2026-03-02', '2026-03-09'])
  })
})

describe('cohorts', () => {
  const mondayOf = (day: string) => {
    const ms = Date.parse(`${day}T00:00:00Z`)
    return new Date(ms - ((new Date(ms).getUTCDay() + 6) % 7) * DAY_MS).toISOString().slice(0, 10)
  }

  test.each([
    { acquirers: { name: 'summer_tv', grouping: { by: 'banner' } as Grouping }, period: 'week' as const },
    { acquirers: { name: 'summer', grouping: VIEWS[1]?.grouping as Grouping }, period: 'week' as const },
    { acquirers: { name: 'summer', grouping: VIEWS[1]?.grouping as Grouping }, period: 'month' as const },
    { acquirers: 'with_costs' as const, period: 'week' as const, currency: 'USD' },
  ])(
    'hold what their players deposited since, by age and by day: %j',
    async ({ acquirers, period, currency = 'EUR' }) => {
      const isOurs = (banner: string) =>
        acquirers === 'with_costs'
          ? banner.startsWith('summer_web')
          : groupName(banner, acquirers.grouping) === acquirers.name
      const cohortOf = (player: Player) =>
        period === 'week' ? mondayOf(dayOf(player.first_seen)) : `${dayOf(player.first_seen).slice(0, 7)}-01`
      const days = { from: '2026-03-02', to: '2026-03-15' }
      const answer = await cohortDeposits(clickhouse, {
        ...spanOf(days),
        time_zone: TIME_ZONE,
        period,
        currency,
        acquirers,
      })
      const own = players().filter(({ banner_tag }) => isOurs(banner_tag))
      expect(own.length).toBeGreaterThan(5)
      const byCohort = Map.groupBy(own, cohortOf)
      expect(answer.map(({ cohort }) => cohort)).toEqual([...byCohort.keys()].toSorted())
      for (const { cohort, players: count, by_age, by_day } of answer) {
        const members = new Map(byCohort.get(cohort)?.map((player) => [player.player_id, player]))
        expect(count).toBe(members.size)
        const paid = ours().filter(
          (event) =>
            event.event_type === 'deposit' && event.currency === currency && members.has(event.player_id),
        )
        const age = (event: Sent) =>
          String(
            (Date.parse(event.event_date) -
              Date.parse(dayOf(members.get(event.player_id)?.first_seen ?? 0))) /
              DAY_MS,
          )
        const amount = (event: Sent) => units(event.amount ?? '0')
        const told = (rows: readonly { readonly amount: string }[], keyOf: (row: never) => unknown) =>
          plain(
            new Map([
              ...rows.map((row) => [String(keyOf(row as never)), units(row.amount)] as const),
              [null, rows.reduce((sum, row) => sum + units(row.amount), 0n)] as const,
            ]),
          )
        expect(told(by_age, (row: { age: number }) => row.age)).toEqual(plain(sums(paid, age, amount)))
        expect(told(by_day, (row: { event_date: string }) => row.event_date)).toEqual(
          plain(sums(paid, ({ event_date }) => event_date, amount)),
        )
        expect(by_age.map(({ age }) => age)).toEqual(by_age.map(({ age }) => age).toSorted((a, b) => a - b))
      }
    },
  )
})
