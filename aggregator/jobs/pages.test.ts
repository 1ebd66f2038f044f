/** Page analytics: however events arrive and whenever the job runs, every table and answer equals plain TypeScript on the distinct events. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { ClickHouse } from '@rtpx/clickhouse/client'
import * as pages from '@rtpx/clickhouse/queries/pages'
import { recountDay } from '@rtpx/clickhouse/recount/check'
import { pageDaysCheck, pageHoursCheck, sessionsCheck } from '@rtpx/clickhouse/recount/pages'
import { startMigrated, type TestClickHouse } from '@rtpx/clickhouse/testing'
import type { Event } from '@rtpx/kafka/event'
import fc from 'fast-check'
import { runJob } from '../job.ts'
import { type ModelSession, modelFiltered, modelNumbers, modelSessions } from './page-model.ts'
import { localDay, pagesJob } from './pages.ts'

const DAY_MS = 86_400_000
const ZONE = 'Asia/Kathmandu'
/** Three days ago, at noon: what is drawn spans two closed days. */
const START = Math.floor(Date.now() / DAY_MS) * DAY_MS - 2.5 * DAY_MS
const job = pagesJob()

let started: TestClickHouse
let clickhouse: ClickHouse
let runs = 0

beforeAll(async () => {
  started = await startMigrated()
  clickhouse = started.clickhouse
})
afterAll(() => started?.stop())

const anEvent = fc
  .record({
    event_id: fc.uuid(),
    event_type: fc.constantFrom(
      'page_view',
      'page_view',
      'page_view',
      'page_view',
      'click',
      'visit',
      'hover',
    ),
    visitor_id: fc.constantFrom('', 'v1', 'v2'),
    player_id: fc.constantFrom('', '', 'p1'),
    session_id: fc.constantFrom('', 's1', "s'2"),
    source_ip: fc.constantFrom('', '10.0.0.1'),
    domain: fc.constantFrom('www.shop.example', 'shop.example'),
    path: fc.constantFrom('/', '/a?utm_source=mail+1&x', '/a?b=/c', '/ü#top', "/'%00"),
    referrer: fc.constantFrom(
      '',
      'https://www.google.co.uk/search?q=1',
      'https://T.co/x',
      'https://go.shop.example/',
      'http://www.blog.example.net:8080/',
      'https://mail.google.com/',
    ),
    banner_tag: fc.constantFrom('', '', 'b1', 'b2'),
    device: fc.constantFrom('desktop', 'mobile'),
    country: fc.constantFrom('', 'DE', 'NP'),
    is_bot: fc.constantFrom(false, false, false, true),
    // Minutes, apart by less and by more than a pause, each used once.
    minute: fc.integer({ min: 0, max: 1_500 }),
  })
  .map(({ minute, ...event }) => {
    const occurred_at = START + minute * 60_000 + (minute % 60_000)
    const event_date = localDay(ZONE, occurred_at)
    return { ...event, site_id: '', occurred_at, created_at: occurred_at, event_date } satisfies Event
  })

/** The stream as it may be delivered, with runs of the job between blocks. */
const aDelivery = fc
  .uniqueArray(anEvent, {
    comparator: (a, b) => a.event_id === b.event_id || a.occurred_at === b.occurred_at,
    minLength: 1,
    maxLength: 60,
  })
  .chain((events) =>
    fc.record({
      events: fc.constant(events),
      deliveries: fc
        .array(fc.constantFrom(...events), { maxLength: 40 })
        .chain((again) =>
          fc.shuffledSubarray([...events, ...again], { minLength: events.length + again.length }),
        ),
      blockSize: fc.integer({ min: 5, max: 60 }),
      jobAfter: fc.array(fc.boolean(), { maxLength: 4 }),
      with_bots: fc.boolean(),
      filters: fc.record(
        {
          page: fc.constantFrom('/', '/a'),
          domain: fc.constantFrom('shop.example'),
          country: fc.constantFrom('', 'DE'),
          channel: fc.constantFrom('direct', 'campaign'),
          source: fc.constantFrom('', 'Google'),
          banner: fc.constantFrom('', 'b1'),
          device: fc.constantFrom('mobile'),
        },
        { requiredKeys: [] },
      ),
    }),
  )

