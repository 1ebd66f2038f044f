/** Alerts against the real ClickHouse, told over a real SMTP conversation and to real webhooks; each once, whatever is killed. */
import { afterAll, beforeAll, beforeEach, expect, setDefaultTimeout, test } from 'bun:test'
import { createHmac, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { count } from '@rtpx/clickhouse/alerts/count'
import { judge, MINUTE_MS } from '@rtpx/clickhouse/alerts/decide'
import { previewRule } from '@rtpx/clickhouse/alerts/preview'
import type { Definition, Filter, Metric } from '@rtpx/clickhouse/alerts/rule'
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { type MailServer, startMailServer } from '@rtpx/clickhouse/mail-server'
import { deliveriesOf } from '@rtpx/clickhouse/queries/alert-deliveries'
import { type AlertStatement, writeAlertStatement } from '@rtpx/clickhouse/queries/alert-statements'
import {
  acknowledge,
  alertsOf,
  type ChannelKind,
  checksOf,
  type StoredRule,
  writeChannel,
  writeRule,
} from '@rtpx/clickhouse/queries/alerts'
import { takeUpFacts } from '@rtpx/clickhouse/queries/facts'
import { writeSubscription } from '@rtpx/clickhouse/queries/report-subscriptions'
import { foldDay } from '@rtpx/clickhouse/queries/traffic'
import { installSealer, type Sealer } from '@rtpx/clickhouse/seal'
import { startMigrated, type TestClickHouse } from '@rtpx/clickhouse/testing'
import { addDays, mondayOf, weekName } from '@rtpx/clickhouse/weeks'
import { senderOf } from '../alerts/sender.ts'
import { SETTLE_MS } from '../alerts/settle.ts'
import { runJob } from '../job.ts'
import { alertsJob } from './alerts.ts'
import { countDaysJob } from './count-days.ts'
import { deliveriesJob, LEASE_MS } from './deliveries.ts'
import { dueWeek, reportsJob } from './reports.ts'

setDefaultTimeout(120_000)
const DAY_MS = 1_440 * MINUTE_MS
/** A whole quarter of an hour, lately: minutes are forgotten after three days. */
const START = Math.floor((Date.now() - 90 * MINUTE_MS) / (15 * MINUTE_MS)) * 15 * MINUTE_MS
const HOSTILE = '<img src=x onerror=alert(1)> @channel javascript:alert(1) =cmd|\u202e"\r\nBcc: x@evil.test'

let started: TestClickHouse
let clickhouse: ClickHouse
let mail: MailServer
let sealer: Sealer
let hook: ReturnType<typeof Bun.serve>
let answer: (request: Request, body: string) => Response | Promise<Response>
let hooked: { path: string; headers: Headers; body: string }[] = []
/** The clock of the jobs. */
let now = START
let settings: Parameters<typeof senderOf>[0]
let site = ''

beforeAll(async () => {
  started = await startMigrated()
  clickhouse = started.clickhouse
  mail = await startMailServer()
  hook = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const body = await request.text()
      hooked.push({ path: new URL(request.url).pathname, headers: request.headers, body })
      return answer(request, body)
    },
  })
  settings = {
    SMTP_URL: mail.url,
    MAIL_FROM: 'rtpx <alerts@stats.test>',
    ORIGIN: 'https://stats.test',
    SEAL_KEY: '',
    RTPX_DATA: started.dataDir,
    WEBHOOK_NETWORKS: ['127.0.0.1'],
    WEBHOOK_PORTS: [443],
  }
  sealer = await installSealer(settings)
})
afterAll(async () => {
  await hook?.stop(true)
  await mail?.stop()
  await started?.stop()
})
beforeEach(async () => {
  // A site of its own for each test, and rules of earlier tests out of the way.
  site = `site-${randomUUID().slice(0, 8)}`
  hooked = []
  mail.received.length = 0
  answer = () => new Response('ok')
  for (const table of ['alert_rules_log', 'alert_episodes_log', 'alert_deliveries_log'])
    await clickhouse.command(`TRUNCATE TABLE ${table}`)
  await clickhouse.insertLines('sites_log', [
    JSON.stringify({ site_id: site, name: `Shop ${HOSTILE}`, time_zone: 'Europe/Riga' }),
  ])
})

interface Sent {
  event_type: string
  player_id: string
  occurred_at: number
  banner_tag: string
  domain: string
  country: string
  amount: number | null
  currency: string
  is_bot: boolean
}

const DAYS = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Riga' })

