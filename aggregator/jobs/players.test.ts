import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { startMigrated, type TestClickHouse } from '@rtpx/clickhouse/testing'
import { runJob } from '../job.ts'
import { changesSince, playersJob } from './players.ts'

setDefaultTimeout(120_000)
const DAY_MS = 86_400_000
// Without an overlap only what changed since the last run is looked at.
const job = playersJob(30, { overlapMs: 0 })

let started: TestClickHouse
let clickhouse: ClickHouse
let ids = 0

beforeAll(async () => {
  started = await startMigrated()
  clickhouse = started.clickhouse
})
afterAll(() => started?.stop())

function line(player_id: string, event_type: string, daysAgo: number, more: object = {}): string {
  ids += 1
  const occurred_at = Math.floor(Date.now() / 1000) * 1000 - daysAgo * DAY_MS
  return JSON.stringify({
    event_id: `00000000-0000-4000-8000-${String(ids).padStart(12, '0')}`,
    site_id: 'shop',
    event_type,
    player_id,
    occurred_at,
    created_at: occurred_at,
    event_date: new Date(occurred_at).toISOString().slice(0, 10),
    ...more,
  })
}

function player(player_id: string) {
  return clickhouse.rows<Record<string, unknown>>(
    `SELECT stage, banner_tag, converting_banner_tag, total_deposits, amounts, days_to_deposit AS deposited_after,
       dateDiff('day', last_event_at, now64(3)) AS last_days, dateDiff('day', reactivated_at, today()) AS back_days, dateDiff('day', first_seen, now64(3)) AS first_days,
       dateDiff('day', registration_at, now64(3)) AS registered_days, dateDiff('day', deposit_at, now64(3)) AS deposit_days
     FROM players WHERE player_id = {player_id:String}`,
    { player_id },
  )
}

describe('the players job', () => {
  test('tells a lifecycle from the events, whatever order they come in', async () => {
    const deposit = line('anna', 'deposit', 2, { transaction_id: 't1', banner_tag: 'late' })
    await clickhouse.insertLines('events_incoming', [
      deposit,
      deposit,
      line('anna', 'deposit', 1, { transaction_id: 't1' }),
      line('anna', 'deposit', 1),
      line('anna', 'registration', 5, { banner_tag: 'second' }),
      line('anna', 'visit', 9),
      line('anna', 'visit', 8, { banner_tag: 'first' }),
      line('bert', 'visit', 40, { banner_tag: 'b' }),
      line('carl', 'registration', 3),
      line('dora', 'visit', 0),
      line('', 'visit', 0),
    ])
    expect(await runJob(job, clickhouse, Date.now)).toMatchObject({ error: '', rows: 4 })
    expect(await player('anna')).toMatchObject([
      {
        stage: 'depositor',
        banner_tag: 'first',
        converting_banner_tag: 'first',
        deposited_after: 7,
        amounts: {},
        total_deposits: 2,
        first_days: 9,
        registered_days: 5,
        deposit_days: 2,
      },
    ])
    expect(await player('bert')).toMatchObject([
      { stage: 'dormant', registered_days: null, deposit_days: null },
    ])
    expect(await player('carl')).toMatchObject([{ stage: 'registered', banner_tag: '' }])
    expect(await player('dora')).toMatchObject([{ stage: 'visitor', total_deposits: 0 }])
    expect(await clickhouse.rows('SELECT count() AS n FROM players')).toEqual([{ n: 4 }])
  })

  test('writes nothing when nothing has changed, and two at once leave the same', async () => {
    expect(await runJob(job, clickhouse, Date.now)).toMatchObject({ error: '', rows: 0 })
    await clickhouse.insertLines('events_incoming', [line('bert', 'registration', 0)])
    await Promise.all([runJob(job, clickhouse, Date.now), runJob(job, clickhouse, Date.now)])
    expect(await player('bert')).toMatchObject([{ stage: 'registered', first_days: 40 }])
    expect(await clickhouse.rows('SELECT count() AS n FROM players')).toEqual([{ n: 4 }])
  })

  test('tells who is silent by the rule, and looks at all players when the rule changes', async () => {
    expect(await runJob(playersJob(4), clickhouse, Date.now)).toMatchObject({ error: '' })
    expect(await player('anna')).toMatchObject([{ stage: 'depositor' }])
    expect(await player('bert')).toMatchObject([{ stage: 'registered', back_days: 0 }])
    expect(await runJob(playersJob(2), clickhouse, Date.now)).toMatchObject({ error: '' })
    expect(await player('carl')).toMatchObject([{ stage: 'dormant' }])
    expect(await player('anna')).toMatchObject([{ stage: 'depositor', back_days: 2 }])
  })

  test('takes in what the player did before without a name', async () => {
    await clickhouse.insertLines('events_incoming', [
      line('', 'page_view', 20, { visitor_id: 'v1', banner_tag: 'unnamed' }),
      line('emil', 'visit', 10, { visitor_id: 'v1', banner_tag: 'named' }),
      line('emil', 'deposit', 9, { banner_tag: 'remembered', amount: '10.05', currency: 'EUR' }),
      line('emil', 'deposit', 9, { amount: '0.1', currency: 'EUR' }),
      line('emil', 'deposit', 8, { amount: '3', currency: 'BTC' }),
    ])
    await runJob(job, clickhouse, Date.now)
    const emil = {
      first_days: 20,
      banner_tag: 'unnamed',
      converting_banner_tag: 'named',
      deposited_after: 11,
    }
    const amounts = { EUR: '10.15', BTC: '3' }
    expect(await player('emil')).toMatchObject([{ ...emil, amounts }])
    // Fritz turns out to have been named with the visitor before: the visitor was his.
    await clickhouse.insertLines('events_incoming', [
      line('fritz', 'click', 11, { visitor_id: 'v1' }),
      line('', 'click', 1, { visitor_id: 'v1' }),
    ])
    await runJob(job, clickhouse, Date.now)
    expect(await player('emil')).toMatchObject([{ first_days: 10, banner_tag: 'named', last_days: 8 }])
    expect(await player('fritz')).toMatchObject([{ first_days: 20, banner_tag: 'unnamed', last_days: 1 }])
    expect(await runJob(job, clickhouse, Date.now)).toMatchObject({ error: '', rows: 0 })
  })

  test('does a failed run again: its watermark does not move', async () => {
    const failing = { name: 'players', run: () => Promise.reject(new Error('killed')) }
    const [before] = await clickhouse.rows('SELECT max(watermark) AS watermark FROM job_runs')
    expect(await runJob(failing, clickhouse, Date.now)).toMatchObject({ error: 'killed' })
    const [after] = await clickhouse.rows('SELECT max(watermark) AS watermark FROM job_runs')
    expect(after).toEqual(before)
  })

  test('looks a little before its watermark, and at all players after a long absence', () => {
    expect(changesSince(100_000, 160_000, 600_000)).toBe(70_000)
    expect(changesSince(100_000, 800_000, 600_000)).toBeNull()
  })

  test('leaves no list behind', async () => {
    expect(await clickhouse.rows('SELECT count() AS n FROM player_work')).toEqual([{ n: 0 }])
  })
})
