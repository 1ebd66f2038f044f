/** What the page of alerts shows, as one plain value: its `load` returns it, `/api/alerts` and `/live` repeat it. Instants are ms. */
import type { Outcome } from '@rtpx/clickhouse/alerts/decide'
import type { Definition } from '@rtpx/clickhouse/alerts/rule'
import type { ShownDelivery } from '@rtpx/clickhouse/queries/alert-deliveries'
import type { Alert, Channel } from '@rtpx/clickhouse/queries/alerts'
import type { Subscription } from '@rtpx/clickhouse/queries/report-subscriptions'
import type { Site } from './overview.ts'

export interface RuleRow {
  readonly rule_id: string
  readonly name: string
  readonly definition: Definition
  readonly channels: readonly string[]
  readonly in_browser: boolean
  readonly enabled: boolean
  readonly updated_at: number
  readonly updated_by: string
  /** When it fires, as the end of "Tells when …"; null when this version cannot read it. */
  readonly words: string | null
  /** How it stood when it was last looked at; null before. */
  readonly check: {
    readonly checked_at: number
    readonly at: number
    readonly outcome: Outcome
    readonly words: string
    readonly error: string
    /** Its alerts that fire now, and those that will soon. */
    readonly firing: number
    readonly pending: number
  } | null
}

export interface AlertsReport {
  readonly site: Site
  readonly today: string
  readonly rules: readonly RuleRow[]
  /** Of the last 90 days, firing ones first. */
  readonly alerts: readonly Alert[]
  readonly channels: readonly Channel[]
  readonly deliveries: readonly ShownDelivery[]
  readonly subscriptions: readonly Subscription[]
  readonly choices: {
    readonly event_types: readonly string[]
    readonly banners: readonly string[]
    readonly currencies: readonly string[]
  }
  readonly may_edit: boolean
}

/** How a rule stands, in words, and whether that is good. */
export function standing({ enabled, check, words }: RuleRow): { tone: 'down' | 'up' | 'soft'; text: string } {
  if (words === null) return { tone: 'down', text: 'Unreadable' }
  if (!enabled) return { tone: 'soft', text: 'Paused' }
  if (!check) return { tone: 'soft', text: 'Not looked at yet' }
  if (check.error.startsWith('Paused: ')) return { tone: 'down', text: 'Paused' }
  if (check.error !== '') return { tone: 'down', text: 'Cannot be judged' }
  if (check.firing > 1) return { tone: 'down', text: `${check.firing} firing` }
  if (check.firing === 1) return { tone: 'down', text: 'Firing' }
  if (check.pending > 0) return { tone: 'soft', text: 'About to fire' }
  if (check.outcome === 'unknown') return { tone: 'soft', text: 'Too little to judge by' }
  return { tone: 'up', text: 'Well' }
}

/** An instant as people say it, in a time zone: `Sat 21 Nov, 14:05`. */
export const clockOf = (ms: number, timeZone: string) =>
  new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }).format(ms)

/** A span of time in two units at most: `31 min`, `2 h 18 min`, `14 d 2 h`. */
export function spanOf(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000))
  const [days, hours, rest] = [Math.floor(minutes / 1_440), Math.floor(minutes / 60) % 24, minutes % 60]
  const parts =
    days > 1
      ? [`${days} d`, hours && `${hours} h`]
      : [days * 24 + hours && `${days * 24 + hours} h`, rest && `${rest} min`]
  return parts.filter(Boolean).join(' ')
}

export const KIND_NAMES: Readonly<Record<Definition['kind'], string>> = {
  threshold: 'Threshold',
  change: 'Change',
  anomaly: 'Anomaly',
  broken_pixel: 'Broken pixel',
  silence: 'Silence',
  query: 'Saved statement',
}

export const DELIVERY_WORDS: Readonly<Record<string, string>> = {
  pending: 'Waiting',
  sending: 'On its way',
  sent: 'Sent',
  dead: 'Given up',
}

export const WEEKDAYS = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'Sunday',
] as const