async function send(...events: (Partial<Sent> & { occurred_at: number })[]) {
  const lines = events.map((event) =>
    JSON.stringify({
      event_id: randomUUID(),
      site_id: site,
      event_type: 'visit',
      player_id: randomUUID(),
      banner_tag: 'summer',
      created_at: event.occurred_at,
      event_date: DAYS.format(event.occurred_at),
      queue_error: '',
      ...event,
    }),
  )
  await clickhouse.insertLines('events_incoming', lines)
  await takeUpFacts(clickhouse)
}

const threshold = (more: Partial<Extract<Definition, { kind: 'threshold' }>> = {}): Definition => ({
  kind: 'threshold',
  metric: { measure: 'events' },
  filter: {},
  window_minutes: 5,
  direction: 'below',
  bound: 3,
  margin_percent: 0,
  least: 0,
  for_minutes: 0,
  recover_minutes: 0,
  ...more,
})

async function rule(definition: Definition, channels: readonly string[], more: Partial<StoredRule> = {}) {
  const stored: StoredRule = {
    rule_id: randomUUID(),
    site_id: site,
    name: `Visits ${HOSTILE}`,
    definition,
    channels: [...channels],
    in_browser: true,
    enabled: true,
    created_at: START,
    created_by: 'Ann',
    updated_at: Date.now(),
    updated_by: 'Ann',
    ...more,
  }
  await writeRule(clickhouse, stored)
  return stored
}

async function channel(kind: ChannelKind, target: object, name = kind as string) {
  const channel_id = randomUUID()
  await writeChannel(clickhouse, {
    channel_id,
    site_id: site,
    name,
    kind,
    shown: 'somewhere',
    created_at: START,
    updated_at: Date.now(),
    updated_by: 'Ann',
    sealed: sealer.seal(channel_id, JSON.stringify(target)),
  })
  return channel_id
}

/** The check of a signature that docs/alerts.md shows. */
async function documentedCheck(): Promise<
  (secret: string, headers: Record<string, string>, body: string, now: number) => boolean
> {
  const page = await Bun.file(join(import.meta.dir, '../../docs/alerts.md')).text()
  const code = /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  const file = join(started.dataDir, 'check.mjs')
  await Bun.write(file, code)
  const { isFromRtpx } = await import(file)
  return isFromRtpx
}
/** The part of a mail that a mail program draws. */
const htmlOf = (raw: string) => {
  const start = raw.indexOf('<!doctype html>')
  expect(start).toBeGreaterThan(0)
  return raw.slice(start).toLowerCase()
}
const hookUrl = (path = '/hook') => `http://127.0.0.1:${hook.port}${path}`
const webhook = (path?: string) => channel('webhook', { url: hookUrl(path), secret: SECRET })
const SECRET = 'whsec_0123456789abcdef'

async function run(job: Parameters<typeof runJob>[0]) {
  const report = await runJob(job, clickhouse, () => now)
  expect(report.error).toBe('')
  return report
}
/** Judges the instant `at`, then sends what is due. */
async function judgeAt(at: number) {
  now = at + SETTLE_MS
  await run(alertsJob({ now: () => now, database: 'rtpx' }))
  await deliver()
}
const deliver = () => run(deliveriesJob({ now: () => now, send: senderOf(settings, () => now) }))
const deliveries = () => deliveriesOf(clickhouse, site, 100)
const alerts = () => alertsOf(clickhouse, { site_id: site, from: 0, to: now + DAY_MS, limit: 100 })

