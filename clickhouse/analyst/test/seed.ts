/** Two sites: `a`, whose rows the person of a test may see, and `b`, whose rows all hold `SECRET`. */
import type { ClickHouse } from '../../client.ts'

export const SECRET = 'hidden-of-b'

export async function seedSites(clickhouse: ClickHouse): Promise<void> {
  await clickhouse.command(`
    INSERT INTO sites_log (site_id, name, time_zone) VALUES ('a', 'Site A', 'UTC'), ('b', '${SECRET}', 'UTC')`)
  await clickhouse.command(`
    INSERT INTO events_log (event_id, site_id, event_type, player_id, banner_tag, event_date, occurred_at, created_at, metadata, path, is_bot)
    VALUES
      ('00000000-0000-0000-0000-0000000000a1', 'a', 'visit', 'ann', 'spring', '2026-01-01', '2026-01-01 10:00:00', '2026-01-01 10:00:00', '{"s":"1"}', '/x', false),
      ('00000000-0000-0000-0000-0000000000a2', 'a', 'registration', 'ann', 'spring', '2026-01-02', '2026-01-02 11:00:00', '2026-01-02 11:00:00', '{"s":"2"}', '/y', false),
      ('00000000-0000-0000-0000-0000000000a3', 'a', 'visit', 'bob', 'autumn', '2026-01-02', '2026-01-02 12:00:00', '2026-01-02 12:00:00', '{}', '/x', false),
      ('00000000-0000-0000-0000-00000000000b', 'b', 'visit', '${SECRET}', '${SECRET}', '2026-01-01', '2026-01-01 10:00:00', '2026-01-01 10:00:00', '{"s":"${SECRET}"}', '/${SECRET}', true)`)
  await clickhouse.command(`
    INSERT INTO rejected_events_log (rejected_id, rejected_at, source, reason, site_id, raw)
    VALUES ('00000000-0000-0000-0000-0000000000b1', now64(3), 'edge', 'bad_json', 'b', '${SECRET}')`)
}
