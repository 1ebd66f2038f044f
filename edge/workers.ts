/**
 * Several workers behind one port: a supervisor that starts them, starts the dead again, and drains them all at the end.
 *
 * - Each worker is a process of its own with its own spool; the kernel shares connections among them (SO_REUSEPORT).
 * - A worker whose supervisor is gone drains and ends, so nothing is left behind.
 * - Any worker answers `/metrics` for all: it asks the supervisor, who asks every worker.
 */
import type { Logger } from 'pino'
import { AggregatorRegistry } from 'prom-client'

/** Names a worker's index in its environment. */
export const WORKER_VARIABLE = 'EDGE_WORKER_INDEX'

/** What travels between supervisor and worker. */
type ToSupervisor = { ask: 'all-metrics'; id: number } | { answer: object[] }
type ToWorker = { ask: 'metrics' } | { answer: string; id: number }

const RESTART_MS = 250
const MAX_RESTART_MS = 5_000
/** A worker that lived longer than this was not in a crash loop. */
const STEADY_MS = 10_000
const METRICS_TIMEOUT_MS = 1_000

/** @param command what to run for a worker */
export function superviseWorkers(
  workers: number,
  command: readonly string[],
  log: Logger,
): { stop(): Promise<void> } {
  const slots = Array.from(
    { length: workers },
    (_, index) => new Slot(index, command, log, (id) => answerAll(id, index)),
  )

  /** Asks every worker for its metrics and gives the sum to the one who wants it. */
  async function answerAll(id: number, wanting: number): Promise<void> {
    const parts = await Promise.all(slots.map((slot) => slot.metrics()))
    const answer = await AggregatorRegistry.aggregate(parts.filter((part) => part !== undefined)).metrics()
    slots[wanting]?.tell({ answer, id })
  }

  return {
    async stop() {
      await Promise.all(slots.map((slot) => slot.stop()))
    },
  }
}

/** One worker's place: the process that fills it now, and the one after it dies. */
class Slot {
  private child: Bun.Subprocess | undefined
  private stopping = false
  private restartMs = RESTART_MS
  private waiting: ((metrics: object[] | undefined) => void)[] = []

  constructor(
    private readonly index: number,
    private readonly command: readonly string[],
    private readonly log: Logger,
    private readonly onAllMetrics: (id: number) => Promise<void>,
  ) {
    void this.keepRunning()
  }

  tell(message: ToWorker): void {
    try {
      this.child?.send(message)
    } catch {
      // The worker died a moment ago; keepRunning knows.
    }
  }

  /** The worker's metrics; undefined when it does not answer in time. */
  metrics(): Promise<object[] | undefined> {
    const { promise, resolve } = Promise.withResolvers<object[] | undefined>()
    this.waiting.push(resolve)
    setTimeout(() => resolve(undefined), METRICS_TIMEOUT_MS).unref()
    this.tell({ ask: 'metrics' })
    return promise
  }

  async stop(): Promise<void> {
    this.stopping = true
    this.child?.kill('SIGTERM')
    await this.child?.exited
  }

  private async keepRunning(): Promise<void> {
    while (!this.stopping) {
      const startedAt = performance.now()
      this.child = Bun.spawn([...this.command], {
        env: { ...process.env, [WORKER_VARIABLE]: String(this.index) },
        stdio: ['ignore', 'inherit', 'inherit'],
        ipc: (message: ToSupervisor) => this.hear(message),
      })
      const code = await this.child.exited
      if (this.stopping) return
      this.restartMs =
        performance.now() - startedAt > STEADY_MS ? RESTART_MS : Math.min(this.restartMs * 2, MAX_RESTART_MS)
      this.log.error(
        { worker: this.index, code, restartMs: this.restartMs },
        'a worker died and is started again',
      )
      await Bun.sleep(this.restartMs)
    }
  }

  private hear(message: ToSupervisor): void {
    if ('ask' in message) void this.onAllMetrics(message.id)
    else for (const resolve of this.waiting.splice(0)) resolve(message.answer)
  }
}

/** A worker's line to its supervisor. @param metrics this worker's own; @param onOrphaned told when the supervisor is gone */
export function reportToSupervisor(
  metrics: () => Promise<object[]>,
  onOrphaned: () => void,
): () => Promise<string> {
  const asked = new Map<number, (text: string) => void>()
  let ids = 0
  process.on('message', (message: ToWorker) => {
    if ('ask' in message) void metrics().then((answer) => process.send?.({ answer } satisfies ToSupervisor))
    else {
      asked.get(message.id)?.(message.answer)
      asked.delete(message.id)
    }
  })
  process.on('disconnect', onOrphaned)
  return () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    ids += 1
    asked.set(ids, resolve)
    process.send?.({ ask: 'all-metrics', id: ids } satisfies ToSupervisor)
    return promise
  }
}
