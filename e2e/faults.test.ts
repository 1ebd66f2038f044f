/** Each part of the whole killed with -9 or frozen once, in an order drawn from the day, under load: nothing acknowledged is lost or counted twice. */
import { expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSystem } from '@rtpx/cli/system'
import { runWhole } from '../bench/faults/whole.ts'

test('every part killed or frozen under load: 0 lost, each counted once, and well again by itself', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'rtpx-whole-'))
  const system = await startSystem({ dataDir, queue: 'kafka', ports: 'free' })
  try {
    const seed = Math.floor(Date.now() / 86_400_000)
    const { verdict, ledger, recoveries } = await runWhole(system, { seed, forMs: 0, goneMs: 2_500 })
    expect({ seed, verdict }).toMatchObject({
      seed,
      verdict: { lostInTopic: 0, lostInClickHouse: 0, countedTwice: 0 },
    })
    expect(verdict.acknowledged).toBeGreaterThan(100)
    expect(ledger.withoutRetryAfter).toBe(0)
    expect(recoveries.map(({ fault }) => fault).toSorted()).toEqual([
      'aggregator killed',
      'clickhouse frozen',
      'clickhouse killed',
      'dashboard killed',
      'edge killed',
      'kafka frozen',
      'kafka killed',
    ])
  } finally {
    await system.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}, 240_000)
