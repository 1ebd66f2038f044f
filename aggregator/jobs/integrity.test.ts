/** Findings: each kind is found with its evidence, goes away when that does, and people's answers stand. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import type { ClickHouse } from '@rtpx/clickhouse/client'
import {
  answerFinding,
  type FindingStatus,
  listFindings,
  openFindingCounts,
} from '@rtpx/clickhouse/queries/integrity'
import { startMigrated, type TestClickHouse } from '@rtpx/clickhouse/testing'
import { runJob } from '../job.ts'
import { integrityJob } from './integrity.ts'

setDefaultTimeout(120_000)
const HOUR_MS = 3_600_000
// Not long ago: clocks are remembered for 90 days.
const START = Math.floor(Date.now() / 86_400_000 - 5) * 86_400_000
const job = integrityJob()

let started: TestClickHouse
let clickhouse: ClickHouse
let ids = 0

beforeAll(async () => {
  started = await startMigrated()
  clickhouse = started.clickhouse
})
afterAll(() => started?.stop())

function line(event_type: string, player_id: string, hour: number, more: object = {}): string {
  ids += 1
  const event_id = `00000000-0000-4000-8000-${String(ids).padStart(12, '0')}`
  const occurred_at = START + hour * HOUR_MS
  const event_date = new Date(occurred_at).toISOString().slice(0, 10)
  const event = {
    event_id,
    site_id: 'shop',
    event_type,
    player_id,
    occurred_at,
    created_at: occurred_at,
    event_date,
  }
  return JSON.stringify({ ...event, ...more })
}
const deliver = (...lines: string[]) => clickhouse.insertLines('events_incoming', lines)
const run = async () => (await runJob(job, clickhouse, Date.now)) as { rows: number; error: string }
const all = (statuses: FindingStatus[] = []) => listFindings(clickhouse, 'shop', { statuses, limit: 100 })
const found = async (statuses: FindingStatus[]) =>
  (await all(statuses)).map(({ kind, subject }) => `${kind} ${subject}`).sort()

const deposit = line('deposit', 'anna', 10, { transaction_id: 't1', amount: '10', currency: 'EUR' })
const events = [
  deposit,
  line('deposit', 'anna', 11, { transaction_id: 't1', amount: '11', currency: 'EUR' }),
  line('registration', 'bert', 1),
  line('visit', 'bert', 2),
  line('visit', 'carl', 3, { banner_tag: 'b1' }),
  line('click', 'carl', 4, { banner_tag: 'b2' }),
  line('visit', 'dora', 5, { created_at: START, metadata: '{"client_occurred_at":9}' }),
  line('visit', 'fine', 5, { banner_tag: 'b1', visitor_id: 'v' }),
  line('registration', 'fine', 6, { banner_tag: 'b1' }),
  line('deposit', 'fine', 7, { banner_tag: 'b1', amount: '1', currency: 'EUR' }),
]
const EXPECTED = [
  'clock_off dora',
  'deposit_without_registration anna',
  'payment_conflict t1',
  'registration_before_visit bert',
  'two_banners carl',
]

test('finds each kind once, with the events it rests on, and a second run writes nothing', async () => {
  await deliver(...events)
  expect(await run()).toMatchObject({ error: '', rows: 5 })
  expect(await found(['open'])).toEqual(EXPECTED)
  expect(await openFindingCounts(clickhouse, 'shop')).toHaveLength(5)
  const { event_id } = JSON.parse(deposit) as { event_id: string }
  const [finding] = (await all()).filter(({ kind }) => kind === 'deposit_without_registration')
  expect(JSON.parse(finding?.evidence ?? '')).toMatchObject({ event_ids: [event_id] })
  const before = await all()
  await deliver(...events.toReversed())
  expect(await Promise.all([run(), run()])).toMatchObject([{ error: '' }, { error: '' }])
  expect(await run()).toMatchObject({ error: '', rows: 0 })
  expect(await all()).toEqual(before)
})

test('a finding goes away with its evidence', async () => {
  await deliver(line('registration', 'anna', 0), line('page_view', '', 0, { visitor_id: 'vb' }))
  await deliver(line('visit', 'bert', 3, { visitor_id: 'vb' }))
  await run()
  expect(await found(['resolved'])).toEqual([
    'deposit_without_registration anna',
    'registration_before_visit bert',
  ])
  expect((await all(['resolved']))[0]).toMatchObject({ changed_by: 'integrity' })
})

test('a person’s answer stands until new evidence comes; an explanation stands for good', async () => {
  const answer = async (subject: string, status: FindingStatus) => {
    const [finding] = (await all()).filter((one) => one.subject === subject)
    const { finding_id = '' } = finding ?? {}
    await answerFinding(clickhouse, { site_id: 'shop', finding_id, status, note: 'seen', answered_by: 'zoe' })
  }
  await answer('t1', 'resolved')
  await answer('carl', 'explained')
  expect(await found(['open'])).toEqual(['clock_off dora'])
  expect(await found(['explained'])).toEqual(['two_banners carl'])
  expect(await all(['explained'])).toMatchObject([{ note: 'seen', changed_by: 'zoe' }])
  await run()
  expect(await found(['open'])).toEqual(['clock_off dora'])
  await deliver(
    line('deposit', 'anna', 12, { transaction_id: 't1', amount: '12', currency: 'EUR' }),
    line('click', 'carl', 13, { banner_tag: 'b3' }),
  )
  await run()
  expect(await found(['open'])).toEqual(['clock_off dora', 'payment_conflict t1'])
  expect(await found(['explained'])).toEqual(['two_banners carl'])
  await answer('carl', 'open')
  expect(await found(['open'])).toContain('two_banners carl')
})

test('notes at most a thousand of a kind, site and day', async () => {
  await deliver(...Array.from({ length: 1_200 }, (_, n) => line('deposit', `many${n}`, 30)))
  expect(await run()).toMatchObject({ error: '', rows: 1_000 })
  expect(await run()).toMatchObject({ error: '', rows: 0 })
})
