import { afterAll, beforeAll, expect, test } from 'bun:test'
import { machineClock } from '../clock.ts'
import { DeliveryError, deliver } from './deliver.ts'

/** What the server answers, first to last; the last one stays. */
let answers: ((events: unknown[]) => Response)[] = []
let bodies: unknown[][] = []
let server: Bun.Server<undefined>
beforeAll(() => {
  server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const events = (await request.json()) as unknown[]
      bodies.push(events)
      const answer = answers.length > 1 ? answers.shift() : answers[0]
      return answer?.(events) ?? new Response(null, { status: 404 })
    },
  })
})
afterAll(() => server.stop(true))

const accept = (events: unknown[]) => Response.json({ accepted: events.length, rejected: [] })
const status = (code: number) => () => Response.json({ code: 'x', detail: 'y' }, { status: code })

function send(lines: string[], given: typeof answers, options: { giveUpMs?: number; edgeUrl?: string } = {}) {
  answers = given
  bodies = []
  const { signal } = new AbortController()
  const retries: string[] = []
  const verdict = deliver(lines, {
    edgeUrl: server.url.origin,
    serverKey: 'key',
    giveUpMs: 5_000,
    attemptMs: 1_000,
    signal,
    clock: { ...machineClock(signal), sleep: () => Bun.sleep(1) },
    onRetry: (reason) => retries.push(reason),
    ...options,
  })
  return { verdict, retries }
}

test('sends the same batch again while the edge is busy', async () => {
  const { verdict, retries } = send(['{"a":1}', '{"a":2}'], [status(503), status(429), status(502), accept])
  expect(await verdict).toEqual({ accepted: 2, rejected: [] })
  expect(retries).toHaveLength(3)
  expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1)
})

test('sends only the events again that were over the site’s rate, and keeps everyone’s index', async () => {
  const refuse = (index: number, code: string) => ({ index, code, field: '', message: '' })
  const { verdict } = send(
    ['0', '1', '2', '3'],
    [
      () => Response.json({ accepted: 1, rejected: [1, 2, 3].map((index) => refuse(index, 'rate_limited')) }),
      () => Response.json({ accepted: 0, rejected: [0, 1, 2].map((index) => refuse(index, 'rate_limited')) }),
      () => Response.json({ accepted: 1, rejected: [refuse(1, 'bad_field'), refuse(2, 'rate_limited')] }),
      accept,
    ],
  )
  expect(await verdict).toEqual({ accepted: 3, rejected: [refuse(2, 'bad_field')] })
  expect(bodies).toEqual([[0, 1, 2, 3], [1, 2, 3], [1, 2, 3], [3]])
})

test.each([[400], [401], [404], [413]])('a whole request refused with %d is not sent again', async (code) => {
  const { verdict } = send(['{}'], [status(code)])
  await expect(verdict).rejects.toThrow(DeliveryError)
  expect(bodies).toHaveLength(1)
})

test('an answer that does not account for every event is no answer', async () => {
  const { verdict } = send(['{}', '{}'], [() => Response.json({ accepted: 1, rejected: [] })])
  await expect(verdict).rejects.toThrow('answered 200')
})

test('gives up in time when nobody answers, saying so', async () => {
  const { verdict, retries } = send(['{}'], [accept], { edgeUrl: 'http://127.0.0.1:1', giveUpMs: 300 })
  await expect(verdict).rejects.toThrow(/does not answer.*given up after 0.3 s/)
  expect(retries.length).toBeGreaterThan(0)
})