test('tables and answers do not change with redelivery, order, blocks and runs of the job', async () => {
  await fc.assert(
    fc.asyncProperty(aDelivery, async ({ events, deliveries, blockSize, jobAfter, filters, with_bots }) => {
      runs += 1
      const site_id = `run${runs}`
      await clickhouse.command(
        `INSERT INTO sites_log (site_id, name, time_zone) VALUES ({site_id:String}, '', '${ZONE}')`,
        { site_id },
      )
      const sessions = modelSessions(events)
      const ask = (chosen: pages.PageFilters) => expectAnswers(site_id, sessions, chosen, with_bots)
      let folded = false
      for (let block = 0; block * blockSize < deliveries.length; block += 1) {
        await insert(deliveries.slice(block * blockSize, (block + 1) * blockSize), site_id)
        if (jobAfter[block]) {
          folded = true
          expect(await runJob(job, clickhouse, Date.now)).toMatchObject({ error: '' })
        }
      }
      if (!folded) await ask({})
      expect(await runJob(job, clickhouse, Date.now)).toMatchObject({ error: '' })
      await expectSessions(site_id, sessions)
      await expectPages(site_id, sessions)
      await ask({})
      await ask(filters)
      for (const event_date of new Set(events.map((event) => event.event_date)))
        for (const check of [sessionsCheck, pageHoursCheck, pageDaysCheck])
          expect(await recountDay(clickhouse, check, { site_id, event_date })).toEqual({
            differences: [],
            rows: 0,
          })
    }),
    // Shrinking asks ClickHouse hundreds of times; the counterexample as it is tells enough.
    { numRuns: 3, endOnFailure: true },
  )
  expect(await runJob(job, clickhouse, Date.now)).toMatchObject({ error: '', rows: 0 })
}, 120_000)

function insert(events: readonly Event[], site_id: string): Promise<void> {
  const lines = events.map((event) => JSON.stringify({ ...event, site_id }))
  return clickhouse.insertLines('events_incoming', lines)
}

/** The questions, asked over all days, against the model. */
async function expectAnswers(
  site_id: string,
  all: readonly ModelSession[],
  filters: pages.PageFilters,
  with_bots: boolean,
): Promise<void> {
  const now = Date.now()
  const range = { from: localDay(ZONE, START), to: localDay(ZONE, now) }
  const question = { site_id, range, filters, with_bots, now }
  const sessions = modelFiltered(all, filters, with_bots)
  const options = { limit: 100 }
  const asked = (rows: readonly (pages.PageNumbers & object)[]) =>
    Object.fromEntries(rows.map((row) => keyed(row)).sort(([a], [b]) => (a < b ? -1 : 1)))
  const startsOn = (session: ModelSession, key: string) =>
    key === JSON.stringify([session.entry.domain, session.entry.path])
  const answers = {
    pages: await pages.topPages(clickhouse, question, options),
    domains: await pages.topDomains(clickhouse, question, options),
    entries: await pages.entryPages(clickhouse, question, options),
    exits: await pages.exitPages(clickhouse, question, options),
    sources: await pages.topSources(clickhouse, question, options),
    referrers: await pages.topReferrers(clickhouse, question, options),
    campaigns: await pages.topCampaigns(clickhouse, question, options),
    devices: await pages.topDevices(clickhouse, question, options),
    countries: await pages.topCountries(clickhouse, question, options),
    banners: await pages.topBanners(clickhouse, question, options),
  }
  expect(Object.fromEntries(Object.entries(answers).map(([name, { rows }]) => [name, asked(rows)]))).toEqual({
    pages: modelNumbers(sessions, (_, view) => [view.domain, view.path], startsOn),
    domains: modelNumbers(
      sessions,
      (_, view) => [view.domain],
      ({ entry }, key) => key === JSON.stringify([entry.domain]),
    ),
    entries: modelNumbers(sessions, ({ entry }) => [entry.domain, entry.path]),
    exits: modelNumbers(sessions, ({ exit }) => [exit.domain, exit.path]),
    sources: modelNumbers(sessions, ({ channel, source }) => [channel, source]),
    referrers: modelNumbers(sessions, ({ referrer_host }) => [referrer_host]),
    campaigns: modelNumbers(sessions, ({ utm_source }) => [utm_source, '', '']),
    devices: modelNumbers(sessions, ({ device }) => [device]),
    countries: modelNumbers(sessions, ({ country }) => [country]),
    banners: modelNumbers(sessions, ({ banner_tag }) => [banner_tag]),
  })
  const total = modelNumbers(sessions, () => [])['[]']
  expect(await pages.pageTotals(clickhouse, question)).toMatchObject(total ?? { views: 0, visitors: 0 })
  expect(asked(await pages.numbersByDay(clickhouse, question))).toEqual(
    modelNumbers(sessions, ({ event_date }) => [event_date]),
  )
  const hourOf = (at: number) => Math.floor(at / 3_600_000) * 3_600
  expect(asked(await pages.numbersByHour(clickhouse, question))).toEqual(
    modelNumbers(
      // A day of Kathmandu begins within an hour, which both days then count apart.
      sessions,
      (_, view) => [hourOf(view.at)],
      ({ views }, key) => key === JSON.stringify([Math.min(...views.map(({ at }) => hourOf(at)))]),
    ),
  )
  const people = new Set(sessions.map(({ visitor }) => visitor))
  expect(await pages.distinctVisitors(clickhouse, question)).toBe(people.size)
  const { rows, other } = await pages.topPages(clickhouse, question, { limit: 1, by: 'views' })
  const views = sessions.reduce((sum, session) => sum + session.views.length, 0)
  expect((rows[0]?.views ?? 0) + (other?.views ?? 0)).toBe(views)
}

