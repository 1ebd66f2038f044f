/** Forty-eight players as the aggregator tells them from their events: eight of each kind, one busy, some whose names mean harm. */
import { takeUpFacts } from '@rtpx/clickhouse/queries/facts'
import { forgetWork, listStalePlayers, nextShare, writeLifecycles } from '@rtpx/clickhouse/queries/players'
import type { Stack } from './stack.ts'

const DAY_MS = 86_400_000

export const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '"><script>alert(1)</script>',
  'javascript:alert(1)',
  '=HYPERLINK("http://evil.test")',
  "'; DROP TABLE players_log; --",
  '../..%2f%00?x#y',
  '\u202eevil',
]

/** What the job `players` does. */
export async function tellPlayers({ clickhouse }: Pick<Stack, 'clickhouse'>): Promise<void> {
  await takeUpFacts(clickhouse)
  const run = Date.now()
  await listStalePlayers(clickhouse, run, null)
  const rule = { dormant_after_days: 30, writtenAt: run }
  for (let share = await nextShare(clickhouse, run); share; share = await nextShare(clickhouse, run, share))
    await writeLifecycles(clickhouse, share, rule)
  await forgetWork(clickhouse, run)
}

type Sent = Parameters<Stack['send']>[0] & Record<string, unknown>

/** Players 0 to 39: a depositor, a registered one and visitors in turn; every other from Germany; and hostile ones. */
export async function seedPlayers(stack: Stack): Promise<void> {
  const now = Date.now() - 60_000
  const events: Sent[] = []
  for (let index = 0; index < 40; index++) {
    const at = now - (index % 8) * DAY_MS
    const who: Sent = {
      player_id: `player-${String(index).padStart(3, '0')}`,
      visitor_id: `visitor-of-${index}`,
      session_id: `session-${index}`,
      banner_tag: index % 3 ? 'autumn-mail' : 'spring-sale',
      country: index % 2 ? 'FR' : 'DE',
      device: index % 4 ? 'mobile' : 'desktop',
      domain: 'shop.example',
      path: '/welcome?b=1',
      occurred_at: at,
    } as Sent
    events.push({ ...who, player_id: '', occurred_at: at - 60_000, event_type: 'page_view' } as Sent)
    events.push({ ...who, event_type: 'visit' } as Sent)
    if (index < 16) events.push({ ...who, event_type: 'registration', occurred_at: at + 1_000 } as Sent)
    if (index < 8)
      events.push({
        ...who,
        event_type: 'deposit',
        occurred_at: at + 2_000,
        transaction_id: `tx-${index}`,
        amount: String(50 * index),
        currency: 'EUR',
        metadata: JSON.stringify({ level: index }),
      } as Sent)
  }
  // The same transaction once more with another amount.
  events.push({
    player_id: 'player-003',
    event_type: 'deposit',
    transaction_id: 'tx-3',
    amount: '175',
    currency: 'EUR',
    created_at: now + 120_000,
    occurred_at: now,
  } as Sent)
  for (let index = 0; index < 80; index++)
    events.push({ player_id: 'busy', event_type: 'click', occurred_at: now - index * 6 * 3_600_000 } as Sent)
  for (const name of HOSTILE)
    events.push({
      player_id: name,
      banner_tag: name,
      path: `/${name}`,
      user_agent: name,
      metadata: JSON.stringify({ [name]: name }),
      occurred_at: now - 40 * DAY_MS,
    } as Sent)
  await stack.send(...events)
  await tellPlayers(stack)
  await stack.clickhouse.command(
    'INSERT INTO player_rules (dormant_after_days, set_at) VALUES (30, now64(3))',
  )
}
