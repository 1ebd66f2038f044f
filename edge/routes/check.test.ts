import { expect, test } from 'bun:test'
import { testEdge } from '../testing.ts'

const PRIVATE = { address: '127.0.0.1' }
const check = (url: string) => `/check?url=${encodeURIComponent(url)}`

test('a pixel’s address is judged as the pixel is, and nothing is written', async () => {
  const edge = testEdge(PRIVATE)
  const response = await edge.send(check('https://pixels.test/under/visit?pid=p%201&btag=b&s=9'))
  expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([200, null])
  expect(await response.json()).toMatchObject({
    accepted: true,
    is_named: false,
    event: {
      event_type: 'visit',
      player_id: 'p 1',
      banner_tag: 'b',
      metadata: '{"s":"9"}',
      event_date: '2026-03-04',
    },
  })
  const refused = await edge.send(check('https://pixels.test/deposit?player_id=p'))
  expect(await refused.json()).toEqual({
    accepted: false,
    code: 'missing_field',
    field: 'banner_tag',
    title: 'A field that this type of event needs is absent or empty',
    message: 'banner_tag is needed',
  })
  expect(await (await edge.send(check('http://x/visit?player_id=%zz'))).json()).toMatchObject({
    code: 'bad_encoding',
  })
  expect([edge.events(), await edge.rejected(), edge.stats.rejected.size, edge.stats.accepted.size]).toEqual([
    [],
    [],
    0,
    0,
  ])
})

test.each(['', 'nonsense', 'https://pixels.test/', 'https://pixels.test/metrics', 'file:///etc/passwd'])(
  '%p is no pixel',
  async (url) => {
    const response = await testEdge(PRIVATE).send(check(url))
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'not_a_pixel', field: 'url' })
  },
)

test('from outside there is nothing here', async () => {
  for (const address of ['203.0.113.7', undefined]) {
    const { send } = testEdge(address === undefined ? {} : { address })
    expect((await send(check('http://x/visit?player_id=p&banner_tag=b'))).status).toBe(404)
  }
})
