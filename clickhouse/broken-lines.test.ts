/** Unreadable lines: each costs itself, never its neighbours; redelivery changes nothing; no partition is stuck. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLICKHOUSE_GROUP, describeTopic, ensureTopics } from '@rtpx/kafka/admin'
import { type Broker, spawnBroker } from '@rtpx/kafka/broker/spawn'
import { kafkaClient } from '@rtpx/kafka/client'
import { EVENT_FIELDS, type Event, EventSchema } from '@rtpx/kafka/event'
import { evictMembers } from '@rtpx/kafka/group'
import { EVENTS_QUEUE, topics } from '@rtpx/kafka/topics'
import { Value } from '@sinclair/typebox/value'
import fc from 'fast-check'
import { type ClickHouse, connectClickHouse } from './client.ts'
import { judgeBrokenMessages } from './queries/broken-messages.ts'
import { ensureQueue } from './queue.ts'
import { ensureSchema } from './schema.ts'
import { type SpawnedClickHouse, spawnClickHouse } from './server/spawn.ts'

/** Of the messages of the first test. */
const BROKEN = 7
const NOW = Math.floor(Date.now() / 1000) * 1000
const TODAY = new Date(NOW).toISOString().slice(0, 10)

let broker: Broker
let server: SpawnedClickHouse
let dataDir: string
let clickhouse: ClickHouse
let ids = 0

const connection = () => ({ url: server.url, username: 'default', password: '', database: 'rtpx' })
const kafka = () => kafkaClient({ brokers: [broker.brokers], clientId: 'rtpx-test' })
const setQueue = async (brokers: string[]) =>
  ensureQueue(clickhouse, await Bun.file(`${import.meta.dir}/queue.sql`).text(), { brokers, consumers: 1 })

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'rtpx-broken-'))
  ;[broker, server] = await Promise.all([spawnBroker({ dataDir: join(dataDir, 'kafka') }), spawnClickHouse()])
  await ensureTopics(kafka(), topics(1, 1), 1)
  await ensureSchema(connection(), { brokers: [broker.brokers], consumers: 1 }, dataDir)
  clickhouse = connectClickHouse(connection())
}, 120_000)
afterAll(async () => {
  await clickhouse?.close()
  await server?.stop()
  await broker?.stop()
  await rm(dataDir, { recursive: true })
}, 180_000)

function anEvent(more: object = {}): Event {
  ids += 1
  return {
    event_id: `00000000-0000-4000-8000-${String(ids).padStart(12, '0')}`,
    site_id: 'shop',
    event_type: 'visit',
    player_id: `p${ids}`,
    banner_tag: 'b',
    occurred_at: NOW,
    created_at: NOW,
    event_date: TODAY,
    ...more,
  }
}

async function send(messages: readonly (Buffer | string | null)[]): Promise<void> {
  const producer = kafka().producer()
  await producer.connect()
  for (const value of messages)
    await producer.send({ topic: EVENTS_QUEUE, messages: [{ partition: 0, value }] })
  await producer.disconnect()
}

/** Waits until everything on the topic was taken, its offsets committed. */
async function drained(): Promise<void> {
  const deadline = performance.now() + 90_000
  for (;;) {
    const [partition] = (await describeTopic(kafka(), EVENTS_QUEUE))?.partitions ?? []
    if (partition?.lag === 0n) return
    if (performance.now() > deadline)
      throw new Error(`the partition is stuck: ${partition?.lag} messages left`)
    await Bun.sleep(200)
  }
}

const numbers = async () => ({
  events: await clickhouse.rows('SELECT * FROM events ORDER BY event_id'),
  days: await clickhouse.rows('SELECT * FROM daily_metrics ORDER BY ALL'),
  banners: await clickhouse.rows('SELECT * FROM event_summary ORDER BY ALL'),
  rejected: await clickhouse.rows('SELECT * FROM rejected_events ORDER BY ALL'),
})

