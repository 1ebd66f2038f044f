/** The faults. Each is a drill for any system; durations are what tests and benches differ in. */
import { join } from 'node:path'
import { type Drill, type Outcome, runDrill, type Scene } from './drill.ts'
import type { System } from './system.ts'

/** How a broker is gone: frozen, with its sockets left open, or killed with -9 and started again on the same data. */
export type Outage = 'frozen' | 'killed'

/** Takes the broker away, waits, and brings it back. */
async function withoutBroker(system: System, outage: Outage, wait: () => Promise<void>): Promise<void> {
  await (outage === 'frozen' ? system.freezeBroker() : system.killBroker())
  try {
    await wait()
  } finally {
    await (outage === 'frozen' ? system.thawBroker() : system.restartBroker())
  }
}

/** A broker that is gone for a while. */
export const brokerGone = (outage: Outage, ms: number): Drill => ({
  name: `broker_${outage}_${ms}`,
  fault: ({ system }) => withoutBroker(system, outage, () => Bun.sleep(ms)),
})

/** ClickHouse killed with -9 under an edge that inserts directly. */
export const killedClickHouse = (ms: number): Drill => ({
  name: `killed_clickhouse_${ms}`,
  environment: { QUEUE: 'direct' },
  async fault({ system }) {
    await system.killClickHouse()
    await Bun.sleep(ms)
    await system.restartClickHouse()
  },
})

/** An edge killed with -9 in the middle of its work, and started again. */
export const killedEdge = (): Drill => ({
  name: 'killed_edge',
  async fault(scene) {
    await killEdge(scene)
    await Bun.sleep(100)
    await scene.restartEdge()
  },
})

/** Two faults: no broker, and the edge killed with -9 while its spool fills; it starts without the broker. */
export const edgeAndBrokerGone = (outage: Outage, ms: number): Drill => ({
  name: `edge_and_broker_${outage}_${ms}`,
  fault: (scene) =>
    withoutBroker(scene.system, outage, async () => {
      await untilSpooled(scene)
      await Bun.sleep(ms / 2)
      await killEdge(scene)
      await scene.restartEdge()
      await Bun.sleep(ms / 2)
    }),
})

/** An edge told to end under load: it drains, leaves with 0, and another one takes its place. */
export const terminatedEdge = (): Drill => ({
  name: 'terminated_edge',
  async fault(scene) {
    const { edge } = scene
    edge.kill('SIGTERM')
    const code = await edge.exited
    if (code !== 0) throw new Error(`the edge left with ${code} after SIGTERM`)
    await scene.restartEdge()
  },
})

/** No broker and a spool that may not grow further. */
export const fullSpool = (outage: Outage): Drill => ({
  name: `full_spool_${outage}`,
  environment: { SPOOL_MAX_BYTES: String(1024 ** 2) },
  fault: ({ system, load }) => withoutBroker(system, outage, () => untilRefused(load)),
})

/** No broker and a real file system without room: a tmpfs of 2 MiB. @returns undefined when this process may mount none */
export async function fullDisk(system: System, outage: Outage): Promise<Outcome | undefined> {
  const name = `full_disk_${outage}`
  if (!system.mountSmall(join(name, 'edge/worker-0/spool'), '2m')) return undefined
  const fault = ({ load }: Scene) => withoutBroker(system, outage, () => untilRefused(load))
  return runDrill(system, { name, fault })
}

/** Bodies of almost 1 MiB for one player, hence one partition, with and without the broker: it takes less than that at once. */
export const largeBatches = (outage: Outage, ms: number): Drill => ({
  name: `large_batches_${outage}_${ms}`,
  load: {
    pixelConnections: 4,
    batchConnections: 3,
    eventsPerBatch: 1_000,
    paddingChars: 880,
    players: 1,
    pauseMs: 400,
  },
  async fault({ system }) {
    await Bun.sleep(ms)
    await withoutBroker(system, outage, () => Bun.sleep(ms))
  },
})

async function killEdge(scene: Scene): Promise<void> {
  scene.edge.kill('SIGKILL')
  await scene.edge.exited
}

/** Waits until the edge's spool holds something. */
async function untilSpooled({ edge }: Scene): Promise<void> {
  while ((await edge.metric('rtpx_edge_spool_records')) === 0) await Bun.sleep(20)
}

/** Waits until the edge has turned events away, and a moment longer. */
async function untilRefused({ ledger }: Scene['load']): Promise<void> {
  const refusals = () => [...ledger.answers].filter(([answer]) => answer.startsWith('503')).length
  while (refusals() === 0) await Bun.sleep(20)
  await Bun.sleep(1_000)
}
