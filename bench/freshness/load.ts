/** Other traffic beside what is measured. */
import { join } from 'node:path'
import type { Context } from '../bench.ts'
import { startChild } from '../measure/child.ts'

/** Above so many events a second they come in batches, as from the tracker and from servers. */
const MOST_PIXELS = 1_000
const BATCH = 100
const SETTLE_MS = 2_000
/** A share of the rate that counts as the rate. */
const ENOUGH = 0.95

/** Measures beside so many events a second. @throws when they were not sent, or not taken */
export async function besideLoad<T>(
  context: Context,
  edge: string,
  rate: number,
  measure: () => Promise<T>,
): Promise<T> {
  const logFile = join(context.folder, `background-${rate}.log`)
  const batch = rate > MOST_PIXELS ? BATCH : 1
  const command = [
    process.execPath,
    join(import.meta.dir, 'background.ts'),
    edge,
    String(rate),
    String(batch),
  ]
  const load = startChild({ command, logFile }, context.cleanup)
  await Bun.sleep(SETTLE_MS)
  const measured = await measure()
  await load.stop()
  const told = /^RESULT (.*)$/m.exec(load.output())?.[1]
  if (!told) throw new Error(`the other traffic failed: ${load.output().trim().slice(-300)}`)
  const result = JSON.parse(told) as { rate: number; failed: number }
  if (result.rate < ENOUGH * rate || result.failed > 0)
    throw new NotSustained(
      `${rate.toLocaleString('en')} events/s: ${Math.round(result.rate).toLocaleString('en')} were sent, ${result.failed} not taken`,
    )
  return measured
}

class NotSustained extends Error {}

const STEPS = [10_000, 20_000, 30_000, 40_000, 60_000, 80_000, 120_000]
/** A number that is older than this is not what anybody calls live. */
const MOST_MS = 1_000

/** The highest rate of some steps beside which every pixel is a number within a second. @param slowest measures, in ms */
export async function highestRate(
  context: Context,
  edge: string,
  slowest: (rate: number) => Promise<number>,
): Promise<{ rate: number; note: string }> {
  let highest = 0
  for (const rate of STEPS) {
    try {
      const ms = await besideLoad(context, edge, rate, () => slowest(rate))
      context.say(`    ${rate.toLocaleString('en')} events/s: the slowest pixel took ${ms} ms`)
      if (ms > MOST_MS)
        return { rate: highest, note: `at ${rate.toLocaleString('en')} events/s a pixel took ${ms} ms` }
      highest = rate
    } catch (error) {
      if (error instanceof NotSustained) return { rate: highest, note: error.message }
      throw error
    }
  }
  return { rate: highest, note: `no higher rate than ${highest.toLocaleString('en')} events/s was tried` }
}
