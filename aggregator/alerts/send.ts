/** Sends one message to the channel it is for. */
import { checkTarget, type Target } from '@rtpx/clickhouse/alerts/channel'
import { uuidOf } from '@rtpx/clickhouse/alerts/episodes'
import type { ClickHouse } from '@rtpx/clickhouse/client'
import type { Delivery } from '@rtpx/clickhouse/queries/alert-deliveries'
import { sealedChannel } from '@rtpx/clickhouse/queries/alerts'
import type { Sealer } from '@rtpx/clickhouse/seal'
import type { Mailer } from '../mail/mailer.ts'
import { reportLetter } from '../mail/report-letter.ts'
import type { Attempt } from './attempt.ts'
import { alertLetter, type Letter, slackBody, webhookBody } from './letter.ts'
import type { AlertPayload, ReportPayload } from './payload.ts'
import { type PostRules, post } from './post.ts'
import { signature } from './sign.ts'

export interface SendOptions {
  readonly sealer: () => Promise<Sealer>
  readonly mailer: Mailer
  readonly post: PostRules
  /** Address of the dashboard, for links; empty: none. */
  readonly origin: string
}

/** Whatever happens is an outcome. @throws only what ClickHouse's client throws */
export async function send(
  clickhouse: ClickHouse,
  delivery: Delivery,
  options: SendOptions,
): Promise<Attempt> {
  const channel = await sealedChannel(clickhouse, delivery.channel_id)
  if (!channel) return { outcome: 'dead', error: 'the channel is gone' }
  let target: Target
  try {
    const sealer = await options.sealer()
    target = checkTarget(channel.kind, JSON.parse(sealer.open(channel.channel_id, channel.sealed)))
  } catch (error) {
    return { outcome: 'dead', error: `where it leads cannot be read: ${(error as Error).message}` }
  }
  if (delivery.kind === 'report') {
    const { site_id, week }: ReportPayload = JSON.parse(delivery.payload)
    const letter = await reportLetter(clickhouse, { site_id, week, origin: options.origin })
    if (!letter) return { outcome: 'dead', error: 'the site is gone' }
    return target.kind === 'email'
      ? options.mailer.send({ ...letter, to: target.to, id: delivery.delivery_id })
      : { outcome: 'dead', error: 'a report goes by e-mail' }
  }
  const payload: AlertPayload = JSON.parse(delivery.payload)
  return tell(target, delivery, payload, alertLetter(delivery.kind, payload, options.origin), options)
}

function tell(
  target: Target,
  delivery: Delivery,
  payload: AlertPayload,
  letter: Letter,
  { mailer, post: rules, origin }: SendOptions,
): Promise<Attempt> {
  const { delivery_id: id, alert_id, channel_id, kind } = delivery
  if (target.kind === 'email') {
    const first = uuidOf(['delivery', 'fired', alert_id, channel_id])
    return mailer.send({ ...letter, to: target.to, id, ...(kind === 'resolved' ? { inReplyTo: first } : {}) })
  }
  if (target.kind === 'slack') return post(target.url, slackBody(letter), { 'idempotency-key': id }, rules)
  const body = webhookBody(delivery, payload, origin)
  const timestamp = Math.floor(rules.now() / 1_000)
  const headers = {
    'idempotency-key': id,
    'rtpx-timestamp': String(timestamp),
    'rtpx-signature': signature(target.secret, timestamp, body),
  }
  return post(target.url, body, headers, rules)
}
