// The edge's clock jumps hours ahead and back under load: nothing is lost, nothing counts twice, nobody is turned away.
import { expect, test } from 'bun:test'
import { clockJump, clockShifter } from './faults/clock-jump.ts'
import { System } from './faults/system.ts'

test('a clock that jumps hours ahead and back loses and doubles nothing', async () => {
  const library = clockShifter()
  if (!library) throw new Error('no faketime: install the package faketime')
  const system = await System.start()
  try {
    const { verdict, ledger, exitCode } = await clockJump(system, library, 1_500)
    expect(verdict).toMatchObject({ lostInTopic: 0, lostInClickHouse: 0, countedTwice: 0 })
    expect(verdict.acknowledged).toBeGreaterThan(500)
    expect([...ledger.answers.keys()].sort()).toEqual(['200', '202'])
    expect(exitCode).toBe(0)
    const [seen] = await system.clickhouse.rows<{ hours: number }>(
      `SELECT round((max(toUnixTimestamp64Milli(created_at)) - min(toUnixTimestamp64Milli(created_at))) / 3600000) AS hours FROM events WHERE event_type = 'clock_jump'`,
    )
    // It did jump: from two hours behind to three ahead.
    expect(seen?.hours).toBe(5)
  } finally {
    await system.stop()
  }
}, 120_000)
