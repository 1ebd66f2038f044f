/** Segments in SQL find whom a plain evaluation finds, over random players; and no text of a segment can change the SQL. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import fc from 'fast-check'
import type { ClickHouse } from '../client.ts'
import { countPlayers, everyPlayer, listPlayers, PLAYER_ORDERS } from '../queries/player-list.ts'
import { startMigrated, type TestClickHouse } from '../testing.ts'
import { type Calendar, compileSegment } from './compile.ts'
import { FIELDS, type Field, fieldInfo, isField, type Operator, operatorsOf } from './fields.ts'
import {
  type Condition,
  EVERYBODY,
  type Group,
  isGroup,
  type Money,
  parseSegment,
  readSegment,
  SegmentError,
} from './segment.ts'

setDefaultTimeout(120_000)
const DAY_MS = 86_400_000
const NOW = Date.now()
const TODAY = new Date(NOW).toISOString().slice(0, 10)
/** A site two hours ahead of UTC. */
const CALENDAR: Calendar = { today: TODAY, startOf: (day) => Date.parse(`${day}T00:00:00Z`) - 2 * 3_600_000 }
const BANNERS = ['', 'alpha', 'beta', 'beta-2', "o'br\\ien %_"]
const COUNTRIES = ['DE', 'FR']
const DEVICES = ['mobile', 'desktop']
const KINDS = ['two_banners', 'clock_off']
const DORMANT_AFTER = 30

interface ModelPlayer {
  player_id: string
  stage: string
  banner_tag: string
  converting_banner_tag: string
  first_seen: number
  last_event_at: number
  registration_at: number | null
  deposit_at: number | null
  reactivated_at: string | null
  total_deposits: number
  amounts: Record<string, string>
  touched: string[]
  countries: string[]
  devices: string[]
  findings: string[]
}

let started: TestClickHouse
let clickhouse: ClickHouse
let players: ModelPlayer[]

