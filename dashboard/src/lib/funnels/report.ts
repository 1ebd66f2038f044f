/** A funnel's answer, as the page and the API give it. */
import type { Dropout, FunnelReport } from '@rtpx/clickhouse/queries/funnels'

export interface FunnelAnswer extends FunnelReport {
  /** Persons whose value of the breakdown is not told; null when there are none. */
  readonly rest: readonly number[] | null
  /** The first day whose events are still there, when retention has deleted some of the range's; else null. */
  readonly kept_from: string | null
  /** The statement behind the numbers, complete. */
  readonly sql: string
}

/** Who stopped after a step. */
export interface Dropouts {
  /** From 1; the last step: who did all of them. */
  readonly step: number
  readonly people: readonly Dropout[]
}

/** Share of persons, or nothing where there is nobody to divide by. */
export const share = (part: number | undefined, whole: number | undefined) =>
  whole ? (part ?? 0) / whole : undefined

/** Of the persons who entered, the share that did every step. */
export const conversion = ({ people }: { readonly people: readonly number[] }) =>
  share(people.at(-1), people[0])
