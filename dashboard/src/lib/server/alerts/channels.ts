/** Where a site's alerts are told: makes, changes and tries channels, repeats messages, and the weekly report's subscriptions. */
import { checkTarget, shownOf, type Target } from '@rtpx/clickhouse/alerts/channel'
import { InvalidInput } from '@rtpx/clickhouse/alerts/rule'
import { deliveryOf, enqueue, NO_ALERT, writeDeliveries } from '@rtpx/clickhouse/queries/alert-deliveries'
import { alertChannels, type Channel, sealedChannel, writeChannel } from '@rtpx/clickhouse/queries/alerts'
import {
  reportSubscriptions,
  type Subscription,
  writeSubscription,
} from '@rtpx/clickhouse/queries/report-subscriptions'
import { installSealer, type Sealer } from '@rtpx/clickhouse/seal'
import { Type } from '@sinclair/typebox'
import { addDays, startOfWeek } from '#lib/day.ts'
import type { Opened } from '../page.ts'
import { Conflict, fieldsOf, idOf, NotFound, Uuid } from './request.ts'
import { nameOf, newer } from './rules.ts'

const MAX_CHANNELS = 50
const name = Type.String({ minLength: 1, maxLength: 120, pattern: '^[^\\u0000-\\u001f\\u007f]*$' })

let sealer: Promise<Sealer> | undefined
const sealerOf = ({ services }: Opened) => {
  sealer ??= installSealer(services.config)
  return sealer
}

/** 256 random bits that a webhook's messages are signed with. */
const newSecret = () =>
  `whsec_${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url')}`

/** A channel as its maker gets it: with the secret of a webhook, this once. */
type Made = Channel & { readonly secret?: string }

/** @throws InvalidInput, Conflict */
export async function createChannel(opened: Opened, body: unknown): Promise<Made> {
  const { services, site, now } = opened
  const sent = fieldsOf(
    {
      name,
      kind: Type.Union([Type.Literal('email'), Type.Literal('slack'), Type.Literal('webhook')]),
      target: Type.Unknown(),
    },
    body,
  )
  if ((await alertChannels(services.clickhouse, site.site_id)).length >= MAX_CHANNELS)
    throw new Conflict(`a site has at most ${MAX_CHANNELS} channels`)
  const secret = newSecret()
  const target = checkTarget(sent.kind, withSecret(sent.kind, sent.target, secret))
  const channel: Channel = {
    channel_id: crypto.randomUUID(),
    site_id: site.site_id,
    name: sent.name,
    kind: sent.kind,
    shown: shownOf(target),
    created_at: now,
    updated_at: now,
    updated_by: nameOf(opened),
  }
  await save(opened, channel, target)
  return sent.kind === 'webhook' ? { ...channel, secret } : channel
}

/** A new name, a new target; a webhook with a new target gets a new secret. @throws InvalidInput, NotFound */
export async function changeChannel(opened: Opened, body: unknown): Promise<Made> {
  const { channel, sealed } = await channelOf(opened, idOf(opened))
  const sent = fieldsOf({ name: Type.Optional(name), target: Type.Optional(Type.Unknown()) }, body)
  const next = {
    ...channel,
    name: sent.name ?? channel.name,
    updated_at: newer(opened.now, channel.updated_at),
    updated_by: nameOf(opened),
  }
  if (sent.target === undefined) {
    await writeChannel(opened.services.clickhouse, { ...next, sealed })
    return next
  }
  const secret = newSecret()
  const target = checkTarget(channel.kind, withSecret(channel.kind, sent.target, secret))
  const moved = { ...next, shown: shownOf(target) }
  await save(opened, moved, target)
  return channel.kind === 'webhook' ? { ...moved, secret } : moved
}

/** @throws InvalidInput, NotFound */
export async function deleteChannel(opened: Opened): Promise<undefined> {
  const { clickhouse } = opened.services
  const { channel } = await channelOf(opened, idOf(opened))
  const last = { updated_at: newer(opened.now, channel.updated_at), updated_by: nameOf(opened) }
  await writeChannel(clickhouse, { ...channel, ...last, sealed: '' }, true)
  const subscriptions = await reportSubscriptions(clickhouse, opened.site.site_id)
  for (const subscription of subscriptions.filter(({ channel_id }) => channel_id === channel.channel_id))
    await writeSubscription(clickhouse, { ...subscription, ...last }, true)
}