/** Numbers that are the same in each run. */
function random(seed: number) {
  let state = seed
  return (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
const draw = random(7)
const some = <T>(from: readonly T[]) => from.filter(() => draw(2) === 0)
const one = <T>(from: readonly T[]) => from[draw(from.length)] as T
const instant = () => NOW - draw(90) * DAY_MS - draw(DAY_MS)

function makePlayer(index: number): ModelPlayer {
  const first_seen = instant()
  const last_event_at = first_seen + draw(NOW - first_seen)
  const registered = draw(3) > 0
  const deposited = draw(2) > 0
  return {
    player_id: `${one(['p', 'q-', "x' OR 1=1 --", '%_'])}${index}`,
    stage:
      Math.floor(NOW / DAY_MS) - Math.floor(last_event_at / DAY_MS) > DORMANT_AFTER
        ? 'dormant'
        : deposited
          ? 'depositor'
          : registered
            ? 'registered'
            : 'visitor',
    banner_tag: one(BANNERS),
    converting_banner_tag: one(BANNERS),
    first_seen,
    last_event_at,
    registration_at: registered ? first_seen + draw(10 * DAY_MS) : null,
    deposit_at: deposited ? first_seen + draw(20 * DAY_MS) : null,
    reactivated_at: draw(4) ? null : new Date(instant()).toISOString().slice(0, 10),
    total_deposits: deposited ? 1 + draw(5) : 0,
    amounts: deposited ? { EUR: `${draw(300)}.5`, ...(draw(2) ? { BTC: '0.00000001' } : {}) } : {},
    touched: some(BANNERS.slice(1)),
    countries: some(COUNTRIES),
    devices: some(DEVICES),
    findings: some(KINDS),
  }
}

beforeAll(async () => {
  started = await startMigrated()
  clickhouse = started.clickhouse
  players = Array.from({ length: 200 }, (_, index) => makePlayer(index))
  await clickhouse.command(
    `INSERT INTO player_rules (dormant_after_days, set_at) VALUES (${DORMANT_AFTER}, now64(3))`,
  )
  const insert = (table: string, rows: readonly object[]) =>
    clickhouse.insertLines(
      table,
      rows.map((row) => JSON.stringify({ site_id: 's', ...row })),
    )
  await insert(
    'players_log',
    players.map(({ touched, countries, devices, findings, stage, ...player }) => ({
      ...player,
      stage: player.deposit_at ? 'depositor' : player.registration_at ? 'registered' : 'visitor',
      updated_at: NOW,
    })),
  )
  // Another site's players meet no condition here.
  await insert('players_log', [{ site_id: 'other', player_id: 'p1', stage: 'depositor', updated_at: NOW }])
  await insert(
    'player_touches',
    players.flatMap(({ player_id, touched }, index) =>
      touched.map((banner_tag) => ({
        // Every third was reached as a visitor, before having a name.
        ...(index % 3 ? { player_id, visitor_id: '' } : { player_id: '', visitor_id: `v-${player_id}` }),
        occurred_at: NOW,
        banner_tag,
      })),
    ),
  )
  await insert(
    'visitor_players',
    players.flatMap(({ player_id }) => [
      { player_id, visitor_id: `v-${player_id}`, named_at: NOW - DAY_MS },
      { player_id: 'someone later', visitor_id: `v-${player_id}`, named_at: NOW },
    ]),
  )
  await insert(
    'player_traits',
    players.flatMap(({ player_id, countries, devices }) => [
      ...countries.map((country) => ({ player_id, country, device: '', last_at: NOW })),
      ...devices.map((device) => ({ player_id, country: '', device, last_at: NOW })),
    ]),
  )
  await insert(
    'finding_states',
    players.flatMap(({ player_id, findings }) =>
      findings.map((kind) => ({
        finding_id: crypto.randomUUID(),
        kind,
        subject_type: kind === 'clock_off' ? 'client' : 'player',
        subject: player_id,
        holds: true,
        checked_at: NOW,
      })),
    ),
  )
})
afterAll(() => started?.stop())

/** Whether a player is in a segment: plain TypeScript. */
function isIn(player: ModelPlayer, node: Group | Condition): boolean {
  if (isGroup(node)) {
    if (node.of.length === 0) return true
    return node.match === 'all' ? node.of.every((n) => isIn(player, n)) : node.of.some((n) => isIn(player, n))
  }
  const { field, op, value } = node
  const texts = value as string[]
  const among = (values: readonly string[]) =>
    op === 'starts_with'
      ? values.some((text) => texts.some((start) => text.startsWith(start)))
      : values.some((text) => texts.includes(text)) === (op === 'is')
  const compared = (number: number | null, limit: number) =>
    number !== null && (op === 'at_least' ? number >= limit : number <= limit)
  const days = (from: number, to: number | null) => (to === null ? null : Math.trunc((to - from) / DAY_MS))
  switch (field) {
    case 'stage':
    case 'banner_tag':
    case 'converting_banner_tag':
    case 'player_id':
      return among([player[field]])
    case 'touched_banner':
      return among(player.touched)
    case 'country':
      return among(player.countries)
    case 'device':
      return among(player.devices)
    case 'finding':
      return among(player.findings)
    case 'total_deposits':
      return compared(player.total_deposits, Number(value))
    case 'days_to_registration':
      return compared(days(player.first_seen, player.registration_at), Number(value))
    case 'days_to_deposit':
      return compared(days(player.first_seen, player.deposit_at), Number(value))
    case 'amount':
      return compared(Number(player.amounts[(value as Money).currency] ?? 0), Number((value as Money).amount))
    case 'inactive_days': {
      const silent = Math.round((Date.parse(TODAY) - Date.parse(localDay(player.last_event_at))) / DAY_MS)
      return compared(silent, Number(value))
    }
    default: {
      const at = player[field]
      if (op === 'known') return at !== null
      if (op === 'unknown') return at === null
      if (at === null) return false
      const day = typeof at === 'string' ? at : localDay(at)
      if (op === 'on_or_after') return day >= String(value)
      if (op === 'before') return day < String(value)
      const first = new Date(Date.parse(TODAY) - (Number(value) - 1) * DAY_MS).toISOString().slice(0, 10)
      return op === 'in_last_days' ? day >= first : day < first
    }
  }
}
const localDay = (ms: number) => new Date(ms + 2 * 3_600_000).toISOString().slice(0, 10)

const TEXTS: Partial<Record<Field, readonly string[]>> = {
  banner_tag: BANNERS,
  converting_banner_tag: BANNERS,
  touched_banner: BANNERS,
  country: COUNTRIES,
  device: DEVICES,
  player_id: ['p', 'p1', 'q-', '%', "x' OR 1=1 --"],
}
const anyDay = fc
  .integer({ min: -2, max: 95 })
  .map((ago) => new Date(NOW - ago * DAY_MS).toISOString().slice(0, 10))

function values(field: Field, op: Operator): fc.Arbitrary<Condition['value']> {
  const { kind, choices } = fieldInfo(field)
  if (op === 'known' || op === 'unknown') return fc.constant(null)
  if (kind === 'text' || kind === 'set')
    return fc.uniqueArray(fc.constantFrom(...(choices ?? TEXTS[field] ?? [''])), {
      minLength: 1,
      maxLength: 3,
    })
  if (op === 'on_or_after' || op === 'before') return anyDay
  if (kind === 'money')
    return fc.record({
      currency: fc.constantFrom('EUR', 'BTC', 'USD'),
      amount: fc.constantFrom('0', '0.00000001', '100', '100.5', '250'),
    })
  return fc.integer({ min: kind === 'date' ? 1 : 0, max: kind === 'number' ? 12 : 95 })
}
const condition = fc
  .constantFrom(...Object.keys(FIELDS).filter(isField))
  .chain((field) =>
    fc
      .constantFrom(...operatorsOf(field))
      .chain((op) => values(field, op).map((value): Condition => ({ field, op, value }))),
  )
const group = (depth: number): fc.Arbitrary<Group> =>
  fc.record({
    match: fc.constantFrom('all' as const, 'any' as const),
    of: fc.array(depth < 3 ? fc.oneof({ weight: 3, arbitrary: condition }, group(depth + 1)) : condition, {
      maxLength: 3,
    }),
  })

async function found(segment: Group, search = ''): Promise<string[]> {
  const ids: string[] = []
  const question = { site_id: 's', search, segment: compileSegment(parseSegment(segment), CALENDAR) }
  for await (const rows of everyPlayer(clickhouse, question)) ids.push(...rows.map((row) => row.player_id))
  return ids.sort()
}

describe('a segment', () => {
  test('finds in SQL whom a plain evaluation finds', async () => {
    await fc.assert(
      fc.asyncProperty(group(1), async (segment) => {
        const expected = players.filter((player) => isIn(player, segment)).map(({ player_id }) => player_id)
        expect(await found(segment)).toEqual(expected.sort())
      }),
      { numRuns: 80, seed: 42 },
    )
  })

  test('finds the same with each single comparison of each field', async () => {
    for (const field of Object.keys(FIELDS).filter(isField))
      for (const op of operatorsOf(field))
        for (const value of fc.sample(values(field, op), { numRuns: 3, seed: 1 })) {
          const segment: Group = { match: 'all', of: [{ field, op, value }] }
          const expected = players.filter((player) => isIn(player, segment)).map(({ player_id }) => player_id)
          expect({ field, op, value, found: await found(segment) }).toEqual({
            field,
            op,
            value,
            found: expected.sort(),
          })
        }
  })

  test('never lets a text into the SQL: it is the same whatever the values are', async () => {
    const hostile = [
      "'",
      '\\',
      "') OR true --",
      '{site_id:String}',
      '/*',
      '\u0000',
      '\u202e',
      '%',
      "'; DROP TABLE players_log",
    ]
    for (const field of Object.keys(TEXTS).filter(isField))
      for (const op of operatorsOf(field)) {
        const sql = (value: readonly string[]) =>
          compileSegment({ match: 'all', of: [{ field, op, value }] }, CALENDAR).where
        expect(sql(hostile)).toBe(sql(['x']))
        expect(
          (await found({ match: 'all', of: [{ field, op, value: hostile }] })).length,
        ).toBeLessThanOrEqual(players.length)
      }
    expect(await found(EVERYBODY, "') OR true --")).toEqual([])
    expect(await clickhouse.rows("SELECT count() AS n FROM players WHERE site_id = 's'")).toEqual([
      { n: players.length },
    ])
  })

  test('is refused where it is not one, with the place', () => {
    const bad: [unknown, string][] = [
      [[], ''],
      [{ field: 'stage', op: 'is', value: ['visitor'] }, ''],
      [{ match: 'none', of: [] }, 'match'],
      [{ match: 'all', of: {} }, 'of'],
      [{ match: 'all', of: [null] }, 'of.0'],
      [{ match: 'all', of: [{ field: 'site_id', op: 'is', value: ['x'] }] }, 'of.0.field'],
      [{ match: 'all', of: [{ field: 'constructor', op: 'is', value: ['x'] }] }, 'of.0.field'],
      [{ match: 'all', of: [{ field: 'stage', op: '= 1 OR', value: ['x'] }] }, 'of.0.op'],
      [{ match: 'all', of: [{ field: 'stage', op: 'is', value: ['king'] }] }, 'of.0.value'],
      [{ match: 'all', of: [{ field: 'banner_tag', op: 'is', value: 'x' }] }, 'of.0.value'],
      [{ match: 'all', of: [{ field: 'banner_tag', op: 'is', value: ['\ud800'] }] }, 'of.0.value'],
      [{ match: 'all', of: [{ field: 'first_seen', op: 'before', value: '2026-02-30' }] }, 'of.0.value'],
      [{ match: 'all', of: [{ field: 'first_seen', op: 'in_last_days', value: 1.5 }] }, 'of.0.value'],
      [
        {
          match: 'all',
          of: [{ field: 'amount', op: 'at_least', value: { currency: 'EUR', amount: '1e5' } }],
        },
        'of.0.value',
      ],
      [JSON.parse(`${'{"match":"all","of":['.repeat(5)}${']}'.repeat(5)}`), 'of.0.of.0.of.0.of.0'],
    ]
    for (const [json, at] of bad) {
      let error: unknown
      try {
        parseSegment(json)
      } catch (caught) {
        error = caught
      }
      expect({ json, isRefused: error instanceof SegmentError, at: (error as SegmentError)?.at }).toEqual({
        json,
        isRefused: true,
        at,
      })
    }
    expect(() => readSegment('{')).toThrow(SegmentError)
  })
})

describe('the list', () => {
  test('gives every player once over its pages, in each order and both directions', async () => {
    const question = { site_id: 's', search: '', segment: compileSegment(EVERYBODY, CALENDAR) }
    for (const order of PLAYER_ORDERS)
      for (const descending of [true, false]) {
        const seen: string[] = []
        const keys: number[] = []
        for (let after: { key: number; player_id: string } | undefined; ; ) {
          const rows = await listPlayers(clickhouse, question, { order, descending, limit: 70, after })
          seen.push(...rows.map(({ player_id }) => player_id))
          keys.push(...rows.map(({ order_key }) => order_key))
          const last = rows.at(-1)
          if (!last || rows.length < 70) break
          after = { key: last.order_key, player_id: last.player_id }
        }
        expect(seen.toSorted()).toEqual(players.map(({ player_id }) => player_id).sort())
        expect(keys).toEqual(keys.toSorted((a, b) => (descending ? b - a : a - b)))
      }
    const counts = await countPlayers(clickhouse, question)
    const stages = Map.groupBy(players, ({ stage }) => stage)
    expect(counts).toEqual(Object.fromEntries([...stages].map(([stage, list]) => [stage, list.length])))
  })

  test('finds by the beginning of an id, by visitor and by transaction', async () => {
    const of = (start: string) =>
      players
        .map(({ player_id }) => player_id)
        .filter((id) => id.startsWith(start))
        .sort()
    expect(await found(EVERYBODY, 'q-')).toEqual(of('q-'))
    const { player_id } = players[3] as ModelPlayer
    expect(await found(EVERYBODY, `v-${player_id}`)).toEqual([player_id])
    const payment = { site_id: 's', event_type: 'deposit', payment_id: 'tx 1', event_date: TODAY, player_id }
    await clickhouse.insertLines('payment_variants', [JSON.stringify(payment)])
    expect(await found(EVERYBODY, 'tx 1')).toEqual([player_id])
    expect(
      await found({ match: 'all', of: [{ field: 'player_id', op: 'is_not', value: [player_id] }] }, 'tx 1'),
    ).toEqual([])
  })
})
