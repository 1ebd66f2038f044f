/**
 * One drill: an edge under load, a fault, the way back, and the oracle's verdict. The tests run short ones, the bench long ones.
 *
 * - The load runs through the whole of it: before, during and after the fault.
 * - It is over only when the edge's queue is up and its spool empty; an edge that does not get there fails the drill.
 */
import type { EdgeProcess } from './edge-process.ts'
import { type Ledger, type Load, type LoadOptions, startLoad } from './load.ts'
import { judgeLoad, type Verdict } from './oracle.ts'
import type { System } from './system.ts'

export interface Drill {
  /** Names the edge's folder and the type of its events: a letter, then letters, digits and `_`. */
  readonly name: string
  /** Settings of the edge. */
  readonly environment?: Record<string, string>
  readonly load?: Partial<LoadOptions>
  /** Brings the fault about and mends it. */
  fault(scene: Scene): Promise<void>
}

/** What a fault works with. */
export interface Scene {
  readonly system: System
  readonly load: Load
  /** The edge that takes the load now. */
  edge: EdgeProcess
  /** Starts the edge again on its port and data. */
  restartEdge(): Promise<void>
}

export interface Outcome {
  readonly verdict: Verdict
  readonly ledger: Ledger
  /** From the end of the fault to an empty spool and a queue that is up. */
  readonly recoveryS: number
  /** Events acknowledged a second while the fault lasted. */
  readonly perSecondDuringFault: number
  /** The most records the spool held. */
  readonly spooledRecords: number
  readonly exitCode: number | null
}

const WARM_UP_MS = 500
const RECOVERY_MS = 180_000
const POLL_MS = 50

export async function runDrill(system: System, drill: Drill): Promise<Outcome> {
  const isDirect = drill.environment?.QUEUE === 'direct'
  const first = await system.startEdge(drill.name, drill.environment)
  const { port } = first
  const load = startLoad({
    port,
    eventType: drill.name,
    pixelConnections: 32,
    batchConnections: 2,
    eventsPerBatch: 20,
    pauseMs: 20,
    ...drill.load,
  })
  const scene: Scene = {
    system,
    load,
    edge: first,
    async restartEdge() {
      scene.edge = await system.startEdge(drill.name, drill.environment, port)
    },
  }
  const watch = watchSpool(scene)
  try {
    await recovered(scene.edge)
    await Bun.sleep(WARM_UP_MS)
    const before = load.ledger.acknowledged.size
    const begunAt = performance.now()
    await drill.fault(scene)
    const mendedAt = performance.now()
    const during = load.ledger.acknowledged.size - before
    await recovered(scene.edge)
    const recoveryS = (performance.now() - mendedAt) / 1000
    await Bun.sleep(WARM_UP_MS)
    const ledger = await load.stop()
    await recovered(scene.edge)
    scene.edge.kill('SIGTERM')
    const exitCode = await scene.edge.exited
    const verdict = await judgeLoad({
      kafka: isDirect ? undefined : system.kafka,
      clickhouse: system.clickhouse,
      eventType: drill.name,
      acknowledged: ledger.acknowledged,
    })
    const perSecondDuringFault = (during / (mendedAt - begunAt)) * 1000
    return { verdict, ledger, recoveryS, perSecondDuringFault, spooledRecords: watch.most(), exitCode }
  } finally {
    watch.stop()
    await load.stop()
  }
}

/** Waits until an edge's queue is up and its spool is empty. @throws Error when that takes too long */
export async function recovered(edge: Pick<EdgeProcess, 'metric'>): Promise<void> {
  const deadline = performance.now() + RECOVERY_MS
  while (
    (await edge.metric('rtpx_edge_spool_records')) > 0 ||
    (await edge.metric('rtpx_edge_queue_up')) < 1
  ) {
    if (performance.now() > deadline) throw new Error('the edge did not recover')
    await Bun.sleep(POLL_MS)
  }
}

/** Follows how full the spool is; while the edge is dead there is nothing to see. */
function watchSpool(scene: Scene): { most(): number; stop(): void } {
  let most = 0
  const look = () =>
    void scene.edge.metric('rtpx_edge_spool_records').then(
      (records) => {
        most = Math.max(most, records)
      },
      () => {},
    )
  const timer = setInterval(look, POLL_MS)
  return { most: () => most, stop: () => clearInterval(timer) }
}
