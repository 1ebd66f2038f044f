import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ClickHouse, connectClickHouse } from '@rtpx/clickhouse/client'
import { ensureSchema } from '@rtpx/clickhouse/schema'
import { type SpawnedClickHouse, spawnClickHouse } from '@rtpx/clickhouse/server/spawn'
import { runJob } from '../job.ts'
import { playersJob, playerWindow } from './players.ts'

const DAY_MS = 86_400_000
const job = playersJob(30)

let server: SpawnedClickHouse
let dataDir: string
let clickhouse: ClickHouse
let ids = 0

beforeAll(async () => {
  server = await spawnClickHouse()
  dataDir = await mkdtemp(join(tmpdir(), 'rtpx-players-'))
  const connection = { url: server.url, username: 'default', password: '', database: 'rtpx' }
  await ensureSchema(connection, { brokers: [], consumers: 1 }, dataDir)
  clickhouse = connectClickHouse(connection)
})
afterAll(async () => {
  await clickhouse.close()
  await server.stop()
  await rm(dataDir, { recursive: true })
})

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
    `SELECT stage, banner_tag, total_deposits, dateDiff('day', first_seen, now64(3)) AS first_days,
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
    expect(await player('anna')).toEqual([
      {
        stage: 'depositor',
        banner_tag: 'first',
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

  test('notices who has become silent without any event', async () => {
    expect(await runJob(playersJob(4), clickhouse, Date.now)).toMatchObject({ error: '' })
    expect(await player('anna')).toMatchObject([{ stage: 'depositor' }])
    expect(await runJob(playersJob(2), clickhouse, Date.now)).toMatchObject({ error: '', rows: 1 })
    expect(await player('carl')).toMatchObject([{ stage: 'dormant' }])
  })

  test('does a failed run again: its watermark does not move', async () => {
    const failing = { name: 'players', run: () => Promise.reject(new Error('killed')) }
    const [before] = await clickhouse.rows('SELECT max(watermark) AS watermark FROM job_runs')
    expect(await runJob(failing, clickhouse, Date.now)).toMatchObject({ error: 'killed' })
    const [after] = await clickhouse.rows('SELECT max(watermark) AS watermark FROM job_runs')
    expect(after).toEqual(before)
  })

  test('looks a little before its watermark', () => {
    expect(playerWindow(100_000, 160_000, 1)).toEqual({
      fromMs: 70_000,
      toMs: 160_000,
      dormantBeforeMs: 160_000 - DAY_MS,
    })
    expect(playerWindow(0, 160_000, 1).fromMs).toBe(0)
  })
})
