import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { atOnce } from './at-once.ts'
import { cutBatches } from './batches.ts'

const items = fc.array(fc.string({ maxLength: 30, unit: 'grapheme' }).map((text) => JSON.stringify(text)))
const NOW = { dueInMs: () => 0, sleep: async () => {} }

test('batches carry every event once, in order, within both limits', async () => {
  await fc.assert(
    fc.asyncProperty(items, fc.integer({ min: 1, max: 9 }), async (lines, maxEvents) => {
      const batches = await Array.fromAsync(
        cutBatches(
          lines.map((json) => ({ json })),
          { maxEvents, maxBytes: 100, ...NOW },
        ),
      )
      expect(batches.flat().map(({ json }) => json)).toEqual(lines)
      for (const batch of batches) {
        expect(batch.length).toBeWithin(1, maxEvents + 1)
        const body = `[${batch.map(({ json }) => json).join(',')}]`
        expect(batch.length === 1 || Buffer.byteLength(body) <= 100).toBe(true)
      }
    }),
  )
})

test('with a pace, nothing leaves much before it is due, and nothing waits for what is not', async () => {
  let now = 0
  const due = [0, 0, 10, 500, 520, 2_000]
  const sent: [at: number, due: number[]][] = []
  const batches = cutBatches(
    due.map((at) => ({ json: '1', at })),
    {
      maxEvents: 100,
      maxBytes: 1_000,
      dueInMs: ({ at }) => at - now,
      sleep: async (ms) => {
        now += ms
      },
    },
  )
  for await (const batch of batches) sent.push([now, batch.map(({ at }) => at)])
  expect(sent).toEqual([
    [0, [0, 0, 10]],
    [500, [500, 520]],
    [2_000, [2_000]],
  ])
})

test('never more at once than allowed, and nothing is drawn after a failure', async () => {
  let running = 0
  let most = 0
  let drawn = 0
  async function* numbers() {
    for (; drawn < 100; drawn += 1) yield drawn
  }
  const work = async (number: number) => {
    running += 1
    most = Math.max(most, running)
    await Bun.sleep(1)
    running -= 1
    if (number === 20) throw new Error('twenty')
  }
  await expect(atOnce(numbers(), 3, work)).rejects.toThrow('twenty')
  expect(most).toBe(3)
  expect(running).toBe(0)
  expect(drawn).toBeLessThan(30)
})
