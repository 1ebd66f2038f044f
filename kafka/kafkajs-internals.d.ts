/** The parts of kafkajs' inside that are used: its request queue is mended, its connections carry requests of our own making. */
declare module 'kafkajs/src/network/requestQueue' {
  export interface PushedRequest {
    readonly entry: {
      readonly apiKey: number
      readonly apiName: string
      readonly apiVersion: number
      readonly correlationId: number
      resolve(answer: { payload: Buffer }): void
      reject(error: unknown): void
    }
    readonly expectResponse: boolean
    readonly requestTimeout: number | null
    sendRequest(): void
  }
  export default class RequestQueue {
    readonly pending: readonly unknown[]
    push(request: PushedRequest): void
    scheduleCheckPendingRequests(): void
  }
}

declare module 'kafkajs/src/network/connection' {
  import type { Socket } from 'node:net'
  import type RequestQueue from 'kafkajs/src/network/requestQueue'
  export default class Connection {
    readonly requestQueue: RequestQueue
    readonly socket: Socket
    isConnected(): boolean
    isAuthenticated(): boolean
    authenticate(): Promise<void>
    nextCorrelationId(): number
  }
}

declare module 'kafkajs/src/broker' {
  import type Connection from 'kafkajs/src/network/connection'
  export default class Broker {
    readonly connectionPool: { readonly pool: readonly Connection[] }
  }
}

declare module 'kafkajs/src/cluster' {
  import type Broker from 'kafkajs/src/broker'
  export default class Cluster {
    constructor(options: object)
    connect(): Promise<void>
    disconnect(): Promise<void>
    addMultipleTargetTopics(topics: string[]): Promise<void>
    findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[]
    findBroker(node: { nodeId: string }): Promise<Broker>
  }
}

declare module 'kafkajs/src/network/socketFactory' {
  const socketFactory: () => unknown
  export default socketFactory
}

declare module 'kafkajs/src/loggers' {
  const loggers: { createLogger(options: { level: number; logCreator: unknown }): unknown }
  export default loggers
}

declare module 'kafkajs/src/protocol/requests/produce/v7/response' {
  const response: {
    decode(payload: Buffer): Promise<unknown>
    /** @throws KafkaJSProtocolError for the first partition that was not taken */
    parse(answer: unknown): Promise<unknown>
  }
  export default response
}

declare module 'kafkajs/src/protocol/requests/produce/v7/request' {
  const request: (options: object) => { encode(): Promise<{ buffer: Buffer }> }
  export default request
}

declare module 'kafkajs/src/protocol/decoder' {
  export default class Decoder {
    constructor(bytes: Buffer)
    readInt16(): number
    readInt32(): number
    readString(): string
    readAll(): Buffer
  }
}
