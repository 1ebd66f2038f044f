import { expect, test } from 'bun:test'
import { testEdge } from '../testing.ts'

const PRIVATE = { address: '127.0.0.1' }
const report = (raw: string) => ({
  rejected_id: '01900000-0000-7000-8000-000000000001',
  rejected_at: Date.parse('2026-03-04T10:00:00Z'),
  raw,
  sender: '',
})
const judge = (body: unknown) => ({ method: 'POST', body: JSON.stringify(body) })

test('what was refused is judged again as of its time, and nothing is written', async () => {
  const edge = testEdge(PRIVATE)
  const response = await edge.send(
    '/judge',
    judge([report('/visit?player_id=p&banner_tag=b'), report('/visit?player_id=p'), report('{"cut')]),
  )
  expect([response.status, await response.json()]).toMatchObject([
    200,
    [
      {
        event: { event_id: '01900000-0000-7000-8000-000000000001', player_id: 'p', event_date: '2026-03-04' },
      },
      { refused: { code: 'missing_field', field: 'banner_tag' } },
      {},
    ],
  ])
  expect([edge.events(), await edge.rejected()]).toEqual([[], []])
})

test.each([null, {}, [1], [{}], [report('/visit'), null], Array(501).fill(report('/visit'))])(
  '%p is no list of reports',
  async (body) => {
    expect((await testEdge(PRIVATE).send('/judge', judge(body))).status).toBe(400)
  },
)

test('from outside there is nothing here', async () => {
  expect((await testEdge({ address: '203.0.113.7' }).send('/judge', judge([]))).status).toBe(404)
})
