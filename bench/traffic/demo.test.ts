import { afterEach, beforeEach, expect, test } from 'bun:test'
import { listeningEdge } from './testing.ts'

let edge: ReturnType<typeof listeningEdge>
beforeEach(() => {
  edge = listeningEdge()
})
afterEach(() => edge.stop())

const SMALL = ['--days', '3', '--players', '40', '--history-only']
const byId = () => new Map(edge.events().map((event) => [event.event_id, event]))

test('the past arrives as it was made: good events taken, bad ones refused', async () => {
  const { code, out } = await edge.run('demo.ts', SMALL)
  expect(code).toBe(0)
  expect(out).toMatch(/^history: [\d,]+ events, \d+ of them sent twice, /)
  expect(out).not.toContain('UNEXPECTED')
  const events = [...byId().values()]
  expect(new Set(events.map(({ event_date }) => event_date)).size).toBe(4)
  for (const type of ['visit', 'registration', 'deposit', 'page_view', 'click'])
    expect(events.some(({ event_type }) => event_type === type)).toBe(true)
  expect(new Set(events.map(({ source_ip }) => source_ip)).size).toBeGreaterThan(50)
  expect(events.some(({ is_bot }) => is_bot)).toBe(true)
  expect(new Set(events.map(({ device }) => device))).toContain('mobile')
  const deposit = events.find(({ event_type }) => event_type === 'deposit')
  expect(deposit).toMatchObject({
    amount: expect.stringMatching(/^\d+\.\d\d$/),
    transaction_id: expect.any(String),
  })
  // The machine's own address and user agent are no part of the past.
  expect(events.some(({ user_agent }) => user_agent?.includes('Bun'))).toBe(false)
})

test('run again it adds only what has become past since', async () => {
  await edge.run('demo.ts', SMALL)
  const first = byId()
  await edge.run('demo.ts', SMALL)
  const second = byId()
  for (const [id, { created_at, ...event }] of first) expect(second.get(id)).toMatchObject(event)
  expect(second.size - first.size).toBeLessThan(20)
})

test('live traffic comes as browsers’ pixels until Ctrl-C', async () => {
  const { code, out } = await edge.run('demo.ts', ['--live-only', '--rate', '100'], 4_000)
  expect(code).toBe(0)
  expect(out).toMatch(/^live: [\d,]+ events/)
  const pixels = edge.requests.filter(({ method }) => method === 'GET')
  expect(pixels.length).toBeGreaterThan(0)
  expect(pixels.every(({ url }) => !url.includes('occurred_at'))).toBe(true)
  const visit = edge.events().findLast(({ event_type }) => event_type === 'visit')
  expect(visit).toMatchObject({
    user_agent: expect.stringContaining('Mozilla/5.0'),
    domain: 'go.luckyfox.example',
    path: '/welcome',
  })
})

test.each([
  [['--days', '0'], '--days is a whole number'],
  [['--rate', 'x'], '--rate is a number'],
  [['--history-only', '--live-only'], 'exclude each other'],
  [['--edge', 'http://127.0.0.1:1', '--seed', '-'], '--seed'],
])('says what is wrong in one line: %p', async (args, message) => {
  const { code, error } = await edge.run('demo.ts', args)
  expect([code, error.trim().split('\n').length]).toEqual([1, 1])
  expect(error).toContain(message)
})