/** Puts a test message on its way; the aggregator sends it as it sends alerts. @throws InvalidInput, NotFound */
export async function testChannel(opened: Opened, body: unknown): Promise<{ delivery_id: string }> {
  const { channel_id } = fieldsOf({ channel_id: Uuid }, body)
  const { services, site, now } = opened
  await channelOf(opened, channel_id)
  const delivery_id = crypto.randomUUID()
  const payload = {
    site_id: site.site_id,
    site_name: site.name || site.site_id,
    alert_id: NO_ALERT,
    rule_id: NO_ALERT,
    rule_name: 'Test message',
    kind: 'threshold',
    subject: '',
    words: `${nameOf(opened)} asked for this message.`,
    value: null,
    bound: null,
    since: now,
    opened_at: now,
    resolved_at: null,
  }
  await enqueue(
    services.clickhouse,
    [
      {
        delivery_id,
        channel_id,
        site_id: site.site_id,
        kind: 'test',
        alert_id: NO_ALERT,
        payload: JSON.stringify(payload),
      },
    ],
    now,
  )
  return { delivery_id }
}

/** Sends a message again that was given up. @throws InvalidInput, NotFound, Conflict */
export async function retryDelivery({ services, site, now }: Opened, body: unknown): Promise<undefined> {
  const { delivery_id } = fieldsOf({ delivery_id: Uuid }, body)
  const delivery = await deliveryOf(services.clickhouse, delivery_id)
  if (delivery?.site_id !== site.site_id) throw new NotFound('delivery')
  if (delivery.status !== 'dead') throw new Conflict('it is not given up')
  const again = { status: 'pending', attempts: 0, next_at: now, updated_at: now } as const
  await writeDeliveries(services.clickhouse, [{ ...delivery, ...again, version: delivery.version + 1 }])
}

const when = {
  weekday: Type.Integer({ minimum: 1, maximum: 7 }),
  hour: Type.Integer({ minimum: 0, maximum: 23 }),
}

/** Subscribes an e-mail channel to the weekly report. @throws InvalidInput, NotFound, Conflict */
export async function subscribe(opened: Opened, body: unknown): Promise<Subscription> {
  const { services, site, now } = opened
  const sent = fieldsOf({ channel_id: Uuid, ...when }, body)
  const { channel } = await channelOf(opened, sent.channel_id)
  if (channel.kind !== 'email') throw new InvalidInput('channel_id', 'channel_id: the report goes by e-mail')
  const known = await reportSubscriptions(services.clickhouse, site.site_id)
  if (known.some(({ channel_id }) => channel_id === sent.channel_id))
    throw new Conflict('this channel gets the report already')
  const subscription: Subscription = {
    ...sent,
    subscription_id: crypto.randomUUID(),
    site_id: site.site_id,
    created_at: now,
    updated_at: now,
    updated_by: nameOf(opened),
  }
  await writeSubscription(services.clickhouse, subscription)
  return subscription
}

/** @throws InvalidInput, NotFound */
export async function unsubscribe(opened: Opened): Promise<undefined> {
  const id = idOf(opened)
  const known = await reportSubscriptions(opened.services.clickhouse, opened.site.site_id)
  const subscription = known.find(({ subscription_id }) => subscription_id === id)
  if (!subscription) throw new NotFound('subscription')
  const last = { updated_at: newer(opened.now, subscription.updated_at), updated_by: nameOf(opened) }
  await writeSubscription(opened.services.clickhouse, { ...subscription, ...last }, true)
}

/** Sends last week's report to a channel now. @throws InvalidInput, NotFound */
export async function sendReport(opened: Opened, body: unknown): Promise<{ delivery_id: string }> {
  const { channel_id } = fieldsOf({ channel_id: Uuid }, body)
  const { services, site, today, now } = opened
  const { channel } = await channelOf(opened, channel_id)
  if (channel.kind !== 'email') throw new InvalidInput('channel_id', 'channel_id: the report goes by e-mail')
  const delivery_id = crypto.randomUUID()
  const payload = JSON.stringify({ site_id: site.site_id, week: addDays(startOfWeek(today), -7) })
  const message = {
    delivery_id,
    channel_id,
    site_id: site.site_id,
    kind: 'report',
    alert_id: NO_ALERT,
    payload,
  } as const
  await enqueue(services.clickhouse, [message], now)
  return { delivery_id }
}

/** A webhook's secret is ours to make. */
const withSecret = (kind: Channel['kind'], target: unknown, secret: string): unknown =>
  kind === 'webhook' && typeof target === 'object' ? { ...target, secret } : target

async function save(opened: Opened, channel: Channel, target: Target): Promise<void> {
  const { kind: _, ...secrets } = target
  const sealed = (await sealerOf(opened)).seal(channel.channel_id, JSON.stringify(secrets))
  await writeChannel(opened.services.clickhouse, { ...channel, sealed })
}

/** @throws NotFound also for a channel of another site */
async function channelOf({ services, site }: Opened, channel_id: string) {
  const found = await sealedChannel(services.clickhouse, channel_id)
  if (found?.site_id !== site.site_id) throw new NotFound('channel')
  const { sealed, ...channel } = found
  return { channel, sealed }
}