test('an alert is told once to every channel, and once when it is over; hostile names stay text', async () => {
  const channels = [
    await channel('email', { to: ['ann@brand.test', 'bob@brand.test'] }),
    await channel('slack', { url: hookUrl('/slack') }),
    await webhook(),
  ]
  await rule(threshold({ filter: { banner_tag: HOSTILE.slice(0, 40) } }), channels)
  await send(
    ...[1, 2, 3].map((minute) => ({
      occurred_at: START - minute * MINUTE_MS,
      banner_tag: HOSTILE.slice(0, 40),
    })),
  )
  await judgeAt(START)
  expect(await alerts()).toEqual([])
  expect(mail.received).toEqual([])
  await judgeAt(START + 3 * MINUTE_MS)
  // The same instant again, and the next, tell nothing new.
  await judgeAt(START + 3 * MINUTE_MS)
  await judgeAt(START + 4 * MINUTE_MS)
  expect(await alerts()).toMatchObject([
    { value: 2, bound: 3, resolved_at: null, opened_at: START + 3 * MINUTE_MS },
  ])
  expect(mail.received).toHaveLength(1)
  expect(hooked.map(({ path }) => path).sort()).toEqual(['/hook', '/slack'])
  const [{ raw, to } = { raw: '', to: [] }] = mail.received
  expect(to).toEqual(['ann@brand.test', 'bob@brand.test'])
  expect(raw).toContain('Auto-Submitted: auto-generated')
  expect(raw).toMatch(/^Message-ID: <[0-9a-f-]{36}@stats\.test>/im)
  expect(raw.split('\r\n\r\n', 1)[0]).not.toMatch(/^Bcc:/im)
  expect(htmlOf(raw)).not.toContain('<img')
  const slack = hooked.find(({ path }) => path === '/slack')?.body ?? ''
  expect(JSON.parse(slack)).toMatchObject({
    text: expect.stringMatching(/^[^<>]+$/),
    blocks: [{ text: { type: 'plain_text' } }],
  })
  expect(slack).not.toContain('@channel')
  expect(slack).not.toContain('javascript:')
  const signed = hooked.find(({ path }) => path === '/hook')
  const timestamp = signed?.headers.get('rtpx-timestamp')
  const expected = createHmac('sha256', SECRET).update(`${timestamp}.${signed?.body}`).digest('hex')
  expect(signed?.headers.get('rtpx-signature')).toBe(`v1=${expected}`)
  const isFromRtpx = await documentedCheck()
  const headers = Object.fromEntries(signed?.headers ?? [])
  const at = Number(timestamp)
  expect(isFromRtpx(SECRET, headers, signed?.body ?? '', at)).toBe(true)
  expect(isFromRtpx(SECRET, headers, `${signed?.body} `, at)).toBe(false)
  expect(isFromRtpx(`${SECRET}x`, headers, signed?.body ?? '', at)).toBe(false)
  expect(isFromRtpx(SECRET, headers, signed?.body ?? '', at + 301)).toBe(false)
  const [alert] = await alerts()
  expect(JSON.parse(signed?.body ?? '')).toMatchObject({
    id: signed?.headers.get('idempotency-key'),
    type: 'alert.fired',
    site: { site_id: site },
    alert: { alert_id: alert?.alert_id, value: 2, bound: 3, resolved_at: null },
    url: `https://stats.test/alerts?site=${site}`,
  })
  await send(
    ...[4, 4, 4].map((minute) => ({
      occurred_at: START + minute * MINUTE_MS,
      banner_tag: HOSTILE.slice(0, 40),
    })),
  )
  await judgeAt(START + 5 * MINUTE_MS)
  await judgeAt(START + 6 * MINUTE_MS)
  expect(await alerts()).toMatchObject([{ resolved_at: START + 5 * MINUTE_MS, resolved_by: 'recovered' }])
  expect(mail.received).toHaveLength(2)
  expect(mail.received[1]?.raw).toMatch(/^In-Reply-To: </im)
  expect(hooked.filter(({ path }) => path === '/hook').map(({ body }) => JSON.parse(body).type)).toEqual([
    'alert.fired',
    'alert.resolved',
  ])
  expect((await deliveries()).map(({ status }) => status)).toEqual(Array(6).fill('sent'))
  await acknowledge(clickhouse, {
    alert_id: alert?.alert_id ?? '',
    acknowledged_at: now,
    acknowledged_by: 'Ann',
    note: 'a release',
  })
  expect(await alerts()).toMatchObject([{ acknowledged_by: 'Ann', acknowledged_at: now, note: 'a release' }])
})

