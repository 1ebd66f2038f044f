/**
 * First light: every part for real on free ports; pixels fired in a browser are numbers on the API and on the open page,
 * through Kafka and with the direct sink; and whatever is killed, nothing acknowledged is missing.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@clickhouse/client'
import { ownerHeaders } from '@rtpx/cli/owner'
import { type System, startSystem } from '@rtpx/cli/system'
import type { Browser } from 'playwright-core'
import { launchBrowser } from './browser.ts'
import { until } from './until.ts'

setDefaultTimeout(120_000)

const TODAY = new Date().toISOString().slice(0, 10)

async function metricsOf({ urls: { dashboard } }: System): Promise<unknown> {
  return (await fetch(`${dashboard}/api/metrics`, { headers: await ownerHeaders(dashboard) })).json()
}

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser?.close())

describe.each(['kafka', 'direct'] as const)('with QUEUE=%s', (queue) => {
  let system: System
  let dataDir: string

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'rtpx e2e-'))
    system = await startSystem({ dataDir, queue, ports: 'free' })
  })
  afterAll(async () => {
    await system?.stop()
    await rm(dataDir, { recursive: true, force: true })
  })

  const metrics = () => metricsOf(system)
  const fire = (path: string) => fetch(`${system.urls.edge}${path}`)

  test('a pixel in a browser turns the empty page into the dashboard, without a reload', async () => {
    const page = await browser.newPage({ extraHTTPHeaders: await ownerHeaders(system.urls.dashboard) })
    await page.goto(system.urls.dashboard)
    await page.getByText('player_id=').first().waitFor()
    const site = await browser.newPage()
    await site.setContent(`<img src="${system.urls.edge}/visit?player_id=p1&amp;banner_tag=summer" alt="">`)
    await page
      .getByRole('cell', { name: 'summer' })
      .or(page.getByRole('rowheader', { name: 'summer' }))
      .first()
      .waitFor()
    expect(await metrics()).toEqual([{ event_date: TODAY, event_type: 'visit', count: 1 }])
    await Promise.all([page.close(), site.close()])
  })

  test('each player counts once a day and type, however often the event comes', async () => {
    const id = crypto.randomUUID()
    const answers = await Promise.all([
      fire(`/visit?player_id=p1&banner_tag=winter`),
      fire(`/visit?player_id=p2&banner_tag=winter&event_id=${id}`),
      fire(`/visit?player_id=p2&banner_tag=winter&event_id=${id}`),
      fire('/registration?pid=p2&btag=winter'),
      fire('/deposit?pid=p2&btag=winter&amount=25.50&currency=EUR&transaction_id=t1'),
      fire('/deposit?pid=p2&btag=winter&amount=25.50&currency=EUR&transaction_id=t1'),
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200])
    expect((await fire('/visit?player_id=p3')).status).toBe(400)
    await until(metrics, [
      { event_date: TODAY, event_type: 'deposit', count: 1 },
      { event_date: TODAY, event_type: 'registration', count: 1 },
      { event_date: TODAY, event_type: 'visit', count: 2 },
    ])
  })

  test('the script the edge serves counts a page view', async () => {
    const site = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: () =>
        new Response(`<script defer src="${system.urls.edge}/rtpx.js" data-site="default"></script>`, {
          headers: { 'content-type': 'text/html' },
        }),
    })
    const page = await browser.newPage()
    await page.goto(`${site.url}pricing?plan=a`)
    const client = createClient({ url: system.urls.clickhouse, database: 'rtpx' })
    const seen = async () => {
      const query = `SELECT path, domain, count() AS n FROM events WHERE event_type = 'page_view' GROUP BY ALL`
      return (await client.query({ query, format: 'JSONEachRow' })).json()
    }
    await until(seen, [{ path: '/pricing?plan=a', domain: '127.0.0.1', n: 1 }])
    await Promise.all([page.close(), client.close(), site.stop(true)])
  })

  test('an analyst’s client reads the same, each event once', async () => {
    const client = createClient({ url: system.urls.clickhouse, database: 'rtpx' })
    const read = async (query: string) => (await client.query({ query, format: 'JSONEachRow' })).json()
    expect(
      await read('SELECT count() = uniqExact(event_id) AS once, count() > 5 AS all FROM events'),
    ).toEqual([{ once: 1, all: 1 }])
    expect(
      await read("SELECT banner_tag, count FROM event_summary WHERE event_type = 'visit' ORDER BY ALL"),
    ).toEqual([
      { banner_tag: 'summer', count: 1 },
      { banner_tag: 'winter', count: 1 },
    ])
    await client.close()
  })

  test('the aggregator tells the player’s lifecycle', async () => {
    const client = createClient({ url: system.urls.clickhouse, database: 'rtpx' })
    const player = async () => {
      const query = `SELECT stage, banner_tag, total_deposits FROM players WHERE player_id = 'p2'`
      return (await client.query({ query, format: 'JSONEachRow' })).json()
    }
    await until(player, [{ stage: 'depositor', banner_tag: 'winter', total_deposits: 1 }])
    await client.close()
  })

  test('what the edge refuses can be read with its reason', async () => {
    const client = createClient({ url: system.urls.clickhouse, database: 'rtpx' })
    const refused = async () => {
      const query = 'SELECT reason, field, site_id, raw FROM rejected_events'
      return (await client.query({ query, format: 'JSONEachRow' })).json()
    }
    await until(refused, [
      { reason: 'missing_field', field: 'banner_tag', site_id: 'default', raw: '/visit?player_id=p3' },
    ])
    await client.close()
  })

  test('an edge takes events of a domain that the API was given, within a poll', async () => {
    const client = createClient({ url: system.urls.clickhouse, database: 'rtpx' })
    const values = [{ site_id: 'second', name: 'Second' }]
    await client.insert({ table: 'sites_log', values, format: 'JSONEachRow' })
    const { dashboard } = system.urls
    const headers = { ...(await ownerHeaders(dashboard)), 'content-type': 'application/json' }
    const body = JSON.stringify({ domain: 'shop.second.test', site_id: 'second' })
    const add = () => fetch(`${dashboard}/api/domains`, { method: 'POST', headers, body })
    // Who has which site is asked anew now and then.
    await until(async () => (await add()).status, 201)
    const siteOfDomain = async () => {
      await fetch(`${system.urls.edge}/visit?player_id=s1&banner_tag=second`, {
        headers: { referer: 'https://shop.second.test/' },
      })
      const query = `SELECT DISTINCT site_id FROM events WHERE domain = 'shop.second.test' AND site_id = 'second'`
      return (await client.query({ query, format: 'JSONEachRow' })).json()
    }
    await until(siteOfDomain, [{ site_id: 'second' }])
    await client.close()
  })

  test('after kill -9 of each part in turn, every acknowledged event is there, once', async () => {
    const acknowledged = new Set<string>()
    let stop = false
    const firing = Array.from({ length: 8 }, async (_, worker) => {
      for (let player = 0; !stop; player += 1) {
        const answer = await fire(`/visit?player_id=k${worker}-${player}&banner_tag=chaos`).catch(
          () => undefined,
        )
        await answer?.arrayBuffer().catch(() => undefined)
        if (answer?.status === 200) acknowledged.add(answer.headers.get('x-event-id') ?? '')
        await Bun.sleep(answer?.status === 200 ? 2 : 50)
      }
    })
    const parts = [
      ...(queue === 'kafka' ? (['kafka'] as const) : []),
      'clickhouse',
      'edge',
      'aggregator',
      'dashboard',
    ] as const
    for (const part of parts) {
      await Bun.sleep(500)
      system.kill(part, 'SIGKILL')
      await Bun.sleep(2_500)
    }
    stop = true
    await Promise.all(firing)
    expect(acknowledged.size).toBeGreaterThan(100)

    const missing = async () => {
      const client = createClient({ url: system.urls.clickhouse, database: 'rtpx' })
      try {
        const query = `SELECT toString(event_id) AS id FROM events WHERE banner_tag = 'chaos'`
        const rows = await (await client.query({ query, format: 'JSONEachRow' })).json<{ id: string }>()
        const there = rows.map(({ id }) => id)
        expect(new Set(there).size).toBe(there.length)
        return [...acknowledged].filter((id) => !there.includes(id)).length
      } finally {
        await client.close()
      }
    }
    await until(missing, 0, 180_000)
  })
})

test('started again, it continues where it was', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'rtpx-again-'))
  const first = await startSystem({ dataDir, queue: 'direct', ports: 'free' })
  await fetch(`${first.urls.edge}/visit?player_id=p1&banner_tag=b`)
  await first.stop()
  const second = await startSystem({ dataDir, queue: 'direct', ports: 'free' })
  const metrics = await metricsOf(second)
  await second.stop()
  await rm(dataDir, { recursive: true })
  expect(metrics).toEqual([{ event_date: TODAY, event_type: 'visit', count: 1 }])
})
