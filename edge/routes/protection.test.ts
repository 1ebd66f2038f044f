import { describe, expect, test } from 'bun:test'
import { DEFAULT_SETTINGS, readSiteSettings } from '../sites/site.ts'
import { TEST_NOW, testEdge } from '../testing.ts'

const PIXEL = '/visit?player_id=p&banner_tag=b'
const site = (settings: object) => [
  {
    site_id: 'shop',
    domains: [],
    time_zone: 'UTC',
    takes_all: true,
    key_hashes: [],
    settings: { ...DEFAULT_SETTINGS, ...settings },
  },
]

describe('rates', () => {
  test('an address that sends too much is told when to try again, and nothing of it counts', async () => {
    let now = TEST_NOW
    const edge = testEdge({ perAddress: { perSecond: 1, burst: 2 }, address: '203.0.113.5', now: () => now })
    const statuses = async () => (await edge.send(PIXEL)).status
    expect([await statuses(), await statuses(), await statuses()]).toEqual([200, 200, 429])
    const limited = await edge.send(PIXEL)
    expect(limited.headers.get('retry-after')).toBe('1')
    expect(await limited.json()).toMatchObject({ code: 'rate_limited' })
    now += 1_000
    expect(await statuses()).toBe(200)
    expect(edge.events()).toHaveLength(3)
    expect(await edge.rejected()).toEqual([])
    expect(edge.stats.rejected.get('rate_limited')).toBe(2)
  })

  test('a batch costs as much as it holds, and an exempt address nothing', async () => {
    const body = JSON.stringify(Array(3).fill({ event_type: 'click' }))
    const batch = (edge: ReturnType<typeof testEdge>) => edge.send('/api/events', { method: 'POST', body })
    const limited = testEdge({ perAddress: { perSecond: 1, burst: 2 }, address: '2001:db8::1' })
    expect([(await batch(limited)).status, (await batch(limited)).status]).toEqual([202, 429])
    const exempt = testEdge({ perAddress: { perSecond: 1, burst: 2 }, address: '127.0.0.1' })
    expect([(await batch(exempt)).status, (await batch(exempt)).status]).toEqual([202, 202])
  })

  test('a site that receives too much loses only what is too much', async () => {
    const edge = testEdge({ perSite: { perSecond: 1, burst: 2 } })
    const body = JSON.stringify(Array(3).fill({ event_type: 'click' }))
    const response = await edge.send('/api/events', { method: 'POST', body })
    expect(await response.json()).toMatchObject({
      accepted: 2,
      rejected: [{ index: 2, code: 'rate_limited' }],
    })
  })
})

describe('a retry', () => {
  test('of an event that is durable is answered and not sent again', async () => {
    const edge = testEdge()
    const named = `${PIXEL}&event_id=01a1fc90-3b00-75c4-bcc9-1dadf5ba579c`
    const answers = [await edge.send(named), await edge.send(named)]
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(answers[1]?.headers.get('x-event-id')).toBe('01a1fc90-3b00-75c4-bcc9-1dadf5ba579c')
    expect(edge.events()).toHaveLength(1)
    expect(edge.stats.deduplicated).toBe(1)
  })
})

describe('privacy', () => {
  const address = '203.0.113.77'
  test.each([
    ['full', address],
    ['truncated', '203.0.113.0'],
    ['hashed', expect.stringMatching(/^[0-9a-f]{32}$/)],
  ] as const)('a site may keep an address %s', async (source_ip, kept) => {
    const edge = testEdge({ sites: site({ source_ip }), address })
    await edge.send(PIXEL)
    expect(edge.events()[0]).toMatchObject({ source_ip: kept, country: 'NZ' })
  })

  test('who opts out is kept anonymous where the site honours it, and only there', async () => {
    const headers = { 'sec-gpc': '1', 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0' }
    const path = `${PIXEL}&visitor_id=v&session_id=s`
    const honouring = testEdge({ sites: site({ honours_opt_out: true }), address })
    await honouring.send(path, { headers })
    await honouring.send(path, { headers: { 'user-agent': headers['user-agent'] } })
    const [anonymous, plain] = honouring.events()
    for (const field of ['source_ip', 'user_agent', 'visitor_id', 'session_id'])
      expect(anonymous).not.toHaveProperty(field)
    expect(anonymous).toMatchObject({ player_id: 'p', browser: 'Firefox', os: 'Linux' })
    expect(plain).toMatchObject({ source_ip: address, visitor_id: 'v' })
    const ignoring = testEdge({ address })
    await ignoring.send(path, { headers })
    expect(ignoring.events()[0]).toMatchObject({ source_ip: address, visitor_id: 'v' })
  })

  test('a choice that cannot be read keeps as little as any', () => {
    const strictest = { source_ip: 'hashed', honours_opt_out: true } as const
    expect(readSiteSettings('{}')).toEqual({ source_ip: 'full', honours_opt_out: false })
    expect(readSiteSettings('not json')).toEqual(strictest)
    expect(readSiteSettings('null')).toEqual(strictest)
    expect(readSiteSettings('{"source_ip":"ful","honours_opt_out":"yes"}')).toEqual(strictest)
  })
})

describe('what is refused', () => {
  test('is reported with its reason, its site and the offending part', async () => {
    const edge = testEdge()
    await edge.send('/visit?player_id=p&note=%F0%9F%98%80')
    await edge.send('/api/events', { method: 'POST', body: '[{"event_type":"visit","player_id":"x"},7]' })
    expect(await edge.rejected()).toMatchObject([
      {
        source: 'edge',
        reason: 'missing_field',
        field: 'banner_tag',
        site_id: 'default',
        raw: '/visit?player_id=p&note=%F0%9F%98%80',
      },
      { reason: 'missing_field', field: 'banner_tag', raw: '{"event_type":"visit","player_id":"x"}' },
      { reason: 'bad_event', raw: '' },
    ])
  })

  test('is reported within bounds, however much there is', async () => {
    const edge = testEdge()
    const body = JSON.stringify(Array(1_000).fill({ event_type: 'visit', note: 'x'.repeat(900) }))
    for (let request = 0; request < 3; request += 1) await edge.send('/api/events', { method: 'POST', body })
    const reports = await edge.rejected()
    expect(reports).toHaveLength(200)
    expect(edge.stats.rejected.get('missing_field')).toBe(3_000)
    await edge.send(`/visit?x=${'y'.repeat(9_000)}`)
    expect((await edge.rejected()).every(({ raw }) => raw.length <= 2_048)).toBe(true)
  })
})

describe('the metrics', () => {
  test('are there for those who may read them, and nowhere for others', async () => {
    expect((await testEdge({ address: '127.0.0.1' }).send('/metrics')).status).toBe(200)
    expect((await testEdge({ address: '203.0.113.5' }).send('/metrics')).status).toBe(404)
  })
})

describe('what no route foresaw', () => {
  test('is answered 500 without its text, and told to the log', async () => {
    const edge = testEdge()
    edge.sink.write = () => Promise.reject(new Error('secret detail'))
    const response = await edge.send(PIXEL)
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret')
    expect(edge.failures).toHaveLength(1)
  })
})
