import { expect, test } from 'bun:test'
import type { Opened } from '../page.ts'
import { whileNews } from './heavy.ts'

/** A site in which something came at `newest`, ms. */
const opened = (newest: number) =>
  ({
    now: 1_000_000,
    site: { site_id: 's' },
    services: { clickhouse: { rows: async () => [{ newest }] } },
  }) as unknown as Opened

test('what came while a shared answer was read is in the next one, and then it is quiet', async () => {
  // The first answer was read before the event that its look for news sees.
  const answers = ['nobody', 'one', 'read in vain']
  let readings = 0
  const read = whileNews(
    async () => opened(999_000),
    async () => answers[readings++],
  )
  expect([await read(), await read(), await read(), await read()]).toEqual(['nobody', 'one', 'one', 'one'])
  expect(readings).toBe(2)
})

test('a site in which nothing comes is read once', async () => {
  let readings = 0
  const read = whileNews(
    async () => opened(0),
    async () => {
      readings += 1
    },
  )
  for (let tick = 0; tick < 3; tick += 1) await read()
  expect(readings).toBe(1)
})