describe('what the queue carries', () => {
  test('every good line counts once, every bad one is kept, and redelivery changes nothing', async () => {
    const good: string[] = []
    const line = (more: object = {}) => {
      const event = anEvent(more)
      good.push(event.event_id)
      return JSON.stringify(event)
    }
    const many = Array.from({ length: 999 }, () => line())
    const garbage = Buffer.from(
      Uint8Array.from({ length: 1_000_000 }, (_, at) => (at * 7919 + (at >> 8)) % 256),
    )
    const messages = [
      [...many.slice(0, 500), '{"event_id":', ...many.slice(500)].join('\n'),
      Buffer.from([0xff, 0x00, 0xfe, 0x80]),
      Buffer.concat([Buffer.from(`${line({ path: '/PLACE' })}\nnope\n`)]).map((byte) =>
        byte === 0x50 ? 0xff : byte,
      ),
      '',
      null,
      [
        JSON.stringify(anEvent({ viewport_width: 'wide' })),
        line(),
        JSON.stringify(anEvent({ occurred_at: 1.5 })),
      ].join('\n'),
      line({ unknown: { deep: [1, { x: null }] } }),
      [line(), line({ unknown: 1 }), JSON.stringify(anEvent()).slice(0, -1)].join('\r\n'),
      '{"site_id":"shop"}',
      garbage,
      line(),
    ]
    await send(
      messages.map((value) => (typeof value === 'string' || value === null ? value : Buffer.from(value))),
    )
    await drained()
    expect(await judgeBrokenMessages(clickhouse, 0)).toBe(BROKEN)
    expect(await judgeBrokenMessages(clickhouse, 0)).toBe(0)
    const before = await numbers()
    expect(before.events.map((event) => (event as Event).event_id)).toEqual(good.sort())
    expect(before.days).toEqual([
      { site_id: 'shop', event_date: TODAY, event_type: 'visit', count: good.length },
    ])
    expect(before.banners).toMatchObject([{ banner_tag: 'b', count: good.length }])
    const kept = await clickhouse.rows(
      `SELECT queue_offset, line, reason, field FROM rejected_events WHERE queue_offset != 9 ORDER BY queue_offset, line`,
    )
    expect(kept).toEqual([
      { queue_offset: 0, line: 500, reason: 'bad_json', field: '' },
      { queue_offset: 1, line: 0, reason: 'bad_json', field: '' },
      { queue_offset: 2, line: 1, reason: 'bad_json', field: '' },
      { queue_offset: 5, line: 0, reason: 'bad_field', field: 'viewport_width' },
      { queue_offset: 5, line: 2, reason: 'bad_field', field: 'occurred_at' },
      { queue_offset: 7, line: 2, reason: 'bad_json', field: '' },
      { queue_offset: 8, line: 0, reason: 'missing_field', field: 'event_id' },
    ])
    const blank = /^[\s\0]*$/
    const garbageLines = garbage
      .toString('latin1')
      .split('\n')
      .filter((text) => !blank.test(text))
    expect(
      await clickhouse.rows(
        'SELECT count() AS n, max(length(raw)) <= 24576 AS bounded FROM rejected_events WHERE queue_offset = 9',
      ),
    ).toEqual([{ n: garbageLines.length, bounded: 1 }])

    // The same messages again: the group is set back to the topic's start.
    await setQueue([])
    await evictMembers(kafka(), CLICKHOUSE_GROUP, `ClickHouse-${hostname()}-`)
    const admin = kafka().admin()
    await admin.connect()
    await admin.setOffsets({
      groupId: CLICKHOUSE_GROUP,
      topic: EVENTS_QUEUE,
      partitions: [{ partition: 0, offset: '0' }],
    })
    await admin.disconnect()
    await setQueue([broker.brokers])
    await drained()
    expect(await judgeBrokenMessages(clickhouse, 0)).toBe(BROKEN)
    expect(await numbers()).toEqual(before)
    // Killed after the lines were counted and before it was noted: everything is judged again.
    await clickhouse.command('TRUNCATE TABLE judged_messages')
    expect(await judgeBrokenMessages(clickhouse, 0)).toBe(2 * BROKEN)
    expect(await numbers()).toEqual(before)
  }, 180_000)
})

