/** How the install is, as the status page shows it. */
import type { Status } from '@rtpx/clickhouse/health/check'

interface StatusLine {
  readonly title: string
  readonly status: Status
  /** Only for those who run the install. */
  readonly words: string
  readonly advice: string
}

export interface StatusGroup {
  readonly title: string
  readonly status: Status
  /** What that means for numbers and events, in a sentence. */
  readonly meaning: string
  readonly lines: readonly StatusLine[]
}

export interface StatusReport {
  readonly status: Status
  readonly headline: string
  readonly groups: readonly StatusGroup[]
  /** Whether the caller runs the install, and so sees every check. */
  readonly isDetailed: boolean
  /** ms since 1970 */
  readonly looked_at: number
}

export const STATUS_WORDS: Readonly<Record<Status, string>> = {
  ok: 'works',
  warn: 'needs a look',
  bad: 'does not work',
  unknown: 'not known',
}
