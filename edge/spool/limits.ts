// What bounds the spool, with defaults for one edge worker, and what it says about itself.

export interface SpoolLimits {
  /** Bytes on disk, delivered but not yet deleted ones included. */
  readonly maxBytes: number
  /** A segment is begun anew above this; space is given back by whole segments. */
  readonly segmentBytes: number
  /** Payload of one record, hence of one message for the queue; at most 8 MiB. */
  readonly maxRecordBytes: number
  /** Bytes waiting for their sync. */
  readonly maxBufferedBytes: number
  readonly maxQuarantineBytes: number
  /** At most one group commit in this time. */
  readonly commitIntervalMs: number
}

export const DEFAULT_LIMITS: SpoolLimits = {
  maxBytes: 4 * 1024 ** 3,
  segmentBytes: 16 * 1024 ** 2,
  maxRecordBytes: 512 * 1024,
  maxBufferedBytes: 16 * 1024 ** 2,
  maxQuarantineBytes: 16 * 1024 ** 2,
  commitIntervalMs: 2,
}

export interface SpoolStats {
  /** Undelivered records and bytes. */
  readonly depthRecords: number
  readonly depthBytes: number
  /** Age of the oldest undelivered record; 0 when there is none. */
  readonly oldestAgeMs: number
  readonly quarantinedRecords: number
  /** Records made durable, syncs done and disk operations failed since the spool was opened. */
  readonly appended: number
  readonly syncs: number
  readonly failures: number
  readonly fileBytes: number
  readonly bufferedBytes: number
}