test('every measure and filter counts what a recount of the events does', async () => {
  const banners = ['summer-1', 'summer-2', 'winter']
  const events = Array.from({ length: 300 }, (_, index): Sent => {
    const event_type = ['visit', 'registration', 'deposit'][index % 3] ?? 'visit'
    return {
      event_type,
      player_id: `p${index % 40}`,
      occurred_at: START - 1 - ((index * 7_919_123) % (60 * MINUTE_MS)),
      banner_tag: banners[(index % 7) % 3] ?? '',
      domain: index % 2 ? 'a.test' : 'b.test',
      country: index % 5 ? 'LV' : 'EE',
      amount: event_type === 'deposit' ? index / 8 : null,
      currency: event_type === 'deposit' ? (index % 2 ? 'EUR' : 'USD') : '',
      is_bot: event_type === 'visit' && index % 11 === 0,
    }
  })
  await send(...events)
  await run(countDaysJob())
  await clickhouse.insertLines(
    'rejected_events_log',
    ['missing_field', 'missing_field', 'bad_amount'].map((reason) =>
      JSON.stringify({
        rejected_id: randomUUID(),
        rejected_at: START - 10 * MINUTE_MS,
        source: 'edge',
        reason,
        site_id: site,
      }),
    ),
  )
  const holds =
    ({ banner_tag, banner_prefix, domain, country }: Filter) =>
    (event: Sent) =>
      (!banner_tag || event.banner_tag === banner_tag) &&
      (!banner_prefix || event.banner_tag.startsWith(banner_prefix)) &&
      (!domain || event.domain === domain) &&
      (!country || event.country === country)
  /** Each player once, for the banner of the first event of the type; a filter of raw events comes before that, one of banners after. */
  const players = (type: string, { domain, country, ...ofBanner }: Filter) => {
    const isRaw = Boolean(domain || country)
    const firsts = new Map<string, Sent>()
    for (const event of events
      .filter(
        (one) =>
          one.event_type === type && (!isRaw || holds({ domain, country, ...ofBanner } as Filter)(one)),
      )
      .sort((a, b) => a.occurred_at - b.occurred_at)) {
      const key = `${event.player_id} ${DAYS.format(event.occurred_at)}`
      if (!firsts.has(key)) firsts.set(key, event)
    }
    return [...firsts.values()].filter(holds(ofBanner)).length
  }
  const people = events.filter(({ is_bot }) => !is_bot)
  const deposits = events.filter(({ event_type }) => event_type === 'deposit')
  const filters: Filter[] = [
    {},
    { banner_tag: 'winter' },
    { banner_prefix: 'summer-' },
    { domain: 'a.test' },
    { country: 'EE', banner_tag: 'summer-1' },
  ]
  const measured = async (metric: Metric, filter: Filter) => {
    const definition = threshold({ metric, filter, window_minutes: 60, bound: 0, direction: 'above' })
    const data = await count(clickhouse, definition, { site_id: site, from: START, to: START })
    return judge(definition, data, START)[0]?.value ?? null
  }
  for (const filter of filters) {
    const visits = players('visit', filter)
    const expected: [Metric, number | null][] = [
      [{ measure: 'events' }, people.filter(holds(filter)).length],
      [
        { measure: 'events', event_type: 'registration' },
        people.filter(({ event_type }) => event_type === 'registration').filter(holds(filter)).length,
      ],
      [{ measure: 'players', event_type: 'visit' }, visits],
      [{ measure: 'payments', event_type: 'deposit' }, deposits.filter(holds(filter)).length],
      [
        { measure: 'amount', currency: 'EUR' },
        deposits
          .filter(({ currency }) => currency === 'EUR')
          .filter(holds(filter))
          .reduce((sum, { amount }) => sum + (amount ?? 0), 0),
      ],
      [{ measure: 'visit_to_registration' }, visits === 0 ? null : players('registration', filter) / visits],
    ]
    for (const [metric, value] of expected) {
      const seen = await measured(metric, filter)
      expect([metric.measure, filter, seen === null ? null : Math.round(seen * 1e6)]).toEqual([
        metric.measure,
        filter,
        value === null ? null : Math.round(value * 1e6),
      ])
    }
  }
  expect(await measured({ measure: 'rejected' }, {})).toBe(3)
  expect(await measured({ measure: 'rejected', reason: 'bad_amount' }, {})).toBe(1)
  expect(await measured({ measure: 'rejected_share' }, {})).toBeCloseTo(3 / (people.length + 3), 9)
  const newest = Math.max(...people.map(({ occurred_at }) => occurred_at))
  const sinceMinute = Math.ceil((START - newest) / MINUTE_MS) - 1
  expect(await measured({ measure: 'freshness' }, {})).toBe(Math.max(0, sinceMinute))
})

test('a banner that stops while others go on is told by its name, and the silence of the site by its own rule', async () => {
  const to = await webhook()
  const base = { for_minutes: 0, recover_minutes: 0 }
  await rule(
    { kind: 'broken_pixel', watches: 'banner', window_minutes: 10, percent: 20, least: 5, ...base },
    [to],
  )
  await rule({ kind: 'silence', filter: {}, minutes: 20, least: 0, ...base }, [to], { name: 'Silence' })
  const steady = (banner_tag: string, from: number, until: number) =>
    Array.from({ length: until - from }, (_, minute) => ({
      occurred_at: START + (from + minute) * MINUTE_MS,
      banner_tag,
    }))
  await send(...steady('goes', -300, 0), ...steady('stops', -300, -11))
  await judgeAt(START)
  expect(await alerts()).toMatchObject([{ subject: 'stops', kind: 'broken_pixel' }])
  expect(JSON.parse(hooked[0]?.body ?? '').alert).toMatchObject({
    subject: 'stops',
    words: expect.stringMatching(
      /^No event of banner stops in 10 minutes, while others go on; about \d+ expected\.$/,
    ),
  })
  // Nobody goes on any more: that is silence, and no other banner's fault.
  await judgeAt(START + 20 * MINUTE_MS)
  expect((await alerts()).map(({ kind, subject }) => [kind, subject]).sort()).toEqual([
    ['broken_pixel', 'stops'],
    ['silence', ''],
  ])
  await send(...steady('goes', 20, 25), ...steady('stops', 20, 25))
  await judgeAt(START + 25 * MINUTE_MS)
  expect((await alerts()).map(({ resolved_by }) => resolved_by)).toEqual(['recovered', 'recovered'])
})