/** A row as its names, as JSON, and its numbers. */
function keyed(row: pages.PageNumbers & object): [string, pages.PageNumbers] {
  const { views, visitors, sessions, entries, bounces, duration_ms, ...names } = row
  return [JSON.stringify(Object.values(names)), { views, visitors, sessions, entries, bounces, duration_ms }]
}

async function expectSessions(site_id: string, sessions: readonly ModelSession[]): Promise<void> {
  const stored = await clickhouse.rows<object>(
    `SELECT event_date, session_id, player_id, toUnixTimestamp64Milli(started_at) AS started_at, duration_ms, entry_path, exit_path,
       views, engagements, is_bounce, channel, source, referrer_host, utm_source, banner_tag, device, country, is_bot
     FROM sessions WHERE site_id = {site_id:String}`,
    { site_id },
  )
  const expected = sessions.map(({ visitor: _, entry, exit, ...session }) => ({
    ...session,
    entry_path: entry.path,
    exit_path: exit.path,
    views: session.views.length,
  }))
  const inOrder = (rows: readonly object[]) =>
    rows.map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))).sort()
  expect(inOrder(stored)).toEqual(inOrder(expected))
}

async function expectPages(site_id: string, sessions: readonly ModelSession[]): Promise<void> {
  const rows = await clickhouse.rows<pages.PageNumbers & { event_date: string }>(
    `SELECT event_date, domain, path, channel, source, device, country, is_bot, views, visitors, sessions, entries, bounces, duration_ms
     FROM page_days WHERE site_id = {site_id:String}`,
    { site_id },
  )
  const expected = modelNumbers(
    sessions,
    ({ event_date, channel, source, device, country, is_bot }, { domain, path }) => [
      event_date,
      domain,
      path,
      channel,
      source,
      device,
      country,
      is_bot,
    ],
    ({ entry }, key) => {
      const [, domain, path] = JSON.parse(key) as unknown[]
      return domain === entry.domain && path === entry.path
    },
  )
  expect(Object.fromEntries(rows.map(keyed).sort(([a], [b]) => (a < b ? -1 : 1)))).toEqual(expected)
}

