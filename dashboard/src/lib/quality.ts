/** What the quality page shows, one value a tab, and the words for it. */
import type { Finding } from '@rtpx/clickhouse/queries/integrity'
import type {
  Adjustment,
  ClockOff,
  ClosedDay,
  DayQuality,
  RecountNote,
  RefusedCount,
} from '@rtpx/clickhouse/queries/quality'
import type { Site } from './overview.ts'
import type { ChosenRange } from './range.ts'

export type { Adjustment, ClockOff, ClosedDay, DayQuality, Finding, RecountNote }

/** The tabs, as `tab=` names them in the URL. */
export const TABS = [
  { key: 'refused', label: 'Refused' },
  { key: 'repeats', label: 'Repeats and late' },
  { key: 'bots', label: 'Bots' },
  { key: 'findings', label: 'Findings' },
  { key: 'clocks', label: 'Clocks' },
  { key: 'days', label: 'Closed days' },
  { key: 'recount', label: 'Recount' },
] as const
export type Tab = (typeof TABS)[number]['key']

export const isTab = (key: string | null): key is Tab => TABS.some((tab) => tab.key === key)

/** A refusal as it is shown. */
export interface Refusal {
  readonly rejected_id: string
  readonly rejected_at: number
  readonly source: string
  readonly reason: string
  readonly site_id: string
  readonly field: string
  readonly message: string
  readonly raw: string
  readonly status: 'rejected' | 'replayed'
}

/** One number of a day, as it is and as a replay would leave it. */
export interface ReplayChange {
  readonly event_date: string
  readonly event_type: string
  readonly number: 'players' | 'banner' | 'payments' | 'amount'
  readonly banner_tag: string
  readonly currency: string
  readonly before: string
  readonly after: string
}

/** What a replay would do, or did. */
export interface ReplayReport {
  readonly done: boolean
  readonly reason: string
  /** Refusals that would be taken now, and how many of these are stored already. */
  readonly taken: number
  readonly stored: number
  /** Refused still, by reason of now. */
  readonly refused: readonly { readonly reason: string; readonly count: number }[]
  /** Too little of them was kept to tell. */
  readonly incomplete: number
  readonly is_partial: boolean
  /** The first of the numbers that change, and how many there are. */
  readonly changes: readonly ReplayChange[]
  readonly changed: number
}

export interface RecountReport {
  readonly event_date: string
  readonly recounted_at: number
  /** The tables that were compared. */
  readonly tables: readonly string[]
  readonly differences: readonly RecountNote[]
  /** Why the day was not counted again; empty when it was. */
  readonly left_out: string
}

export interface QualityReport {
  readonly site: Site
  readonly today: string
  readonly range: ChosenRange
  readonly tab: Tab
  readonly days: readonly string[]
  /** Index of the day in progress, or null when all are over. */
  readonly unfinished: number | null
  readonly may_manage: boolean
  readonly may_edit: boolean
  /** What does not count, by day and reason: always there, for the cards. */
  readonly refused: readonly RefusedCount[]
  readonly quality: readonly DayQuality[]
  readonly open_findings: readonly { readonly kind: string; readonly count: number }[]
  /** The tab's own. */
  readonly reason: string
  readonly samples: readonly Refusal[]
  readonly agents: readonly {
    readonly user_agent: string
    readonly events: number
    readonly visits: number
  }[]
  readonly findings: readonly Finding[]
  readonly clocks: readonly ClockOff[]
  readonly closed: readonly ClosedDay[]
  readonly adjustments: readonly Adjustment[]
  readonly as_of: string
  readonly counts_as_of: readonly {
    readonly event_date: string
    readonly event_type: string
    readonly count: number
    readonly now: number
  }[]
  readonly notes: readonly RecountNote[]
}

const REASONS: Readonly<Record<string, string>> = {
  bad_json: 'Not readable as JSON',
  bad_encoding: 'Badly encoded address',
  bad_field: 'A value that cannot be',
  missing_field: 'Something needed is missing',
  duplicate_field: 'The same field twice',
  unknown_site: 'No such site or domain',
  unknown_type: 'No such type of event',
}

/** A reason in words, with its code where it has none. */
export const reasonText = (reason: string) =>
  REASONS[reason] ?? reason.charAt(0).toUpperCase() + reason.slice(1).replaceAll('_', ' ')

const KINDS: Readonly<Record<string, string>> = {
  deposit_without_registration: 'Deposit without registration',
  registration_before_visit: 'Registration before any visit',
  two_banners: 'Two banners on one day',
  payment_conflict: 'Payments that contradict each other',
  clock_off: 'Clock far off',
}
export const kindText = (kind: string) => KINDS[kind] ?? reasonText(kind)

/** What a number of a replay is called. */
export const changeText = ({ number, banner_tag, currency }: ReplayChange) =>
  number === 'players'
    ? 'Players'
    : number === 'banner'
      ? `Players of ${banner_tag || 'no banner'}`
      : `${number === 'payments' ? 'Payments' : 'Amount'} in ${currency || 'no currency'} of ${banner_tag || 'no banner'}`

/** The site and the days a report is of, as the API's calls take them. */
export const rangeParams = ({ site, range }: Pick<QualityReport, 'site' | 'range'>) => ({
  site: site.site_id,
  from: range.from,
  to: range.to,
})
