/** Counts of banners summed up into their types and their site. Pure. */
import type { SeriesKey } from '@rtpx/clickhouse/queries/anomalies'
import type { Counts } from '@rtpx/clickhouse/queries/traffic'
import { nameOf } from './finding.ts'

/** Events by place (slot or minute since 1970) of each series, by `nameOf`. */
export type Sums = ReadonlyMap<string, ReadonlyMap<number, number>>

/** @param wanted only these series, by `nameOf`; absent: all */
export function sumUp(rows: readonly Counts[], wanted?: ReadonlyMap<string, unknown>): Sums {
  const sums = new Map<string, Map<number, number>>()
  for (const { site_id, event_type, banner_tag, at, n } of rows)
    for (const key of seriesOf({ site_id, event_type, banner_tag })) {
      const name = nameOf(key)
      if (wanted && !wanted.has(name)) continue
      const sum = sums.get(name) ?? new Map<number, number>()
      sums.set(name, sum)
      for (const [index, place] of at.entries()) sum.set(place, (sum.get(place) ?? 0) + (n[index] ?? 0))
    }
  return sums
}

/** The series that events of a site, type and banner belong to; those without banner have none of a banner. */
export function seriesOf(key: SeriesKey): SeriesKey[] {
  const totals = [
    { ...key, event_type: '', banner_tag: '' },
    { ...key, banner_tag: '' },
  ]
  return key.banner_tag === '' ? totals : [...totals, key]
}