/** Values of every kind, good and bad, for any field. */
const aValue = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    0,
    1,
    -1,
    65_535,
    65_536,
    2 ** 53,
    '',
    '0',
    '12.50',
    '-3',
    '1e5',
    '99999999999999999999.99999999',
  ),
  fc.constantFrom(
    '100000000000000000000',
    '1.123456789',
    'NaN',
    TODAY,
    '2026-13-01',
    '2026-1-1',
    '2200-01-01',
    '1969-12-31',
    NOW,
    -NOW,
  ),
  fc.constantFrom(
    '00000000-0000-4000-A000-00000000000A',
    '0000000000004000a000000000000001',
    '0\u0000z',
    'a\nb"\\',
    '😀',
    '\ud800',
  ),
  fc.constantFrom([], [1, 'x'], { a: { b: 1 } }, 1.5, 4_102_444_800_001),
  fc.string({ unit: 'binary', maxLength: 20 }),
)

describe('a line beside a broken one', () => {
  test('is read as it would be alone, or refused; one that keeps the contract always counts', async () => {
    await clickhouse.command('CREATE TABLE alone AS events_incoming ENGINE = Memory')
    const changes = fc.array(fc.tuple(fc.constantFrom(...EVENT_FIELDS), aValue), { maxLength: 2 })
    const drawn = fc.sample(changes, 250).map((changed, index) => ({
      ...anEvent(Object.fromEntries(changed)),
      session_id: `line ${index}`,
    }))
    // The same event twice would be one row.
    const lines = [...new Map(drawn.map((event) => [JSON.stringify(event.event_id), event])).values()]
    const raw = [...lines.map((event) => JSON.stringify(event)), '{'].join('\n')
    await clickhouse.insertLines('broken_incoming', [
      JSON.stringify({ queue_topic: 't', queue_offset: 1, queue_time: NOW, raw }),
    ])

    const fields = EVENT_FIELDS.join(', ')
    const read = async (table: string) => {
      const sql = `SELECT ${fields} FROM ${table} WHERE startsWith(session_id, 'line ') ORDER BY session_id`
      const rows = await clickhouse.rows<Event>(sql)
      return new Map(rows.map((row) => [row.session_id, row] as const))
    }
    const beside = await read('events_log')
    const outcomes = { taken: 0, refused: 0 }
    for (const event of lines) {
      const taken = beside.get(event.session_id)
      outcomes[taken ? 'taken' : 'refused'] += 1
      if (
        Value.Check(EventSchema, event) &&
        !hasLoneSurrogate(event) &&
        !BENT.has(event.event_date) &&
        event.occurred_at > 0 &&
        event.created_at > 0
      )
        expect({ event, isTaken: taken !== undefined }).toEqual({ event, isTaken: true })
      if (taken) await clickhouse.insertLines('alone', [JSON.stringify(event)])
    }
    expect(beside).toEqual(await read('alone'))
    expect(outcomes.taken).toBeGreaterThan(30)
    expect(outcomes.refused).toBeGreaterThan(30)
    const [refused] = await clickhouse.rows<{ n: number }>(
      `SELECT count() AS n FROM rejected_events WHERE queue_topic = 't' AND reason != ''`,
    )
    expect(refused?.n).toBe(outcomes.refused + 1)
  }, 180_000)

  test('names every field of the contract in the order it is read by', async () => {
    const sql = await Bun.file(`${import.meta.dir}/migrations/0013_broken_messages.sql`).text()
    const names = /\[\s*('event_id'[^\]]*)\] AS names/.exec(sql)?.[1] ?? ''
    expect(names.match(/\w+/g)?.map(String)).toEqual(EVENT_FIELDS)
  })
})

/** JSON writes an escape only for a surrogate without its partner; no reader of the queue takes one. */
const hasLoneSurrogate = (event: Event) => JSON.stringify(event).includes('\\ud')

/** Days that look like days to the contract, but that no Date can hold. */
const BENT = new Set(['2026-13-01', '2200-01-01', '1969-12-31'])
