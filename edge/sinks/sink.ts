/**
 * Where batches go. Kafka, ClickHouse, the spool and memory are sinks; "Kafka, else the spool" is a sink made of two.
 *
 * A sink's promise is the edge's promise: `write` resolves only when every event is durable.
 */

/** Events of one partition, ready for the queue. */
export interface Batch {
  readonly partition: number
  readonly events: number
  /** One event a line: JSON in UTF-8, a newline after each. */
  readonly lines: Uint8Array
}

export interface Sink {
  /**
   * Resolves when every event of the batches is durable; their memory is used again after that, so nobody keeps it.
   * @throws SinkError when that is not known
   */
  write(batches: readonly Batch[]): Promise<void>
  /** Whether the sink would take a batch now, as far as it knows. */
  readonly ready: boolean
  close(): Promise<void>
}

/** A sink did not take a batch. `code` is stable; `retriable` is false when it never will. */
export class SinkError extends Error {
  override readonly name = 'SinkError'
  constructor(
    readonly code: string,
    message: string,
    readonly retriable: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