describe('the open day', () => {
  test('is answered from the events, minute by minute, and never folded', async () => {
    const now = Date.now()
    const event = (minutesAgo: number, more: Partial<Event>): Event => ({
      event_id: crypto.randomUUID(),
      site_id: 'open',
      event_type: 'page_view',
      visitor_id: 'v1',
      session_id: 's1',
      domain: 'shop.example',
      path: '/',
      occurred_at: now - minutesAgo * 60_000,
      created_at: now,
      event_date: localDay('UTC', now - minutesAgo * 60_000),
      ...more,
    })
    const events = [
      event(0, {}),
      event(1, { path: '/b' }),
      event(2, { visitor_id: 'v2', session_id: 's2' }),
      event(40, { visitor_id: 'v3', session_id: 's3' }),
    ]
    await insert([...events, ...events], 'open')
    expect(await runJob(job, clickhouse, Date.now)).toMatchObject({ error: '' })
    const people = await pages.realtime(clickhouse, { site_id: 'open', now })
    expect(people.visitors).toBe(2)
    expect(people.graph).toHaveLength(30)
    for (const filters of [{ channel: 'direct' }, { page: '/' }, { page: '/', channel: 'direct' }])
      expect((await pages.realtime(clickhouse, { site_id: 'open', now, filters })).visitors).toBe(2)
    const nobody = await pages.realtime(clickhouse, { site_id: 'open', now, filters: { banner: 'b' } })
    expect(nobody).toMatchObject({
      visitors: 0,
      graph: people.graph.map(({ minute }) => ({ minute, views: 0 })),
    })
    expect(people.graph.slice(-3).map(({ views, visitors }) => [views, visitors])).toEqual([
      [1, 1],
      [1, 1],
      [1, 1],
    ])
    const window = { site_id: 'open', range: { last_minutes: 60 }, now }
    expect(await pages.pageTotals(clickhouse, window)).toMatchObject({ views: 4, visitors: 3 })
    expect(await pages.numbersByMinute(clickhouse, window)).toHaveLength(4)
    const minutes = await clickhouse.rows(
      "SELECT sum(views) AS views, uniqExact(minute) AS minutes FROM page_minutes WHERE site_id = 'open'",
    )
    expect(minutes).toEqual([{ views: 4, minutes: 4 }])
    const today = localDay('UTC', now)
    expect(
      await clickhouse.rows(
        `SELECT 1 FROM page_folds WHERE site_id = 'open' AND event_date >= {today:Date}`,
        { today },
      ),
    ).toEqual([])
  }, 180_000)

  test('refuses what it cannot answer', async () => {
    const ask = (last_minutes: number) =>
      pages.pageTotals(clickhouse, { site_id: 'open', range: { last_minutes }, now: Date.now() })
    expect(ask(1_441)).rejects.toThrow(RangeError)
    expect(ask(0)).rejects.toThrow(RangeError)
  })
})

describe('a fold', () => {
  const old = (event_id: string, hour: number): Event => {
    const occurred_at = START + hour * 3_600_000
    return {
      event_id,
      site_id: 'fold',
      event_type: 'page_view',
      visitor_id: 'v',
      domain: 'shop.example',
      path: '/old',
      occurred_at,
      created_at: occurred_at,
      event_date: localDay('UTC', occurred_at),
    }
  }
  const stored = () =>
    clickhouse.rows("SELECT sum(views) AS views, count() AS rows FROM page_days WHERE site_id = 'fold'")

  test('that was killed is never seen, and done again', async () => {
    await insert([old('00000000-0000-4000-8000-000000000001', 0)], 'fold')
    const dying: ClickHouse = {
      ...clickhouse,
      command: (sql, params) =>
        sql.includes('INSERT INTO page_days_log')
          ? Promise.reject(new Error('killed'))
          : clickhouse.command(sql, params),
    }
    expect(await runJob(job, dying, Date.now)).toMatchObject({ error: 'killed' })
    expect(await stored()).toEqual([{ views: 0, rows: 0 }])
    expect(await runJob(job, clickhouse, Date.now)).toMatchObject({ error: '' })
    expect(await stored()).toEqual([{ views: 1, rows: 1 }])
    await insert([old('00000000-0000-4000-8000-000000000002', 1)], 'fold')
    await Promise.all([runJob(job, clickhouse, Date.now), runJob(job, clickhouse, Date.now)])
    expect(await stored()).toEqual([{ views: 2, rows: 1 }])
  }, 180_000)

  test('is not made of a day that retention has cut', async () => {
    const [day] = await clickhouse.rows<{ event_date: string }>(
      "SELECT event_date FROM page_folds WHERE site_id = 'fold' LIMIT 1",
    )
    await clickhouse.insertLines('retention_cuts', [
      JSON.stringify({
        subject: 'events',
        site_id: 'fold',
        event_date: day?.event_date,
        rows: 1,
        cut_at: Date.now(),
      }),
    ])
    await insert([old('00000000-0000-4000-8000-000000000003', 2)], 'fold')
    expect(await runJob(job, clickhouse, Date.now)).toMatchObject({ error: '', rows: 0 })
    expect(await stored()).toEqual([{ views: 2, rows: 1 }])
  }, 180_000)
})
