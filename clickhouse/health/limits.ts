/** From where on something is wrong. The alert rules of monitoring/prometheus/ hold the same numbers. */
export const LIMITS = {
  /** A canary's way into the tables; ms. */
  freshnessWarnMs: 5_000,
  freshnessBadMs: 60_000,
  /** Since the last canary: one a minute is sent; ms. */
  canaryAgeMs: 180_000,
  /** Messages ClickHouse has not taken, all partitions together; one carries up to a thousand events. */
  lagWarn: 1_000,
  lagBad: 20_000,
  /** The oldest batch in a spool; seconds. */
  spoolWarnS: 60,
  spoolBadS: 900,
  /** Between two clocks; ms. */
  clockWarnMs: 1_000,
  clockBadMs: 30_000,
  /** Free space of a disk, as a share of it and in bytes: too little is what is below both. */
  diskWarnShare: 0.15,
  diskBadShare: 0.05,
  diskWarnBytes: 20 * 1024 ** 3,
  diskBadBytes: 2 * 1024 ** 3,
  /** Parts of one partition: at 3,000 ClickHouse refuses inserts. */
  partsWarn: 300,
  partsBad: 1_500,
  /** An error of a view counts as present for so long; seconds. */
  viewErrorS: 60,
} as const