test('a finding of the forecast, a domain that stops and a change against last week are told', async () => {
  const to = await webhook()
  const held = { for_minutes: 0, recover_minutes: 0 }
  await rule({ kind: 'anomaly', findings: ['drop'], ...held }, [to], { name: 'Forecast' })
  await rule(
    { kind: 'broken_pixel', watches: 'domain', window_minutes: 10, percent: 20, least: 4, ...held },
    [to],
    { name: 'Domain' },
  )
  const metered = { filter: {}, window_minutes: 10, margin_percent: 0, least: 10 }
  const metric = { measure: 'events' } as const
  for (const against of ['previous', 'last_week'] as const)
    await rule(
      { kind: 'change', metric, ...metered, against, direction: 'down', percent: 50, ...held },
      [to],
      { name: against },
    )
  await clickhouse.insertLines(
    'anomalies_log',
    (['drop', 'spike'] as const).map((kind) =>
      JSON.stringify({
        finding_id: randomUUID(),
        kind,
        site_id: site,
        event_type: kind === 'drop' ? 'visit' : 'deposit',
        banner_tag: '',
        since: START - 5 * MINUTE_MS,
        opened_at: START - 2 * MINUTE_MS,
        updated_at: START,
        closed_at: null,
        expected: 90.4,
        seen: 12,
      }),
    ),
  )
  const steady = (domain: string, from: number, until: number) =>
    Array.from({ length: until - from }, (_, minute) => ({
      occurred_at: START + (from + minute) * MINUTE_MS,
      domain,
    }))
  await send(...steady('a.test', -300, 0), ...steady('a.test', -300, -10), ...steady('b.test', -300, -10))
  await clickhouse.insertLines('traffic_slots', [
    JSON.stringify({
      site_id: site,
      starts_at: (START - 7 * DAY_MS - 10 * MINUTE_MS) / 1_000,
      event_type: 'visit',
      banner_tag: '',
      count: 40,
    }),
  ])
  await judgeAt(START)
  const fired = Object.fromEntries(
    (await alerts()).map(({ rule_name, subject, value, bound }) => [rule_name, { subject, value, bound }]),
  )
  expect(fired).toMatchObject({
    Forecast: { subject: 'drop of visit', value: 12, bound: 90.4 },
    Domain: { subject: 'b.test', value: 0 },
    previous: { value: 10, bound: 30 },
    last_week: { value: 10, bound: 40 },
  })
  expect(hooked).toHaveLength(4)
})

test('a pause ends an alert in silence; a rule that cannot be judged says why and keeps no other from it', async () => {
  const to = await webhook()
  const broken = await rule({ kind: 'weather' } as unknown as Definition, [to], { name: 'Old' })
  const good = await rule(threshold(), [to])
  await judgeAt(START)
  expect(hooked).toHaveLength(1)
  const checks = await checksOf(clickhouse, site)
  expect(checks.find(({ rule_id }) => rule_id === broken.rule_id)?.error).toStartWith(
    'definition.kind: one of',
  )
  expect(checks.find(({ rule_id }) => rule_id === good.rule_id)).toMatchObject({
    outcome: 'breach',
    firing: 1,
    error: '',
  })
  await writeRule(clickhouse, { ...good, enabled: false, updated_at: Date.now() + 1 })
  await judgeAt(START + MINUTE_MS)
  expect(await alerts()).toMatchObject([{ resolved_by: 'paused' }])
  expect(hooked).toHaveLength(1)
})

