/**
 * The whole system under load while its parts are killed with -9 or frozen, one after the other in an order drawn from a seed. Afterwards every
 * acknowledged event is in ClickHouse, once, and in the counts, once.
 */
import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { System } from '@rtpx/cli/system'
import { connectClickHouse } from '@rtpx/clickhouse/client'
import { flyCanary } from '@rtpx/clickhouse/health/canary'
import { recovered } from '@rtpx/edge/faults/drill'
import { metricOf } from '@rtpx/edge/faults/edge-process'
import { type Ledger, startLoad } from '@rtpx/edge/faults/load'
import { judgeLoad, type Verdict } from '@rtpx/edge/faults/oracle'
import { kafkaClient } from '@rtpx/kafka/client'
import { type Random, randomOf } from '../traffic/random.ts'

type Part = Parameters<System['kill']>[0]

/** What can happen to the system. */
interface Fault {
  readonly name: string
  /** Brings it about and mends what does not mend itself. */
  strike(scene: Scene): Promise<void>
}

interface Scene {
  readonly system: System
  /** How long a part is gone that does not come back by itself; ms. */
  readonly goneMs: number
  /** A small disk that holds the spool; absent where none can be mounted. */
  readonly smallDisk: string | undefined
}

const killed = (part: Part): Fault => ({
  name: `${part} killed`,
  async strike({ system }) {
    system.kill(part, 'SIGKILL')
    await Bun.sleep(100)
  },
})

/** Stopped with its sockets open, as a machine that hangs: nobody is told. */
const frozen = (part: Part): Fault => ({
  name: `${part} frozen`,
  async strike({ system, goneMs }) {
    system.kill(part, 'SIGSTOP')
    await Bun.sleep(goneMs)
    system.kill(part, 'SIGCONT')
  },
})

/** No queue, and a disk that fills up under the spool: pixels are refused, none is taken that cannot be kept. */
const fullDisk: Fault = {
  name: 'disk full, Kafka frozen',
  async strike({ system, goneMs, smallDisk }) {
    if (!smallDisk) return
    const filling = join(smallDisk, 'filling')
    system.kill('kafka', 'SIGSTOP')
    try {
      const { bavail, bsize } = statfsSync(smallDisk)
      writeFileSync(filling, new Uint8Array(bavail * bsize))
      await Bun.sleep(goneMs)
    } finally {
      rmSync(filling, { force: true })
      system.kill('kafka', 'SIGCONT')
    }
  },
}

const FAULTS: readonly Fault[] = [
  ...(['kafka', 'clickhouse', 'edge', 'aggregator', 'dashboard'] as const).map(killed),
  frozen('kafka'),
  frozen('clickhouse'),
]

export interface WholeOptions {
  /** The same seed gives the same order. */
  readonly seed: number
  /** Faults go on until then; each kind comes once before any comes again. */
  readonly forMs: number
  readonly goneMs: number
  /** Folder of a small file system, mounted over the spool of the edge. */
  readonly smallDisk?: string
  readonly say?: (line: string) => void
}

export interface WholeOutcome {
  readonly verdict: Verdict
  readonly ledger: Ledger
  /** From the end of a fault until an event sent then is seen by a query; seconds. */
  readonly recoveries: readonly { readonly fault: string; readonly seconds: number }[]
}

/** @throws Error when the system does not get well again */
export async function runWhole(system: System, options: WholeOptions): Promise<WholeOutcome> {
  const { seed, forMs, goneMs, smallDisk, say = () => {} } = options
  const clickhouse = connectClickHouse({
    url: system.urls.clickhouse,
    username: 'default',
    password: '',
    database: 'rtpx',
    requestTimeoutMs: 20_000,
  })
  const load = startLoad({
    port: Number(new URL(system.urls.edge).port),
    eventType: 'whole',
    pixelConnections: 12,
    batchConnections: 1,
    eventsPerBatch: 20,
    pauseMs: 20,
  })
  const recoveries: { fault: string; seconds: number }[] = []
  const random = randomOf('whole', seed)
  const until = performance.now() + forMs
  try {
    do {
      for (const fault of shuffled(smallDisk ? [...FAULTS, fullDisk] : FAULTS, random)) {
        await fault.strike({ system, goneMs, smallDisk })
        const since = performance.now()
        await well(clickhouse, system.urls.edge)
        const seconds = (performance.now() - since) / 1000
        recoveries.push({ fault: fault.name, seconds })
        say(`  ${fault.name}: well again after ${seconds.toFixed(1)} s`)
      }
    } while (performance.now() < until)
    const ledger = await load.stop()
    await recovered({ metric: (name) => metricOf(system.urls.edge, name) })
    const verdict = await judgeLoad({
      kafka: system.brokers
        ? kafkaClient({ brokers: system.brokers.split(','), clientId: 'rtpx-oracle' })
        : undefined,
      clickhouse,
      eventType: 'whole',
      acknowledged: ledger.acknowledged,
      catchUpMs: 120_000,
    })
    return { verdict, ledger, recoveries }
  } finally {
    await load.stop()
    await clickhouse.close()
  }
}

const WELL_MS = 120_000

/** Waits until an event gets through the whole way. */
async function well(clickhouse: Parameters<typeof flyCanary>[0], edge: string): Promise<void> {
  const deadline = performance.now() + WELL_MS
  for (;;) {
    const { delayMs, error } = await flyCanary(clickhouse, edge, 5_000)
    if (delayMs !== undefined) return
    if (performance.now() > deadline) throw new Error(`the system did not get well: ${error}`)
    await Bun.sleep(100)
  }
}

/** The list in an order drawn at random (Fisher and Yates). */
function shuffled<T>(list: readonly T[], random: Random): T[] {
  const order = [...list]
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = random.index(at + 1)
    const kept = order[at] as T
    order[at] = order[other] as T
    order[other] = kept
  }
  return order
}
