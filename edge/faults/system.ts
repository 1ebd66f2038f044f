/**
 * The real parts under an edge: a Kafka broker and a ClickHouse of their own, in a temporary folder, that can be frozen,
 * killed and started again on what they had. After `stop` nothing of it is left.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ClickHouse, connectClickHouse } from '@rtpx/clickhouse/client'
import { ensureSchema } from '@rtpx/clickhouse/schema'
import { type SpawnedClickHouse, spawnClickHouse } from '@rtpx/clickhouse/server/spawn'
import { ensureTopics } from '@rtpx/kafka/admin'
import { freePort } from '@rtpx/kafka/broker/ports'
import { type Broker, spawnBroker } from '@rtpx/kafka/broker/spawn'
import { kafkaClient } from '@rtpx/kafka/client'
import { topics } from '@rtpx/kafka/topics'
import { type EdgeProcess, spawnEdge } from './edge-process.ts'

const PARTITIONS = 4
const DATABASE = 'rtpx'

export class System {
  private readonly edges: EdgeProcess[] = []
  /** What is being started: `stop` waits for it, so that nothing half-begun is left. */
  private readonly starts = new Set<Promise<unknown>>()
  private readonly disks: string[] = []
  private isFrozen = false
  private isStopping = false

  private constructor(
    readonly folder: string,
    private broker: Broker,
    private server: SpawnedClickHouse,
    readonly clickhouse: ClickHouse,
  ) {}

  static async start(): Promise<System> {
    const folder = mkdtempSync(join(tmpdir(), 'rtpx-faults-'))
    const broker = await spawnBroker({ dataDir: join(folder, 'kafka') })
    const server = await spawnClickHouse({ dataDirectory: join(folder, 'clickhouse') })
    const connection = { url: server.url, username: 'default', password: '', database: DATABASE }
    const system = new System(folder, broker, server, connectClickHouse(connection))
    try {
      await ensureTopics(system.kafka, topics(PARTITIONS, 1), 1)
      await ensureSchema(connection, { brokers: [broker.brokers], consumers: 1 }, folder)
    } catch (error) {
      await system.stop()
      throw error
    }
    return system
  }

  get kafka(): ReturnType<typeof kafkaClient> {
    return kafkaClient({ brokers: [this.broker.brokers], clientId: 'rtpx-oracle' })
  }

  /** `host:port` of the broker. */
  get brokers(): string {
    return this.broker.brokers
  }

  get clickhouseUrl(): string {
    return this.server.url
  }

  /**
   * Starts an edge on these parts; the same name again continues with the same data.
   * @param port the one it had before; absent: a free one
   */
  async startEdge(
    name: string,
    environment: Record<string, string> = {},
    port?: number,
  ): Promise<EdgeProcess> {
    const edge = await this.begin(async () =>
      spawnEdge(port ?? (await freePort()), join(this.folder, name), {
        QUEUE: 'kafka',
        KAFKA_BROKERS: this.broker.brokers,
        KAFKA_PARTITIONS: String(PARTITIONS),
        CLICKHOUSE_URL: this.server.url,
        CLICKHOUSE_DATABASE: DATABASE,
        ...environment,
      }),
    )
    this.edges.push(edge)
    return edge
  }

  freezeBroker(): void {
    process.kill(this.broker.pid, 'SIGSTOP')
    this.isFrozen = true
  }

  thawBroker(): void {
    process.kill(this.broker.pid, 'SIGCONT')
    this.isFrozen = false
  }

  async killBroker(): Promise<void> {
    process.kill(this.broker.pid, 'SIGKILL')
    await this.broker.exited
  }

  /** Starts the broker again, on its data and its port. */
  async restartBroker(): Promise<void> {
    const port = Number(this.broker.brokers.split(':')[1])
    this.broker = await this.begin(() => spawnBroker({ dataDir: join(this.folder, 'kafka'), port }))
  }

  async killClickHouse(): Promise<void> {
    await this.server.stop('SIGKILL')
  }

  /** Starts ClickHouse again, on its data and its port. */
  async restartClickHouse(): Promise<void> {
    const port = Number(new URL(this.server.url).port)
    this.server = await this.begin(() =>
      spawnClickHouse({ dataDirectory: join(this.folder, 'clickhouse'), port }),
    )
  }

  /**
   * Mounts a file system of so little room over a new folder of this system's.
   * @returns whether this process may
   */
  mountSmall(path: string, size: string): boolean {
    const folder = join(this.folder, path)
    mkdirSync(folder, { recursive: true })
    const mount = ['mount', '-t', 'tmpfs', '-o', `size=${size}`, 'rtpx-faults', folder]
    const isMounted = Bun.spawnSync(mount).success
    if (isMounted) this.disks.push(folder)
    return isMounted
  }

  async stop(): Promise<void> {
    this.isStopping = true
    if (this.isFrozen) this.thawBroker()
    await Promise.allSettled(this.starts)
    for (const edge of this.edges) edge.kill('SIGKILL')
    await Promise.all(this.edges.map(({ exited }) => exited))
    await this.clickhouse.close()
    await Promise.all([this.server.stop(), this.broker.stop()])
    for (const folder of this.disks) Bun.spawnSync(['umount', folder])
    rmSync(this.folder, { recursive: true })
  }

  /** @throws when the system is being stopped */
  private async begin<T>(start: () => Promise<T>): Promise<T> {
    if (this.isStopping) throw new Error('the system is being stopped')
    const started = start()
    this.starts.add(started)
    try {
      return await started
    } finally {
      this.starts.delete(started)
    }
  }
}
