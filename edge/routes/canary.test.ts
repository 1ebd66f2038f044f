import { expect, test } from 'bun:test'
import { TEST_NOW, testEdge } from '../testing.ts'

test('a canary is made durable, marked, and counts for nobody; strangers find nothing there', async () => {
  const edge = testEdge({ address: '127.0.0.1' })
  const response = await edge.send('/canary?via=http://edge-1:8787', { method: 'POST' })
  expect(response.status).toBe(202)
  const { event_id, created_at } = (await response.json()) as { event_id: string; created_at: number }
  expect(created_at).toBe(TEST_NOW)
  expect(edge.events()).toMatchObject([
    { event_id, site_id: '_canary', domain: 'http://edge-1:8787', queue_error: 'canary' },
  ] as object[])
  expect(edge.stats.accepted.size).toBe(0)
  expect((await edge.send('/canary?via=%3Cb%3E', { method: 'POST' })).status).toBe(400)
  const stranger = testEdge({ address: '203.0.113.5' })
  expect((await stranger.send('/canary', { method: 'POST' })).status).toBe(404)
  expect(stranger.events()).toEqual([])
})