test('what fails is tried again, ever more seldom; what cannot work is given up; who may not be reached is not', async () => {
  const [again, gone] = [await webhook('/again'), await webhook('/gone')]
  const post = await channel('email', { to: ['ann@brand.test', 'left@brand.test'] })
  const inside = await channel('webhook', { url: `http://localhost:${hook.port}/inside`, secret: SECRET })
  answer = (request) => new Response('<b>down</b>', { status: request.url.endsWith('/gone') ? 410 : 503 })
  mail.refused.add('left@brand.test')
  mail.busy = true
  settings = { ...settings, WEBHOOK_NETWORKS: [] }
  await rule(threshold(), [inside])
  await judgeAt(START)
  expect(hooked).toEqual([])
  expect(await deliveries()).toMatchObject([
    { status: 'dead', attempts: 1, error: expect.stringContaining('is no address of the public internet') },
  ])
  settings = { ...settings, WEBHOOK_NETWORKS: ['127.0.0.1'] }
  await rule(threshold(), [again, gone, post])
  await judgeAt(START + MINUTE_MS)
  const of = async (id: string) => (await deliveries()).find(({ channel_id }) => channel_id === id)
  expect(await of(again)).toMatchObject({
    status: 'pending',
    attempts: 1,
    error: 'answered 503: <b>down</b>',
    next_at: now + 10_000,
  })
  expect(await of(gone)).toMatchObject({ status: 'dead', attempts: 1 })
  expect(await of(post)).toMatchObject({ status: 'pending', error: expect.stringContaining('451') })
  now += 9_999
  await deliver()
  expect(await of(again)).toMatchObject({ attempts: 1 })
  now += 1
  mail.busy = false
  await deliver()
  expect(await of(again)).toMatchObject({ status: 'pending', attempts: 2, next_at: now + 30_000 })
  expect(await of(post)).toMatchObject({ status: 'sent', error: 'refused for left@brand.test' })
  answer = () => new Response('ok')
  now += 30_000
  await deliver()
  expect(await of(again)).toMatchObject({ status: 'sent', attempts: 3, error: '' })
  expect(
    new Set(
      hooked.filter(({ path }) => path === '/again').map(({ headers }) => headers.get('idempotency-key')),
    ).size,
  ).toBe(1)
  expect(mail.received).toHaveLength(1)
})

test('an episode whose messages were not written is told by the next run, once', async () => {
  const to = await webhook()
  await rule(threshold(), [to])
  now = START + SETTLE_MS
  await run(alertsJob({ now: () => now, database: 'rtpx' }))
  // As after a kill between the episode and its messages.
  await clickhouse.command('TRUNCATE TABLE alert_deliveries_log')
  await judgeAt(START + MINUTE_MS)
  await judgeAt(START + 2 * MINUTE_MS)
  expect(hooked).toHaveLength(1)
  expect(await alerts()).toHaveLength(1)
})

test('killed while a webhook is being told: told again under the same key, nothing lost, nothing twice besides', async () => {
  const channels = [await webhook('/slow'), await webhook('/quick')]
  await rule(threshold(), channels)
  now = Date.now()
  await run(alertsJob({ now: () => now, database: 'rtpx' }))
  const arrived = Promise.withResolvers<void>()
  answer = async (request) => {
    if (request.url.endsWith('/slow') && hooked.filter(({ path }) => path === '/slow').length === 1) {
      arrived.resolve()
      await Bun.sleep(30_000)
    }
    return new Response('ok')
  }
  const spawn = (aheadMs: number) =>
    Bun.spawn([process.execPath, join(import.meta.dir, 'deliver-once.ts')], {
      env: {
        ...process.env,
        CLICKHOUSE_URL: started.url,
        RTPX_DATA: started.dataDir,
        WEBHOOK_NETWORKS: '127.0.0.1',
        CLOCK_AHEAD_MS: String(aheadMs),
      },
      stdout: 'pipe',
      stderr: 'inherit',
    })
  const first = spawn(0)
  await arrived.promise
  // The quick one is done and noted meanwhile.
  while ((await deliveries()).every(({ status }) => status !== 'sent')) await Bun.sleep(50)
  first.kill('SIGKILL')
  await first.exited
  expect((await deliveries()).map(({ status }) => status).sort()).toEqual(['sending', 'sent'])
  // Before the attempt counts as dead nobody touches it; after, it is made again.
  const early = spawn(0)
  expect(JSON.parse(await new Response(early.stdout).text())).toMatchObject({ rows: 0, error: '' })
  const late = spawn(LEASE_MS + 60_000)
  expect(JSON.parse(await new Response(late.stdout).text())).toMatchObject({ rows: 1, error: '' })
  expect((await deliveries()).map(({ status, attempts }) => [status, attempts]).sort()).toEqual([
    ['sent', 1],
    ['sent', 2],
  ])
  const keys = (path: string) =>
    hooked.filter((one) => one.path === path).map(({ headers }) => headers.get('idempotency-key'))
  expect(keys('/quick')).toHaveLength(1)
  expect(keys('/slow')).toHaveLength(2)
  expect(new Set(keys('/slow')).size).toBe(1)
})

