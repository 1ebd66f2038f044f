/**
 * The one place that makes a kafkajs client.
 *
 * - Quiet unless a logger is passed in; never reads the environment (see config.ts for that).
 * - kafkajs re-arms a timer with a negative delay on every idle connection: a `TimeoutNegativeWarning`, and a wake-up
 *   each millisecond for as long as the connection lives. The cause is mended here, so no warning needs hiding.
 */
/// <reference path="./kafkajs-internals.d.ts" />
import {
  Kafka,
  type KafkaConfig,
  type LogEntry,
  logLevel,
  type RetryOptions,
  type SASLOptions,
} from 'kafkajs'
import Cluster from 'kafkajs/src/cluster'
import loggers from 'kafkajs/src/loggers'
import RequestQueue from 'kafkajs/src/network/requestQueue'
import socketFactory from 'kafkajs/src/network/socketFactory'

/** What of a pino logger is used; a pino logger is one. */
export interface KafkaLogger {
  error(fields: object, message: string): void
  warn(fields: object, message: string): void
  info(fields: object, message: string): void
}

export interface KafkaOptions {
  /** `host:port` of one or more brokers. */
  readonly brokers: readonly string[]
  /** How the broker's logs and quotas name this client. */
  readonly clientId: string
  /** Where kafkajs' own messages go, warnings and worse; nowhere when absent. */
  readonly logger?: KafkaLogger
  readonly ssl?: boolean
  readonly sasl?: SASLOptions
  /** Limits and retries of connections and requests, as kafkajs names them; milliseconds. */
  readonly connectionTimeout?: number
  readonly requestTimeout?: number
  readonly retry?: RetryOptions
}

/** A kafkajs client; nothing connects until a consumer or admin of it does. */
export function kafkaClient(options: KafkaOptions): Kafka {
  return new Kafka(configOf(options))
}

/** kafkajs' view of a cluster: its brokers, their connections and the topics' leaders. Nothing connects yet. */
export function kafkaCluster(options: KafkaOptions): Cluster {
  const { logLevel: level = logLevel.NOTHING, logCreator = () => () => {}, ...config } = configOf(options)
  return new Cluster({
    ...config,
    logger: loggers.createLogger({ level, logCreator }),
    socketFactory: socketFactory(),
    enforceRequestTimeout: true,
    allowAutoTopicCreation: false,
  })
}

function configOf({ brokers, logger, ...rest }: KafkaOptions): KafkaConfig {
  mendIdleTimer()
  const config: KafkaConfig = { ...rest, brokers: [...brokers], logLevel: logLevel.NOTHING }
  if (logger) {
    config.logLevel = logLevel.WARN
    config.logCreator = () => (entry) => passOn(logger, entry)
  }
  return config
}

function passOn(logger: KafkaLogger, { level, namespace, log }: LogEntry): void {
  const { message, timestamp: _, ...fields } = log
  const write = level === logLevel.ERROR ? 'error' : level === logLevel.WARN ? 'warn' : 'info'
  logger[write]({ ...fields, namespace }, message)
}

let mended = false

/**
 * With nothing pending there is nothing to check later: whoever adds a pending request schedules the check itself.
 * Upstream schedules it all the same, `throttledUntil - now` milliseconds ahead, which is negative unless the broker throttles.
 */
function mendIdleTimer(): void {
  if (mended) return
  mended = true
  const schedule = RequestQueue.prototype.scheduleCheckPendingRequests
  RequestQueue.prototype.scheduleCheckPendingRequests = function () {
    if (this.pending.length > 0) schedule.call(this)
  }
}
