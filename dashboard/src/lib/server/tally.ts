/** Sums the rows of one or more readings into counts by bucket, by banner and in total, per event type. */
import type { BucketOrBannerCount } from '@rtpx/clickhouse/queries/metrics'
import type { Counts } from '#lib/metric.ts'

export interface Tally {
  readonly series: Record<string, number[]>
  readonly totals: Counts
  readonly banners: ReadonlyMap<string, Counts>
}

/** @param indexOf position of a row's bucket among `buckets`; rows of other buckets are not of this range */
export function tally<Bucket>(
  rows: readonly BucketOrBannerCount<Bucket>[],
  buckets: number,
  indexOf: (bucket: Bucket) => number,
): Tally {
  const series: Record<string, number[]> = {}
  const totals: Record<string, number> = {}
  const banners = new Map<string, Record<string, number>>()
  for (const { event_type, bucket, banner_tag, count } of rows) {
    if (banner_tag !== null) {
      const counts = banners.get(banner_tag) ?? {}
      counts[event_type] = (counts[event_type] ?? 0) + count
      banners.set(banner_tag, counts)
    }
    const index = bucket === null ? -1 : indexOf(bucket)
    if (index < 0 || index >= buckets) continue
    series[event_type] ??= Array.from({ length: buckets }, () => 0)
    const values = series[event_type]
    values[index] = (values[index] ?? 0) + count
    totals[event_type] = (totals[event_type] ?? 0) + count
  }
  return { series, totals, banners }
}
