/** What is told of an alert, whoever it is told to. Pure. */
import { uuidOf } from '@rtpx/clickhouse/alerts/episodes'
import { type Fresh, NO_ALERT } from '@rtpx/clickhouse/queries/alert-deliveries'
import type { StoredEpisode } from '@rtpx/clickhouse/queries/alerts'

/** The content of a message about an alert; instants in ms. */
export interface AlertPayload {
  readonly site_id: string
  readonly site_name: string
  readonly alert_id: string
  readonly rule_id: string
  readonly rule_name: string
  readonly kind: string
  readonly subject: string
  readonly words: string
  readonly value: number | null
  readonly bound: number | null
  readonly since: number
  readonly opened_at: number
  readonly resolved_at: number | null
}

/** The content of a weekly report's message. */
export interface ReportPayload {
  readonly site_id: string
  /** Monday of the reported week. */
  readonly week: string
}

/**
 * The messages an episode needs, each with an identity of its own: the same again is the same message.
 * @param since what fired or ended before it was told, or is no longer told
 */
export function messagesOf(episode: StoredEpisode, siteName: string, since: number): Fresh[] {
  const { alert_id, site_id, opened_at, resolved_at, resolved_by } = episode
  if (opened_at === null) return []
  const content = (resolved: number | null): string => {
    const { rule_id, rule_name, kind, subject, words, value, bound, since: from } = episode
    const payload: AlertPayload = {
      site_id,
      site_name: siteName,
      alert_id,
      rule_id,
      rule_name,
      kind,
      subject,
      words,
      value,
      bound,
      since: from,
      opened_at,
      resolved_at: resolved,
    }
    return JSON.stringify(payload)
  }
  const message = (kind: 'fired' | 'resolved', channel_id: string): Fresh => ({
    delivery_id: uuidOf(['delivery', kind, alert_id, channel_id]),
    channel_id,
    site_id,
    kind,
    alert_id,
    payload: content(kind === 'fired' ? null : resolved_at),
  })
  const isTold = resolved_at !== null && resolved_at >= since && resolved_by === 'recovered'
  return episode.channels.flatMap((channel_id) => [
    ...(opened_at >= since ? [message('fired', channel_id)] : []),
    ...(isTold ? [message('resolved', channel_id)] : []),
  ])
}

/** The message of a week's report. */
export function reportMessage(
  subscription: { readonly subscription_id: string; readonly site_id: string; readonly channel_id: string },
  week: string,
): Fresh {
  const { subscription_id, site_id, channel_id } = subscription
  return {
    delivery_id: uuidOf(['delivery', 'report', subscription_id, week]),
    channel_id,
    site_id,
    kind: 'report',
    alert_id: NO_ALERT,
    payload: JSON.stringify({ site_id, week } satisfies ReportPayload),
  }
}
