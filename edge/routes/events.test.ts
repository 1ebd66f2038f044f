import { describe, expect, test } from 'bun:test'
import { gzipSync } from 'node:zlib'
import { hashOf } from '../sites/directory.ts'
import { FRESH } from '../sites/registry.ts'
import { DEFAULT_SETTINGS } from '../sites/site.ts'
import { TEST_NOW, testEdge } from '../testing.ts'

const KEY = 'a-server-key-of-some-length'
const SITES = FRESH.map((site) => ({ ...site, key_hashes: [hashOf(KEY)] }))

function post(body: string | Uint8Array, headers: Record<string, string> = {}): RequestInit {
  return { method: 'POST', body, headers }
}

describe('POST /api/events', () => {
  test.each([
    ['one event', '{"event_type":"click"}', 1],
    ['an array', '[{"event_type":"click"},{"event_type":"hover"}]', 2],
    ['an envelope', '{"events":[{"event_type":"click"},{"event_type":"hover"}]}', 2],
    ['lines', '{"event_type":"click"}\n\n{"event_type":"hover"}\r\n', 2],
  ])('takes %s', async (_, body, count) => {
    const { send, events } = testEdge()
    const response = await send('/api/events', post(body, { 'content-type': 'text/plain' }))
    expect(response.status).toBe(202)
    expect(await response.json()).toEqual({ accepted: count, rejected: [] })
    expect(events()).toHaveLength(count)
  })

  test('what is nested without end is refused like anything else', async () => {
    const { send } = testEdge()
    const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`
    const bodies = [
      deep,
      `{"event_type":"click","metadata":${deep}}`,
      `[{"event_type":"click","pid":${deep}}]`,
    ]
    for (const body of bodies) expect((await send('/api/events', post(body))).status).toBe(400)
    const lines = await send('/api/events', post('{\n'.repeat(400_000)))
    expect(await lines.json()).toMatchObject({ code: 'too_many_events' })
  })

  test('takes gzip, and refuses what is no gzip or swells beyond the limit', async () => {
    const { send } = testEdge()
    const gzip = { 'content-encoding': 'gzip' }
    expect((await send('/api/events', post(gzipSync('{"event_type":"click"}'), gzip))).status).toBe(202)
    expect((await send('/api/events', post('plain', gzip))).status).toBe(415)
    expect((await send('/api/events', post(gzipSync(Buffer.alloc(50_000_000)), gzip))).status).toBe(413)
    expect((await send('/api/events', post('{}', { 'content-encoding': 'br' }))).status).toBe(415)
  })

  test('gives each event its verdict, and one bad event takes nothing else with it', async () => {
    const { send, events } = testEdge()
    const body =
      '{"event_type":"visit","player_id":"p","banner_tag":"b"}\nnot json\n[]\n{"event_type":"visit"}'
    const response = await send('/api/events', post(body))
    expect(response.status).toBe(202)
    expect(await response.json()).toEqual({
      accepted: 1,
      rejected: [
        { index: 1, code: 'bad_json', field: '', message: 'not valid JSON' },
        { index: 2, code: 'bad_event', field: '', message: 'an event must be a JSON object' },
        { index: 3, code: 'missing_field', field: 'player_id', message: 'player_id is needed' },
      ],
    })
    expect(events()).toHaveLength(1)
  })

  test.each([
    ['an empty body', '', 400, 'bad_json'],
    ['no event', '[]', 400, 'no_events'],
    ['1,001 events', JSON.stringify(Array(1001).fill({ event_type: 'click' })), 400, 'too_many_events'],
    ['more than 1 MiB', `["${'x'.repeat(1_048_576)}"]`, 413, 'body_too_large'],
    ['broken UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 400, 'bad_json'],
  ])('refuses %s whole', async (_, body, status, code) => {
    const { send, events } = testEdge()
    const response = await send('/api/events', post(body))
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ code })
    expect(events()).toEqual([])
  })

  test('answers 400 with the verdicts when every event is bad', async () => {
    const { send } = testEdge()
    const response = await send('/api/events', post('[{"event_type":"visit"},{"amount":1}]'))
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ accepted: 0, rejected: [{ index: 0 }, { index: 1 }] })
  })

  test('takes the bodies of the earlier systems as they are', async () => {
    const { send, events } = testEdge()
    const tracker = {
      domain: 'Shop.example',
      path: '/a?b',
      referrer: '',
      sessionId: 's1',
      viewport: { width: 800, height: 600 },
    }
    const hook = {
      events: [
        { type: 'click', elementId: 'buy', timestamp: TEST_NOW - 5 },
        { type: 'hover', elementId: 'menu' },
      ],
    }
    const platform = {
      event_type: 'PAGE_VIEW',
      user_id: 'user_101',
      session_id: 'sess_1',
      page_url: '/pricing',
      metadata: { device: 'mobile', browser: 'Chrome' },
    }
    for (const body of [tracker, hook, platform])
      expect((await send('/api/events', post(JSON.stringify(body)))).status).toBe(202)
    expect(events().map(({ event_id, created_at, event_date, site_id, ...rest }) => rest)).toEqual(
      expect.arrayContaining([
        {
          event_type: 'page_view',
          session_id: 's1',
          occurred_at: TEST_NOW,
          domain: 'shop.example',
          path: '/a?b',
          viewport_width: 800,
          viewport_height: 600,
        },
        { event_type: 'click', occurred_at: TEST_NOW - 5, metadata: '{"elementId":"buy"}' },
        { event_type: 'hover', occurred_at: TEST_NOW, metadata: '{"elementId":"menu"}' },
        {
          event_type: 'page_view',
          player_id: 'user_101',
          session_id: 'sess_1',
          occurred_at: TEST_NOW,
          path: '/pricing',
          metadata: '{"device":"mobile","browser":"Chrome"}',
        },
      ]),
    )
  })

  test('believes a server with a key, within five years, and a browser for a week', async () => {
    const { send, events } = testEdge({ sites: SITES })
    const year = 365 * 86_400_000
    const body = JSON.stringify({
      event_type: 'click',
      source_ip: '2001:DB8::1',
      user_agent: 'x',
      occurred_at: TEST_NOW - year,
    })
    expect((await send('/api/events', post(body, { authorization: `Bearer ${KEY}` }))).status).toBe(202)
    expect((await send('/api/events', post(body))).status).toBe(202)
    expect(events()).toMatchObject([
      { occurred_at: TEST_NOW - year, event_date: '2025-03-04', source_ip: '2001:db8::1', user_agent: 'x' },
      { occurred_at: TEST_NOW - 7 * 86_400_000, event_date: '2026-02-25' },
    ])
    expect(JSON.parse(events()[1]?.metadata ?? '')).toMatchObject({ client_occurred_at: TEST_NOW - year })
  })

  test('refuses an unknown key, and a key for another site', async () => {
    const other = {
      site_id: 'other',
      domains: [],
      time_zone: 'UTC',
      takes_all: false,
      key_hashes: [],
      settings: DEFAULT_SETTINGS,
    }
    const { send } = testEdge({ sites: [...SITES, other] })
    const body = '{"event_type":"click","site":"other"}'
    expect(
      (await send('/api/events', post(body, { authorization: 'Bearer nope-nope-nope-nope' }))).status,
    ).toBe(401)
    expect((await send('/api/events', post(body, { authorization: 'Basic abc' }))).status).toBe(401)
    const response = await send('/api/events', post(body, { authorization: `Bearer ${KEY}` }))
    expect(await response.json()).toMatchObject({ accepted: 0, rejected: [{ code: 'bad_key' }] })
  })
})
