/**
 * Messages over kafkajs' own connections: kafkajs finds brokers and leaders, connects, logs in and matches answers to requests;
 * the requests' bytes are ours.
 *
 * - Leaders are learnt when connecting. When one moves, the broker says so, the send fails, and connecting again learns it.
 * - A message's memory is the caller's again as soon as `send` has returned its promise.
 */
import type Broker from 'kafkajs/src/broker'
import type Cluster from 'kafkajs/src/cluster'
import type Connection from 'kafkajs/src/network/connection'
import produceResponse from 'kafkajs/src/protocol/requests/produce/v7/response'
import { type KafkaOptions, kafkaCluster } from '../client.ts'
import type { Buffers } from './buffers.ts'
import { type Message, PRODUCE_VERSION, produceRequestRoom, writeProduceRequest } from './request.ts'

export class ProduceConnection {
  private readonly cluster: Cluster
  /** The broker that leads each partition, by topic and partition. */
  private readonly leaders = new Map<string, Broker[]>()

  constructor(
    private readonly options: KafkaOptions,
    private readonly buffers: Buffers,
    /** Told once for each connection that ends, whoever ended it. */
    private readonly onEnd: (why: Error) => void,
  ) {
    this.cluster = kafkaCluster(options)
  }

  /** Connects to every broker that leads a partition of the topics. @throws when one is missing or does not answer */
  async connect(topics: readonly string[]): Promise<void> {
    await this.cluster.connect()
    await this.cluster.addMultipleTargetTopics([...topics])
    for (const topic of topics) {
      const leaders: Broker[] = []
      for (const { partitionId, leader } of this.cluster.findTopicPartitionMetadata(topic))
        leaders[partitionId] = await this.cluster.findBroker({ nodeId: String(leader) })
      this.leaders.set(topic, leaders)
    }
    for (const leader of new Set([...this.leaders.values()].flat()))
      leader.connectionPool.pool[0]?.socket.once('close', () =>
        this.onEnd(new Error('the broker closed the connection')),
      )
  }

  /**
   * Sends with acks=all, to each leader what it leads.
   * @param messages at most one for each partition
   * @param timeoutMs how long a broker may wait for its replicas
   * @throws what the broker or the connection says, as kafkajs' errors
   */
  async send(topic: string, messages: readonly Message[], timeoutMs: number): Promise<void> {
    // Of two for one partition a broker would drop one, and acknowledge both.
    if (new Set(messages.map(({ partition }) => partition)).size < messages.length)
      throw new Error('a send has two messages for one partition')
    const byLeader = Map.groupBy(messages, ({ partition }) => this.leaderOf(topic, partition))
    const sends = [...byLeader].map(([leader, part]) => this.sendTo(leader, topic, part, timeoutMs))
    await Promise.all(sends)
  }

  disconnect(): Promise<void> {
    return this.cluster.disconnect()
  }

  private leaderOf(topic: string, partition: number): Broker {
    const leader = this.leaders.get(topic)?.[partition]
    if (!leader) throw new Error(`${topic} has no partition ${partition} with a leader`)
    return leader
  }

  private async sendTo(leader: Broker, topic: string, messages: readonly Message[], timeoutMs: number) {
    const connection = leader.connectionPool.pool[0]
    if (!connection?.isConnected()) throw new Error('the connection to the broker is closed')
    const request = {
      correlationId: connection.nextCorrelationId(),
      clientId: this.options.clientId,
      topic,
      timeoutMs,
      now: Date.now(),
      messages,
    }
    const buffer = this.buffers.take(produceRequestRoom(request))
    const bytes = writeProduceRequest(buffer, request)
    if (this.options.sasl && !connection.isAuthenticated()) await connection.authenticate()
    const { payload } = await exchange(connection, request.correlationId, buffer.subarray(0, bytes))
    // Only now: until there is an answer, the socket may still read from the memory.
    this.buffers.give(buffer)
    await produceResponse.parse(await produceResponse.decode(payload))
  }
}

/** Sends a request that is already bytes and waits for its answer. */
function exchange(
  connection: Connection,
  correlationId: number,
  bytes: Buffer,
): Promise<{ payload: Buffer }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ payload: Buffer }>()
  connection.requestQueue.push({
    entry: { apiKey: 0, apiName: 'Produce', apiVersion: PRODUCE_VERSION, correlationId, resolve, reject },
    expectResponse: true,
    requestTimeout: null,
    sendRequest: () => connection.socket.write(bytes),
  })
  return promise
}
