import { describe, expect, test } from 'bun:test'
import { SinkError } from '../sinks/sink.ts'
import { TEST_NOW, testEdge } from '../testing.ts'

describe('a pixel', () => {
  test('is answered with the 43-byte GIF once its event is durable', async () => {
    const { send, events } = testEdge()
    const response = await send('/visit?player_id=p1&banner_tag=b1&s=1&b=two')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('image/gif')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect((await response.bytes()).length).toBe(43)
    expect(events()).toEqual([
      {
        event_id: response.headers.get('x-event-id') ?? '',
        site_id: 'default',
        event_type: 'visit',
        player_id: 'p1',
        banner_tag: 'b1',
        occurred_at: TEST_NOW,
        created_at: TEST_NOW,
        event_date: '2026-03-04',
        metadata: '{"s":"1","b":"two"}',
      },
    ])
  })

  test('is counted without a domain when the host of its Referer is none the contract takes', async () => {
    const { send, events } = testEdge()
    for (const host of ['[::1]:3000', `${'a.'.repeat(200)}example`])
      await send('/visit?pid=p1&btag=b1', { headers: { referer: `http://${host}/lobby` } })
    expect(events().map(({ domain, path }) => [domain, path])).toEqual([
      [undefined, '/lobby'],
      [undefined, '/lobby'],
    ])
  })

  test('takes the aliases of the fields, and knows the page from its Referer', async () => {
    const { send, events } = testEdge()
    await send('/deposit?pid=p1&btag=b1&amount=12.50&currency=eur&transaction_id=t1', {
      headers: { referer: 'https://Brand.example:8443/lobby?x=1#top', 'user-agent': 'Googlebot/2.1' },
    })
    expect(events()[0]).toMatchObject({
      event_type: 'deposit',
      player_id: 'p1',
      banner_tag: 'b1',
      amount: '12.50',
      currency: 'EUR',
      transaction_id: 't1',
      domain: 'brand.example',
      path: '/lobby?x=1',
      is_bot: true,
    })
  })

  test.each([
    ['/visit?player_id=p1', 'missing_field', 'banner_tag'],
    ['/visit?player_id=%20&banner_tag=b', 'missing_field', 'player_id'],
    ['/visit', 'missing_field', 'player_id'],
    ['/pixel.gif?player_id=p', 'missing_field', 'event_type'],
    ['/pixel.gif?event_type=9lives', 'bad_field', 'event_type'],
    ['/visit?player_id=a&pid=b&banner_tag=c', 'duplicate_field', 'player_id'],
    ['/visit?player_id=a&banner_tag=c&event_type=deposit', 'duplicate_field', 'event_type'],
    ['/visit?player_id=%ff&banner_tag=c', 'bad_encoding', ''],
    ['/visit?player_id=a%00b&banner_tag=c', 'bad_field', 'player_id'],
    [`/visit?player_id=${'x'.repeat(129)}&banner_tag=c`, 'too_long', 'player_id'],
    ['/visit?player_id=a&banner_tag=c&event_id=42', 'bad_field', 'event_id'],
    ['/deposit?player_id=a&banner_tag=c&amount=1e3', 'bad_field', 'amount'],
    ['/deposit?player_id=a&banner_tag=c&amount=NaN', 'bad_field', 'amount'],
    ['/deposit?player_id=a&banner_tag=c&amount=-1', 'bad_field', 'amount'],
    ['/deposit?player_id=a&banner_tag=c&amount=0.123456789', 'bad_field', 'amount'],
    ['/deposit?player_id=a&banner_tag=c&currency=euro!', 'bad_field', 'currency'],
    ['/visit?player_id=a&banner_tag=c&viewport_width=65536', 'bad_field', 'viewport_width'],
    [`/visit?player_id=a&banner_tag=c&note=${'x'.repeat(5000)}`, 'bad_metadata', 'metadata'],
  ])('is refused, with a code and the field, when it is bad: %#', async (path, code, field) => {
    const { send, events } = testEdge()
    const response = await send(path)
    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(await response.json()).toMatchObject({ status: 400, code, field })
    expect(events()).toEqual([])
  })

  test('is answered 503 with Retry-After, never 200, when the queue refuses it', async () => {
    const { send, sink } = testEdge()
    sink.failure = new SinkError('queue_unavailable', 'no broker answers', true)
    const response = await send('/visit?player_id=p1&banner_tag=b1')
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('1')
    expect(await response.json()).toMatchObject({ code: 'queue_unavailable' })
  })

  test('is answered 503 when too much is pending', async () => {
    const { send, events } = testEdge({ limits: { maxPendingBytes: 0 } })
    const response = await send('/visit?player_id=p1&banner_tag=b1')
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ code: 'busy' })
    expect(events()).toEqual([])
  })

  test('counts nothing for HEAD, OPTIONS or an unknown path', async () => {
    const { send, events } = testEdge()
    expect((await send('/visit?player_id=p1&banner_tag=b1', { method: 'HEAD' })).status).toBe(200)
    expect((await send('/visit?player_id=p1&banner_tag=b1', { method: 'OPTIONS' })).status).toBe(204)
    expect((await send('/visits?player_id=p1&banner_tag=b1')).status).toBe(404)
    expect((await send('/visit?player_id=p1&banner_tag=b1', { method: 'DELETE' })).status).toBe(404)
    expect(events()).toEqual([])
  })

  test('may not set what only the edge or a server knows', async () => {
    const { send, events } = testEdge()
    await send('/visit?player_id=p&banner_tag=b&source_ip=1.2.3.4&created_at=1&country=XX&is_bot=1')
    expect(events()[0]).not.toHaveProperty('source_ip')
    expect(events()[0]).not.toHaveProperty('country')
    expect(events()[0]?.created_at).toBe(TEST_NOW)
    expect(JSON.parse(events()[0]?.metadata ?? '')).toEqual({
      source_ip: '1.2.3.4',
      created_at: '1',
      country: 'XX',
      is_bot: '1',
    })
  })
})
