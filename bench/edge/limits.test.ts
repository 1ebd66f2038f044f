import { expect, test } from 'bun:test'
import { limits, noise } from './limits.ts'

test('a server whose core was not full was kept back: by the load when that was busy, else by what is behind it', () => {
  const run = (cores: number, busy: number) => [{ cores, busy, rate: 60_000 }]
  expect(limits(new Map([['full', run(0.99, 0.4)]]))).toEqual([])
  expect(
    limits(
      new Map([
        ['nginx', run(0.5, 0.98)],
        ['edge, ClickHouse', run(0.3, 0.1)],
      ]),
    ),
  ).toEqual([
    'the load was the limit, it makes no more than 60,000 requests/s here; these servers can do more: nginx (server 50 %, load 98 % of a core)',
    'neither the server nor the load had its core full, what stands behind the server, or other programs, were the limit: edge, ClickHouse (server 30 %, load 10 % of a core)',
  ])
})

test('the noise is how far rounds lie apart, as a share of their middle; one round tells none', () => {
  const runs = (...rates: number[]) => rates.map((rate) => ({ rate }))
  expect(noise(new Map([['nginx', runs(100)]]))).toEqual([])
  expect(
    noise(
      new Map([
        ['nginx', runs(98, 100, 102)],
        ['edge', runs(90, 100, 130)],
        ['Elysia', runs(96, 100, 104)],
      ]),
    ),
  ).toEqual(['noise: rounds lie within ± 4 % in half of the cases; within ± 20 % in the noisiest, edge'])
})