test('where messages go cannot be read in ClickHouse', async () => {
  await webhook('/private-path')
  await channel('email', { to: ['ann@brand.test'] })
  const [row] = await clickhouse.rows<{ n: number }>(
    `SELECT countIf(position(formatRowNoNewline('TSV', *), 'private-path') > 0 OR position(formatRowNoNewline('TSV', *), '${SECRET}') > 0
       OR position(formatRowNoNewline('TSV', *), 'ann@brand') > 0) AS n FROM alert_channels_log`,
  )
  expect(row?.n).toBe(0)
  const columns = await clickhouse.rows<{ name: string }>(
    `SELECT name FROM system.columns WHERE database = 'rtpx' AND table = 'alert_channels'`,
  )
  expect(columns.map(({ name }) => name)).not.toContain('sealed')
  const sealed = sealer.seal('a', 'text')
  expect(() => sealer.open('b', sealed)).toThrow('sealed with another key')
  expect(sealer.open('a', sealed)).toBe('text')
})

test('a preview finds in the past what the job would have told', async () => {
  const end = Math.floor(Date.now() / (5 * MINUTE_MS)) * 5 * MINUTE_MS
  const gap = [end - 600 * MINUTE_MS, end - 540 * MINUTE_MS] as const
  const events = Array.from({ length: 1_500 }, (_, minute) => ({
    occurred_at: end - (minute + 1) * MINUTE_MS,
  })).filter(({ occurred_at }) => occurred_at < gap[0] || occurred_at >= gap[1])
  await send(...events)
  for (const back of [0, 1, 2]) await foldDay(clickhouse, Math.floor(end / DAY_MS) - back, 0)
  const rising = threshold({ window_minutes: 10, bound: 8 })
  const preview = await previewRule(clickhouse, site, rising, Date.now())
  // Before the first event there was nothing either, but that is no alarm.
  expect(preview.alerts).toMatchObject([
    { opened_at: gap[0] + 5 * MINUTE_MS, resolved_at: gap[1] + 10 * MINUTE_MS },
  ])
  expect(preview.now).toMatchObject({ outcome: 'clear', value: 10 })
  const silence: Definition = {
    kind: 'silence',
    filter: {},
    minutes: 30,
    least: 0,
    for_minutes: 0,
    recover_minutes: 0,
  }
  expect((await previewRule(clickhouse, site, silence, Date.now())).alerts).toMatchObject([
    { opened_at: gap[0] + 30 * MINUTE_MS, resolved_at: gap[1] + 5 * MINUTE_MS },
  ])
})

test.each([
  // Monday 8:00 in Riga (UTC+2 in winter); made long before.
  [1, 8, '2026-11-16T05:59:00Z', '2026-11-02'],
  [1, 8, '2026-11-16T06:00:00Z', '2026-11-09'],
  [1, 8, '2026-11-18T23:00:00Z', '2026-11-09'],
  [7, 23, '2026-11-22T20:59:00Z', '2026-11-02'],
  [7, 23, '2026-11-22T21:00:00Z', '2026-11-09'],
  // The clock goes forward at 3:00: the hour that does not exist is passed over, not missed.
  [7, 3, '2026-03-29T01:00:00Z', '2026-03-16'],
])('the report of weekday %d, hour %d at %s is of the week of %s', (weekday, hour, at, week) => {
  const subscription = { weekday, hour, created_at: Date.UTC(2026, 0, 1) }
  expect(dueWeek(subscription, 'Europe/Riga', Date.parse(at))).toBe(week)
  expect(
    dueWeek({ ...subscription, created_at: Date.parse(at) }, 'Europe/Riga', Date.parse(at)),
  ).toBeUndefined()
})

