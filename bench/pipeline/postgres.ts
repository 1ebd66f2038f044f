/**
 * The seeds' design on the same events: one consumer reads the topic and upserts raw events, daily counts, counts by banner and players
 * into a Postgres of Debian.
 *
 * - Generous to it: a whole Kafka batch is one statement, Postgres does not wait for the disk, and an event counts each time, not once a
 *   player and day, since the seeds' tables hold nothing that would tell.
 * - Once an event: a delivery that comes again is told by its primary key.
 */
import type { kafkaClient } from '@rtpx/kafka/client'
import { EVENTS_QUEUE } from '@rtpx/kafka/topics'
import { SQL } from 'bun'
import { startPostgres } from '../../dashboard/test/postgres.ts'
import type { Context } from '../bench.ts'

const TABLES = `
  CREATE TABLE events (id uuid PRIMARY KEY, player_id text, event_type text, banner_tag text, metadata text, source_ip text,
    user_agent text, created_at timestamptz);
  CREATE TABLE daily_metrics (event_date date, event_type text, count bigint, PRIMARY KEY (event_date, event_type));
  CREATE TABLE event_summary (event_date date, event_type text, banner_tag text, count bigint,
    PRIMARY KEY (event_date, event_type, banner_tag));
  CREATE TABLE players (player_id text PRIMARY KEY, first_seen timestamptz, last_event_at timestamptz, registration_at timestamptz,
    deposit_at timestamptz, total_deposits bigint)`

/** $1: a JSON array of events as they are on the topic. */
const UPSERT = `
  WITH incoming AS (
    SELECT DISTINCT ON (event_id) *, to_timestamp(created_at / 1000.0) AS at
    FROM jsonb_to_recordset($1::text::jsonb) AS event(event_id uuid, player_id text, event_type text, banner_tag text, metadata text,
      source_ip text, user_agent text, event_date date, created_at bigint)),
  fresh AS (
    INSERT INTO events SELECT event_id, player_id, event_type, banner_tag, metadata, source_ip, user_agent, at FROM incoming
    ON CONFLICT (id) DO NOTHING RETURNING id),
  counted AS (SELECT incoming.* FROM incoming JOIN fresh ON fresh.id = incoming.event_id),
  days AS (
    INSERT INTO daily_metrics SELECT event_date, event_type, count(*) FROM counted GROUP BY 1, 2
    ON CONFLICT (event_date, event_type) DO UPDATE SET count = daily_metrics.count + excluded.count),
  banners AS (
    INSERT INTO event_summary SELECT event_date, event_type, banner_tag, count(*) FROM counted GROUP BY 1, 2, 3
    ON CONFLICT (event_date, event_type, banner_tag) DO UPDATE SET count = event_summary.count + excluded.count),
  people AS (
    INSERT INTO players SELECT player_id, min(at), max(at), min(at) FILTER (WHERE event_type = 'registration'),
      min(at) FILTER (WHERE event_type = 'deposit'), count(*) FILTER (WHERE event_type = 'deposit')
    FROM counted GROUP BY player_id
    ON CONFLICT (player_id) DO UPDATE SET first_seen = least(players.first_seen, excluded.first_seen),
      last_event_at = greatest(players.last_event_at, excluded.last_event_at),
      registration_at = least(players.registration_at, excluded.registration_at),
      deposit_at = least(players.deposit_at, excluded.deposit_at),
      total_deposits = players.total_deposits + excluded.total_deposits)
  SELECT count(*) AS count FROM fresh`

/** Drains the first events of the topic. @returns events a second. @throws when Postgres is not installed */
export async function drainIntoPostgres(
  context: Context,
  kafka: ReturnType<typeof kafkaClient>,
  events: number,
): Promise<number> {
  const postgres = await context.cleanup.hold(startPostgres, (started) => started.stop())
  const sql = new SQL(postgres.url, { max: 1 })
  context.cleanup.add(() => sql.close())
  await sql.unsafe(TABLES)
  const consumer = kafka.consumer({ groupId: 'rtpx-bench-postgres', maxBytesPerPartition: 1_048_576 })
  context.cleanup.add(() => consumer.disconnect())
  const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<number>()
  consumer.on(consumer.events.CRASH, ({ payload }) => fail(payload.error))
  let stored = 0
  let begunAt = 0
  await consumer.connect()
  await consumer.subscribe({ topic: EVENTS_QUEUE, fromBeginning: true })
  await consumer.run({
    eachBatch: async ({ batch }) => {
      if (stored >= events) return
      begunAt ||= performance.now()
      const lines = batch.messages.flatMap(({ value }) => value?.toString().split('\n') ?? [])
      const [row] = (await sql.unsafe(UPSERT, [`[${lines.join(',')}]`])) as { count: string }[]
      stored += Number(row?.count)
      if (stored >= events) end((stored / (performance.now() - begunAt)) * 1_000)
    },
  })
  const rate = await ended
  await consumer.disconnect()
  await sql.close()
  await postgres.stop()
  return rate
}
