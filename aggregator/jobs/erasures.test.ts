/** Erasing a player: gone from every table of the schema, the counts as they were, and nothing brings the player back. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { carryOutErasure } from '@rtpx/clickhouse/privacy/erase'
import { exportPlayer } from '@rtpx/clickhouse/privacy/export'
import { HOLDINGS, mentionOf } from '@rtpx/clickhouse/privacy/holdings'
import { erasuresOf, openErasures, requestErasure } from '@rtpx/clickhouse/privacy/ledger'
import { startMigrated, type TestClickHouse } from '@rtpx/clickhouse/testing'
import { runJob } from '../job.ts'
import { closeDaysJob } from './close-days.ts'
import { countDaysJob } from './count-days.ts'
import { depositsJob } from './deposits.ts'
import { erasuresJob } from './erasures.ts'
import { factsJob } from './facts.ts'
import { integrityJob } from './integrity.ts'
import { pagesJob } from './pages.ts'
import { playersJob } from './players.ts'
import { recountJob } from './recount.ts'

setDefaultTimeout(120_000)
const DAY_MS = 86_400_000
const NOW = Date.now()
const ANNA = { site_id: 'shop', player_id: "anna'; DROP TABLE events_log --%_" }
/** Whatever of Anna could stand anywhere: nobody else has any of it. */
const TRACES = [ANNA.player_id, 'anna-visitor', 'anna-session', 'anna-payment', '203.0.113.77', 'anna-agent']

let started: TestClickHouse
let clickhouse: ClickHouse
let ids = 0
let sent: string[]

beforeAll(async () => {
  started = await startMigrated({ requestTimeoutMs: 60_000 })
  clickhouse = started.clickhouse
  await clickhouse.command("INSERT INTO sites_log (site_id, name) VALUES ('shop', 'Shop')")
})
afterAll(() => started?.stop())

function event(event_type: string, daysAgo: number, more: object = {}): string {
  ids += 1
  const occurred_at = NOW - daysAgo * DAY_MS - 5_000
  return JSON.stringify({
    event_id: `00000000-0000-4000-8000-${String(ids).padStart(12, '0')}`,
    site_id: 'shop',
    event_type,
    banner_tag: 'spring',
    occurred_at,
    created_at: occurred_at,
    event_date: new Date(occurred_at).toISOString().slice(0, 10),
    path: '/a',
    country: 'DE',
    device: 'mobile',
    ...more,
  })
}

const anna = (event_type: string, daysAgo: number, more: object = {}) =>
  event(event_type, daysAgo, {
    player_id: ANNA.player_id,
    visitor_id: 'anna-visitor',
    session_id: 'anna-session',
    source_ip: '203.0.113.77',
    user_agent: 'anna-agent',
    metadata: JSON.stringify({ note: ANNA.player_id }),
    ...more,
  })
const bob = (event_type: string, daysAgo: number, more: object = {}) =>
  event(event_type, daysAgo, {
    player_id: 'bob',
    visitor_id: 'v-bob',
    session_id: `s-bob-${daysAgo}`,
    ...more,
  })

const run = async (...jobs: Parameters<typeof runJob>[0][]) => {
  for (const job of jobs) expect((await runJob(job, clickhouse, Date.now)).error).toBe('')
}
const everything = () =>
  run(
    factsJob(Date.now),
    countDaysJob(),
    closeDaysJob(36),
    depositsJob(),
    playersJob(30),
    integrityJob(),
    pagesJob(),
  )

