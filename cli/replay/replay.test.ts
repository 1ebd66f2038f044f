/** What a replay says beforehand is what the tables say afterwards; twice is as once. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { takeUpFacts } from '@rtpx/clickhouse/queries/facts'
import { carryOut, planReplay } from '@rtpx/clickhouse/replay/replay'
import { startMigrated, type TestClickHouse } from '@rtpx/clickhouse/testing'
import { DEFAULT_SETTINGS, type Site } from '@rtpx/edge/sites/site'
import { testEdge } from '@rtpx/edge/testing'
import { ROOT } from '../config.ts'
import { judgingBy } from './judging.ts'

const NOW = Date.now()
const SHOP: Site = {
  site_id: 'shop',
  domains: [],
  time_zone: 'UTC',
  takes_all: false,
  key_hashes: [],
  settings: DEFAULT_SETTINGS,
}

let started: TestClickHouse
let clickhouse: ClickHouse

beforeAll(async () => {
  started = await startMigrated()
  clickhouse = started.clickhouse
}, 180_000)
afterAll(() => started?.stop())

/** Requests of few players and banners, so that later ones move counts and repeat transactions. */
function requests(): string[] {
  return Array.from({ length: 160 }, (_, index) => {
    const player = `p${(index * 7) % 61}`
    const type = ['visit', 'registration', 'deposit'][index % 3] ?? ''
    const payment =
      type === 'deposit'
        ? `&amount=${(index % 5) + 0.25}&currency=EUR&transaction_id=${player}-${index % 2}`
        : ''
    const id =
      index % 4 === 0 ? `&event_id=00000000-0000-4000-8000-${String(index % 60).padStart(12, '0')}` : ''
    const banner = index % 30 === 28 ? '' : `&banner_tag=b${index % 5}`
    return `/${type}?site=shop&player_id=${player}${banner}${payment}${id}`
  })
}

const numbers = async () =>
  new Map(
    (
      await clickhouse.rows<{ key: unknown[]; value: string }>(
        `SELECT [event_type, 'players', '', ''] AS key, toString(d.count) AS value FROM daily_metrics AS d
         UNION ALL SELECT [event_type, 'banner', banner_tag, ''], toString(s.count) FROM event_summary AS s WHERE s.count > 0
         UNION ALL SELECT [event_type, 'payments', banner_tag, currency], toString(a.count) FROM daily_amounts AS a
         UNION ALL SELECT [event_type, 'amount', banner_tag, currency], toString(a.amount) FROM daily_amounts AS a`,
      )
    ).map(({ key, value }) => [key.join(' '), value]),
  )

const filter = { reason: 'unknown_site', sinceMs: 0, untilMs: NOW + 60_000 }