test('the weekly report is sent once, with the numbers of the week and the one before', async () => {
  const today = DAYS.format(Date.now())
  const monday = addDays(mondayOf(today), -7)
  const onDay = (day: string, hour: number) => Date.parse(`${day}T${String(hour).padStart(2, '0')}:30:00Z`)
  await send(
    ...['a', 'b', 'c'].map((player_id) => ({
      player_id,
      occurred_at: onDay(addDays(monday, 1), 9),
      banner_tag: HOSTILE.slice(0, 40),
    })),
    ...['a', 'b'].map((player_id) => ({ player_id, occurred_at: onDay(addDays(monday, -5), 9) })),
    {
      player_id: 'a',
      event_type: 'deposit',
      occurred_at: onDay(addDays(monday, 2), 9),
      amount: 12.5,
      currency: 'EUR',
    },
  )
  await run(countDaysJob())
  const channel_id = await channel('email', { to: ['boss@brand.test'] })
  await writeSubscription(clickhouse, {
    subscription_id: randomUUID(),
    site_id: site,
    channel_id,
    weekday: 1,
    hour: 0,
    created_at: onDay(addDays(monday, -20), 0),
    updated_at: Date.now(),
    updated_by: 'Ann',
  })
  now = Date.now()
  await run(reportsJob(() => now))
  await run(reportsJob(() => now))
  await deliver()
  await run(reportsJob(() => now + MINUTE_MS))
  await deliver()
  expect(mail.received).toHaveLength(1)
  const raw = mail.received[0]?.raw.replace(/=\r\n/g, '') ?? ''
  expect(mail.received[0]?.to).toEqual(['boss@brand.test'])
  expect(raw).toContain(weekName(monday))
  expect(raw).toContain('Visits: 3 (+50%)')
  expect(raw).toContain('Deposited EUR: 12.50 (new)')
  expect(raw).toContain('Deposits: 1 (new)')
  expect(htmlOf(raw)).not.toContain('<img')
})

test('a saved statement is asked as seldom as it says, with the rights of its author, and not once these are gone', async () => {
  const query = (more: Partial<Extract<Definition, { kind: 'query' }>> = {}): Definition => ({
    kind: 'query',
    query_id: randomUUID(),
    query_name: 'Visits of all I see',
    reads: 'number',
    every_minutes: 5,
    direction: 'above',
    bound: 2,
    margin_percent: 0,
    for_minutes: 0,
    recover_minutes: 0,
    ...more,
  })
  const watch = async (sql: string, definition = query(), more: Partial<AlertStatement> = {}) => {
    const stored = await rule(definition, [], { updated_at: START })
    const statement: AlertStatement = {
      rule_id: stored.rule_id,
      organization_id: 'o',
      user_id: 'ann',
      author: 'Ann',
      sql,
      values: {},
      siteIds: [site],
      refused: '',
      updated_at: Date.now(),
      ...more,
    }
    await writeAlertStatement(clickhouse, statement)
    return statement
  }
  const standing = async (id: string) =>
    (await checksOf(clickhouse, site)).find(({ rule_id }) => rule_id === id)
  const other = `${site}-other`
  await send(...[1, 2, 3].map((minute) => ({ occurred_at: START - minute * MINUTE_MS })), {
    occurred_at: START,
    site_id: other,
  } as { occurred_at: number })
  const visits = 'SELECT count() FROM events'
  const mine = await watch(visits)
  const rows = await watch(
    'SELECT event_id FROM events WHERE banner_tag = {banner:String} -- theirs',
    query({ reads: 'rows' }),
    {
      values: { banner: 'summer' },
    },
  )
  const many = await watch('SELECT event_id FROM events')
  const word = await watch("SELECT 'many'")
  const secret = await watch('SELECT count() FROM sql_logins')
  const unfiltered = await watch('SELECT count() FROM events SETTINGS additional_table_filters = {}')
  await judgeAt(START)
  // Of four visits on the machine the author sees three.
  expect(await standing(mine.rule_id)).toMatchObject({ value: 3, bound: 2, outcome: 'breach', error: '' })
  expect(await standing(rows.rule_id)).toMatchObject({
    value: 3,
    error: '',
    words: expect.stringContaining('rows of'),
  })
  expect((await standing(many.rule_id))?.error).toContain('more than one row')
  expect((await standing(word.rule_id))?.error).toContain('no number')
  expect((await standing(secret.rule_id))?.error).toContain('not one of those you may read')
  expect((await standing(unfiltered.rule_id))?.error).not.toBe('')
  expect((await alerts()).filter(({ rule_id }) => rule_id === mine.rule_id)).toMatchObject([
    { value: 3, resolved_at: null },
  ])

  // Within five minutes it is not asked again.
  await send({ occurred_at: START })
  await judgeAt(START + 3 * MINUTE_MS)
  expect(await standing(mine.rule_id)).toMatchObject({ value: 3, at: START })
  await judgeAt(START + 5 * MINUTE_MS)
  expect(await standing(mine.rule_id)).toMatchObject({ value: 4, at: START + 5 * MINUTE_MS })

  await writeAlertStatement(clickhouse, {
    ...mine,
    refused: 'Ann is no member any more.',
    updated_at: mine.updated_at + 1,
  })
  await judgeAt(START + 10 * MINUTE_MS)
  expect(await standing(mine.rule_id)).toMatchObject({ value: null, error: 'Ann is no member any more.' })
  expect((await alerts()).filter(({ rule_id }) => rule_id === mine.rule_id)).toMatchObject([
    { resolved_by: 'paused' },
  ])
})