/** The tables, and how many of their rows hold a trace in any column. */
async function traces(): Promise<Record<string, number>> {
  const tables = await clickhouse.rows<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = 'rtpx' AND engine LIKE '%MergeTree' ORDER BY name`,
  )
  const found: Record<string, number> = {}
  for (const { name } of tables) {
    const [row] = await clickhouse.rows<{ rows: number }>(
      `SELECT count() AS rows FROM (SELECT formatRow('TSVRaw', *) AS line FROM ${name}) WHERE multiSearchAny(line, {traces:Array(String)})`,
      { traces: TRACES },
    )
    if (row?.rows) found[name] = row.rows
  }
  return found
}

const numbers = async () => {
  const tables = [
    'SELECT * FROM daily_metrics ORDER BY ALL',
    'SELECT * FROM event_summary ORDER BY ALL',
    'SELECT * FROM event_quarters ORDER BY ALL',
    'SELECT * FROM daily_amounts ORDER BY ALL',
    'SELECT * FROM page_days ORDER BY ALL',
    'SELECT event_date, count() AS sessions, uniqExact(visitor_key) AS visitors, sum(views) FROM sessions GROUP BY event_date ORDER BY event_date',
  ]
  return Promise.all(tables.map((sql) => clickhouse.rows(sql)))
}

const differences = async () => {
  const job = recountJob({
    days: 20,
    repair: false,
    before: [factsJob(Date.now), countDaysJob()],
    pauseMs: 1,
  })
  const { lines } = await job.run(clickhouse, 0)
  return (lines ?? []).filter((line) => !line.endsWith(' 0 differences'))
}

const exported = async () => {
  let text = ''
  for await (const piece of exportPlayer(clickhouse, ANNA, NOW)) text += piece
  return JSON.parse(text) as { tables: Record<string, object[]>; player: object | null; visitors: string[] }
}

test('every column that could name somebody stands in a table that says what becomes of it', async () => {
  const NAMES =
    /^(player_id|visitor_id|session_id|player_key|visitor_key|pair_key|who|subject|payment_id|transaction_id|raw|source_ip|user_agent|plan|evidence|key)$/
  const columns = await clickhouse.rows<{ table: string; name: string; type: string }>(
    `SELECT table, name, type FROM system.columns WHERE database = 'rtpx' AND table IN (
       SELECT name FROM system.tables WHERE database = 'rtpx' AND engine NOT LIKE '%View' AND engine NOT IN ('Null', 'Kafka'))`,
  )
  const tables = columns
    .filter(({ name, type }) => NAMES.test(name) || /player_id|visitor_id/.test(type))
    .map(({ table }) => table)
  // Their subject is a table, and a banner.
  const harmless = ['retention_cuts', 'alert_episodes_log']
  const known = [...HOLDINGS.map(({ table }) => table), ...harmless]
  expect([...new Set(tables)].filter((table) => !known.includes(table))).toEqual([])
})

test('the export holds every row of every table that the player stands in', async () => {
  sent = [
    anna('page_view', 12, { player_id: '', metadata: '' }),
    anna('visit', 12),
    anna('registration', 12),
    anna('page_view', 12),
    anna('deposit', 12, { transaction_id: 'anna-payment', amount: '10.50', currency: 'EUR' }),
    anna('deposit', 11, { transaction_id: 'anna-payment', amount: '11', currency: 'EUR' }),
    anna('visit', 1, { banner_tag: 'summer', created_at: NOW }),
    anna('page_view', 1),
    anna('visit', 0, { banner_tag: 'summer' }),
    anna('visit', 0, { banner_tag: 'autumn' }),
  ]
  await clickhouse.insertLines('events_incoming', [
    ...sent,
    sent[1] ?? '',
    ...[12, 11, 1, 0].flatMap((age) => [bob('visit', age), bob('page_view', age)]),
    bob('deposit', 12, { transaction_id: 'bob-payment', amount: '7', currency: 'EUR' }),
  ])
  const raw = `pid=${encodeURIComponent(ANNA.player_id)}&type=visit`
  await clickhouse.insertLines('rejected_events_log', [
    JSON.stringify({ rejected_id: crypto.randomUUID(), rejected_at: NOW, site_id: 'shop', raw }),
    JSON.stringify({ rejected_id: crypto.randomUUID(), rejected_at: NOW, site_id: 'shop', raw: 'pid=bob' }),
  ])
  await clickhouse.insertLines('broken_messages', [
    JSON.stringify({ received_at: NOW, raw: [sent[1], '{"player_id":"bob"}', '{'].join('\n') }),
  ])
  await everything()
  const { tables, player, visitors } = await exported()
  expect(visitors).toEqual(['anna-visitor'])
  expect(player).toMatchObject({ stage: 'depositor', total_deposits: 1, amounts: { EUR: '10.5' } })
  const held = await traces()
  expect(Object.keys(held).length).toBeGreaterThan(12)
  // Found by hash or key, not by text: more tables than traces.
  expect(Object.keys(tables)).toEqual(expect.arrayContaining(Object.keys(held)))
  for (const [table, rows] of Object.entries(held))
    expect({ table, rows: tables[table]?.length ?? 0 >= rows }).toMatchObject({ table })
  expect(JSON.stringify(tables)).not.toContain('"player_id":"bob"')
  // Hashes of 64 bits are text, exact; no number is more than JSON's readers hold.
  const keys = await clickhouse.rows<{ visitor_key: string }>(
    `SELECT toString(visitor_key) AS visitor_key FROM sessions_log WHERE player_id = {player_id:String}`,
    { ...ANNA },
  )
  expect(tables.sessions_log).toEqual(expect.arrayContaining(keys.map((key) => expect.objectContaining(key))))
  JSON.stringify(tables, (_, value) => {
    if (Number.isInteger(value)) expect(value).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER)
    return value
  })
})

let before: Awaited<ReturnType<typeof numbers>>

test('killed anywhere it is done again to the same end, and every count stays', async () => {
  before = await numbers()
  expect(await differences()).toEqual([])
  const request = { requested_by: 'test', now: NOW, erasure_id: crypto.randomUUID() }
  const erasure = await requestErasure(clickhouse, ANNA, request)
  expect(
    (await requestErasure(clickhouse, ANNA, { ...request, erasure_id: crypto.randomUUID() })).erasure_id,
  ).toBe(erasure.erasure_id)
  // Each time it is killed a few statements later.
  for (let statements = 4; ; statements = 2 * statements + 16) {
    let left = statements
    const mortal: ClickHouse = {
      ...clickhouse,
      command: (sql, params) => {
        // The lock's own statements are let through: it would be waited for.
        if (!sql.includes('_lock')) left -= 1
        return left < 0 ? Promise.reject(new Error('killed')) : clickhouse.command(sql, params)
      },
    }
    const [open] = await openErasures(clickhouse)
    if (!open) break
    await carryOutErasure(mortal, open).catch((error: Error) => expect(error.message).toBe('killed'))
    expect(statements).toBeLessThan(400)
  }
  expect(await traces()).toEqual({})
  expect(await numbers()).toEqual(before)
  const [receipt] = await erasuresOf(clickhouse, ANNA)
  expect(receipt).toMatchObject({
    state: 'erased',
    requested_by: 'test',
    rows: { events_log: 11, players_log: 1, payment_days: 2, rejected_events_log: 1, broken_messages: 1 },
  })
  expect(JSON.stringify(receipt)).not.toContain('anna')
  expect(await exported()).toMatchObject({ tables: {}, player: null })
  expect(await clickhouse.rows('SELECT raw FROM broken_messages')).toEqual([
    { raw: '\n{"player_id":"bob"}\n{' },
  ])
  expect(await clickhouse.rows('SELECT player_id FROM players')).toEqual([{ player_id: 'bob' }])
})

test('nothing that is delivered again brings the player back or moves a number', async () => {
  await clickhouse.insertLines('events_incoming', sent)
  await everything()
  await run(erasuresJob())
  expect(await traces()).toEqual({})
  expect(await numbers()).toEqual(before)
  expect(await differences()).toEqual([])
})

test('a second erasure finds nothing; late events of others count on', async () => {
  const again = await requestErasure(clickhouse, ANNA, {
    requested_by: 'test',
    now: Date.now(),
    erasure_id: crypto.randomUUID(),
  })
  await run(erasuresJob())
  const [receipt] = await erasuresOf(clickhouse, ANNA)
  expect(receipt).toMatchObject({ erasure_id: again.erasure_id, state: 'erased', rows: {} })
  expect(await numbers()).toEqual(before)

  await clickhouse.insertLines('events_incoming', [event('visit', 12, { player_id: 'carl' })])
  await everything()
  const visits = await clickhouse.rows<{ count: number }>(
    `SELECT m.count AS count FROM daily_metrics AS m WHERE event_type = 'visit' AND event_date = {day:Date}`,
    { day: new Date(NOW - 12 * DAY_MS - 5_000).toISOString().slice(0, 10) },
  )
  expect(visits).toEqual([{ count: 3 }])
  expect(await differences()).toEqual([])
})

test('who comes back after the erasure is somebody new', async () => {
  const occurred_at = Date.now() + 1_000
  await clickhouse.insertLines('events_incoming', [
    anna('registration', 0, { occurred_at, created_at: occurred_at }),
  ])
  await everything()
  expect(
    await clickhouse.rows('SELECT stage FROM players WHERE player_id = {player_id:String}', {
      player_id: ANNA.player_id,
    }),
  ).toEqual([{ stage: 'registered' }])
})

test('an id is found in raw text as a word of its own, a short one beside the name of a field', () => {
  const finds = (id: string, text: string) => new RegExp(mentionOf(id)).test(text)
  expect(finds('player-1', '{"player_id":"player-1","x":1}')).toBe(true)
  expect(finds('player-1', 'pid=player-1')).toBe(true)
  expect(finds('player-1', 'pid=player-12')).toBe(false)
  expect(finds('player-1', 'pid=xplayer-1')).toBe(false)
  expect(finds('a b/c=d', `pid=${encodeURIComponent('a b/c=d')}&x`)).toBe(true)
  expect(finds('quo"te', JSON.stringify({ player_id: 'quo"te' }))).toBe(true)
  expect(finds('7', 'width=7&pid=7')).toBe(true)
  expect(finds('7', 'width=7&pid=70')).toBe(false)
  expect(finds('7', '{\\"player_id\\":\\"7\\"}')).toBe(true)
})