test('what a plan says is what the tables say after it, and after a second time', async () => {
  let clock = NOW
  const now = () => {
    clock -= 10
    return clock
  }
  const known = testEdge({ sites: [SHOP], now })
  const unknown = testEdge({ sites: [], now })
  for (const [index, path] of requests().entries()) await (index % 2 ? known : unknown).send(path)
  // Refused first, taken when the client tried again: those count already.
  for (const path of requests().slice(0, 9)) await known.send(path)
  await clickhouse.insertLines(
    'events_incoming',
    known.events().map((event) => JSON.stringify(event)),
  )
  await takeUpFacts(clickhouse)
  const reports = await unknown.rejected()
  await clickhouse.insertLines(
    'rejected_events_log',
    reports.map((report) => JSON.stringify(report)),
  )
  // One that was cut, as another would have it.
  await clickhouse.insertLines('rejected_events_log', [
    JSON.stringify({
      ...reports[0],
      rejected_id: crypto.randomUUID(),
      reason: 'unknown_site',
      raw: '{"site_id":"shop","metad',
    }),
  ])
  const { judge } = testEdge({ sites: [SHOP] })
  const before = await numbers()
  const plan = await planReplay(clickhouse, judgingBy(judge), filter, 'shop')
  expect(plan.taken.length).toBeGreaterThan(50)
  expect(plan.changes.length).toBeGreaterThan(5)
  expect(plan.changes.some((change) => change.number === 'amount')).toBe(true)
  expect(await numbers()).toEqual(before)

  const all = await planReplay(clickhouse, judgingBy(judge), filter, undefined)
  expect(all.incomplete).toBe(1)
  await carryOut(clickhouse, all, Date.now)
  const after = await numbers()
  const expected = new Map(before)
  for (const { event_type, number, banner_tag, currency, before: was, after: is } of plan.changes) {
    const key = [event_type, number, banner_tag, currency].join(' ')
    expect({ key, was: expected.get(key) ?? '0' }).toEqual({ key, was })
    if (is === '0') expected.delete(key)
    else expected.set(key, is)
  }
  expect(after).toEqual(expected)

  // Killed before it could mark them: everything comes again.
  await carryOut(clickhouse, { ...all, refused: [] }, Date.now)
  expect(await numbers()).toEqual(after)
  const second = await planReplay(clickhouse, judgingBy(judge), filter, undefined)
  expect(second).toMatchObject({ taken: [], changes: [], incomplete: 1 })
  const statuses = await clickhouse.rows<{ status: string; reason: string; n: number }>(
    'SELECT status, reason, count() AS n FROM rejected_events GROUP BY ALL ORDER BY ALL',
  )
  expect(statuses).toEqual([
    {
      status: 'rejected',
      reason: 'missing_field',
      n: all.refused.length + reports.filter(({ reason }) => reason !== 'unknown_site').length,
    },
    { status: 'rejected', reason: 'unknown_site', n: 1 },
    { status: 'replayed', reason: 'unknown_site', n: all.taken.length },
  ])
  // The refusals delivered once more change nothing.
  await clickhouse.insertLines(
    'rejected_events_log',
    reports.map((report) => JSON.stringify(report)),
  )
  expect(
    await clickhouse.rows(
      'SELECT status, reason, count() AS n FROM rejected_events GROUP BY ALL ORDER BY ALL',
    ),
  ).toEqual(statuses)
}, 180_000)

test('the command shows, then does, and says what is wrong', async () => {
  const report = {
    rejected_id: Bun.randomUUIDv7(),
    rejected_at: NOW,
    source: 'edge',
    reason: 'unknown_site',
    raw: '/visit?player_id=cli&banner_tag=new&site=late',
  }
  await clickhouse.insertLines('rejected_events_log', [JSON.stringify(report)])
  await clickhouse.command("INSERT INTO sites_log (site_id, name) VALUES ('late', 'Late')")
  await clickhouse.command(
    "INSERT INTO sites_log SELECT * REPLACE (false AS takes_all, now64(3) AS updated_at) FROM sites_log WHERE site_id = 'default' LIMIT 1",
  )
  const run = async (...args: string[]) => {
    const child = Bun.spawn([process.execPath, join(ROOT, 'cli/main.ts'), 'replay-rejected', ...args], {
      env: { ...process.env, RTPX_DATA: started.dataDir, CLICKHOUSE_URL: started.url },
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const [out, error] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ])
    return { code: await child.exited, out, error }
  }
  const day = new Date(NOW).toISOString().slice(0, 10)
  const dry = await run('--reason', 'unknown_site', '--site', 'late', '--dry-run')
  expect(dry).toMatchObject({ code: 0, error: '' })
  expect(dry.out).toMatch(new RegExp(`late +${day} +visit +players +0 +1\\n`))
  expect(dry.out).toContain('dry run')
  expect((await run('--reason', 'unknown_site', '--site', 'late')).out).toContain('1 events count')
  expect((await run('--reason', 'unknown_site', '--site', 'late')).out).toContain('no number changes')
  expect(await clickhouse.rows("SELECT player_id FROM events WHERE site_id = 'late'")).toEqual([
    { player_id: 'cli' },
  ])
  expect(await run('--reason', 'nonsense')).toMatchObject({
    code: 1,
    error: expect.stringContaining('there is no reason'),
  })
  expect(await run('--reason', 'unknown_site', '--since', 'soon')).toMatchObject({ code: 1 })
}, 180_000)
